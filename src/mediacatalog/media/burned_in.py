"""Text that stands in the picture: lower thirds, logos, names of places. Read by Tesseract.

Tesseract is a plug: Debian's package `tesseract-ocr`, with one more package for each language
(`tesseract-ocr-ara`). Where it isn't installed nothing is read, and nothing else misses it.

A picture is read three times: enlarged in grey; enlarged with all taken away that isn't narrow and
bright, since Tesseract splits a whole picture into dark and light at one level; and as it is, for
words that stand anywhere. Of titles put on frames of real footage in three scripts, 48 of 55 words
were read while this was made, and 36 of 40 on other frames afterwards; of 8 without text, nothing.
"""

from __future__ import annotations

import functools
import re
import shutil
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from mediacatalog.errors import ToolFailedError
from mediacatalog.media import runner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

PACKAGE: Final = "tesseract-ocr"
RECIPE: Final = "picture-text-1"
"""Changed whenever the same picture would give other lines."""
PREFERRED: tuple[str, ...] = (
    "ara",
    "rus",
    "eng",
    "fas",
    "ukr",
    "heb",
    "kur_ara",
    "kmr",
    "tur",
    "fra",
)
MOST_LANGUAGES: Final = 6
"""Each costs time with every picture, and lends its letters to the mistakes of the others."""
MOST_LINES: Final = 20
"""Of a picture, the surest first."""
LONGEST: Final = 200
"""Characters of a line."""
SURE, LIKELY = 0.7, 0.5
"""Confidences: a line needs a sure word that says something, and keeps those that are likely."""

_LARGE, _MIDDLE = 1920, 1280  # pixels of the longer side
_STROKES = 0.07  # of the shorter side: letters aren't broader
AS_PAGE, SPARSE = "3", "11"
"""Tesseract's modes."""
_MOST_TIMES: Final = 4.0
_LARGEST: Final = 4096
_LIMITS: Final = runner.Limits(
    wall_seconds=60.0,
    cpu_seconds=30,
    memory_bytes=2 * 2**30,
    file_bytes=2**20,
    output_bytes=2 * 2**20,
)
_NO_LANGUAGES: Final = frozenset({"osd", "equ", "snum"})
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z_]{1,30}")
_TELLING: Final = re.compile(r"[^\W\d_]{3,}|\d{4,}")
"""What a line must hold: specks are read as one or two letters."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a picture. The box is in parts of the picture's width and height."""

    text: str
    """In the order in which it is read, also from right to left."""
    confidence: float
    """0 to 1: of its letters on average, as the program says."""
    left: float
    top: float
    width: float
    height: float

    @property
    def weight(self) -> float:
        """How much was read, and how surely."""
        return self.confidence * len(self.text)


def installed() -> bool:
    return shutil.which("tesseract") is not None


@functools.cache
def known_languages() -> tuple[str, ...]:
    """The languages that are installed, as Tesseract names them. Raises ToolMissingError."""
    done = runner.run("tesseract", ["--list-langs"], limits=_LIMITS)
    named = [one.strip() for one in done.stdout.decode("utf-8", "replace").splitlines()]
    return tuple(one for one in named if _NAME.fullmatch(one) and one not in _NO_LANGUAGES)


def languages(wanted: str) -> tuple[str, ...]:
    """Those in which is read: `installed`, `none`, or `ara+eng`. Empty where nothing can be."""
    if wanted == "none" or not installed():
        return ()
    known = known_languages()
    if wanted != "installed":
        return tuple(one for one in dict.fromkeys(wanted.split("+")) if one in known)
    ordered = [one for one in PREFERRED if one in known]
    ordered += [one for one in known if one not in PREFERRED]
    return tuple(ordered[:MOST_LANGUAGES])


def recipe(spoken: Sequence[str]) -> str:
    """What the lines of a picture depend on besides it."""
    return f"{RECIPE} {'+'.join(spoken)}"


def read(jpeg: bytes, spoken: Sequence[str]) -> tuple[Line, ...]:
    """The lines of a picture from top to bottom.

    Raises ToolFailedError (Tesseract missing, out of time, or unable to read the picture).
    """
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None or max(grey.shape) > _LARGEST:
        raise ToolFailedError("tesseract", "that is no picture of ours")
    whole: Grey = grey.astype(np.uint8, copy=False)
    looks = (
        (_enlarged(whole, _LARGE), AS_PAGE),
        (_enlarged(_bright(whole), _MIDDLE), AS_PAGE),
        (whole, SPARSE),
    )
    found = _joined([line for picture, how in looks for line in _lines(picture, spoken, how)])
    best = sorted(found, key=lambda one: -one.weight)[:MOST_LINES]
    return tuple(sorted(best, key=lambda one: (round(one.top, 2), one.left)))


def _enlarged(picture: Grey, side: int) -> Grey:
    """So that its longer side has so many pixels, if that is no more than _MOST_TIMES."""
    times = min(_MOST_TIMES, side / max(picture.shape))
    if times <= 1:
        return picture
    size = (round(picture.shape[1] * times), round(picture.shape[0] * times))
    return cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def _bright(picture: Grey) -> Grey:
    """Black on white, what is narrow and brighter than around it (a white top-hat)."""
    side = max(9, round(min(picture.shape) * _STROKES)) | 1
    around = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    bright = cv2.morphologyEx(picture, cv2.MORPH_TOPHAT, around)
    whole = 255 - bright.astype(np.int32) * 255 // max(1, int(bright.max()))
    return whole.astype(np.uint8)


def _lines(picture: Grey, spoken: Sequence[str], how: str) -> list[Line]:
    arguments = ["stdin", "stdout", "-l", "+".join(spoken), "--psm", how, "--dpi", "150", "tsv"]
    drawn = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    done = runner.run("tesseract", arguments, limits=_LIMITS, stdin=drawn)
    if done.returncode:
        raise ToolFailedError("tesseract", done.reason)
    rows = done.stdout.decode("utf-8", "replace").splitlines()[1:]
    return list(_read(_in_a_row(_words(rows)), picture.shape[1], picture.shape[0]))


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    confidence: float
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels."""


def _words(rows: Iterable[str]) -> list[list[_Word]]:
    """The likely words of each line of Tesseract's table."""
    lines: dict[tuple[str, ...], list[_Word]] = {}
    for row in rows:
        cells = row.split("\t", 11)
        if len(cells) == 12 and cells[0] == "5" and (word := _word(cells)):
            lines.setdefault(tuple(cells[2:5]), []).append(word)
    return list(lines.values())


def _in_a_row(lines: list[list[_Word]]) -> list[list[_Word]]:
    """Lines that stand side by side, as words do that were found each by itself, as one."""
    rows: list[list[_Word]] = []
    for line in sorted(lines, key=lambda one: one[0].box[0]):
        row = next((one for one in rows if _beside(one, line)), None)
        if row is None:
            rows.append(line)
        elif _from_the_right(row, line):
            row[:0] = line
        else:
            row += line
    return rows


def _beside(row: list[_Word], line: list[_Word]) -> bool:
    """Whether a line goes on within a letter or two of a row that begins left of it."""
    one, other = _box(row), _box(line)
    low = min(one[3] - one[1], other[3] - other[1])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return down > 0.6 * low and -0.5 * low < other[0] - one[2] < 1.5 * low


def _box(words: list[_Word]) -> tuple[int, int, int, int]:
    left, top = (min(one.box[side] for one in words) for side in (0, 1))
    right, bottom = (max(one.box[side] for one in words) for side in (2, 3))
    return left, top, right, bottom


def _from_the_right(*rows: list[_Word]) -> bool:
    """Whether most letters are read so."""
    letters = "".join(one.text for row in rows for one in row)
    right = sum(unicodedata.bidirectional(one) in {"R", "AL"} for one in letters)
    return right * 2 > sum(one.isalpha() for one in letters)


def _read(lines: Iterable[list[_Word]], width: int, height: int) -> Iterator[Line]:
    """Those with a sure word that says something."""
    for words in lines:
        text = " ".join(one.text for one in words)[:LONGEST].strip()
        if not any(one.confidence >= SURE and _TELLING.search(one.text) for one in words):
            continue
        letters = sum(len(one.text) for one in words)
        confidence = sum(one.confidence * len(one.text) for one in words) / letters
        left, top, right, bottom = _box(words)
        yield Line(
            text,
            round(confidence, 3),
            round(left / width, 4),
            round(top / height, 4),
            round((right - left) / width, 4),
            round((bottom - top) / height, 4),
        )


def _word(cells: Sequence[str]) -> _Word | None:
    """None of what isn't likely."""
    try:
        left, top, width, height = (int(one) for one in cells[6:10])
        confidence = float(cells[10]) / 100
    except ValueError:
        return None
    text = _plain(cells[11])
    if not LIKELY <= confidence <= 1 or not any(one.isalnum() for one in text):
        return None
    return _Word(text, confidence, (left, top, left + width, top + height))


def _plain(text: str) -> str:
    """Composed, without controls and marks of direction: these come with Arabic digits."""
    kept = "".join(one for one in text if unicodedata.category(one)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _joined(lines: Iterable[Line]) -> list[Line]:
    """Of lines that lie on one another the one that says more."""
    kept: list[Line] = []
    for line in sorted(lines, key=lambda one: -one.weight):
        if not any(_overlap(line, other) for other in kept):
            kept.append(line)
    return kept


def _overlap(one: Line, other: Line) -> bool:
    """Whether more than half of the lower one's height, and any of the width, is the same."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return across > 0 and down > 0.5 * min(one.height, other.height)
