"""The decoder child: the only process in which libav decodes. Started by `viewing.Viewer`.

It is spoken to over a socket, its standard input: a line of JSON with each request, together with
the footage as an open descriptor, which is all that it ever gets. It answers in lines of JSON: any
number of `{"progress": 0.25}` and of `{"file": "poster.jpg", "bytes": 5000}` with those bytes after
it, then `{"answer": {…}}`, or `{"error": "reason"}` for a fault of the file. It ends with its
socket. A fault of this program isn't caught: the other side sees the death.

Before the first request it seals itself: from then on it can open no file at all, so whatever it
needs of the installation must be loaded when this module is.
"""

from __future__ import annotations

import gc
import json
import os
import re
import socket
import sys
import time
from typing import TYPE_CHECKING, Final

import cv2

from mediacatalog.media import breakout, confinement, glance, passes, pinpoint
from mediacatalog.media.frames import UndecodableError
from mediacatalog.media.rehearsal import rehearse
from mediacatalog.values import Manner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.media.untrusted import Json

_BETWEEN_REPORTS: Final = 0.2  # seconds
_LONGEST_REQUEST: Final = 1 << 16


class Voice:
    """Says messages and hands out finished files, in the order in which they come."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._told = time.monotonic()

    def say(self, message: Json) -> None:
        self._write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def put(self, name: str, data: bytes) -> None:
        self.say({"file": name, "bytes": len(data)})
        self._write(data)

    def progress(self, part: float) -> None:
        """Tells how far the work is, but not too often."""
        now = time.monotonic()
        if now - self._told >= _BETWEEN_REPORTS:
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


def work(request: Json, footage: int, voice: Voice) -> Json:
    """The last message for one request."""
    try:
        if request["look"] == "breakout":
            return {"answer": breakout.attempts(request)}
        if request["look"] == "quick":
            answer = glance.quick_look(footage, voice)
        elif request["look"] == "still":
            pts, steady = int(request["pts"]), bool(request["steady"])
            answer = pinpoint.still(footage, voice, pts, steady=steady)
        else:
            manner = Manner(int(request["threads"]), bool(request["balanced"]))
            answer = passes.watch_through(footage, voice, manner, voice.progress)
    except UndecodableError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "decoding needs more memory than is allowed"}
    return {"answer": answer}


def _requests(line: socket.socket) -> Iterator[tuple[Json, int]]:
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


def main() -> None:
    cv2.setNumThreads(1)
    line = socket.socket(fileno=0)
    voice, memory = Voice(line.fileno()), Memory()
    if "sealed" in sys.argv[1:]:
        rehearse()
        confinement.seal()
    voice.say({"ready": True})
    gc.freeze()  # what is loaded stays: only what a file leaves behind is looked through
    for request, footage in _requests(line):
        voice.say(work(request, footage, voice) | {"peak_bytes": memory.peak_bytes()})
        gc.collect()  # frames hang in cycles, and are large


if __name__ == "__main__":
    main()
