"""Search while many people watch: whole answers over HTTP, idle and beside slow range readers.

    python benchmarks/serving.py [--readers 200] [--clips 2000] [--searches 300]

Each reader is a player on a slow line: it asks for an open range of one large master, takes 4 kB
ten times a second through a small buffer, and asks again from elsewhere when the answer is over.
Prints p50 and p95 of `/api/v1/search` in both cases and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.factories import make_clip
from tests.search.rows import a_clip

from mediacatalog.catalog.database import open_catalogue

MASTER_BYTES = 64 * 2**20
SIPS = 4096
PAUSE_SECONDS = 0.1
WORDS = [
    first + rest for first in "bdfgklmnprst" for rest in ("arko", "elin", "ivat", "onu", "usk")
]


def fill(folder: Path, clips: int) -> tuple[str, dict[str, str]]:
    """(id of the clip with the large master, environment of the server)."""
    media = folder / "media"
    media.mkdir()
    made = make_clip(media, "large.mp4", shots=(("red", 1.0),))
    size = MASTER_BYTES - made.stat().st_size
    with made.open("ab") as file:  # an ISO box that players pass over (ISO/IEC 14496-12, 8.1.2)
        file.write(size.to_bytes(4, "big") + b"free" + bytes(size - 8))
    environment = {
        **os.environ,
        "MEDIACATALOG_DATA": str(folder / "data"),
        "MEDIACATALOG_MEDIA": str(media),
        "MEDIACATALOG_PORT": str(_free_port()),
        "MEDIACATALOG_API_REQUESTS_PER_MINUTE": "0",
    }
    run = [sys.executable, "-m", "mediacatalog"]
    subprocess.run([*run, "ingest", str(media)], env=environment, check=True, capture_output=True)
    catalogue = open_catalogue(f"sqlite:///{folder / 'data' / 'catalogue.sqlite'}")
    dice = random.Random(1)
    for number in range(clips):
        cues = [
            (at * 2000, at * 2000 + 1900, " ".join(dice.choices(WORDS, k=9))) for at in range(19)
        ]
        a_clip(catalogue, f"clip {number} {dice.choice(WORDS)}", cues=cues)
    catalogue.close()
    return "large", environment


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def answer(base: str, path: str) -> bytes:
    with urllib.request.urlopen(base + path, timeout=120) as told:
        return bytes(told.read())


def searches(base: str, count: int) -> list[float]:
    """Milliseconds of each whole answer, in order of size."""
    dice, spent = random.Random(2), []
    for _ in range(count):
        began = time.monotonic()
        answer(base, f"/api/v1/search?q={quote(' '.join(dice.sample(WORDS, 2)))}")
        spent.append((time.monotonic() - began) * 1000)
    return sorted(spent)


class Reader(threading.Thread):
    """A player on a slow line."""

    def __init__(self, port: int, path: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.stop, self.taken = port, path, stop, 0

    def run(self) -> None:
        dice = random.Random(id(self))
        while not self.stop.is_set():
            with socket.socket() as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
                line.settimeout(120)
                line.connect(("127.0.0.1", self.port))
                start = dice.randrange(MASTER_BYTES // 2)
                line.sendall(
                    f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                    f"Range: bytes={start}-\r\nConnection: close\r\n\r\n".encode()
                )
                while not self.stop.is_set() and (part := line.recv(SIPS)):
                    self.taken += len(part)
                    self.stop.wait(PAUSE_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--searches", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        name, environment = fill(Path(temporary), given.clips)
        port = int(environment["MEDIACATALOG_PORT"])
        base = f"http://127.0.0.1:{port}"
        server = subprocess.Popen([sys.executable, "-m", "mediacatalog", "web"], env=environment)
        try:
            _wait(base)
            clip = _clip(base, name)
            searches(base, 30)
            idle = searches(base, given.searches)
            stop = threading.Event()
            readers = [Reader(port, f"/clips/{clip}/master", stop) for _ in range(given.readers)]
            for one in readers:
                one.start()
            time.sleep(5)
            busy = searches(base, given.searches)
            stop.set()
            served = sum(one.taken > SIPS for one in readers)
        finally:
            server.terminate()
            server.wait(60)
    for what, spent in (("idle", idle), (f"{given.readers} slow readers", busy)):
        p95 = spent[int(len(spent) * 0.95)]
        print(f"{what:18} p50 {statistics.median(spent):6.1f} ms  p95 {p95:6.1f} ms")
    at = int(given.searches * 0.95)
    print(
        f"p95 {busy[at] / idle[at]:.2f}x of idle; {served} of {given.readers} readers were served"
    )


def _wait(base: str) -> None:
    for _ in range(600):
        try:
            answer(base, "/readyz")
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("the server didn't come up")


def _clip(base: str, name: str) -> str:
    """The id of the clip with this file, once the index has all."""
    for _ in range(300):
        hits = json.loads(answer(base, f"/api/v1/search?q={name}"))["hits"]
        if hits:
            return str(hits[0]["clip"])
        time.sleep(0.2)
    sys.exit("the large clip isn't found")


if __name__ == "__main__":
    main()
