"""The words that every stage shares: frozen values with their units, and identities.

Time. A position in a clip is an integer PTS with the time base of its stream. `Ms` is derived
from it for display and sorting: `(pts - start_pts) * time_base`, where `start_pts` is the PTS of
the first frame shown. Spans are half-open.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NewType

if TYPE_CHECKING:
    from fractions import Fraction

    from mediacatalog.aperture import Aperture
    from mediacatalog.sounds import Sound

Ms = NewType("Ms", int)
"""Milliseconds from the first frame of the clip. Never negative."""


_last_id = 0
_id_lock = threading.Lock()


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): text that sorts by the time of its making.

    Within one process each is greater than the one before, also in the same millisecond (6.2,
    method 2: the random part is counted up).
    """
    global _last_id  # noqa: PLW0603 - the order is the process's
    random = int.from_bytes(os.urandom(10), "big") >> 6  # 74 bits
    with _id_lock:
        _last_id = max((time.time_ns() // 1_000_000 << 74) | random, _last_id + 1)
        ordered = _last_id
    milliseconds, low = ordered >> 74, ordered & ((1 << 74) - 1)
    raw = (milliseconds << 80) | (0x7 << 76) | ((low >> 62) << 64) | (0x2 << 62)
    return str(uuid.UUID(int=raw | (low & ((1 << 62) - 1))))


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_ms(pts: int, start_pts: int | Fraction, time_base: Fraction) -> Ms:
    """Milliseconds (rounded half up) of a PTS, clamped at zero.

    `start_pts` is a fraction for a stream in whose time base the clip's zero is no whole number.
    """
    exact = (pts - start_pts) * time_base * 1000
    return Ms(max(0, (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)))


def timecode(ms: int) -> str:
    """`H:MM:SS.mmm`, as shown in pages and taken by `?t=`."""
    seconds, rest = divmod(max(0, ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}.{rest:03d}"


class State(StrEnum):
    """What became of a sighting; always shown with its reason and the next step."""

    ARRIVING = "arriving"
    """Still being written, or not yet long enough unchanged."""
    WAITING = "waiting"
    """Admitted; no worker has begun."""
    RUNNING = "running"
    READY = "ready"
    PARTIAL = "partial"
    """Usable, with recorded problems."""
    QUARANTINED = "quarantined"
    """Held back: unreadable, unsafe or unfinished."""
    OFFLINE = "offline"
    """Known and described; the bytes can't be reached now."""
    IGNORED = "ignored"
    """Not footage, by a stated rule, or told so by a person."""


FINAL_STATES = frozenset(
    {State.READY, State.PARTIAL, State.QUARANTINED, State.OFFLINE, State.IGNORED}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of the file that a person should know; the clip stays usable."""

    stage: str
    message: str
    start_ms: Ms | None = None
    end_ms: Ms | None = None


# --- one file -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """The master's identity: what `fingerprint` read."""

    sha256: str
    byte_count: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class VideoFacts:
    index: int
    codec: str
    """ffprobe's codec_name: `h264`, `prores`."""
    profile: str | None
    width: int
    """Pixels as stored, before clean aperture, rotation and sample aspect."""
    height: int
    display_width: int
    """Pixels after clean aperture, sample aspect and rotation."""
    display_height: int
    rotation: int
    """Degrees clockwise to display upright: 0, 90, 180, 270."""
    sar: Fraction
    pixel_format: str | None
    bit_depth: int | None
    transfer: str | None
    hdr: bool
    interlaced: bool
    frame_rate: Fraction | None
    """Average rate; exact, 30000/1001 and never 29.97."""
    variable_frame_rate: bool
    """Decided from packet time stamps, never from the declared rate."""
    time_base: Fraction
    start_pts: int
    clean_aperture: Aperture | None = None
    """None where the whole picture is shown."""
    field_order: Literal["tt", "bb"] | None = None
    """Which field comes first, as seen in the pictures; None where that isn't needed or known."""
    fields_apart: bool = False
    """Each picture is one field, of half the height: HEVC of interlaced video is coded so."""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    index: int
    codec: str
    channels: int
    sample_rate: int
    language: str | None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class SubtitleFacts:
    index: int
    codec: str
    language: str | None
    kind: str
    """`caption`, `subtitle` or `description`, from the stream's disposition."""
    text: bool
    """False for pictures of text (PGS, VobSub, DVB)."""
    title: str | None = None
    forced: bool = False
    sdh: bool = False
    """For those who cannot hear."""


@dataclass(frozen=True, slots=True)
class Chapter:
    start_ms: Ms
    end_ms: Ms
    title: str


@dataclass(frozen=True, slots=True)
class Created:
    """One of several rival dates. `zone` says where the offset comes from, or "none"."""

    value: str
    source: str
    zone: str


@dataclass(frozen=True, slots=True)
class Camera:
    make: str | None
    model: str | None
    serial: str | None


@dataclass(frozen=True, slots=True)
class Location:
    lat: float
    lon: float
    source: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What ffprobe says of a file, typed; `raw` is its whole JSON, `tool` its version line."""

    container: str
    byte_count: int
    duration_ms: Ms | None
    duration_from: str | None
    """`video stream`, `container`, `duration tag`, `last packet`."""
    video: VideoFacts | None
    audio: tuple[AudioFacts, ...]
    subtitles: tuple[SubtitleFacts, ...]
    chapters: tuple[Chapter, ...]
    timecode: str | None
    created: tuple[Created, ...]
    camera: Camera | None
    location: Location | None
    tags: dict[str, str]
    problems: tuple[Problem, ...]
    raw: bytes = field(repr=False)
    tool: str = ""


# --- viewing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file is watched through."""

    threads: int = 1
    balanced: bool = False
    """Pass over frames that no other frame refers to: less work; a cut may be told a frame late."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A finished file below the folder that the caller gave: name, digest, pixels."""

    name: str
    sha256: str
    byte_count: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A frame chosen to represent a shot (never an I-frame as such)."""

    pts: int
    ms: Ms
    picture: PictureFile
    sharpness: float
    phash: int
    fine: int
    """DCT hashes of the luma plane, in 64 and in 256 bits."""


Transition = Literal["start", "cut", "fade", "dissolve"]


@dataclass(frozen=True, slots=True)
class Shot:
    start_pts: int
    end_pts: int
    start_ms: Ms
    end_ms: Ms
    into: Transition
    """The transition by which the shot begins; its frames (of a cut none); its probability."""
    blend: tuple[int, int]
    certainty: float
    keyframe: Keyframe | None


@dataclass(frozen=True, slots=True)
class StoryboardCell:
    """One small still: it stands for [start_ms, end_ms) and was taken at `pts`."""

    pts: int
    start_ms: Ms
    end_ms: Ms
    sheet: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Storyboard:
    sheets: tuple[PictureFile, ...]
    cells: tuple[StoryboardCell, ...]
    index: PictureFile
    """The WebVTT index (`storyboard.vtt`); width and height are those of a cell."""


@dataclass(frozen=True, slots=True)
class TimedFact:
    """A span that the file itself shows.

    Of the picture: `black`, `freeze`, `damage`, `flash`. Of the sound: `silence`, `clipping`,
    `no_audio` (missing while there is a picture, or within the sound).
    """

    kind: str
    start_pts: int
    end_pts: int
    start_ms: Ms
    end_ms: Ms
    time_base: Fraction
    """Of the two PTS: that of the stream which shows it."""


@dataclass(frozen=True, slots=True)
class FrameHash:
    """What a frame looks like, in 64 and in 256 bits; one each half second."""

    pts: int
    phash: int
    fine: int


@dataclass(frozen=True, slots=True)
class Stills:
    """The quick look: something to see within seconds, replaced by the viewing later."""

    poster: PictureFile | None
    storyboard: Storyboard | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Viewing:
    """Everything that one decode pass gives. Shots are in order, contiguous and half-open."""

    time_base: Fraction
    start_pts: int
    end_pts: int
    frames: int
    frame_index: bytes
    """The PTS of every frame, packed (`media.positions`)."""
    duration_ms: Ms
    variable_frame_rate: bool
    corrupt_frames: int
    shots: tuple[Shot, ...]
    poster: PictureFile | None
    poster_pts: int | None
    storyboard: Storyboard | None
    frame_hashes: tuple[FrameHash, ...]
    timed_facts: tuple[TimedFact, ...]
    problems: tuple[Problem, ...]
    decoder: str
    """Name and version of the decoder library."""
    sound: Sound | None = None
    """None without an audio stream of which anything can be decoded."""


# --- captions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cue:
    """One timed text. `text` is plain: lines joined by a newline, markup and entities resolved."""

    start_ms: Ms
    end_ms: Ms
    text: str
    id: str | None = None
    speaker: str | None = None
    settings: str | None = None
    """Where it stands in the picture, as WebVTT cue settings whatever the format: `line:0`."""
    language: str | None = None
    """BCP 47, where it isn't the track's."""
    sound: bool = False
    """Nobody speaks: `[explosion]`, `(applause)`, `♪`; for those who cannot hear."""
    words: tuple[tuple[int, int], ...] = ()
    """(place in the text, milliseconds): from here on it is spoken then. In order; often none."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture in which cues stand (WebVTT); `region:ID` in a cue's settings."""

    id: str
    width: float = 100.0
    """Percent of the picture's width, as all but `lines`."""
    lines: int = 3
    anchor_x: float = 0.0
    anchor_y: float = 100.0
    viewport_x: float = 0.0
    viewport_y: float = 100.0
    scrolls: bool = False


@dataclass(frozen=True, slots=True)
class CaptionProblem:
    line: int
    """Counted from 1."""
    message: str


@dataclass(frozen=True, slots=True)
class Track:
    """Cues in order of start (they may overlap), with how they were read."""

    format: str
    """`webvtt`, `srt`, `ass`…"""
    encoding: str
    encoding_confidence: float
    """0 to 1; 1 for a byte-order mark or an encoding that a person chose."""
    language: str | None
    """BCP 47."""
    kind: str
    """`caption`, `subtitle`, `description`, `chapters` or `transcript`."""
    cues: tuple[Cue, ...]
    problems: tuple[CaptionProblem, ...]
    regions: tuple[Region, ...] = ()
    programme_start_ms: Ms = Ms(0)
    """What the file's own clock shows when the programme starts (EBU STL); not yet subtracted."""
    script: str | None = None
    """Most of its letters are of this script (ISO 15924): `Arab`, `Cyrl`, `Latn`."""
    forced: bool = False
    """Only what viewers couldn't follow otherwise: foreign speech, signs."""
    sdh: bool = False
    """For those who cannot hear: it tells sounds, too."""
    made_by: str = "human"
    """`human`, `machine` (speech recognition) or `translation` (by a machine), as far as known."""
    model: str = ""
    """The program that made it, where the file names it."""


# --- articles -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Removed:
    """Text that stood in the page and isn't the story; kept, with the reason."""

    text: str
    why: str
    """`share counter`, `advertisement`, `newsletter prompt`, `navigation`…"""


@dataclass(frozen=True, slots=True)
class EmbeddedVideo:
    url: str
    title: str | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Article:
    title: str | None
    byline: str | None
    dateline: str | None
    published: str | None
    """ISO 8601 as the page gives it, with its zone when it has one."""
    language: str | None
    url: str | None
    site: str | None
    text: str
    removed: tuple[Removed, ...]
    videos: tuple[EmbeddedVideo, ...]
    modified: str | None = None
    """When it was last changed, in the form of `published`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to believe that an article belongs to a clip."""

    kind: str
    detail: str
    """What a person reads: `same name beside the clip: clip.html`."""
    weight: float
    """What it adds to the log odds of the link (natural logarithm)."""
    strength: float = 1.0
    """0 to 1: how fully the reason is there; the weight is this times that of its kind."""
    start: int | None = None
    """Characters of the article's text that show it, where there are such."""
    end: int | None = None


@dataclass(frozen=True, slots=True)
class LinkProposal:
    relation: str
    """One of `catalog.links.RELATIONS`."""
    score: float
    """The probability that the clip belongs to the article, 0 to 1."""
    certain: bool
    evidence: tuple[Evidence, ...]
