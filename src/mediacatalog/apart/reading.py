"""Articles of files, without ever parsing one in this process.

A reader child does the work and stays warm for the next file. When it dies, hangs or runs out of
its limits, the file is told to be unreadable from there on, and the next one gets a new child.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import threading
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from mediacatalog.articles import cleaning, videos
from mediacatalog.articles.sources.values import MAX_ITEMS, MAX_LOADED, Gathered, Skipped
from mediacatalog.errors import ToolFailedError, UnreadableArticleError
from mediacatalog.media import runner, sandbox
from mediacatalog.media.talking import Ear, GoneError, Patience
from mediacatalog.values import Article, EmbeddedVideo, Removed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mediacatalog.media.untrusted import Json

READER: Final = "mediacatalog.apart.reader"
LIMITS: Final = runner.Limits(
    wall_seconds=-1, cpu_seconds=-1, memory_bytes=3 * 2**30, file_bytes=1 << 16
)
"""Of a child that stays: its time is kept here, for each file."""
ARTICLE_SECONDS: Final = 120.0
"""For one page, alone or among those of a larger file; real ones take a hundredth of a second."""
SOURCE_SECONDS: Final = 24 * 3600.0

_START_SECONDS: Final = 60.0
_IDLE_SECONDS: Final = 60.0
_RETIRED_BYTES: Final = 500 << 20  # a child that once grew beyond it is replaced after its file


def article(data: bytes, name: str) -> Article:
    """As `articles.read`. Raises UnreadableArticleError, and the runner's errors."""
    return _one("article", data, name)


def page(data: bytes, name: str) -> Article:
    """As `articles.page.read`: the bytes are a page whatever they look like."""
    return _one("page", data, name)


def source(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    """As `articles.sources.read`: every article of a file in its order.

    Raises UnreadableArticleError, also in the middle, where nothing more can be read.
    """
    with contextlib.closing(_asked("source", file, name)) as found:
        yield from found


def _one(look: str, data: bytes, name: str) -> Article:
    if len(data) > cleaning.MAX_BYTES:
        cleaning.check(data, name)
    with contextlib.closing(_asked(look, io.BytesIO(data), name)) as answers:
        found = list(islice(answers, 2))  # two: a child that isn't heard to its end is ended
    if len(found) == 1 and isinstance(found[0], Gathered):
        return found[0].article
    raise UnreadableArticleError(name, "holds no text of a story")


def _asked(look: str, file: BinaryIO, name: str) -> Generator[Gathered | Skipped, None, None]:
    patience = Patience(
        time.monotonic() + (SOURCE_SECONDS if look == "source" else ARTICLE_SECONDS),
        ARTICLE_SECONDS,
    )
    count = 0
    with _descriptor(file) as descriptor, _POOL.one() as reader:
        try:
            for said, data in reader.answers({"look": look, "name": name}, descriptor, patience):
                if "item" in said:
                    count += 1
                    if count > MAX_ITEMS:
                        raise UnreadableArticleError(name, f"holds more than {MAX_ITEMS} articles")
                    original = _original(descriptor, name) if said.get("whole") is True else data
                    yield _Item.model_validate(said["item"]).gathered(original)
                elif "skipped" in said:
                    told = _Passed.model_validate(said["skipped"])
                    yield Skipped(told.place, told.reason)
                elif "error" in said:
                    reason = runner.escaped(str(said["error"])[:500])
                    raise UnreadableArticleError(name, reason)
        except GoneError as error:
            raise UnreadableArticleError(name, str(error)) from error
        except ValidationError as error:
            first = str(error).partition("\n")[0]
            raise UnreadableArticleError(name, f"the reader's answer is wrong: {first}") from error


@contextlib.contextmanager
def _descriptor(file: BinaryIO) -> Iterator[int]:
    """An open file for the child: with a position of its own, and only to be read."""
    try:
        own, made = file.fileno(), -1
    except OSError:  # bytes in memory
        own = made = os.memfd_create("article", os.MFD_CLOEXEC)
        file.seek(0)
        with open(made, "wb", closefd=False) as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
    try:
        given = os.open(f"/proc/self/fd/{own}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        if made >= 0:
            os.close(made)
    try:
        yield given
    finally:
        os.close(given)


def _original(descriptor: int, name: str) -> bytes:
    """All bytes of the file; what the child says that they are is of no interest."""
    with Path(f"/proc/self/fd/{descriptor}").open("rb") as file:
        data = file.read(MAX_LOADED + 1)
    if len(data) > MAX_LOADED:
        raise UnreadableArticleError(name, f"larger than {MAX_LOADED // 2**20} MiB")
    return data


# --- what a child may say -------------------------------------------------------------------------

_MOST = 200_000


def _address(value: str) -> str:
    if videos.web_address(value) is None:
        raise ValueError("is no address of the web")
    return value


def _shown(value: str) -> str:
    if videos.web_address(value) is None and videos.relative_file(value) is None:
        raise ValueError("is no address of a video")
    return value


_Clean = AfterValidator(cleaning.harmless)
Line = Annotated[str, StringConstraints(max_length=20_000), _Clean]
Text = Annotated[str, StringConstraints(max_length=cleaning.MAX_BYTES), _Clean]
Address = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_address)]
VideoAddress = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_shown)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Passed(_Said):
    place: Line
    reason: Line


class _Removed(_Said):
    text: Text
    why: Line


class _Video(_Said):
    url: VideoAddress
    title: Line | None
    id: Line | None


class _Article(_Said):
    title: Line | None
    byline: Line | None
    dateline: Line | None
    published: Line | None
    modified: Line | None
    language: Line | None
    url: Address | None
    site: Line | None
    text: Text
    removed: Annotated[list[_Removed], Field(max_length=_MOST)]
    videos: Annotated[list[_Video], Field(max_length=_MOST)]


class _Item(_Said):
    name: Line
    place: Line
    article: _Article
    captured: Line | None
    files: Annotated[list[Line], Field(max_length=_MOST)]

    def gathered(self, data: bytes) -> Gathered:
        said = self.article
        story = Article(
            title=said.title,
            byline=said.byline,
            dateline=said.dateline,
            published=said.published,
            language=said.language,
            url=said.url,
            site=said.site,
            text=said.text,
            removed=tuple(Removed(one.text, one.why) for one in said.removed),
            videos=tuple(EmbeddedVideo(one.url, one.title, one.id) for one in said.videos),
            modified=said.modified,
        )
        return Gathered(self.name, self.place, data, story, self.captured, tuple(self.files))


# --- the children ---------------------------------------------------------------------------------


def start() -> runner.Resident:
    """A child that isn't ready yet. Raises ToolMissingError where there is no sandbox."""
    sealing = [] if sandbox.kind() == "none" else ["sealed"]
    return runner.start_python(READER, *sealing, limits=LIMITS)


class _Reader:
    """One child, started already and sealed."""

    def __init__(self) -> None:
        self.kind = sandbox.kind()
        self._child = start()
        self._ear = Ear(self._child, "the reader")
        self.fit = True
        """Whether it may be asked again."""
        patience = Patience(time.monotonic() + _START_SECONDS, _START_SECONDS)
        with contextlib.suppress(GoneError):
            if any(said.get("ready") is True for said in self._ear.messages(patience)):
                return
        self.close()
        raise ToolFailedError("reader", "can't be started")

    def alive(self) -> bool:
        return self.fit and self._child.alive()

    def close(self) -> None:
        self.fit = False
        self._child.end()

    def answers(
        self, request: Json, descriptor: int, patience: Patience
    ) -> Iterator[tuple[Json, bytes]]:
        """Everything that it says, to the end. Raises GoneError; then it isn't fit any more."""
        self.fit = False
        self._ear.send(request, descriptor)
        for said in self._ear.messages(patience):
            data = self._ear.taken(said, MAX_LOADED, patience) if said.get("bytes") else b""
            if "answer" in said or "error" in said:
                peak = said.get("peak_bytes", 0)
                self.fit = isinstance(peak, int) and peak <= _RETIRED_BYTES
                yield said, data
                return
            yield said, data
        raise GoneError("the reader crashed")


class _Pool:
    """Children that are lent out. One at most is kept when nobody needs it, and not for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: _Reader | None = None
        self._timer: threading.Timer | None = None

    @contextlib.contextmanager
    def one(self) -> Iterator[_Reader]:
        """A reader that nobody else uses meanwhile."""
        reader = self._taken()
        if reader is not None and not (reader.alive() and reader.kind == sandbox.kind()):
            reader.close()
            reader = None
        reader = reader or _Reader()
        try:
            yield reader
        finally:
            self._given_back(reader)

    def close(self) -> None:
        reader = self._taken()
        if reader is not None:
            reader.close()

    def _taken(self) -> _Reader | None:
        with self._lock:
            reader, self._idle = self._idle, None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        return reader

    def _given_back(self, reader: _Reader) -> None:
        with self._lock:
            if reader.alive() and self._idle is None:
                self._idle = reader
                self._timer = threading.Timer(_IDLE_SECONDS, self.close)
                self._timer.daemon = True
                self._timer.start()
                return
        reader.close()


# Of the process, as its sandbox is: whoever reads a page, in whichever thread, is lent a child.
_POOL: Final = _Pool()
atexit.register(_POOL.close)
