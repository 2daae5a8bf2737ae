"""The decode pass: every frame is looked at once, and everything is taken from that look.

For the decoder child only. It writes finished pictures into a folder and returns plain data for
the pipe, which `answers` checks on the other side; positions in it are PTS.
"""

from __future__ import annotations

import base64
from array import array
from bisect import bisect_left
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast

from mediacatalog.media.board import Board
from mediacatalog.media.ears import Ear
from mediacatalog.media.frames import (
    Faults,
    Opened,
    UndecodableError,
    clock_of,
    decoder_name,
    frames,
    nothing,
    open_file,
    packets,
    seconds_beyond,
)
from mediacatalog.media.gallery import Gallery, digits
from mediacatalog.media.hashes import Hashes, hashes
from mediacatalog.media.planes import Sampler, full_range
from mediacatalog.media.positions import ESTIMATED, JUMPED, LOST, Clock, packed
from mediacatalog.media.shots import Boundary, Finder
from mediacatalog.media.spans import Spans, is_black
from mediacatalog.media.stills import Lab, Tray, cover_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from mediacatalog.media.frames import Passed
    from mediacatalog.media.shot_features import Planes
    from mediacatalog.values import Manner

Answer = dict[str, object]
Report = tuple[str, int | None, int | None]
"""A problem: its sentence, and the positions it is about if there are any."""

_HASHES_A_SECOND = 2
_MOST_HASHES = 400_000
_MOST_SHOTS = 20_000
_INTRA = 1  # AV_PICTURE_TYPE_I
_LONGEST_DAMAGE = 10.0
"""Seconds: the usual longest distance of key frames. Streams without any heal little by little."""
_PASSED_OVER = 16  # frames in a row that no other refers to, at most
_DELAYED = 4  # packets in a row that decoders take before they give a frame out
_LATE = 0.5  # seconds without pictures at the beginning that are worth telling
_LEAP = 10.0  # seconds: no sender is silent for so long, and no recorder waits (ffmpeg's own bound)
_MOST_LEAPS = 20
_SENT = frozenset({"mpegts", "mpeg"})
NO_VIDEO: Final = "no video stream"
ELSEWHERE: Final = "the file goes on for {:.1f} s in other pictures, which aren't watched"
UNSEEN: Final = "from here to the end no picture could be decoded"


# --- watching through -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shot:
    """Positions are PTS; `blend` holds the transition into it."""

    start: int
    end: int
    into: str
    blend: tuple[int, int]
    certainty: float
    keyframe: int | None


@dataclass
class _Watch:
    """Everything that the one decode pass gathers."""

    opened: Opened
    stream: VideoStream
    clock: Clock
    lab: Lab
    gallery: Gallery
    board: Board
    spans: Spans
    finder: Finder = field(default_factory=Finder)
    sampler: Sampler = field(default_factory=Sampler)
    positions: array[int] = field(default_factory=lambda: array("q"))
    hash_positions: array[int] = field(default_factory=lambda: array("q"))
    hashes: list[Hashes] = field(default_factory=list)
    shots: list[_Shot] = field(default_factory=list)
    corrupt: int = 0
    blind_from: int | None = None
    """Where the frames end, if the file goes on in packets that can't be decoded."""
    beyond: float = 0.0
    """Seconds for which the file goes on in other pictures."""
    before: int = 0
    """Packets until the first frame came."""
    undecoded: float = 0.0
    """Seconds for packets of which no frame came, at the end, where stamps can't be trusted."""
    leaps: list[tuple[int, int]] = field(default_factory=list)
    """Holes between the time stamps of a stream that has no times but those of its sender."""
    _clean_from: float = -1.0
    """Seconds: until then frames may be built upon damaged ones, which no flag tells of."""
    _next_hash: float = 0.0
    _open: Boundary = field(default_factory=lambda: Boundary(0, 0, 0, "cut", 1.0))
    _lost: int = 0

    @classmethod
    def of(cls, opened: Opened, stream: VideoStream, into: Tray) -> _Watch:
        lab = Lab.of(opened, stream)
        spans = Spans()
        hidden = opened.cutter.hidden if opened.cutter else 1.0
        gallery = Gallery(lab, into, spans.is_flash, hidden)
        board = Board.of(opened.plausible_seconds, lab, into)
        return cls(opened, stream, clock_of(stream), lab, gallery, board, spans)

    def frame(self, frame: VideoFrame, faults: Faults) -> float:
        """Look at the next frame; returns its time in seconds."""
        index = len(self.positions)
        at = self.clock.place(frame)
        seconds = self.clock.seconds(at)
        if not index:
            self.before, faults.barren = faults.barren, 0
        elif seconds - self.clock.seconds(self.positions[-1]) >= LOST:
            self._hole(at, faults)
        self.positions.append(at)
        self.lab.follow(frame, self.stream)
        planes = self.sampler.planes(frame)
        broken = frame.is_corrupt
        corrupt = broken or faults.lost_count > self._lost
        self._lost = faults.lost_count
        self.corrupt += broken
        black = is_black(planes.luma, full_range=full_range(frame))
        self.spans.add(at, seconds, planes, black=black, corrupt=corrupt)
        if corrupt:
            self._clean_from = seconds + _LONGEST_DAMAGE
        elif int(frame.pict_type) == _INTRA:
            self._clean_from = seconds
        tainted = corrupt or seconds < self._clean_from
        self.gallery.see(index, at, frame, planes, black=black, broken=tainted)
        if self.board.wants(seconds):
            self.board.add(at, seconds, self.lab.sight(frame))
        if seconds >= self._next_hash and len(self.hashes) < _MOST_HASHES:
            self._hash(at, seconds, frame, planes)
        for boundary in self.finder.add(planes, seconds):
            self._close(boundary)
        if index % 64 == 0:
            self.gallery.settle(self.finder.settled)
        return seconds

    def _hole(self, at: int, faults: Faults) -> None:
        """Is it one of frames that are there, and weren't seen? So where a codec comes back."""
        step = self.clock.usual_step()
        begun = self.positions[-1] + step
        sent = self.opened.container.format.name in _SENT
        if sent and self.clock.seconds(at) - self.clock.seconds(begun) >= _LEAP:
            self.leaps.append((begun, at))
        packets, faults.barren = faults.barren, 0
        most = _PASSED_OVER if faults.stamps is not None else _DELAYED
        if packets > most and 2 * packets * step >= at - begun:
            self.spans.damaged(begun, self.clock.seconds(begun))

    def _hash(self, at: int, seconds: float, frame: VideoFrame, planes: Planes) -> None:
        self.hash_positions.append(at)
        self.hashes.append(hashes(self.lab.upright(frame).applied(planes.luma)))
        self._next_hash = max(self._next_hash, seconds - 1) + 1 / _HASHES_A_SECOND

    def _close(self, found: Boundary) -> None:
        """The open shot ends where `found` begins."""
        if len(self.shots) >= _MOST_SHOTS:
            return
        self._end_shot(found.at, found.first, self.positions[found.at])
        self._open = found

    def _end_shot(self, last: int, clear: int, end: int) -> None:
        begun = self._open
        number = len(self.shots)
        keyframe = self.gallery.close(begun.at, last, (begun.last, clear), number)
        into = begun.into if number else "start"
        blend = self.positions[begun.first], self.positions[begun.last]
        self.shots.append(
            _Shot(self.positions[begun.at], end, into, blend, round(begun.certainty, 3), keyframe)
        )

    def finish(self, faults: Faults) -> None:
        end, latest = self.clock.end, faults.latest
        if latest is not None and self.clock.go_on_until(latest, faults.fruitless):
            most = _PASSED_OVER if faults.stamps is not None else 0
            if faults.fruitless > most:
                self.blind_from = end
                self.spans.damaged(end, self.clock.seconds(end))
        else:
            self.clock.stands_until(faults.stands_until)
            if (declared := self.opened.plausible_seconds) and not faults.lost_count:
                self.clock.ends_by(declared)
            if faults.fruitless > _PASSED_OVER:
                step = float(self.clock.usual_step() * self.clock.time_base)
                self.undecoded = faults.fruitless * step
        for boundary in self.finder.finish():
            self._close(boundary)
        count = len(self.positions)
        if count:
            self._end_shot(count, count, self.clock.end)


def watch_through(
    footage: int, into: Tray, manner: Manner, progress: Callable[[float], None]
) -> Answer:
    """One decode pass. Raises UndecodableError if neither a frame nor the sound can be decoded."""
    passed_over: Passed = "noref" if manner.balanced else "default"
    opened = open_file(footage, threads=manner.threads, passed_over=passed_over)
    with opened.container:
        if opened.video is None:
            poster = cover_of(opened, into, "poster.jpg")
            return _empty(poster) | _sound_alone(opened, progress)
        stream = opened.video
        watch = _Watch.of(opened, stream, into)
        faults, ear = Faults(), Ear.of(opened.container)
        if manner.balanced:
            faults.stamps = array("q")
            if watch.clock.in_decoding_order:  # times are those of the frames that come out
                stream.codec_context.skip_frame, faults.stamps = "DEFAULT", None
        declared = float(opened.plausible_seconds or 0)
        for frame, reached in frames(opened, stream, faults, ear):
            seconds = watch.frame(frame, faults)
            part = seconds / declared if declared else reached / max(1, opened.byte_count)
            progress(min(1.0, part))
        if not watch.positions:
            return _pictureless(nothing(stream, faults), faults, ear)
        watch.finish(faults)
        watch.beyond = seconds_beyond(footage, opened, faults)
        return _viewing(watch, stream, faults, ear)


def _viewing(watch: _Watch, stream: VideoStream, faults: Faults, ear: Ear | None) -> Answer:
    clock = watch.clock
    sound, said = ear.finish(clock) if ear else (None, [])
    # Sound of which nothing can be had is missing throughout.
    missing = [("no_audio", clock.start, clock.end)] if ear and sound is None else []
    poster = watch.gallery.poster("poster.jpg")
    start = clock.start or 0
    # A clip without a single cell can't be: the first frame always makes one.
    storyboard = watch.board.write(start, clock.end, clock.time_base)
    positions = _all_positions(watch, faults)
    return {
        "time_base": [clock.time_base.numerator, clock.time_base.denominator],
        "start": start,
        "end": clock.end,
        "frames": len(positions),
        "frame_index": base64.b64encode(packed(positions)).decode("ascii"),
        "variable": clock.variable,
        "corrupt": watch.corrupt,
        "shots": _placed(watch, positions),
        "keyframes": watch.gallery.keyframes,
        "poster": poster[0] if poster else None,
        "poster_pts": poster[1] if poster else None,
        "storyboard": storyboard,
        "hashes": [
            (at, *digits(found))
            for at, found in zip(watch.hash_positions, watch.hashes, strict=True)
        ],
        "spans": [*watch.spans.finish(clock.end, clock.seconds(clock.end)), *missing],
        "problems": [*_problems(watch, stream, faults), *said],
        "decoder": decoder_name(),
        "sound": sound,
    }


def _all_positions(watch: _Watch, faults: Faults) -> array[int]:
    """Of every frame, also those that were passed over: their packets tell them."""
    clock = watch.clock
    if faults.stamps is None or clock.jumps or clock.estimated:
        return watch.positions
    first = clock.start or 0
    return array("q", sorted({*watch.positions, *(at for at in faults.stamps if at >= first)}))


def _placed(watch: _Watch, positions: array[int]) -> list[dict[str, object]]:
    """The shots; a cut among frames that were passed over is told in the middle of these."""
    starts = []
    for shot in watch.shots:
        start, here = shot.start, bisect_left(watch.positions, shot.start)
        if shot.into == "cut" and len(positions) > len(watch.positions):
            at, before = (bisect_left(positions, watch.positions[n]) for n in (here, here - 1))
            start = positions[at - (at - before - 1) // 2]
        starts.append(start)
    ends = [*starts[1:], watch.clock.end]
    told = []
    for start, end, shot in zip(starts, ends, watch.shots, strict=True):
        blend = (start, start) if shot.into == "cut" else shot.blend
        told.append(asdict(replace(shot, start=start, end=end, blend=blend)))
    return told


def _problems(watch: _Watch, stream: VideoStream, faults: Faults) -> list[Report]:
    clock = watch.clock
    told: list[Report] = []
    if clock.estimated:
        told.append((ESTIMATED, None, None))
    told += [(JUMPED, at, None) for at in clock.jumps[:20]]
    told += [
        (
            f"time stamps leap: no pictures for {clock.seconds(at) - clock.seconds(begun):.0f} s",
            begun,
            at,
        )
        for begun, at in watch.leaps[:_MOST_LEAPS]
    ]
    if watch.corrupt:
        told.append((f"{watch.corrupt} of {len(watch.positions)} frames are damaged", None, None))
    if faults.lost_count:
        some = "packet" if faults.lost_count == 1 else "packets"
        lost = f"{faults.lost_count} {some} of the {stream.codec_context.name} video"
        told.append((f"{lost} could not be decoded: {faults.why}", None, None))
    if watch.blind_from is not None:
        told.append((UNSEEN, watch.blind_from, clock.end))
    if watch.undecoded >= LOST:
        told.append(
            (f"nothing of the last {watch.undecoded:.1f} s could be decoded", clock.end, None)
        )
    if watch.beyond >= LOST:
        told.append((ELSEWHERE.format(watch.beyond), clock.end, None))
    if faults.broke_off:
        told.append((f"the file could not be read to its end: {faults.broke_off}", clock.end, None))
    late = _late(watch, stream)
    if late >= _LATE and (faults.lost_count or watch.before > _DELAYED):
        told.append((f"the pictures of the first {late:.1f} s could not be decoded", None, None))
    told += _short(watch, late)
    if len(watch.shots) >= _MOST_SHOTS:
        told.append((f"shots beyond the first {_MOST_SHOTS} aren't listed", clock.last, None))
    return told


def _late(watch: _Watch, stream: VideoStream) -> float:
    """Seconds from where the stream begins to its first frame."""
    begun = stream.start_time
    return 0.0 if begun is None else max(0.0, -watch.clock.seconds(begun))


def _short(watch: _Watch, late: float) -> list[Report]:
    declared = watch.opened.declared_seconds
    seen = watch.clock.seconds(watch.clock.end)
    if not declared or watch.opened.slack + late + seen >= 0.97 * declared:
        return []
    if watch.opened.plausible_seconds is None:
        text = f"the header claims {float(declared):.0f} s, the pictures last {seen:.1f} s"
        return [(text, None, None)]
    text = f"ends early: pictures until {seen:.1f} s of {float(declared):.1f} s"
    return [(text, watch.clock.end, None)]


def _sound_alone(opened: Opened, progress: Callable[[float], None]) -> Answer:
    """Of a file without pictures: the beginning of its sound is the clip's zero."""
    problems: list[Report] = [(NO_VIDEO, None, None)]
    ear, faults = Ear.of(opened.container), Faults()
    if ear is None:
        return {"problems": problems}
    for packet in packets(opened, [ear.stream], faults):
        ear.take(cast("Packet[AudioStream]", packet))
        progress(min(1.0, (packet.pos or 0) / max(1, opened.byte_count)))
    sound, said = ear.finish(None)
    problems += said
    if faults.broke_off:
        problems.append((f"the file could not be read to its end: {faults.broke_off}", None, None))
    zero = {name: sound[name] for name in ("time_base", "start", "end")} if sound else {}
    return zero | {"sound": sound, "problems": problems}


def _pictureless(why: str, faults: Faults, ear: Ear | None) -> Answer:
    """The sound of a file whose pictures are lost. Raises UndecodableError if it is lost, too."""
    sound, said = ear.finish(None) if ear else (None, [])
    if sound is None:
        raise UndecodableError(why)
    zero = {name: sound[name] for name in ("time_base", "start", "end")}
    if faults.broke_off and faults.broke_off not in why:
        said.append((f"the file could not be read to its end: {faults.broke_off}", None, None))
    return _empty(None) | zero | {"sound": sound, "problems": [(why, None, None), *said]}


def _empty(poster: dict[str, object] | None) -> Answer:
    return {
        "time_base": [1, 1000],
        "start": 0,
        "end": 0,
        "frames": 0,
        "frame_index": "",
        "variable": False,
        "corrupt": 0,
        "shots": [],
        "keyframes": [],
        "poster": poster,
        "poster_pts": None,
        "storyboard": None,
        "hashes": [],
        "spans": [],
        "decoder": decoder_name(),
        "sound": None,
    }
