"""A small archive as the ingest would have left it: real clips, real stills, real rows."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.catalog import holdings, stages, timeline, vocabulary
from mediacatalog.catalog import tracks as tracks_of
from mediacatalog.media import fingerprint, probe, viewing
from mediacatalog.values import (
    Article,
    CaptionProblem,
    Cue,
    EmbeddedVideo,
    Evidence,
    LinkProposal,
    Ms,
    Problem,
    Removed,
    State,
    Track,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings
    from mediacatalog.values import Probe, Viewing


def track(
    *cues: tuple[int, int, str], language: str | None = "en", problems: Sequence[str] = ()
) -> Track:
    """A caption track; cues are (start_ms, end_ms, text)."""
    return Track(
        "srt",
        "utf-8",
        1.0,
        language,
        "caption",
        tuple(Cue(Ms(start), Ms(end), text) for start, end, text in cues),
        tuple(CaptionProblem(n + 1, text) for n, text in enumerate(problems)),
    )


def article(title: str, text: str, **given: object) -> Article:
    """An article of which everything but title and text has a default."""
    facts = {
        "byline": None,
        "dateline": None,
        "published": "2017-11-19T08:00:00+03:00",
        "language": "en",
        "url": "https://example.org/story",
        "site": "Example News",
        "removed": (Removed("1 1,820", "share counter"),),
        "videos": (EmbeddedVideo("https://example.org/v/abc", "The film", "abc"),),
    } | given
    return Article(title=title, text=text, **facts)  # type: ignore[arg-type]


@dataclass
class Archive:
    """Puts clips into a catalogue by the same functions that the ingest uses."""

    catalogue: Catalogue
    settings: Settings

    def add(
        self,
        path: Path,
        *,
        tracks: Sequence[tuple[str, Track]] = (),
        story: Article | None = None,
        score: float = 0.95,
        tags: Sequence[str] = (),
        places: Sequence[str] = (),
        problems: Sequence[str] = (),
        source: str | None = None,
    ) -> str:
        """The id of a clip of a real file that lies in the media folder; tracks by file name."""
        read = fingerprint.fingerprint(path)
        folder = f"{read.sha256[:2]}/{read.sha256[2:4]}/{read.sha256}/watch_through-1"
        facts, seen = _look(path, read.sha256, self.settings.derivatives / folder)
        with self.catalogue.writing() as session:
            clip = holdings.clip_of_bytes(session, read)
            timeline.keep_probe(session, clip, facts, probe.as_json(facts))
            timeline.keep_viewing(session, clip, seen, folder, "viewing-3")
            tracks_of.keep(
                session,
                clip,
                [
                    tracks_of.OriginTrack("sidecar", name, _digest(name, str(one)), one)
                    for name, one in tracks
                ],
            )
            if story is not None:
                timeline.keep_articles(session, clip, [_found(story, score)])
            timeline.derive(session, clip)
            timeline.keep_problems(clip, "probe", [Problem("probe", text) for text in problems])
            clip.source = source
            self._sight(session, path, clip.id, State.PARTIAL if problems else State.READY)
            for stage in ("probe", "watch_through", "index"):
                attempt, _ = stages.begin(session, clip.id, stage)
                stages.finish(session, clip.id, stage, attempt, of="x", ms=120)
            session.flush()
            stages.settle(session, clip)
            holdings.touch(session, [clip.id])
            for kind, labels in (("tag", tags), ("place", places)):
                for label in labels:
                    vocabulary.add_term(session, clip.id, label, kind=kind, actor="local")
            return clip.id

    def see(self, path: Path, state: State, reason: str = "") -> str:
        """A file of which nothing but its state is known; returns its sighting's id."""
        with self.catalogue.writing() as session:
            return self._sight(session, path, None, state, reason)

    def _sight(self, session, path, clip_id, state, reason=""):  # noqa: ANN001, ANN202
        root = holdings.root(session, self.settings.media, kind="watched")
        found = path.stat()
        raw = os.fsencode(path.relative_to(self.settings.media))
        seen = holdings.Seen(raw, found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)
        one = holdings.add_sighting(session, root.id, seen, state, reason=reason)
        one.clip_id = clip_id
        session.flush()
        return one.id


LOOKED: dict[str, tuple[Probe, Viewing, tempfile.TemporaryDirectory[str]]] = {}
"""By digest: the same bytes give the same facts and pictures, and a look takes a second."""


def _look(path: Path, sha256: str, into: Path) -> tuple[Probe, Viewing]:
    """What a probe and a viewing give, with the viewing's pictures in `into`."""
    if sha256 not in LOOKED:
        pictures = tempfile.TemporaryDirectory()
        seen = viewing.watch_through(path, Path(pictures.name))
        LOOKED[sha256] = (probe.probe(path), seen, pictures)
    facts, seen, pictures = LOOKED[sha256]
    shutil.copytree(pictures.name, into)
    return facts, seen


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _found(story: Article, score: float) -> timeline.FoundArticle:
    evidence = (
        Evidence("same name", "has the same name as the clip: clip.html", 0.9),
        Evidence("title", "its title equals the title in the file", 0.5),
    )
    link = LinkProposal("describes", score, score >= 0.9, evidence)
    return timeline.FoundArticle(
        "clip.html", story.text.encode(), _digest(story.title or "", story.text), story, link
    )
