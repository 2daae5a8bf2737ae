"""Text to words: one splitting for what is indexed, what is asked and what is marked.

A word has one main spelling, `text`. Names from Arabic stand with an article or without, with a
hyphen, a space or neither; so a word also has `variants`, other spellings at the same place. A
query looks for the main spelling or a variant; a document has all of them, and some that it only
offers (`offered`) because asking for them would find too much: among them the key of its other
forms (`stems`), which a query asks for at a lower rank.

Scripts without spaces give overlapping pairs of letters, to be searched as a phrase.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.text import lines, unspaced
from mediacatalog.text.fold import APOSTROPHES, HYPHENS, IGNORED
from mediacatalog.text.spelling import (
    ARABIC_ARTICLE,
    GLOTTAL,
    GLUED_ARTICLE,
    GLUED_SUN_ARTICLE,
    LEAST_REST,
    LONGEST_WORD,
    MARKS,
    NAME_BEGINNINGS,
    NAME_PARTS,
    PARTICLES,
    after_prefix,
    fold_word,
    is_article,
    pieces,
    sound,
    without_umlauts,
)
from mediacatalog.text.stems import FORM, LEAST, stems
from mediacatalog.text.unspaced import DOTTED, LETTER_WITH_MARKS, MORE, NOTHING, SPACELESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_COMPOUND = 4
"""Parts; longer chains of hyphens (file names, addresses) are not written as one word."""

APART = 2
"""Spaces at most between an article and its name."""

ELISION = re.compile(
    rf"(?:[cdjlmnst]|(?:jus|lors|puis)?qu|[dn]ell|sull|d?all)[{APOSTROPHES}]+(?=\w{{3}})",
    re.IGNORECASE,
)
"""French and Italian: l'Ukraine, dell'Ucraina."""
POSSESSIVE = re.compile(rf"[{APOSTROPHES}]+s$", re.IGNORECASE)
TURKISH = re.compile(
    rf"(?:(?<=\w{{4}})|(?<=(?-i:[A-ZÇĞİÖŞÜ]{{3}}))(?=.(?-i:[a-zçğışöü])))[{APOSTROPHES}]"
    r"(?:(?<=\w{5}.)[ıiuüae]|[yn][ıiuüae]|n?[ıiuü]n|n?[dt][ae](?:n|ki)?"
    r"|y?l[ae]|l[ıiuü]|l[ae]r\w{0,6})$",
    re.IGNORECASE,
)
"""Endings of names: Halep'te, İdlib'de, Türkiye'nin; of initials: PKK'lı."""
PERSIAN = re.compile("\u200c(?:ا?[یي]|اش|شان|ها[یي]?)$")
"""Endings that a joiner of no width holds to a word: خانه\u200cی."""
JOINED = re.compile("[\u0600-\u06ff]{3,}|اي")
"""A word that one holds to others: رئیس\u200cجمهور."""
ACCUSATIVE = re.compile("(?:\u064bا|ا\u064b)$")
"""Of Arabic, where it is written with its sign; without it the letter may be of the word."""
SEVERAL = re.compile(r"[a-z]{0,8}\d{1,3}(?=s$)")
"""T-72s, F16s."""
OF_CYRILLIC = re.compile("[а-яієї]{4,}")


NON_JOINER = "\u200c"
RINGED = "\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
"""Letters in circles and squares, which Unicode takes for symbols."""
_LETTER = rf"(?:[^\W_{APOSTROPHES}]|[{RINGED}{MORE}])"
_REST = rf"(?:{_LETTER}|[{MARKS}{IGNORED}]|{DOTTED})*"
TOKEN = re.compile(rf"{_LETTER}{_REST}(?:[{APOSTROPHES}]+{_LETTER}{_REST})*")
_HYPHENS = frozenset(HYPHENS + "_")
_BEFORE = _HYPHENS | frozenset(APOSTROPHES)
_JOINT = re.compile(rf"[{re.escape(HYPHENS)}_][{APOSTROPHES}]?")
"""Between the parts of a compound: cease-fire, al-ʿAyn, #Deir_Ezzor."""
_GAP = re.compile(rf"\s{{1,2}}[{APOSTROPHES}]?")
"""Between an article and its name."""


class Word(NamedTuple):
    """A word and where it stands: `source[start:end]`, with its article."""

    text: str
    start: int
    end: int
    variants: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Everything that a document is found under at this place."""
        return (self.text, *self.variants, *self.offered)


class Unit(NamedTuple):
    """What belongs together: a word, a hyphened compound, an article and its name.

    `alternatives` are the ways to write it, each a run of words.
    """

    words: tuple[Word, ...]
    alternatives: tuple[tuple[str, ...], ...]


class _Part(NamedTuple):
    raw: str
    folded: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text in order."""
    return list(_words(_whole(text)))


def _whole(text: str) -> str:
    return unspaced.joined(lines.whole(text))


def _words(text: str) -> Iterator[Word]:
    waiting: list[_Part] = []
    after_particle = False
    hyphens = not _HYPHENS.isdisjoint(text)
    for token in TOKEN.finditer(text):
        raw = token[0]
        start, end = token.span()
        known = _known(raw)
        alone = known.plain and not (
            after_particle
            or known.particle
            or (
                hyphens
                and (text[end : end + 1] in _HYPHENS or (start and text[start - 1] in _BEFORE))
            )
        )
        after_particle = known.particle or not known.plain  # which may end with one
        if not alone:
            waiting += _parts(raw, start)
            continue
        if waiting:
            for unit in _units(waiting, text):
                yield from unit.words
            waiting.clear()
        yield Word(known.text, start, end, known.variants, known.offered)
    for unit in _units(waiting, text):
        yield from unit.words


def sole(text: str) -> Word | None:
    """The word of a text that is one token, of a script with spaces; else None."""
    if TOKEN.fullmatch(text) is None or not (known := _known(text)).plain:
        return None
    return Word(known.text, 0, len(text), known.variants, known.offered)


def units(text: str) -> list[Unit]:
    """The same words, kept together where they may be written as one."""
    text = _whole(text)
    every = (_parts(token[0], token.start()) for token in TOKEN.finditer(text))
    return _units(list(itertools.chain.from_iterable(every)), text)


def _parts(raw: str, at: int) -> list[_Part]:
    """A token, or the words that begin with capitals within it: DeirEzzorAirport."""
    every = pieces(raw)
    starts = itertools.accumulate(map(len, every), initial=at)
    return [
        _Part(piece, fold_word(piece), start, start + len(piece))
        for piece, start in zip(every, starts, strict=False)
    ]


def _units(parts: list[_Part], text: str) -> list[Unit]:
    found: list[Unit] = []
    compound: list[_Part] = []
    for part in parts:
        if compound and not _joins(text, compound[-1].end, part.start):
            found.extend(_compound(compound))
            compound = []
        compound.append(part)
    found.extend(_compound(compound))
    return _pair(found, text)


def forms(text: str) -> tuple[str, ...]:
    """What the other forms of a single word are found under; empty for phrases and names in parts.

    The key for words whose ending differs, and the bare word, which has no key of its own.
    """
    found = units(text)
    if len(found) != 1:
        return ()
    word = found[0].words[0].text
    if len(found[0].words) > 1:
        word = next((run[0] for run in found[0].alternatives if len(run) == 1), "")
        if not OF_CYRILLIC.fullmatch(word):
            return ()
    asked: list[str] = []
    for one in (word, *after_prefix(word)):
        keys = [key for key in stems(one) if len(key) >= LEAST and key.isalpha()]
        asked += [FORM + key for key in keys]
        asked += [one, *keys] if keys else []
    return tuple(one for one in dict.fromkeys(asked) if one != word)


class _Known(NamedTuple):
    """What can be said of a token without its neighbours."""

    folded: str
    text: str
    variants: tuple[str, ...]
    offered: tuple[str, ...]
    plain: bool
    particle: bool
    """May belong to the word that follows."""


@lru_cache(maxsize=65536)
def _known(raw: str) -> _Known:
    folded = fold_word(raw)
    plain = bool(folded) and SPACELESS.search(raw) is None and len(pieces(raw)) == 1
    return _Known(folded, *_more_spellings(raw), plain, folded in PARTICLES)


def _joins(text: str, end: int, start: int) -> bool:
    return start == end or _JOINT.fullmatch(text, end, start) is not None


def _compound(parts: list[_Part]) -> list[Unit]:
    """Units of parts that hyphens join; one unit unless a script without spaces is among them."""
    if not parts:
        return []
    if any(SPACELESS.search(part.raw) for part in parts):
        return [unit for part in parts for unit in _mixed(part)]
    if len(parts) == 1:
        word = _word(parts[0])
        return [] if word is None else [_single(word)]
    return _hyphened([part for part in parts if part.folded])


def _single(word: Word) -> Unit:
    return Unit((word,), ((word.text,), *((variant,) for variant in word.variants)))


def _hyphened(parts: list[_Part]) -> list[Unit]:
    pieces: list[tuple[_Part | None, _Part]] = []
    article: _Part | None = None
    for part, following in itertools.zip_longest(parts, parts[1:]):
        if article is None and following is not None and is_article(part.folded, following.folded):
            article = part
            continue
        pieces.append((article, part))
        article = None
    joined = _joined(parts, [part for _, part in pieces])
    broken = any(two.start - one.end > 1 for one, two in itertools.pairwise(parts))
    bent = broken or OF_CYRILLIC.fullmatch(parts[-1].folded) is not None
    more = _of_joined(joined, bent=bent)
    made = tuple(_piece(article, part, joined, more) for article, part in pieces)
    if not made:
        return []
    run = tuple(word.text for word in made)
    alternatives = [run, *((one,) for one in joined)]
    if len(made) == 1:
        alternatives += [(variant,) for variant in made[0].variants]
    else:
        alternatives += [
            (*run[:place], variant, *run[place + 1 :])
            for place, (piece, word) in enumerate(zip(pieces, made, strict=True))
            if piece[0] is not None
            for variant in word.variants
            if variant not in joined
        ]
    apart = tuple(part.folded for part in parts)
    return [Unit(made, tuple(dict.fromkeys([*alternatives, apart])))]


def _joined(parts: list[_Part], bare: list[_Part]) -> list[str]:
    """The compound written as one word, with its articles and without."""
    one_token = parts[0].start + sum(len(part.raw) for part in parts) == parts[-1].end
    if len(parts) < 2 or (len(parts) > LONGEST_COMPOUND and not one_token):
        return []
    both = ("".join(part.folded for part in run) for run in (parts, bare) if len(run) > 1)
    return [one for one in dict.fromkeys(both) if len(one) <= LONGEST_WORD]


def _of_joined(joined: list[str], *, bent: bool) -> tuple[str, ...]:
    """Of one of several T-72s; of a word that was broken, or ends as its last part, its forms."""
    keys = [FORM + key for one in joined for key in stems(one) if bent and key != one]
    return (*keys, *(one[:-1] for one in joined if SEVERAL.match(one)))


def _piece(article: _Part | None, part: _Part, joined: list[str], forms: tuple[str, ...]) -> Word:
    more = _more_spellings(part.raw)
    variants = [*joined, *more.variants]
    start = part.start
    if article is not None:
        start = article.start
        variants += [article.folded + part.folded, sound(part.folded)]
    kept = dict.fromkeys(one for one in variants if one != more.text)
    return Word(more.text, start, part.end, tuple(kept), (*more.offered, *forms))


class _Spellings(NamedTuple):
    text: str
    variants: tuple[str, ...]
    offered: tuple[str, ...]


@lru_cache(maxsize=65536)
def _more_spellings(raw: str) -> _Spellings:
    text = fold_word(raw)
    variants: list[str] = []
    offered: list[str] = []
    if text.startswith(ARABIC_ARTICLE) and len(text) >= len(ARABIC_ARTICLE) + LEAST_REST:
        offered.append(text)
        text = text.removeprefix(ARABIC_ARTICLE)
    elif rests := after_prefix(text):
        offered += rests
        for rest in rests:
            offered += [FORM + key for key in stems(rest) if len(rest) > LEAST and key != rest]
    elif text.isascii():
        variants += [NAME_PARTS.get(text, ""), fold_word(GLOTTAL.sub("a", raw))]
        variants.append(without_umlauts(raw))
        if sun := GLUED_SUN_ARTICLE.match(text):
            variants.append(sound(text[sun.end() :]))
        elif article := GLUED_ARTICLE.match(text):
            offered.append(sound(text[article.end() :]))
    if (ending := POSSESSIVE.search(raw) or TURKISH.search(raw)) and ending.start():
        variants.append(fold_word(raw[: ending.start()]))
    offered += _held(raw)
    if elided := ELISION.match(raw):
        offered.append(fold_word(raw[elided.end() :]))
    offered += [FORM + key for key in stems(text) if key != text]
    return _Spellings(
        text,
        tuple(one for one in dict.fromkeys(variants) if one and one != text),
        tuple(one for one in dict.fromkeys(offered) if one and one != text),
    )


def _held(raw: str) -> Iterator[str]:
    """What a word is offered as without what is only held to it: Persian, Arabic, F16s."""
    if NON_JOINER in raw:
        yield from (fold_word(raw[: ending.start()]) for ending in PERSIAN.finditer(raw))
        parts = map(fold_word, raw.split(NON_JOINER))
        yield from (part for part in parts if JOINED.fullmatch(part))
    if ending := ACCUSATIVE.search(raw):
        bare = fold_word(raw[: ending.start()])
        yield from (FORM + key for key in stems(bare) if len(key) >= LEAST)
    if several := SEVERAL.match(raw.lower()):
        yield several[0]


def _word(part: _Part) -> Word | None:
    if not part.folded:
        return None
    more = _more_spellings(part.raw)
    return Word(more.text, part.start, part.end, more.variants, more.offered)


def _mixed(part: _Part) -> list[Unit]:
    """A token with a script without spaces: its runs as pairs, what stands between as words."""
    found: list[Unit] = []
    at = 0
    for run in SPACELESS.finditer(part.raw):
        found.extend(_between(part, at, run.start()))
        found.extend(_pairs(run[0], part.start + run.start()))
        at = run.end()
    found.extend(_between(part, at, len(part.raw)))
    return found


def _between(part: _Part, start: int, end: int) -> list[Unit]:
    raw = part.raw[start:end]
    word = _word(_Part(raw, fold_word(raw), part.start + start, part.start + end))
    return [] if word is None else [_single(word)]


def _pairs(run: str, at: int) -> list[Unit]:
    letters = [
        (folded, at + found.start(), at + found.start() + len(found[0].rstrip(NOTHING + MORE)))
        for found in LETTER_WITH_MARKS.finditer(run)
        if (folded := fold_word(found[0]))
    ]
    if len(letters) == 1:
        folded, start, end = letters[0]
        return [_single(Word(folded, start, end))]
    pairs = [
        Word(one + two, start, end, (), (one,))
        for (one, start, _), (two, _, end) in itertools.pairwise(letters)
    ]
    if not pairs:
        return []
    folded, start, _ = letters[-1]
    if run[start - at - 1] != MORE:
        pairs[-1] = pairs[-1]._replace(offered=(*pairs[-1].offered, folded))
    return [Unit(tuple(pairs), (tuple(word.text for word in pairs),))]


def _pair(found: list[Unit], text: str) -> list[Unit]:
    """Join an article that stands apart with its name: `al bukamal` is also `albukamal`."""
    paired: list[Unit] = []
    for unit in found:
        if paired and (both := _apart(paired[-1], unit, text)):
            paired[-1] = both
        else:
            paired.append(unit)
    return paired


def _apart(first: Unit, second: Unit, text: str) -> Unit | None:
    if len(first.words) != 1 or len(second.words) != 1:
        return None
    one, two = first.words[0], second.words[0]
    if not may_pair(one) or not _GAP.fullmatch(text, one.end, two.start):
        return None
    keys = keys_of_pair(one, two)
    if not keys:
        return None
    return Unit(paired(one, two, keys), ((one.text, two.text), *((key,) for key in keys)))


def may_pair(word: Word) -> bool:
    """Whether a word is no compound itself."""
    return word.end - word.start == len(word.text)


def keys_of_pair(one: Word, two: Word) -> tuple[str, ...]:
    """An article and its name as one word, the plain spelling first; empty if they are none."""
    if SPACELESS.match(two.text):
        return ()
    if is_article(one.text, two.text):
        return one.text + two.text, sound(two.text)
    return (one.text + two.text,) if one.text in NAME_BEGINNINGS else ()


def ends(parts: Sequence[Unit], text: str) -> tuple[Word | None, Word | None]:
    """What of a text may belong to its neighbours beyond a space; `parts` are its units.

    The word at its beginning that an article before it would belong to, and the word at its end
    that may be an article, or the beginning of a name.
    """
    first = last = None
    if parts and len(parts[0].words) == 1 and parts[0].words[0].start <= (text[0] in APOSTROPHES):
        first = parts[0].words[0]
    if parts and len(parts[-1].words) == 1:
        word = parts[-1].words[0]
        if word.end == len(text) and word.text in PARTICLES and may_pair(word):
            last = word
    return first, last


def paired(one: Word, two: Word, keys: tuple[str, ...]) -> tuple[Word, Word]:
    """Both, each found under what they are together."""
    return (
        one._replace(variants=(*one.variants, keys[0])),
        two._replace(variants=tuple(dict.fromkeys((*two.variants, *keys)))),
    )
