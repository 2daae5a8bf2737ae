"""The file of place names, which every process of a machine reads and one of them writes."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mediacatalog.articles.mentions import gazetteer

ASK = """
import sys
sys.prefix = sys.argv[1]
from mediacatalog.articles.mentions import gazetteer
print("asks", flush=True)
print(gazetteer.load().largest("raqqa").name, flush=True)
"""


def test_who_finds_another_writing_it_waits_and_takes_what_that_one_wrote(tmp_path: Path) -> None:
    assert gazetteer.load()
    shares = (Path(sys.prefix, "share"), Path.home() / ".cache")
    written = [one for share in shares for one in share.glob("mediacatalog/places-*.sqlite")]
    folder = tmp_path / "share" / "mediacatalog"
    folder.mkdir(parents=True)
    with (folder / ".places.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout
        assert child.stdout.readline() == "asks\n"
        time.sleep(1)
        assert child.poll() is None
        assert [one.name for one in folder.iterdir()] == [".places.lock"]
        for one in written:
            shutil.copy(one, folder)
        before = {one.stat().st_ino for one in folder.iterdir()}
    assert child.communicate(timeout=60)[0] == "Ar Raqqah\n"
    assert {one.stat().st_ino for one in folder.iterdir()} == before
