"""Proof that the sandbox holds: attempts to break out of it, made from inside, on this machine."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediacatalog.errors import ToolFailedError
from mediacatalog.media import runner, sandbox
from mediacatalog.media.viewing import DECODER, LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BREAKOUT: Final = "mediacatalog.media.breakout"
_PATIENCE: Final = 60.0  # seconds
_CALLS: Final = frozenset({"call over TCP", "send over UDP"})


@dataclass(frozen=True, slots=True)
class Child:
    """A kind of resident child, and how it is started before it is sent its request."""

    name: str
    start: Callable[[], runner.Resident]
    network: bool = False
    """Whether it is there to call others."""


def breakouts(*others: Child) -> dict[str, list[str]]:
    """What worked that mustn't, by the kind of child that did it; empty lists are what one wants.

    Tools and decoder are always tried, `others` beside them. Raises ToolMissingError without a
    sandbox, ToolFailedError if a child doesn't answer.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        canary = folder / "canary.wav"
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(0.2)
        bystander = runner.start_bystander()
        stack.callback(runner.kill, bystander)
        asked = {
            "look": "breakout",
            "canary": str(canary),
            "folder": str(folder),
            "port": listener.getsockname()[1],
            "process": bystander.pid,
        }
        sealed = [] if sandbox.kind() == "none" else ["sealed"]
        bare = Child("tools", partial(runner.start_python, _BREAKOUT, limits=LIMITS))
        decoder = Child("decoder", partial(runner.start_python, DECODER, *sealed, limits=LIMITS))
        found = {"tools": [*_said(bare, asked), *_ffmpeg(canary, folder, listener)]}
        for child in (decoder, *others):
            found[child.name] = _said(child, asked)
            if _was_called(listener) and not child.network:
                found[child.name].append("call over TCP")
        return found


def _said(kind: Child, asked: Mapping[str, object]) -> list[str]:
    Path(str(asked["canary"])).write_bytes(_sound())
    child = kind.start()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        child.socket.settimeout(_PATIENCE)
        socket.send_fds(child.socket, [json.dumps(asked).encode() + b"\n"], [nothing])
        for message in _messages(child.socket):
            if isinstance(message, dict) and "answer" in message:
                allowed = _CALLS if kind.network else frozenset()
                return [str(one) for one in message["answer"] if one not in allowed]
    except (OSError, ValueError) as error:
        raise ToolFailedError("sandbox", f"a child doesn't answer: {error}") from error
    finally:
        os.close(nothing)
        child.end()
    raise ToolFailedError("sandbox", "a child ended without an answer")


def _messages(line: socket.socket) -> Iterator[object]:
    with line.makefile("rb") as said:
        yield from map(json.loads, said)


def _ffmpeg(canary: Path, folder: Path, listener: socket.socket) -> list[str]:
    """The real tool, with its own lists of protocols out of the way."""
    worked = []
    canary.write_bytes(_sound())
    read = ["-v", "error", "-i", f"file:{canary}", "-f", "null", "-"]
    if runner.run("ffmpeg", ["-nostdin", *read]).returncode == 0:
        worked.append("ffmpeg reads a file")
    tone = ["-f", "lavfi", "-i", "sine=d=0.1"]
    runner.run("ffmpeg", ["-nostdin", "-v", "error", *tone, f"file:{folder / 'written.wav'}"])
    if (folder / "written.wav").exists():
        worked.append("ffmpeg writes a file")
    port = listener.getsockname()[1]
    with suppress(ToolFailedError):
        limits = runner.Limits(wall_seconds=3)
        address = f"tcp://127.0.0.1:{port}?timeout=500000"
        runner.run("ffmpeg", ["-nostdin", "-v", "error", "-i", address], limits=limits)
    if _was_called(listener):
        worked.append("ffmpeg calls over TCP")
    return worked


def _was_called(listener: socket.socket) -> bool:
    called = False
    with suppress(TimeoutError):
        while True:
            listener.accept()[0].close()
            called = True
    return called


def _sound() -> bytes:
    """A tenth of a second of silence, as WAV."""
    data = bytes(1600)
    form = b"fmt " + (16).to_bytes(4, "little") + bytes.fromhex("01000100401f0000803e000002001000")
    body = b"WAVE" + form + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body
