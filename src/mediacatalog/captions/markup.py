"""Tags and texts of XML and HTML as they come, for files that no parser would take whole.

No tree, no entities but characters, no document type, nothing fetched: what is read stays as small
as the file. A tag that isn't closed, or closed in the wrong order, is the reader's to judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mediacatalog.captions.gathering import resolve, resolve_ended

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(
    r"<(/?)([A-Za-z_][\w:.-]{0,100})((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>"
    # HTML as people wrote it: a quote that is never closed.
    r"|<(/?)([A-Za-z_][\w:.-]{0,100})([^<>]*)>"
)
_ATTRIBUTE = re.compile(
    r"([A-Za-z_][\w:.-]{0,100})[ \t\n]*=[ \t\n]*(?:\"([^\"]*)\"|'([^']*)'|([^ \t\n\"'>]+))"
)
_UNKNOWN = re.compile(r"&[A-Za-z][\w.-]{0,60};")
_SKIPPED = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))
_MAX_ATTRIBUTES = 20_000
"""Characters of a tag."""


class Token(NamedTuple):
    line: int
    name: str
    """As written; empty for text and comments."""
    text: str = ""
    closes: bool = False
    empty: bool = False
    """`<br/>`: closed at once."""
    attributes: dict[str, str] = {}  # noqa: RUF012 - a tuple's default, never changed
    comment: bool = False


def tokens(text: str, *, html: bool = False) -> Iterator[Token]:
    """With `html`, references need no semicolon: `&nbsp` is a space."""
    resolved = resolve if html else characters
    at, line, counted = 0, 1, 0
    size = len(text)
    while at < size:
        mark = text.find("<", at)
        if mark < 0:
            mark = size
        if mark > at:
            line += text.count("\n", counted, at)
            counted = at
            yield Token(line, "", resolved(text[at:mark]))
        if mark == size:
            return
        line += text.count("\n", counted, mark)
        counted = mark
        tag = _TAG.match(text, mark)
        if tag:
            yield _tag(line, tag)
            at = tag.end()
        elif text.startswith("<!DOCTYPE", mark):
            at = _after_doctype(text, mark)
        else:
            token, at = _other(text, mark, line)
            if token:
                yield token


def first_tag(text: str) -> str:
    """The local name of the tag by which a file begins, in lower case; empty for other files."""
    for token in tokens(text[:65536]):
        if token.name:
            return "" if token.closes else token.name.rpartition(":")[2].lower()
        if not token.comment and token.text.strip("\ufeff \t\n"):
            break
    return ""


def characters(text: str) -> str:
    """References to characters resolved; entities that only a document type could tell are gone."""
    if "&" not in text:
        return text
    return _UNKNOWN.sub("", resolve_ended(text))


def _tag(line: int, found: re.Match[str]) -> Token:
    closes, name, inner = (found[1], found[2], found[3]) if found[2] else found.group(4, 5, 6)
    attributes = {
        one[1]: characters(one[2] or one[3] or one[4] or "")
        for one in _ATTRIBUTE.finditer(inner[:_MAX_ATTRIBUTES])
    }
    return Token(line, name, "", bool(closes), inner.endswith("/"), attributes)


def _other(text: str, mark: int, line: int) -> tuple[Token | None, int]:
    for opening, closing in _SKIPPED:
        if text.startswith(opening, mark):
            end = text.find(closing, mark + len(opening))
            inner = text[mark + len(opening) : end if end >= 0 else len(text)]
            after = end + len(closing) if end >= 0 else len(text)
            if opening == "<![CDATA[":
                return Token(line, "", inner), after
            return Token(line, "", inner, comment=True) if opening == "<!--" else None, after
    return Token(line, "", "<"), mark + 1


def _after_doctype(text: str, mark: int) -> int:
    """Behind a document type, with what it declares inside brackets."""
    end = text.find(">", mark)
    bracket = text.find("[", mark, end if end >= 0 else len(text))
    if bracket >= 0:
        closing = re.compile(r"\][ \t\n]*>").search(text, bracket)
        return closing.end() if closing else len(text)
    return end + 1 if end >= 0 else len(text)
