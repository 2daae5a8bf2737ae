"""Where a text names places: the span, what the name may mean, and how sure it is to be a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import spelling, vocabulary
from mediacatalog.articles.mentions.gazetteer import HEARD
from mediacatalog.articles.mentions.tokens import script
from mediacatalog.articles.mentions.values import PlaceValue

if TYPE_CHECKING:
    from mediacatalog.articles.mentions.gazetteer import Gazetteer, Place
    from mediacatalog.articles.mentions.tokens import Token
    from mediacatalog.articles.mentions.vocabulary import Own

LONGEST_NAME = 5
SHORT_TEXT = 4
"""Words; a text of no more may be nothing but a name."""
VILLAGE, TOWN, CITY = 2000, 15_000, 100_000
"""People: what is smaller needs a word that tells of a place, or a neighbour."""

PARTICLES = frozenset(
    "of de del della la le les el al the ez az ash as ar an ad at es er us en na nad on upon sur "
    "am di da do dos das "
    "abu um ibn аль эль эз эш эр эс ан ас аш ар ад на".split()
)
LOCATIVE = frozenset(
    "in near at from outside around towards toward into inside throughout across through reached "
    "entered "
    "в во под из близ около возле у над к "
    "في من الي قرب نحو باتجاه بين داخل خارج شمال جنوب شرق غرب شرقي غربي شمالي جنوبي وسط علي".split()
)
BEFORE = {
    word: kind
    for kind, words in {
        "settlement": "city town village settlement suburb port camp город города городе городом "
        "село села селе поселок "
        "деревня مدينه بلده قريه مخيم ضاحيه المدينه البلده مدن",
        "province": "province governorate region oblast провинция провинции область области "
        "محافظه ريف اقليم ولايه بمحافظه",
        "district": "district subdistrict neighbourhood neighborhood район районе района قضا "
        "ناحيه منطقه حي منطقه",
        "river": "river река реки نهر",
        "crossing": "معبر مطار حاجز",
    }.items()
    for word in words.split()
}
AFTER = {
    "province": "province", "governorate": "province", "oblast": "province", "region": "province",
    "countryside": "province", "state": "province", "провинция": "province",
    "провинции": "province",
    "district": "district", "subdistrict": "district", "city": "settlement", "town": "settlement",
    "village": "settlement", "airport": "settlement", "airbase": "settlement",
    "suburb": "settlement",
    "camp": "settlement", "border": "settlement", "river": "river",
}  # fmt: skip
FACING = frozenset(
    "northern southern eastern western central north south east west greater old downtown upper "
    "lower inner rural "
    "northwestern northeastern southwestern southeastern mount port lake fort camp city near "
    "северный южный восточный западный".split()
)
NAMES_AFTER = frozenset(
    "university airport international hospital district province governorate region".split()
)
NO_PLACE_AFTER = frozenset(
    "united post times herald tribune gazette fc rovers wanderers hotspur accord accords agreement "
    "declaration protocol convention".split()
)
MONTHS = frozenset(
    "may march april june july august september october november december january february "
    "mars mai juni juli".split()
)
SHORT_COUNTRIES = frozenset(
    ("US", "USA", "UK", "UAE", "DRC", "КНР", "США", "РФ", "ОАЭ", "ФРГ", "ЮАР", "ЦАР")
)
_GENITIVE = re.compile(r"['’]s$")
_ARABIC_PREFIX = re.compile("[وف]?(?:[وفبك]ال|لل)(?=..)|[وف]?[وفبلك](?=..)")


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text; the choices are unordered."""

    start: int
    end: int
    choices: tuple[PlaceValue, ...]
    people: dict[int, int]
    """Inhabitants by GeoNames id, for the choice."""
    sure: float
    own: bool
    kind: str | None
    """What the words around call it: `province`, `river`…"""
    regions: dict[int, str]
    """GeoNames' code of the first division, by id."""
    within: PlaceValue | None = None
    """The country or state that follows it: "Tripoli, Lebanon"."""


class Finder:
    """Goes through the words of one text once; the longest name at a place is taken."""

    def __init__(self, tokens: list[Token], gazetteer: Gazetteer, text: str) -> None:
        self._tokens, self._gazetteer, self._text = tokens, gazetteer, text
        self._lower = {one.folded for one in tokens if not one.capital and script(one) != "arabic"}
        self._alone = len(tokens) <= SHORT_TEXT
        self._asked: dict[str, tuple[PlaceValue, ...]] = {}
        self._people: dict[int, int] = {}
        self._regions: dict[int, str] = {}

    def find(self) -> list[Found]:
        found: list[Found] = []
        at = 0
        while at < len(self._tokens):
            one, used = self._at(at)
            if one is not None:
                found.append(one)
            at += max(1, used)
        return found

    def _at(self, at: int) -> tuple[Found | None, int]:
        first = self._tokens[at]
        arabic = script(first) == "arabic"
        if not arabic and not first.capital and first.folded not in PARTICLES:
            return None, 1
        for count in range(self._reach(at, arabic=arabic), 0, -1):
            words = self._tokens[at : at + count]
            if not arabic and not self._begins_and_ends(words):
                continue
            one = self._arabic(at, words) if arabic else self._capital(at, words)
            if one is not None:
                return one, count
        return None, 1

    def _reach(self, at: int, *, arabic: bool) -> int:
        count = 1
        while count < LONGEST_NAME and at + count < len(self._tokens):
            word = self._tokens[at + count]
            if not word.joined or word.opens:
                break
            if not arabic and not (word.capital or word.folded in PARTICLES or word.hyphened):
                break
            count += 1
        return count

    @staticmethod
    def _begins_and_ends(words: list[Token]) -> bool:
        first, last = words[0], words[-1]
        if len(words) == 1:
            return first.capital
        article = words[1].hyphened or (first.folded in {"al", "el"} and words[1].capital)
        return (first.capital or article) and (last.capital or last.hyphened)

    def _capital(self, at: int, words: list[Token]) -> Found | None:
        start, end = words[0].start, words[-1].end
        surface = self._text[start:end]
        if genitive := _GENITIVE.search(surface):
            surface, end = surface[: genitive.start()], end - len(genitive[0])
        name = spelling.key(surface)
        if _no_name(name, surface):
            return None
        before, after = self._word(at - 1), self._word(at + len(words))
        kind = self._kind(at, before, after)
        within = self._within(at + len(words))
        cue = within is not None or kind is not None or self._cue(at, before)
        owns = self._own(name, words)
        choices = (*owns, *self._listed(name, words))
        listed = bool(choices)
        choices = choices or self._heard(name, words, cue=cue)
        if not choices or (not owns and self._is_acronym(surface)):
            return None
        own = bool(owns) or any(one.geonames_id is None or one.score for one in choices)
        sure = self._sure(words, choices, cue=cue, own=own, before=before, after=after)
        if not listed:
            sure -= 0.15
        if sure < 0.45:
            return None
        return Found(start, end, choices, self._people, sure, own, kind, self._regions, within)

    def _is_acronym(self, surface: str) -> bool:
        """SAMS, UNICEF: a single word in capitals, where the text isn't all in capitals."""
        return bool(self._lower) and surface.isupper() and surface.isalpha() and len(surface) <= 6

    def _word(self, at: int) -> Token | None:
        return self._tokens[at] if 0 <= at < len(self._tokens) else None

    def _kind(self, at: int, before: Token | None, after: Token | None) -> str | None:
        if after is not None and after.joined and after.folded in AFTER:
            return AFTER[after.folded]
        if before is not None and self._tokens[at].joined:
            if before.folded in {"of", "the"} and at > 1:
                before = self._tokens[at - 2]
            return BEFORE.get(before.folded)
        return None

    def _cue(self, at: int, before: Token | None) -> bool:
        first = self._tokens[at]
        if before is not None and first.joined:
            word = before
            if word.folded in {"the", *FACING} and at > 1 and before.joined:
                word = self._tokens[at - 2]
            if word.folded in LOCATIVE or (before.folded in FACING):
                return True
        return False

    def _within(self, place: int) -> PlaceValue | None:
        """The country or state in "Nice, France", which tells that Nice is a town, and which."""
        after = self._word(place)
        if after is None or after.joined:
            return None
        gap = self._text[self._tokens[place - 1].end : after.start].strip(" ")
        if gap[-1:] not in {",", "(", "،"}:
            return None
        for count in (3, 2, 1):
            words = self._tokens[place : place + count]
            if any(not word.joined for word in words[1:]):
                continue
            name = spelling.key(self._text[words[0].start : words[-1].end])
            for form in self._forms(name, words):
                for own in vocabulary.own_places().get(form, ()):
                    if own.value.type in {"country", "province"}:
                        return own.value
        return None

    def _sure(
        self,
        words: list[Token],
        choices: tuple[PlaceValue, ...],
        *,
        cue: bool,
        own: bool,
        before: Token | None,
        after: Token | None,
    ) -> float:
        first, single = words[0], len(words) == 1
        name = first.folded
        people = max((self._people.get(one.geonames_id or 0, 0) for one in choices), default=0)
        country = any(one.type == "country" for one in choices)
        sure = 0.9 if own else 0.55
        if not own:
            sure += 0.15 if people >= CITY else 0.0
            sure += 0.1 if people >= 10 * CITY else 0.0
            sure += 0.1 if not single else 0.0
        sure += 0.2 if cue else 0.0
        if single and name in FACING and after is not None and after.joined and after.capital:
            return 0.0  # North, which Utah has, before Sinai
        if single and not country:
            ordinary = name in vocabulary.ordinary() or (name in self._lower and not own)
            if ordinary and not (cue and not first.opens and people >= TOWN):
                return 0.0
            sure -= 0.25 if ordinary else 0.0
            if name in vocabulary.given_names() and not own:
                sure -= 0.4
        if not own and not cue and not self._alone:
            if people < TOWN:
                sure -= 0.2  # a neighbour may lift it again
            if first.opens and single and people < CITY:
                sure -= 0.25
        elif not own and self._alone and not cue and people < 2000:
            sure -= 0.05
        return min(0.97, sure - self._within_a_name(words, before, after, cue=cue))

    def _within_a_name(
        self, words: list[Token], before: Token | None, after: Token | None, *, cue: bool
    ) -> float:
        """How much speaks for a longer name that isn't a place: Paris Hilton, Sergei Kirov."""
        loss = 0.0
        if after is not None and after.hyphened and not after.capital:
            return 0.6  # "US-backed" describes
        if before is not None and words[0].joined and before.capital and not words[0].hyphened:
            plain = before.folded in FACING or before.folded in vocabulary.adjectives()
            plain = plain or before.folded in BEFORE or before.folded in AFTER
            plain = plain or before.opens or before.folded in LOCATIVE
            plain = plain or _GENITIVE.search(before.raw) is not None
            if not plain and not vocabulary.own_places().get(before.folded):
                loss = 0.5
            if before.folded in vocabulary.given_names():
                loss = 0.6
        if after is not None and after.joined and after.capital and after.folded not in NAMES_AFTER:
            if after.folded in NO_PLACE_AFTER:
                return 0.6
            known = (
                after.folded in AFTER
                or after.folded in vocabulary.adjectives()
                or after.folded in MONTHS
            )
            if not known and not vocabulary.own_places().get(after.folded):
                loss = max(loss, 0.25 if cue else 0.4)
        if words[0].hyphened or (after is not None and after.hyphened):
            loss = max(loss, 0.35 if not self._listed(words[0].folded, words) else 0.1)
        return loss

    # --- what a name may mean -----------------------------------------------------------------

    def _own(self, name: str, words: list[Token]) -> tuple[PlaceValue, ...]:
        for one in self._forms(name, words):
            if owns := vocabulary.own_places().get(one):
                return tuple(self._located(own) for own in owns)
        return ()

    def _listed(self, name: str, words: list[Token]) -> tuple[PlaceValue, ...]:
        if name not in self._asked:
            found: dict[int, Place] = {}
            for one in self._forms(name, words):
                places = self._gazetteer.named(one)
                found.update({place.id: place for place in places})
                if places and one in {name, name.replace(" ", "")}:
                    break  # exactly so written: endings are not tried
            self._asked[name] = tuple(self._value(place) for place in found.values())
        return self._asked[name]

    @staticmethod
    def _forms(name: str, words: list[Token]) -> list[str]:
        forms = [name, spelling.bare(name)]
        kind = script(words[0])
        if kind == "arabic":
            forms += [name.replace(" ", "")]
        elif kind == "cyrillic":
            forms += spelling.nominatives(name)
        return list(dict.fromkeys(form for form in forms if len(form) > 1))

    def _heard(self, name: str, words: list[Token], *, cue: bool) -> tuple[PlaceValue, ...]:
        """By sound, and for names with an article by consonants: spellings that no list has."""
        for form in [name, *(spelling.nominatives(name) if script(words[0]) == "cyrillic" else ())]:
            heard = spelling.sound(form)
            if len(heard) < vocabulary.LEAST_SOUND or form in vocabulary.ordinary():
                continue
            if owns := vocabulary.own_sounds().get(heard):
                return tuple(self._located(own) for own in owns)
            article = spelling.has_article(form)
            if not (article or cue or self._alone) or len(heard) < 5:
                continue
            least = VILLAGE if article else TOWN
            places = [one for one in self._gazetteer.sounding(heard) if one.people >= least]
            if not places and article and (consonants := spelling.bones(heard)):
                places = [
                    one
                    for one in self._gazetteer.with_bones(consonants)
                    if len(consonants) >= 4 and one.people >= TOWN and _close(heard, one.name)
                ]
            if places:
                return tuple(self._value(one) for one in places)
        return ()

    def _value(self, place: Place) -> PlaceValue:
        self._people[place.id], self._regions[place.id] = place.people, place.region
        return PlaceValue(place.id, place.name, place.lat, place.lon, place.country)

    def _located(self, own: Own) -> PlaceValue:
        """A place of our file with the gazetteer's id and point; the score marks it ours."""
        value = own.value
        place = None
        if own.seat.isdigit():
            place = self._gazetteer.place(int(own.seat))
        elif own.seat:
            named = self._gazetteer.named(spelling.key(own.seat))
            place = next((one for one in named if one.country == value.country), None)
        if place is None:
            number, lat, lon = value.geonames_id, value.lat, value.lon
        else:
            number, lat, lon = place.id, place.lat, place.lon
            self._people[place.id], self._regions[place.id] = place.people, place.region
        area = value.type != "settlement" and lat is not None
        return PlaceValue(
            number,
            value.name,
            lat,
            lon,
            value.country,
            value.type,
            score=1.0,
            approximate=value.approximate or area,
        )

    # --- Arabic: no capitals -------------------------------------------------------------------

    def _arabic(self, at: int, words: list[Token]) -> Found | None:
        if len(words) > 4 or len(words[-1].folded) < 2 or len(words[0].folded) < 2:
            return None
        if len(words) == 1 and len(words[0].folded) < 3:
            return None
        name = spelling.key(self._text[words[0].start : words[-1].end])
        before = self._word(at - 1) if words[0].joined else None
        cue = before is not None and before.folded in LOCATIVE
        kind = BEFORE.get(before.folded) if before is not None else None
        if kind is None and before is not None and before.folded.startswith(("ب", "و", "ل")):
            kind = BEFORE.get(before.folded[1:])
        for form, cut in self._arabic_forms(name):
            found = self._arabic_form(
                form, words, cue=cue or kind is not None or cut > 0, kind=kind, cut=cut
            )
            if found is not None:
                return found
        return None

    @staticmethod
    def _arabic_forms(name: str) -> list[tuple[str, int]]:
        """The name, and without a preposition written to it; with the letters cut off."""
        forms = [(name, 0)]
        if prefix := _ARABIC_PREFIX.match(name):
            rest = name[prefix.end() :]
            if prefix[0].endswith("ال"):
                forms.append((f"ال{rest}", len(prefix[0]) - 2))
            elif prefix[0].endswith("لل"):
                forms.append((f"ال{rest}", len(prefix[0])))
            else:
                forms += [(name[1:], 1)] if len(prefix[0]) > 1 else []
                forms.append((rest, len(prefix[0])))
        return forms

    def _arabic_form(
        self, name: str, words: list[Token], *, cue: bool, kind: str | None, cut: int
    ) -> Found | None:
        single = " " not in name
        owns = self._own(name, words)
        ordinary = single and name in vocabulary.ordinary()
        choices = (*owns, *self._listed(name, words))
        if not choices:
            return None
        people = max((self._people.get(one.geonames_id or 0, 0) for one in choices), default=0)
        heard = any(one.country in HEARD for one in choices)
        adjective = name in vocabulary.adjectives()
        if adjective and (name.startswith("ال") or not cue):
            return None
        if owns:
            sure = 0.9
            if single and ordinary and not cue and not self._alone:
                return None
        elif ordinary:
            sure = 0.7 if kind in {"settlement", "province", "district"} and people >= 5000 else 0.0
        elif cut:
            sure = 0.55 if single and heard and people >= CITY and len(name) >= 4 else 0.0
        elif kind is not None:
            sure = 0.8
        elif cue:
            sure = 0.65 if heard and people >= TOWN and len(name) >= 4 else 0.3
        else:
            known = people >= 300_000 and len(name) >= 4
            known = known or (not single and people >= 5000) or self._alone
            sure = 0.55 if known and heard else 0.0
        if sure < 0.45:
            return None
        return Found(
            words[0].start + cut,
            words[-1].end,
            choices,
            self._people,
            sure,
            bool(owns),
            kind,
            self._regions,
        )


def _no_name(name: str, surface: str) -> bool:
    """What is no name whatever stands around it: numbers, adjectives, months, acronyms."""
    if not name or name.isdigit() or name in MONTHS or name in vocabulary.adjectives():
        return True
    if surface.isupper() and len(surface) <= 3:
        return surface not in SHORT_COUNTRIES
    return name == "us"


def _close(heard: str, name: str) -> bool:
    """Whether two sounds of the same consonants differ in one vowel at most."""
    other = spelling.sound(spelling.key(name))
    if len(other) != len(heard):
        return False
    return sum(one != two for one, two in zip(heard, other, strict=True)) <= 1
