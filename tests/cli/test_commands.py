"""The commands as programs see them: exit codes, and one JSON document on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories import SRT, make_clip, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path


class Shell:
    """Runs `mediacatalog` in a folder of its own, as a fresh user would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{key: value for key, value in os.environ.items() if "MEDIACATALOG" not in key},
            "MEDIACATALOG_DISK_RESERVE_BYTES": "0",
        }

    def run(self, *words: str | Path, code: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "mediacatalog", *words],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, (words, done.returncode, done.stderr)
        assert "Traceback" not in done.stderr
        self.said = done.stderr
        return done.stdout

    def json(self, *words: str | Path, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "media").mkdir()
    return Shell(tmp_path)


def test_a_clip_goes_from_the_folder_to_a_found_second(shell: Shell) -> None:
    make_clip(shell.folder / "media", "ferry.mp4", shots=[("testsrc2", 3.0)], srt=SRT)
    line = json.loads(shell.run("ingest", "media/ferry.mp4", "--json"))
    assert line["state"] == "ready"
    found = shell.json("search", '"ferry crossing"')
    (hit,) = found["hits"]
    assert hit["clip"] == line["clip"]
    assert hit["moments"][0] | {"snippet": "", "track": ""} == {
        "start_ms": 200,
        "end_ms": hit["moments"][0]["end_ms"],
        "source": "caption",
        "snippet": "",
        "track": "",
        "language": "en",
    }
    shell.run("tag", line["clip"], "Night crossing")
    assert [hit["clip"] for hit in shell.json("search", "tag:night-crossing")["hits"]] == [
        line["clip"]
    ]
    assert shell.json("search", "ferry", "--filter", "tag=night-crossing")["count"] == 1
    shown = shell.json("show", line["sha256"][:16])
    assert [term["label"] for term in shown["terms"]] == ["Night crossing"]
    assert shown["history"][0]["actor"] == "local"
    shell.run("untag", line["clip"], "Night crossing")
    assert shell.json("search", "tag:night-crossing")["count"] == 0


def test_scan_counts_every_file(shell: Shell) -> None:
    make_clip(shell.folder / "media")
    (shell.folder / "media" / "notes.txt").write_text("x")
    (media, uploads) = shell.json("scan")["roots"]
    assert media["files"] == sum(media["states"].values()) == 2
    assert (media["states"]["arriving"], media["states"]["ignored"]) == (1, 1)
    assert uploads["files"] == 0


def test_a_rerun_stage_is_done_again(shell: Shell) -> None:
    make_clip(shell.folder / "media")
    clip = json.loads(shell.run("ingest", "media/clip.mp4", "--json"))["clip"]
    shell.run("rerun", "watch_through", "--clip", clip)
    shell.run("ingest", "media/clip.mp4")
    attempts = {one["stage"]: one["attempt"] for one in shell.json("show", clip)["stages"]}
    assert (attempts["probe"], attempts["watch_through"], attempts["index"]) == (1, 2, 2)


def test_the_single_file_tools_need_no_catalogue(shell: Shell) -> None:
    clip = make_clip(shell.folder, shots=[("red", 1.0), ("blue", 1.0)], srt=SRT)
    assert shell.json("probe", clip)["video"]["frame_rate"] == "25/1"
    shots = shell.json("shots", clip)
    assert [shot["start_ms"] for shot in shots["shots"]] == [0, 1000]
    assert shots["frames"] == 50
    assert len(shell.json("fingerprint", clip)["sha256"]) == 64
    shell.run("storyboard", clip, "--out", shell.folder / "board")
    index = (shell.folder / "board" / "storyboard.vtt").read_text()
    assert index.startswith("WEBVTT")
    assert (shell.folder / "board" / "storyboard-0.jpg").stat().st_size > 500
    track = json.loads(shell.run("captions", clip.with_suffix(".srt")))
    assert [cue["start_ms"] for cue in track["cues"]] == [200, 1500]
    assert shell.run("captions", clip.with_suffix(".srt"), "--to", "vtt").startswith("WEBVTT\n\n")
    story = shell.folder / "story.txt"
    story.write_text("A headline of the day\n\nThe ferry left the harbour before the storm came.\n")
    assert shell.json("article", story)["title"] == "A headline of the day"
    assert not (shell.folder / "data").exists()


def test_the_text_of_a_machine_says_so(shell: Shell) -> None:
    heard = {"segments": [{"start": 1, "end": 2, "text": "the ferry", "avg_logprob": -0.2}]}
    (shell.folder / "clip.json").write_text(json.dumps(heard))
    assert json.loads(shell.run("captions", "clip.json"))["label"] == "Machine-made text: Whisper"
    for to in ("vtt", "srt", "txt"):
        assert "Machine-made text: Whisper" in shell.run("captions", "clip.json", "--to", to)


def test_captions_inside_a_video_are_listed_and_read(shell: Shell, samples: Path) -> None:
    clip = make_clip(shell.folder, "clip.mkv")
    for name, words in (("en", "the ferry"), ("ar", "المرفأ")):
        text = f"1\n00:00:00,200 --> 00:00:00,900\n{words}\n"
        (shell.folder / f"{name}.srt").write_text(text)
    texts = [f"file:{shell.folder / name}.srt" for name in ("en", "ar")]
    both = shell.folder / "both.mkv"
    maps = ["-map", "0:v", "-map", "1", "-map", "2", "-c", "copy"]
    run_ffmpeg("-i", f"file:{clip}", "-i", texts[0], "-i", texts[1], *maps,
               "-metadata:s:s:1", "language=ara", f"file:{both}")  # fmt: skip
    first = json.loads(shell.run("captions", both))
    assert [cue["text"] for cue in first["cues"]] == ["the ferry"]
    assert [one["track"] for one in first["tracks"]] == ["stream 1", "stream 2"]
    assert "المرفأ" in shell.run("captions", both, "--track", "2", "--to", "vtt")
    assert json.loads(shell.run("captions", both, "--track", "stream 2"))["language"] == "ar"
    assert shell.run("captions", both, "--track", "9", code=1) == ""
    assert "its tracks: stream 1, stream 2" in shell.said
    pictures = json.loads(
        shell.run("captions", samples / "captions/embedded/sample_MKV_VobSub_PGS.mkv")
    )
    assert [one["searchable"] for one in pictures["tracks"]] == [False, False]
    assert "not searchable" in pictures["problems"][0]["message"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("probe", "missing.mp4", "--json"), 1, "missing.mp4: no such file"),
        (("probe", "media", "--json"), 1, "media: not a file"),
        (("shots", "text.mp4"), 1, "text.mp4"),
        (("captions", "text.mp4"), 1, "text.mp4"),
        (("article", "https://example.org/x", "--json"), 1, "no page is fetched"),
        (("show", "nothing"), 1, "no clip 'nothing'"),
        (("rerun", "nothing", "--clip", "x"), 1, "stage"),
        (("search", "x", "--filter", "nonsense"), 2, "FACET=VALUE"),
        (("ingest",), 2, "PATHS"),
        (("ingest", "missing"), 1, "not a file and not a folder"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(
    shell: Shell, words: tuple[str, ...], code: int, said: str
) -> None:
    (shell.folder / "text.mp4").write_text("no video at all")
    assert shell.run(*words, code=code) == ""
    assert said in shell.said


def test_an_unknown_setting_is_refused_by_name(shell: Shell) -> None:
    shell.run("scan", code=1, MEDIACATALOG_PROT="8000")
    assert "MEDIACATALOG_PROT" in shell.said


def test_a_database_that_does_not_answer_is_one_line(shell: Shell) -> None:
    shell.run("scan", code=1, MEDIACATALOG_DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")
    assert "can't be opened" in shell.said


def test_doctor_says_what_is_wrong(shell: Shell) -> None:
    assert not shell.json("doctor", code=1)["ok"]
    shell.run("db", "upgrade")
    checks = {one["name"]: one["ok"] for one in shell.json("doctor")["checks"]}
    assert checks["database"]
    assert checks["ffmpeg"]


def test_a_fault_of_the_world_ends_no_batch_and_loses_no_file(shell: Shell) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_clip(shell.folder / "media", name, shots=[(("red", "blue")[name == "b.mp4"], 1.0)])
    shell.run("db", "upgrade")
    blocked = shell.folder / "data" / "derivatives"
    blocked.write_text("no folder can be made here")
    lines = [
        json.loads(line) for line in shell.run("ingest", "media", "--json", code=1).splitlines()
    ]
    assert [line["state"] for line in lines] == ["waiting", "waiting"]
    assert all("derivatives" in line["reason"] for line in lines)
    blocked.unlink()
    lines = [json.loads(line) for line in shell.run("ingest", "media", "--json").splitlines()]
    assert [line["state"] for line in lines] == ["ready", "ready"]


def test_scan_lists_every_file_with_its_history(shell: Shell) -> None:
    make_clip(shell.folder / "media", "a.mp4")
    (shell.folder / "media" / "notes.xyz").write_text("no footage")
    root = shell.json("scan")["roots"][0]
    listed = {one["path"]: one for one in root["listed"]}
    assert set(listed) == {"a.mp4", "notes.xyz"}
    assert sum(root["states"].values()) == root["files"] == len(listed)
    for one in listed.values():
        assert one["reason"]
        assert one["history"][0] | {"at": ""} == {
            "at": "",
            "state": one["state"],
            "reason": one["reason"],
            "actor": "",
        }
    (again, _) = json.loads(shell.run("scan", "--json", "--counts"))["roots"]
    assert again["listed"] == []


def test_folders_are_added_listed_paused_and_resumed(shell: Shell) -> None:
    other = shell.folder / "other"
    other.mkdir()
    shell.run("root", "add", "other", "--name", "The other", "--poll-seconds", "7")
    make_clip(other, "a.mp4")
    shell.run("scan")
    found = {one["path"]: one for one in shell.json("root", "list")}
    assert (found[str(other)]["name"], found[str(other)]["files"]) == ("The other", 1)
    shell.run("root", "pause", "other")
    assert "paused by local" in shell.run("root", "list")
    shell.run("root", "resume", "other")
    assert "paused" not in shell.run("root", "list")
    shell.run("root", "settle", "other", code=1)
    assert "no alarm" in shell.said
    shell.run("root", "pause", "nowhere", code=1)


def test_a_stage_runs_again_for_all_clips_that_a_search_finds(shell: Shell) -> None:
    for number in range(2):
        make_clip(shell.folder / "media", f"ferry {number}.mp4", shots=[("red", 0.3 + number / 5)])
    make_clip(shell.folder / "media", "tank.mp4", shots=[("blue", 0.3)])
    shell.run("ingest", "media")
    assert shell.json("rerun", "probe", "--query", "ferry") == {"again": 2, "offline": 0}
    states = shell.json("scan")["roots"][0]["states"]
    assert (states["waiting"], states["ready"]) == (2, 1)
    shell.run("rerun", "probe", code=2)


def test_links_are_found_anew_and_too_few_decisions_teach_nothing(shell: Shell) -> None:
    make_clip(shell.folder / "media", "Smoke [QPRb71FGCgI].mp4", shots=[("red", 0.4)])
    shell.run("ingest", "media")
    page = shell.folder / "story.html"
    page.write_text(
        "<title>The battle</title><article><h1>The battle of the two bridges</h1><p>The town of "
        "Abu Kamal was taken on 10 November 2017, a colonel said on the radio that evening.</p>"
        '<iframe src="https://www.youtube.com/embed/QPRb71FGCgI"></iframe></article>',
        encoding="utf-8",
    )
    shell.run("articles", "import", page)
    assert shell.json("links", "find") == {"articles": 0, "clips": 1, "links": 1}
    clip = json.loads(shell.run("ingest", "media", "--json"))["clip"]
    (link,) = shell.json("show", clip)["articles"]
    assert link["state"] == "certain"
    assert link["evidence"][0]["kind"] == "video id"
    shell.run("links", "learn", "--dry-run", code=1)
    assert "too few" in shell.said
    shell.run("links", "learn", "--forget")
