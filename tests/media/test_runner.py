"""The one place that starts processes: limits hold, nothing outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mediacatalog.errors import ToolFailedError, ToolMissingError, ToolTimedOutError
from mediacatalog.media import runner
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


def wait_until_dead(number: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while is_alive(number) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(number)


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


def test_a_failing_tool_says_its_reason(tmp_path: Path) -> None:
    done = runner.run("ffprobe", ["-v", "error", runner.file_url(tmp_path / "nowhere.mp4")])
    assert done.returncode != 0
    assert "No such file" in done.reason


def test_a_tool_that_never_ends_is_killed_in_time() -> None:
    begun = time.monotonic()
    with pytest.raises(ToolTimedOutError, match=r"not done after 0\.5 s"):
        runner.run("ffmpeg", [*ENDLESS, "-f", "null", "-"], limits=Limits(wall_seconds=0.5))
    assert time.monotonic() - begun < 5


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
        runner.run("ffmpeg", arguments, limits=Limits(wall_seconds=20, output_bytes=1_000_000))


def test_files_can_not_outgrow_their_limit(tmp_path: Path) -> None:
    out = tmp_path / "big.avi"
    arguments = [*ENDLESS, "-c:v", "rawvideo", runner.file_url(out)]
    done = runner.run("ffmpeg", arguments, limits=Limits(wall_seconds=20, file_bytes=1_000_000))
    assert done.returncode != 0
    assert "File too large" in done.reason
    assert out.stat().st_size <= 1_000_000


def test_memory_is_limited() -> None:
    arguments = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=8000x8000:d=1"]
    limits = Limits(wall_seconds=20, memory_bytes=200 * 2**20)
    done = runner.run("ffmpeg", [*arguments, "-f", "null", "-"], limits=limits)
    assert done.returncode != 0


def test_only_the_end_of_what_is_said_on_stderr_is_kept(tmp_path: Path) -> None:
    clip = make_clip(tmp_path)
    arguments = ["-nostdin", "-v", "trace", "-i", runner.file_url(clip), "-f", "null", "-"]
    assert 0 < len(runner.run("ffmpeg", arguments).stderr) <= 4 * runner.STDERR_BYTES


def test_the_environment_of_the_worker_stays_with_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    text = "import os, sys; sys.stdout.write(repr(dict(os.environ)))"
    process = runner.start_python(a_module(tmp_path, monkeypatch, "tells", text), limits=Limits())
    assert process.stdout is not None
    said = process.stdout.read()
    runner.kill(process)
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
    done = runner.run("ffprobe", arguments)
    assert done.returncode == 0, done.stderr
    assert b"format_name=mov" in done.stdout


def test_a_decoder_outside_of_the_list_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.2", "-c:v", "magicyuv", str(path))
    arguments = [*runner.input_options("ffprobe"), "-show_streams", runner.file_url(path)]
    done = runner.run("ffprobe", arguments)
    assert done.returncode != 0
    assert "magicyuv) not on whitelist" in done.stderr


def test_a_play_list_in_the_clothes_of_a_video_opens_no_other_file(tmp_path: Path) -> None:
    other = make_clip(tmp_path, "other.ts", extra=["-f", "mpegts"])
    path = tmp_path / "list.mp4"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n")
    arguments = [*runner.input_options("ffprobe"), "-show_streams", runner.file_url(path)]
    done = runner.run("ffprobe", arguments)
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


def test_killing_a_child_kills_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "import subprocess, sys, time\n"
        "one = subprocess.Popen(['sleep', '60'])\n"
        "sys.stdout.write(f'{one.pid}\\n'); sys.stdout.flush(); time.sleep(60)\n"
    )
    process = runner.start_python(a_module(tmp_path, monkeypatch, "starts", text), limits=Limits())
    assert process.stdout is not None
    grandchild = int(process.stdout.readline())
    runner.kill(process)
    assert process.returncode == -signal.SIGKILL
    assert wait_until_dead(grandchild)


def test_a_child_that_was_reaped_can_be_killed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = runner.start_python(a_module(tmp_path, monkeypatch, "ends", "pass"), limits=Limits())
    process.wait(20)
    runner.kill(process)
    runner.kill(process)
    assert process.returncode == 0


def test_a_resident_child_is_spoken_to_over_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import sys\nfor line in sys.stdin:\n    print(line.upper(), end='', flush=True)\n"
    process = runner.start_python(a_module(tmp_path, monkeypatch, "echoes", text), limits=Limits())
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"ferry\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"FERRY\n"
    runner.kill(process)


def test_a_module_in_the_current_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    footage = tmp_path / "footage"
    footage.mkdir()
    (footage / "planted.py").write_text("print('planted')")
    monkeypatch.chdir(footage)
    process = runner.start_python("planted", limits=Limits())
    assert process.stdout is not None
    assert process.stdout.read() == b""
    runner.kill(process)


def test_children_die_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, threading, time\n"
        "from mediacatalog.media import runner\n"
        f"work = lambda: runner.run('ffmpeg', {[*ENDLESS, '-f', 'null', '-']!r})\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "folder = f'/proc/{os.getpid()}/task'\n"
        "children = []\n"
        "while not children:\n"
        "    time.sleep(0.05)\n"
        "    for task in os.listdir(folder):\n"
        "        children += open(f'{folder}/{task}/children').read().split()\n"
        "    children = [one for one in children\n"
        "                if os.path.basename(os.readlink(f'/proc/{one}/exe')) == 'ffmpeg']\n"
        "print(children[0], flush=True); time.sleep(60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    child = int(worker.stdout.readline())
    assert is_alive(child)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    assert wait_until_dead(child)


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
    started: list[subprocess.Popen[bytes]] = []
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
            child.wait(1.5)
    finally:
        runner.kill(child)


def test_what_the_beat_raises_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.05)
    beats: list[float] = []

    def beat() -> None:
        beats.append(time.monotonic())
        if len(beats) == 3:
            raise InterruptedError("a person stopped it")

    began = time.monotonic()
    with pytest.raises(InterruptedError):
        runner.run("ffmpeg", [*ENDLESS, "-f", "null", "-"], beat=beat)
    assert time.monotonic() - began < 20
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    assert not [one for one in children if is_alive(int(one))]
