"""`mediacatalog manifest` as programs see it: exit codes, one JSON document, nothing twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_commands import Shell
from tests.factories import SRT, make_clip

if TYPE_CHECKING:
    from pathlib import Path

SETTLED = {"MEDIACATALOG_SETTLE_SECONDS": "0", "MEDIACATALOG_UNPROVEN_SETTLE_SECONDS": "0"}


@pytest.fixture
def desk(tmp_path: Path) -> Shell:
    """A folder with one clip, which counts as having stood still."""
    shell = Shell(tmp_path)
    shell.environment |= SETTLED
    make_clip(tmp_path / "media", "red.mp4", shots=[("red", 0.4)])
    return shell


def manifest(shell: Shell, text: str, name: str = "media/m.csv") -> Path:
    path = shell.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_check_then_an_apply_then_nothing(desk: Shell) -> None:
    path = manifest(desk, "file,title,tags\nred.mp4,Ferry,night\n")
    checked = desk.json("manifest", path)
    assert (checked["applied"], checked["rows"], checked["error_count"]) == (False, 1, 0)
    assert checked["plan"][0]["changes"] == ["title", "tags"]
    applied = desk.json("manifest", path, "--apply", "--wait")
    assert applied["counts"] == {"done": 1, "unchanged": 0, "later": 0, "failed": 0}
    assert list(applied["waited"].values()) == ["ready"]
    (hit,) = desk.json("search", "ferry")["hits"]
    assert hit["clip"] == applied["results"][0]["clip"]
    again = desk.json("manifest", path, "--apply", "--wait")
    assert again["counts"] == {"done": 0, "unchanged": 1, "later": 0, "failed": 0}
    assert again["waited"] == {}


def test_errors_are_lines_and_the_exit_code_is_one(desk: Shell) -> None:
    path = manifest(desk, "file,title\nred.mp4,Ferry\nnone.mp4,x\n../y.mp4,x\n")
    said = desk.run("manifest", path, "--apply", code=1).splitlines()
    assert said == [
        "row 3, file: none.mp4: no such file",
        "row 4, file: may not hold “..”",
    ]
    assert "nothing was written" in desk.said
    assert desk.json("manifest", path, code=1)["errors"][1]["row"] == 4


def test_a_row_for_later_is_exit_code_three(desk: Shell) -> None:
    whole = (desk.folder / "media" / "red.mp4").read_bytes()
    (desk.folder / "media" / "half.mp4").write_bytes(whole[:-900])
    path = manifest(desk, "file,title\nred.mp4,Ferry\nhalf.mp4,x\n")
    said = desk.run("manifest", path, "--apply", code=3)
    assert "later     row 3, half.mp4" in said


def test_files_outside_the_known_folders_need_their_root_to_be_named(desk: Shell) -> None:
    elsewhere = desk.folder / "card"
    elsewhere.mkdir()
    shutil.move(desk.folder / "media" / "red.mp4", elsewhere / "red.mp4")
    path = manifest(desk, "file,title\nred.mp4,Ferry\n", "card/m.csv")
    assert "lies outside" in desk.run("manifest", path, code=1)
    assert desk.json("manifest", path, "--root", elsewhere, "--apply")["counts"]["done"] == 1
    assert desk.json("manifest", path, "--apply")["counts"]["unchanged"] == 1


def test_one_can_kill_it_and_apply_again(desk: Shell) -> None:
    """Whenever the first one died, every row is written once in the end."""
    (desk.folder / "media" / "words.srt").write_text(SRT)
    whole = (desk.folder / "media" / "red.mp4").read_bytes()
    lines = []
    for n in range(12):
        free = b"\0\0\0\x09free" + bytes([n])
        (desk.folder / "media" / f"{n}.mp4").write_bytes(whole + free)
        lines.append(f"{n}.mp4,Ferry {n},night|tag {n},words.srt\n")
    path = manifest(desk, "file,title,tags,captions\n" + "".join(lines))
    command = [sys.executable, "-m", "mediacatalog", "manifest", str(path), "--apply"]
    with subprocess.Popen(
        command, cwd=desk.folder, env=desk.environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _ in range(2):
            assert process.stdout.readline().startswith(b"done")
        process.kill()
    applied = desk.json("manifest", path, "--apply")
    counts = applied["counts"]
    assert counts["done"] + counts["unchanged"] == 12
    assert counts["unchanged"] >= 2
    first = applied["results"][0]["clip"]
    assert len(desk.json("show", first)["history"]) == 4
    assert desk.json("manifest", path, "--apply")["counts"]["unchanged"] == 12
