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
import socket
import sys
from typing import TYPE_CHECKING

import cv2

from mediacatalog.media import breakout, confinement, glance, passes, pinpoint, stamps
from mediacatalog.media.frames import UndecodableError
from mediacatalog.media.rehearsal import rehearse
from mediacatalog.media.talking import Memory, Voice, requests
from mediacatalog.values import Manner

if TYPE_CHECKING:
    from mediacatalog.media.untrusted import Json


def work(request: Json, footage: int, voice: Voice) -> Json:
    """The last message for one request."""
    try:
        if request["look"] == "breakout":
            return {"answer": breakout.attempts(request)}
        if request["look"] == "packets":
            index, count = int(request["index"]), int(request["count"])
            return {"answer": stamps.packet_stamps(footage, index, count)}
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


def main() -> None:
    cv2.setNumThreads(1)
    line = socket.socket(fileno=0)
    voice, memory = Voice(line.fileno()), Memory()
    if "sealed" in sys.argv[1:]:
        rehearse()
        confinement.seal()
    voice.say({"ready": True})
    gc.freeze()  # what is loaded stays: only what a file leaves behind is looked through
    for request, footage in requests(line):
        voice.say(work(request, footage, voice) | {"peak_bytes": memory.peak_bytes()})
        gc.collect()  # frames hang in cycles, and are large


if __name__ == "__main__":
    main()
