"""Where a WebVTT cue stands: its settings, and the regions that they name.

https://www.w3.org/TR/webvtt1/#cue-settings, https://www.w3.org/TR/webvtt1/#region-settings
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mediacatalog.values import Region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_PERCENTAGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
_LINE_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?)")
_SPACES = re.compile(r"[ \t\n\f\r]+")
_BEYOND = 10.0**9
"""No picture has so many lines."""


def cue_settings(text: str, regions: Iterable[str]) -> str | None:
    """The settings that have an effect, one of each kind; what a player ignores is left out."""
    kept: dict[str, str] = {}
    for name, value in _pairs(text):
        if name == "region":
            kept.pop(name, None)
            if _clean(value) in regions:
                kept[name] = _clean(value)
        elif name in _SETTINGS and (good := _SETTINGS[name](value)) is not None:
            kept[name] = good
    if "line" in kept or "vertical" in kept or kept.get("size", "100%") != "100%":
        kept.pop("region", None)
    return " ".join(f"{name}:{value}" for name, value in kept.items()) or None


def region(text: str) -> Region:
    found = Region("")
    for name, value in _pairs(text):
        if name == "id":
            found = replace(found, id=_clean(value))
        elif name == "width" and (width := percentage(value)) is not None:
            found = replace(found, width=width)
        elif name == "lines" and value.isascii() and value.isdigit():
            found = replace(found, lines=int(value[:9]))
        elif name == "scroll" and value == "up":
            found = replace(found, scrolls=True)
        elif name in {"regionanchor", "viewportanchor"}:
            first, _, second = value.partition(",")
            x, y = percentage(first), percentage(second)
            if x is None or y is None:
                continue
            if name == "regionanchor":
                found = replace(found, anchor_x=x, anchor_y=y)
            else:
                found = replace(found, viewport_x=x, viewport_y=y)
    return found


def written(one: Region) -> str:
    """A region as a block of the file."""
    lines = [
        "REGION",
        f"id:{one.id}",
        f"width:{number(one.width)}%",
        f"lines:{one.lines}",
        f"regionanchor:{number(one.anchor_x)}%,{number(one.anchor_y)}%",
        f"viewportanchor:{number(one.viewport_x)}%,{number(one.viewport_y)}%",
    ]
    if not one.id:
        del lines[1]
    return "\n".join(lines) + ("\nscroll:up\n" if one.scrolls else "\n")


def without_region(settings: str | None, regions: Mapping[str, Region]) -> str | None:
    """The settings with the place of their region as the cue's own, for players without regions.

    The cue stands at the top of the region, since such players align no box by its end (Chromium
    has no `lineAlign`); that it may scroll is lost.
    """
    told = dict(_pairs(settings or ""))
    region = regions.get(told.pop("region", ""))
    if region is None:
        return settings
    width = min(100.0, region.width)
    left = _within(region.viewport_x - region.anchor_x * width / 100, 100 - width)
    height = min(100.0, region.lines * _LINE_HEIGHT)
    top = _within(region.viewport_y - region.anchor_y * height / 100, 100)
    align = told.get("align", "center")
    share = {"start": 0.0, "left": 0.0, "end": 1.0, "right": 1.0}.get(align, 0.5)
    inner, comma, side = told.get("position", "").partition(",")
    at = percentage(inner)
    x = left + width * (share if at is None else at / 100)
    placed = {
        "line": f"{number(top)}%",
        "position": f"{number(x)}%{comma}{side}",
        "size": f"{number(width)}%",
        "align": align,
    }
    return cue_settings(" ".join(f"{name}:{value}" for name, value in placed.items()), ())


_LINE_HEIGHT = 5.33
"""Percent of the picture's height that a line of a region takes."""


def _within(value: float, most: float) -> float:
    return max(0.0, min(most, value))


def number(value: float) -> str:
    """As short as it can be written: `10`, `62.5`."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return text or "0"


def percentage(text: str) -> float | None:
    """0 to 100, or None for anything else ("parse a percentage string")."""
    found = _PERCENTAGE.fullmatch(text)
    value = float(found[1]) if found else 101.0
    return value if value <= 100 else None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for one in _SPACES.split(text):
        name, colon, value = one.partition(":")
        if name and colon and value:
            yield name, value


def _clean(identity: str) -> str:
    """The ids of regions go through a page: a control character is shown, not sent."""
    return "".join(one if one.isprintable() else "\ufffd" for one in identity)


def _vertical(value: str) -> str | None:
    return value if value in {"rl", "lr"} else None


def _align(value: str) -> str | None:
    return value if value in {"start", "center", "end", "left", "right"} else None


def _size(value: str) -> str | None:
    size = percentage(value)
    return None if size is None else f"{number(size)}%"


def _position(value: str) -> str | None:
    position, comma, align = value.partition(",")
    size = _size(position)
    if size is None or (comma and align not in {"line-left", "center", "line-right"}):
        return None
    return size + comma + align


def _line(value: str) -> str | None:
    position, comma, align = value.partition(",")
    if comma and align not in {"start", "center", "end"}:
        return None
    if position.endswith("%"):
        line = _size(position)
    elif _LINE_NUMBER.fullmatch(position):
        line = number(max(-_BEYOND, min(_BEYOND, float(position))))
    else:
        line = None
    return None if line is None else line + comma + align


_SETTINGS: Mapping[str, Callable[[str], str | None]] = {
    "vertical": _vertical,
    "line": _line,
    "position": _position,
    "size": _size,
    "align": _align,
}
