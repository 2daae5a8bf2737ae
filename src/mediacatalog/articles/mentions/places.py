"""Which of its namesakes a place is: decided by the countries and places that a text names."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import gazetteer, vocabulary
from mediacatalog.articles.mentions.place_names import TOWN, Finder, Found
from mediacatalog.articles.mentions.spelling import key, nominatives
from mediacatalog.articles.mentions.values import Mention, PlaceValue

if TYPE_CHECKING:
    from mediacatalog.articles.mentions.tokens import Token

MOST_ALTERNATIVES = 4
LEAST_SUPPORT = 0.6
"""How sure a name must be to speak for its country."""
MILLION = 1_000_000
NEAR_KM = 200.0
EARTH_KM = 6371.0
MOST_ANCHORS = 60
"""Places that distances are reckoned from; the first of a text, so that the cost is linear."""


def find(
    text: str, tokens: list[Token], taken: list[tuple[int, int]], dateline_end: int = 0
) -> list[Mention]:
    """Places in order, outside of `taken` spans (in order); the best meaning with its rivals."""
    found = _outside(Finder(tokens, gazetteer.load(), text).find(), taken)
    support = _support(tokens, found)
    anchors = [one.choices[0] for one in found if len({c.geonames_id for c in one.choices}) == 1][
        :MOST_ANCHORS
    ]
    mentions: list[Mention] = []
    chosen: dict[tuple[str, ...], tuple[PlaceValue, float]] = {}
    for one in found:
        # A name means the same throughout a text, unless "Tripoli, Libya" says otherwise.
        name = (key(text[one.start : one.end]), one.kind or "")
        told = (*name, one.within.name) if one.within else name
        if told not in chosen:
            chosen[told] = _choose(one, support, anchors)
            chosen.setdefault(name, chosen[told])
        value, margin = chosen[told]
        sure = one.sure * margin
        if not one.own and one.people.get(value.geonames_id or 0, 0) < TOWN and one.sure < 0.6:
            sure += 0.1 if support.get(value.country or "", 0) > 0.2 else -0.2
        if sure < 0.35:
            continue
        if one.end <= dateline_end:
            value = replace(value, role="dateline")
        surface = text[one.start : one.end]
        mentions.append(
            Mention("place", surface, one.start, one.end, value, round(min(sure, 0.97), 2))
        )
    return mentions


def _outside(found: list[Found], taken: list[tuple[int, int]]) -> list[Found]:
    kept: list[Found] = []
    at = 0
    for one in found:
        while at < len(taken) and taken[at][1] <= one.start:
            at += 1
        if at == len(taken) or taken[at][0] >= one.end:
            kept.append(one)
    return kept


def _support(tokens: list[Token], found: list[Found]) -> dict[str, float]:
    """How much a text speaks of each country, 0 to 1: by its name, its adjective, its places."""
    counts: Counter[str] = Counter()
    adjectives = vocabulary.adjectives()
    for token in tokens:
        country = adjectives.get(token.folded) or next(
            (adjectives[one] for one in nominatives(token.folded)[:4] if one in adjectives), None
        )
        if country:
            counts[country] += 1
    for one in found:
        if one.sure < LEAST_SUPPORT:
            continue
        # Lebanon is a country before it is a town of Pennsylvania.
        countries = (
            {choice.country for choice in one.choices if choice.type == "country"}
            or {
                choice.country
                for choice in one.choices
                if choice.score or one.people.get(choice.geonames_id or 0, 0) >= TOWN
            }
            or {choice.country for choice in one.choices}
        )
        if len(countries) == 1 and (country := countries.pop()):
            counts[country] += 1
    most = max(counts.values(), default=0)
    return {country: count / most for country, count in counts.items()}


def _choose(
    one: Found, support: dict[str, float], anchors: list[PlaceValue]
) -> tuple[PlaceValue, float]:
    """The likeliest with its rivals, and 0.6 to 1 for how far it is ahead."""
    scored: dict[tuple[int | None, str], tuple[float, PlaceValue]] = {}
    for choice in one.choices:
        score = _score(choice, one, support, anchors)
        identity = (choice.geonames_id, choice.type if choice.geonames_id else choice.name)
        if identity not in scored or scored[identity][0] < score:
            scored[identity] = (score, choice)
    ranked = sorted(scored.values(), key=lambda pair: -pair[0])
    total = sum(math.exp(3 * score) for score, _ in ranked)
    shares = [math.exp(3 * score) / total for score, _ in ranked]
    best = ranked[0][1]
    kind = best.type
    if one.kind in {"province", "district", "river"} and kind == "settlement":
        kind = one.kind
    rivals = tuple(
        replace(choice, score=round(share, 3))
        for (_, choice), share in zip(ranked[1:], shares[1:], strict=True)
        if choice.geonames_id != best.geonames_id or choice.geonames_id is None
    )[:MOST_ALTERNATIVES]
    same = sum(
        share
        for (_, choice), share in zip(ranked, shares, strict=True)
        if choice.geonames_id is not None and choice.geonames_id == best.geonames_id
    )
    share = max(shares[0], same)
    value = replace(best, type=kind, score=round(share, 3), alternatives=rivals)
    return value, 0.6 + 0.4 * share


def _score(
    choice: PlaceValue, one: Found, support: dict[str, float], anchors: list[PlaceValue]
) -> float:
    people = one.people.get(choice.geonames_id or 0, 0)
    score = math.log10(people + 10) / 7
    score += 0.25 if people >= MILLION else 0.0
    score += 0.45 * support.get(choice.country or "", 0.0)
    if choice.score:  # from our own file
        score += 0.15 if people else 0.7
        score -= 0.3 if choice.type == "province" and people else 0.0
    if choice.type == "country":
        score += 1.0
    if one.kind == choice.type:
        score += 0.6
    if one.within is not None and one.within.country == choice.country:
        state = vocabulary.states().get(key(one.within.name))
        score += 1.5 if state is None or one.regions.get(choice.geonames_id or 0) == state else 0.2
    return score + 0.4 * _nearness(choice, anchors)


def _nearness(choice: PlaceValue, anchors: list[PlaceValue]) -> float:
    others = [one for one in anchors if one.geonames_id != choice.geonames_id]
    if choice.lat is None or not others:
        return 0.0
    return max(math.exp(-_kilometres(choice, one) / NEAR_KM) for one in others)


def _kilometres(one: PlaceValue, two: PlaceValue) -> float:
    """Along a great circle (haversine); far where a place has no point."""
    if one.lat is None or one.lon is None or two.lat is None or two.lon is None:
        return math.inf
    lat_1, lat_2 = math.radians(one.lat), math.radians(two.lat)
    half = (
        math.sin((lat_2 - lat_1) / 2) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin(math.radians(two.lon - one.lon) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
