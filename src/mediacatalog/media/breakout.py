"""Attempts to break out of a sandbox, made from inside it: what a hostile file would try.

For `doctor` and the tests, which plant what may not be reached and listen where nobody may call.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PTRACE_ATTACH: Final = 16


def attempts(asked: Mapping[str, object]) -> list[str]:
    """Names of what worked, in order; none is what one wants to see.

    `asked`: `canary` is a file that may not be read, `folder` one where nothing may be written,
    `port` one on the loopback that may not be reached, `process` the number of one to leave alone.
    """
    canary, folder = str(asked["canary"]), str(asked["folder"])
    port, process = int(str(asked["port"])), int(str(asked["process"]))
    tried: dict[str, Callable[[], object]] = {
        "read a file": lambda: _read(canary),
        "list a folder": lambda: os.listdir(folder),  # noqa: PTH208
        "write a file": lambda: _write(f"{folder}/written"),
        "remove a file": lambda: os.remove(canary),  # noqa: PTH107
        "make a link": lambda: os.symlink(canary, f"{folder}/linked"),  # noqa: PTH211
        "call over TCP": lambda: _call(port),
        "send over UDP": lambda: _send(port),
        "start a program": _start,
        "start a process": _fork,
        "signal a process": lambda: os.kill(process, signal.SIGCONT),
        "look into a process": lambda: _look_into(process),
        "change the kernel's settings": lambda: _open_to_write("/proc/sys/kernel/core_pattern"),
        "change its own standing": lambda: _open_to_write("/proc/self/oom_score_adj"),
        "read a process's environment": lambda: _read(f"/proc/{process}/environ"),
    }
    return [name for name, attempt in tried.items() if _worked(attempt)]


def _worked(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - nothing more is loaded in here
        file.read(1)


def _write(path: str) -> None:
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"x")


def _open_to_write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY))


def _call(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()


def _send(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"x", ("127.0.0.1", port))


def _start() -> None:
    subprocess.run(["/usr/bin/true"], check=True)


def _fork() -> None:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _look_into(process: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(_PTRACE_ATTACH, process, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    libc.ptrace(17, process, None, None)  # PTRACE_DETACH


def main() -> None:
    """As a resident child: the answer to one request, both over the standard input."""
    asked = json.loads(os.read(0, 1 << 16))
    os.write(0, json.dumps({"answer": attempts(asked)}).encode() + b"\n")


if __name__ == "__main__":
    main()
