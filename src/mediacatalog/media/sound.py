"""What the sound of a file is like: loudness, silence, clipping, holes, a waveform.

For the decoder child only: it is fed with decoded frames, in order, beside the pictures. Frames are
gathered to about a second before numpy sees them. Positions are PTS of the audio stream; whatever
the stamps say, they never run back by more than a tenth of a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from mediacatalog.media.loudness import SLOWEST, Floats, Grid, Meter, Program, TruePeak
from mediacatalog.media.quiet import Levels, runs_of
from mediacatalog.media.samples import MOST_CHANNELS, Form, Run, joined
from mediacatalog.media.waveform import Course

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

Report = tuple[str, int | None, int | None]
"""A problem: its sentence, and the positions it is about if there are any."""
Span = tuple[str, int, int]
"""Kind, first position, position after the last."""

SHORTEST: Final = {"silence": 2.0, "clipping": 0.0, "no_audio": 0.2}
"""Seconds; shorter spans aren't told. Sound that is silent throughout is told at any length."""
CLIPPED_RUN: Final = 3
"""Samples at full scale, one after the other, that are clipping and no mere peak."""
_CLIPS_JOINED = 0.5  # seconds between clipped runs that are told as one
_JITTER = 0.1  # seconds by which stamps may differ from the count of samples
_DRIFT = 0.03  # seconds by which a stamp may differ from the one before plus its frame
_ONE_DAY = 86400  # seconds; a gap beyond it is a fault of the stamps
_MOST_SPANS = 500  # of a kind
_AT_ONCE = 4_000_000  # values
_GATHERED = 2048  # frames
_SURROUND = frozenset("BL BR BC SL SR TBL TBC TBR SDL SDR".split())
_DEAD_DBFS, _ALIVE_DBFS = -60.0, -40.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that listening gives. Levels are in dB; None is silence."""

    start: int
    end: int
    sample_rate: int
    layout: str
    channels: tuple[tuple[str, float | None, float | None, bool], ...]
    """Name, peak, root mean square, whether it is dead."""
    integrated: float | None
    range: float | None
    momentary: float | None
    short_term: float | None
    true_peak: float | None
    clipped: int
    silence: float
    bucket: Fraction
    peaks: bytes
    rms: bytes
    spans: tuple[Span, ...]
    problems: tuple[Report, ...]


# --- positions ------------------------------------------------------------------------------------


@dataclass
class _Clock:
    """Where frames begin. Small differences between stamps and samples are nobody's fault."""

    tick: float
    """Seconds."""
    holes: list[tuple[int, int]] = field(default_factory=list)
    jumps: list[int] = field(default_factory=list)
    stamped: bool = False
    lost: bool = False
    """Whether a packet gave no sound: then the next stamp is believed at once."""
    _offset: int = 0
    _before: tuple[int, float] | None = None

    def place(self, pts: int | None, seconds: float, expected: int | None) -> int:
        """The position of a frame of so many seconds; `expected` where the last one ended.

        It is `expected` itself unless something is missing before the frame, or it is out of step.
        """
        lost, self.lost = self.lost, False
        if pts is None:  # the second and later frames of a packet have none
            return expected or 0
        self.stamped = True
        before, self._before = self._before, (pts, seconds)
        if expected is None:
            return pts
        drift = (pts - before[0]) * self.tick - before[1] if before else math.inf
        at = pts + self._offset
        ahead = (at - expected) * self.tick
        if abs(ahead) <= (_DRIFT / 3 if lost else _JITTER):
            return expected
        if abs(drift) <= _DRIFT and not lost:  # samples run a little faster or slower than stamps
            return at
        if 0 < ahead < _ONE_DAY:
            if len(self.holes) < _MOST_SPANS:
                self.holes.append((expected, at))
            return at
        if len(self.jumps) < _MOST_SPANS:
            self.jumps.append(expected)
        self._offset += expected - at
        return expected


# --- listening ------------------------------------------------------------------------------------


@dataclass
class _Channel:
    name: str
    peak: float = 0.0
    squares: float = 0.0
    count: int = 0


class _Tools:
    """What measures sound of one form."""

    def __init__(self, form: Form, names: list[str]) -> None:
        self.grid = Grid.of(form.rate)
        self.heard = [n for n, name in enumerate(names) if not name.startswith("LFE")]
        weights = [1.41 if names[n] in _SURROUND else 1.0 for n in self.heard]
        fast = form.rate >= SLOWEST and self.heard
        self.meter = Meter(self.grid, np.array(weights)) if fast else None
        self.peaks = TruePeak(self.grid.unit)
        hop = self.grid.hop
        self.portion = hop * max(1, min(10, _AT_ONCE // (hop * len(names))))


class Listener:
    """Takes the decoded frames of one stream in order; nothing in them makes it raise."""

    def __init__(self, time_base: Fraction) -> None:
        self._base = time_base
        self._clock = _Clock(float(time_base))
        self._start: int | None = None
        self._run: Run | None = None
        self._tools: _Tools | None = None
        self._forms: list[tuple[Form, int]] = []
        self._refused = 0
        self._corrupt = 0
        self._frames: list[AudioFrame] = []
        self._waiting = 0
        self._rest: Floats | None = None
        self._program = Program()
        self._levels = Levels()
        self._course: Course | None = None
        self._highest = 0.0
        self._channels: list[_Channel] = []
        self._clipped = 0
        self._clips: list[tuple[int, int]] = []

    def lost(self) -> None:
        """A packet gave no sound."""
        self._clock.lost = True

    def add(self, frame: AudioFrame) -> None:
        form, count = Form.of(frame), frame.samples
        if count <= 0 or not form.sane:
            self._refused += 1
            return
        self._corrupt += frame.is_corrupt
        run = self._run
        expected = run.end if run else None
        at = self._clock.place(frame.pts, count / form.rate, expected)
        if run is None or at != expected or form != run.form:
            run = self._begin(form, at, frame)
        run.received += count
        self._frames.append(frame)
        self._waiting += count
        full = self._waiting >= form.rate or self._waiting * form.channels >= _AT_ONCE
        if full or len(self._frames) >= _GATHERED:
            self._work(run)

    def _begin(self, form: Form, at: int, frame: AudioFrame) -> Run:
        self._flush()
        if self._start is None:
            self._start = at
        if self._tools is None or self._forms[-1][0] != form:
            names = form.names(frame)
            self._channels += [_Channel(name) for name in names[len(self._channels) :]]
            self._tools = _Tools(form, names)
            del self._forms[_MOST_SPANS:]
            self._forms.append((form, at))
            if self._course is None:
                self._course = Course(Fraction(self._tools.grid.unit, form.rate))
        self._run = Run(form, at, 1 / (form.rate * self._base))
        return self._run

    def _flush(self) -> None:
        """Measure what is left of a run; its last level may be a part of one."""
        run, tools = self._run, self._tools
        if run is None or tools is None:
            return
        if self._frames:
            self._work(run)
        rest, self._rest = self._rest, None
        if rest is not None and rest.shape[1]:
            short = -rest.shape[1] % tools.grid.level
            self._measure(run, tools, np.pad(rest, ((0, 0), (0, short)), mode="edge"))

    def _work(self, run: Run) -> None:
        """Measure the gathered frames as far as they fill hops; the rest waits."""
        tools = self._tools
        samples = joined(self._frames, run.form)
        self._frames.clear()
        self._waiting = 0
        if tools is None:
            return
        if self._rest is not None:
            samples = np.concatenate([self._rest, samples], axis=1)
        whole = samples.shape[1] - samples.shape[1] % tools.grid.hop
        for at in range(0, whole, tools.portion):
            self._measure(run, tools, samples[:, at : min(whole, at + tools.portion)])
        self._rest = samples[:, whole:].copy()

    def _measure(self, run: Run, tools: _Tools, samples: Floats) -> None:
        """Samples (channels, whole levels) of a run, after those that were measured before."""
        grid, channels = tools.grid, len(samples)
        units = samples.reshape(channels, -1, grid.unit)
        across = np.ascontiguousarray(samples.reshape(-1, grid.unit).T)
        high, low = (
            found.reshape(channels, -1) for found in (across.max(axis=0), across.min(axis=0))
        )
        peaks = np.maximum(high, -low)
        energies = np.einsum("cus,cus->cu", units, units) / np.float32(grid.unit)
        shape = (channels, -1, grid.level // grid.unit)
        swing = high.reshape(shape).max(axis=2) - low.reshape(shape).min(axis=2)
        self._levels.add(run, grid.level, swing.max(axis=0) / 2)
        if self._course is not None and self._start is not None:
            seconds = float((run.at(run.done) - self._start) * self._base)
            step = grid.unit / grid.rate
            self._course.add(max(0.0, seconds), step, peaks.max(axis=0), energies.mean(axis=0))
        for channel, own, squares in zip(self._channels, peaks, energies, strict=False):
            channel.peak = max(channel.peak, float(own.max()))
            channel.squares += float(squares.sum(dtype=np.float64))
            channel.count += len(squares)
        hops = samples.shape[1] // grid.hop * grid.hop
        if tools.meter is not None and hops:
            self._program.add(tools.meter.add(_chosen(samples, tools.heard)[:, :hops]))
        self._highest = tools.peaks.add(samples, peaks, self._highest)
        for at in np.flatnonzero(peaks.max(axis=1) >= run.form.rail):
            self._clip(run, np.abs(samples[at]) >= run.form.rail)
        run.done += samples.shape[1]

    def _clip(self, run: Run, full: NDArray[np.bool_]) -> None:
        """Spans of one channel in which runs of samples are at full scale."""
        first, after = runs_of(full)
        long = after - first >= CLIPPED_RUN
        first, after = first[long], after[long]
        self._clipped += int((after - first).sum())
        breaks = np.flatnonzero(first[1:] - after[:-1] > _CLIPS_JOINED * run.form.rate)
        apart = round(_CLIPS_JOINED / self._base)
        for one, other in zip([0, *(breaks + 1)], [*breaks, len(first) - 1], strict=True):
            if other < one:
                return  # no run is long enough
            start, end = run.at(run.done + int(first[one])), run.at(run.done + int(after[other]))
            if self._clips and start - self._clips[-1][1] <= apart:
                begun, until = self._clips[-1]
                self._clips[-1] = min(begun, start), max(until, end)
            elif len(self._clips) < _MOST_SPANS:
                self._clips.append((start, end))

    # --- the end ----------------------------------------------------------------------------------

    def finish(self, picture: tuple[Fraction, Fraction] | None = None) -> Heard | None:
        """What was heard, or None if there was nothing.

        `picture` is when the pictures begin and end, in seconds on the clock of the file's stamps;
        there sound is missing where it isn't.
        """
        self._flush()
        if self._run is None or self._start is None or self._course is None:
            return None
        start, end = self._start, max(self._run.end, self._start + 1)
        threshold = self._levels.threshold()
        program, form = self._program, self._forms[0][0]
        peaks, rms = self._course.finish()
        return Heard(
            start=start,
            end=end,
            sample_rate=form.rate,
            layout=form.layout,
            channels=self._told_channels(),
            integrated=program.integrated(),
            range=program.loudness_range(),
            momentary=program.momentary(),
            short_term=program.short_term(),
            true_peak=_db(self._highest),
            clipped=self._clipped,
            silence=threshold,
            bucket=self._course.seconds,
            peaks=peaks,
            rms=rms,
            spans=self._told_spans(start, end, threshold, picture),
            problems=tuple(self._problems()),
        )

    def _told_channels(self) -> tuple[tuple[str, float | None, float | None, bool], ...]:
        levels = [_db(one.peak) for one in self._channels]
        alive = max((level for level in levels if level is not None), default=_DEAD_DBFS)
        told = []
        for one, peak in zip(self._channels, levels, strict=True):
            dead = alive >= _ALIVE_DBFS and (peak is None or peak < _DEAD_DBFS)
            rms = _db(math.sqrt(one.squares / max(1, one.count)))
            told.append((one.name, peak, rms, dead and not one.name.startswith("LFE")))
        return tuple(told)

    def _told_spans(
        self, start: int, end: int, threshold: float, picture: tuple[Fraction, Fraction] | None
    ) -> tuple[Span, ...]:
        holes = self._clock.holes
        if picture is not None:
            first, last = (round(seconds / self._base) for seconds in picture)
            holes = [(first, min(start, last)), *holes, (max(end, first), last)]
        quiet = self._levels.silent(threshold, round(_JITTER / self._base))
        told: list[Span] = []
        for kind, spans in (("silence", quiet), ("clipping", self._clips), ("no_audio", holes)):
            least = SHORTEST[kind] / float(self._base)
            if kind == "silence" and quiet and quiet[0][0] <= start and quiet[0][1] >= end:
                least = 0.0
            long = [(kind, *span) for span in spans if span[1] > span[0]]
            told += [span for span in long if span[2] - span[1] >= least][:_MOST_SPANS]
        return tuple(sorted(told, key=lambda span: (span[1], span[0])))

    def _problems(self) -> list[Report]:
        told: list[Report] = []
        if not self._clock.stamped:
            said = "time stamps of the sound are missing; its positions are estimated"
            told.append((said, None, None))
        said = "time stamps of the sound jump; positions after it are counted on"
        told += [(said, at, None) for at in self._clock.jumps[:10]]
        told += [(f"the sound changes to {form}", at, None) for form, at in self._forms[1:11]]
        most = max(form.channels for form, _ in self._forms)
        if most > MOST_CHANNELS:
            said = f"only the first {MOST_CHANNELS} of {most} channels of sound are measured"
            told.append((said, None, None))
        for count, what in ((self._corrupt, "damaged"), (self._refused, "of no known kind")):
            if count:
                said = f"{count} frames of sound are {what}"
                told.append((said, None, None))
        return told


def _chosen(samples: Floats, channels: list[int]) -> Floats:
    return samples if len(channels) == len(samples) else samples[channels]


def _db(value: float) -> float | None:
    return 20 * math.log10(value) if value > 1e-10 else None
