"""The one place that starts processes: limits hold, nothing outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import get_args

import pytest

from mediacatalog.errors import ToolFailedError, ToolMissingError, ToolTimedOutError
from mediacatalog.media import runner, sandbox
from mediacatalog.media.runner import Limits
from tests.factories import make_clip, run_ffmpeg

ENDLESS = ("-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360")


def is_alive(number: int) -> bool:
    """A zombie counts as dead: it waits for its parent only."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


def wait_until_dead(number: int, seconds: float = 90) -> bool:
    end = time.monotonic() + seconds
    while is_alive(number) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(number)


def descendants(number: int) -> list[int]:
    """Processes that a process started, and what they started."""
    found: list[int] = []
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def hear(child: runner.Resident) -> bytes:
    """All that a child says until it ends."""
    said = b""
    while heard := child.socket.recv(1 << 16):
        said += heard
    return said


def a_module(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    return name


def test_output_and_exit_code_come_back() -> None:
    done = runner.run("ffprobe", ["-version"])
    assert done.returncode == 0
    assert done.stdout.startswith(b"ffprobe version")


def test_what_stands_on_stdin_reaches_the_tool(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "clip.mkv").read_bytes()
    done = runner.run("ffprobe", ["-v", "error", "-show_format", "-i", "pipe:0"], stdin=clip)
    assert b"format_name=matroska" in done.stdout


def test_tools_start_again_when_the_process_that_turns_into_them_was_killed() -> None:
    assert runner.run("ffprobe", ["-version"]).returncode == 0
    starter = runner._launcher._process
    assert starter is not None
    starter.kill()
    starter.wait()
    assert runner.run("ffprobe", ["-version"]).returncode == 0


def test_a_copy_of_this_process_starts_tools_of_its_own() -> None:
    script = (
        "import os, sys\n"
        "from mediacatalog.media import runner\n"
        "def works(): return runner.run('ffprobe', ['-version']).returncode == 0\n"
        "assert works()\n"
        "copy = os.fork()\n"
        "assert works()\n"
        "if copy: assert os.waitpid(copy, 0)[1] == 0 and works()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=90)


def test_nothing_is_open_in_a_tool_but_its_standard_streams() -> None:
    sandbox.use("none")
    ordered = sandbox.ordered(["/bin/sh", "-c", "echo /proc/self/fd/*"], {}, sandbox.Access())
    with Path(os.devnull).open("rb") as nothing:
        started = runner._launcher.start(ordered, nothing.fileno())
    listed = started.stdout.read().split()
    runner.kill(started)
    assert listed == [b"/proc/self/fd/%d" % one for one in range(4)]  # the last is the list itself


def test_what_can_not_be_started_says_so() -> None:
    sandbox.use("none")
    ordered = sandbox.ordered(["/nonexistent/tool"], {}, sandbox.Access())
    with Path(os.devnull).open("rb") as nothing:
        started = runner._launcher.start(ordered, nothing.fileno())
    assert b"FileNotFoundError" in started.stderr.read()
    runner.kill(started)
    assert started.returncode == 127


def test_a_failing_tool_says_its_reason(tmp_path: Path) -> None:
    done = runner.run("ffprobe", ["-v", "error", runner.file_url(tmp_path / "nowhere.mp4")])
    assert done.returncode != 0
    assert "No such file" in done.reason


def test_a_tool_that_never_ends_is_killed_in_time() -> None:
    begun = time.monotonic()
    with pytest.raises(ToolTimedOutError, match=r"not done after 0\.5 s"):
        runner.run("ffmpeg", [*ENDLESS, "-f", "null", "-"], limits=Limits(wall_seconds=0.5))
    assert time.monotonic() - begun < 60


def test_a_tool_that_prints_all_the_time_is_killed_in_time() -> None:
    arguments = [*ENDLESS, "-f", "framecrc", "-"]
    with pytest.raises(ToolTimedOutError):
        runner.run("ffmpeg", arguments, limits=Limits(wall_seconds=0.5, output_bytes=2**40))


def test_processor_time_is_limited() -> None:
    arguments = ["-threads", "1", *ENDLESS, "-f", "null", "-"]
    with pytest.raises(ToolTimedOutError, match="1 s of processor time"):
        runner.run("ffmpeg", arguments, limits=Limits(wall_seconds=60, cpu_seconds=1))


def test_too_much_output_is_an_error() -> None:
    arguments = [*ENDLESS, "-f", "rawvideo", "-"]
    with pytest.raises(ToolFailedError, match="printed more than 1000000 bytes"):
        runner.run("ffmpeg", arguments, limits=Limits(wall_seconds=60, output_bytes=1_000_000))


def test_files_can_not_outgrow_their_limit(tmp_path: Path) -> None:
    out = tmp_path / "big.avi"
    arguments = [*ENDLESS, "-c:v", "rawvideo", runner.file_url(out)]
    limits = Limits(wall_seconds=60, file_bytes=1_000_000)
    done = runner.run("ffmpeg", arguments, writes=tmp_path, limits=limits)
    assert done.returncode != 0
    assert "File too large" in done.reason
    assert out.stat().st_size <= 1_000_000


def test_memory_is_limited() -> None:
    arguments = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=8000x8000:d=1"]
    limits = Limits(wall_seconds=60, memory_bytes=200 * 2**20)
    done = runner.run("ffmpeg", [*arguments, "-f", "null", "-"], limits=limits)
    assert done.returncode != 0


def test_only_the_end_of_what_is_said_on_stderr_is_kept(tmp_path: Path) -> None:
    clip = make_clip(tmp_path)
    arguments = ["-nostdin", "-v", "trace", "-i", runner.file_url(clip), "-f", "null", "-"]
    assert 0 < len(runner.run("ffmpeg", arguments, reads=[clip]).stderr) <= 4 * runner.STDERR_BYTES


def test_the_environment_of_the_worker_stays_with_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    text = "import os; os.write(0, repr(dict(os.environ)).encode())"
    child = runner.start_python(a_module(tmp_path, monkeypatch, "tells", text), limits=Limits())
    said = hear(child)
    child.end()
    assert b"LC_ALL" in said
    assert b"secret" not in said


def test_a_missing_tool_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolMissingError, match="install Debian's package ffmpeg"):
        runner.run("ffmpeg", ["-version"])


def test_the_version_of_a_tool_is_its_first_line() -> None:
    assert runner.tool_version("ffmpeg").startswith("ffmpeg version")
    assert "\n" not in runner.tool_version("ffprobe")


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "-y.mp4", "http:x.mp4", "concat:a|b.mp4", "shot%03d.mp4", "a'b\"$(c) d.mp4",
     "نهر.mp4", "a\nb.mp4", "[id] {x}.mp4"],
)  # fmt: skip
def test_no_file_name_is_taken_for_an_option_a_protocol_or_a_pattern(
    tmp_path: Path, name: str
) -> None:
    path = make_clip(tmp_path, shots=[("red", 0.2)]).rename(tmp_path / name)
    arguments = [*runner.input_options("ffprobe"), "-show_format", runner.file_url(path)]
    done = runner.run("ffprobe", arguments, reads=[path])
    assert done.returncode == 0, done.stderr
    assert b"format_name=mov" in done.stdout


def test_a_decoder_outside_of_the_list_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.2", "-c:v", "magicyuv", str(path))
    arguments = [*runner.input_options("ffprobe"), "-show_streams", runner.file_url(path)]
    done = runner.run("ffprobe", arguments, reads=[path])
    assert done.returncode != 0
    assert "magicyuv) not on whitelist" in done.stderr


def test_a_play_list_in_the_clothes_of_a_video_opens_no_other_file(tmp_path: Path) -> None:
    other = make_clip(tmp_path, "other.ts", extra=["-f", "mpegts"])
    path = tmp_path / "list.mp4"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n")
    arguments = [*runner.input_options("ffprobe"), "-show_streams", runner.file_url(path)]
    done = runner.run("ffprobe", arguments, reads=[path])
    assert done.returncode != 0
    assert b"h264" not in done.stdout


@pytest.mark.parametrize("demuxer", ["hls", "concat", "sdp", "dash", "image2", "lavfi", "ass"])
def test_demuxers_that_open_other_things_are_not_on_the_list(demuxer: str) -> None:
    assert demuxer not in runner.FORMATS


def test_the_lists_hold_what_archives_hold() -> None:
    old = (
        "theora wmv3 vc1 svq3 cinepak indeo5 dvvideo flv1 h263 msmpeg4v3 prores dnxhd ffv1 utvideo"
    )
    assert set(old.split()) <= set(runner.CODECS)
    assert "magicyuv" not in runner.CODECS


@pytest.mark.parametrize("kind", get_args(sandbox.Sandbox))
def test_killing_a_child_kills_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: sandbox.Sandbox
) -> None:
    sandbox.use(kind)
    text = "import os, time; os.write(0, b'here\\n'); time.sleep(600)"
    child = runner.start_python(a_module(tmp_path, monkeypatch, "starts", text), limits=Limits())
    assert child.socket.recv(100) == b"here\n"
    started = [child.process.pid, *descendants(child.process.pid)]
    child.end()
    assert child.process.returncode == -signal.SIGKILL
    assert all(wait_until_dead(one) for one in started)


def test_a_child_that_was_reaped_can_be_ended_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = runner.start_python(a_module(tmp_path, monkeypatch, "ends", "pass"), limits=Limits())
    child.process.wait(90)
    child.end()
    child.end()
    assert child.process.returncode == 0


def test_a_resident_child_is_spoken_to_over_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import os\nwhile data := os.read(0, 100):\n    os.write(0, data.upper())\n"
    child = runner.start_python(a_module(tmp_path, monkeypatch, "echoes", text), limits=Limits())
    child.socket.sendall(b"ferry\n")
    assert child.socket.recv(100) == b"FERRY\n"
    child.end()


def test_a_module_in_the_current_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    footage = tmp_path / "footage"
    footage.mkdir()
    (footage / "planted.py").write_text("import os; os.write(0, b'planted')")
    monkeypatch.chdir(footage)
    child = runner.start_python("planted", limits=Limits())
    assert hear(child) == b""
    child.end()


@pytest.mark.parametrize("kind", get_args(sandbox.Sandbox))
def test_children_die_with_a_worker_that_is_killed(kind: sandbox.Sandbox) -> None:
    script = (
        "import threading, time\n"
        "from mediacatalog.media import runner, sandbox\n"
        f"sandbox.use({kind!r})\n"
        f"work = lambda: runner.run('ffmpeg', {[*ENDLESS, '-f', 'null', '-']!r})\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "time.sleep(600)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script])
    started: list[int] = []
    end = time.monotonic() + 90
    while not any(runs(one, "ffmpeg") for one in started):
        assert time.monotonic() < end
        time.sleep(0.05)
        started = descendants(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert all(wait_until_dead(one) for one in started)


def runs(number: int, program: str) -> bool:
    try:
        return Path(f"/proc/{number}/exe").readlink().name == program
    except OSError:
        return False


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("نيم\u200cفاصله", "نيم\u200cفاصله"),
        ("two\nlines", "two\nlines"),
        ("\U0001fae8", "\U0001fae8"),
    ],
)
def test_only_characters_that_deceive_are_escaped(text: str, shown: str) -> None:
    assert runner.escaped(text) == shown


def test_a_resident_child_outlives_the_thread_that_asked_for_it() -> None:
    started: list[runner.Resident] = []
    thread = threading.Thread(
        target=lambda: started.append(
            runner.start_python("mediacatalog.media.decoder", limits=runner.Limits())
        )
    )
    thread.start()
    thread.join()
    (child,) = started
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            child.process.wait(1.5)
    finally:
        child.end()


def children() -> set[str]:
    """Of this thread; other tests of the same process may have left warm ones."""
    told = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    return set(told.split())


def test_what_the_beat_raises_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.05)
    beats: list[float] = []

    def beat() -> None:
        beats.append(time.monotonic())
        if len(beats) == 3:
            raise InterruptedError("a person stopped it")

    before = children()
    began = time.monotonic()
    with pytest.raises(InterruptedError):
        runner.run("ffmpeg", [*ENDLESS, "-f", "null", "-"], beat=beat)
    assert time.monotonic() - began < 60
    assert not [one for one in children() - before if is_alive(int(one))]
