"""Looking at a file's pictures, quickly or through, without ever decoding in this process.

A decoder child does the work and stays warm for the next file; when it dies, hangs or runs out of
its limits, the file is told to be unreadable and the next one gets a new child.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import stat
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Self

from mediacatalog.errors import NotFootageError, ToolFailedError, UnreadableMediaError
from mediacatalog.media import answers, runner, sandbox
from mediacatalog.media.sniff import not_footage
from mediacatalog.media.talking import Ear, GoneError, Patience
from mediacatalog.values import Manner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from mediacatalog.media.untrusted import Json
    from mediacatalog.values import PictureFile, Stills, Viewing

DECODER: Final = "mediacatalog.media.decoder"
LIMITS: Final = runner.Limits(
    wall_seconds=-1, cpu_seconds=-1, memory_bytes=4 * 2**30, file_bytes=64 * 2**20
)
"""Of a child that stays: its time is kept here, for each file."""
FULLY: Final = Manner()
PACKET_SECONDS: Final = 20.0
QUICK_SECONDS: Final = 30.0
WHOLE_SECONDS: Final = 12 * 3600.0
SILENT_SECONDS: Final = 180.0
"""A child that decodes tells so every 0.2 s; one that is silent for this long hangs."""

_START_SECONDS = 60.0
_IDLE_SECONDS = 60.0
_RETIRED_BYTES = 700 << 20  # a child that once grew beyond it is replaced after its file
_FILES_A_CHILD = 1000
_MOST_FILES = 60_000
_MOST_BYTES = 8 << 30


class _SaidNothingError(UnreadableMediaError):
    """The child died at a file, or had died before it was asked."""


class Viewer:
    """One decoder child, started when first needed. Not for use by several threads at once."""

    def __init__(self, limits: runner.Limits = LIMITS) -> None:
        self._limits = limits
        self._child: runner.Resident | None = None
        self._ear: Ear | None = None
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
        child, self._child, self._ear = self._child, None, None
        self._files = 0
        if child is not None:
            child.end()

    def packets(self, path: Path, index: int, count: int) -> list[Json] | None:
        """The first packets of a stream, as `ffprobe.packets` tells them but without a process.

        None if the child can't read them all.
        """
        request = {"look": "packets", "index": index, "count": count}
        patience = Patience(_in(PACKET_SECONDS), PACKET_SECONDS)
        try:
            said = self._ask(path, None, request, patience, None)
            with self._believed(path):
                return answers.packets(said)
        except UnreadableMediaError:
            return None

    def quick_look(self, path: Path, into: Path) -> Stills:
        """A poster and a coarse storyboard from a few I-frames: `quick-*.jpg` in the folder `into`.

        Raises UnreadableMediaError if not one frame can be decoded.
        """
        request: Json = {"look": "quick"}
        said = self._ask(path, into, request, Patience(_in(QUICK_SECONDS), QUICK_SECONDS), None)
        with self._believed(path):
            return answers.stills(said, into)

    def watch_through(
        self,
        path: Path,
        into: Path,
        *,
        manner: Manner = FULLY,
        deadline_seconds: float = WHOLE_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
        progress: Callable[[float], None] | None = None,
    ) -> Viewing:
        """Decode every frame once; the pictures are in the folder `into`, named by the result.

        `progress` is told the part that is done, 0 to 1. A file without a video stream gives a
        viewing without shots, and a problem; so does one of which only the sound can be decoded.
        Raises UnreadableMediaError if neither can, or if the decoder crashes or runs out of time;
        ToolFailedError if no decoder can be started or `into` takes no file: not the file's fault.
        """
        request: Json = {"look": "whole", **asdict(manner)}
        patience = Patience(_in(deadline_seconds), silent_seconds)
        said = self._ask(path, into, request, patience, progress)
        with self._believed(path):
            return answers.viewing(said, into)

    def still(
        self,
        path: Path,
        into: Path,
        pts: int,
        *,
        steady: bool = True,
        deadline_seconds: float = WHOLE_SECONDS,
    ) -> PictureFile:
        """The frame at a position that a viewing told, in the folder `into`.

        `steady` is False where the viewing met stamps that jump or are missing. Raises as
        `watch_through` does, and UnreadableMediaError if no frame lies there.
        """
        request: Json = {"look": "still", "pts": pts, "steady": steady}
        patience = Patience(_in(deadline_seconds), deadline_seconds)
        said = self._ask(path, into, request, patience, None)
        with self._believed(path):
            return answers.still(said, into, pts)

    # --- the child --------------------------------------------------------------------------------

    def _ask(
        self,
        path: Path,
        into: Path | None,
        request: Json,
        patience: Patience,
        progress: Callable[[float], None] | None,
    ) -> object:
        """What the child answers. One that died before it was asked is no fault of the file."""
        was_idle = self._ear is not None
        try:
            return self._answer(path, into, request, patience, progress)
        except _SaidNothingError:
            if not was_idle:
                raise
        return self._answer(path, into, request, patience, progress)

    def _answer(
        self,
        path: Path,
        into: Path | None,
        request: Json,
        patience: Patience,
        progress: Callable[[float], None] | None,
    ) -> object:
        """Whatever goes wrong, no child is left in the middle of a file."""
        done = heard = False
        files = _Files(into)
        footage = _opened(path)
        try:
            if into is not None:
                into.mkdir(parents=True, exist_ok=True)
            child = self._started()
            child.send(request, footage)
            for said in child.messages(patience):
                heard = True
                if "file" in said:
                    files.take(said, child.taken(said, answers.LARGEST_FILE, patience))
                part = said.get("progress")
                if isinstance(part, float | int) and progress is not None:
                    progress(min(1.0, max(0.0, float(part))))
                if "error" in said or "answer" in said:
                    done = True
                    return self._judged(path, said)
            kind = UnreadableMediaError if heard else _SaidNothingError
            raise kind(path, "the decoder crashed")
        except GoneError as error:
            raise UnreadableMediaError(path, str(error)) from error
        finally:
            os.close(footage)
            if not done:
                self.close()

    def _judged(self, path: Path, said: Json) -> object:
        self._files += 1
        peak = said.get("peak_bytes", 0)
        grown = not isinstance(peak, int) or peak > _RETIRED_BYTES
        if grown or self._files >= _FILES_A_CHILD:
            self.close()
        if "error" in said:
            raise UnreadableMediaError(path, runner.escaped(str(said["error"])[:500]))
        return said["answer"]

    def _started(self) -> Ear:
        if self._ear is not None and self._child is not None and self._child.alive():
            return self._ear
        self.close()
        self._child = runner.start_python(DECODER, *_sealing(), limits=self._limits)
        self._ear = ear = Ear(self._child, "the decoder")
        patience = Patience(_in(_START_SECONDS), _START_SECONDS)
        with contextlib.suppress(GoneError):
            if any(said.get("ready") is True for said in ear.messages(patience)):
                return ear
        self.close()
        raise ToolFailedError("decoder", "can't be started")

    @contextlib.contextmanager
    def _believed(self, path: Path) -> Iterator[None]:
        """A child whose answer can't be right isn't asked again."""
        try:
            yield
        except ValueError as error:
            self.close()
            first = str(error).partition("\n")[0]
            raise UnreadableMediaError(path, f"the decoder's answer is wrong: {first}") from error


class _Files:
    """Writes what the child hands out, each file whole or not at all; `answers` opens them again.

    Nothing that it says can name another place, or fill the disk.
    """

    def __init__(self, into: Path | None) -> None:
        self._into = into
        self._count = 0
        self._byte_count = 0

    def take(self, said: Json, data: bytes) -> None:
        """Raises GoneError for what may not be, ToolFailedError if the folder takes no file."""
        name = said["file"]
        self._count += 1
        self._byte_count += len(data)
        if self._into is None or not isinstance(name, str) or not answers.NAME.fullmatch(name):
            raise GoneError("the decoder made a file that it may not make")
        if self._count > _MOST_FILES or self._byte_count > _MOST_BYTES:
            raise GoneError("the decoder made too many files")
        part = self._into / f".{name}.part"
        try:
            part.write_bytes(data)
            part.replace(self._into / name)
        except OSError as error:
            reason = f"{name} can't be written: {error.strerror}"
            raise ToolFailedError("decoder", reason) from error


def _sealing() -> list[str]:
    return [] if sandbox.kind() == "none" else ["sealed"]


def _opened(path: Path) -> int:
    """A descriptor of a file that can be footage. A decoder waits for ever at a pipe."""
    try:
        footage = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableMediaError(path, error.strerror or "can't be opened") from error
    found = os.fstat(footage)
    if not stat.S_ISREG(found.st_mode):
        refused: Exception | None = UnreadableMediaError(path, "isn't a regular file")
    elif not found.st_size:
        refused = UnreadableMediaError(path, "is empty (0 bytes)")
    else:
        reason = not_footage(path)
        refused = NotFootageError(path, reason) if reason else None
    if refused is not None:
        os.close(footage)
        raise refused
    return footage


def _in(seconds: float) -> float:
    return time.monotonic() + seconds


# --- children that are lent -----------------------------------------------------------------------


class _Pool:
    """Viewers that are lent out. As many are kept as were needed at once, and not for long."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Nothing is kept. A copy of this process has to have its own."""
        self._lock = threading.Lock()
        self._idle: list[tuple[Viewer, sandbox.Sandbox, threading.Timer]] = []

    @contextlib.contextmanager
    def one(self) -> Iterator[Viewer]:
        """A viewer that nobody else uses meanwhile. Raises ToolMissingError without a sandbox."""
        kind = sandbox.kind()
        viewer = self._taken(kind) or Viewer()
        try:
            yield viewer
        finally:
            self._given_back(viewer, kind)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for viewer, _, timer in idle:
            timer.cancel()
            viewer.close()

    def _taken(self, kind: sandbox.Sandbox) -> Viewer | None:
        with self._lock:
            fit = [one for one in self._idle if one[1] == kind]
            if not fit:
                return None
            self._idle.remove(fit[-1])
        viewer, _, timer = fit[-1]
        timer.cancel()
        return viewer

    def _given_back(self, viewer: Viewer, kind: sandbox.Sandbox) -> None:
        timer = threading.Timer(_IDLE_SECONDS, self._end, [viewer])
        timer.daemon = True
        with self._lock:
            self._idle.append((viewer, kind, timer))
        timer.start()

    def _end(self, viewer: Viewer) -> None:
        """It has been idle for long enough, if nobody has taken it just now."""
        with self._lock:
            kept = [one for one in self._idle if one[0] is not viewer]
            is_idle, self._idle = len(kept) < len(self._idle), kept
        if is_idle:
            viewer.close()


# Of the process, as its sandbox is: whoever looks at a file, in whichever thread, is lent a child.
_POOL: Final = _Pool()
atexit.register(_POOL.close)
lent = _POOL.one


def quick_look(path: Path, into: Path) -> Stills:
    """As `Viewer.quick_look`, by a viewer that is lent."""
    with lent() as viewer:
        return viewer.quick_look(path, into)


def watch_through(
    path: Path,
    into: Path,
    *,
    manner: Manner = FULLY,
    deadline_seconds: float = WHOLE_SECONDS,
    progress: Callable[[float], None] | None = None,
) -> Viewing:
    """As `Viewer.watch_through`, by a viewer that is lent."""
    with lent() as viewer:
        return viewer.watch_through(
            path, into, manner=manner, deadline_seconds=deadline_seconds, progress=progress
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
                "certainty": shot.certainty,
                "keyframe_ms": shot.keyframe.ms if shot.keyframe else None,
            }
            for shot in viewing.shots
        ],
        "cuts": [
            {"pts": shot.start_pts, "ms": shot.start_ms, "certainty": shot.certainty}
            for shot in viewing.shots
            if shot.into == "cut"
        ],
        "gradual": [
            {
                "kind": shot.into,
                "start_pts": shot.blend[0],
                "end_pts": shot.blend[1],
                "certainty": shot.certainty,
            }
            for shot in viewing.shots
            if shot.into in {"fade", "dissolve"}
        ],
    }
