"""Other forms of a word: one key for `shell`, `shells` and `shelled`, by their endings.

Light on purpose: a form that is missed can be asked for, two words taken for one can't be told
apart. Short words keep their endings (`Homs` is no home). After Harman's S stemmer (1991) and the
first step of Porter's (1980) for Latin letters, Savoy's light stemmer (2006) for Cyrillic, and
Larkey's light10 (2002) for Arabic; the commonest endings of Greek. What no ending tells stands in a
table (`irregular`).

Arabic and Hebrew join prepositions to a word. Which letters are one is told by tables: of short
words those that take one, of longer ones those whose own letter it is.
"""

from __future__ import annotations

import re
from collections import defaultdict

from mediacatalog.text import irregular
from mediacatalog.text.fold import fold_spelling

FORM = "="
"""Before a key, so that it never meets a word."""
LEAST = 3
"""Letters that must remain."""

_LATIN = re.compile("[a-z]{4,40}")
_CYRILLIC = re.compile("[а-яієїґ]{4,40}")
_ARABIC = re.compile("[ء-يپچژگڤ]{4,40}")
_HEBREW = re.compile("[א-ת]{4,40}")
_GREEK = re.compile("[α-ω]{4,40}")

_VOWEL = re.compile("[aeiouy]")
_DOUBLE = re.compile(r"([bdfgmnprt])\1$")
_CYRILLIC_ENDING = re.compile(
    "(?:ът|иями|іями|ями|ами|иям|іям|ием|иях|іях|ией|ією|ого|его|ому|ему|ыми|ими|ові|еві|єві|ах|ях|ов|ев|ів|їв|ей"
    "|ой|ій|ий|ый|ая|яя|ое|ее|ые|ие|ию|ии|ия|ії|ію|ія|ої|єї|ою|ею|єю|ам|ям|ом|ем|єм|ую|юю|ых|их|ым"
    "|им|а|я|о|е|є|ы|и|і|ї|у|ю|ь|й)$"
)
_FLEETING = re.compile("(..[^аеёиоуыэюяіїє])[ое]([кнц])ь?$")
"""A vowel that only a form without an ending has: вышек is of вышка, українець of українці."""
_WITH_J = re.compile("(?<=[аеёиоуыэюяіїє])[еє](?=ць?$)")
"""The same after a vowel: боец is of бойцы."""
_OF_MANY = re.compile("(?<=..)([оеєії])в(і?)$")
"""Ends many of something, and names: танков is of танк, Харьков of Харькове, Харків of Харкова."""
_OPEN = {"і": "о", "ї": "є"}
"""Vowels of closed syllables in Ukrainian, and what they are in open ones."""
_OF_PLACE = re.compile(
    "(?P<place>.{2,}?)(?:(?P<hard>с)|сь)к(?:ий|ой|ая|ое|ие|ого|ому|им|ом|их|ими|ую|а|е|і|ій|ої|ою|у|ім)"
)
"""An adjective: киевский, сирийская, харківської."""
_ARABIC_ENDING = re.compile("(?:هاي|ها|ان|ات|ون|ين|يه|ه|ي)$")
_ARTICLE = "ال"
_PREPOSITIONS = frozenset("بلكف")
_WITH_ARTICLE = re.compile("لل|[بكف]ال")
"""What that is, words are told by (`spelling.after_prefix`)."""
_GREEK_ENDING = re.compile(
    "(?:(?<=μ)ατ(?:α|οσ|ων)|εωσ|εισ|ουσ|ιων|ιεσ|ια|οσ|ου|ον|οι|ων|εσ|ασ|ησ|ισ|υσ|[αεηιου])$"
)
_HEBREW_ENDING = re.compile("(?:ים|ות|ה)$|(?<=....)(?:ית|ת|י)$")
_HEBREW_BEFORE = re.compile("ו?(?:[במש]?ה|ש?[בל])|ו?[מכש]|ו")
_HEBREW_FINAL = str.maketrans("כמנפצ", "ךםןףץ")
"""What these letters are at the end of a word."""


def stem(word: str) -> str:
    """The key of a folded word's forms, the word itself where it has none."""
    return stems(word)[0]


def stems(word: str) -> tuple[str, ...]:
    """All keys of a folded word's forms; more than one where a form may be of two words."""
    if (key := _IRREGULAR.get(word)) is not None:
        return (key,)
    if word in _KEPT:
        return (word,)
    if _LATIN.fullmatch(word):
        return (_latin(word),)
    if _GREEK.fullmatch(word):
        return (_without(_GREEK_ENDING, word),)
    for letters, keys in ((_CYRILLIC, _cyrillic), (_ARABIC, _arabic), (_HEBREW, _hebrew)):
        if letters.fullmatch(word):
            return tuple(dict.fromkeys(keys(word)))
    return (word,)


def beginnings(key: str) -> list[str]:
    """Letters of which each form under a key has some in a row."""
    short = 2 if key.endswith(("ьц", "йц", "ов", "ев", "єв")) else 1
    return [key[:-short], *_WRITTEN.get(key, ())]


def _without(ending: re.Pattern[str], word: str) -> str:
    found = ending.search(word, LEAST)
    return word[: found.start()] if found else word


def _cyrillic(word: str) -> list[str]:
    keys = [_without(_CYRILLIC_ENDING, word)]
    if found := _FLEETING.search(word):
        soft = "ь" if found[1][-1] + found[2] == "лц" else ""
        keys.append(word[: found.end(1)] + soft + found[2])
    elif _WITH_J.search(word):
        keys.append(_WITH_J.sub("й", word).removesuffix("ь"))
    if found := _OF_MANY.search(word):
        keys.append(f"{word[: found.start()]}{_OPEN.get(found[1], found[1])}в")
        keys += [] if found[2] else [word]
    if word.endswith(("ою", "ею", "єю")):
        keys.append(word[:-1])
    if (found := _OF_PLACE.fullmatch(word)) and keys[0] not in _NO_PLACE:
        keys += _of_place(found["place"], contracted=found["hard"] is None)
    return keys


def _of_place(place: str, *, contracted: bool) -> list[str]:
    """Keys of the place whose adjective is this and -ский: киев, харьков, мариуполь, сирий.

    In Ukrainian an с of the place's own may be contracted: одеський is of Одеса.
    """
    if (key := _IRREGULAR.get(place)) is not None:
        return [key]
    if place.endswith(("ий", "ій")):
        return [place[:-2]] if len(place) > LEAST + 1 else []
    keys = [place.removesuffix("ь")]
    if contracted or place[-1] == "с":
        keys.append(place + "с")
    if place[-1] in "жчш":
        keys.append(place + "ь")  # запорож, of Запорожье
    if found := _OF_MANY.search(place):
        keys.append(f"{place[: found.start()]}{_OPEN.get(found[1], found[1])}в")
    return [key for key in keys if len(key) > LEAST]


def _arabic(word: str) -> list[str]:
    bare = word
    if word[0] == "و":
        longer = len(word) > 1 + LEAST and _without(_ARABIC_ENDING, word) not in _WAW
        bare = word[1:] if longer or word[1:] in _SHORT else word
    keys = [_arabic_key(bare)]
    rest = bare[3:] if bare.startswith("لال") else bare[1:]  # لألمانيا, as ألمانيا is read
    if bare[0] not in _PREPOSITIONS or bare in _IRREGULAR or _WITH_ARTICLE.match(bare):
        return keys
    takes_one = rest in _SHORT if len(rest) == LEAST else len(rest) > LEAST
    if takes_one and bare not in _KEPT and _without(_ARABIC_ENDING, bare) not in _OWN_LETTER:
        keys.append(_arabic_key(rest))
    return keys


def _arabic_key(bare: str) -> str:
    if bare in _KEPT:
        return bare
    root = _without(_ARABIC_ENDING, bare)
    return _IRREGULAR.get(bare) or _IRREGULAR.get(root) or root


def _hebrew(word: str) -> list[str]:
    keys = [_hebrew_key(word)]
    if keys[0] in _HEBREW_OWN_LETTER:
        return keys
    for length in (1, 2, 3):
        before, rest = word[:length], word[length:]
        if not _HEBREW_BEFORE.fullmatch(before) or len(rest) < LEAST:
            continue
        key = _hebrew_key(rest)
        sure = before.endswith("ה") or (len(rest) > LEAST and before[-1] in "בל")
        if sure or len(key) > LEAST or rest in _HEBREW_SHORT:
            keys.append(key)
    return keys


def _hebrew_key(word: str) -> str:
    if word in _KEPT:
        return word
    root = _without(_HEBREW_ENDING, word)
    if root != word and len(root) > LEAST + 1:
        root = root.removesuffix("י")
    return root[:-1] + root[-1].translate(_HEBREW_FINAL)


def _latin(word: str) -> str:
    word = _singular(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > LEAST and _VOWEL.search(rest):
            return _DOUBLE.sub(r"\1", rest)
    if len(word) > LEAST + 1 and word.endswith("e"):
        return word[:-1]
    if word.endswith("y") and len(word) > LEAST and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > LEAST + 2:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "as", "os")):
        return word[:-1]
    return word


def _listed(table: str) -> list[str]:
    """The words of a table as they stand in the index."""
    every = [fold_spelling(word) for word in table.split()]
    return [
        word.removeprefix(_ARTICLE) if len(word) >= len(_ARTICLE) + LEAST else word
        for word in every
    ]


_IRREGULAR: dict[str, str] = {}
_KEPT = frozenset(_listed(irregular.KEPT))
_WAW = frozenset(_listed(irregular.WAW))
_OWN_LETTER = frozenset(_listed(irregular.OWN_LETTER))
_SHORT = frozenset(_listed(irregular.SHORT))
_HEBREW_SHORT = frozenset(irregular.HEBREW_SHORT.split())
_HEBREW_OWN_LETTER = frozenset(irregular.HEBREW_OWN_LETTER.split())
_NO_PLACE = frozenset(irregular.CYRILLIC_KEPT.split())
_WRITTEN: dict[str, list[str]] = defaultdict(list)
for _line in (irregular.ARABIC_PLURALS + irregular.OTHERS).split("\n"):
    if _words := _listed(_line):
        _key = stem(_words[0])
        _IRREGULAR.update(dict.fromkeys(_words, _key))
        _WRITTEN[_key] += [word for word in _words if not word.startswith(_key[:-1])]
