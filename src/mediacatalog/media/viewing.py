"""Looking at a file's pictures, quickly or through, without ever decoding in this process.

A decoder child does the work and stays warm for the next file; when it dies, hangs or runs out of
its limits, the file is told to be unreadable and the next one gets a new child.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import stat
import time
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Final, Protocol, Self

from mediacatalog.errors import (
    MediaCatalogError,
    NotFootageError,
    ToolFailedError,
    UnreadableMediaError,
)
from mediacatalog.media import answers, runner
from mediacatalog.media.sniff import not_footage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from mediacatalog.values import Stills, Viewing

DECODER: Final = "mediacatalog.media.decoder"
LIMITS: Final = runner.Limits(
    wall_seconds=-1, cpu_seconds=-1, memory_bytes=4 * 2**30, file_bytes=64 * 2**20
)
"""Of a child that stays: its time is kept here, for each file."""
QUICK_SECONDS: Final = 30.0
WHOLE_SECONDS: Final = 12 * 3600.0
SILENT_SECONDS: Final = 180.0
"""A child that decodes tells so every 0.2 s; one that is silent for this long hangs."""

_START_SECONDS = 60.0
_LONGEST_LINE = 128 << 20
_RETIRED_BYTES = 700 << 20  # a child that once grew beyond it is replaced after its file
_FILES_A_CHILD = 200


class _Child(Protocol):
    """A process that the runner started, as far as it is used here."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class _Patience:
    """When waiting for a child ends: at a moment, or after so long without a word."""

    until: float
    silent_seconds: float


class _GoneError(MediaCatalogError):
    """The child died, hung, or said what can't be understood."""


class Viewer:
    """One decoder child, started when first needed. Not for use by several threads at once."""

    def __init__(self, limits: runner.Limits = LIMITS) -> None:
        self._limits = limits
        self._process: _Child | None = None
        self._end: Callable[[], None] | None = None
        self._rest = b""
        self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child. The viewer may be used again; it then starts a new one."""
        end, self._end, self._process = self._end, None, None
        self._rest = b""
        self._files = 0
        if end is not None:
            end()

    def quick_look(self, path: Path, into: Path) -> Stills:
        """A poster and a coarse storyboard from a few I-frames: `quick-*.jpg` in the folder `into`.

        Raises UnreadableMediaError if not one frame can be decoded.
        """
        request = {"look": "quick", "threads": "1"}
        said = self._ask(path, into, request, _Patience(_in(QUICK_SECONDS), QUICK_SECONDS), None)
        with self._believed(path):
            return answers.stills(said, into)

    def watch_through(
        self,
        path: Path,
        into: Path,
        *,
        threads: int = 1,
        deadline_seconds: float = WHOLE_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
        progress: Callable[[float], None] | None = None,
    ) -> Viewing:
        """Decode every frame once; the pictures are in the folder `into`, named by the result.

        `progress` is told the part that is done, 0 to 1. A file without a video stream gives a
        viewing without shots, and a problem. Raises UnreadableMediaError if there is a video stream
        but not one frame of it can be decoded, or if the decoder crashes or runs out of time;
        ToolFailedError if no decoder can be started or `into` takes no file: not the file's fault.
        """
        request = {"look": "whole", "threads": str(threads)}
        patience = _Patience(_in(deadline_seconds), silent_seconds)
        said = self._ask(path, into, request, patience, progress)
        with self._believed(path):
            return answers.viewing(said, into)

    # --- the child --------------------------------------------------------------------------------

    def _ask(
        self,
        path: Path,
        into: Path,
        request: dict[str, str],
        patience: _Patience,
        progress: Callable[[float], None] | None,
    ) -> object:
        """What the child answers. Whatever goes wrong, no child is left in the middle of a file."""
        _check(path)
        into.mkdir(parents=True, exist_ok=True)
        asked = request | {"path": str(path.absolute()), "into": str(into.absolute())}
        done = False
        try:
            process = self._started()
            self._send(process, asked)
            for said in self._lines(process, patience):
                part = said.get("progress")
                if isinstance(part, float | int) and progress is not None:
                    progress(min(1.0, max(0.0, float(part))))
                if not said.keys().isdisjoint(("error", "answer", "unwritable")):
                    done = True
                    return self._judged(path, said)
            raise UnreadableMediaError(path, "the decoder crashed")
        except _GoneError as error:
            raise UnreadableMediaError(path, str(error)) from error
        finally:
            if not done:
                self.close()

    def _judged(self, path: Path, said: dict[str, object]) -> object:
        self._files += 1
        peak = said.get("peak_bytes", 0)
        grown = not isinstance(peak, int) or peak > _RETIRED_BYTES
        if grown or self._files >= _FILES_A_CHILD:
            self.close()
        if "unwritable" in said:
            raise ToolFailedError("decoder", runner.escaped(str(said["unwritable"])[:500]))
        if "error" in said:
            raise UnreadableMediaError(path, runner.escaped(str(said["error"])[:500]))
        return said["answer"]

    def _started(self) -> _Child:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        process = runner.start_python(DECODER, limits=self._limits)
        self._process, self._end = process, partial(runner.kill, process)
        patience = _Patience(_in(_START_SECONDS), _START_SECONDS)
        with contextlib.suppress(_GoneError):
            if any(said.get("ready") is True for said in self._lines(process, patience)):
                return process
        self.close()
        raise ToolFailedError("decoder", "can't be started")

    def _send(self, process: _Child, request: dict[str, str]) -> None:
        if process.stdin is None:
            raise _GoneError("the decoder can't be reached")
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            raise _GoneError("the decoder crashed") from error

    def _lines(self, process: _Child, patience: _Patience) -> Iterator[dict[str, object]]:
        """What the child says, line by line, until it dies. Raises _GoneError when time is up."""
        out = process.stdout
        if out is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while True:
                line, found, rest = self._rest.partition(b"\n")
                if found:
                    self._rest = rest
                    yield _understood(line)
                    continue
                wait = min(patience.until - time.monotonic(), patience.silent_seconds)
                if wait <= 0 or not selector.select(wait):
                    raise _GoneError("the decoder ran out of time")
                read = os.read(out.fileno(), 1 << 20)
                if not read:
                    return
                self._rest += read
                if len(self._rest) > _LONGEST_LINE:
                    raise _GoneError("the decoder said too much")

    @contextlib.contextmanager
    def _believed(self, path: Path) -> Iterator[None]:
        """A child whose answer can't be right isn't asked again."""
        try:
            yield
        except ValueError as error:
            self.close()
            first = str(error).partition("\n")[0]
            raise UnreadableMediaError(path, f"the decoder's answer is wrong: {first}") from error


def _check(path: Path) -> None:
    """A decoder waits for ever at a pipe, and has no words for what isn't there."""
    try:
        found = path.stat()
    except OSError as error:
        raise UnreadableMediaError(path, error.strerror or "can't be opened") from error
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableMediaError(path, "isn't a regular file")
    if not found.st_size:
        raise UnreadableMediaError(path, "is empty (0 bytes)")
    if reason := not_footage(path):
        raise NotFootageError(path, reason)


def _in(seconds: float) -> float:
    return time.monotonic() + seconds


def _understood(line: bytes) -> dict[str, object]:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise _GoneError("the decoder's answer isn't JSON") from error
    if not isinstance(said, dict):
        raise _GoneError("the decoder's answer isn't an object")
    return said


# --- with a child of its own ----------------------------------------------------------------------


def quick_look(path: Path, into: Path) -> Stills:
    """As `Viewer.quick_look`, for a single file."""
    with Viewer() as viewer:
        return viewer.quick_look(path, into)


def watch_through(
    path: Path,
    into: Path,
    *,
    threads: int = 1,
    deadline_seconds: float = WHOLE_SECONDS,
    progress: Callable[[float], None] | None = None,
) -> Viewing:
    """As `Viewer.watch_through`, for a single file."""
    with Viewer() as viewer:
        return viewer.watch_through(
            path, into, threads=threads, deadline_seconds=deadline_seconds, progress=progress
        )


def shots_as_json(viewing: Viewing) -> dict[str, object]:
    """What `mediacatalog shots FILE --json` prints."""
    return {
        "time_base": f"{viewing.time_base.numerator}/{viewing.time_base.denominator}",
        "frames": viewing.frames,
        "shots": [
            {
                "start_pts": shot.start_pts,
                "end_pts": shot.end_pts,
                "start_ms": shot.start_ms,
                "end_ms": shot.end_ms,
                "into": shot.into,
                "keyframe_ms": shot.keyframe.ms if shot.keyframe else None,
            }
            for shot in viewing.shots
        ],
    }
