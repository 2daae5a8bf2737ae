"""Pictures of every page over the demonstration archive, for the user guide.

    .venv/bin/python tools/screenshots.py [docs/screenshots]

Starts `mediacatalog demo` in a folder of its own, waits until each file is in its final state,
and takes every page in English and Arabic, light and dark, with Debian's chromium. The pictures are
WebP at 1200 by 750, small enough to be kept beside the text.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE = ViewportSize(width=1200, height=750)
QUALITY = 60
PATIENCE = 900.0
"""Seconds until the demonstration must be read."""
FINAL = {"ready", "partial", "quarantined", "ignored"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def wait_until_read(base: str) -> None:
    """Until the server answers and no file is on its way."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        time.sleep(1)
        try:
            counts = json.loads(ask(f"{base}/api/v1/ingest"))["counts"]
        except OSError:
            continue
        if sum(counts.values()) and not any(n for state, n in counts.items() if state not in FINAL):
            return
    sys.exit(f"the demonstration wasn't read within {PATIENCE:g} s")


def tell(url: str, said: dict[str, object]) -> dict[str, str]:
    body = json.dumps(said).encode()
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        found: dict[str, str] = json.loads(answer.read())
    return found


def pages(base: str) -> dict[str, str]:
    """Address of each page by the name of its picture; a little is written, to be seen there."""
    hits = json.loads(ask(f"{base}/api/v1/search?q=ferry"))["hits"]
    clip = hits[0]["clip"]
    shown = ask(f"{base}/clips/{clip}")
    article = re.search(r"/articles/[0-9a-f-]{36}", shown)
    track = re.search(r"/clips/[0-9a-f-]{36}/tracks/[0-9a-f-]{36}(?=\")", shown)
    api = f"{base}/api/v1"
    tell(f"{api}/clips/{clip}/terms", {"label": "river crossing", "kind": "tag"})
    note = {"text": "The ferry lands", "start_ms": 1000, "end_ms": None}
    tell(f"{api}/clips/{clip}/markers", note)
    made = tell(f"{api}/collections", {"name": "Crossings of the river"})["id"]
    chosen = [hit["clip"] for hit in hits[:4]]
    tell(f"{api}/collections/{made}/items", {"clips": chosen})
    tell(f"{api}/saved", {"name": "Ferries", "q": "ferry", "filters": {}})
    term = re.search(r"/tags/[0-9a-f-]{36}", ask(f"{base}/tags"))
    file = re.search(r"/ingest/[0-9a-f-]{36}", ask(f"{base}/ingest"))
    return {
        "archive": "/",
        "search": "/?q=ferry",
        "grid": "/?q=ferry&view=grid",
        "contact-sheet": "/?q=ferry&view=sheet",
        "map": "/?view=map",
        "time-line": "/?view=time",
        "clip": f"/clips/{clip}",
        "frame": f"/clips/{clip}/frame?t=2",
        "captions": track[0] if track else f"/clips/{clip}",
        "article": article[0] if article else "/",
        "review": "/review",
        "review-clips": "/review/clips/in-review",
        "copies": "/review/copies",
        "failed": "/review/failed",
        "ingest": "/ingest",
        "file": file[0] if file else "/ingest",
        "tags": "/tags",
        "term": term[0] if term else "/tags",
        "collections": "/collections",
        "collection": f"/collections/{made}",
        "saved": "/saved",
        "edit-many": "/bulk?q=ferry",
        "history": "/history",
        "upload": "/upload",
        "manifest": "/upload/manifest",
    }


def take(browser: Browser, base: str, folder: Path) -> int:
    """Every page in each language and theme; returns the bytes of all pictures."""
    total, addresses = 0, pages(base)
    for language in ("en", "ar"):
        for theme in ("light", "dark"):
            context = browser.new_context(viewport=SIZE, locale=language, color_scheme=theme)
            page = context.new_page()
            for name, address in addresses.items():
                page.goto(base + address)
                page.wait_for_timeout(900)  # pictures that load as they come into sight
                png = np.frombuffer(page.screenshot(), np.uint8)
                shot = np.asarray(cv2.imdecode(png, cv2.IMREAD_COLOR))
                path = folder / f"{name}-{language}-{theme}.webp"
                cv2.imwrite(str(path), shot, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
                total += path.stat().st_size
            context.close()
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/screenshots"))
    folder: Path = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "mediacatalog", "demo"]
    with tempfile.TemporaryDirectory() as here:
        environment = {**os.environ, "MEDIACATALOG_PORT": str(port)}
        server = subprocess.Popen(command, cwd=here, env=environment)
        try:
            base = f"http://127.0.0.1:{port}"
            wait_until_read(base)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                print(f"{take(browser, base, folder):,} bytes in {folder}")
                browser.close()
        finally:
            server.terminate()
            server.wait(60)


if __name__ == "__main__":
    main()
