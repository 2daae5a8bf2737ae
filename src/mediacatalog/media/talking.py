"""How this process and a resident child talk over a socket: both of its ends.

Lines of JSON; a message with `bytes` is followed by so many of them. A request brings an open file
with it, as a descriptor: it is all that the child ever gets. A child that has read a hostile file
may say anything at any time, or nothing; so what is heard is bounded in size and in time.
"""

from __future__ import annotations

import json
import os
import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediacatalog.errors import MediaCatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.media.runner import Resident
    from mediacatalog.media.untrusted import Json

_LONGEST_REQUEST: Final = 1 << 16
_LONGEST_LINE: Final = 128 << 20


# --- the child's end ------------------------------------------------------------------------------


class Voice:
    """Says messages and hands out finished files, in the order in which they come."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._told = time.monotonic()

    def say(self, message: Json, data: bytes = b"") -> None:
        """A message, and the bytes that it announces."""
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        self._write(line.encode("utf-8", "replace") + b"\n" + data)

    def put(self, name: str, data: bytes) -> None:
        self.say({"file": name, "bytes": len(data)}, data)

    def progress(self, part: float, *, between_seconds: float = 0.2) -> None:
        """Tells how far the work is, but not too often."""
        now = time.monotonic()
        if now - self._told >= between_seconds:
            self._told = now
            self.say({"progress": round(part, 4)})

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._out, left) :]


class Memory:
    """How much this process has used at most. What getrusage(2) says may be its parent's peak."""

    def __init__(self) -> None:
        try:  # now: nothing is opened once it is sealed
            self._status = os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._status = -1

    def peak_bytes(self) -> int:
        """0 where the kernel doesn't tell."""
        if self._status < 0:
            return 0
        found = re.search(rb"VmHWM:\s*(\d+) kB", os.pread(self._status, 8192, 0))
        return int(found[1]) << 10 if found else 0


def requests(line: socket.socket) -> Iterator[tuple[Json, int]]:
    """Each request with the descriptor that came with it, until the other side hangs up."""
    read = b""
    handed: list[int] = []
    while True:
        data, descriptors, *_ = socket.recv_fds(line, _LONGEST_REQUEST, 1)
        if not data:
            return
        read, handed = read + data, handed + descriptors
        if read.endswith(b"\n"):
            yield json.loads(read), handed[0]
            os.close(handed[0])
            read, handed = b"", []


# --- our end --------------------------------------------------------------------------------------


class GoneError(MediaCatalogError):
    """The child died, hung, or said what can't be understood."""


@dataclass(frozen=True, slots=True)
class Patience:
    """When waiting for a child ends."""

    until: float
    """A moment of the monotonic clock."""
    silent_seconds: float


class Ear:
    """Hears one child. `who` is what people are told that it is: "the decoder"."""

    def __init__(self, child: Resident, who: str) -> None:
        self._child, self._who = child, who
        self._rest = bytearray()

    def send(self, request: Json, file: int) -> None:
        """Raises GoneError."""
        try:
            message = json.dumps(request).encode() + b"\n"
            socket.send_fds(self._child.socket, [message], [file])
        except OSError as error:
            raise GoneError(f"{self._who} crashed") from error

    def messages(self, patience: Patience) -> Iterator[Json]:
        """What the child says, line by line, until it dies. Raises GoneError when time is up."""
        searched = 0
        while True:
            end = self._rest.find(b"\n", searched)
            if end >= 0:
                line = bytes(self._rest[:end])
                del self._rest[: end + 1]
                searched = 0
                yield self._understood(line)
                continue
            searched = len(self._rest)
            if searched > _LONGEST_LINE:
                raise GoneError(f"{self._who} said too much")
            if not self._hear(patience):
                return

    def taken(self, said: Json, most: int, patience: Patience) -> bytes:
        """The bytes that follow a message, `most` of them. Raises GoneError."""
        length = said.get("bytes")
        if not isinstance(length, int) or not 0 <= length <= most:
            raise GoneError(f"{self._who} made a file that is too large")
        while len(self._rest) < length:
            if not self._hear(patience):
                raise GoneError(f"{self._who} crashed")
        data = bytes(self._rest[:length])
        del self._rest[:length]
        return data

    def _hear(self, patience: Patience) -> bool:
        """Wait for more of what the child says; False when it is dead."""
        self._child.socket.settimeout(
            max(0.001, min(patience.until - time.monotonic(), patience.silent_seconds))
        )
        try:
            heard = self._child.socket.recv(1 << 20)
        except TimeoutError as error:
            raise GoneError(f"{self._who} ran out of time") from error
        except OSError:
            return False
        self._rest += heard
        return bool(heard)

    def _understood(self, line: bytes) -> Json:
        try:
            said = json.loads(line)
        except ValueError as error:
            raise GoneError(f"{self._who}'s answer isn't JSON") from error
        if not isinstance(said, dict):
            raise GoneError(f"{self._who}'s answer isn't an object")
        return said
