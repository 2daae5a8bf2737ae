"""The parts of a clip that words are looked for in, and where in the index they stand."""

from __future__ import annotations

from mediacatalog.text.stems import FORM

BOOSTS = {
    "title": 10.0,
    "tags": 6.0,
    "description": 4.0,
    "notes": 4.0,
    "filename": 2.0,
    "article": 1.0,
    "captions": 1.0,
    "picture": 0.5,
}
"""Part to weight."""


def forms_of(name: str) -> str:
    """The field in which the keys of other forms stand, of the words of this one."""
    return f"{name}_forms"


def where(name: str, spelling: str) -> tuple[str, str]:
    """The field and the term by which a spelling is looked up among the words of a field."""
    if spelling.startswith(FORM):
        return forms_of(name), spelling.removeprefix(FORM)
    return name, spelling
