"""A story's text as pages show it: cut at its mentions, and passages of it with what they prove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mediacatalog.catalog.mentions import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mediacatalog.articles.mentions.values import Claim
    from mediacatalog.catalog.mentions import Known

AROUND = 180
"""Characters that a passage shows before and after what it proves."""
KINDS = ("place", "date", "person", "group")


class Piece(NamedTuple):
    """A part of a paragraph; a mention's, or plain."""

    text: str
    mention: Known | None


class Paragraph(NamedTuple):
    number: int
    pieces: tuple[Piece, ...]


class Passage(NamedTuple):
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """All mentions of an article that mean the same."""

    id: str
    """Of the first of them."""
    key: str
    kind: str
    label: str
    detail: str
    """What it was taken for: `Syria, 34.45, 40.92`, `2017-11-01/2017-11-04`."""
    surfaces: tuple[str, ...]
    count: int
    confidence: float
    state: str
    choices: tuple[str, ...]
    """Other meanings, as `decide` counts them."""
    paragraph: int
    """Where it is named first."""


@dataclass(frozen=True, slots=True)
class Said:
    """A claim, and the paragraph in which it stands."""

    claim: Claim
    paragraph: int


def paragraphs(text: str, known: Sequence[Known]) -> tuple[Paragraph, ...]:
    """The text in its paragraphs (parted by an empty line), cut at the mentions."""
    found: list[Paragraph] = []
    for number, (start, end) in enumerate(_spans(text)):
        pieces: list[Piece] = []
        at = start
        for one in known:
            if one.state == "rejected" or one.start < at or one.end > end:
                continue
            if one.start > at:
                pieces.append(Piece(text[at : one.start], None))
            pieces.append(Piece(text[one.start : one.end], one))
            at = one.end
        if at < end:
            pieces.append(Piece(text[at:end], None))
        found.append(Paragraph(number, tuple(pieces)))
    return tuple(found)


def _spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = 0
    for part in text.split("\n\n"):
        if part.strip():
            spans.append((at, at + len(part)))
        at += len(part) + 2
    return spans


def paragraph_of(text: str, at: int) -> int:
    """The number of the paragraph that holds a character."""
    return next((n for n, (_, end) in enumerate(_spans(text)) if at < end), 0)


def meanings(text: str, known: Iterable[Known]) -> dict[str, tuple[Meaning, ...]]:
    """By kind, the most named first; kinds without any are left out."""
    grouped: dict[str, list[Known]] = {}
    for one in known:
        grouped.setdefault(one.key, []).append(one)
    found: dict[str, list[Meaning]] = {kind: [] for kind in KINDS}
    for its in grouped.values():
        first = its[0]
        found.setdefault(first.kind, []).append(
            Meaning(
                id=first.id,
                key=first.key,
                kind=first.kind,
                label=name_of(first.kind, first.value),
                detail=_detail(first.kind, first.value),
                surfaces=tuple(dict.fromkeys(one.surface for one in its))[:6],
                count=len(its),
                confidence=max(one.confidence for one in its),
                state=first.state,
                choices=tuple(_choice(one) for one in first.value.get("alternatives", ()))
                if first.kind == "place"
                else (),
                paragraph=paragraph_of(text, first.start),
            )
        )
    order = {"accepted": 0, "suggested": 1, "rejected": 2}
    return {
        kind: tuple(sorted(its, key=lambda one: (order.get(one.state, 1), -one.count)))
        for kind, its in found.items()
        if its
    }


def _detail(kind: str, value: dict[str, Any]) -> str:
    if kind == "date":
        first, last = value.get("earliest"), value.get("latest")
        if first and last and first != last:
            return f"{first} to {last}"
        if not first and last:
            return f"until {last}"
        return f"from {first}" if first and not last else ""
    if kind == "place":
        return _choice(value, named=False)
    return str(value.get("title") or "")


def _choice(value: dict[str, Any], *, named: bool = True) -> str:
    """`Tripoli, LB, 34.44 35.85 (settlement)`."""
    parts = [str(value["name"])] if named else []
    parts += [str(value["country"])] if value.get("country") else []
    if value.get("lat") is not None:
        about = "about " if value.get("approximate") else ""
        parts.append(f"{about}{value['lat']:.2f} {value['lon']:.2f}")
    kind = value.get("type")
    return ", ".join(parts) + (f" ({kind})" if kind and kind != "settlement" else "")


def passages(text: str, evidence: Iterable[dict[str, Any]], most: int = 2) -> tuple[Passage, ...]:
    """Of the heaviest reasons that stand in the text, each place once."""
    found: list[Passage] = []
    shown: list[tuple[int, int]] = []
    for one in evidence:
        start, end = one.get("start"), one.get("end")
        if start is None or end is None or not 0 <= start < end <= len(text):
            continue
        if any(start < known[1] + AROUND and known[0] - AROUND < end for known in shown):
            continue
        shown.append((start, end))
        before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
        if start > AROUND:
            before = "…" + before.partition(" ")[2]
        if end + AROUND < len(text):
            after = after.rpartition(" ")[0] + "…"
        found.append(Passage(before, text[start:end], after))
        if len(found) >= most:
            break
    return tuple(found)


def strength(weight: float) -> str:
    """How much a reason says, in a word."""
    return next(
        word
        for least, word in ((5.0, "decisive"), (2.4, "strong"), (1.0, "fair"), (-99.0, "slight"))
        if weight >= least
    )
