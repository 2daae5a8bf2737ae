"""The reader child: the only process in which pages, crawls, feeds and exports are parsed.

Started by `reading`. A request is `{"look": …, "name": …}` with the file as a descriptor; the
answer is any number of `{"item": {…}, "bytes": n}` with the original bytes after it (none where
`whole` is true: then the file is the original), `{"skipped": {…}}` and `{"progress": …}`, and at
last `{"answer": …}`, or `{"error": reason}` for a fault of the file.

Before the first request it seals itself, as the decoder does: from then on it can open no file.
"""

from __future__ import annotations

import gc
import io
import socket
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, cast

from mediacatalog import articles
from mediacatalog.apart.rehearsal import rehearse
from mediacatalog.articles import page, sources
from mediacatalog.articles.sources import Gathered, Skipped
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.media import breakout, confinement
from mediacatalog.media.talking import Memory, Voice, requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

    from mediacatalog.media.untrusted import Json

BEAT_SECONDS = 5.0
"""How often a file that is read on and on without an article in it shows that it is."""


class _Beating(io.FileIO):
    """A file that tells of each reading: a long crawl may hold no page for minutes."""

    def __init__(self, descriptor: int, voice: Voice) -> None:
        super().__init__(descriptor, "rb", closefd=False)
        self._voice = voice

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        self._voice.progress(0.0, between_seconds=BEAT_SECONDS)
        return super().readinto(buffer)


def _found(request: Json, file: BinaryIO) -> Iterator[Gathered | Skipped]:
    name = str(request["name"])
    if request["look"] == "source":
        yield from sources.read(file, name)
        return
    data = sources.whole(file, name)
    if request["look"] == "page":
        yield Gathered(name, "", data, page.read(data, name))
    else:
        yield Gathered(name, "", data, articles.read(data, name=name))


def work(request: Json, descriptor: int, voice: Voice) -> Json:
    """The last message for one request; the others are said."""
    if request["look"] == "breakout":
        return {"answer": breakout.attempts(request)}
    file = cast("BinaryIO", io.BufferedReader(_Beating(descriptor, voice)))
    try:
        for one in _found(request, file):
            if isinstance(one, Skipped):
                voice.say({"skipped": asdict(one)})
                continue
            told = {
                "name": one.name,
                "place": one.place,
                "article": asdict(one.article),
                "captured": one.captured,
                "files": one.files,
            }
            data = one.data if one.place else b""
            voice.say({"item": told, "whole": not one.place, "bytes": len(data)}, data)
    except UnreadableArticleError as error:
        return {"error": error.reason}
    except MemoryError:
        return {"error": "reading it needs more memory than is allowed"}
    except RecursionError:
        return {"error": "is nested too deeply"}
    except (OSError, EOFError) as error:
        return {"error": f"can't be read: {error}"}
    return {"answer": True}


def main() -> None:
    line = socket.socket(fileno=0)
    voice, memory = Voice(line.fileno()), Memory()
    if "sealed" in sys.argv[1:]:
        rehearse()
        confinement.seal()
    voice.say({"ready": True})
    gc.freeze()
    for request, descriptor in requests(line):
        voice.say(work(request, descriptor, voice) | {"peak_bytes": memory.peak_bytes()})


if __name__ == "__main__":
    main()
