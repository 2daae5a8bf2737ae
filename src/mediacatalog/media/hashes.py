"""Perceptual hashes: what a picture looks like, in 64 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def phash(luma: NDArray[np.uint8]) -> int:
    """The 64-bit DCT hash of a luma plane; the first coefficient is the highest bit.

    Size and shape don't matter (the plane is brought to 32 × 32). A plain picture has no pattern
    to hash: equal hashes of plain pictures mean nothing.
    """
    square = cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    lowest = cv2.dct(square)[:8, :8].ravel()
    bits = lowest > np.median(lowest[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """Bits that differ: 0 for the same picture, about 32 for unrelated ones."""
    return (one ^ other).bit_count()
