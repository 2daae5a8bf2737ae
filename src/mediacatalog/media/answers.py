"""What the decoder child says, checked before anything believes it.

The child has read a hostile file, so its words are hostile too: every field has a type and bounds,
names are of a known form, and each picture is opened again and must be what it claims to be.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from base64 import b64decode
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mediacatalog.media import positions
from mediacatalog.media.ffprobe import PACKETS
from mediacatalog.sounds import Channel, Sound, Waveform
from mediacatalog.values import (
    FrameHash,
    Keyframe,
    Ms,
    PictureFile,
    Problem,
    Shot,
    Stills,
    Storyboard,
    StoryboardCell,
    TimedFact,
    Viewing,
    to_ms,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.media.untrusted import Json

LARGEST_FILE: Final = 64 << 20
"""Bytes of one picture or index."""
NAME: Final = re.compile(r"(quick-)?[a-z]+(-\d{1,6})?\.(jpg|vtt)")
_LONGEST_SIDE: Final = 8192
_BLACK: Final = 8  # of 255: what a still of nothing may have
_SHORT_MS: Final = 1000  # black spans of shorter films may be too short to be told
_MOST_BUCKETS: Final = 4000  # of a waveform

Pts = Annotated[int, Field(ge=-(2**62), le=2**62)]
Side = Annotated[int, Field(ge=1, le=_LONGEST_SIDE)]
Offset = Annotated[int, Field(ge=0, le=_LONGEST_SIDE)]
Count = Annotated[int, Field(ge=0, le=2**40)]
Hash64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Hash256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME.pattern}$")]
Text = Annotated[str, StringConstraints(max_length=1000)]


Base = tuple[Annotated[int, Field(ge=1, le=2**31)], Annotated[int, Field(ge=1, le=2**31)]]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Picture(_Said):
    name: Name
    width: Side
    height: Side


class _Still(_Picture):
    pts: Pts


class _Keyframe(_Still):
    sharpness: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    hashes: tuple[Hash64, Hash256]


class _Board(_Said):
    sheets: Annotated[list[_Picture], Field(max_length=200)]
    cells: Annotated[
        list[tuple[Pts, Offset, Offset, Offset, Side, Side]], Field(min_length=1, max_length=20_000)
    ]
    index: Name


class _Look(_Said):
    time_base: Base
    start: Pts
    end: Pts
    poster: _Picture | None
    storyboard: _Board | None
    problems: Annotated[list[tuple[Text, Pts | None, Pts | None]], Field(max_length=200)]

    def ms(self, pts: int) -> Ms:
        return to_ms(pts, self.start, Fraction(*self.time_base))


Level = Annotated[float, Field(ge=-400, le=400, allow_inf_nan=False)]
Packed = Annotated[str, StringConstraints(max_length=6000)]


class _Sound(_Said):
    stream: Annotated[int, Field(ge=0, le=10_000)]
    time_base: Base
    start: Pts
    end: Pts
    sample_rate: Annotated[int, Field(ge=1, le=10_000_000)]
    layout: Annotated[str, StringConstraints(max_length=200)]
    channels: Annotated[
        list[
            tuple[
                Annotated[str, StringConstraints(max_length=40)], Level | None, Level | None, bool
            ]
        ],
        Field(min_length=1, max_length=64),
    ]
    integrated: Level | None
    range: Level | None
    momentary: Level | None
    short_term: Level | None
    true_peak: Level | None
    clipped: Count
    silence: Level
    bucket: tuple[Annotated[int, Field(ge=1, le=2**62)], Annotated[int, Field(ge=1, le=2**62)]]
    peaks: Packed
    rms: Packed
    spans: Annotated[
        list[tuple[Literal["silence", "clipping", "no_audio"], Pts, Pts]], Field(max_length=10_000)
    ]


class _Shot(_Said):
    start: Pts
    end: Pts
    into: Literal["start", "cut", "fade", "dissolve"]
    blend: tuple[Pts, Pts]
    certainty: Annotated[float, Field(ge=0, le=1)]
    keyframe: Count | None


class _Whole(_Look):
    frames: Count
    frame_index: Annotated[str, StringConstraints(max_length=100_000_000)]
    variable: bool
    corrupt: Count
    shots: Annotated[list[_Shot], Field(max_length=50_000)]
    keyframes: Annotated[list[_Keyframe], Field(max_length=50_000)]
    poster_pts: Pts | None
    hashes: Annotated[list[tuple[Pts, Hash64, Hash256]], Field(max_length=1_000_000)]
    spans: Annotated[
        list[tuple[Literal["black", "freeze", "damage", "flash", "no_audio"], Pts, Pts]],
        Field(max_length=10_000),
    ]
    decoder: Text
    sound: _Sound | None


class _Packets(_Said):
    packets: Annotated[list[tuple[Pts | None, bool]], Field(max_length=PACKETS)]


def packets(said: object) -> list[Json]:
    """As ffprobe tells packets: `pts`, and "D" among the flags of those that aren't shown.

    Raises ValueError if what the child says can't be right.
    """
    look = _Packets.model_validate(said)
    return [{"pts": pts, "flags": "D" if unseen else ""} for pts, unseen in look.packets]


def stills(said: object, into: Path) -> Stills:
    """Of a quick look. Raises ValueError if what the child says or wrote can't be right."""
    look = _Look.model_validate(said)
    return Stills(
        poster=_opened(into, look.poster) if look.poster else None,
        storyboard=_storyboard(look, into),
        problems=_problems(look, "quick_look"),
    )


def still(said: object, into: Path, pts: int) -> PictureFile:
    """Of one frame. Raises ValueError if what the child says or wrote can't be right."""
    look = _Still.model_validate(said)
    if look.pts != pts:
        raise ValueError("it is of another frame")
    return _opened(into, look)


def viewing(said: object, into: Path) -> Viewing:
    """Of a watching through. Raises ValueError if what the child says or wrote can't be right."""
    look = _Whole.model_validate(said)
    return Viewing(
        time_base=Fraction(*look.time_base),
        start_pts=look.start,
        end_pts=look.end,
        frames=look.frames,
        frame_index=_frame_index(look),
        duration_ms=look.ms(look.end),
        variable_frame_rate=look.variable,
        corrupt_frames=look.corrupt,
        shots=_shots(look, into),
        poster=_opened(into, look.poster) if look.poster else None,
        poster_pts=look.poster_pts,
        storyboard=_storyboard(look, into),
        frame_hashes=tuple(
            FrameHash(pts, int(coarse, 16), int(fine, 16)) for pts, coarse, fine in look.hashes
        ),
        timed_facts=_timed_facts(look),
        problems=(*_problems(look, "watch_through"), *_black_stills(look, into)),
        decoder=look.decoder,
        sound=_sound(look, look.sound) if look.sound else None,
    )


def _timed_facts(look: _Whole) -> tuple[TimedFact, ...]:
    """Those of picture and sound, in order of time; each in the time base of its stream."""
    base = Fraction(*look.time_base)
    own = Fraction(*look.sound.time_base) if look.sound else base
    zero = look.start * base / own
    facts = [
        TimedFact(kind, start, end, look.ms(start), look.ms(end), base)
        for kind, start, end in look.spans
    ] + [
        TimedFact(kind, start, end, to_ms(start, zero, own), to_ms(end, zero, own), own)
        for kind, start, end in (look.sound.spans if look.sound else ())
    ]
    if any(fact.start_pts >= fact.end_pts for fact in facts):
        raise ValueError("a span has no length")
    return tuple(sorted(facts, key=lambda fact: (fact.start_ms, fact.kind)))


def _sound(look: _Whole, said: _Sound) -> Sound:
    base = Fraction(*said.time_base)
    if said.start >= said.end:
        raise ValueError("the sound has no length")
    peaks, rms = (b64decode(packed, validate=True) for packed in (said.peaks, said.rms))
    if not 0 < len(peaks) == len(rms) <= _MOST_BUCKETS:
        raise ValueError("the waveform has no right length")
    return Sound(
        stream=said.stream,
        time_base=base,
        start_pts=said.start,
        end_pts=said.end,
        offset_ms=float((said.start * base - look.start * Fraction(*look.time_base)) * 1000),
        sample_rate=said.sample_rate,
        layout=said.layout,
        channels=tuple(Channel(*channel) for channel in said.channels),
        integrated_lufs=said.integrated,
        range_lu=said.range,
        momentary_lufs=said.momentary,
        short_term_lufs=said.short_term,
        true_peak_dbtp=said.true_peak,
        clipped_samples=said.clipped,
        silence_dbfs=said.silence,
        waveform=Waveform(Fraction(*said.bucket), peaks, rms),
    )


def _black_stills(look: _Whole, into: Path) -> list[Problem]:
    """A problem if every still is black although most of the film isn't told to be."""
    black = sum(end - start for kind, start, end in look.spans if kind == "black")
    told = 2 * black >= look.end - look.start or look.ms(look.end) < _SHORT_MS
    sheets = look.storyboard.sheets if look.storyboard else []
    stills = [look.poster, *sheets] if look.poster else sheets
    if told or not stills or any(_brightest(into / one.name) > _BLACK for one in stills):
        return []
    return [Problem("watch_through", "all stills are black, though most of the film isn't")]


def _brightest(path: Path) -> int:
    data = np.frombuffer(_bytes(path), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    return 0 if picture is None else int(picture.max())


def _frame_index(look: _Whole) -> bytes:
    """The packed positions, once they were found to be those of so many rising stamps."""
    if not look.frames:
        return b""
    data = base64.b64decode(look.frame_index, validate=True)
    found = positions.unpacked(data)
    if len(found) != look.frames or found[0] != look.start or found[-1] > look.end:
        raise ValueError("the index of frames isn't that of the frames")
    return data


def _problems(look: _Look, stage: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            stage,
            message,
            None if start is None else look.ms(start),
            None if end is None else look.ms(end),
        )
        for message, start, end in look.problems
    )


def _shots(look: _Whole, into: Path) -> tuple[Shot, ...]:
    """Contiguous, in order, from the first position to the last; or ValueError."""
    edges = [shot.start for shot in look.shots] + [look.end]
    gaps = any(one.end != other.start for one, other in pairwise(look.shots))
    if look.shots and (
        gaps
        or look.shots[0].start != look.start
        or look.shots[-1].end != look.end
        or any(one >= other for one, other in pairwise(edges))
    ):
        raise ValueError("the shots aren't contiguous")
    if any(not (s.blend[0] <= s.start <= s.blend[1] <= s.end) for s in look.shots):
        raise ValueError("a transition lies beside its shot")
    keyframes = [
        Keyframe(
            said.pts,
            look.ms(said.pts),
            _opened(into, said),
            said.sharpness,
            *(int(digits, 16) for digits in said.hashes),
        )
        for said in look.keyframes
    ]
    named = [shot.keyframe for shot in look.shots if shot.keyframe is not None]
    if any(at >= len(keyframes) for at in named):
        raise ValueError("a shot names a keyframe that isn't there")
    return tuple(
        Shot(
            said.start,
            said.end,
            look.ms(said.start),
            look.ms(said.end),
            said.into,
            said.blend,
            said.certainty,
            None if said.keyframe is None else keyframes[said.keyframe],
        )
        for said in look.shots
    )


def _storyboard(look: _Look, into: Path) -> Storyboard | None:
    said = look.storyboard
    if said is None:
        return None
    sheets = tuple(_opened(into, sheet) for sheet in said.sheets)
    starts = [0, *(look.ms(cell[0]) for cell in said.cells[1:])]
    ends = [*starts[1:], max(starts[-1] + 1, look.ms(look.end))]
    cells = []
    for (pts, sheet, x, y, width, height), start, end in zip(said.cells, starts, ends, strict=True):
        if sheet >= len(sheets):
            raise ValueError("a cell names a sheet that isn't there")
        if x + width > sheets[sheet].width or y + height > sheets[sheet].height or start > end:
            raise ValueError("a cell lies outside of its sheet or of time")
        cells.append(StoryboardCell(pts, Ms(start), Ms(end), sheet, x, y, width, height))
    data = _bytes(into / said.index)
    if not data.startswith(b"WEBVTT\n"):
        raise ValueError(f"{said.index} isn't WebVTT")
    index = PictureFile(
        said.index, hashlib.sha256(data).hexdigest(), len(data), cells[0].width, cells[0].height
    )
    return Storyboard(sheets, tuple(cells), index)


def _opened(into: Path, said: _Picture) -> PictureFile:
    """Open a picture again: it must be a JPEG that decodes, of the size that was said."""
    data = _bytes(into / said.name)
    size = _jpeg_size(data)
    if size != (said.width, said.height):
        raise ValueError(f"{said.name} is {size}, not {said.width} × {said.height}")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    if picture is None:
        raise ValueError(f"{said.name} can't be decoded")
    digest = hashlib.sha256(data).hexdigest()
    return PictureFile(said.name, digest, len(data), said.width, said.height)


def _bytes(path: Path) -> bytes:
    """All of a regular file that isn't a link, up to a limit; raises ValueError otherwise."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ValueError(f"{path.name} can't be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if not 0 < len(data) <= LARGEST_FILE:
        raise ValueError(f"{path.name} has {len(data)} bytes")
    return data


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the frame header (ITU-T T.81, B.2.2), before any decoder sees it."""
    at = 2
    if not data.startswith(b"\xff\xd8"):
        raise ValueError("not a JPEG")
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xC2:
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            return int.from_bytes(data[at + 7 : at + 9], "big"), height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise ValueError("a JPEG without a frame header")
