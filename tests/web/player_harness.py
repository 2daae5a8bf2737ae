"""A small site for the scripts alone: a folder of made files, the clip page, strict headers.

It answers byte ranges as the real site does, and keeps what was sent.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mediacatalog.web
from tests.factories import run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STATIC = Path(mediacatalog.web.__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
TYPES = {
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
    ".webm": "video/webm",
}
BITS = 10
BIT_WIDTH = 32
COUNTED = (
    f"geq=lum='16+219*mod(floor(N/pow(2,floor(X/{BIT_WIDTH}))),2)':cb=128:cr=128,format=yuv420p"
)
"""A filter: each frame shows its own number, a black or white bar a bit."""

READ_NUMBER = f"""
() => {{
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  pen.drawImage(video, 0, 0);
  const bit = (n) => pen.getImageData(n * {BIT_WIDTH} + {BIT_WIDTH // 2}, 20, 1, 1).data[0] > 128;
  return [...Array({BITS}).keys()].reduce((sum, n) => sum + (bit(n) ? 2 ** n : 0), 0);
}}
"""


def make_counted(
    path: Path, *, rate: str = "25", frames: int = 100, extra: Sequence[str] = (), select: str = ""
) -> Path:
    """A silent film whose frames show their numbers; `select` drops some of them (VFR)."""
    source = f"color=c=black:s={BITS * BIT_WIDTH}x180:r={rate},{COUNTED}"
    graph = f"{source},select='{select}'" if select else source
    timing = ["-fps_mode", "vfr"] if select else []
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2"]
    limits = ["-frames:v", str(frames)]
    run_ffmpeg("-f", "lavfi", "-i", graph, *limits, *timing, *codec, *extra, f"file:{path}")
    return path


def make_storyboard(folder: Path, colours: Sequence[str], *, seconds: float) -> None:
    """One sheet of cells, 160 by 90, one for each colour, each for as long as the others."""
    inputs: list[str] = []
    for colour in colours:
        inputs += ["-f", "lavfi", "-i", f"color=c={colour}:s=160x90:d=0.1"]
    pads = "".join(f"[{n}:v]" for n in range(len(colours)))
    graph = f"{pads}hstack=inputs={len(colours)}"
    run_ffmpeg(*inputs, "-filter_complex", graph, "-frames:v", "1", str(folder / "sheet.jpg"))
    cues = []
    for n in range(len(colours)):
        start, end = (stamp(seconds * 1000 * k / len(colours)) for k in (n, n + 1))
        cues.append(f"{start} --> {end}\nsheet.jpg#xywh={160 * n},0,160,90\n")
    (folder / "storyboard.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")


def stamp(ms: float) -> str:
    whole = round(ms)
    return f"{whole // 60000:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"


def captions_of(cues: Sequence[tuple[int, int, str]]) -> str:
    parts = [f"{stamp(start)} --> {stamp(end)}\n{text}\n" for start, end, text in cues]
    return "WEBVTT\n\n" + "\n".join(parts)


@dataclass
class Clip:
    """What the page says of a clip, as the contract of the scripts has it."""

    source: str
    duration_ms: int
    frame_rate: str = "25/1"
    variable: bool = False
    codec: str = "h264"
    start_ms: int = 0
    storyboard: bool = False
    frame_us: Sequence[int] = ()
    """Where each frame begins, as the catalogue tells it; empty: it doesn't know."""
    shots: Sequence[tuple[int, int]] = ()
    spans: Sequence[Mapping[str, object]] = ()
    tracks: Mapping[str, Sequence[tuple[int, int, str]]] = field(default_factory=dict)


NAMES = {"ar": "العربية", "en": "English", "ru": "Русский"}


def clip_page(clip: Clip, *, script: bool = True) -> str:
    tracks = "".join(
        f'<track kind="captions" srclang="{language}" label="{NAMES[language]}" '
        f'src="/files/{language}.vtt"{" default" if n == 0 else ""}>'
        for n, language in enumerate(clip.tracks)
    )
    storyboard = ' data-storyboard="/files/storyboard.vtt"' if clip.storyboard else ""
    if clip.frame_us:
        storyboard += ' data-frame-times="/frame-times.json"'
    shots = "".join(
        f'<li data-start-ms="{start}" data-end-ms="{end}">'
        f'<a href="?t={start / 1000:.3f}" data-seek-ms="{start}">Shot at {start}</a></li>'
        for start, end in clip.shots
    )
    body = f"""
<header class="bar"><form role="search"><input id="q" type="search" name="q" data-search-box></form>
<button type="button" data-theme-toggle hidden>Colours</button></header>
<div class="watch"><div class="watch__player">
<section class="player" data-player data-duration-ms="{clip.duration_ms}"
 data-frame-rate="{clip.frame_rate}" data-vfr="{str(clip.variable).lower()}"{storyboard}
 data-start-ms="{clip.start_ms}" data-codec="{clip.codec}">
<div class="player__stage"><video controls preload="metadata" playsinline
 src="/files/{clip.source}">{tracks}</video></div>
<p class="player__message" data-player-message role="status" hidden></p>
<div class="player__facts" hidden data-spans='{json.dumps(list(clip.spans))}'></div></section>
<ol class="shots" data-shots>{shots}</ol></div>{transcript(clip)}</div>
<form data-combobox-form action="/terms"><label for="tag">Tag</label>
<input id="tag" name="label" autocomplete="off" data-combobox="/tags/suggest?kind=tag"></form>
<p>Below</p>"""
    return page(body, "player" if script else "", script=script)


def transcript(clip: Clip) -> str:
    if not clip.tracks:
        return ""
    options = "".join(f'<option value="{name}">{NAMES[name]}</option>' for name in clip.tracks)
    lists = "".join(
        f'<ol class="cues" data-track="{name}" lang="{name}" dir="auto">{cue_items(cues)}</ol>'
        for name, cues in clip.tracks.items()
    )
    return (
        '<section class="transcript" data-transcript><div class="transcript__head">'
        f'<h2 class="panel__title">Transcript</h2><select data-transcript-track '
        f'aria-label="Captions">{options}</select></div>{lists}</section>'
    )


def cue_items(cues: Sequence[tuple[int, int, str]]) -> str:
    return "".join(
        f'<li data-cue data-start-ms="{start}" data-end-ms="{end}"><a href="?t={start / 1000}" '
        f'data-seek-ms="{start}"><time class="timecode">{stamp(start)[1:-2]}</time> '
        f'<span dir="auto">{text}</span></a></li>'
        for start, end, text in cues
    )


def page(body: str, module: str, *, script: bool = True) -> str:
    own = f'<script type="module" src="/static/{module}.js"></script>' if module else ""
    general = '<script type="module" src="/static/app.js"></script>' if script else ""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clip</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="csrf-token" content="the-token">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/app.css">
<link rel="stylesheet" href="/static/player.css">{general}{own}</head>
<body><main class="page" id="main">{body}</main></body></html>"""


@dataclass
class Site:
    """A folder served at /files/, made pages at their paths, and answers to posts."""

    folder: Path
    address: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    suggestions: list[dict[str, object]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, *args: Any) -> None:
        self.site = site
        super().__init__(*args)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/tags/suggest":
            typed = re.sub(r".*q=([^&]*).*", r"\1", query)
            found = [one for one in self.site.suggestions if typed in str(one["label"]).lower()]
            self.answer(200, "application/json", json.dumps(found).encode())
        elif path in self.site.pages:
            self.answer(200, "text/html; charset=utf-8", self.site.pages[path].encode())
        elif path.startswith("/static/"):
            self.file(STATIC / path.removeprefix("/static/"))
        elif path.startswith("/files/"):
            self.file(self.site.folder / path.removeprefix("/files/"))
        else:
            self.answer(200, "text/html; charset=utf-8", b"<!doctype html><title>Other</title>")

    def file(self, path: Path) -> None:
        if not path.is_file():
            self.answer(404, "text/plain", b"no such file")
            return
        data, kind = path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self.answer(200, kind, data)
            return
        start = int(asked[1])
        end = min(int(asked[2] or len(data)) + 1, len(data), start + 2**20)
        where = {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"}
        self.answer(206, kind, data[start:end], where)

    def answer(
        self, status: int, kind: str, data: bytes, more: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Content-Security-Policy": POLICY,
            "Accept-Ranges": "bytes",
            **(more or {}),
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser hangs up in the middle of a film; that is its right."""


@contextmanager
def serve(folder: Path) -> Iterator[Site]:
    site = Site(folder)
    server = Server(("127.0.0.1", 0), partial(Handler, site))
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
