"""The clean aperture of a picture: frozen values, beside those of `values`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fractions import Fraction

LEAST_SIDE: Final = 16
"""Pixels: a smaller one is a fault, and no picture."""


@dataclass(frozen=True, slots=True)
class Aperture:
    """The part of a stored picture that is meant to be shown, in its pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def cut(self) -> tuple[int, int, int, int]:
        """(width, height, left, top) of what is cut out: it begins on an even column and line.

        So colours stay where they are in 4:2:0, and the fields keep their order.
        """
        across, down = self.left % 2, self.top % 2
        return self.width - across, self.height - down, self.left + across, self.top + down

    def __str__(self) -> str:
        return f"{self.width}x{self.height}+{self.left}+{self.top}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a stored picture is shown, and in which shape."""

    aperture: Aperture
    sar: Fraction | None = None
    """Of its pixels, where the file tells that of this part; libav takes it for the whole's."""
