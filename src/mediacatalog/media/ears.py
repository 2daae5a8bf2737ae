"""The sound of an open file: which stream is heard, its decoder, what to tell of it.

For the decoder child only. Packets come from the one pass over the file, beside those of the video.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.error import FFmpegError
from av.stream import Disposition

from mediacatalog.media import runner
from mediacatalog.media.frames import Faults, decoded, reason
from mediacatalog.media.sound import Listener, Report

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

    from mediacatalog.media.positions import Clock

Answer = dict[str, object]


@dataclass
class Ear:
    """Listens to the stream that a player would play: the one marked as default, else the first."""

    stream: AudioStream
    listener: Listener
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def of(cls, container: InputContainer) -> Ear | None:
        """None if the file has no sound. A stream that can't be decoded is heard as nothing."""
        streams = container.streams.audio
        if not streams:
            return None
        marked = [one for one in streams if one.disposition & Disposition.default]
        stream = (marked or list(streams))[0]
        ear = cls(stream, Listener(stream.time_base or Fraction(1, 1000)))
        ear.faults.why = _prepared(stream)
        return ear

    def take(self, packet: Packet[AudioStream]) -> None:
        self.faults.packets += packet.size > 0
        lost = self.faults.lost_count
        for frame in decoded(packet, self.faults):
            self.listener.add(frame)
        if self.faults.lost_count > lost:
            self.listener.lost()

    def finish(self, clock: Clock | None) -> tuple[Answer | None, list[Report]]:
        """What the sound is like, or None, and the problems; `clock` is that of the pictures.

        Positions in the problems are those of the clip: of the pictures, else of the sound itself.
        """
        base = self.stream.time_base or Fraction(1, 1000)
        picture = None
        if clock is not None and clock.start is not None:
            picture = clock.start * clock.time_base, clock.end * clock.time_base
        context = cast("AudioCodecContext | None", self.stream.codec_context)
        codec = f"{context.name} sound" if context else "sound"
        heard = self.listener.finish(picture)
        faults = self.faults
        if heard is None:
            why = faults.why or "it holds none"
            return None, [(f"not a moment of the {codec} could be decoded: {why}", None, None)]
        told: list[Report] = []
        if faults.lost_count:
            some = "packet" if faults.lost_count == 1 else "packets"
            lost = f"{faults.lost_count} {some} of the {codec} could not be decoded"
            told.append((f"{lost}: {faults.why}", None, None))
        scale = base / clock.time_base if picture and clock else Fraction(1)
        told += [
            (said, None if at is None else round(at * scale), None)
            for said, at, _ in heard.problems
        ]
        answer = asdict(heard) | {
            "stream": self.stream.index,
            "time_base": [base.numerator, base.denominator],
            "bucket": [heard.bucket.numerator, heard.bucket.denominator],
            "peaks": b64encode(heard.peaks).decode(),
            "rms": b64encode(heard.rms).decode(),
        }
        del answer["problems"]
        return answer, told


def _prepared(stream: AudioStream) -> str:
    """Open the decoder; why that can't be, or nothing."""
    context = cast("AudioCodecContext | None", stream.codec_context)
    if context is None:
        return "there is no decoder for it"
    context.options = {"codec_whitelist": ",".join(runner.CODECS)}
    try:
        context.open(strict=False)
    except (FFmpegError, OSError, ValueError) as error:
        return reason(error)
    return ""
