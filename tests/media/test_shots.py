"""Where shots begin, on made planes (every frame known) and on real footage with known cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from mediacatalog.media import viewing
from mediacatalog.media.shot_features import Planes
from mediacatalog.media.shots import Boundary, Finder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def scene(seed: int, frames: int, *, level: float = 120, drift: float = 0.05) -> list[Planes]:
    """Footage of one place: a soft pattern that shakes by less than a cell, with sensor noise."""
    noise = np.random.default_rng(seed)
    wide = cv2.GaussianBlur(noise.normal(0, 1, (60, 100)).astype(np.float32), (0, 0), 3)
    wide *= 45 / wide.std()
    chroma = noise.integers(90, 166, 2)
    made = []
    for n in range(frames):
        move = np.array([[1, 0, -18 + 3 * np.sin(n * drift)], [0, 1, -12]], np.float32)
        luma = cv2.warpAffine(wide, move, (64, 36)) + level + noise.normal(0, 1, (36, 64))
        made.append(
            Planes(
                np.clip(luma, 16, 235).astype(np.uint8),
                np.full((9, 16), chroma[0], np.uint8),
                np.full((9, 16), chroma[1], np.uint8),
            )
        )
    return made


def mixed(one: Planes, other: Planes, share: float) -> Planes:
    def mix(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return (a * (1 - share) + b * share).astype(np.uint8)

    return Planes(mix(one.luma, other.luma), mix(one.blue, other.blue), mix(one.red, other.red))


BLACK = Planes(
    np.full((36, 64), 16, np.uint8),
    np.full((9, 16), 128, np.uint8),
    np.full((9, 16), 128, np.uint8),
)


def joined(one: Sequence[Planes], other: Sequence[Planes], frames: int) -> list[Planes]:
    """A linear dissolve over so many frames of both."""
    middle = [
        mixed(one[len(one) - frames + n], other[n], (n + 1) / (frames + 1)) for n in range(frames)
    ]
    return [*one[: len(one) - frames], *middle, *other[frames:]]


def found(frames: Sequence[Planes]) -> list[Boundary]:
    finder = Finder()
    told = [one for n, frame in enumerate(frames) for one in finder.add(frame, n / 25)]
    return [*told, *finder.finish()]


def test_every_hard_cut_is_found_at_its_frame_wherever_it_lies_in_the_stream() -> None:
    lengths = [37, 151, 12, 288, 96, 63, 200, 5, 41]
    frames = [frame for seed, length in enumerate(lengths) for frame in scene(seed, length)]

    cuts = found(frames)

    assert [cut.at for cut in cuts] == np.cumsum(lengths)[:-1].tolist()
    assert {cut.into for cut in cuts} == {"cut"}


def test_a_steady_scene_has_no_boundary() -> None:
    assert found(scene(3, 700)) == []


def test_a_dissolve_is_one_boundary_within_its_frames() -> None:
    frames = joined(scene(1, 100), scene(2, 100), 24)

    [dissolve] = found(frames)

    assert dissolve.into == "dissolve"
    assert 76 <= dissolve.at <= 100


def test_a_fade_through_black_is_one_boundary_in_the_black() -> None:
    out = joined(scene(1, 80), [BLACK] * 22, 16)
    frames = [*out, *joined([BLACK] * 18, scene(2, 90), 16)]

    [fade] = found(frames)

    assert fade.into == "fade"
    assert np.abs(frames[fade.at].luma.astype(int) - 16).mean() < 12


def test_a_long_black_between_two_fades_is_a_shot_of_its_own() -> None:
    out = joined(scene(1, 80), [BLACK] * 76, 16)
    frames = [*out, *joined([BLACK] * 16, scene(2, 90), 16)]

    told = found(frames)

    assert [fade.into for fade in told] == ["fade", "fade"]
    assert told[1].at - told[0].at > 50


def test_a_flash_isnt_a_cut() -> None:
    frames = scene(1, 120)
    white = Planes(np.full((36, 64), 235, np.uint8), frames[60].blue, frames[60].red)
    frames[60:62] = [white, white]

    assert found(frames) == []


def moving(seed: int, places: Sequence[tuple[float, float]]) -> list[Planes]:
    """Footage by a camera that looks at these places of a wide scene, in cells of the planes."""
    noise = np.random.default_rng(seed)
    wide = sum(
        cv2.GaussianBlur(noise.normal(0, 1, (140, 420)).astype(np.float32), (0, 0), size) * size
        for size in (2, 5, 12)
    )
    wide = wide / wide.std() * 45 + 120
    made = []
    for x, y in places:
        look = np.array([[1, 0, -x], [0, 1, -y]], np.float32)
        luma = cv2.warpAffine(wide, look, (64, 36)) + noise.normal(0, 1, (36, 64))
        made.append(Planes(np.clip(luma, 16, 235).astype(np.uint8), GREY, GREY))
    return made


GREY = np.full((9, 16), 128, np.uint8)


def test_muzzle_flashes_arent_cuts() -> None:
    frames = scene(1, 160)
    down, across = np.mgrid[:36, :64]
    for n in (40, 43, 47, 52, 53, 90, 94):
        light = 220 * np.exp(-((across - 40) ** 2 + (down - 15) ** 2) / 90)
        luma = np.clip(frames[n].luma * 1.1 + light, 16, 235).astype(np.uint8)
        frames[n] = Planes(luma, frames[n].blue, frames[n].red)

    assert found(frames) == []


def test_a_shaking_hand_makes_no_cuts() -> None:
    shake = np.random.default_rng(5).normal((150, 50), 1.5, (200, 2))

    assert found(moving(2, shake.tolist())) == []


def test_what_is_drawn_anew_before_a_background_that_stays_is_no_cut() -> None:
    frames = moving(2, [(150, 50)] * 144)
    for n, frame in enumerate(frames):
        frame.luma[3:33, 14:48] = scene(9 + n // 12, 1)[0].luma[3:33, 14:48]

    assert found(frames) == []
    assert [one.at for one in found([*frames, *scene(1, 60)])] == [144]


@pytest.mark.parametrize("frames", [6, 12, 30])
def test_a_pan_is_no_boundary_however_fast(frames: int) -> None:
    step = 1 / (1 + np.exp(-(np.arange(160) - 80) / frames * 6))

    assert found(moving(3, [(60 + 200 * at, 50) for at in step.tolist()])) == []


def test_a_hole_in_a_moving_shot_is_no_cut_but_a_cut_beside_it_is() -> None:
    pan = moving(4, [(20 + 1.2 * n, 50) for n in range(200)])
    frames = [*pan, *scene(9, 100)]
    gone = {*range(60, 69), *range(120, 126), *range(230, 238)}
    kept = [n for n in range(len(frames)) if n not in gone]
    finder = Finder()
    told = [one for n in kept for one in finder.add(frames[n], n / 25)]

    assert [kept[one.at] for one in [*told, *finder.finish()]] == [200]


def test_the_probability_is_told_with_each_boundary() -> None:
    frames = [*joined(scene(1, 100), scene(2, 100), 24), *scene(3, 80)]

    told = found(frames)

    assert [one.into for one in told] == ["dissolve", "cut"]
    assert all(0.5 <= one.certainty <= 1 for one in told)
    assert (told[1].first, told[1].last) == (176, 176)
    assert abs(told[0].first - 76) <= 6
    assert abs(told[0].last - 100) <= 6


def test_the_same_picture_in_another_light_is_no_new_shot() -> None:
    frames = scene(1, 160, level=90)
    for n, frame in enumerate(frames[60:], 60):
        lift = min(40.0, (n - 60) * 1.6)
        brighter = np.clip(frame.luma + lift, 16, 235).astype(np.uint8)
        frames[n] = Planes(brighter, frame.blue, frame.red)

    assert found(frames) == []


def test_a_title_that_appears_and_goes_is_no_new_shot() -> None:
    frames = scene(1, 200)
    for n in range(60, 140):
        share = min(1.0, (n - 60) / 20, (140 - n) / 20)
        luma = frames[n].luma.copy()
        title = luma[12:24, 16:48]
        luma[12:24, 16:48] = (title * (1 - share) + 235 * share).astype(np.uint8)
        frames[n] = Planes(luma, frames[n].blue, frames[n].red)

    assert found(frames) == []


def test_a_cut_to_another_colour_of_the_same_brightness_is_found() -> None:
    grey = np.full((36, 64), 81, np.uint8)
    red = Planes(grey, np.full((9, 16), 90, np.uint8), np.full((9, 16), 240, np.uint8))
    green = Planes(grey, np.full((9, 16), 91, np.uint8), np.full((9, 16), 81, np.uint8))

    assert [cut.at for cut in found([red] * 30 + [green] * 30)] == [30]


def test_a_fade_from_black_that_opens_a_clip_begins_its_first_shot() -> None:
    frames = joined([BLACK] * 20, scene(2, 120), 16)

    assert found(frames) == []


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_a_handful_of_frames_is_one_shot(count: int) -> None:
    assert found(scene(1, count)) == []


@pytest.mark.samples
def test_known_cuts_of_real_footage_are_exact(samples: Path, tmp_path: Path) -> None:
    seen = viewing.watch_through(samples / "video" / "made_shots_hard_cuts.mp4", tmp_path)

    step = (seen.end_pts - seen.start_pts) // seen.frames
    assert [(shot.start_pts - seen.start_pts) // step for shot in seen.shots] == [0, 40, 115, 177]


@pytest.mark.samples
def test_plain_fades_between_black_and_white_divide_at_the_black(
    samples: Path, tmp_path: Path
) -> None:
    seen = viewing.watch_through(samples / "video" / "fades.mp4", tmp_path)

    assert [round(shot.start_ms / 40) for shot in seen.shots] == [0, 84, 167]
    assert [shot.into for shot in seen.shots] == ["start", "fade", "fade"]
