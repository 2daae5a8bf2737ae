"""A small archive to try the catalogue on: invented events, made with ffmpeg in a few seconds.

The places, people and events don't exist. Pictures are computed at a sixteenth of their size and
half their rate, so that everything is made in seconds; `demo_texts` holds what is said.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mediacatalog import demo_texts as texts
from mediacatalog.errors import ToolFailedError
from mediacatalog.media import runner

WIDTH, HEIGHT, RATE = 640, 360, 25

FONTS = (
    "dejavu/DejaVuSans-Bold.ttf",
    "liberation/LiberationSans-Bold.ttf",
    "noto/NotoSans-Bold.ttf",
)
"""Below Debian's folder of TrueType fonts; without any of them the pictures have no lettering."""

# --- scenes: sources of pictures ------------------------------------------------------------------

_WATER = "26*sin(Y/2+3*sin(X/19+T*1.4))"
_GLITTER = "exp(-pow((X-108)/20,2))*(0.5+0.5*sin(Y*2.3+T*6))"
_HULL = "lt(abs(X-40-T*6),30-(Y-46)*0.5)*lt(abs(Y-51),6)"
_CABIN = "lt(abs(X-32-T*6),11)*lt(abs(Y-40),6)"
_HEAD = "lt(hypot((X-80-2*sin(T))*1.15,Y-36),17)"
_BODY = "lt(hypot((X-80)*0.62,(Y-100)*0.9),38)"
_FLAME = "(90+70*sin(X/7+2*sin(T*3+Y/9))+55*sin(X/3-T*5+Y/5))*clip((Y-22)/46,0,1)"
_WINDOW = "gt(mod(X,8),3)*gt(mod(Y,7),3)*gt(sin(floor(X/8)*12.9+floor(Y/7)*78.2+floor(T/2)),0.2)"


def _computed(red: str, green: str, blue: str) -> str:
    return (
        f"nullsrc=s={WIDTH // 4}x{HEIGHT // 4}:r={RATE}/2,format=gbrp,"
        f"geq=r='clip({red},0,255)':g='clip({green},0,255)':b='clip({blue},0,255)',"
        f"scale={WIDTH}:{HEIGHT}:flags=bicubic,fps={RATE}"
    )


SCENES = {
    "river": _computed(
        f"if(lt(Y,42),228-Y*1.3,34+{_WATER}+70*{_GLITTER})",
        f"if(lt(Y,42),122+Y*1.6,64+{_WATER}+52*{_GLITTER})",
        f"if(lt(Y,42),104+Y*2.6,96+{_WATER})",
    ),
    "ferry": _computed(
        f"if({_CABIN},232,if({_HULL},176,if(lt(Y,38),150+Y,40+{_WATER})))",
        f"if({_CABIN},230,if({_HULL},60,if(lt(Y,38),176+Y,82+{_WATER})))",
        f"if({_CABIN},222,if({_HULL},44,if(lt(Y,38),205+Y,104+{_WATER})))",
    ),
    "speaker": _computed(
        f"if({_HEAD},196,if({_BODY},42,96+X/4))",
        f"if({_HEAD},150,if({_BODY},58,116+Y/3))",
        f"if({_HEAD},122,if({_BODY},92,104-X/6))",
    ),
    "witness": _computed(
        f"if({_HEAD},164,if({_BODY},150,188-Y))",
        f"if({_HEAD},116,if({_BODY},44,158-Y))",
        f"if({_HEAD},88,if({_BODY},40,110-Y/2))",
    ),
    "fire": _computed(f"40+{_FLAME}*1.3", f"14+{_FLAME}*0.55", f"18+{_FLAME}*0.1"),
    "city": _computed(
        f"if(lt(Y,30+18*sin(floor(X/20)*7)),30+Y/2,22+200*{_WINDOW})",
        f"if(lt(Y,30+18*sin(floor(X/20)*7)),34+Y/2,24+150*{_WINDOW})",
        f"if(lt(Y,30+18*sin(floor(X/20)*7)),66+Y,34+70*{_WINDOW})",
    ),
    "gauge": _computed(
        "if(lt(abs(X-80),14),if(lt(mod(Y-T*3,12),6),230,190),if(lt(Y,60-T),140,60))",
        "if(lt(abs(X-80),14),if(lt(mod(Y-T*3,12),6),226,40),if(lt(Y,60-T),150,74))",
        "if(lt(abs(X-80),14),if(lt(mod(Y-T*3,12),6),220,34),if(lt(Y,60-T),146,84))",
    ),
    "map": (
        f"gradients=s={WIDTH}x{HEIGHT}:r={RATE}:c0=0xdfe8d2:c1=0xb9d3c4:c2=0xf0e6cf:n=3:seed=7,"
        "drawgrid=w=64:h=60:t=1:c=0x7f8f86@0.5"
    ),
    "slate": f"testsrc2=s={WIDTH}x{HEIGHT}:r={RATE}",
    "black": f"color=c=black:s={WIDTH}x{HEIGHT}:r={RATE}",
}
"""What a shot may show: lavfi graphs with one output, all of one size and rate."""


@dataclass(frozen=True)
class Shot:
    """`scene` for so many seconds; `caption` is burned in when a font is found."""

    scene: str
    seconds: float
    caption: str = ""
    dissolve: float = 0.0
    """Seconds of dissolve from the shot before."""
    fade: float = 0.0
    """Seconds of fade from and to black at both ends."""


@dataclass(frozen=True)
class Film:
    """One file of the archive and the text files beside it."""

    name: str
    shots: tuple[Shot, ...]
    sound: str = "anoisesrc=c=brown:a=0.08:seed=3"
    picture: str = ""
    """Filters for the finished picture."""
    coding: tuple[str, ...] = ("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")
    tags: tuple[str, ...] = ()
    """`key=value` metadata of the container."""
    subtitles: str = ""
    """SubRip text for an embedded track; the coding names the codec."""
    rotate: int = 0
    """Degrees counter-clockwise by which a player must turn the stored picture."""
    beside: tuple[tuple[str, str], ...] = ()
    """(name of a text file in the same folder, its text)."""


_FLOOD = "2031-03-14 Darvena flood"
_HARBOUR = "2031-04-02 Port Salma harbour fire"

FILMS = (
    Film(
        f"{_FLOOD}/Darvena_ferry_evacuation_CAM1.mp4",
        (
            Shot("river", 3.2, "Orla river, Darvena"),
            Shot("ferry", 4.0),
            Shot("speaker", 4.4, "Mara Velin, ferry master"),
            Shot("gauge", 3.0),
            Shot("ferry", 3.4),
        ),
        tags=("creation_time=2031-03-14T06:41:09Z",),
        beside=(
            ("Darvena_ferry_evacuation_CAM1.en.srt", texts.FERRY_SRT),
            ("article.html", texts.FLOOD_PAGE),
        ),
    ),
    Film(
        f"{_FLOOD}/VID_20310314_074502.mp4",
        (Shot("ferry", 3.0), Shot("witness", 3.0)),
        picture="transpose=1,scale=360:640",
        rotate=90,
        tags=(
            "creation_time=2031-03-14T07:45:02Z",
            "com.android.version=14",
            "location=+36.1120+042.9030/",
            "make=Calder",
            "model=Calder K5",
        ),
    ),
    Film(
        f"{_FLOOD}/Интервью_спасателя_Дарвена.mp4",
        (Shot("witness", 6.5), Shot("river", 3.0), Shot("witness", 3.5)),
        beside=(("Интервью_спасателя_Дарвена.ru.vtt", texts.RESCUER_VTT),),
    ),
    Film(
        f"{_FLOOD}/BROLL_river_gauge_with_captions.mp4",
        (Shot("gauge", 5.0), Shot("map", 3.0), Shot("river", 4.0)),
        subtitles=texts.GAUGE_SRT,
        coding=("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-c:s", "mov_text"),
    ),
    Film(
        f"{_HARBOUR}/شهادة_عامل_ميناء_سلمى.mp4",
        (Shot("fire", 3.0), Shot("witness", 6.0), Shot("city", 3.0)),
        beside=(
            ("شهادة_عامل_ميناء_سلمى.ar.srt", texts.HARBOUR_SRT),
            ("شهادة_عامل_ميناء_سلمى.html", texts.HARBOUR_PAGE),
        ),
    ),
    Film(
        f"{_HARBOUR}/Port_Salma_night_montage.mp4",
        (
            Shot("black", 1.2),
            Shot("city", 3.6, fade=0.6),
            Shot("black", 0.8),
            Shot("fire", 3.4, "Port Salma, 2 April"),
            Shot("river", 3.0, dissolve=1.0),
            Shot("slate", 2.0),
        ),
        beside=(("Port_Salma_night_montage.txt", texts.MONTAGE_TXT),),
    ),
    Film(
        f"{_HARBOUR}/SATFEED_1800_Port_Salma.mpg",
        (Shot("fire", 4.0), Shot("city", 4.0)),
        picture=f"fps=50,scale={WIDTH}:480,interlace=scan=tff,setsar=8/9",
        coding=("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-q:v", "4", "-c:a", "mp2"),
    ),
    Film(
        "agency/After the flood, Darvena counts its boats [dV7kQ2xOrLa].webm",
        (Shot("map", 2.6, "Upper Orla valley"), Shot("ferry", 3.6), Shot("speaker", 3.6)),
        picture="select='not(mod(n\\,3))+lt(mod(n\\,50)\\,25)'",  # every frame, or every third
        coding=("-c:v", "libvpx", "-b:v", "900k", "-deadline", "realtime", "-cpu-used", "8",
                "-fps_mode", "vfr", "-c:a", "libvorbis"),
        beside=(
            ("After the flood, Darvena counts its boats [dV7kQ2xOrLa].en.vtt", texts.BOATS_VTT),
            ("After the flood, Darvena counts its boats [dV7kQ2xOrLa].info.json",
             texts.BOATS_INFO_JSON),
        ),
    ),
)  # fmt: skip

BROKEN = "incoming/press_office_download.mp4"
"""A log-in page that somebody saved under the name of a video: held back, with the reason."""

COPY = "incoming/Copy of Darvena_ferry_evacuation_CAM1.mp4"
"""The bytes of the first film a second time: one more sighting of the same clip."""


def make_archive(folder: Path) -> list[Path]:
    """Make what isn't there yet below `folder`; all media files, in order.

    Every file appears whole, under its own name, by a rename; what is there is never touched.
    Raises ToolFailedError when ffmpeg can't make one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    font = _font()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        made = list(pool.map(lambda film: _make(folder, film, font), FILMS))
    broken, copy = folder / BROKEN, folder / COPY
    _write(broken, texts.LOGIN_PAGE)
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".making-") as partial:
            Path(shutil.copy(made[0], partial)).rename(copy)
    return [*made, broken, copy]


def _font() -> Path | None:
    folder = Path("/usr/share/fonts/truetype")
    return next((folder / name for name in FONTS if (folder / name).is_file()), None)


def _write(path: Path, text: str) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as partial:
        new = Path(partial) / "text"
        new.write_text(text, encoding="utf-8")
        new.rename(path)


def _make(folder: Path, film: Film, font: Path | None) -> Path:
    path = folder / film.name
    # Captions first: the clip then finds them at its first reading.
    for name, text in film.beside:
        _write(path.parent / name, text)
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as partial:
        new = Path(partial) / f"film{path.suffix}"
        _run(_arguments(film, new, Path(partial), font), new.parent)
        if film.rotate:
            new = _rotated(new, film.rotate)
        new.rename(path)
    return path


def _rotated(path: Path, degrees: int) -> Path:
    """The same streams with a display matrix, as phones write it.

    The option came with ffmpeg 6; before, a tag of the stream was turned into the matrix.
    """
    turned = path.with_stem("turned")
    version = re.search(r"version n?(\d+)", runner.tool_version("ffmpeg"))
    option = version is not None and int(version[1]) >= 6
    before = ["-display_rotation:v:0", str(degrees)] if option else []
    after = [] if option else ["-metadata:s:v:0", f"rotate={degrees}"]
    copy = ["-map", "0", "-c", "copy", "-map_metadata", "0", "-movflags", "use_metadata_tags"]
    _run(
        ["-v", "error", "-y", *before, "-i", f"file:{path}", *copy, *after, f"file:{turned}"],
        path.parent,
    )
    return turned


def _run(arguments: list[str], folder: Path) -> None:
    """ffmpeg over what lies in `folder`."""
    done = runner.run("ffmpeg", ["-nostdin", *arguments], writes=folder)
    if done.returncode != 0:
        raise ToolFailedError("ffmpeg", done.reason, returncode=done.returncode)


def _arguments(film: Film, out: Path, folder: Path, font: Path | None) -> list[str]:
    """ffmpeg's argument list: one lavfi input a shot, then sound, then subtitles."""
    inputs: list[str] = []
    for shot in film.shots:
        inputs += ["-f", "lavfi", "-t", str(shot.seconds), "-i", SCENES[shot.scene]]
    seconds = sum(shot.seconds - shot.dissolve for shot in film.shots)
    inputs += ["-f", "lavfi", "-t", f"{seconds:.3f}", "-i", film.sound]
    maps = ["-map", "[out]", "-map", f"{len(film.shots)}:a"]
    if film.subtitles:
        captions = folder / "captions.srt"
        captions.write_text(film.subtitles, encoding="utf-8")
        inputs += ["-i", f"file:{captions}"]
        maps += ["-map", f"{len(film.shots) + 1}:s", "-metadata:s:s:0", "language=eng"]
    tags = [word for tag in film.tags for word in ("-metadata", tag)]
    if film.tags:
        tags += ["-movflags", "use_metadata_tags"]
    graph = ["-filter_complex", _graph(film, folder, font), *maps]
    ending = ["-shortest", f"file:{out}"] if not film.subtitles else [f"file:{out}"]
    return ["-v", "error", "-y", *inputs, *graph, *film.coding, *tags, *ending]


def _graph(film: Film, folder: Path, font: Path | None) -> str:
    """Shots joined in order by cuts and dissolves, then the film's own filters."""
    lines: list[str] = []
    for number, shot in enumerate(film.shots):
        lines.append(f"[{number}:v]{_look(shot, folder, number, font)}[shot{number}]")
    joined, length = "shot0", film.shots[0].seconds
    for number, shot in enumerate(film.shots[1:], 1):
        both, joined = f"[{joined}][shot{number}]", f"joined{number}"
        if shot.dissolve:
            offset = length - shot.dissolve
            kind = f"xfade=transition=fade:duration={shot.dissolve}:offset={offset:.3f}"
        else:
            kind = f"concat=n=2:v=1:a=0,settb=1/{RATE}"
        lines.append(f"{both}{kind}[{joined}]")
        length += shot.seconds - shot.dissolve
    lines.append(f"[{joined}]{film.picture or 'null'},format=yuv420p[out]")
    return ";".join(lines)


def _look(shot: Shot, folder: Path, number: int, font: Path | None) -> str:
    filters = ["format=yuv420p", "setsar=1", f"settb=1/{RATE}"]
    if shot.caption and font is not None:
        text = folder / f"caption-{number}.txt"
        text.write_text(shot.caption, encoding="utf-8")
        # The text goes by a file: no quoting of what is said into a filter graph.
        filters.append(
            f"drawtext=fontfile={font}:textfile='{_quoted(text)}':x=28:y=h-62:fontsize=22:"
            "fontcolor=white:box=1:boxcolor=0x14365c@0.85:boxborderw=9"
        )
    if shot.fade:
        end = shot.seconds - shot.fade
        filters += [f"fade=in:st=0:d={shot.fade}", f"fade=out:st={end:.3f}:d={shot.fade}"]
    return ",".join(filters)


def _quoted(path: Path) -> str:
    """A path inside single quotes of a filter graph (ffmpeg-utils, quoting and escaping)."""
    return str(path).replace("\\", "\\\\").replace("'", "'\\\\\\''").replace(":", "\\:")
