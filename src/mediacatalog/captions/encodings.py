"""From bytes to text: which encoding a caption file has, and how sure that is.

Byte-order marks and UTF-8 prove themselves. The legacy encodings don't: a file in cp1256 is also a
file in cp1251, only not one that anybody wrote. So each candidate is decoded and judged by how
probable its letters are in a language that uses the encoding, by what no writer does (capitals
within words, two scripts in one word, symbols for letters), by the words that stand there in plain
ASCII, and by the language expected. charset-normalizer is asked when no language that is known
here fits.
"""

from __future__ import annotations

import codecs
import itertools
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from mediacatalog.captions.profiles import (
    LOUD_SIGNS,
    PROFILES,
    QUIET_SIGNS,
    Profile,
    told_by_accents,
    told_by_words,
)
from mediacatalog.values import CaptionProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
_DECLARED = re.compile(
    rb"""<\?xml[^<>]{0,200}encoding[ \t]*=[ \t]*["']([A-Za-z0-9_.:-]{2,40})["']"""
    rb"""|<meta[^<>]{0,200}charset[ \t]*=[ \t"']{0,3}([A-Za-z0-9_.:-]{2,40})""",
    re.IGNORECASE,
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_SAMPLE = 8_000
"""Bytes of lines that aren't ASCII; more tell nothing new."""
_PLAIN_SAMPLE = 40_000
_IMPLAUSIBLE = -7.5
"""A letter costs less in any language that is known here, if the text is of one."""
_HINT = 4.0
"""What the expected language adds."""
_USUAL = {"cp1": 0.0, "iso": -1.0, "cp8": -2.0, "cp7": -2.0, "mac": -3.0}
_RARE = frozenset("iso8859_3 iso8859_4 iso8859_10 iso8859_14 iso8859_16 cp865 cp1125".split())
"""Windows wrote most caption files, the old Macintosh few, these nearly none."""
_TEMPER = 0.4
"""Letters of one text aren't independent of each other: their evidence counts for so much."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without byte-order mark; ends of lines as they were."""

    text: str
    encoding: str
    confidence: float
    problems: tuple[CaptionProblem, ...] = ()


def decode(data: bytes, *, language: str | None = None) -> Decoded:
    """Never raises: what can't be decoded becomes U+FFFD, with a problem."""
    for mark, name in _MARKS:
        if data.startswith(mark) and (name != "utf-8" or _utf8_share(data) > 0.5):
            return _decoded(data[len(mark) :], name, 1.0)
    data = data.removeprefix(codecs.BOM_UTF8)
    return _decoded(data, *(_by_form(data) or detect(data, language=language)))


def decode_as(data: bytes, encoding: str) -> Decoded:
    """By an encoding that a person chose. Raises LookupError when there is none of that name."""
    try:
        name = codecs.lookup(encoding).name.removesuffix("-sig")
    except ValueError as error:
        raise LookupError("a name with a zero in it") from error
    for mark, marked in _MARKS:
        if marked == name and data.startswith(mark):
            data = data[len(mark) :]
    try:
        return _decoded(data, name, 1.0)
    except (UnicodeError, ValueError, AssertionError) as error:
        # `idna`, `undefined` and their like are called encodings, and decode no file.
        raise LookupError(f"{encoding} can't decode a file") from error


def detect(data: bytes, *, language: str | None = None) -> tuple[str, float]:
    """The legacy encoding that makes the most of the bytes, and how sure that is (0 to 1)."""
    sample = _sample(data)
    told = told_by_words(data[:_PLAIN_SAMPLE].decode("latin-1"))
    # Encodings that give the same text are no rivals: the best of them, or the first, stands.
    best: dict[str, tuple[float, float, str]] = {}
    count = 1
    for name in dict.fromkeys(one for profile in PROFILES for one in profile.encodings):
        text = sample.decode(name, "replace")
        judged, words = _Judged(text), told_by_accents(text)
        ranked = (
            (
                judged.score(one) + _expected(one, language, told) + _best(one, words),
                judged.score(one),
            )
            for one in PROFILES
            if name in one.encodings
        )
        whole, letters = max(ranked)
        whole += _prior(name)
        if text not in best or whole > best[text][0]:
            best[text] = (whole, letters / max(1, judged.count), name)
        count = max(count, judged.count)
    first, of_a_letter, name = max(best.values())
    if of_a_letter < _IMPLAUSIBLE:
        return _normalizer(sample) or (name, 0.1)
    odds = sum(math.exp(_TEMPER * (other - first)) for other, *_ in best.values())
    certainty = count / (count + 0.5) / odds
    return name, round(min(0.98, max(0.05, certainty)), 2)


def _prior(name: str) -> float:
    usual = 0.0 if name == "cp874" else _USUAL.get(name[:3], 0.0)  # that one is Windows', too
    return usual - (3.0 if name in _RARE else 0.0)


def _expected(profile: Profile, language: str | None, told: Mapping[str, float]) -> float:
    """What is known of the language, apart from the letters that are in question."""
    return _best(profile, told) + (_HINT if _speaks(profile, language) else 0.0)


def _best(profile: Profile, told: Mapping[str, float]) -> float:
    return max((told.get(one, 0.0) for one in profile.languages), default=0.0)


def _by_form(data: bytes) -> tuple[str, float] | None:
    """What the bytes prove by themselves, without a look at the words."""
    if wide := _wide(data):
        return wide, 0.95
    if data.isascii():
        return ("iso2022_jp", 0.95) if _ISO_2022_JP.search(data) else ("utf-8", 1.0)
    try:
        data.decode()
    except UnicodeDecodeError:
        share = _utf8_share(data)
        return ("utf-8", round(0.9 * share, 2)) if share > 0.9 else _declared(data)
    return "utf-8", 0.99


def _declared(data: bytes) -> tuple[str, float] | None:
    """What the head of XML or HTML says, if the bytes can be that."""
    found = _DECLARED.search(data[:2048])
    if found is None:
        return None
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii")).name
        data.decode(name)
    except (LookupError, ValueError, AssertionError):
        return None
    return name, 0.9


def _speaks(profile: Profile, language: str | None) -> bool:
    return language is not None and language.split("-")[0].lower() in profile.languages


def _normalizer(sample: bytes) -> tuple[str, float] | None:
    guess = from_bytes(sample[:4000]).best()
    if guess is None or guess.encoding == "ascii":
        return None
    return guess.encoding, round(max(0.05, 0.5 - guess.chaos), 2)


def _decoded(data: bytes, name: str, confidence: float) -> Decoded:
    try:
        return Decoded(_composed(data.decode(name), name), name, confidence)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(name, "replace")
    line = len(_LINE_END.findall(before)) + 1
    text = _composed(data.decode(name, "replace"), name)
    problem = CaptionProblem(line, f"bytes that are no {name}; shown as \ufffd")
    return Decoded(text, name, confidence, (problem,))


def _composed(text: str, name: str) -> str:
    # cp1258 writes a Vietnamese letter as base and tone; everything else has it in one piece.
    return unicodedata.normalize("NFC", text) if name == "cp1258" else text.removeprefix("\ufeff")


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: times and markup give it zeros at regular places."""
    head = data[:8192]
    if head.count(0) * 5 < len(head) or len(head) < 8:
        return None
    share = [head[at::4].count(0) / len(head[at::4]) for at in range(4)]
    if min(share[2:]) > 0.9 and share[0] < 0.5:
        return "utf-32-le"
    if min(share[:2]) > 0.9 and share[3] < 0.5:
        return "utf-32-be"
    even, odd = (share[0] + share[2]) / 2, (share[1] + share[3]) / 2
    if max(even, odd) < 0.2 or min(even, odd) * 4 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def _utf8_share(data: bytes) -> float:
    """How many of the bytes that aren't ASCII belong to characters of UTF-8."""
    sample = data[: 2**20]
    high = len(sample.translate(None, bytes(range(128))))
    return sum(len(one) for one in _UTF8.findall(sample)) / high if high else 1.0


def _sample(data: bytes) -> bytes:
    found: list[bytes] = []
    size = 0
    for line in re.split(rb"[\r\n]+", data[: 4 * 2**20]):
        if not line.isascii():
            found.append(line[: _SAMPLE - size])
            size += len(found[-1])
            if size >= _SAMPLE:
                break
    return b"\n".join(found)


class _Judged:
    """A text as a candidate gives it: its characters beyond ASCII, counted, and its oddities."""

    def __init__(self, text: str) -> None:
        self.letters: Counter[str] = Counter()
        self.count = 0
        self.signs = 0.0
        for (before, here), times in Counter(itertools.pairwise(f" {text}")).items():
            if here >= "\x80":
                self.count += times
                self.signs += times * self._judge(before, here, times)
            elif before >= "\x80" and before.isalpha() and here.isalpha():
                self.signs += times * _mixture(before)

    def _judge(self, before: str, here: str, times: int) -> float:
        """What speaks against the second character after the first; a letter is counted, too."""
        if here == "\ufffd" or "\x80" <= here <= "\x9f" or "\ue000" <= here <= "\uf8ff":
            return _NEVER
        if here in QUIET_SIGNS:
            return _QUIET + (_BESIDE if here in _OPENING and before.isalpha() else 0.0)
        if unicodedata.category(here)[0] not in "LM":
            sign = _LOUD if here in LOUD_SIGNS else _SYMBOL
            return sign + (_BESIDE if before.isalpha() else 0.0)
        small = here.lower()
        self.letters[small if len(small) == 1 else here] += times
        if "\u0300" <= here <= "\u036f" and not (before.isalpha() and before <= "\u01b0"):
            return _SYMBOL  # an accent without a letter
        against = _capital(before) if here.isupper() else 0.0
        return against + (_mixture(here) if before.isalpha() and before < "\x80" else 0.0)

    def score(self, profile: Profile) -> float:
        """The logarithm of how probable these characters are in the language, roughly."""
        return self.signs + sum(profile.cost(one) * n for one, n in self.letters.items())


_NEVER, _QUIET, _LOUD, _SYMBOL, _BESIDE = -12.0, -3.5, -6.0, -8.0, -3.0
"""Logarithms of how probable they are: control characters, punctuation, other signs."""
_OPENING = frozenset("•¿¡«„“‚‹（《「『〈【")
"""No word ends before these."""


def _capital(before: str) -> float:
    if before.islower():
        return -5.0
    return -0.5 if before.isupper() else -2.0


def _mixture(letter: str) -> float:
    """An ASCII letter beside this one: usual for Latin letters, odd for any other."""
    return 0.0 if letter <= "\u024f" or "\u0300" <= letter <= "\u036f" else -4.0
