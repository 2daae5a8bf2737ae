"""Perceptual hashes: what a picture looks like, in 64 bits and, finer, in 256."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Hashes(NamedTuple):
    coarse: int
    """64 bits, of the 8 × 8 lowest frequencies: finds what may be the same."""
    fine: int
    """256 bits, of the 16 × 16 lowest: tells whether it is."""


def hashes(luma: NDArray[np.uint8]) -> Hashes:
    """The DCT hashes of a luma plane; the first coefficient is the highest bit.

    Size and shape don't matter (the plane is brought to 32 × 32). A plain picture has no pattern
    to hash: equal hashes of plain pictures mean nothing.
    """
    square = cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    spectrum = cast("NDArray[np.float32]", cv2.dct(square))
    return Hashes(_signs(spectrum[:8, :8]), _signs(spectrum[:16, :16]))


def _signs(lowest: NDArray[np.float32]) -> int:
    """One bit for each coefficient: whether it is greater than the median of all but the mean."""
    flat = lowest.ravel()
    bits = flat > np.sort(flat[1:])[(len(flat) - 1) // 2]  # an odd number: one is in the middle
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def phash(luma: NDArray[np.uint8]) -> int:
    """The 64-bit hash alone."""
    return hashes(luma).coarse


def distance(one: int, other: int) -> int:
    """Bits that differ: 0 for the same picture, about half of them for unrelated ones."""
    return (one ^ other).bit_count()
