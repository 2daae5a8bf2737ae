"""The folder of derived files: disposable, one folder an attempt, swapped in by rows.

`ab/cd/<sha256>/<stage>-<attempt>/…`: bytes are written and synced first, rows last. A folder that
no row names is left over from a killed or replaced attempt, and is removed before the clip is done.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class Store:
    """Derived files below one folder, addressed by the master's SHA-256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clip_folder(self, sha256: str) -> str:
        """Below the store, relative: what rows hold."""
        return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def begin(self, sha256: str, stage: str, attempt: int) -> str:
        """An empty folder for one attempt, relative to the store."""
        relative = f"{self.clip_folder(sha256)}/{stage}-{attempt}"
        path = self.folder / relative
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return relative

    def sync(self, relative: str) -> None:
        """Bring every file of an attempt's folder, and the folder, to the disk."""
        sync(self.folder / relative)

    def is_tidy(self, sha256: str, named: Collection[str]) -> bool:
        """Whether nothing lies there of a clip but the folders that rows name."""
        below = self.clip_folder(sha256)
        try:
            return all(f"{below}/{one.name}" in named for one in (self.folder / below).iterdir())
        except FileNotFoundError:
            return True

    def tidy(self, sha256: str, named: Collection[str]) -> None:
        """Remove what killed and replaced attempts left of a clip: folders that no row names."""
        folder = self.folder / self.clip_folder(sha256)
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if f"{self.clip_folder(sha256)}/{path.name}" not in named:
                shutil.rmtree(path, ignore_errors=True)

    def discard(self, relative: str) -> None:
        shutil.rmtree(self.folder / relative, ignore_errors=True)


def sync(folder: Path) -> None:
    """Bring every file of a folder, and the folder, to the disk."""
    for path in (*sorted(folder.iterdir()), folder, folder.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
