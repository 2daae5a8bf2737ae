"""How a stored picture is brought upright: quarter turns and mirrorings, from the display matrix.

ISO/IEC 14496-12, 8.3.2: a point (x, y) of the stored picture is shown at (a·x + c·y, b·x + d·y).
PyAV tells the angle only, in which a mirrored picture looks like a turned one. Other angles than
quarter turns are rounded to the nearest.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    import numpy as np
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

Sample = TypeVar("Sample", bound="np.generic")


@dataclass(frozen=True, slots=True)
class Upright:
    """First over the diagonal (rows become columns), then left to right, then upside down."""

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Upright:
        found = cast("SideData | None", frame.side_data.get("DISPLAYMATRIX"))
        if found is None or found.buffer_size < 36:
            return STORED
        a, b, c, d = struct.unpack_from("=2i4x2i", bytes(found))
        return cls.by(a, b, c, d)

    @classmethod
    def by(cls, a: int, b: int, c: int, d: int) -> Upright:
        """By four numbers of the matrix."""
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(transposed=False, mirrored=a < 0, flipped=d < 0)
        return cls(transposed=True, mirrored=c < 0, flipped=b < 0)

    def shape(self, width: int, height: int) -> tuple[int, int]:
        """Width and height as shown, of a stored picture; and the other way round."""
        return (height, width) if self.transposed else (width, height)

    def box(
        self, box: tuple[int, int, int, int], width: int, height: int
    ) -> tuple[int, int, int, int]:
        """Where (width, height, left, top) of a stored picture of some size is shown."""
        across, down, left, top = box
        if self.transposed:
            across, down, left, top, width, height = down, across, top, left, height, width
        left = width - left - across if self.mirrored else left
        top = height - top - down if self.flipped else top
        return across, down, left, top

    def applied(self, picture: NDArray[Sample]) -> NDArray[Sample]:
        """Rows × columns (× colours), upright."""
        if self == STORED:
            return picture
        shown = picture.swapaxes(0, 1) if self.transposed else picture
        shown = shown[:, ::-1] if self.mirrored else shown
        shown = shown[::-1] if self.flipped else shown
        return shown.copy()


STORED = Upright()
_WIDEST_WHOLE = 2.2
"""Times as wide as high, which frames of two fields are at most."""


def is_half(width: int, height: int) -> bool:
    """Whether what is one field, of this shape by its sample aspect, is shown twice as high.

    Most encoders tell the aspect of the frame, others that of the field.
    """
    return width > _WIDEST_WHOLE * height
