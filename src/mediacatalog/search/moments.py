"""Where in a clip a query matches: found in the catalogue's texts, for the clips that are shown.

The same words, split and folded by the same function as in the index, so what was found by the
index is found here too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.catalog.picture_texts import LABEL
from mediacatalog.search.chunks import Chunks, Row
from mediacatalog.search.fields import BOOSTS
from mediacatalog.search.query import Named, Prefix, Words, as_typed, named_keys
from mediacatalog.search.results import Moment, SnippetPart
from mediacatalog.text import lines, words
from mediacatalog.text.spelling import fold_word
from mediacatalog.text.stems import FORM
from mediacatalog.text.unspaced import LETTER_WITH_MARKS, SPACELESS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from mediacatalog.catalog.search_texts import CueText, SearchDocument, TrackText
    from mediacatalog.search.query import Query
    from mediacatalog.search.results import MomentSource, Snippet, Via

Look = Callable[[str, "Sequence[int]"], list["_Match"]]

LINE_ENDS = re.compile("\n")

FIELDS: Mapping[MomentSource, str] = {
    "caption": "captions",
    "note": "notes",
    "title": "title",
    "tag": "tags",
    "place": "tags",
    "description": "description",
    "article": "article",
    "file name": "filename",
    "picture": "picture",
}
"""What a moment was found in, and the field of the index that holds it."""

BEST = 3
"""Moments shown for a clip."""
SHORT = 80
"""Characters of a text that may be a name."""
SNIPPET_LENGTH = 200
"""Characters, give or take a word."""


class _Match(NamedTuple):
    leaf: int
    """Which part of the query."""
    start: int
    end: int
    """Characters of the text."""
    length: int
    """Words in a row."""
    how: int = 0
    """The place in HOW."""


HOW: tuple[Via, ...] = (
    "",
    "another spelling",
    "another form",
    "another name",
    "a similar name",
)
"""As it was typed, or how far from it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A moment with what it is ranked by."""

    moment: Moment
    leaves: int
    """Distinct parts of the query that match in it."""
    length: int
    how: int
    """How the farthest part of the query matches."""

    @property
    def rank(self) -> tuple[int, int, int, int]:
        return -self.leaves, -self.length, self.how, self.moment.start_ms or 0


class Wanted:
    """The parts of a query, ready to be looked for in texts.

    `scope` holds the fields of the index that count; all do when it is empty.
    """

    def __init__(self, query: Query) -> None:
        self.scope = query.scope
        tags = [one for one in query.leaves() if isinstance(one, Named) and one.name == "tag"]
        self._tags = [(one.keys, one.prefix) for one in tags]
        self._runs: dict[str, list[tuple[int, tuple[str, ...], int]]] = defaultdict(list)
        self._written: dict[int, str] = {}
        self._starts: list[tuple[int, tuple[str, ...]]] = []
        for number, leaf in enumerate(dict.fromkeys(query.leaves())):
            if isinstance(leaf, Words):
                self._written[number] = leaf.written
                for run in leaf.runs:
                    self._runs[run[0]].append((number, run, 1))
                for run, how in _others(leaf):
                    self._runs[run[0]].append((number, run, how))
            elif isinstance(leaf, Prefix):
                self._starts.append((number, leaf.starts))

        said = {leaf for leaf in query.leaves() if isinstance(leaf, Words | Prefix)}
        asked = [run for leaf in said if isinstance(leaf, Words) for run in leaf.runs]
        self._is_one_word = len(said) == 1 and all(len(run) == 1 for run in asked)
        self.whole = -len(said), -max((len(run) for run in asked), default=1), 0
        """How a moment ranks in which all matches as it was typed."""
        beginnings = [one for _, starts in self._starts for one in starts]
        runs = {run for some in self._runs.values() for _, run, _ in some}
        self._chunks = Chunks(runs, beginnings)
        self.quick = _quickly(self)

    @property
    def wants_tags(self) -> bool:
        return bool(self._tags)

    def is_tagged(self, labels: Iterable[str]) -> bool:
        """Whether `tag:` asks for one of these names."""
        have = [key for label in labels for key in named_keys(label)]
        return any(
            (key.startswith(keys) if prefix else key in keys)
            for keys, prefix in self._tags
            for key in have
        )

    def __bool__(self) -> bool:
        return bool(self._runs or self._starts)

    def matches(
        self, text: str, starts: Sequence[int] = (), *, thorough: bool = False
    ) -> list[_Match]:
        """Every match in the order of the text; of one place and part only the longest.

        Of a single word those of the first cues in which it stands as typed, one more than the
        BEST that are shown, are enough: none can be better. `starts` are the places at which cues
        begin; lines stand for them where there are none.
        Only where the letters of a spelling stand is the text looked at (`Chunks`). `thorough`
        looks at all of it, for the few spellings that can't be seen so (`~` keys, `deirzor`).
        """
        found: dict[tuple[int, int], _Match] = {}
        exact, last = 0, -1
        read = lines.whole(text)
        for row in (_whole(read),) if thorough else self._chunks.rows(read):
            for match in self._in(row, read):
                how = 0 if match.how and self._is_typed(match, text) else match.how
                known = found.get((match.leaf, match.start))
                if known is None or (known.end, -known.how) < (match.end, -how):
                    same = how == match.how
                    found[match.leaf, match.start] = match if same else match._replace(how=how)
                if self._is_one_word and not how:
                    starts = starts or [0, *(end.end() for end in LINE_ENDS.finditer(text))]
                    cue = bisect_right(starts, match.start)
                    exact, last = exact + (cue != last), cue
            if exact > BEST:
                break
        return list(found.values())

    def _is_typed(self, match: _Match, text: str) -> bool:
        return as_typed(text[match.start : match.end]) == self._written[match.leaf]

    def _in(self, row: Row, text: str) -> Iterator[_Match]:
        """The matches that begin at the words of a row at which one may."""
        for place in range(row.many):
            for spelling in row.words[place].spellings:
                for leaf, run, how in self._runs.get(spelling, ()):
                    if _follows(row, place, run):
                        yield _Match(leaf, *_span(row, place, run, text), len(run), how)
                for leaf, starts in self._starts:
                    if spelling.startswith(starts):
                        span = _span_of_beginning(row, place, spelling, starts, text)
                        yield _Match(leaf, *span, 1)


def _follows(row: Row, place: int, run: tuple[str, ...]) -> bool:
    """Whether a run of words whose first is there goes on so."""
    every = row.words
    return place + len(run) <= len(every) and all(
        one in every[place + step].spellings for step, one in enumerate(run[1:], start=1)
    )


def _span(row: Row, place: int, run: tuple[str, ...], text: str) -> tuple[int, int]:
    """Where a run of words stands that begins at that place."""
    last = place + len(run) - 1
    start, end = _letter(row, place, run[0], text)
    if run[-1] in row.words[last].variants or run[-1].startswith(FORM):
        end = _compound_end(row, last, run[-1], text)
    elif last > place:
        end = _letter(row, last, run[-1], text)[1]
    return start, end


def _span_of_beginning(
    row: Row, place: int, spelling: str, starts: tuple[str, ...], text: str
) -> tuple[int, int]:
    """Where a word stands that begins so; in scripts without spaces only so many letters."""
    start, end = _letter(row, place, spelling, text)
    if spelling in row.words[place].variants:
        return start, _compound_end(row, place, spelling, text)
    if SPACELESS.match(spelling):
        least = min(len(one) for one in starts if spelling.startswith(one))
        said = 0
        for letter in LETTER_WITH_MARKS.finditer(text, start, end):
            said += len(fold_word(letter[0]))
            if said >= least:
                return start, letter.end()
    return start, end


def _compound_end(row: Row, place: int, spelling: str, text: str) -> int:
    """Where the compound ends of which this is the spelling, from one of its parts on."""
    every, starts, _ = row
    end = every[place].end + starts[place]
    for word, at in zip(every[place + 1 :], starts[place + 1 :], strict=True):
        between = text[end : word.start + at]
        if spelling not in word.spellings or any(one.isspace() for one in between):
            break
        end = word.end + at
    return end


def _letter(row: Row, place: int, spelling: str, text: str) -> tuple[int, int]:
    """Where a word stands, or one letter of a pair, by which scripts without spaces are found."""
    word, at = row.words[place], row.starts[place]
    start, end = word.start + at, word.end + at
    if len(spelling) >= len(word.text) or not SPACELESS.match(spelling):
        return start, end
    every = LETTER_WITH_MARKS.finditer(text, start, end)
    return next((one.span() for one in every if fold_word(one[0]) == spelling), (start, end))


def _whole(text: str) -> Row:
    every = words(text)
    return Row(every, [0] * len(every), len(every))


def _others(leaf: Words) -> Iterator[tuple[tuple[str, ...], int]]:
    """What a word may stand for, and how far it is."""
    yield from (((form,), 2) for form in leaf.forms)
    yield from ((name, 3) for name in leaf.names)
    yield from (((name,), 4) for name in leaf.similar)


def _quickly(wanted: Wanted) -> Look:
    """Looks at short texts, which many clips share (tags), once."""
    known: dict[str, list[_Match]] = {}

    def look(text: str, starts: Sequence[int]) -> list[_Match]:
        if len(text) > SHORT or starts:
            return wanted.matches(text, starts)
        if text not in known:
            known[text] = wanted.matches(text)
        return known[text]

    return look


def locate(document: SearchDocument, wanted: Wanted) -> tuple[Moment, ...]:
    """The best moments of a clip, at most BEST: those with a time first."""
    if not wanted:
        return ()
    thorough = partial(wanted.matches, thorough=True)
    return _best(document, wanted, wanted.quick) or _best(document, wanted, thorough)


def _best(document: SearchDocument, wanted: Wanted, look: Look) -> tuple[Moment, ...]:
    scope = wanted.scope or frozenset(BOOSTS)
    tracks = document.tracks if "captions" in scope else ()
    timed = [found for track in tracks for found in _in_track(track, look)]
    notes = document.notes if "notes" in scope else ()
    timed += [found for note in notes for found in _in_note(note, look)]
    pictures = document.pictures if "picture" in scope else ()
    timed += [found for one in pictures for found in _in_note(one, look, "picture", LABEL)]
    notes = document.notes if "tags" in scope else ()
    timed += [found for note in notes for found in _in_tags(note, look)]
    best = _distinct(sorted(timed, key=lambda found: found.rank))
    if len(best) < BEST:
        best += _untimed(_beside(document, scope, look), wanted.whole, BEST - len(best))
    return tuple(found.moment for found in best)


def _untimed(found: Iterator[_Found], whole: tuple[int, int, int], most: int) -> list[_Found]:
    """The best `most` that differ. Behind so many that nothing can match better, none is read."""
    seen: list[_Found] = []
    surely: list[_Found] = []
    for one in found:
        seen.append(one)
        if one.rank[:3] == whole:
            surely.append(one)
            if len(_distinct(surely)) >= most:
                break
    return _distinct(sorted(seen, key=lambda one: one.rank[:3]))[:most]


def _distinct(ranked: list[_Found]) -> list[_Found]:
    """The first BEST that differ.

    The same track is often there twice, as a file and embedded; an article's title and beginning
    stand in for a title and description that nobody wrote.
    """
    kept: dict[tuple[object, ...], _Found] = {}
    for found in ranked:
        kept.setdefault((found.moment.start_ms, found.moment.snippet), found)
        if len(kept) == BEST:
            break
    return list(kept.values())


def _in_track(track: TrackText, look: Look) -> Iterator[_Found]:
    """One moment for each cue in which a match begins."""
    text, starts = track.text, track.starts
    by_cue: dict[int, list[_Match]] = defaultdict(list)
    # Of each part of the query: the cue in which its last match begins, and where it ends.
    known: dict[int, tuple[int, int]] = {}
    for match in look(text, starts):
        cue = bisect_right(starts, match.start) - 1
        before, end = known.get(match.leaf, (cue, 0))
        if before == cue or match.end > end:  # else the rest of a word that a line's end breaks
            by_cue[cue].append(match)
            known[match.leaf] = cue, max(match.end, end)
    for first, here in by_cue.items():
        end = max(match.end for match in here)
        last = bisect_right(starts, end - 1) - 1
        shown = (starts[first], starts[last] + len(track.cues[last].text))
        moment = Moment(
            start_ms=_spoken_at(track.cues[first], min(one.start for one in here) - starts[first]),
            end_ms=max(cue.end_ms for cue in track.cues[first : last + 1]),
            source="caption",
            snippet=snippet(text, here, *shown),
            track_id=track.id,
            language=track.language,
            label=track.label,
            via=HOW[_how(here)],
        )
        yield _Found(moment, *_weight(here), _how(here))


def _in_note(
    note: CueText, look: Look, source: MomentSource = "note", label: str = ""
) -> Iterator[_Found]:
    if matches := look(note.text, ()):
        how = _how(matches)
        cut = snippet(note.text, matches, 0, len(note.text))
        via = HOW[how]
        moment = Moment(note.start_ms, note.end_ms, source, cut, via=via, label=label)
        yield _Found(moment, *_weight(matches), how)


def _in_tags(note: CueText, look: Look) -> Iterator[_Found]:
    for term in note.tags:
        for label in term.labels:
            if matches := look(label, ()):
                how = _how(matches)
                via: Via = HOW[how] if label == term.label else "another name"
                cut = snippet(label, matches, 0, len(label))
                moment = Moment(note.start_ms, note.end_ms, "tag", cut, None, None, via)
                yield _Found(moment, *_weight(matches), how)
                break


def tagged(notes: Iterable[CueText], wanted: Wanted, slugs: Collection[str]) -> list[Moment]:
    """Where people gave the tags that `tag:` asks for, or one of these; in the film's order."""
    found = []
    for note in notes:
        for term in note.tags:
            if term.slug in slugs or wanted.is_tagged((term.slug, *term.labels, *term.above)):
                said = [SnippetPart(term.label, marked=True)]
                if note.text:
                    said.append(SnippetPart(f": {_line(note.text)[:SNIPPET_LENGTH]}", marked=False))
                found.append(Moment(note.start_ms, note.end_ms, "tag", tuple(said)))
                break
    return found


def _spoken_at(cue: CueText, place: int) -> int:
    """When the word at a place is spoken; where the cue tells no times of words, its beginning."""
    return max((ms for at, ms in cue.words if at <= place), default=cue.start_ms)


def _how(matches: Iterable[_Match]) -> int:
    """How the farthest part of the query matches, each as near as it can.

    What is typed apart is also looked for as one word; where both stand, the nearer counts.
    """
    every = sorted(matches, key=lambda match: match.how)
    at: dict[int, int] = {}
    nearest: dict[int, int] = {}
    for match in every:
        if match.how <= at.setdefault(match.start, match.how):
            nearest.setdefault(match.leaf, match.how)
    return max(nearest.values())


def _weight(matches: Iterable[_Match]) -> tuple[int, int]:
    """(distinct parts of the query, longest run of words)."""
    every = list(matches)
    return len({match.leaf for match in every}), max(match.length for match in every)


def _beside(document: SearchDocument, scope: frozenset[str], look: Look) -> Iterator[_Found]:
    texts: list[tuple[MomentSource, str, str | None]] = [
        ("title", document.title, document.language or None)
    ]
    texts += [("tag", label, None) for term in document.terms for label in term.labels]
    texts += [("place", name, None) for name in document.places]
    aliases = {label for term in document.terms for label in term.labels if label != term.label}
    texts.append(("description", document.description, None))
    for article in document.articles:
        texts += [("article", text, article.language) for text in (article.title, article.text)]
        texts += [("article", label, None) for term in article.terms for label in term.labels]
        texts += [("article", name, None) for name in article.names]
    texts += [("file name", name, None) for name in document.names]
    seen = {source for source, name in FIELDS.items() if name not in scope}
    for source, text, language in texts:
        if source not in seen and (matches := look(text, ())):
            seen.add(source)
            cut = snippet(text, matches, 0, len(text))
            how = _how(matches)
            via: Via = "another name" if source == "tag" and text in aliases else HOW[how]
            moment = Moment(None, None, source, cut, None, language, via)
            yield _Found(moment, *_weight(matches), how)


def snippet(text: str, matches: Sequence[_Match], start: int, end: int) -> Snippet:
    """The part of `text[start:end]` with the most of the query in it, with its marks."""
    if end - start > SNIPPET_LENGTH:
        start, end = _window(text, matches, start, end)
    parts: list[SnippetPart] = []
    if start > 0 and text[start - 1] != "\n":
        parts.append(SnippetPart("…", marked=False))
    at = start
    for one, other in _spans(matches, start, end):
        parts += [SnippetPart(_line(text[at:one]), marked=False)] if at < one else []
        parts.append(SnippetPart(_line(text[one:other]), marked=True))
        at = other
    if at < end:
        parts.append(SnippetPart(_line(text[at:end]), marked=False))
    if end < len(text) and text[end] != "\n":
        parts.append(SnippetPart("…", marked=False))
    return tuple(parts)


def _line(text: str) -> str:
    return text.replace("\n", " ")


def _spans(matches: Sequence[_Match], start: int, end: int) -> list[tuple[int, int]]:
    """What is marked, overlaps joined, in order."""
    spans: list[tuple[int, int]] = []
    for match in sorted(matches, key=lambda match: match.start):
        one, other = max(match.start, start), min(match.end, end)
        if one >= other:
            continue
        if spans and one <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(other, spans[-1][1]))
        else:
            spans.append((one, other))
    return spans


def _window(text: str, matches: Sequence[_Match], start: int, end: int) -> tuple[int, int]:
    """A stretch of SNIPPET_LENGTH around the densest place, from word to word."""
    inside = sorted(
        (match for match in matches if start <= match.start < end), key=lambda match: match.start
    )
    best, most = start, (0, 0)
    upto = 0
    for number, first in enumerate(inside):
        while upto < len(inside) and inside[upto].end <= first.start + SNIPPET_LENGTH * 3 // 4:
            upto += 1
        weight = _weight(inside[number : max(upto, number + 1)][:64])
        if weight > most:
            best, most = first.start, weight
    begin = max(start, best - SNIPPET_LENGTH // 4)
    finish = min(end, begin + SNIPPET_LENGTH)
    if begin > start:
        space = text.find(" ", begin, best)
        begin = space + 1 if space >= 0 else begin
    if finish < end:
        space = text.rfind(" ", best + 1, finish)
        finish = space if space > best else finish
    return begin, finish
