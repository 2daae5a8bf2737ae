"""Ways to write what is asked for, beyond those that its words have by themselves.

All of it is on the side of who asks: nothing here changes what a document is found under.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

from mediacatalog.text.fold import APOSTROPHES
from mediacatalog.text.spelling import PARTICLES, fold_word
from mediacatalog.text.unspaced import SPACELESS
from mediacatalog.text.words import NON_JOINER, units, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mediacatalog.text.words import Unit

    Run = tuple[str, ...]

SPELLINGS = 12
"""Most ways to write one phrase that are tried."""

MEASURES = frozenset(
    "mm cm km kg kw kv kt hz khz mhz ghz kmh p мм см км кг мгц ملم مم سم كم كغ".split()
)
"""Written with their number or apart from it: 122mm, 122 mm."""
MEASURES_ABROAD = dict(pair.split("=") for pair in "mm=мм cm=см km=км kg=кг mhz=мгц".split())
MEASURES_ABROAD |= {there: here for here, there in MEASURES_ABROAD.items()}
MODEL = re.compile(r"([^\W\d_]{1,8})(\d{1,3}\w{0,4})")
"""T72, BMP2, T72B3, Shahed136: a type's letters and its number."""
PLATE = re.compile(r"([^\W\d_]{1,3})(\d{3,4})([^\W\d_]{2,3})(\d{2,3})?")
"""Of a car: AA1234BB, А123ВС77."""
SOUNDS_CYRILLIC = {
    "kh": "х", "zh": "ж", "sh": "ш", "ch": "ч", "yu": "ю", "ya": "я", "ts": "ц",
    **dict(zip("abvgdeziklmnoprstuf", "абвгдезиклмнопрстуф", strict=True)),
}  # fmt: skip
"""How a type is written in the other alphabet: Kh-101 and Х-101, BMP-2 and БМП-2."""
LOOKS_CYRILLIC = dict(zip("abekmhopctyxi", "авекмнорстухі", strict=True))
"""Letters that look the same, which stand on the number plates of both alphabets."""
LOOKS_ALIKE = frozenset("xc")
"""Of these, X-101 and C-300 are typed for Х-101 and С-300."""
SPOKEN_ARABIC = {
    "f": "اف", "t": "تي", "s": "اس", "b": "بي", "c": "سي", "m": "ام", "su": "سو", "mig": "ميغ",
    "mi": "مي", "tu": "تو",
}  # fmt: skip
"""A type's letters as they are spoken, folded: إف-16, اس ۳۰۰."""
LONGEST_TYPE = 4
"""Letters; what is longer is a name, and no letters that stand for a type."""
RUSSIAN_SMALL = frozenset("авиксуояіз")
"""Words of a letter: `с 300` is mostly `with 300`."""
CYRILLIC = re.compile("[а-яі]+")
CYRILLIC_SOUNDS = re.compile("|".join(SOUNDS_CYRILLIC))
LATIN_SOUNDS = {cyrillic: latin for latin, cyrillic in SOUNDS_CYRILLIC.items()}
LOOKS_LATIN = {cyrillic: latin for latin, cyrillic in LOOKS_CYRILLIC.items()}
NUMBERED = re.compile(r"(\d{1,3})([^\W\d_]{1,3})(\d{1,4}\w?)")
"""2S19, 9M729: a type that begins with a number."""
MEASURED = re.compile(r"(\d{1,5})([^\W\d_]{1,3})")
BY = re.compile(r"(\d{1,4})[xх](\d{1,4})")
"""7.62x39, 1920x1080; also with a multiplication sign."""
YEAR = re.compile("(?:19|20)[0-9]{2}")
THOUSANDS = re.compile("[1-9][0-9]{3,6}")
DAY = re.compile("((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
SEPARATORS = frozenset(" ,.٬\u00a0\u202f")

IRISH = re.compile(rf"[Oo][{APOSTROPHES}]([^\W\d_]{{3,}})")
"""O'Neill, O Neill."""
INITIALS = re.compile(r"[^\W\d_]{2,5}")
DOTTED = 3
"""Letters with dots from which on they are one word too: P.K.K., but no `us` for U.S."""

HEBREW = re.compile("[א-ת]{3,6}")
GERSHAYIM = frozenset('"״“”')
"""Before the last letter of what Hebrew shortens: צה״ל."""

SERBIAN_CYRILLIC = {
    "lj": "љ", "nj": "њ", "dž": "џ", "dj": "ђ",
    **dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True)),
}  # fmt: skip
SERBIAN_SOUNDS = re.compile("|".join(SERBIAN_CYRILLIC))
SERBIAN_LATIN = str.maketrans(
    {to: one for one, to in SERBIAN_CYRILLIC.items() if one != "dj"} | {"ђ": "đ"}
)
CYRILLIC_SERBIAN, LATIN_SERBIAN = re.compile("[јљњћђџ]"), re.compile("[đžćčš]")

SERVANT = re.compile("abd(?:[aeou]l)?")
SERVANT_OF = re.compile(r"abd[aeou](?:l|(?P<sun>[dnrstz])(?=(?P=sun)))(?P<name>[a-z]{4,})")
OF_GOD = ("abdullah", "abdallah", "abdulla", "abdalla")
SERVANT_ARABIC, ARTICLE = "عبد", "ال"

VERBAL, PLURAL = frozenset({"مي", "نمي"}), frozenset({"ها", "هاي"})
"""Persian, folded: written with the word, apart, or with a joiner of no width."""

BEFORE_NAMES = {
    "תל": "ב ל מ ו ש שב וב".split(),
    "ام": "ب ل و ف ك وب ول".split(),
    "تل": "ب ل و ف ك وب ول".split(),
}
"""Words of two letters that names begin with (أم درمان, תל אביב), and what is joined to them."""

COMPOUND = re.compile(
    "(air)(strike|field|base|drop|raid|lift)s?|(cease)(fire)s?|(check|fire)(point|fight)s?"
    "|(war)(plane|ship|head)s?|(gun)(fire|ship|men|man|boat)s?|(land)(mine)s?|(blood)(shed)"
    "|(rail)(way|road)s?|(front)(line)s?"
)
"""English words of this trade that newsrooms write as one and as two."""

OF_TWO_ENGLISHES = re.compile(
    "[a-z]{4,}(i[sz])(?:e[sd]?|ers?|ing|ations?)|(?:arm|harb|hon|lab|neighb|rum)(ou?)r[a-z]*"
    "|(?:def|off)(en[cs])e[a-z]*"
)
"""Mobilisation, armour, defence."""
BEYOND_THE_ATLANTIC = {"is": "iz", "ou": "o", "enc": "ens", "iz": "is", "o": "ou", "ens": "enc"}

KOREAN = re.compile("[\uac00-\ud7a3]{4,12}")
"""Words that may be written with a space within: 서울시내, 서울 시내."""
LEAST_KOREAN = 2
"""Syllables of either part."""
HIRAGANA = re.compile("[\u3041-\u3096ー]{4,}")
KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}

LONGEST_ROW = 6
"""Words typed apart that may be one: 1 200 000, P.K.K."""


def spellings(text: str) -> list[Run]:
    """Ways to write a text as a run of words, its own first, at most SPELLINGS; may be empty."""
    found = units(text)
    parts: list[list[Run]] = []
    at = 0
    while at < len(found):
        row, more = _row(text, found[at : at + LONGEST_ROW])
        parts.append([*_apart(row), *more])
        at += len(row)
    if not parts:
        return []
    runs = itertools.islice(itertools.product(*parts), SPELLINGS)
    return list(dict.fromkeys(tuple(itertools.chain.from_iterable(run)) for run in runs))


def together(text: str) -> list[Run]:
    """Other ways to write what was typed as several words, if all of it is one thing; else none."""
    found = units(text)
    if len(found) == 1 and len(found[0].words) > 1:
        single = [run for run in found[0].alternatives if len(run) == 1]
        return [*single, *_of_one(text, found[0])]
    row, more = _row(text, found[:LONGEST_ROW])
    if len(row) == len(found):
        return more
    said = [word.text for unit in found for word in unit.words]
    if len(said) == len(found) == len("12 7 mm".split()) and said[2] in MEASURES:
        return [(said[0], said[1] + said[2])] if (said[0] + said[1]).isdecimal() else []
    return []


def _row(text: str, found: Sequence[Unit]) -> tuple[Sequence[Unit], list[Run]]:
    """The longest beginning that is one thing, and its other ways; else its first unit."""
    for count in range(len(found), 1, -1):
        if more := _of_several(text, found[:count]):
            return found[:count], more
    return found[:1], _of_one(text, found[0]) if found else []


def _apart(row: Sequence[Unit]) -> Iterable[Run]:
    if len(row) == 1:
        return row[0].alternatives
    return [tuple(word.text for unit in row for word in unit.words)]


def _of_several(text: str, row: Sequence[Unit]) -> list[Run]:
    said = [unit.words[-1].text for unit in row]
    gaps = {text[one.words[-1].end : two.words[0].start] for one, two in itertools.pairwise(row)}
    if len(gaps) > 1:
        return []
    gap = gaps.pop()
    if len(row) == 2 and gap.isspace():
        one, two = row
        if len(one.words) == 1 and (more := _servant(text, said[0], two)):
            return more
    if any(len(unit.words) > 1 for unit in row):
        return []
    if len(said) == len("ab") and gap.isspace() and said[0] in BEFORE_NAMES:
        return [(before + said[0], said[1]) for before in BEFORE_NAMES[said[0]]]
    of_two = _of_two(said[0], said[1], gap) if len(said) == len("ab") else []
    return of_two or _of_row(said, gap)


def _of_row(said: Sequence[str], gap: str) -> list[Run]:
    whole = "".join(said)
    if gap in SEPARATORS and whole.isdecimal():
        thousands = len(said[0]) <= len("999") and all(len(one) == len("000") for one in said[1:])
        return [(whole,)] if thousands else []
    if gap == "." and len(said) >= DOTTED and all(len(one) == 1 for one in said):
        return [(whole,)] if whole.isalpha() else []
    plate = PLATE.fullmatch(whole) if gap.isspace() else None
    return [(whole,), *_plates(plate)] if plate and tuple(said) == _groups(plate) else []


def _of_two(one: str, two: str, gap: str) -> list[Run]:
    if gap.isspace() and one == "o" and two.isalpha():
        return [(one + two,)]
    if gap.isspace():
        model = one.isalpha() and two[0].isdecimal() and MODEL.fullmatch(one + two)
        measured = one.isdecimal() and two in MEASURES
        verbal = one in VERBAL or two in PLURAL
        compound = COMPOUND.fullmatch(one + two)
        joins = compound and one in compound.groups()
        if not (model or measured or verbal or joins):
            return []
        abroad = model and one not in RUSSIAN_SMALL
        there = _abroad(one, two) if abroad else _measured_abroad(one, two)
        return [(one + two,), *there]
    if gap in GERSHAYIM:
        return [(one + two,)] if len(two) == 1 and HEBREW.fullmatch(one + two) else []
    if gap == "×" and one.isdecimal() and two.isdecimal():
        return [(f"{one}{by}{two}",) for by in "xх"]
    return []


def _of_one(text: str, unit: Unit) -> list[Run]:
    """Of a word: what it is when it is written apart. Of a compound: T-72, Abd al-Rahman."""
    if SPACELESS.match(unit.words[0].text):
        return _unspaced(fold_word(text[unit.words[0].start : unit.words[-1].end]))
    if len(unit.words) > 1:
        first, last = unit.words[0].text, unit.words[-1].text
        if len(unit.words) > 2:
            plate = PLATE.fullmatch("".join(word.text for word in unit.words))
            return list(_plates(plate)) if plate else []
        if first.isalpha() and last[0].isdecimal() and MODEL.fullmatch(first + last):
            several = [(first, last[:-1]), (first + last[:-1],)] if last[-1] == "s" else []
            return [*several, *_abroad(first, last.removesuffix("s"))]
        return _of_servant(last) if SERVANT.fullmatch(first) else []
    word = unit.words[0]
    typed = text[word.start : word.end]
    return [run for run in dict.fromkeys(_split(word.text, typed)) if run != (word.text,)]


def _unspaced(word: str) -> list[Run]:
    """Korean as it is written with a space; hiragana as the katakana that names are written in."""
    if HIRAGANA.fullmatch(word):
        return [_words_of(word.translate(KATAKANA))]
    if not KOREAN.fullmatch(word):
        return []
    places = range(LEAST_KOREAN, len(word) - LEAST_KOREAN + 1)
    return [
        _words_of(f"{word[:at]} {word[at:]}")
        for at in places
        if word[at - 1] != word[at]  # or the pairs are those of a word with the letter once
    ]


def _words_of(text: str) -> Run:
    return tuple(one.text for one in words(text))


def _split(word: str, typed: str) -> Iterator[Run]:
    if NON_JOINER in typed:
        yield _words_of(typed.replace(NON_JOINER, " "))
    if irish := IRISH.fullmatch(typed):
        yield "o", fold_word(irish[1])
    if typed.isupper() and INITIALS.fullmatch(word):
        yield tuple(word)
    if any(letter.isdecimal() for letter in word):
        yield from _with_number(word)
    elif found := COMPOUND.fullmatch(word):
        first = next(one for one in found.groups() if one)
        yield first, word.removeprefix(first)
    elif HEBREW.fullmatch(word):
        yield word[:-1], word[-1]
    else:
        yield from _other_english(word)
        yield from _name(word)
        yield from _south_slavic(word, typed)


def _other_english(word: str) -> Iterator[Run]:
    """A word as it is spelled beyond the Atlantic."""
    if (found := OF_TWO_ENGLISHES.fullmatch(word)) and found.lastindex:
        start, end = found.span(found.lastindex)
        yield (word[:start] + BEYOND_THE_ATLANTIC[word[start:end]] + word[end:],)


def _with_number(word: str) -> Iterator[Run]:
    measured = MEASURED.fullmatch(word)
    if plate := PLATE.fullmatch(word):
        yield _groups(plate)
        yield from _plates(plate)
    elif found := MODEL.fullmatch(word):
        yield found[1], found[2]
        if found[2][-1] == "s":
            yield (word[:-1],)
            yield found[1], found[2][:-1]
        yield from _abroad(found[1], found[2].removesuffix("s"))
    elif found := BY.fullmatch(word):
        yield found[1], found[2]
    elif measured and measured[2] in MEASURES:
        yield measured[1], measured[2]
        yield from _measured_abroad(measured[1], measured[2])
    elif numbered := NUMBERED.fullmatch(word):
        first, letters, rest = numbered.groups()
        yield from ((first + "".join(run),) for run in _abroad(letters, rest) if len(run) == 1)
    elif word.isdecimal():
        yield from _grouped(word)


def _measured_abroad(number: str, unit: str) -> list[Run]:
    there = MEASURES_ABROAD.get(unit)
    return [(number, there), (number + there,)] if there else []


def _abroad(letters: str, number: str) -> Iterator[Run]:
    """A type as it is written in another alphabet, apart and together."""
    for one in dict.fromkeys(_letters_abroad(letters)):
        rest = number
        if one.isascii() and CYRILLIC.fullmatch(letters):
            rest = _from_cyrillic(number)
        elif CYRILLIC.fullmatch(one):
            rest = _to_cyrillic(number) or number
        yield one, rest
        yield (one + rest,)


def _letters_abroad(letters: str) -> Iterator[str]:
    if letters.isascii():
        if len(letters) <= LONGEST_TYPE and (sounds := _to_cyrillic(letters)):
            yield sounds
        if letters in LOOKS_ALIKE:
            yield LOOKS_CYRILLIC[letters]
            yield from ["kh"] if letters == "x" else []
        elif letters == "kh":
            yield "x"
        yield from filter(None, [SPOKEN_ARABIC.get(letters)])
    elif spoken := next((one for one, said in SPOKEN_ARABIC.items() if said == letters), None):
        yield spoken
    elif len(letters) <= LONGEST_TYPE and CYRILLIC.fullmatch(letters):
        yield _from_cyrillic(letters)
        yield from [one for one in LOOKS_ALIKE if LOOKS_CYRILLIC[one] == letters]


def _to_cyrillic(word: str) -> str:
    """Empty where a letter has no sound of its own."""
    made = CYRILLIC_SOUNDS.sub(lambda found: SOUNDS_CYRILLIC[found[0]], word)
    return "" if re.search("[a-z]", made) else made


def _from_cyrillic(word: str) -> str:
    return "".join(LATIN_SOUNDS.get(letter, letter) for letter in word)


def _groups(plate: re.Match[str]) -> Run:
    return tuple(filter(None, plate.groups()))


def _plates(plate: re.Match[str]) -> Iterator[Run]:
    """The plate in letters of the other alphabet that look the same, if all of it has them."""
    looks = LOOKS_CYRILLIC if plate[1].isascii() else LOOKS_LATIN
    row = tuple("".join(looks.get(one, "") or one for one in group) for group in _groups(plate))
    said = "".join(_groups(plate))
    if all(one.isdecimal() or one in looks for one in said):
        yield row
        yield ("".join(row),)


def _name(word: str) -> Iterator[Run]:
    if word in OF_GOD:
        yield from _of_servant("allah")
    elif found := SERVANT_OF.fullmatch(word):
        yield from _of_servant(found["name"])
    elif word.startswith(SERVANT_ARABIC + ARTICLE) and len(word) > len(SERVANT_ARABIC + ARTICLE):
        (of,) = words(word.removeprefix(SERVANT_ARABIC))
        yield SERVANT_ARABIC, of.text


def _south_slavic(word: str, typed: str) -> Iterator[Run]:
    """Serbian in its other alphabet, told by letters that Russian and English haven't."""
    if CYRILLIC_SERBIAN.search(word):
        yield (fold_word(word.translate(SERBIAN_LATIN)),)
        return
    plain = unicodedata.normalize("NFC", typed).casefold()
    if LATIN_SERBIAN.search(plain):
        cyrillic = SERBIAN_SOUNDS.sub(lambda found: SERBIAN_CYRILLIC[found[0]], plain)
        if not re.search("[a-z]", cyrillic):  # a letter that Serbian hasn't: q, w, x, y
            yield (fold_word(cyrillic),)
    if "đ" in plain:
        yield (fold_word(plain.replace("đ", "dj")),)
    elif "dj" in plain:
        yield (word.replace("dj", "d"),)


def _grouped(digits: str) -> Iterator[Run]:
    """1200 as 1,200 or 1 200, and 20171119 as 2017.11.19; years stay whole."""
    if found := DAY.fullmatch(digits):
        try:
            dt.date(*map(int, found.groups()))
        except ValueError:
            return
        yield found.groups()
    elif THOUSANDS.fullmatch(digits) and not YEAR.fullmatch(digits):
        first = len(digits) % 3 or 3
        rest = (digits[at : at + 3] for at in range(first, len(digits), 3))
        yield digits[:first], *rest


def _servant(text: str, first: str, second: Unit) -> list[Run]:
    """Of `Abd al-Rahman`, `Abdul Rahman`, `عبد الرحمن`, typed apart."""
    last = second.words[-1]
    typed = fold_word(text[last.start : last.end])
    if first == SERVANT_ARABIC and typed.startswith(ARTICLE):
        return [(first + typed,)]
    if not SERVANT.fullmatch(first) or last.text in PARTICLES:
        return []
    return _of_servant(last.text) if last.text.isalpha() and last.text.isascii() else []


def _of_servant(name: str) -> list[Run]:
    if name in ("allah", "ullah"):
        return [*((one,) for one in OF_GOD), ("abd", "allah")]
    apart = [("abd", name), ("abdul", name), ("abdel", name)]
    joined = [(f"abd{article}{name}",) for article in ("ul", "el", "al")]
    sun = [(f"abd{vowel}{name[0]}{name}",) for vowel in "ue"] if name[0] in "dnrstz" else []
    return [*apart, *joined, *sun]
