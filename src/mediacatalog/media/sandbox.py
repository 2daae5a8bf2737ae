"""Which sandbox children run in, and the command line that puts one on.

bubblewrap where it works: a child sees the system's programs, the files that it was given, and
nothing else: no network, no other process, no name of a file elsewhere. Where user namespaces are
forbidden, as in most containers, Landlock and a filter of system calls do the same by denying it.
Without either nothing is started: footage is hostile.
"""

from __future__ import annotations

import functools
import marshal
import os
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from mediacatalog.errors import ToolMissingError
from mediacatalog.media import confinement

if TYPE_CHECKING:
    from collections.abc import Sequence

Sandbox = Literal["auto", "bubblewrap", "landlock", "none"]
"""`auto`: bubblewrap, else Landlock, else nothing is started. `none` must be asked for."""


def compiled(source: Path, kept: str | None) -> Path:
    """A program as importing it has compiled it and `kept` it; `source` where that isn't it.

    Python compiles a script anew at every start, which takes a quarter of the launcher's time. What
    was kept of another version is passed over, by the same marks as an import does (PEP 552).
    """
    if kept is None:
        return source
    about = source.stat()
    marks = struct.pack("<III", 0, int(about.st_mtime) & 0xFFFFFFFF, about.st_size & 0xFFFFFFFF)
    try:
        with Path(kept).open("rb") as file:
            fits = file.read(16) == MAGIC_NUMBER + marks
    except OSError:
        return source
    return Path(kept).absolute() if fits else source


_LAUNCHER = str(
    compiled(
        Path(confinement.__file__).absolute(),
        confinement.__spec__.cached if confinement.__spec__ else None,
    )
)
"""The program that confines a child."""
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
_HARMLESS = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/proc/self/status")

_asked: list[Sandbox] = ["auto"]


@dataclass(frozen=True, slots=True)
class Access:
    """What a child may open, as absolute paths."""

    programs: tuple[str, ...] = ()
    """Read and executed, beside the system's own."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    """Folders."""
    network: bool = False
    """Whether others may be called. Nobody but a child that fetches pages has a reason to."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the launcher is to confine a child: marshalled, for the same interpreter starts it."""

    parent: int
    limits: dict[str, int]
    wrapped: bool = False
    files: dict[str, list[str]] | None = None
    network: bool = False


def use(asked: Sandbox) -> None:
    """Choose the sandbox of all children that this process starts from now on."""
    if asked not in get_args(Sandbox):
        raise ValueError(f"{asked!r} is no sandbox")
    _asked[0] = asked


def kind() -> Sandbox:
    """What children run in: never `auto`. Raises ToolMissingError when there is none."""
    return _found(_asked[0])


@functools.cache
def _found(asked: Sandbox) -> Sandbox:
    if asked == "none":
        return "none"
    tried: list[str] = []
    if asked != "landlock":
        if not (reason := _bubblewrap_fails()):
            return "bubblewrap"
        tried.append(reason)
    if asked != "bubblewrap":
        if not (reason := _landlock_fails()):
            return "landlock"
        tried.append(reason)
    raise ToolMissingError(
        "sandbox", f"nothing is read without one ({'; '.join(tried)}); install bubblewrap"
    )


def _bubblewrap_fails() -> str:
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap isn't installed"
    try:
        done = subprocess.run(
            [program, *_walls(Access()), "/usr/bin/true"],
            capture_output=True,
            timeout=20,
            check=False,
            env={},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap: {type(error).__name__}"
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return "" if done.returncode == 0 else f"bubblewrap: {said[-1] if said else done.returncode}"


def _landlock_fails() -> str:
    if not confinement.landlock_version():
        return "this kernel has no Landlock"
    machine = os.uname().machine
    return "" if machine in confinement.SUPPORTED else f"no filter of system calls for {machine}"


def launcher(*arguments: str) -> list[str]:
    """The command line of the program that confines children."""
    return [sys.executable, "-I", "-S", _LAUNCHER, *arguments]


def command(program: Sequence[str], limits: dict[str, int], access: Access) -> list[str]:
    """The command line that starts `program` confined; all else as `ordered`."""
    order, inner = ordered(program, limits, access)
    return launcher(marshal.dumps(order).hex(), *inner)


def ordered(
    program: Sequence[str], limits: dict[str, int], access: Access
) -> tuple[dict[str, Any], list[str]]:
    """How the launcher is to confine `program` (the first is an absolute path), and what to start.

    `limits` by the names of `confinement.limit`. Raises ToolMissingError without a sandbox.
    """
    found = kind()
    order = Order(os.getpid(), limits, network=access.network)
    inner = list(program)
    if found == "bubblewrap":
        order = Order(os.getpid(), limits, wrapped=True, network=access.network)
        inner = [shutil.which("bwrap") or "bwrap", *_walls(access), *program]
    elif found == "landlock":
        files = {
            "programs": [*_SYSTEM, *access.programs],
            "reads": [*_HARMLESS, *access.reads],
            "writes": ["/dev/null", *access.writes],
        }
        order = Order(os.getpid(), limits, files=files, network=access.network)
    return {name: getattr(order, name) for name in Order.__slots__}, inner


def _walls(access: Access) -> list[str]:
    """bubblewrap's options. Paths are the same inside, so that no argument has to be rewritten."""
    walls = ["--die-with-parent", "--unshare-ipc", "--unshare-pid"]
    walls += [] if access.network else ["--unshare-net"]
    walls += ["--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL"]
    if os.geteuid() == 0:  # without a namespace of users, root's files may belong to anybody
        walls += ["--cap-add", "CAP_DAC_READ_SEARCH"]
    else:
        walls += ["--unshare-user"]
    walls += ["--dev", "/dev", "--proc", "/proc", "--dir", "/tmp"]  # noqa: S108 - its own
    walls += _walls_of_the_system()
    for path in (*access.programs, *access.reads):
        walls += ["--ro-bind-try", path, path]
    for path in access.writes:
        walls += ["--bind", path, path]
    # Nothing is written but to `writes`: what lies in memory is bound by no limit of files.
    # Root, even without capabilities, owns the kernel's settings under /proc.
    for place in ("/", "/dev", "/proc"):
        walls += ["--remount-ro", place]
    return [*walls, "--chdir", "/", "--"]


@functools.cache
def _walls_of_the_system() -> list[str]:
    walls: list[str] = []
    for place in _SYSTEM:
        if Path(place).is_symlink():
            walls += ["--symlink", str(Path(place).readlink()), place]
        else:
            walls += ["--ro-bind-try", place, place]
    return walls
