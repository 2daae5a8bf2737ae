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
_LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*$", re.MULTILINE)
_WRAPPINGS = (("//", ""), ("<!--", "-->"), ("<![CDATA[", "]]>"), ("//", "//"))
"""What scripts were put into for the browsers of old, outermost first."""
_PLAIN_FIELD = re.compile(
    r'"(headline|datePublished|dateModified|articleBody|embedUrl|contentUrl|inLanguage|@type|'
    r'uploadDate|name|url)"\s*:\s*'
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
    text = _unwrapped(script)
    mended = _TRAILING_COMMA.sub(r"\1", text)
    bare = _TRAILING_COMMA.sub(r"\1", _without_comments(text))
    for attempt in (text, mended, bare, html.unescape(mended)):
        try:
            return json.loads(attempt, strict=False)
        except RecursionError:
            return None
        except ValueError:
            continue
    return _one_after_another(mended) or _by_pattern(text)


def _unwrapped(script: str) -> str:
    text = script.strip()
    for opening, closing in _WRAPPINGS:
        text = text.removeprefix(opening).removesuffix(closing).strip()
    return text.rstrip("; \n")


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        parts.append(text[at:start])
        at = end + 2
    return _LINE_COMMENT.sub("", "".join([*parts, text[at:]]))


def _one_after_another(text: str) -> list[Any]:
    """Objects that only follow each other, as far as they can be read."""
    decoder, found, at = json.JSONDecoder(strict=False), list[Any](), 0
    while len(found) < 100 and (start := text.find("{", at)) >= 0:
        try:
            one, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        found.append(one)
    return found


def _by_pattern(text: str) -> list[dict[str, str]]:
    """The few fields that matter, out of JSON that no parser takes.

    A type opens an object, as most sites write it; fields before the first type belong to it.
    """
    nodes: list[dict[str, str]] = [{}]
    for found in _PLAIN_FIELD.finditer(text):
        try:
            value = json.loads(f'"{found[2]}"', strict=False)
        except ValueError:
            continue
        if found[1] == "@type" and "@type" in nodes[-1]:
            if len(nodes) >= 200:
                break
            nodes.append({})
        nodes[-1].setdefault(found[1], value)
    return nodes


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
