"""What was worked out of a folder's names, kept for as long as the folder doesn't change."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

KEPT = 64
SETTLED_NS = 2_000_000_000
"""A folder that changed so lately may change again within the same tick of its clock."""

_known: OrderedDict[tuple[str, Callable[[Path], object]], tuple[int, object]] = OrderedDict()
_lock = threading.Lock()


def known_folder(path: Path, work_out: Callable[[Path], T]) -> T:
    """`work_out(path)`, or what it gave before if the folder's time of change is still the same."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return work_out(path)
    key = (os.fspath(path), work_out)
    with _lock:
        known = _known.get(key)
        if known is not None and known[0] == changed:
            _known.move_to_end(key)
            return cast("T", known[1])
    found = work_out(path)
    if time.time_ns() - changed > SETTLED_NS:
        with _lock:
            _known[key] = changed, found
            while len(_known) > KEPT:
                _known.popitem(last=False)
    return found
