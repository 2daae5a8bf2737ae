"""schema.org facts of a page: JSON-LD, also when it is broken, nested or wrapped in comments."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_SCRIPT = 2_000_000
MAX_NODES = 20_000
_STORIES = re.compile(
    r"(?:\w*NewsArticle|Article|BlogPosting|Report|LiveBlogPosting|ScholarlyArticle|"
    r"SocialMediaPosting|WebPage)"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_PLAIN_FIELD = re.compile(
    r'"(headline|datePublished|articleBody|embedUrl|contentUrl|inLanguage|@type|uploadDate)"\s*:\s*'
    r'"((?:[^"\\\n]|\\.){1,200000})"'
)


@dataclass(frozen=True, slots=True)
class Schema:
    """Objects of a page by what they describe, in order; unchecked values inside."""

    stories: list[dict[str, Any]] = field(default_factory=list)
    videos: list[dict[str, Any]] = field(default_factory=list)


def read(scripts: Iterable[str]) -> Schema:
    """Stories and videos of the texts of `application/ld+json` scripts."""
    found = Schema()
    for script in scripts:
        if len(script) > MAX_SCRIPT:
            continue
        for node in _objects(_loaded(script)):
            kinds = node.get("@type")
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                if not isinstance(kind, str):
                    continue
                name = kind.rsplit("/", 1)[-1]
                if name in ("VideoObject", "Clip", "Movie"):
                    found.videos.append(node)
                elif _STORIES.fullmatch(name):
                    found.stories.append(node)
    found.stories.sort(key=lambda node: "WebPage" in str(node.get("@type")))
    return found


def _loaded(script: str) -> Any:  # noqa: ANN401 - foreign JSON
    text = re.sub(r"^\s*(?://)?\s*(?:<!--|<!\[CDATA\[)|(?://)?\s*(?:-->|\]\]>)\s*$", "", script)
    text = text.strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text), html.unescape(text)):
        try:
            return json.loads(attempt, strict=False)
        except RecursionError:
            return None
        except ValueError:
            continue
    try:
        # Two objects after each other, or rubbish after the first one.
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return _by_pattern(text)


def _by_pattern(text: str) -> dict[str, str]:
    """The few fields that matter, out of JSON that no parser takes."""
    fields: dict[str, str] = {}
    for found in _PLAIN_FIELD.finditer(text):
        try:
            fields.setdefault(found[1], json.loads(f'"{found[2]}"', strict=False))
        except ValueError:
            continue
    return fields


def _objects(root: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - foreign JSON
    """Every object, outermost first, in the order of the document."""
    waiting, seen = [root], 0
    while waiting and seen < MAX_NODES:
        node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))


def names(value: Any) -> list[str]:  # noqa: ANN401 - foreign JSON
    """Names of persons or organisations, given as text, as objects or as a list of these."""
    found: list[str] = []
    for one in value[:20] if isinstance(value, list) else [value]:
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, list):
            name = name[0] if name else None
        if isinstance(name, str) and name.strip():
            found.append(name)
    return found
