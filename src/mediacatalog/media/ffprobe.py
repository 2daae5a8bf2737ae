"""How ffprobe is asked, and what is told of a file when it refuses.

ffprobe opens a decoder for every stream before it says anything, so one stream whose codec isn't
allowed, or is damaged, makes it refuse the whole file. Then ffmpeg lists the packets without any
decoder (`-c copy -f framecrc`): streams, sizes, time stamps; tags are lost.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediacatalog.errors import ToolFailedError, ToolTimedOutError, UnreadableMediaError
from mediacatalog.media import runner, transport
from mediacatalog.media.untrusted import Json, child, decimal, items, text, whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

LIMITS = runner.Limits(wall_seconds=60, cpu_seconds=45)
SCAN_LIMITS = runner.Limits(wall_seconds=600, cpu_seconds=300, output_bytes=128 * 2**20)
PACKETS = 3000
"""Packets of the picture, at most, that are looked at to tell a variable frame rate."""

_OF_A_FRAME = "color_transfer,interlaced_frame,pix_fmt"
_ONE = ("-read_intervals", "%+#1")
_MERGED = (f"-{transport.MERGED}", "1")

# What ffprobe says, in plain words; the first that is found in all that it said.
_WORDS = (
    ("moov atom not found", "no index (moov): the file is cut off or was never finished"),
    ("Format not on whitelist", "its format isn't one of the allowed containers of footage"),
    ("Cannot allocate memory", "it asks for more memory than one file may have"),
    ("End of file", "it ends before its header does"),
    ("Invalid data found", "not a video that can be read"),
    ("Invalid argument", "not a video that can be read"),
)
_TOO_LARGE = re.compile(r"Picture size (\d+x\d+) (?:exceeds|is invalid)")
_NOT_ALLOWED = re.compile(r"Codec \((\w+)\) not on whitelist")
_ALLOWED = re.compile(r" whitelist '[^']*'")
_SAID = re.compile(r"^\[(\S+) @ 0x[0-9a-f]+\] (.*)")
_STREAM = re.compile(
    r"^ +Stream #0:(\d+)(?:\[0x\w+\])?(?:\((\w{2,8})\))?: (\w+): (.*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Header:
    """The answer about format, streams and chapters."""

    raw: bytes
    document: Json
    refused: str = ""
    """Why ffprobe refused the file, when the facts were found without it."""
    packets: Json | None = None
    """The first packets by stream index, when they came along."""
    frame: Json | None = None
    """Of the file's first packet, if that is one of pictures: what `first_frame` tells."""

    @property
    def merged(self) -> bool:
        """Whether libav was told to go on where a programme takes other PIDs (`transport`)."""
        return transport.MERGED in self.document


def header(path: Path) -> Header:
    """Raises UnreadableMediaError in words that a person understands."""
    asked = ["-show_format", "-show_streams", "-show_chapters", "-show_programs"]
    # The first packet is that of a picture most often: its frame costs no process of its own.
    entries = f"frame=stream_index,{_OF_A_FRAME}"
    done = _run(path, [*asked, "-show_frames", "-show_entries", entries, *_ONE])
    large = _TOO_LARGE.search(done.stderr)
    why = _understandable(done)
    if not done.returncode:
        document = _parsed(path, done.stdout)
        if _goes_on(document):
            again = _run(path, [*_MERGED, *asked, "-show_frames", "-show_entries", entries, *_ONE])
            document = _parsed(path, again.stdout) | {transport.MERGED: 1}
        head: Header | None = _header(document)
    else:
        head = None if why.startswith("no index") else _without_decoders(path, _refusal(done))
    # A side stream may be as large as it likes, say a cover: it isn't opened.
    if large and not (head and any(_fits(one) for one in items(head.document, "streams"))):
        limit = f"{runner.MAX_PIXELS / 1e6:.0f} million pixels are allowed"
        raise UnreadableMediaError(path, f"its picture is too large: {large[1]}, {limit}")
    if head is None:
        raise UnreadableMediaError(path, why)
    return head


def _goes_on(document: Json) -> bool:
    if text(child(document, "format").get("format_name")) != transport.FORMAT:
        return False
    kinds = ((one.get("codec_type"), one.get("codec_name")) for one in items(document, "streams"))
    return transport.goes_on([(text(kind), text(codec)) for kind, codec in kinds])


def _header(document: Json) -> Header:
    frame = next(iter(items(document, "frames")), None)
    document.pop("frames", None)
    return Header(json.dumps(document).encode(), document, frame=frame)


def _refusal(done: runner.Completed) -> str:
    names = sorted(set(_NOT_ALLOWED.findall(done.stderr)))
    if names:
        return f"the codec {' and '.join(names)} isn't on the list of decoders that may be opened"
    return f"a stream can't be opened: {_last_words(done)}"


def _fits(stream: Json) -> bool:
    """Whether it is a picture of a size that may be decoded."""
    pixels = (whole(stream.get("width")) or 0) * (whole(stream.get("height")) or 0)
    return is_picture(stream) and 0 < pixels <= runner.MAX_PIXELS


def is_picture(stream: Json) -> bool:
    """Whether it is moving pictures, and no cover."""
    disposition = child(stream, "disposition")
    return stream.get("codec_type") == "video" and disposition.get("attached_pic") != 1


def picture(form: Json, streams: Sequence[Json]) -> Json | None:
    """The moving pictures that players show: of MP4 and MOV the first track that is enabled."""
    moving = [one for one in streams if is_picture(one)]
    if "mov" in text(form.get("format_name")).split(","):
        enabled = [one for one in moving if child(one, "disposition").get("default") == 1]
        moving = enabled or moving
    return moving[0] if moving else None


def packets(path: Path, index: int, count: int, *, merged: bool = False) -> list[Json]:
    """The first packets of a stream (`pts`, `duration`, `flags`); none if they can't be read."""
    entries = "packet=pts,duration,flags"
    selected = ["-select_streams", str(index), "-show_entries", entries]
    selected = [*(_MERGED if merged else ()), *selected]
    return _items(path, [*selected, "-read_intervals", f"%+#{count}"], "packets")


def first_frame(path: Path, index: int) -> Json:
    """What the first decoded frame says of colours and fields; empty if there is none."""
    asked = ["-select_streams", str(index), "-show_frames", "-show_entries"]
    two = ("-read_intervals", "%+#2")  # of field-coded H.264 a packet may be half of a frame
    return next(iter(_items(path, [*asked, f"frame={_OF_A_FRAME}", *two], "frames")), {})


def span(path: Path, index: int) -> Fraction | None:
    """Seconds from the first to the end of the last packet of a stream, from reading them all."""
    entries = "packet=pts_time,duration_time"
    asked = ["-select_streams", str(index), "-show_entries", entries]
    arguments = [*runner.input_options("ffprobe"), "-of", "csv=p=0", *asked, runner.file_url(path)]
    try:
        done = runner.run("ffprobe", arguments, reads=[path], limits=SCAN_LIMITS)
    except ToolFailedError:
        return None
    first = last = None
    for line in done.stdout.splitlines():
        start, _, length = line.decode("ascii", "replace").partition(",")
        begin = decimal(start)
        if begin is None:
            continue
        end = begin + (decimal(length.strip(",")) or 0)
        first = begin if first is None else min(first, begin)
        last = end if last is None else max(last, end)
    return None if first is None or last is None else last - first


def _run(path: Path, asked: Sequence[str]) -> runner.Completed:
    arguments = [*runner.input_options("ffprobe"), "-of", "json=c=1", *asked, runner.file_url(path)]
    try:
        return runner.run("ffprobe", arguments, reads=[path], limits=LIMITS)
    except ToolTimedOutError as error:
        raise UnreadableMediaError(path, f"reading its header took too long ({error})") from error
    except ToolFailedError as error:
        if "printed more" in error.reason:
            raise UnreadableMediaError(path, "its header is unreasonably large") from error
        raise


def _items(path: Path, asked: Sequence[str], name: str) -> list[Json]:
    """A list of the answer; faults of the tool count as "not known", the header's facts stand."""
    try:
        done = _run(path, asked)
        return items(_parsed(path, done.stdout), name)
    except UnreadableMediaError:
        return []


def _parsed(path: Path, raw: bytes) -> Json:
    try:
        document = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise UnreadableMediaError(path, "ffprobe's answer can't be read") from error
    return document if isinstance(document, dict) else {}


def _last_words(done: runner.Completed) -> str:
    """The last telling line that a part of the tool said, without its address in memory."""
    lines = [found for line in done.stderr.splitlines() if (found := _SAID.match(line))]
    lines = [found for found in lines if found[2] != "error reading header"] or lines
    if not lines:
        return done.reason.rsplit(": ", 1)[-1]
    part, said = lines[-1][1].split(",")[0], lines[-1][2]
    return f"{part}: {_ALLOWED.sub(' whitelist', said)}"


def _understandable(done: runner.Completed) -> str:
    for sign, words in _WORDS:
        if sign in done.stderr:
            return f"{words} (ffprobe: {_last_words(done)})"
    if _NOT_ALLOWED.search(done.stderr):
        return _refusal(done)
    return f"can't be read: {_last_words(done)}"


# --- without decoders -----------------------------------------------------------------------------


def _without_decoders(path: Path, refused: str) -> Header | None:
    """An answer like ffprobe's, with the first packets; None when there are no streams either."""
    before = [*runner.input_options("ffmpeg"), "-v", "info", "-hide_banner", "-nostats"]
    few = [f"-frames:{kind}" for kind in "asd"]
    arguments = [
        *(*before, "-i", runner.file_url(path), "-map", "0", "-copy_unknown", "-c", "copy"),
        *(*(word for one in few for word in (one, "1")), "-frames:v", str(PACKETS), "-copyts"),
        *("-f", "framecrc", "-"),
    ]
    try:
        done = runner.run("ffmpeg", arguments, reads=[path], limits=LIMITS)
    except ToolFailedError:
        return None
    streams: dict[int, Json] = {}
    stamps: Json = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if field := re.match(r"#(\w+) (\d{1,4}): (.*)", line):
            streams.setdefault(int(field[2]), {"index": int(field[2])})[field[1]] = field[3]
        elif packet := re.match(r"(\d{1,4}), *(-?\d+), *(-?\d+), *(-?\d+),", line):
            one = {"pts": packet[3], "duration": packet[4]}
            stamps.setdefault(packet[1], []).append(one)
    if not streams:
        return None
    described = done.stderr.split("Output #0", 1)[0]
    document = {
        "format": _format(described),
        "streams": [_stream(one, stamps, described) for one in streams.values()],
    }
    return Header(json.dumps(document).encode(), document, refused, stamps)


def _format(described: str) -> Json:
    name = re.search(r"^Input #0, (\S+), from", described, re.MULTILINE)
    length = re.search(r"^ +Duration: (\d\d+):(\d\d):(\d\d\.\d+)", described, re.MULTILINE)
    found: Json = {"format_name": name[1] if name else "unknown"}
    if length:
        seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3])
        found["duration"] = f"{seconds:.2f}"
    return found


def _stream(fields: Json, stamps: Json, described: str) -> Json:
    """framecrc's header lines, by the names that ffprobe has for them."""
    width, _, height = text(fields.get("dimensions")).partition("x")
    index = fields["index"]
    own = next((one for one in _STREAM.finditer(described) if one[1] == str(index)), None)
    first = next(iter(items(stamps, str(index))), Json())
    return {
        "index": index,
        "codec_type": fields.get("media_type"),
        "codec_name": fields.get("codec_id"),
        "width": whole(width),
        "height": whole(height),
        "sample_aspect_ratio": text(fields.get("sar")).replace("/", ":"),
        "time_base": fields.get("tb"),
        "start_pts": whole(first.get("pts")),
        "sample_rate": fields.get("sample_rate"),
        "avg_frame_rate": _rate(own[4]) if own else None,
        "disposition": {"attached_pic": int("(attached pic)" in own[4])} if own else {},
        "tags": {"language": own[2]} if own and own[2] else {},
    }


def _rate(described: str) -> str | None:
    """The rate out of ffmpeg's rounded words: `29.97 fps` is 30000/1001."""
    found = re.search(r", (\d{1,4})(\.\d{1,2})? fps", described)
    if found is None:
        return None
    near = round(float(found[1] + (found[2] or "")))
    exact = f"{float(found[1] + (found[2] or '')):.2f}"
    for rate, below in ((near * 1000, 1001), (near, 1)):
        if f"{rate / below:.2f}" == exact:
            return f"{rate}/{below}"
    return f"{round(float(exact) * 100)}/100"
