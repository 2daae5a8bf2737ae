"""Where and when a clip was made against the places and days that a story names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from mediacatalog.earth import kilometres
from mediacatalog.linking.reasons import Reason

if TYPE_CHECKING:
    from mediacatalog.linking.facts import ClipFacts, NamedDay, NamedPlace, Story

NEAR_KM = 12.0
"""A clip that was shot so near to a place may be of it."""
LEAD = 1500
"""Characters: what a story names later is mostly not its own event."""
ONE_DAY = timedelta(days=1)
"""A camera's clock and a writer's day may differ by a time zone."""


def compare(clip: ClipFacts, story: Story) -> list[Reason]:
    """A named day, the time of publication, a place nearby; day and place together say more."""
    found: list[Reason] = []
    dated = _named_day(clip, story)
    if dated:
        found.append(dated)
    elif (published := _published(clip, story)) is not None:
        found.append(published)
    located = _nearby(clip, story)
    if located:
        found.append(located)
    told = any(
        one in clip.named.places and place.telling >= 0.3
        for one, place in story.named.places.items()
    )
    if dated and (located or told):
        detail = "the place and the day are both those of the story"
        found.append(Reason("place and day", detail, dated.strength, dated.start, dated.end))
    return found


def _named_day(clip: ClipFacts, story: Story) -> Reason | None:
    exact = [one for one in clip.named.days if one.first == one.last]
    own = [(how, day, 0.8) for how, day in clip.days]
    own += [("speaks of", one.first, 0.6) for one in exact]
    best: tuple[float, str, date, NamedDay] | None = None
    for how, day, sure in own:
        for named in story.named.days:
            length = (named.last - named.first).days
            if length > 31:
                continue
            if named.first <= day <= named.last:
                fit = 1.0 if length < 2 else 0.6 if length < 8 else 0.3
            elif named.first - ONE_DAY <= day <= named.last + ONE_DAY and length < 2:
                fit = 0.5
            else:
                continue
            fit *= named.sure if named.start < LEAD else named.sure * 0.5
            if best is None or fit * sure > best[0]:
                best = (fit * sure, how, day, named)
    if best is None:
        return None
    strength, how, day, named = best
    words = story.article.text[named.start : named.end].replace("\n", " ")
    detail = f"the clip {how} {day}, the story names {words}"
    return Reason("named day", detail, round(strength, 2), named.start, named.end)


def _published(clip: ClipFacts, story: Story) -> Reason | None:
    try:
        published = date.fromisoformat((story.article.published or "")[:10])
    except ValueError:
        return None
    for how, day in clip.days:
        if -1 <= (published - day).days <= 14:
            detail = f"the clip {how} {day}, the story was published on {published}"
            return Reason("published soon after", detail)
    return None


def _nearby(clip: ClipFacts, story: Story) -> Reason | None:
    if clip.location is None:
        return None
    near: list[tuple[float, float, NamedPlace]] = []
    for place in story.named.places.values():
        if place.lat is None or place.lon is None or not place.telling:
            continue
        away = kilometres(clip.location, (place.lat, place.lon))
        if away <= NEAR_KM:
            near.append((max(0.3, place.telling) * (1.0 if away < 5 else 0.7), away, place))
    if not near:
        return None
    strength, away, place = max(near, key=lambda one: one[0])
    detail = f"the clip was shot {away:.0f} km from {place.name}, which the story names"
    return Reason("shot near", detail, round(strength, 2), place.start, place.end)
