"""Find what belongs together when a clip or an article comes: ask the index, compare, suggest."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from mediacatalog.articles import mentions as reader
from mediacatalog.catalog import copies, link_index, links, mentions, occasions
from mediacatalog.catalog.models import ArticleRow
from mediacatalog.errors import NotFoundError
from mediacatalog.linking import keys
from mediacatalog.linking.facts import ClipFacts, Story
from mediacatalog.linking.proposing import likely, propose
from mediacatalog.linking.reasons import Reason
from mediacatalog.linking.weights import DEFAULT, Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from mediacatalog.articles.mentions import Mentions
    from mediacatalog.values import LinkProposal

MOST_COMPARED = 24
"""Candidates that are compared in full, those with the rarest keys..."""
MOST_COPIES = 24
"""Near copies of a clip whose links are looked at."""
MOST_NAMED = 500
"""...besides those that share an id, an address or a file name: a page may show many videos."""


def clip_came(session: Session, clip_id: str) -> int:
    """Enter a clip into the index and suggest its articles; returns how many links were written."""
    pictures = keys.of_pictures(links.pictures_of(session, clip_id))
    shared = _copies(session, clip_id, pictures)
    copies.suggest(session, clip_id, shared)
    near_linked = links.linked_to(session, list(shared))
    clip = _clip(session, clip_id, near_linked)
    own = keys.of_clip(clip)
    link_index.put(session, link_index.CLIPS, clip_id, [*own, *pictures], keys.limit)
    rarity = link_index.counts(session, link_index.ARTICLES, own)
    standing = {one.article_id: one for one in links.standing(session, clip_id=clip_id)}
    ids = _candidates(session, link_index.ARTICLES, own)
    ids = list(dict.fromkeys([*ids, *near_linked, *standing]))
    weights = weights_of(session)
    found: dict[str, LinkProposal] = {}
    for article_id in ids:
        known = standing.get(article_id)
        if known is not None and known.decided:
            continue
        link = propose(
            clip,
            _story(session, article_id),
            rarity=_counter(rarity),
            weights=weights,
            known=_reasons(known),
        )
        if link is not None:
            found[article_id] = link
    chosen = likely(found)
    links.withdraw(session, clip_id, chosen)
    return links.suggest(session, {(clip_id, one): link for one, link in chosen.items()})


def links_decided(session: Session, link_ids: Iterable[str]) -> int:
    """Suggest to near copies what their copies were linked to, or no more; how many were written.

    To be called where a person has decided, or undone it.
    """
    clips = dict.fromkeys(links.clip_of(session, one) for one in link_ids)
    return sum(_copies_follow(session, clip_id) for clip_id in clips)


def _copies_follow(session: Session, clip_id: str) -> int:
    pictures = keys.of_pictures(links.pictures_of(session, clip_id))
    return sum(clip_came(session, one) for one in _copies(session, clip_id, pictures))


def _copies(session: Session, clip_id: str, pictures: list[str]) -> dict[str, int]:
    """Clips of which keyframes look exactly the same, and how many; those with most first."""
    if not pictures:
        return {}
    found = link_index.owners(session, link_index.CLIPS, pictures, keys.limit)
    found.pop(clip_id, None)
    same = {owner: len(shared) for owner, shared in found.items() if keys.are_copies(shared)}
    ranked = sorted(same.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(ranked[:MOST_COPIES])


def article_came(session: Session, article_id: str, found: Mentions | None = None) -> int:
    """Keep what an article names, enter it into the index, suggest its clips.

    `found` are its mentions, where they are known already. Nothing is done again for a text that
    this version has read. Returns how many links were written.
    """
    row = session.get(ArticleRow, article_id)
    if row is None:
        raise NotFoundError("article", article_id)
    if mentions.is_read(session, row, reader.VERSION):
        return 0
    if found is None:
        found = reader.of_article(links.article_of(row))
    mentions.keep(session, row, found, reader.VERSION)
    occasions.follow(session, article_id)
    story = _story(session, article_id)
    own = keys.of_story(story)
    link_index.put(session, link_index.ARTICLES, article_id, own, keys.limit)
    standing = {one.clip_id: one for one in links.standing(session, article_id=article_id)}
    weights = weights_of(session)
    chosen: dict[tuple[str, str], LinkProposal] = {}
    for clip_id in dict.fromkeys([*_candidates(session, link_index.CLIPS, own), *standing]):
        known = standing.get(clip_id)
        if known is not None and known.decided:
            continue
        clip = _clip(session, clip_id)
        rarity = link_index.counts(session, link_index.ARTICLES, keys.of_clip(clip))
        link = propose(clip, story, rarity=_counter(rarity), weights=weights, known=_reasons(known))
        others = [
            one for one in links.standing(session, clip_id=clip_id) if one.article_id != article_id
        ]
        best = max((one.score for one in others if one.state != "rejected"), default=0.0)
        if link is not None and likely({"this": link}, best=best):
            chosen[clip_id, article_id] = link
    written = links.suggest(session, chosen)
    sure = {clip_id for (clip_id, _), link in chosen.items() if link.certain}
    return written + sum(_copies_follow(session, clip_id) for clip_id in sorted(sure))


def weights_of(session: Session) -> Weights:
    """Those that were learned, else the default ones."""
    learned = links.weights_in_use(session)
    if learned is None:
        return DEFAULT
    values, name = learned
    return Weights(float(values["bias"]), {**DEFAULT.kinds, **values["kinds"]}, name)


def _clip(session: Session, clip_id: str, near_linked: Sequence[str] = ()) -> ClipFacts:
    record = links.clip_record(session, clip_id)
    name, *others = record.names or ("",)
    return ClipFacts(
        name=name,
        other_names=tuple(others),
        duration_ms=record.duration_ms,
        recorded_at=record.recorded_at,
        title=record.title,
        urls=record.urls,
        description=record.description,
        captions=record.captions,
        location=record.location,
        near_linked=tuple(near_linked),
    )


def _story(session: Session, article_id: str) -> Story:
    article, known = links.story_record(session, article_id)
    return Story(article, article_id, known)


def _candidates(session: Session, side: str, own: list[str]) -> list[str]:
    """Owners that share the rarest keys, the likeliest first."""
    found = link_index.owners(session, side, own, keys.limit)
    shared = Counter(key for its in found.values() for key in its)
    points = {
        owner: sum(keys.points(key) / math.sqrt(shared[key]) for key in its)
        for owner, its in found.items()
    }
    ranked = sorted(points, key=lambda owner: (-points[owner], owner))
    named = [one for one in ranked if any(keys.is_exact(key) for key in found[one])][:MOST_NAMED]
    others = [one for one in ranked if one not in set(named)][:MOST_COMPARED]
    return [*named, *others]


def _counter(rarity: Mapping[str, int]) -> keys.Count:
    return lambda key: rarity.get(key, 0)


def _reasons(known: links.Standing | None) -> tuple[Reason, ...]:
    """What was found beside the clip, or said by a person, when the link was first made."""
    if known is None:
        return ()
    return tuple(
        Reason(str(one["kind"]), str(one.get("detail", "")), float(one.get("strength", 1.0)))
        for one in known.beside
    )
