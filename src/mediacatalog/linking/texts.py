"""What is said of a clip, and in it, against a story's text: phrases, rare names, rare words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mediacatalog.linking import keys
from mediacatalog.linking.reasons import Reason

if TYPE_CHECKING:
    from mediacatalog.linking.facts import ClipFacts, Rarity, Story, Token

GRAM = 4
"""Words of the shortest phrase that counts."""
SURE_RUN = 12
"""So many words in a row are a quotation."""


def compare(clip: ClipFacts, story: Story, rarity: Rarity | None) -> list[Reason]:
    found: list[Reason] = []
    if clip.tokens and story.tokens:
        found += _by_phrase(clip.tokens, story, rarity)
        found += _by_words(clip.tokens, story, rarity)
    return found + _by_names(clip, story)


def _by_phrase(said: list[Token], story: Story, rarity: Rarity | None) -> list[Reason]:
    """The longest run of words that both have, without regard to case, marks and articles."""
    own, text = [one.text for one in said], [one.text for one in story.tokens]
    places: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(text) - GRAM + 1):
        places.setdefault(tuple(text[at : at + GRAM]), []).append(at)
    best, best_at, at = 0, 0, 0
    while at + GRAM <= len(own):
        length = 0
        for there in places.get(tuple(own[at : at + GRAM]), ())[:8]:
            length = GRAM
            while (
                at + length < len(own)
                and there + length < len(text)
                and own[at + length] == text[there + length]
            ):
                length += 1
            if length > best:
                best, best_at = length, there
        at += max(1, length - GRAM + 1)
    strength = min(1.0, (best - GRAM + 1) / (SURE_RUN - GRAM + 1)) if best else 0.0
    if rarity is not None and best:
        grams = keys.shingles(text[best_at : best_at + best])
        others = min((rarity(one) for one in grams), default=0)
        strength -= 0.2 * math.log(max(1, others))  # many stories quote it: any may be meant
    if strength <= 0.1:
        return []
    start, end = story.tokens[best_at].start, story.tokens[best_at + best - 1].end
    quoted = story.article.text[start:end].replace("\n", " ")
    detail = f"{best} words in a row are the same: “{_cut(quoted)}”"
    return [Reason("same phrase", detail, round(strength, 2), start, end)]


def _by_words(said: list[Token], story: Story, rarity: Rarity | None) -> list[Reason]:
    """The share of the clip's rare words that the story has, each weighed by its rarity."""
    if rarity is None:
        return []
    there: dict[str, Token] = {}
    for one in story.tokens:
        there.setdefault(one.text, one)
    rarities = {
        one.text: keys.COMMON - rarity(keys.word(one.text))
        for one in said
        if keys.is_telling_word(one.text)
    }
    weights = {word: math.sqrt(rare) for word, rare in rarities.items() if rare > 0}
    total = sum(weights.values())
    common = sorted((one for one in weights if one in there), key=lambda one: -weights[one])
    share = sum(weights[one] for one in common) / total if total else 0.0
    if len(common) < 4 or share < 0.4:
        return []
    strength = min(1.0, (share - 0.3) * min(1.0, len(common) / 10) * 1.6)
    first = there[common[0]]
    detail = f"{len(common)} rare words are in both: {', '.join(common[:8])}"
    return [Reason("rare words", detail, round(strength, 2), first.start, first.end)]


def _by_names(clip: ClipFacts, story: Story) -> list[Reason]:
    """Places, people and groups that both name, in whatever language and spelling."""
    places = {key: one for key, one in story.named.places.items() if key in clip.named.places}
    actors = {key: one for key, one in story.named.actors.items() if key in clip.named.actors}
    shared = [(one.telling, one.name, one.start, one.end) for one in places.values()]
    shared += [(telling, name, start, end) for name, telling, start, end in actors.values()]
    shared.sort(key=lambda one: -one[0])
    strength = 1 - math.exp(-sum(telling for telling, *_ in shared))
    if strength < 0.15:
        return []
    _, _, start, end = shared[0]
    names = ", ".join(dict.fromkeys(name for _, name, *_ in shared[:8]))
    return [Reason("shared names", f"both name {names}", round(strength, 2), start, end)]


def _cut(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[:most].rstrip() + "…"
