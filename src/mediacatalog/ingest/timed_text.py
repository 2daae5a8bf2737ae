"""Every caption track of a clip: what people attached, what lies beside it, what is inside it."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog import captions
from mediacatalog.catalog import frames, holdings, tracks
from mediacatalog.catalog.tracks import OriginTrack
from mediacatalog.errors import (
    ToolFailedError,
    ToolMissingError,
    UnknownCaptionFormatError,
    UnreadableMediaError,
)
from mediacatalog.ingest import beside
from mediacatalog.media import inside, probe
from mediacatalog.values import Problem, Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.attachments import Attached
    from mediacatalog.values import Probe, SubtitleFacts

MOST_LATE = 3600
"""Seconds by which a picture may begin after its sound; beyond it, stamps are at fault."""
SHOWN_PROBLEMS = 5
"""Of one file; its track lists all of them."""
_FORCED = re.compile(r"\b(?:forced|foreign parts|signs)\b", re.IGNORECASE)
_SDH = re.compile(r"\b(?:sdh|cc|hearing impaired|closed captions?)\b", re.IGNORECASE)


@dataclass
class Found:
    """The tracks of one clip while they are gathered; each text once, whoever brought it."""

    encodings: Mapping[tuple[str, str], str]
    """What people chose, by (origin, key)."""
    frame_rate: Fraction | None = None
    """The clip's, for formats that count frames."""
    zero: Fraction | None = None
    """Seconds of the file's stamps at which the first frame shows; None: as the probe has it."""
    steady: bool = True
    """False where the stamps of the picture jump or are missing."""
    tracks: list[OriginTrack] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, session: Session, clip_id: str) -> Found:
        """What the catalogue knows of the clip."""
        clip = holdings.clip(session, clip_id)
        return cls(
            tracks.chosen_encodings(session, clip_id),
            Fraction(clip.frame_rate) if clip.frame_rate else None,
            frames.zero(clip),
            steady=frames.is_steady(clip),
        )

    def _read(
        self, data: bytes, origin: str, key: str, *, name: str = "", language: str | None = None
    ) -> Track:
        encoding = self.encodings.get((origin, key))
        read = captions.read(
            data,
            name=name or key,
            encoding=encoding,
            language=language,
            frame_rate=self.frame_rate,
        )
        return captions.on_the_clip(read)

    def attached(self, given: Iterable[Attached]) -> None:
        for one in given:
            try:
                track = self._read(one.data, "person", one.name, language=one.language)
            except UnknownCaptionFormatError as error:
                self.problems.append(Problem("captions", str(error)))
                continue
            self._add(OriginTrack("person", one.name, one.sha256, track, data=one.data))

    def beside(self, masters: Iterable[Path], probed: Probe | None = None) -> None:
        """What lies beside counts from where players begin, which is where sound may be first.

        `probed` is what is known of the file already.
        """
        masters = list(masters)
        later: int | None = None
        for sidecar in (one for master in masters for one in captions.beside(master)):
            name = holdings.display_name(os.fsencode(sidecar.path.name))
            try:
                data = beside.read_bounded(sidecar.path)
                track = self._read(data, "sidecar", name, language=sidecar.named.language)
            except (UnknownCaptionFormatError, OSError) as error:
                if not sidecar.doubtful:
                    self.problems.append(Problem("captions", str(error)))
                continue
            if later is None:
                later = self._later(masters, probed)
            digest = hashlib.sha256(data).hexdigest()
            told = captions.earlier(sidecar.named.tell(track), later)
            self._add(OriginTrack("sidecar", name, digest, told, data=data))

    def _later(self, masters: Sequence[Path], probed: Probe | None) -> int:
        """Milliseconds by which the first frame comes after what is first; 0 if within a frame."""
        try:
            facts = probed or next((probe.probe(path) for path in masters), None)
        except (UnreadableMediaError, ToolFailedError):
            return 0
        begins = probe.begins(facts) if facts else None
        if facts is None or facts.video is None or begins is None:
            return 0
        shown = facts.video.start_pts * facts.video.time_base
        seconds = (shown if self.zero is None else self.zero) - begins
        frame = 1 / (facts.video.frame_rate or Fraction(25))
        return round(seconds * 1000) if frame <= seconds <= MOST_LATE else 0

    def inside(self, path: Path, probed: Probe | None = None) -> None:
        """Text streams; those that hold pictures of text are listed without cues.

        `probed` is what is known of the file already.
        """
        try:
            facts = probed or probe.probe(path)
            streams = inside.raw_tracks(path, facts, self.zero, steady=self.steady)
        except ToolMissingError:
            raise
        except (UnreadableMediaError, ToolFailedError) as error:
            self.problems.append(Problem("captions", f"embedded captions: {error}"))
            return
        by_index = {one.index: one for one in facts.subtitles}
        found: list[OriginTrack] = []
        for raw in streams:
            name = f"{raw.key}.{raw.format}"
            try:
                track = self._read(raw.data, "embedded", raw.key, name=name, language=raw.language)
            except UnknownCaptionFormatError as error:
                self.problems.append(Problem("captions", f"{raw.key}: {error.reason}"))
                continue
            if track.cues:
                title = raw.title or ""
                told = _told(track, by_index.get(raw.index), title, raw.kind)
                digest = hashlib.sha256(raw.data).hexdigest()
                found.append(
                    OriginTrack(
                        "embedded", raw.key, digest, told, title=title, data=raw.data, name=name
                    )
                )
        repeated = captions.repeated([one.track for one in found])
        self.tracks += [one for number, one in enumerate(found) if number not in repeated]
        self.tracks += [_pictures(one) for one in inside.unread(facts)]

    def _add(self, one: OriginTrack) -> None:
        if one.sha256 in {known.sha256 for known in self.tracks}:
            return
        self.tracks.append(one)
        self.problems += [
            Problem("captions", f"{one.key}, line {problem.line}: {problem.message}")
            for problem in one.track.problems[:SHOWN_PROBLEMS]
        ]


def _told(track: Track, facts: SubtitleFacts | None, title: str, kind: str) -> Track:
    """The track with what its stream says of it."""
    return replace(
        track,
        kind=track.kind if track.kind != "caption" else kind,
        forced=(facts is not None and facts.forced) or bool(_FORCED.search(title)),
        sdh=track.sdh or (facts is not None and facts.sdh) or bool(_SDH.search(title)),
    )


def _pictures(facts: SubtitleFacts) -> OriginTrack:
    key = f"stream {facts.index}"
    track = Track(facts.codec, "", 1.0, facts.language, facts.kind, (), ())
    digest = hashlib.sha256(f"{key} {facts.codec}".encode()).hexdigest()
    told = _told(track, facts, facts.title or "", facts.kind)
    return OriginTrack("embedded", key, digest, told, searchable=False, title=facts.title or "")
