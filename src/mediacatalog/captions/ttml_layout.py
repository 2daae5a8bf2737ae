"""Who speaks and where it stands, as the head of a TTML document tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediacatalog.captions.webvtt_settings import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediacatalog.captions.markup import Token

_LENGTH = re.compile(r"([+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?)(%|px|c|rw|rh)")
_CELLS = re.compile(r"([1-9][0-9]{0,3})[ \t\n]+([1-9][0-9]{0,3})")
_SIDES = {"left": "align:left", "start": "align:start", "right": "align:right", "end": "align:end"}
_BOTTOM = 75.0
"""Percent: text that ends below stands where captions stand anyway."""
MAX_NAMED = 5_000


@dataclass
class Layout:
    """Styles, regions and agents, as they are met; a region is told before it is used."""

    styles: dict[str, dict[str, str]] = field(default_factory=dict)
    regions: dict[str, dict[str, str]] = field(default_factory=dict)
    speakers: dict[str, str] = field(default_factory=dict)
    size: tuple[float, float] | None = None
    """Pixels of the picture."""
    cells: tuple[float, float] = (32.0, 15.0)
    region: str | None = None
    agent: str | None = None

    def picture(self, attributes: Mapping[str, str]) -> None:
        """From the root: the extent in pixels, and the grid of cells."""
        self.size = _two(attributes.get("extent", ""), "px")
        cells = _CELLS.fullmatch(attributes.get("cellResolution", "").strip())
        if cells:
            self.cells = (float(cells[1]), float(cells[2]))

    def take(self, name: str, token: Token) -> None:
        """An element of the head: `style`, `region`, `agent`; others are left alone."""
        if name not in {"style", "region", "agent"}:
            return
        own = {key.rpartition(":")[2]: value for key, value in token.attributes.items()}
        identity = own.pop("id", "")
        styled = {**self._of_styles(own.get("style", "")), **own}
        if name == "agent":
            self.agent = identity or None
        elif name == "region":
            self.region = None if token.empty else identity
            if identity and len(self.regions) < MAX_NAMED:
                self.regions[identity] = styled
        elif self.region in self.regions:
            self.regions[self.region].update(styled)
        elif identity and len(self.styles) < MAX_NAMED:
            self.styles[identity] = styled

    def leave(self, name: str) -> None:
        if name == "agent":
            self.agent = None
        elif name == "region":
            self.region = None

    def named(self, text: str) -> None:
        """The name of the agent that was met last."""
        if self.agent and text.strip() and len(self.speakers) < MAX_NAMED:
            self.speakers.setdefault(self.agent, " ".join(text.split())[:200])

    def hides(self, attributes: Mapping[str, str]) -> bool:
        """Whether an element, its style or its region says `display: none`."""
        styled = {**self._of_styles(attributes.get("style", "")), **attributes}
        region = self.regions.get(attributes.get("region", ""), {})
        return "none" in {styled.get("display"), region.get("display")}

    def settings(self, attributes: Mapping[str, str], above: str) -> str:
        """Where an element stands, as WebVTT says it; what it doesn't say is as above it."""
        styled = {**self._of_styles(attributes.get("style", "")), **attributes}
        region = self.regions.get(attributes.get("region", ""))
        line, align = _split(above)
        if region is not None:
            line = self._line({**region, **attributes})
            align = _SIDES.get(region.get("textAlign", ""), align)
        if "textAlign" in styled:
            align = _SIDES.get(styled["textAlign"], "")
        return " ".join(one for one in (line, align) if one)

    def _line(self, styled: Mapping[str, str]) -> str:
        place = self._percent(styled.get("origin", ""))
        extent = self._percent(styled.get("extent", ""))
        if place is None or extent is None:
            return ""
        top, bottom = place[1], place[1] + extent[1]
        if not 0 <= top <= 100 or bottom < top:
            return ""
        align = styled.get("displayAlign", "before")
        if align == "after":
            return "" if bottom >= _BOTTOM else f"line:{number(bottom)}%,end"
        if align == "center":
            middle = min(100.0, (top + bottom) / 2)
            return "" if middle >= _BOTTOM else f"line:{number(middle)}%,center"
        return "" if top >= _BOTTOM else f"line:{number(top)}%"

    def _percent(self, text: str) -> tuple[float, float] | None:
        lengths = [_LENGTH.fullmatch(one) for one in text.split()[:3]]
        if len(lengths) != 2:
            return None
        values = []
        for axis, found in enumerate(lengths):
            if found is None:
                return None
            whole = {"px": self.size, "c": self.cells}.get(found[2], (100.0, 100.0))
            if whole is None:
                return None
            values.append(100 * float(found[1]) / whole[axis])
        return values[0], values[1]

    def _of_styles(self, names: str) -> dict[str, str]:
        styled: dict[str, str] = {}
        for name in names.split()[:20]:
            styled.update(self.styles.get(name, {}))
        return styled


def _split(settings: str) -> tuple[str, str]:
    parts = settings.split()
    line = next((one for one in parts if one.startswith("line:")), "")
    return line, next((one for one in parts if one.startswith("align:")), "")


def _two(text: str, unit: str) -> tuple[float, float] | None:
    found = [_LENGTH.fullmatch(one) for one in text.split()[:3]]
    if len(found) != 2 or any(one is None or one[2] != unit for one in found):
        return None
    width, height = (float(one[1]) for one in found if one)
    return (width, height) if width > 0 and height > 0 else None
