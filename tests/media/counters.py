"""Footage that carries the number of each frame in its picture, to be read back from any still.

Twelve black or white blocks in two rows are a binary counter, the lowest bit first. A block that is
neither black nor white tells of a mixture of frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BITS = 12
_COLUMNS, _ROWS = 6, 2


def picture_of_counter(size: str = "384x192", rate: str = "25", seconds: float = 4.0) -> str:
    """A lavfi source whose frame N shows N, in blocks that survive coding and scaling."""
    block = f"floor(X*{_COLUMNS}/W)+{_COLUMNS}*floor(Y*{_ROWS}/H)"
    lit = f"16+219*mod(floor(N/pow(2,{block})),2)"
    return f"color=black:s={size}:r={rate}:d={seconds},format=yuv420p,geq=lum='{lit}':cb=128:cr=128"


def number_in(picture: NDArray[np.uint8]) -> int:
    """The counter of a still, whatever its size. Raises AssertionError for a mixture."""
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture
    height, width = grey.shape
    number = 0
    for bit in range(BITS):
        x = int((bit % _COLUMNS + 0.5) * width / _COLUMNS)
        y = int((bit // _COLUMNS + 0.5) * height / _ROWS)
        level = float(grey[y - 2 : y + 3, x - 2 : x + 3].mean())
        assert level < 80 or level > 175, f"bit {bit} is {level:.0f}: a mixture of frames"
        number |= (level > 128) << bit
    return number
