"""What was heard is kept with its clip, and told again."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.factories import make_clip, run_ffmpeg

from mediacatalog.catalog import holdings, record, sounds, timeline
from mediacatalog.errors import NotFoundError
from mediacatalog.media import fingerprint, viewing

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.values import Source, Viewing


@pytest.fixture(scope="module")
def half_silent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Viewing]:
    """Six seconds, the last four without a sound."""
    folder = tmp_path_factory.mktemp("sounds")
    path = folder / "clip.mp4"
    # fmt: off
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=6", "-f", "lavfi", "-i",
               "aevalsrc='0.3*sin(6000*t)*lt(t,2)':s=48000:d=6", "-c:v", "mpeg4", "-c:a", "aac",
               str(path))
    # fmt: on
    return fingerprint.fingerprint(path), viewing.watch_through(path, folder / "out")


def kept(catalogue: Catalogue, source: Source, seen: Viewing) -> str:
    with catalogue.writing() as session:
        clip = holdings.clip_of_bytes(session, source)
        timeline.keep_viewing(session, clip, seen, "a/b", "viewing-2")
        return clip.id


def test_it_is_shown_with_its_positions(
    catalogue: Catalogue, half_silent: tuple[Source, Viewing]
) -> None:
    clip_id = kept(catalogue, *half_silent)

    with catalogue.reading() as session:
        told = record.of_clip(session, clip_id)

    silence = next(one for one in told["timed_facts"] if one["kind"] == "silence")
    assert silence["time_base"] == told["sound"]["time_base"] == "1/48000"
    assert silence["start_ms"] == pytest.approx(2000, abs=45)
    assert silence["start_pts"] == pytest.approx(96_000, abs=2200)
    assert told["sound"]["loudness_lufs"] == pytest.approx(-14, abs=1.5)
    assert [one["name"] for one in told["sound"]["channels"]] == ["FC"]


def test_its_waveform_has_an_address_that_changes_with_it(
    catalogue: Catalogue, half_silent: tuple[Source, Viewing]
) -> None:
    clip_id = kept(catalogue, *half_silent)

    with catalogue.reading() as session:
        digest, course = sounds.waveform(session, clip_id)
        with pytest.raises(NotFoundError):
            sounds.waveform(session, "nobody")

    peaks = base64.b64decode(course["peaks"])
    assert len(digest) == 64
    assert len(peaks) * course["bucket_ms"] == pytest.approx(6000, abs=60)
    assert peaks[len(peaks) // 6] > 100
    assert peaks[len(peaks) // 2] == 0


def test_a_viewing_without_sound_replaces_it(
    catalogue: Catalogue, half_silent: tuple[Source, Viewing], tmp_path: Path
) -> None:
    clip_id = kept(catalogue, *half_silent)
    mute = viewing.watch_through(make_clip(tmp_path), tmp_path / "out")

    kept(catalogue, half_silent[0], mute)

    with catalogue.reading() as session:
        assert sounds.facts(session, clip_id) is None
