"""Who says what: attributions with their verb, and quotations with their speaker.

English first, the basic verbs of Arabic and Russian. A claim is what a text attributes; whether it
is so is not asked. Conflicting claims stand side by side.
"""

from __future__ import annotations

import bisect
import re
from itertools import islice
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions.values import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.articles.mentions.values import Mention

MOST_CLAIMS = 500
MOST_VERBS = 4000
"""Attributions of a text that are looked at; a book has fewer."""
LONGEST = 1200
"""Characters of a statement; longer quotations are cut."""

_VERBS = (
    "said|says|stated|states|confirmed|confirms|claimed|claims|announced|announces|reported"
    "|reports|told|tells|added|denied|denies"
    "|declared|insisted|alleged|alleges|acknowledged|explained|warned|argued|noted|tweeted|wrote"
    "|testified|"
    "stressed|emphasi[sz]ed|maintained|revealed|admitted|pledged|vowed|asserted"
)
_SOURCES = (
    "media|sources?|reports?|officials?|activists?|residents?|witness(?:es)?|eyewitness(?:es)?"
    "|agency|agencies|ministry|spokesman"
    "|spokeswoman|spokesperson|government|police|locals|authorities|journalists?|army|military"
    "|monitors?|rescuers|doctors|medics"
    "|observers|survivors?|analysts?|experts?|investigators|rebels|newspaper|television|TV|channel"
    "|organi[sz]ations?|groups?|outlets?"
)
_NOUN_PHRASE = (
    r"(?:(?:the|an|a|some|several|many|two|three|other|local|one)\s)?"
    rf"(?:[\w'’.-]{{2,24}}\s){{0,3}}(?:{_SOURCES})"
)
_OPEN = '“«„″"'
_QUOTE = re.compile(
    r"(?:“([^“”\n]{2,2000})”|«([^«»\n]{2,2000})»|″([^″\n]{2,2000})″|\"([^\"\n]{2,2000})\")"
)

_ACCORDING = re.compile(
    r"\b(?P<verb>[Aa]ccording to)\s(?P<speaker>[^,.;:\n]{2,90})|(?<!\w)(?P<ru>[Пп]о (?:словам"
    r"|данным|информации|сообщению|мнению))\s(?P<ruspeaker>[^,.;:\n]{2,80})"
    r"|(?<!\w)(?P<ar>و?(?:وفق(?:ًا|اً|ا)\s?ل|بحسب\s|حسب\s|وفق\s|نقل(?:ًا|اً"
    r"|ا) عن\s))\s?(?P<arspeaker>[^،,.;:\n]{2,60})(?=[،,.;:\n])"
)
_TOLD = re.compile(r"[^.,:;\n\"“]{1,80}?\sthat\s")
_ENGLISH = re.compile(
    rf"(?<![\w-])(?P<verb>{_VERBS})(?![\w-])(?P<that>\sthat\b)?(?P<colon>\s?[:,]\s*)?"
)
_SPEAKER_NOUN = re.compile(
    rf"(?:^|(?<=[\s(\"“]))(?P<speaker>{_NOUN_PHRASE})(?:\s(?:also|later|have|has|had|then))?\s$",
    re.IGNORECASE,
)
_MARKED = re.compile(r"\s(?:also|later|have|has|had|then|reportedly)?\s?")
_AFTER_SPEAKER = re.compile(rf"\s?(?:{_NOUN_PHRASE})", re.IGNORECASE)
_ARABIC = re.compile(
    r"(?<!\w)(?P<verb>و?(?:قال|قالت|أكد|أكدت|أكّد|أعلن|أعلنت|صرح|صرحت|صرّح|ذكر|ذكرت|أفاد|أفادت"
    r"|أوضح|أوضحت|أضاف|أضافت|زعم|زعمت|ادعى|نفى|نفت"
    r"|كشف|كشفت|أشار|أشارت))\s(?P<speaker>[^،,.؛\n]{2,70}?)\s(?:إلى\s|ل\S{2,20}\s)?(?P<that>أن|إن"
    r"|بأن|أنه|إنه|أنها|إنها|ان)\s"
)
_RUSSIAN = re.compile(
    r"(?<!\w)(?P<verb>(?:сообщил|заявил|подтвердил|сказал|отметил|рассказал|опроверг|объявил"
    r"|подчеркнул|уточнил|утверждал)(?:а|и|о)?|"
    r"утвержда[ею]т|сообща[ею]т|заявля[ею]т)(?P<that>,\sчто\s)?(?P<colon>:\s*)?"
)
_RUSSIAN_SOURCE = re.compile(
    r"(?:^|(?<=[\s(«]))(?P<speaker>(?:[А-ЯЁ«][\w«»-]+\s){0,3}(?:СМИ|источники?|агентство"
    r"|министерство|Минобороны(?:\s(?:России|РФ))?|власти|очевидцы|активисты"
    r"|журналисты|полиция|военные|представители?|правозащитники|жители))\s$"
)
_SENTENCE_END = re.compile(r"[.!?؟…](?=[\s\"”»″)\]]|$)|\n")


class _Speakers:
    """People and groups by where they end and begin."""

    def __init__(self, mentions: list[Mention]) -> None:
        self._all = [one for one in mentions if one.kind in {"person", "group"}]
        self._ends = [one.end for one in self._all]
        self._starts = [one.start for one in self._all]

    def before(self, text: str, at: int) -> Mention | None:
        """The one that ends right before `at`, but for a short relative clause or an adverb."""
        place = bisect.bisect_right(self._ends, at) - 1
        if place < 0:
            return None
        one = self._all[place]
        gap = text[one.end : at]
        if _MARKED.fullmatch(gap) or (
            gap.startswith(",") and gap.rstrip().endswith(",") and len(gap) < 80 and "." not in gap
        ):
            return one
        return None

    def after(self, text: str, at: int) -> Mention | None:
        """The one that begins right after `at`."""
        place = bisect.bisect_left(self._starts, at)
        if place == len(self._all):
            return None
        one = self._all[place]
        gap = text[at : one.start]
        return one if len(gap) <= 5 and gap.strip().lower() in {"", "the", "a", "an"} else None


def find(text: str, mentions: list[Mention]) -> list[Claim]:
    """Claims in order of their statement, at most MOST_CLAIMS; `mentions` are in order."""
    speakers = _Speakers(mentions)
    quotes = [found for found in _QUOTE.finditer(text) if len(found[0]) > 14]
    found = [
        *_according(text, speakers),
        *_english(text, speakers, quotes),
        *_arabic(text),
        *_russian(text, speakers),
    ]
    found.sort(key=lambda one: (one.start, one.speaker_start, -one.end))
    kept: dict[tuple[int, int], Claim] = {}
    for one in found:
        kept.setdefault((one.start, one.end), one)
    return list(kept.values())[:MOST_CLAIMS]


def _according(text: str, speakers: _Speakers) -> Iterator[Claim]:
    for found in islice(_ACCORDING.finditer(text), MOST_VERBS):
        name = "speaker" if found["verb"] else "ruspeaker" if found["ru"] else "arspeaker"
        verb = found["verb"] or found["ru"] or found["ar"]
        start, end = found.span(name)
        mention = speakers.after(text, start)
        noun = _AFTER_SPEAKER.match(text, start, end) if name == "speaker" else None
        cut = end
        if mention is not None and (noun is None or mention.end > noun.end()):
            cut = min(end, mention.end) if not _closed(text, end) or mention.end > end else end
        elif noun is not None and not _closed(text, end):
            cut = noun.end()
        opens = _opens(text, found.start())
        if opens:  # the statement follows
            rest = cut + (1 if _closed(text, cut) else 0)
            statement = _span(text, rest, _sentence_end(text, rest))
        else:
            statement = _span(text, _sentence_start(text, found.start()), found.start())
        if statement is None or statement[1] - statement[0] < 8:
            continue
        yield _claim(text, (start, cut), verb, statement, direct=False, sure=0.8)


def _closed(text: str, at: int) -> bool:
    return text[at : at + 1] in {",", "،"}


def _opens(text: str, at: int) -> bool:
    return not text[_sentence_start(text, at) : at].strip(' "“«')


def _english(text: str, speakers: _Speakers, quotes: list[re.Match[str]]) -> Iterator[Claim]:
    starts = [quote.start() for quote in quotes]
    ends = [quote.end() for quote in quotes]
    for verb in islice(_ENGLISH.finditer(text), MOST_VERBS):
        speaker = _speaker(text, speakers, verb.start())
        inverted = speakers.after(text, verb.end("verb"))
        before = bisect.bisect_right(ends, verb.start()) - 1
        if (
            speaker is None
            and inverted is not None
            and before >= 0
            and len(text[ends[before] : verb.start()].strip(" ,")) == 0
        ):
            yield _quoted(text, (inverted.start, inverted.end), verb["verb"], quotes[before])
            continue
        if speaker is None:
            continue
        if before >= 0 and not text[ends[before] : speaker[0]].strip(" ,"):
            yield _quoted(text, speaker, verb["verb"], quotes[before])
            continue
        opening = verb.end()
        if verb["verb"] in {"told", "tells"} and (that := _TOLD.match(text, opening)):
            opening = that.end()
        statement = _span(text, opening, _sentence_end(text, opening))
        if statement is None or text[verb.end("verb") : verb.end("verb") + 1] in {".", ","}:
            statement = _told_before(text, speaker[0]) or statement
        after = bisect.bisect_left(starts, verb.end())
        follows = after < len(quotes) and _leads(text, verb.end("verb"), starts[after])
        if statement and text[statement[0]] not in _OPEN and statement[1] - statement[0] >= 8:
            sure = 0.8 if verb["that"] else 0.65
            statement = (statement[0], statement[1] - (text[statement[1] - 1] == ":"))
            if not (follows and starts[after] <= statement[0] + 2):
                yield _claim(text, speaker, verb["verb"], statement, direct=False, sure=sure)
        if follows:
            yield _quoted(text, speaker, verb["verb"], quotes[after])


def _told_before(text: str, speaker: int) -> tuple[int, int] | None:
    """The statement of `The bridge fell, residents said.`"""
    if not text[:speaker].endswith(", "):
        return None
    return _span(text, _sentence_start(text, speaker), speaker)


def _leads(text: str, at: int, quote: int) -> bool:
    """Whether a quotation is announced: by a colon before it, or by standing next to the verb."""
    if quote - at > 300:
        return False
    gap = text[at:quote]
    if not gap.strip(" ,:\n"):
        return True
    return gap.rstrip().endswith(":") and not _SENTENCE_END.search(gap.rstrip())


def _speaker(text: str, speakers: _Speakers, at: int) -> tuple[int, int] | None:
    mention = speakers.before(text, at)
    if mention is not None:
        return mention.start, mention.end
    noun = _SPEAKER_NOUN.search(text, _sentence_start(text, at, 100), at)
    return noun.span("speaker") if noun else None


def _arabic(text: str) -> Iterator[Claim]:
    for found in islice(_ARABIC.finditer(text), MOST_VERBS):
        statement = _span(text, found.end(), _sentence_end(text, found.end()))
        if statement is not None and statement[1] - statement[0] >= 8:
            yield _claim(
                text, found.span("speaker"), found["verb"], statement, direct=False, sure=0.65
            )


def _russian(text: str, speakers: _Speakers) -> Iterator[Claim]:
    for found in islice(_RUSSIAN.finditer(text), MOST_VERBS):
        before = speakers.before(text, found.start())
        speaker = (before.start, before.end) if before else None
        if speaker is None:
            noun = _RUSSIAN_SOURCE.search(text, max(0, found.start() - 80), found.start())
            speaker = noun.span("speaker") if noun else None
        after = speakers.after(text, found.end("verb")) if speaker is None else None
        if speaker is None and after is not None:
            start = _sentence_start(text, found.start())
            statement = _span(text, start, found.start())
            speaker = (after.start, after.end)
        else:
            statement = _span(text, found.end(), _sentence_end(text, found.end()))
        if speaker is None or statement is None or statement[1] - statement[0] < 8:
            continue
        direct = text[statement[0]] in _OPEN
        yield _claim(text, speaker, found["verb"], statement, direct=direct, sure=0.65)


def _quoted(text: str, speaker: tuple[int, int], verb: str, quote: re.Match[str]) -> Claim:
    statement = (quote.start() + 1, quote.end() - 1)
    return _claim(text, speaker, verb, statement, direct=True, sure=0.85)


def _claim(
    text: str,
    speaker: tuple[int, int],
    verb: str,
    statement: tuple[int, int],
    *,
    direct: bool,
    sure: float,
) -> Claim:
    start, end = statement[0], min(statement[1], statement[0] + LONGEST)
    return Claim(
        text[speaker[0] : speaker[1]], *speaker, verb, text[start:end], start, end, direct, sure
    )


def _span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Without the spaces, commas and colons around it; None if nothing remains."""
    while start < end and text[start] in " ,،:—–-\n":
        start += 1
    while end > start and text[end - 1] in " ,،—–-.\n":
        end -= 1
    return (start, end) if end > start else None


def _sentence_end(text: str, at: int) -> int:
    low = at
    while found := _SENTENCE_END.search(text, low, at + LONGEST):
        if found[0] != "." or not re.search(
            r"(?:\b[A-Z]|Gen|Col|Lt|Mr|Mrs|Dr|St)$",
            text[max(at, found.start() - 4) : found.start()],
        ):
            return found.start()
        low = found.end()
    return min(len(text), at + LONGEST)


def _sentence_start(text: str, at: int, most: int = LONGEST) -> int:
    low = max(0, at - most)
    start = low
    for found in _SENTENCE_END.finditer(text, low, at):
        if found[0] != "." or not re.search(
            r"(?:\b[A-Z]|Gen|Col|Lt|Mr|Mrs|Dr|St)$",
            text[max(low, found.start() - 4) : found.start()],
        ):
            start = found.end()
    return start
