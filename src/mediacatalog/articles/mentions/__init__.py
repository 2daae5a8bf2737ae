"""What a text names: dates, places, people, groups; and who says what. No network, no database.

Everything found is a suggestion with its span and a confidence. Rules and word lists only, so that
each can be read and corrected; lists of names are data (`data/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediacatalog.articles.mentions.values import Claim, Mention
    from mediacatalog.values import Article

__all__ = ["VERSION", "Mentions", "find", "of_article"]

MOST_MENTIONS = 5000
VERSION = 4
"""Grows when the same text would give other mentions: they are then found anew."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """In order of their spans; mentions don't overlap."""

    mentions: tuple[Mention, ...]
    claims: tuple[Claim, ...]


def of_article(article: Article) -> Mentions:
    """Of an article's text; weekdays are reckoned from its day of publication."""
    dateline = article.dateline or ""
    at = article.text.find(dateline, 0, 1000) if dateline else -1
    end = at + len(dateline) if at >= 0 else 0
    return find(article.text, published=_day(article.published), dateline_end=end)


def find(text: str, *, published: date | None = None, dateline_end: int = 0) -> Mentions:
    """Mentions and claims of a text, of which tokens.LONGEST_READ characters are read."""
    from mediacatalog.articles.mentions import actors, claims, dates, places, tokens  # slow to load

    text = text[: tokens.LONGEST_READ]
    words = tokens.split(text)
    named = actors.find(text, words)
    dated = dates.find(text, published)
    taken = sorted((one.start, one.end) for one in (*named, *dated) if one.kind != "person")
    located = places.find(text, words, taken, dateline_end)
    found = sorted([*named, *located, *dated], key=_precedence)
    kept: list[Mention] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return Mentions(tuple(kept[:MOST_MENTIONS]), tuple(claims.find(text, kept)))


def _precedence(one: Mention) -> tuple[int, bool, int]:
    """What begins first is kept: "Abu Kamal" is no person Kamal, "Gen. Paris" no place."""
    return one.start, one.kind == "place", -one.end


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None
