"""What was read from a clip's file, kept as rows. Each function replaces what it kept before.

Machine facts only: nothing here touches a field that people enter.
"""

from __future__ import annotations

import itertools
import re
import struct
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from mediacatalog.aperture import Aperture
from mediacatalog.catalog import holdings, sounds, stories, tracks
from mediacatalog.catalog.models import (
    ArticleLink,
    ArticleRow,
    Clip,
    Derivative,
    FrameHashes,
    FrameIndex,
    KeyframeRow,
    ProbeRecord,
    ShotRow,
    StoryboardCellRow,
    Stream,
    TimedFactRow,
)
from mediacatalog.catalog.track_models import TrackRow
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.values import (
        Article,
        Created,
        Keyframe,
        LinkProposal,
        PictureFile,
        Probe,
        Problem,
        Stills,
        Storyboard,
        Viewing,
    )

LONGEST_BEGINNING = 500
"""Characters of an article that describe a clip which nobody described."""
RECORDS = ("download record", "description")
"""Kinds of evidence that make an article the record of the clip's download."""
BESIDE = (*RECORDS, "same name", "same folder", "page names the file", "person", stories.EXPORT)
"""Kinds of evidence that only what lies beside a clip, or a person, can give."""
PICTURES = ("poster", "keyframe", "storyboard", "storyboard_index")
"""Kinds of derivatives that a look at the pictures makes; people's pins and proxies are others'."""
COPY = re.compile(r"^copy of |[ _-]copy(?: ?\(?\d+\)?)?\.|[ _]?\(\d+\)\.", re.IGNORECASE)
"""Names that file managers and browsers give to a second copy."""


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article, the bytes it was read from, and why it belongs to the clip."""

    name: str
    original: bytes
    sha256: str
    article: Article
    link: LinkProposal


def _replace(session: Session, clip_id: str, new: Mapping[Any, Iterable[object]]) -> None:
    """The rows of a clip in these tables; of derivatives only the pictures."""
    for table in new:
        columns = table.__table__.c
        old = delete(table.__table__).where(columns.clip_id == clip_id)
        session.execute(old.where(columns.kind.in_(PICTURES)) if table is Derivative else old)
    session.add_all(itertools.chain.from_iterable(new.values()))
    session.flush()


def keep_problems(clip: Clip, stage: str, problems: Sequence[Problem]) -> None:
    """The problems of one stage replace those that it found before; accepted ones stay accepted."""
    others = [known for known in clip.problems if known.get("stage") != stage]
    accepted = {
        known["message"]: {"accepted_by": known["accepted_by"]}
        for known in clip.problems
        if known.get("stage") == stage and known.get("accepted_by")
    }
    found: list[dict[str, Any]] = [
        # A message may hold a file name, and so bytes that are no UTF-8: no database takes those.
        asdict(problem)
        | {"stage": stage, "message": problem.message.encode(errors="backslashreplace").decode()}
        for problem in problems
    ]
    found = [one | accepted.get(one["message"], {}) for one in found]
    if clip.problems != others + found:
        clip.problems = others + found


def folders(session: Session, clip_id: str) -> set[str]:
    """Folders of the store in which the clip's derivatives lie."""
    paths = session.scalars(select(Derivative.path).where(Derivative.clip_id == clip_id))
    return {path.rpartition("/")[0] for path in paths}


def keep_probe(session: Session, clip: Clip, probe: Probe, facts: dict[str, Any]) -> None:
    """Facts for lists and facets, streams, the whole JSON; `facts` is what the command prints."""
    video = probe.video
    clip.container = probe.container
    clip.duration_ms = probe.duration_ms
    clip.video_codec = video.codec if video else ""
    clip.audio_codec = probe.audio[0].codec if probe.audio else ""
    clip.width = video.display_width if video else None
    clip.height = video.display_height if video else None
    rate = video.frame_rate if video else None
    clip.frame_rate = f"{rate.numerator}/{rate.denominator}" if rate else ""
    clip.recorded_at = _best_date(probe.created)
    session.merge(
        ProbeRecord(
            clip_id=clip.id,
            tool=probe.tool,
            raw=zlib.compress(probe.raw),
            facts=facts,
            probed_at=utc_now(),
        )
    )
    kinds: list[tuple[str, Any]] = [("video", video)] if video else []
    kinds += [("audio", one) for one in probe.audio]
    kinds += [("subtitle", one) for one in probe.subtitles]
    streams = [
        Stream(
            clip_id=clip.id,
            index=one.index,
            kind=kind,
            codec=one.codec,
            language=getattr(one, "language", None),
            facts={name: _plain(getattr(one, name)) for name in one.__dataclass_fields__},
        )
        for kind, one in kinds
    ]
    _replace(session, clip.id, {Stream: streams})


def shape(session: Session, clip_id: str) -> str:
    """What of the stored picture is shown, for the names of recipes; empty for all of it."""
    record = session.get(ProbeRecord, clip_id)
    video = (record.facts.get("video") or {}) if record else {}
    clean = video.get("clean_aperture")
    return f"+{Aperture(**clean)}" if clean else ""


def is_shape_known(session: Session, clip_id: str) -> bool:
    """False for an MP4, MOV or MXF that was probed before clean apertures were read."""
    record = session.get(ProbeRecord, clip_id)
    video = (record.facts.get("video") or {}) if record else {}
    names = record.facts.get("container", "").split(",") if record else ()
    return not (video and {"mov", "mxf"}.intersection(names)) or "clean_aperture" in video


def _best_date(created: Sequence[Created]) -> str:
    """The first date whose zone is known, else the first: a shown hint, not a decision."""
    zoned = [one for one in created if one.zone not in ("", "none")]
    best = (zoned or list(created))[:1]
    return best[0].value[:64] if best else ""


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of a stream
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _pictures(
    clip_id: str,
    kind: str,
    folder: str,
    recipe: str,
    pictures: Iterable[tuple[int, PictureFile, int | None]],
) -> list[Derivative]:
    return [picture_row(clip_id, kind, folder, recipe, one) for one in pictures]


def picture_row(
    clip_id: str, kind: str, folder: str, recipe: str, one: tuple[int, PictureFile, int | None]
) -> Derivative:
    """Of a number, a picture that was just opened again, and the position that it shows."""
    number, picture, pts = one
    return Derivative(
        clip_id=clip_id,
        kind=kind,
        number=number,
        recipe=recipe,
        path=f"{folder}/{picture.name}",
        sha256=picture.sha256,
        byte_count=picture.byte_count,
        width=picture.width,
        height=picture.height,
        pts=pts,
        verified_at=utc_now(),
    )


def _storyboard(clip_id: str, folder: str, recipe: str, board: Storyboard) -> list[Derivative]:
    sheets = [(number, sheet, None) for number, sheet in enumerate(board.sheets)]
    return [
        *_pictures(clip_id, "storyboard", folder, recipe, sheets),
        *_pictures(clip_id, "storyboard_index", folder, recipe, [(0, board.index, None)]),
    ]


def _cells(clip_id: str, board: Storyboard | None) -> list[StoryboardCellRow]:
    cells = board.cells if board else ()
    return [
        StoryboardCellRow(
            clip_id=clip_id,
            number=number,
            pts=cell.pts,
            start_ms=cell.start_ms,
            end_ms=cell.end_ms,
            sheet=cell.sheet,
            x=cell.x,
            y=cell.y,
            width=cell.width,
            height=cell.height,
        )
        for number, cell in enumerate(cells)
    ]


def keep_stills(session: Session, clip: Clip, stills: Stills, folder: str, recipe: str) -> None:
    """The quick look's pictures, until the viewing's replace them."""
    rows: list[Derivative] = []
    if stills.poster:
        rows += _pictures(clip.id, "poster", folder, recipe, [(0, stills.poster, None)])
    if stills.storyboard:
        rows += _storyboard(clip.id, folder, recipe, stills.storyboard)
    cells = _cells(clip.id, stills.storyboard)
    _replace(session, clip.id, {Derivative: rows, StoryboardCellRow: cells})


def keep_viewing(session: Session, clip: Clip, viewing: Viewing, folder: str, recipe: str) -> None:
    """Everything that the decode pass gave."""
    base = viewing.time_base
    clip.time_base = f"{base.numerator}/{base.denominator}"
    clip.start_pts = viewing.start_pts
    if viewing.frames:
        clip.duration_ms = viewing.duration_ms
    keyframes = [(n, shot.keyframe) for n, shot in enumerate(viewing.shots) if shot.keyframe]
    rows = _pictures(
        clip.id, "keyframe", folder, recipe, [(n, key.picture, key.pts) for n, key in keyframes]
    )
    if viewing.poster:
        poster = (0, viewing.poster, viewing.poster_pts)
        rows += _pictures(clip.id, "poster", folder, recipe, [poster])
    if viewing.storyboard:
        rows += _storyboard(clip.id, folder, recipe, viewing.storyboard)
    packed = b"".join(
        struct.pack("<qQ", one.pts, one.phash & (2**64 - 1)) for one in viewing.frame_hashes
    )
    fine = b"".join(one.fine.to_bytes(32, "big") for one in viewing.frame_hashes)
    hashes = FrameHashes(clip_id=clip.id, recipe=recipe, packed=packed, fine=fine)
    index = FrameIndex(clip_id=clip.id, recipe=recipe, packed=viewing.frame_index)
    heard = [sounds.row_of(clip.id, recipe, viewing.sound)] if viewing.sound else []
    new: dict[Any, Sequence[object]] = {
        Derivative: rows,
        StoryboardCellRow: _cells(clip.id, viewing.storyboard),
        ShotRow: _shots(clip.id, viewing),
        KeyframeRow: _keyframes(clip.id, keyframes),
        TimedFactRow: _timed_facts(clip.id, viewing),
        FrameHashes: [hashes],
        FrameIndex: [index],
        sounds.SoundRow: heard,
    }
    _replace(session, clip.id, new)


def _shots(clip_id: str, viewing: Viewing) -> list[ShotRow]:
    return [
        ShotRow(
            clip_id=clip_id,
            number=number,
            start_pts=shot.start_pts,
            end_pts=shot.end_pts,
            start_ms=shot.start_ms,
            end_ms=shot.end_ms,
            into=shot.into,
            into_start_pts=shot.blend[0],
            into_end_pts=shot.blend[1],
            certainty=shot.certainty,
        )
        for number, shot in enumerate(viewing.shots)
    ]


def _keyframes(clip_id: str, keyframes: Iterable[tuple[int, Keyframe]]) -> list[KeyframeRow]:
    return [
        KeyframeRow(
            clip_id=clip_id,
            number=number,
            pts=key.pts,
            ms=key.ms,
            phash=f"{key.phash & (2**64 - 1):016x}",
            fine_hash=f"{key.fine & (2**256 - 1):064x}",
            sharpness=key.sharpness,
        )
        for number, key in keyframes
    ]


def _timed_facts(clip_id: str, viewing: Viewing) -> list[TimedFactRow]:
    return [
        TimedFactRow(
            clip_id=clip_id,
            number=number,
            kind=fact.kind,
            start_pts=fact.start_pts,
            end_pts=fact.end_pts,
            start_ms=fact.start_ms,
            end_ms=fact.end_ms,
            time_base=f"{fact.time_base.numerator}/{fact.time_base.denominator}",
        )
        for number, fact in enumerate(viewing.timed_facts)
    ]


def keep_articles(session: Session, clip: Clip, found: Sequence[FoundArticle]) -> dict[str, str]:
    """Articles and their links; the articles' ids by SHA-256.

    A link that a person decided is never changed, nor one that the index of links suggested.
    """
    links = {
        link.article_id: link
        for link in session.scalars(select(ArticleLink).where(ArticleLink.clip_id == clip.id))
    }
    kept: dict[str, str] = {}
    for one in found:
        origin = stories.Origin("beside", one.name)
        article_id = stories.keep(session, one.article, one.original, one.name, origin).id
        kept[one.sha256] = article_id
        link = links.get(article_id)
        if link is not None and link.decided_by is not None:
            continue
        if link is None:
            link = ArticleLink(clip_id=clip.id, article_id=article_id)
            session.add(link)
        link.relation = one.link.relation
        link.state = "certain" if one.link.certain else "suggested"
        link.score = one.link.score
        link.evidence = [asdict(evidence) for evidence in one.link.evidence]
    for article_id, link in links.items():
        kinds = {one.get("kind") for one in link.evidence}
        lay_beside = kinds & set(BESIDE) and stories.EXPORT not in kinds
        if article_id not in kept.values() and link.decided_by is None and lay_beside:
            session.delete(link)
    session.flush()
    return kept


def has_streams(session: Session, clip_id: str, kind: str) -> bool:
    """Whether the probe found a stream of this kind: `video`, `audio`, `subtitle`."""
    query = select(Stream.codec).where(Stream.clip_id == clip_id, Stream.kind == kind)
    return session.scalars(query.limit(1)).first() is not None


def container_tags(session: Session, clip_id: str) -> dict[str, str]:
    """The tags that the probe found in the container; empty if there was no probe."""
    record = session.get(ProbeRecord, clip_id)
    tags = record.facts.get("tags") if record else None
    return {str(key): str(value) for key, value in tags.items()} if isinstance(tags, dict) else {}


def derive(session: Session, clip: Clip) -> None:
    """Title, description, source and language that are shown where people entered nothing.

    From the article that certainly belongs to the clip, else from the container's tags, else from
    the file's name; `derived_title_from` says which.
    """
    article = session.scalar(
        select(ArticleRow)
        .join(ArticleLink, ArticleLink.article_id == ArticleRow.id)
        .where(ArticleLink.clip_id == clip.id, ArticleLink.state.in_(("certain", "accepted")))
        .order_by(ArticleLink.score.desc(), ArticleRow.id)
        .limit(1)
    )
    tags = container_tags(session, clip.id)
    if article is not None and article.title:
        clip.derived_title, clip.derived_title_from = article.title, f"article {article.name}"
    elif tags.get("title", "").strip():
        clip.derived_title, clip.derived_title_from = tags["title"].strip(), "container"
    else:
        clip.derived_title, clip.derived_title_from = _readable_name(session, clip), "file name"
    clip.derived_description = _beginning(article.text) if article else ""
    clip.derived_source = (article.site or article.byline or "") if article else ""
    language = session.scalar(
        select(TrackRow.language)
        .where(
            TrackRow.clip_id == clip.id,
            TrackRow.language.is_not(None),
            TrackRow.searchable,
            TrackRow.state != tracks.REMOVED,
        )
        .order_by(TrackRow.number)
        .limit(1)
    )
    clip.derived_language = language or (article.language if article else None) or ""


def _beginning(text: str) -> str:
    """As much of a text as a description shows; a cut stands between words and can be seen."""
    if len(text) <= LONGEST_BEGINNING:
        return text
    whole_words = re.match(
        rf".{{{LONGEST_BEGINNING // 2},{LONGEST_BEGINNING}}}(?=\s)", text, re.DOTALL
    )
    return (whole_words[0] if whole_words else text[:LONGEST_BEGINNING]).rstrip() + " …"


def _readable_name(session: Session, clip: Clip) -> str:
    """The name of the oldest sighting without folder, suffix, `[id]` and underscores.

    A copy's name stands back behind any other.
    """
    names = [one.display.rsplit("/", 1)[-1] for one in holdings.sightings_of_clip(session, clip.id)]
    name = min(names, key=lambda one: COPY.search(one) is not None, default=clip.sha256[:12])
    stem = name.rsplit(".", 1)[0] if "." in name.lstrip(".") else name
    stem = re.sub(r"\s*\[[A-Za-z0-9_-]{6,}\]$", "", stem)
    return re.sub(r"[\s_]+", " ", stem).strip() or name
