"""How a proxy is made: ffmpeg's argument list, and the numbers behind it.

Of a file's own only numbers get into the list, and its path.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from mediacatalog.errors import ToolMissingError, UnreadableMediaError
from mediacatalog.media import leaks, probe, runner, transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.media.playable import Way
    from mediacatalog.values import Probe, VideoFacts

RECIPE = "proxy-3"
"""Changed whenever the same master would give another proxy."""
NAME, SEEN, PROGRESS, MARK = "proxy.mp4", "seen.txt", "progress.txt", "mark.txt"

LONG_SIDE, SHORT_SIDE = 1920, 1080
VIDEO_BITS, LEAST_BITS = 6_000_000, 800_000
"""At most, a second, at 1920×1080; smaller pictures get their share."""
SOUND_BITS, SOUND_RATE = 160_000, 48_000
GOP_SECONDS = 0.9
"""A key frame comes with the first frame after it: within a second at ten frames a second."""
QUALITY, PRESET = "22", "veryfast"
LONG_STILL, STILL_QUALITY = 20, "32"
"""Seconds without a frame before which x264, held to a rate, gives the last one hardly any bits;
and the coarsest quantizer then."""

OTHER_SHAPE = 0.04
"""Of the aspect ratio: less is rounding, and the samples of old tape standards."""
SECONDS_A_SECOND, LEAST_SECONDS = 60, 600
"""Processor time for a second of film, and for the shortest."""
SPARE_BYTES = 32 * 2**20
RGB = ("rgb", "bgr", "gbr", "0rgb", "0bgr", "argb", "abgr", "pal8")
"""How names of pixel formats begin that hold no luma."""
ONE_DAY = 86400
MARK_LEAST = 10
"""Pixels of the smallest letters of a watermark."""
FONTS = tuple(
    Path(f"/usr/share/fonts/{place}/DejaVuSans.ttf")
    for place in ("truetype/dejavu", "dejavu-sans-fonts", "TTF", "dejavu")
)
"""It writes Latin, Greek, Cyrillic and Arabic. Debian's ffmpeg brings it."""


@dataclass(frozen=True, slots=True)
class Master:
    """A master and what the catalogue knows of its times."""

    path: Path
    probe: Probe
    start_pts: int
    """Of the first frame shown: the proxy's zero."""
    time_base: Fraction
    duration_ms: int
    positions: tuple[int, ...]
    """PTS of frames that the catalogue names: shots, keyframes, stills."""
    end_pts: int | None = None
    """Where a part of it ends, before the frame at this position; `start_pts` is its beginning."""
    mark: str = ""
    """A text that is burnt into the picture."""
    lead_ms: int = 0
    """What is read of the master before the part begins."""

    @property
    def stands_still(self) -> bool:
        """Whether it may go without a frame for long, by the frames that the catalogue names."""
        longest = max((after - one for one, after in pairwise(sorted(self.positions))), default=0)
        return longest * self.time_base > LONG_STILL

    @property
    def video(self) -> VideoFacts:
        """The picture, of a known size. Raises UnreadableMediaError."""
        found = self.probe.video
        if found is None or not found.display_width or not found.display_height:
            raise UnreadableMediaError(self.path, "no proxy: the size of its picture isn't known")
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to a proxy."""

    way: Way
    sound: int | None
    """Index of the sound's stream; None for a silent proxy."""
    size: tuple[int, int]
    limits: runner.Limits
    held: bool = False
    """Whether pictures of another size go through the filters as they are. Else ffmpeg makes them
    anew, and the count of positions begins anew with them."""


def most_bytes(duration_ms: int, size: tuple[int, int] = (LONG_SIDE, SHORT_SIDE)) -> int:
    """What a proxy of this length may take up, at the very most."""
    rate = _video_bits(size) + SOUND_BITS
    return int(duration_ms * rate / 8000 * 1.3) + SPARE_BYTES


def plans(master: Master, way: Way, most_seconds: float) -> Iterator[Plan]:
    """The ways to try, in order: copied, coded anew, so with filters that stay, without sound."""
    video = master.video
    size = fitted(video.display_width, video.display_height)
    read_ms = master.lead_ms + master.duration_ms
    seconds = LEAST_SECONDS + SECONDS_A_SECOND * read_ms / 1000
    wall = min(most_seconds, seconds)
    copied = master.probe.byte_count if way == "copy" else 0
    limits = runner.Limits(
        wall_seconds=wall,
        cpu_seconds=round(wall),
        file_bytes=max(copied + SPARE_BYTES, most_bytes(master.duration_ms, size)),
        output_bytes=2**20,
    )
    marked = [one for one in master.probe.audio if one.is_default]  # as for the viewing's loudness
    sound = next((one.index for one in (*marked, *master.probe.audio)), None)
    if way == "copy":
        yield Plan("copy", sound, size, limits)
    yield Plan("encode", sound, size, limits)
    if not (video.hdr or video.clean_aperture or _is_of_fields(video)):  # whose filters must know
        yield Plan("encode", sound, size, limits, held=True)
    if sound is not None:
        yield Plan("encode", None, size, limits)


def fitted(width: int, height: int) -> tuple[int, int]:
    """The size in which a picture is shown: within 1920×1080 or 1080×1920, even, never larger."""
    long, short = max(width, height), min(width, height)
    part = min(Fraction(1), Fraction(LONG_SIDE, long), Fraction(SHORT_SIDE, short))
    return max(2, round(width * part / 2) * 2), max(2, round(height * part / 2) * 2)


def _video_bits(size: tuple[int, int]) -> int:
    share = Fraction(size[0] * size[1], LONG_SIDE * SHORT_SIDE)
    return max(LEAST_BITS, round(VIDEO_BITS * share))


def arguments(master: Master, plan: Plan, into: Path) -> list[str]:
    """ffmpeg's argument list: two outputs of one reading, the proxy and the list of its frames."""
    video, base = master.video, master.time_base
    exact = ["-fps_mode", "passthrough", "-enc_time_base:v", f"{base.numerator}/{base.denominator}"]
    # A crop on the left is a crop to the sample, as in the stills.
    given = ["-reinit_filter:v", "0"] if plan.held else []
    given += [f"-{transport.MERGED}", "1"] if probe.merged(master.probe) else []
    given += ["-copyts", "-flags:v", "unaligned", "-i", runner.file_url(master.path)]
    if plan.way == "copy":
        shift = f"setts=pts=PTS-({master.start_pts}):dts=DTS-({master.start_pts})"
        units = "filter_units=pass_types=" + "|".join(map(str, sorted(leaks.UNITS)))
        picture = ["-map", f"0:{video.index}", "-c:v", "copy", "-bsf:v", f"{shift},{units}"]
        seen = ["-map", f"0:{video.index}", "-c:v", "copy", "-bsf:v", shift]
    else:
        if master.mark:
            (into / MARK).write_text(master.mark, encoding="utf-8")
        given += ["-filter_complex", _graph(master, video, plan.size, into)]
        picture = ["-map", "[shown]", *exact, *_coding(master, plan.size)]
        seen = ["-map", "[seen]", *exact, "-c:v", "wrapped_avframe"]
    return [
        *runner.input_options("ffmpeg"),
        *("-nostats", "-progress", runner.file_url(into / PROGRESS), "-stats_period", "2"),
        *given,
        *picture,
        *_sound(master, plan.sound),
        *("-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-dn", "-sn"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        *("-video_track_timescale", str(base.denominator), "-max_muxing_queue_size", "4096"),
        *("-movflags", "+faststart", "-f", "mp4", runner.file_url(into / NAME)),
        *seen,
        *("-f", "framecrc", runner.file_url(into / SEEN)),
    ]


def _coding(master: Master, size: tuple[int, int]) -> list[str]:
    bits = _video_bits(size)
    return [
        *("-c:v", "libx264", "-preset", PRESET, "-crf", QUALITY, "-profile:v", "high"),
        *("-maxrate", str(bits), "-bufsize", str(2 * bits), "-threads:v", "1"),
        *(("-qmax", STILL_QUALITY) if master.stands_still else ()),
        *("-bf", "0", "-g", "100000", "-forced-idr", "1", "-a53cc", "0"),
        "-force_key_frames",
        f"expr:isnan(prev_forced_t)+gte(t,prev_forced_t+{GOP_SECONDS})",
        *("-bsf:v", "filter_units=pass_types=" + "|".join(map(str, sorted(leaks.UNITS)))),
    ]


def _sound(master: Master, index: int | None) -> list[str]:
    """One track, in two channels: gaps are filled, what comes before the picture is cut."""
    if index is None:
        return []
    base = master.time_base
    zero = f"{master.start_pts * base.numerator}/{base.denominator}"
    shaped = f"asetpts=PTS-({zero})/TB,"
    if master.end_pts is not None:
        last = Fraction(master.end_pts - master.start_pts) * base
        shaped += f"atrim=start=0:end={float(last):.6f},"
    shaped += f"aresample={SOUND_RATE}:async=1:first_pts=0"
    coded = ["-c:a", "aac", "-ac", "2", "-b:a", str(SOUND_BITS)]
    return ["-map", f"0:{index}", "-af", shaped, *coded]


def _graph(master: Master, video: VideoFacts, size: tuple[int, int], into: Path) -> str:
    """From decoded frames (turned upright by ffmpeg) to `[shown]`; `[seen]` are the same, counted.

    Frames before the catalogue's first, and outside of the part, are left out.
    """
    kept = "select='gte(pts,0)'"
    if master.end_pts is not None:  # unlike `select`, it ends the reading
        kept = f"trim=start_pts=0:end_pts={master.end_pts - master.start_pts}"
    begun = f"[0:{video.index}]setpts='{clock(master, video)}',{kept},split=2[seen]"
    width, height = size
    deinterlaced = ["bwdif=mode=send_frame:parity=auto:deint=interlaced"]
    steps = deinterlaced if _is_of_fields(video) else []
    if video.field_order:  # its frames don't say that they are of two fields
        steps.insert(0, f"setfield={'tff' if video.field_order == 'tt' else 'bff'}")
    steps += _cut(master, video)
    if video.fields_apart:
        shape = Fraction(video.display_width, video.display_height)
        steps.append(f"setsar=sar='{shape.numerator}/{shape.denominator}*h/w'")
    if video.hdr:
        steps += _tone_mapped(video, width, height)
    elif (video.pixel_format or "").startswith(
        ("rgb", "bgr", "gbr", "0rgb", "argb", "abgr", "pal")
    ):
        steps.append(f"{_fitted_in(size)}:out_color_matrix=bt709:out_range=tv,format=yuv420p")
        steps.append("setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709")
    else:
        steps.append(f"{_fitted_in(size)}:out_range=tv,format=yuv420p")
    if not video.hdr:
        steps.append(f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:eval=frame")
    if master.mark:
        steps.append(_marked(master.mark, size, into / MARK))
    return f"{begun}[a];[a]{','.join(steps)},setsar=1[shown]"


def _is_of_fields(video: VideoFacts) -> bool:
    """Many a DVD begins as film and goes on as video; what isn't interlaced passes through."""
    return not video.fields_apart and (video.interlaced or video.codec == "mpeg2video")


def _cut(master: Master, video: VideoFacts) -> list[str]:
    """The clean aperture, out of frames that have been turned; others may follow, which stay."""
    if video.clean_aperture is None:
        return []
    turn = probe.upright(master.probe)
    width, height, left, top = turn.box(video.clean_aperture.cut, video.width, video.height)
    whole = turn.shape(video.width, video.height)
    same = f"eq(iw,{whole[0]})*eq(ih,{whole[1]})"
    box = (f"w='if({same},{width},iw)'", f"h='if({same},{height},ih)'")
    crop = f"crop={':'.join(box)}:x='if({same},{left},0)':y='if({same},{top},0)':exact=1"
    if not {"mxf", "matroska"}.intersection(master.probe.container.split(",")):
        return [crop]
    # ffmpeg took the shape of this part for that of the whole frame.
    sar = 1 / video.sar if turn.transposed else video.sar
    return [crop, f"setsar={sar.numerator}/{sar.denominator}"]


def _fitted_in(size: tuple[int, int]) -> str:
    """Scaled to a size; what has another shape, as later programmes have, to the most within it."""
    width, height = size
    same = f"lt(abs(dar*{height}/{width}-1),{OTHER_SHAPE})"
    wide = f"if({same},{width},2*max(1,round(min({width},{height}*dar)/2)))"
    tall = f"if({same},{height},2*max(1,round(min({height},{width}/dar)/2)))"
    return f"scale=w='{wide}':h='{tall}':eval=frame"


def _marked(text: str, size: tuple[int, int], file: Path) -> str:
    """The text over the middle of the picture, half seen through, outlined to be read on white."""
    width, height = size
    letters = max(1, *(len(line) for line in text.splitlines()))
    tall = max(MARK_LEAST, min(height // 9, round(1.4 * width / letters)))
    return (
        f"drawtext=fontfile={_quoted(font())}:textfile={_quoted(file)}:expansion=none"
        f":fontsize={tall}:fontcolor=white@0.6:borderw={max(1, tall // 18)}"
        ":bordercolor=black@0.5:x=(w-text_w)/2:y=(h-text_h)/2"
    )


def font() -> Path:
    """The font that watermarks are written in. Raises ToolMissingError."""
    for path in FONTS:
        if path.is_file():
            return path
    raise ToolMissingError("font", f"watermarks need {FONTS[0]} (Debian: fonts-dejavu-core)")


def _quoted(path: Path) -> str:
    """As the value of an option within a graph: escaped for the option, then for the graph."""
    text = "".join(f"\\{one}" if one in "\\':" else one for one in str(path))
    return "".join(f"\\{one}" if one in "\\'[],;" else one for one in text)


def _tone_mapped(video: VideoFacts, width: int, height: int) -> list[str]:
    """HDR (PQ, HLG) to BT.709, made smaller first: light is computed with, not coded values."""
    given = "arib-std-b67" if video.transfer == "arib-std-b67" else "smpte2084"
    return [
        "format=yuv420p10le|yuv422p10le|yuv444p10le|yuv420p12le|yuv420p",
        f"zscale=w={width}:h={height}:tin={given}:pin=2020:min=2020_ncl:t=linear:npl=100",
        "format=gbrpf32le",
        "zscale=p=709",
        "tonemap=tonemap=hable:desat=0",
        "zscale=t=709:m=709:r=limited",
        "format=yuv420p",
    ]


def clock(master: Master, video: VideoFacts) -> str:
    """Positions as the catalogue counts them (`media.frames.Clock`), as an expression of setpts.

    Register 1 is the last position, 2 the offset after jumps: a missing stamp is one step on, a
    stamp that is given twice one tick, and one that runs back or a day ahead begins anew.
    """
    base = master.time_base
    step = max(1, round(1 / ((video.frame_rate or 25) * base)))
    day, half = int(ONE_DAY / base), max(1, int(Fraction(1, 2) / base))
    ahead = "ld(0)-ld(1)"
    return (
        f"st(0,if(isnan(PTS),ld(1)+{step},PTS+ld(2)));"
        "if(eq(N,0),st(1,ld(0)),"
        f"if(gt({ahead},0)*lt({ahead},{day}),st(1,ld(0)),"
        f"if(lte({ahead},0)*gt({ahead},-{half}),st(1,ld(1)+1),"
        f"st(2,ld(2)+ld(1)+{step}-ld(0));st(1,ld(1)+{step}))));"
        f"ld(1)-({master.start_pts})"
    )
