"""How tools are started: by a small process that is up, and lets copies of itself become them.

To load an interpreter that puts the sandbox on took longer than the sandbox. What is started is a
child of this process all the same (`confinement`), so that it can be waited for and killed.
"""

from __future__ import annotations

import errno
import marshal
import os
import socket
import struct
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediacatalog.media import sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO


@dataclass(slots=True)
class Started:
    """A tool in a session of its own; like a `Popen`, as far as that is needed."""

    pid: int
    stdout: IO[bytes]
    stderr: IO[bytes]
    stdin: None = None
    returncode: int | None = None

    def wait(self) -> None:
        """Reap it."""
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Launcher:
    """Starts tools, from any thread; the process that turns into them is started when first needed.

    It ends with this one. `environment` is all that tools find in theirs. To be closed at the end.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Nothing is up. A copy of this process has to have its own."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self.lasting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
        """PR_SET_PDEATHSIG ends a child with the *thread* that started it: this one stays."""

    def start(self, ordered: tuple[dict[str, Any], list[str]], stdin: int) -> Started:
        """What `sandbox.ordered` gave, with an open file as its standard input. Raises OSError."""
        out, their_out = os.pipe()
        said, their_said = os.pipe()
        try:
            number = self._number(marshal.dumps(ordered), (stdin, their_out, their_said))
        except BaseException:
            os.close(out)
            os.close(said)
            raise
        finally:
            os.close(their_out)
            os.close(their_said)
        return Started(number, os.fdopen(out, "rb", 0), os.fdopen(said, "rb", 0))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _number(self, order: bytes, files: Sequence[int]) -> int:
        """The number of the process that carries out the order."""
        with self._lock:
            line = self._ready()
            told = struct.pack("=I", len(order)) + order
            line.sendall(told[socket.send_fds(line, [told], files) :])
            answer = line.recv(4, socket.MSG_WAITALL)
            if len(answer) < 4:
                self._end()
                raise OSError(errno.ECHILD, "the launcher of tools died")
        (number,) = struct.unpack("=i", answer)
        if number < 0:
            raise OSError(-number, os.strerror(-number))
        return int(number)

    def _ready(self) -> socket.socket:
        """The line to the process."""
        if self._process is not None and self._line is not None:
            if self._process.poll() is None:
                return self._line
            self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = self.lasting.submit(self._begin, theirs.fileno()).result()
        self._line = ours
        return ours

    def _begin(self, line: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            sandbox.launcher("serve", str(os.getpid())),
            stdin=line,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(self._environment),
            start_new_session=True,
        )

    def _end(self) -> None:
        """Whatever became of it, nothing more is asked of it."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._line = None
