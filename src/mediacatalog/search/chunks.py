"""The few words of a text at which a match may begin: all else needn't be looked at.

As in `text.entries`, what stands between two spaces, a chunk, is split into words by itself and
remembered; only an article that stands apart (`al bukamal`) looks at its neighbour, and in scripts
without spaces the last letter of a line at the first of the next.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.text import units
from mediacatalog.text.bytewise import ALPHABETS, SPACE, squeezed
from mediacatalog.text.remembered import Remembered
from mediacatalog.text.spelling import SOUND, written
from mediacatalog.text.stems import FORM, beginnings
from mediacatalog.text.unspaced import CHUNK, read_chunk
from mediacatalog.text.words import APART, ends, keys_of_pair, paired

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mediacatalog.text import Word
    from mediacatalog.text.bytewise import Alphabet

MOST_SPLIT = 30_000
"""Chunks that are remembered in their words, about 25 MB."""
MOST_SQUEEZED = 100_000
"""And as letters alone, about 20 MB."""

END = "\n"
"""Stands around each spelling in what a chunk is found under; none has it."""


class Row(NamedTuple):
    """Words in a row, and those of them at which a match may begin."""

    words: Sequence[Word]
    starts: Sequence[int]
    """Where in the text each word's own places are told from."""
    many: int
    """A match may begin at so many of them, the first."""


class _Chunk(NamedTuple):
    said: str
    """All spellings of its words, END around each."""
    words: tuple[Word, ...]
    first: Word | None
    last: Word | None
    """As `text.words.ends` tells them."""


def _chunk(raw: str) -> _Chunk:
    parts = units(raw)
    row = tuple(word for unit in parts for word in unit.words)
    every = [spelling for word in row for spelling in word.spellings]
    said = END.join(["", *every, ""]) if every else ""
    return _Chunk(said, row, *ends(parts, raw))


_SPLIT = Remembered(_chunk, MOST_SPLIT)
_SQUEEZED = Remembered(squeezed, MOST_SQUEEZED)


class Chunks:
    """What of a text is worth a look for one question.

    A match is one of the `runs`, each word of it in one of its spellings, or a word that starts as
    one of the `starts`.
    """

    def __init__(self, runs: Collection[tuple[str, ...]], starts: Collection[str]) -> None:
        first = {run[0] for run in runs}
        self._said = [f"{END}{one}{END}" for one in first] + [END + one for one in starts]
        begins = {letters for run in runs for letters in _beginnings(run) if letters}
        self._letters = [*begins, *starts]
        """What a match begins with, letter by letter, but for spellings by sound."""
        self._bytes: dict[Alphabet, list[bytes]] = {}
        self._more = max(map(len, runs), default=1) - 1

    def rows(self, text: str) -> Iterator[Row]:
        """Each word at which a match may begin, with what follows it, in the order of the text.

        Of a text without broken words (`text.lines.whole`).
        """
        done = 0
        for at, raw in self._likely(text):
            if at < done:
                continue
            chunk = _SPLIT[raw]
            if chunk.last is None and not self._more:
                yield Row(chunk.words, [at] * len(chunk.words), len(chunk.words))
            elif row := self._row(text, at):
                yield row[0]
                done = row[1]

    def _likely(self, text: str) -> Iterable[tuple[int, str]]:
        """(where it begins, itself) of each chunk in which a match may begin, in order."""
        for alphabet in ALPHABETS:
            written = alphabet.written(text)
            if written is None:
                continue
            letters = alphabet.letters(written)
            here = [one for one in self._needles(alphabet) if one in letters]
            if not here:
                return ()
            if all(_count(one, written) == _count(one, letters) for one in here):
                return self._in_bytes(text, written, here)
            break  # one goes on behind a sign or a space
        return self._in_parts(text)

    def _in_bytes(
        self, text: str, written: bytes, needles: Sequence[bytes]
    ) -> Iterator[tuple[int, str]]:
        end = -1
        behind = len(text)
        places = [written.find(one) for one in needles]
        while (place := min(places)) < behind:
            begin = written.rfind(SPACE, end + 1, place) + 1 or end + 1
            end = written.find(SPACE, place)
            end = behind if end < 0 else end
            raw = text[begin:end]
            if self._may_begin(raw):
                yield begin, raw
            for number, one in enumerate(needles):
                if places[number] < end:
                    at = written.find(one, end)
                    places[number] = behind if at < 0 else at

    def _in_parts(self, text: str) -> Iterator[tuple[int, str]]:
        """The same of any text, from chunk to chunk."""
        raws = text.split()
        parts = list(map(_SQUEEZED.__getitem__, raws))
        letters = "".join(parts)
        here = [one for one in self._letters if one in letters]
        with_one = _chunks_with(here, parts, letters)
        if not letters.isascii():  # a letter alone may be read with the chunk before it
            with_one = sorted({*with_one, *(one - 1 for one in with_one if one)})
        for at, one in zip(_starts(text, raws, with_one), with_one, strict=True):
            raw = read_chunk(text, at, at + len(raws[one]))
            if self._may_begin(raw):
                yield at, raw

    def _needles(self, alphabet: Alphabet) -> list[bytes]:
        """Those that there can be in a text of these letters."""
        known = self._bytes.get(alphabet)
        if known is None:
            encoded = map(alphabet.encoded, self._letters)
            known = self._bytes[alphabet] = [one for one in encoded if one is not None]
        return known

    def _may_begin(self, raw: str) -> bool:
        """Whether a match may begin in a chunk, if only with the next one."""
        return _SPLIT[raw].last is not None or self._begins(raw)

    def _begins(self, raw: str) -> bool:
        said = _SPLIT[raw].said
        return any(one in said for one in self._said)

    def _row(self, text: str, at: int) -> tuple[Row, int] | None:
        """From the chunk on that begins there, and behind which place it was looked at.

        None if no match begins in that chunk.
        """
        row: list[Word] = []
        places: list[int] = []
        many, done = 0, at
        second: Word | None = None  # as it is read with the article before it
        chunks = CHUNK.finditer(text, at)
        after: re.Match[str] | None = next(chunks)
        while after is not None:
            here, after = after, next(chunks, None)
            raw = read_chunk(text, *here.span())
            start, (_, own, _, last) = here.start(), _SPLIT[raw]
            pair = _pair(last, start, after) if last is not None else None
            if not row and pair is None and not self._begins(raw):
                return None
            if second is not None and own:
                if len(own) == 1:
                    pair = None
                own = (second, *own[1:])
                second = None
            if pair is not None:
                own, second = (*own[:-1], pair[0]), pair[1]
            row += own
            places += [start] * len(own)
            if not many and second is None:
                many, done = len(row), here.end()
            if many and len(row) >= many + self._more:
                break
        return Row(row, places, many), done


def _count(needle: bytes, text: bytes) -> int:
    """How often it stands in a text, also where it overlaps itself."""
    if needle[0] not in needle[1:]:
        return text.count(needle)
    found, at = 0, text.find(needle)
    while at >= 0:
        found += 1
        at = text.find(needle, at + 1)
    return found


def _chunks_with(needles: Sequence[str], parts: Sequence[str], letters: str) -> list[int]:
    """Those in which a needle begins, in their order."""
    begins = list(accumulate(map(len, parts), initial=0)) if needles else []
    found: set[int] = set()
    for needle in needles:
        at = letters.find(needle)
        while at >= 0:
            chunk = bisect_right(begins, at) - 1
            found.add(chunk)
            at = letters.find(needle, begins[chunk + 1])
    return sorted(found)


def _starts(text: str, raws: Sequence[str], chunks: Sequence[int]) -> Iterator[int]:
    """Where these chunks of a text begin."""
    evenly = len(text) == sum(map(len, raws)) + len(raws) - 1  # one space between any two
    place = at = 0
    for one in chunks:
        between = raws[place:one]
        if evenly:
            at += sum(map(len, between)) + len(between)
        else:
            for raw in between:
                at = text.index(raw, at) + len(raw)
            at = text.index(raws[one], at)
        place = one
        yield at


def _pair(last: Word, start: int, after: re.Match[str] | None) -> tuple[Word, Word] | None:
    """A chunk's last word and the next one's first, if they are an article and its name."""
    if after is None or after.start() > start + last.end + APART:
        return None
    first = _SPLIT[after[0]].first
    keys = keys_of_pair(last, first) if first else ()
    return paired(last, first, keys) if first and keys else None


def _beginnings(run: tuple[str, ...]) -> list[str]:
    """Letters of which some stand in a row where a run does; none where that can't be said.

    Of `T-72` not every t, but t72: numbers and single letters have no article before them.
    """
    first, *more = run
    if first.startswith(FORM):  # may end otherwise than the word does: `citi` is of `city`
        return beginnings(first.removeprefix(FORM))
    if first.startswith(SOUND):
        return []
    if more and len(first) < len("abc") and (more[0][0].isdecimal() or len(more[0]) == 1):
        return [first + more[0]]
    return written(first)
