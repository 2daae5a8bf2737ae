"""The one place that starts processes: ffmpeg, ffprobe, and the resident decoder.

Hides how a child is held: argument lists and never a shell, a sandbox, a session of its own that is
killed as a group, limits on time, processor, memory and output, allow-lists of formats and codecs,
and an end with its parent.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from mediacatalog.errors import ToolFailedError, ToolMissingError, ToolTimedOutError
from mediacatalog.media import launching, sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Tool = Literal["ffmpeg", "ffprobe", "tesseract"]

PACKAGES: Mapping[Tool, str] = {
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "tesseract": "tesseract-ocr",
}
"""Debian's."""

STDERR_BYTES = 8192
"""How much of what a tool says is kept, from the end."""

BEAT_SECONDS = 1.0

MAX_PIXELS = 8192 * 8192
MAX_STREAMS = 2048
LOOKED_AT = {"probesize": "20M", "analyzeduration": "20M"}
"""Bytes and microseconds of the beginning by which streams are found, the same for all that look:
else they would count them differently."""

_CONTAINERS = (
    "mov mp4 m4a 3gp 3g2 mj2 matroska webm avi mpegts mpeg mpegvideo mpegtsraw m4v ogg flv "
    "live_flv asf mxf dv wav mp3 aac flac gxf rm ivf dhav h264 hevc obu av1 yuv4mpegpipe nut"
)
FORMATS: tuple[str, ...] = tuple(_CONTAINERS.split())
"""Demuxers that may be opened: containers of footage. No play list, script, picture or network
format is among them (a `.mp4` that is an HLS list would open other files)."""
BARE = frozenset({"mpegvideo", "m4v", "h264", "hevc", "obu"})
"""Those of streams without a container: what libav says of their length is guessed from a rate."""

_VIDEO = (
    "h264 hevc av1 libdav1d libaom-av1 vp8 vp9 libvpx libvpx-vp9 vp6 vp6f vp6a vp3 theora "
    "mpeg4 mpeg2video mpeg1video mpegvideo mjpeg mjpegb prores dvvideo dnxhd ffv1 huffyuv ffvhuff "
    "utvideo rawvideo v210 v308 v408 v410 r210 wmv1 wmv2 wmv3 vc1 msmpeg4 msmpeg4v1 msmpeg4v2 "
    "msmpeg4v3 flv flv1 h261 h263 h263i h263p svq1 svq3 cinepak indeo3 indeo4 indeo5 qtrle "
    "rpza smc 8bps aic msvideo1 msrle jpeg2000 cfhd hap rv10 rv20 rv30 rv40 png vvc"
)
_AUDIO = (
    "aac aac_latm libfdk_aac mp1 mp1float mp2 mp2float mp3 mp3float mp3adu opus libopus vorbis "
    "libvorbis ac3 ac3_fixed eac3 flac alac speex libspeex dca truehd mlp wmav1 wmav2 wmapro "
    "wmavoice wmalossless amrnb amrwb amr_nb amr_wb libopencore_amrnb libopencore_amrwb gsm gsm_ms "
    "libgsm libgsm_ms qcelp qdm2 qdmc mace3 mace6 nellymoser cook ra_144 ra_288 real_144 real_288 "
    "sipr truespeech wavpack tta adpcm_ima_qt adpcm_ima_wav adpcm_ms adpcm_swf adpcm_yamaha "
    "adpcm_g722 adpcm_g726 g722 g726 g726le g723_1 g729 pcm_s8 pcm_s8_planar pcm_u8 pcm_s16le "
    "pcm_s16be pcm_s16le_planar pcm_s16be_planar pcm_s24le_planar pcm_s32le_planar "
    "pcm_u16le pcm_u16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be pcm_f64le "
    "pcm_f64be pcm_alaw pcm_mulaw pcm_bluray pcm_dvd pcm_s24daud s302m"
)
_TEXT = (
    "mov_text subrip srt ass ssa webvtt text ttml eia_608 cc_dec dvbsub dvb_subtitle dvdsub "
    "dvd_subtitle pgssub hdmv_pgs_subtitle xsub dvb_teletext libzvbi_teletextdec"
)
CODECS: tuple[str, ...] = tuple(f"{_VIDEO} {_AUDIO} {_TEXT}".split())
"""Decoders that may be opened: what archives hold. Exotic ones, in which holes live on, are out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use up, whatever the file holds."""

    wall_seconds: float = 120.0
    cpu_seconds: int = 120
    memory_bytes: int = 4 * 2**30
    """Address space."""
    file_bytes: int = 256 * 2**20
    """Of each file that it writes."""
    output_bytes: int = 16 * 2**20
    """On its standard output."""
    open_files: int = 128


@dataclass(frozen=True, slots=True)
class Completed:
    returncode: int
    stdout: bytes
    stderr: str
    """The last 8 kB that it said, control characters escaped."""

    @property
    def reason(self) -> str:
        """The last line that the tool printed, or how it ended."""
        if self.returncode < 0:
            number = -self.returncode
            return f"crashed (signal {number}, {signal.strsignal(number)})"
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        return lines[-1][-400:] if lines else f"ended with code {self.returncode}"


_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co"})


def input_options(tool: Tool) -> list[str]:
    """Options that stand before the input: what may be opened, and how much is looked at."""
    options = ["-v", "error"] if tool == "ffprobe" else ["-v", "error", "-nostdin", "-threads", "1"]
    return [
        *options,
        "-protocol_whitelist",
        "file,pipe",
        "-format_whitelist",
        ",".join(FORMATS),
        "-codec_whitelist",
        ",".join(CODECS),
        "-max_pixels",
        str(MAX_PIXELS),
        "-max_streams",
        str(MAX_STREAMS),
        *(word for name, most in LOOKED_AT.items() for word in (f"-{name}", most)),
    ]


def file_url(path: Path) -> str:
    """A name that no tool takes for an option, a protocol or a pattern."""
    return f"file:{_place(path)}"


STAND_IN = "file:stand-in"
"""A file's name in a list of arguments that ffmpeg-python makes: it takes none but UTF-8."""


def named(arguments: Sequence[str], path: Path) -> list[str]:
    """An argument list with a file's own name in the place of STAND_IN."""
    return [file_url(path) if one == STAND_IN else one for one in arguments]


def _place(path: Path) -> str:
    """The absolute path by which a child finds a file; what `..` climbs over isn't there for it."""
    return str(path.parent.resolve() / path.name if ".." in path.parts else path.absolute())


def _program(tool: Tool) -> str:
    found = shutil.which(tool)
    if found is None:
        raise ToolMissingError(tool, f"isn't installed; install Debian's package {PACKAGES[tool]}")
    return os.path.realpath(found)


@functools.cache
def tool_version(tool: Tool) -> str:
    """The first line of `-version`. Raises ToolMissingError."""
    done = run(tool, ["-version"], limits=Limits(wall_seconds=20))
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode or not lines:
        raise ToolMissingError(tool, f"doesn't work: {done.reason}")
    return lines[0]


def _numbers(limits: Limits) -> dict[str, int]:
    return {
        "cpu": limits.cpu_seconds,
        "memory": limits.memory_bytes,
        "file": limits.file_bytes,
        "files": limits.open_files,
        "core": 0,
    }


def _environment() -> dict[str, str]:
    """Nothing of ours: no passwords, no proxies, a stable locale, one thread per library."""
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
    }


_launcher = launching.Launcher(_environment())
atexit.register(_launcher.close)


def run(  # noqa: PLR0913 - what to run, and each way in which it is held
    tool: Tool,
    arguments: Sequence[str],
    *,
    reads: Sequence[Path] = (),
    writes: Path | None = None,
    limits: Limits | None = None,
    stdin: bytes | None = None,
    beat: Callable[[], None] | None = None,
) -> Completed:
    """Run a tool to its end; the exit code is the caller's to judge.

    `reads` are the files that it may read, `writes` is the one folder that it may write to; inside
    the sandbox they have the same absolute paths. `beat` is called every second or so; what it
    raises ends the run. Raises ToolMissingError (also without a sandbox), ToolTimedOutError after
    the wall time, ToolFailedError when the output outgrows its limit. The whole process group is
    killed and reaped in each case.
    """
    held = limits or Limits()
    program = _program(tool)
    own = () if program.startswith("/usr/") else (os.path.dirname(program),)  # noqa: PTH120
    written = () if writes is None else (_place(writes),)
    access = sandbox.Access(own, tuple(map(_place, reads)), written)
    ordered = sandbox.ordered([program, *arguments], _numbers(held), access)
    # From a file: nothing waits for a child that doesn't read.
    with tempfile.TemporaryFile() if stdin is not None else Path(os.devnull).open("rb") as given:
        if stdin is not None:
            given.write(stdin)
            given.seek(0)
        process = _launcher.start(ordered, given.fileno())
    try:
        stdout, stderr = _read_all(tool, process, held, beat or _nothing)
    finally:
        kill(process)
    returncode = _how_it_ended(process.returncode or 0)
    if returncode == -signal.SIGKILL:
        used = f"used up {held.cpu_seconds} s of processor time, or the machine's memory"
        raise ToolTimedOutError(tool, f"{used}; killed")
    return Completed(returncode, stdout, escaped(stderr.decode("utf-8", "replace")))


_CRASHES = frozenset(
    {
        *(signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE),
        *(signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGXCPU, signal.SIGXFSZ),
        signal.SIGSYS,
    }
)


def _how_it_ended(code: int) -> int:
    """As `Popen.returncode`: bubblewrap says 128 + N of a child that signal N ended."""
    return 128 - code if code - 128 in _CRASHES and sandbox.kind() == "bubblewrap" else code


def _nothing() -> None:
    return None


def _read_all(
    tool: Tool, process: launching.Started, limits: Limits, beat: Callable[[], None]
) -> tuple[bytes, bytes]:
    """All of stdout and the end of stderr. The child has ended then, but isn't reaped yet."""
    deadline = time.monotonic() + limits.wall_seconds
    late = ToolTimedOutError(tool, f"not done after {limits.wall_seconds:g} s; killed")
    stdout, stderr = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for pipe, kept in ((process.stdout, stdout), (process.stderr, stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, kept)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise late
            ready = selector.select(min(left, BEAT_SECONDS))
            beat()
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fileobj)
                key.data.extend(chunk)
            del stderr[:-STDERR_BYTES]
            if len(stdout) > limits.output_bytes:
                much = f"printed more than {limits.output_bytes} bytes; killed"
                raise ToolFailedError(tool, much)
    while not _has_ended(process):
        if time.monotonic() > deadline:
            raise late
        time.sleep(0.002)
    return bytes(stdout), bytes(stderr)


def _has_ended(process: launching.Started) -> bool:
    """Whether the child is over.

    It isn't reaped yet: its number stays its own, and killing its group can hit nobody else.
    """
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, flags) is not None


# Joiners and plain direction marks: Persian, Arabic and Hebrew titles need them, and unlike
# embeddings and overrides they can't make one text look like another.
_KEPT = frozenset("\n\u200c\u200d\u200e\u200f\u061c")


def escaped(text: str) -> str:
    """Control, bidi override, surrogate and private characters as escapes; line ends stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _ESCAPED and character not in _KEPT
        else character
        for character in text
    )


@dataclass(frozen=True, slots=True)
class Resident:
    """A child that stays, and the socket over which it is spoken to; its standard input is ours."""

    process: subprocess.Popen[bytes]
    socket: socket.socket

    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """End it and all that it started, and reap it."""
        self.socket.close()
        kill(self.process)


def start_python(
    module: str, *arguments: str, limits: Limits, reads: Sequence[str] = (), network: bool = False
) -> Resident:
    """Start `python -m module` as a resident child that can read nothing but programs.

    `reads` are files of the system that it may read as well; `network` lets it call others.
    `limits.cpu_seconds` and `file_bytes` may be -1 for none; the caller keeps the time. What it
    prints is thrown away: it answers over its standard input, a stream socket, by which it can be
    handed open files. It dies with this process. Raises ToolMissingError without a sandbox.
    """
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, *(one for one in sys.path if one)}
    folders = {os.path.abspath(one) for one in folders if os.path.exists(one)}  # noqa: PTH100, PTH110
    # -P: a `numpy.py` in the folder of somebody's footage isn't imported.
    program = [_interpreter(), "-P", "-m", module, *arguments]
    access = sandbox.Access(tuple(sorted(folders)), tuple(reads), network=network)
    command = sandbox.command(program, _numbers(limits), access)
    environment = _environment() | _STAYING
    environment["PYTHONPATH"] = os.pathsep.join(one for one in sys.path if one)
    ours, theirs = socket.socketpair()
    with theirs:
        process = _launcher.lasting.submit(_start, command, environment, theirs.fileno()).result()
    return Resident(process, ours)


_STAYING: Final = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
    "MALLOC_ARENA_MAX": "1",
}
"""Of a process that stays: pictures are given back to the system once they are let go. glibc would
come to keep them on its heap (mallopt(3)), which then grows with the length of a film."""


def _start(command: list[str], environment: dict[str, str], line: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=line,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
        close_fds=True,
    )


def _interpreter() -> str:
    return os.path.abspath(sys.executable)  # noqa: PTH100 - a link says which environment it is


def start_bystander() -> subprocess.Popen[bytes]:
    """A process that does nothing, for `proof` to see whether a child can touch it."""
    return subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)


def kill(process: subprocess.Popen[bytes] | launching.Started) -> None:
    """End a child and all that it started, and reap it; its pipes are closed."""
    if process.returncode is None:  # once reaped, the number may be another's
        for strike in (os.kill, os.killpg):  # one that begins just now has no group yet
            with contextlib.suppress(ProcessLookupError, PermissionError):
                strike(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
