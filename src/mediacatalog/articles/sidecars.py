"""Which files beside a video may be the story that it was published with."""

from __future__ import annotations

import bisect
import html
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from mediacatalog.folders import known_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["same name", "download record", "description", "same folder", "names the file"]

STORY_SUFFIXES = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".txt", ".md", ".markdown")
VIDEO_SUFFIXES = frozenset(
    ".mp4 .m4v .mov .webm .mkv .avi .ogv .ogg .mpg .mpeg .ts .mts .m2ts .flv .wmv .asf .3gp .3g2 "
    ".mxf .dv .vob .m2v .qt .f4v .divx".split()
)
MAX_ENTRIES = 20_000
"""Names of a folder that are looked at."""
MAX_PAGES = 25
"""Pages of a folder that are searched for the name of the file."""
MAX_PAGE_BYTES = 4 * 2**20

_SHARED_NAME = re.compile(
    r"(?:article|story|index)(?:[._-][a-z]{2,3}(?:-[a-z]{2,4})?)?", re.IGNORECASE
)
_NO_STORY = re.compile(
    r"_?chat|whatsapp chat\b.*|licen[cs]e.*|copying.*|notice|readme.*|changelog.*|authors|"
    r"contributing|requirements.*|robots|manifest|checksums?|md5sums?|sha\d+sums?|filelist|"
    r"code_of_conduct|security|todo",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[.](?:[a-z]{2,3})(?:-[a-z0-9]{2,8}){0,2}", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([A-Za-z0-9_-]{6,64})\]$")


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file that may hold the story of a video, and why it was thought of."""

    path: Path
    kind: Kind


def beside(video: Path) -> list[ArticleFile]:
    """Candidates in the video's folder, the best first; empty if there are none.

    Links, pipes and folders are passed over; a folder that can't be listed has none.
    """
    folder = known_folder(video.parent, _Folder)
    found: dict[str, ArticleFile] = {}
    for name in folder.starting(_folded(video.stem)):
        kind = _by_name(name, video.name)
        if kind is not None:
            found[name] = ArticleFile(video.parent / name, kind)
    for name in _shared([name for name in folder.shared if name not in found]):
        found[name] = ArticleFile(video.parent / name, "same folder")
    for name in folder.pages:
        if name not in found or found[name].kind == "same folder":
            if not _names_video(video.parent / name, video):
                continue
            found[name] = ArticleFile(video.parent / name, "names the file")
    order = ("same name", "download record", "description", "names the file", "same folder")
    return sorted(found.values(), key=lambda one: (order.index(one.kind), one.path.name))


class _Folder:
    """The names of a folder, sorted out once for all the videos in it."""

    def __init__(self, path: Path) -> None:
        names = _names(path)
        self._folded = sorted((_folded(name), name) for name in names)
        self.shared = [name for name in names if _may_be_shared(name)]
        videos = {
            _folded(Path(name).stem)
            for name in names
            if os.path.splitext(name)[1].lower() in VIDEO_SUFFIXES  # noqa: PTH122 - a name
        }
        self.pages = [
            name
            for name in names
            if is_story(name) and not videos & {stem := _folded(Path(name).stem), _plain(stem)}
        ][:MAX_PAGES]
        """Pages that belong to no video by their own name."""

    def starting(self, beginning: str) -> Iterator[str]:
        for number in range(bisect.bisect_left(self._folded, (beginning, "")), len(self._folded)):
            folded, name = self._folded[number]
            if not folded.startswith(beginning):
                return
            yield name


def _plain(stem: str) -> str:
    return _LANGUAGE.sub("", stem)


def _names(folder: Path) -> list[str]:
    """Names of the regular files of a folder, sorted."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
                if len(names) >= MAX_ENTRIES:
                    break
    except OSError:
        return []
    return sorted(names)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _by_name(name: str, video_name: str) -> Kind | None:
    """How a name is bound to the video's: the stem, or the whole name, then perhaps a language."""
    own, whole = _folded(name), _folded(video_name)
    stem = _folded(Path(video_name).stem)
    for base in (whole, stem):
        if not own.startswith(base + ".") or own == whole:
            continue
        rest = own[len(base) :]
        if rest == ".info.json":
            return "download record"
        suffix = "." + rest.rsplit(".", 1)[1]
        before = rest[: -len(suffix)]
        if before and not _LANGUAGE.fullmatch(before):
            continue
        if suffix == ".description":
            return "description"
        if suffix in STORY_SUFFIXES and not _NO_STORY.fullmatch(stem):
            return "same name"
    return None


def is_story(name: str) -> bool:
    """Whether a file may be a story by its name: no licence, read-me or chat."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    return suffix.lower() in STORY_SUFFIXES and not _NO_STORY.fullmatch(stem)


def _may_be_shared(name: str) -> bool:
    stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122 - a name, not a path
    return suffix in STORY_SUFFIXES and _SHARED_NAME.fullmatch(stem) is not None


def _shared(names: list[str]) -> list[str]:
    """`article.*`, `story.*`, `index.html`; of one story in two formats the page is taken."""
    chosen: dict[str, str] = {}
    for name in names:
        stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122 - a name, not a path
        if stem.startswith("index") and suffix not in (".html", ".htm", ".xhtml"):
            continue
        rank = STORY_SUFFIXES.index(suffix)
        if stem not in chosen or rank < STORY_SUFFIXES.index(Path(chosen[stem].lower()).suffix):
            chosen[stem] = name
    return sorted(chosen.values())[:8]


def _names_video(page: Path, video: Path) -> bool:
    """Whether a page names the file, or the id that yt-dlp put in brackets into the name."""
    try:
        descriptor = os.open(page, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MAX_PAGE_BYTES)
    except OSError:
        return False
    found = _BRACKETED.search(video.stem)
    if found and _stands_alone(found[1], data):
        return True
    return any(_stands_alone(form, data) for form in _forms(video.name))


def _forms(name: str) -> set[str]:
    """A file name as it stands in text, in an address and in HTML."""
    return {
        form
        for one in (name, unicodedata.normalize("NFC", name))
        for form in (one, quote(one, errors="surrogateescape"), html.escape(one))
    }


def _stands_alone(word: str, data: bytes) -> bool:
    """Whether the word occurs, and not inside a longer one (`2.mp4` in `clip2.mp4`)."""
    needle = re.escape(os.fsencode(word))
    return re.search(rb"(?<![\w.-])" + needle + rb"(?![\w-])", data) is not None
