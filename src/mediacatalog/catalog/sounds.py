"""What was heard in a clip, kept as a row: levels, channels, the waveform."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Float, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mediacatalog.catalog.base import Base
from mediacatalog.errors import NotFoundError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.sounds import Sound


class SoundRow(Base):
    """Of the one stream that was heard; positions are PTS in its own time base."""

    __tablename__ = "sounds"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    recipe: Mapped[str] = mapped_column(String(64))
    time_base: Mapped[str] = mapped_column(String(32))
    start_pts: Mapped[int] = mapped_column(BigInteger)
    end_pts: Mapped[int] = mapped_column(BigInteger)
    loudness_lufs: Mapped[float | None] = mapped_column(Float)
    facts: Mapped[dict[str, Any]]
    """The other numbers, the channels, when it begins on the clip's zero."""
    bucket_ms: Mapped[float] = mapped_column(Float)
    peaks: Mapped[bytes] = mapped_column(LargeBinary)
    """A byte a bucket: 255 × √(largest absolute value)."""
    rms: Mapped[bytes] = mapped_column(LargeBinary)


def row_of(clip_id: str, recipe: str, sound: Sound) -> SoundRow:
    return SoundRow(
        clip_id=clip_id,
        recipe=recipe,
        time_base=f"{sound.time_base.numerator}/{sound.time_base.denominator}",
        start_pts=sound.start_pts,
        end_pts=sound.end_pts,
        loudness_lufs=sound.integrated_lufs,
        facts={
            "stream": sound.stream,
            "offset_ms": sound.offset_ms,
            "sample_rate": sound.sample_rate,
            "layout": sound.layout,
            "channels": [asdict(channel) for channel in sound.channels],
            "range_lu": sound.range_lu,
            "momentary_lufs": sound.momentary_lufs,
            "short_term_lufs": sound.short_term_lufs,
            "true_peak_dbtp": sound.true_peak_dbtp,
            "clipped_samples": sound.clipped_samples,
            "silence_dbfs": sound.silence_dbfs,
        },
        bucket_ms=float(sound.waveform.seconds * 1000),
        peaks=sound.waveform.peaks,
        rms=sound.waveform.rms,
    )


def facts(session: Session, clip_id: str) -> dict[str, Any] | None:
    """Numbers of the sound as `mediacatalog show` prints them; None without sound."""
    row = session.get(SoundRow, clip_id)
    if row is None:
        return None
    positions = {name: getattr(row, name) for name in ("time_base", "start_pts", "end_pts")}
    return {"loudness_lufs": row.loudness_lufs} | row.facts | positions


def waveform(session: Session, clip_id: str) -> tuple[str, dict[str, Any]]:
    """(digest, its document): `start_ms`, `bucket_ms`, `peaks` and `rms` in base64.

    Raises NotFoundError without sound.
    """
    row = session.get(SoundRow, clip_id)
    if row is None:
        raise NotFoundError("waveform", clip_id)
    digest = hashlib.sha256(row.peaks + row.rms + f"{row.bucket_ms}".encode()).hexdigest()
    return digest, {
        "start_ms": row.facts["offset_ms"],
        "bucket_ms": row.bucket_ms,
        "peaks": b64encode(row.peaks).decode(),
        "rms": b64encode(row.rms).decode(),
    }
