"""The decoder child: the only process in which libav decodes. Started by `viewing.Viewer`.

It reads one request a line from stdin and answers in lines of JSON on stdout: any number of
`{"progress": 0.25}`, then `{"answer": {…}}`, `{"error": "reason"}` for a fault of the file, or
`{"unwritable": "reason"}` for a fault of the world. It ends with its stdin. A fault of this program
isn't caught: the other side sees the death.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import TYPE_CHECKING, Final

import cv2

from mediacatalog.media import glance, passes
from mediacatalog.media.frames import UndecodableError
from mediacatalog.media.stills import UnwritableError

if TYPE_CHECKING:
    from typing import BinaryIO

_BETWEEN_REPORTS: Final = 0.2  # seconds


class _Reporter:
    """Tells how far the work is, but not too often."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._told = time.monotonic()

    def __call__(self, part: float) -> None:
        now = time.monotonic()
        if now - self._told >= _BETWEEN_REPORTS:
            self._told = now
            say(self._out, {"progress": round(part, 4)})


def say(out: BinaryIO, message: dict[str, object]) -> None:
    out.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    out.flush()


def work(request: dict[str, str], out: BinaryIO) -> dict[str, object]:
    """The last line for one request."""
    try:
        if request["look"] == "quick":
            answer = glance.quick_look(request["path"], request["into"])
        else:
            threads = int(request["threads"])
            answer = passes.watch_through(request["path"], request["into"], threads, _Reporter(out))
    except UndecodableError as error:
        return {"error": str(error)}
    except UnwritableError as error:
        return {"unwritable": str(error)}
    except MemoryError:
        return {"error": "decoding needs more memory than is allowed"}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"answer": answer, "peak_bytes": peak}


def main() -> None:
    cv2.setNumThreads(1)
    # Libraries that print must not garble the answers.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    say(out, {"ready": True})
    for line in sys.stdin.buffer:
        say(out, work(json.loads(line), out))


if __name__ == "__main__":
    main()
