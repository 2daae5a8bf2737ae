"""Caption files that lie beside a video, by name: no file is opened for it."""

from __future__ import annotations

import bisect
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.folders import known_folder
from mediacatalog.text.languages import bcp47

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({".srt", ".vtt", ".webvtt", ".ass", ".ssa"})
FOLDERS = frozenset({"subs", "subtitles", "captions"})
_VIDEOS = frozenset(
    ".mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .m2v .ts .m2ts .mts .mxf .ogv .ogm .flv .f4v .wmv "
    ".asf .3gp .3g2 .dv .vob .divx .qt".split()
)
_KINDS = {
    "forced": "subtitle",
    "foreign": "subtitle",
    "sdh": "caption",
    "cc": "caption",
    "hi": "caption",  # "hearing impaired" after a language; alone it is Hindi
    "ad": "description",
    "descriptions": "description",
    "description": "description",
    "chapters": "chapters",
    "transcript": "transcript",
    "captions": "caption",
    "subtitles": "subtitle",
}
_SEPARATORS = re.compile(r"[. ]+")


@dataclass(frozen=True, slots=True)
class Sidecar:
    path: Path
    language: str | None
    """BCP 47, from the name."""
    kind: str
    """As in `values.Track`."""


def beside(video: Path) -> list[Sidecar]:
    """Regular files only, sorted by name, the video's own folder first.

    `clip.ar.srt` belongs to `clip.mp4`, unless there is also a `clip.ar.mp4`.
    """
    stem, name = _normal(video.stem), _normal(video.name)
    own = known_folder(video.parent, _Folder)
    longer = {
        _normal(Path(other).stem)
        for other in own.starting(f"{stem}.")
        if Path(other).suffix.lower() in _VIDEOS
    } - {stem, name}
    found: list[Sidecar] = []
    for folder in (video.parent, *own.below):
        found += [
            Sidecar(folder / one, *name_parts(rest))
            for one in known_folder(folder, _Folder).starting(stem)
            if (rest := _rest(one, stem, name, longer)) is not None
        ]
    return found


class _Folder:
    """The names of a folder, sorted, and the folders of captions in it."""

    def __init__(self, path: Path) -> None:
        names, self.below = _listing(path)
        self._normal = sorted((_normal(name), name) for name in names)

    def starting(self, beginning: str) -> Iterator[str]:
        for number in range(bisect.bisect_left(self._normal, (beginning, "")), len(self._normal)):
            normal, name = self._normal[number]
            if not normal.startswith(beginning):
                return
            yield name


def name_parts(rest: str) -> tuple[str | None, str]:
    """Language and kind from what a name says between the video's name and the suffix."""
    language: str | None = None
    kind: str | None = None
    for word in _SEPARATORS.split(rest):
        parts = word.split("_")
        for part in (word, *parts) if len(parts) > 1 else parts:
            known = _KINDS.get(part.lower())
            if known and (part.lower() != "hi" or language):
                kind = kind or known
            elif language is None:
                language = bcp47(part)
    return language, kind or "caption"


def _rest(candidate: str, stem: str, name: str, longer: set[str]) -> str | None:
    base, dot, suffix = _normal(candidate).rpartition(".")
    if f"{dot}{suffix}".lower() not in SUFFIXES:
        return None
    if any(base == other or base.startswith(f"{other}.") for other in longer):
        return None
    for own in (name, stem):
        if base == own or base.startswith(f"{own}."):
            return base[len(own) :]
    return None


def _listing(folder: Path) -> tuple[list[str], list[Path]]:
    """Names of regular files, and folders of captions; nothing when it can't be read."""
    try:
        with os.scandir(folder) as entries:
            rows = [
                (entry.name, entry.is_file(follow_symlinks=False))
                for entry in entries
                if entry.is_file(follow_symlinks=False)
                or (entry.name.lower() in FOLDERS and entry.is_dir(follow_symlinks=False))
            ]
    except OSError:
        return [], []
    rows.sort()
    return (
        [name for name, is_file in rows if is_file],
        [folder / name for name, is_file in rows if not is_file],
    )


def _normal(name: str) -> str:
    """macOS writes é as two characters, other systems as one; both mean the same file."""
    return unicodedata.normalize("NFC", name)
