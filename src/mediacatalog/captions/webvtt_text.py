"""The text of a WebVTT cue: tokens and tree, as the W3C describes them.

https://www.w3.org/TR/webvtt1/#cue-text-parsing-rules
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediacatalog.captions.gathering import MARK, milliseconds, placed, resolve, tidy
from mediacatalog.text.languages import bcp47

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.values import Ms

# The tokenizer leaves a tag at the next `>` or at the end, whatever else stands in it.
_TAG = re.compile(r"<([^>]*)(?:>|\Z)")
_START = re.compile(r"([^ \t\n\f.]*)((?:\.[^ \t\n\f.]*)*)(?:[ \t\n\f](.*))?", re.DOTALL)
_TIME = re.compile(r"(?:([0-9]+):)?([0-9]{2}):([0-9]{2})\.([0-9]{3})(?![0-9])")
_NAMES = frozenset({"c", "i", "b", "u", "ruby", "rt", "v", "lang"})
MAX_DEPTH = 100
"""Elements within elements; deeper ones are read as if their tags weren't there."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The text after it is spoken from here on."""

    ms: Ms


@dataclass(frozen=True, slots=True)
class Node:
    """An element of a cue's text; `name` is empty for the whole text."""

    name: str = ""
    classes: tuple[str, ...] = ()
    annotation: str = ""
    """The speaker of `v`, the language of `lang`."""
    children: list[Node | Timestamp | str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spoken:
    text: str
    """Plain: lines joined by a newline, without empty ones."""
    speaker: str | None
    """Every voice, joined by ` / `."""
    language: str | None
    """BCP 47, if all of the text is marked with one."""
    words: tuple[tuple[int, int], ...] = ()
    """As in `values.Cue`."""


def time(text: str, at: int = 0) -> tuple[Ms, int] | None:
    """A time stamp and where it ends, or None for anything else ("collect a WebVTT timestamp")."""
    found = _TIME.match(text, at)
    if found is None or int(found[2]) > 59 or int(found[3]) > 59:
        return None
    # Hours beyond any clip stay large: the digits that count are the first ones.
    hours = int((found[1] or "0").lstrip("0")[:12] or "0")
    return milliseconds(hours, int(found[2]), int(found[3]), found[4]), found.end()


def tree(text: str) -> Node:
    root = Node()
    path = [root]
    end = 0
    for tag in _TAG.finditer(text):
        if text[end : tag.start()]:
            path[-1].children.append(resolve(text[end : tag.start()]))
        end = tag.end()
        inner = tag[1]
        if inner.startswith("/"):
            _close(path, inner[1:])
        elif "0" <= inner[:1] <= "9":
            moment = time(inner)
            if moment and moment[1] == len(inner):
                path[-1].children.append(Timestamp(moment[0]))
        else:
            _open(path, inner)
    if text[end:]:
        path[-1].children.append(resolve(text[end:]))
    return root


def spoken(text: str) -> Spoken:
    if "<" not in text:
        return Spoken(tidy(resolve(text)), None, None)
    parts: list[str] = []
    voices: dict[str, None] = {}
    languages: set[str] = set()
    times: list[int] = []
    for part, above in _texts(tree(text), ()):
        if isinstance(part, Timestamp):
            times.append(part.ms)
            parts.append(MARK)
            continue
        parts.append(part.replace(MARK, "\ufffd"))
        voices.update((one.annotation, None) for one in above if one.name == "v" and one.annotation)
        if part.strip():
            named = [one.annotation for one in above if one.name == "lang"]
            languages.add(named[-1] if named else "")
    language = languages.pop() if len(languages) == 1 else ""
    plain, words = placed("".join(parts), times)
    return Spoken(plain, " / ".join(voices) or None, bcp47(language), words)


def _open(path: list[Node], inner: str) -> None:
    found = _START.fullmatch(inner)
    if found is None or found[1] not in _NAMES or len(path) > MAX_DEPTH:
        return
    name = found[1]
    if name == "rt" and path[-1].name != "ruby":
        return
    classes = tuple(one for one in found[2].split(".") if one)
    annotation = " ".join(resolve(found[3] or "").split())
    node = Node(name, classes, annotation if name in {"v", "lang"} else "")
    path[-1].children.append(node)
    path.append(node)


def _close(path: list[Node], name: str) -> None:
    if name in _NAMES and path[-1].name == name:
        path.pop()
    elif name == "ruby" and path[-1].name == "rt":
        del path[-2:]


def _texts(
    node: Node, above: tuple[Node, ...]
) -> Iterator[tuple[str | Timestamp, tuple[Node, ...]]]:
    for child in node.children:
        if not isinstance(child, Node):
            yield child, above
        else:
            yield from _texts(child, (*above, child))
            # A voice without words is still named.
            if child.name == "v" and not child.children:
                yield "", (*above, child)
