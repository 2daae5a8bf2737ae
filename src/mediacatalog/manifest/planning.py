"""What a row would change of its clip: only what is missing, never what a person entered since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediacatalog.manifest.columns import TEXTS
from mediacatalog.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.catalog.manifests import KnownClip
    from mediacatalog.manifest.columns import Row
    from mediacatalog.manifest.companions import Companion

VIEWING = "viewing"
KINDS = {"tags": "tag", "places": "place"}


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference between what a row says and what is known of its clip."""

    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """(before, after) by field."""
    terms: tuple[tuple[str, str], ...] = ()
    """(kind, name) of those that the clip doesn't carry."""
    attach: tuple[Companion, ...] = ()
    kept: tuple[str, ...] = ()
    """Fields that a person changed to something else; they stay."""

    @property
    def changes(self) -> list[str]:
        """Names of what would change."""
        names = {"tag": "tags", "place": "places"}
        kinds = [names[kind] for kind, _ in self.terms]
        return list(dict.fromkeys([*self.texts, *kinds, *(one.kind for one in self.attach)]))


def plan(
    row: Row,
    clip: KnownClip | None,
    terms: Mapping[tuple[str, str], tuple[str, str]],
    companions: Sequence[Companion],
    *,
    overwrite: bool,
) -> Plan:
    """Compare a row with its clip; None is a clip that the catalogue doesn't have yet.

    `companions` are those that have to be attached. What a manifest entered may be changed by the
    next one; what a person changed or took away stays, unless `overwrite` is said.
    """
    texts: dict[str, tuple[str, str]] = {}
    missing: list[tuple[str, str]] = []
    kept: list[str] = []
    for name in (*TEXTS, VIEWING):
        wanted, before = getattr(row, name), _before(clip, name)
        if not wanted or wanted == before:
            continue
        if overwrite or _is_free(clip, (name, ""), untouched=not before):
            texts[name] = (before, wanted)
        else:
            kept.append(name)
    for column, kind in KINDS.items():
        for label in getattr(row, column):
            term, preferred = terms.get((kind, label), ("", label))
            if clip and term in clip.terms:
                continue
            if overwrite or _is_free(clip, (kind, fold(preferred)), untouched=True):
                missing.append((kind, label))
            else:
                kept.append(f"{column}: {label}")
    attach = tuple(one for one in companions if _is_new(clip, one))
    return Plan(texts, tuple(missing), attach, tuple(kept))


def _before(clip: KnownClip | None, name: str) -> str:
    if clip is None:
        return ""
    return clip.viewing if name == VIEWING else str(getattr(clip.described, name))


def _is_free(clip: KnownClip | None, what: tuple[str, str], *, untouched: bool) -> bool:
    """Whether a manifest may set it; `untouched` says what holds when the history is silent."""
    return clip is None or clip.latest.get(what, untouched)


def _is_new(clip: KnownClip | None, one: Companion) -> bool:
    if clip is None or (one.kind, one.sha256) not in clip.attached:
        return True
    return one.language not in (None, clip.attached[one.kind, one.sha256])
