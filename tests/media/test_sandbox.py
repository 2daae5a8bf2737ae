"""Nothing that reads footage can break out: attempts are made from inside, on this machine."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from mediacatalog.apart import children
from mediacatalog.errors import ToolMissingError
from mediacatalog.media import proof, runner, sandbox
from mediacatalog.media.viewing import Viewer
from tests.factories import make_clip

REAL: list[sandbox.Sandbox] = ["bubblewrap", "landlock"]


@pytest.mark.parametrize("kind", REAL)
def test_nothing_breaks_out(kind: sandbox.Sandbox) -> None:
    sandbox.use(kind)
    assert sandbox.kind() == kind
    found = proof.breakouts(*children.KINDS)
    assert found == {"tools": [], "decoder": [], "reader": [], "fetcher": []}


def test_what_was_compiled_of_another_version_is_not_started(tmp_path: Path) -> None:
    source, kept = tmp_path / "one.py", tmp_path / "one.pyc"
    source.write_text("pass\n", encoding="utf-8")
    assert sandbox.compiled(source, str(kept)) == source
    py_compile.compile(str(source), str(kept))
    assert sandbox.compiled(source, str(kept)) == kept
    source.write_text("pass  # another\n", encoding="utf-8")
    assert sandbox.compiled(source, str(kept)) == source


def test_without_a_sandbox_the_same_attempts_work() -> None:
    """Or the test above could not fail."""
    sandbox.use("none")
    found = proof.breakouts(*children.KINDS)
    for who, worked in found.items():
        assert {"read a file", "write a file", "start a program"} <= set(worked)
        assert "call over TCP" in worked or who == "fetcher"
    assert {"ffmpeg reads a file", "ffmpeg writes a file", "ffmpeg calls over TCP"} <= set(
        found["tools"]
    )


@pytest.mark.parametrize("kind", get_args(sandbox.Sandbox))
def test_a_clip_is_watched_the_same_in_every_sandbox(tmp_path: Path, kind: sandbox.Sandbox) -> None:
    clip = make_clip(tmp_path, shots=[("testsrc2", 1.0), ("blue", 0.6)], audio=True)
    sandbox.use(kind)
    with Viewer() as viewer:
        assert viewer.quick_look(clip, tmp_path / "out").poster is not None
        assert len(viewer.watch_through(clip, tmp_path / "out").shots) == 2


@pytest.mark.parametrize("kind", REAL)
def test_a_tool_sees_the_files_that_it_was_given_and_no_others(
    tmp_path: Path, kind: sandbox.Sandbox
) -> None:
    sandbox.use(kind)
    given = make_clip(tmp_path, "given.mp4", shots=[("red", 0.2)])
    other = make_clip(tmp_path, "other.mp4", shots=[("red", 0.2)])
    out = tmp_path / "out"
    out.mkdir()

    def copied(source: Path, target: Path) -> int:
        arguments = ["-v", "error", "-i", runner.file_url(source), "-c", "copy"]
        arguments += ["-movflags", "faststart", runner.file_url(target)]
        return runner.run("ffmpeg", arguments, reads=[given], writes=out).returncode

    assert copied(given, out / "copy.mp4") == 0
    assert (out / "copy.mp4").stat().st_size
    assert copied(other, out / "stolen.mp4") != 0
    assert copied(given, tmp_path / "elsewhere.mp4") != 0
    assert not (tmp_path / "elsewhere.mp4").exists()


@pytest.mark.parametrize("kind", REAL)
def test_limits_and_crashes_are_told_as_they_are(kind: sandbox.Sandbox) -> None:
    sandbox.use(kind)
    endless = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"]
    with pytest.raises(runner.ToolTimedOutError, match="processor time"):
        runner.run("ffmpeg", endless, limits=runner.Limits(cpu_seconds=1))


def test_where_there_is_no_sandbox_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    sandbox.use("bubblewrap")
    sandbox._found.cache_clear()
    try:
        with pytest.raises(ToolMissingError, match="bubblewrap isn't installed"):
            runner.start_python("mediacatalog.media.breakout", limits=runner.Limits())
    finally:
        sandbox._found.cache_clear()


def test_names_of_every_kind_reach_the_tool(tmp_path: Path) -> None:
    folder = tmp_path / "a b" / os.fsdecode(b"latin-\xe9")
    for kind in REAL:
        sandbox.use(kind)
        path = make_clip(folder, shots=[("red", 0.2)]).rename(folder / "line\nbreak --.mp4")
        arguments = [*runner.input_options("ffprobe"), "-show_format", runner.file_url(path)]
        assert runner.run("ffprobe", arguments, reads=[path]).returncode == 0
        climbing = folder / ".." / folder.name / path.name
        arguments[-1] = runner.file_url(climbing)
        assert runner.run("ffprobe", arguments, reads=[climbing]).returncode == 0


@pytest.mark.parametrize("kind", REAL)
def test_a_worker_that_is_killed_while_it_starts_children_leaves_none(
    tmp_path: Path, kind: sandbox.Sandbox
) -> None:
    """At any instant: bubblewrap makes its walls in steps, in several processes."""
    mark = str(tmp_path)
    script = (
        "from mediacatalog.media import runner, sandbox\n"
        f"sandbox.use({kind!r}); sandbox.kind(); print('go', flush=True)\n"
        "while True:\n"
        f"    runner.run('ffprobe', ['-hide_banner', {mark!r}])\n"
    )
    for number in range(10):
        worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(0.008 * number)
        worker.kill()
        worker.wait()
        worker.stdout.close()
    end = time.monotonic() + 90
    while left := [pid for pid in everybody() if mark.encode() in words(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.1)


def everybody() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]


def words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
