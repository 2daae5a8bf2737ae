"""Hostile files through the whole line: no other file is opened, nobody is called, all are final.

A canary lies where the files point to, and the system tells when it is opened; a listener stands on
the loopback that they would call.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from watchdog.events import FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from mediacatalog.ingest.direct import Direct, Result
from mediacatalog.media import sandbox
from tests.factories import make_clip
from tests.ingest.verdicts import NEVER_SHOWN, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.settings import Settings


class Canary(FileSystemEventHandler):
    """A clip that nobody may open, and a port that nobody may call."""

    def __init__(self, folder: Path) -> None:
        self.path = make_clip(folder, "canary.ts", shots=[("red", 0.5)], extra=["-f", "mpegts"])
        self.opened: list[str] = []
        self.calls = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()
        self._observer = Observer()
        self._observer.schedule(self, str(folder), event_filter=[FileOpenedEvent])
        self._observer.start()

    def on_opened(self, event: FileSystemEvent) -> None:
        self.opened.append(os.fsdecode(event.src_path))

    def _answer(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.calls += 1
            line.close()

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()
        self._listener.close()


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    made = Canary(tmp_path / "elsewhere")
    yield made
    made.close()


def pointing_elsewhere(canary: Canary) -> dict[str, str]:
    """Texts in the clothes of videos: each names the canary, or calls the listener."""
    other, address = canary.path, f"http://127.0.0.1:{canary.port}/clip.ts"
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n{key}#EXTINF:2,\n{address}\n#EXT-X-ENDLIST\n"
    return {
        "list.mp4": hls.format(key="", address=other),
        "list.ts": hls.format(key="", address=f"file://{other}"),
        "list.mkv": hls.format(key="", address=address),
        "key.mp4": hls.format(key=f'#EXT-X-KEY:METHOD=AES-128,URI="{address}"\n', address=other),
        "script.mp4": f"ffconcat version 1.0\nfile '{other}'\n",
        "script.avi": f"ffconcat version 1.0\nfile '{address}'\n",
        "session.mp4": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video {canary.port} RTP/AVP 9\n",
        "dash.mp4": f'<?xml version="1"?><MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>',
        "entity.mp4": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{other}">]><x>&e;</x>',
        "picture.mp4": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}"/></svg>',
        "page.mp4": f'<html><img src="{address}"><video src="{other}"></video></html>',
    }


def ingested(settings: Settings, path: Path) -> list[Result]:
    with Direct(settings) as direct:
        return list(direct.ingest(direct.choose([path])))


def ingest(settings: Settings, path: Path) -> dict[str, Result]:
    return {one.path.rsplit("/", 1)[1]: one for one in ingested(settings, path)}


def nothing_is_left(settings: Settings) -> bool:
    names = [one.name for one in settings.data.rglob("*")]
    return not any(one.startswith(".") or one.endswith((".part", ".tmp")) for one in names)


@pytest.mark.parametrize("kind", ["bubblewrap", "landlock", "none"])
def test_no_file_makes_us_open_another_or_call_anybody(
    settings: Settings, canary: Canary, kind: sandbox.Sandbox
) -> None:
    """Also without a sandbox: the lists of formats and protocols are a wall of their own."""
    sandbox.use(kind)
    texts = pointing_elsewhere(canary)
    for name, text in texts.items():
        (settings.media / name).write_text(text)
        (settings.media / name).with_suffix(".srt").write_text(text)
    (settings.media / "link.mp4").symlink_to(canary.path)
    (settings.media / "loop.mp4").symlink_to("loop.mp4")
    os.mkfifo(settings.media / "pipe.mp4")
    (settings.media / "folder.mp4").mkdir()
    found = ingest(settings, settings.media)
    assert {found[name].state for name in texts} == {"quarantined"}
    assert all(found[name].reason for name in texts)
    assert not {"link.mp4", "loop.mp4", "pipe.mp4"} & set(found)
    assert canary.opened == []
    assert canary.calls == 0
    assert nothing_is_left(settings)


def test_the_canary_sings(canary: Canary) -> None:
    """Or the test above could not fail."""
    canary.path.read_bytes()
    socket.create_connection(("127.0.0.1", canary.port)).close()
    for _ in range(1200):
        if canary.opened and canary.calls:
            break
        threading.Event().wait(0.05)
    assert canary.opened == [str(canary.path)]
    assert canary.calls == 1


def sample_that_points_here(path: Path, canary: Canary, short: Path) -> bytes:
    """A sample's bytes; what it would read or call is the canary. `short` leads there, too."""
    data = path.read_bytes()
    if len(data) < 1000:  # a text, of any length
        data = data.replace(b"/etc/passwd", bytes(canary.path))
        return data.replace(b"127.0.0.1:9/", b"127.0.0.1:%d/" % canary.port)
    return data.replace(b"/etc/passwd", bytes(short))


@pytest.fixture
def short() -> Iterator[Path]:
    """A name as long as /etc/passwd, to stand in its place."""
    path = Path(f"/tmp/{os.getpid() % 10**6:06}")  # noqa: S108
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.samples
def test_each_sample_has_its_own_verdict_and_opens_nothing_else(
    settings: Settings, samples: Path, canary: Canary, short: Path
) -> None:
    short.symlink_to(canary.path)
    for folder in ("broken", "hostile"):
        (settings.media / folder).mkdir()
        for path in (samples / folder).iterdir():
            copy = settings.media / folder / path.name
            copy.write_bytes(sample_that_points_here(path, canary, short))
    found = {
        str(Path(one.path).relative_to(settings.media)): one
        for one in ingested(settings, settings.media)
    }
    assert set(found) == set(VERDICTS)
    assert {name: one.state for name, one in found.items()} == {
        name: state for name, (state, _) in VERDICTS.items()
    }
    said = {name: "; ".join((one.reason, *one.problems)) for name, one in found.items()}
    assert {
        name: said[name] for name, (_, words) in VERDICTS.items() if words not in said[name]
    } == {}
    assert max(one.seconds for one in found.values()) < 60
    held = {name for name, one in found.items() if one.state == "quarantined"} - NEVER_SHOWN
    assert {name for name in held if ffmpeg_gives_anything(samples / name)} == set()
    assert canary.opened == []
    assert canary.calls == 0
    assert nothing_is_left(settings)


def ffmpeg_gives_anything(path: Path) -> bool:
    """Whether ffmpeg shows a frame, or lets a moment of sound be heard."""
    asked = ["-map", "0:v:0?", "-map", "0:a:0?", "-frames:v", "1", "-t", "1", "-f", "framemd5", "-"]
    done = subprocess.run(
        ["ffmpeg", "-v", "quiet", "-nostdin", "-protocol_whitelist", "file", "-i", path, *asked],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return any(line and not line.startswith(b"#") for line in done.stdout.splitlines())


@pytest.mark.samples
def test_names_of_every_kind_come_through_the_whole_line(settings: Settings, samples: Path) -> None:
    names = json.loads((samples / "names/hostile_names.json").read_text())["names"]
    clip = make_clip(settings.data, shots=[("red", 0.2)])
    made = [base64.b64decode(one["name_base64"]) for one in names]
    for number, name in enumerate(made):
        target = os.path.join(os.fsencode(settings.media), name)  # noqa: PTH118 - bytes
        shutil.copy(clip, target)
        with open(target, "ab") as file:  # noqa: PTH123 - each a clip of its own
            file.write(b"\0\0\0\x10free%08d" % number)
    found = ingest(settings, settings.media)
    assert len(found) == len(made)
    wanted = [one for one in found.values() if one.state != "ignored"]
    assert {one.state for one in wanted} == {"ready"}
    assert len({one.sha256 for one in wanted}) == len(wanted)
    assert all(one.reason for one in found.values() if one.state == "ignored")
    shown = {unicodedata.category(letter) for one in found.values() for letter in one.path}
    assert not shown & {"Cc", "Cf", "Cs"}  # no line ends, no overrides, nothing undecoded
