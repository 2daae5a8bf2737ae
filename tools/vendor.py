"""Fetches front-end libraries by `npm pack`, checks their integrity, and keeps what pages need.

    python tools/vendor.py          fetch, check, write
    python tools/vendor.py --check  compare the kept files with vendor.json; no network

The result is committed: nobody needs Node to run or to test.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import outline

VENDOR = Path(__file__).parents[1] / "src/mediacatalog/web/static/vendor"

PACKAGES = [
    {
        "name": "htmx.org",
        "version": "2.0.11",
        "licence": "0BSD",
        "integrity": "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFv"
        "BTqjnIMCgELTNt636dtamA==",
        "files": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"},
    },
    {
        "name": "tus-js-client",
        "version": "4.3.1",
        "licence": "MIT",
        "integrity": "sha512-ZLeYmjrkaU1fUsKbIi8JML52uAocjEZtBx4DKjRrqzrZa0O4MYwT6db+oqePlspV"
        "+FxXJAyFBc/L5gwUi2OFsg==",
        "files": {"dist/tus.min.js": "tus.min.js", "LICENSE": "tus.LICENSE"},
    },
    {
        "name": "js-base64",  # inside tus.min.js, as is the next
        "version": "3.7.7",
        "licence": "BSD-3-Clause",
        "integrity": "sha512-7rCnleh0z2CkXhH67J8K1Ytz0b2Y+yxTPL+/KOJoa20hfnVQ/3/T6W/KflYI4bRH"
        "RagNeXeU2bkNGI3v1oS/lw==",
        "files": {"LICENSE.md": "js-base64.LICENSE"},
    },
    {
        "name": "url-parse",  # with querystringify and requires-port, of the same people
        "version": "1.5.9",
        "licence": "MIT",
        "integrity": "sha512-HpOvhKBvre8wYez+QhHcYiVvVmeF6DVnuSOOPhe3cTum3BnqHhvKaZm8FU5yTiOu"
        "/Jut2ZpB2rA/SbBA1JIGlQ==",
        "files": {"LICENSE": "url-parse.LICENSE"},
    },
    {
        "name": "world-atlas",  # Natural Earth's outlines, of which the maps of pages are cut
        "version": "2.0.2",
        "licence": "ISC",
        "integrity": "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoX"
        "nyTU5lFHcYa5ChG0LQ==",
        "files": {"countries-50m.json": "world.svg", "LICENSE": "world-atlas.LICENSE"},
    },
]
MADE = {"world.svg": outline.world}
"""What isn't kept as it came."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fetch(package: dict, folder: Path) -> dict[str, bytes]:
    """The wanted files of a package, out of an archive that is exactly the expected one."""
    spec = f"{package['name']}@{package['version']}"
    subprocess.run(["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True)
    archive = next(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package["integrity"]:
        sys.exit(f"{spec}: the archive isn't the expected one (sha512-{digest})")
    with tarfile.open(archive) as opened:
        return {
            target: MADE.get(target, bytes)(opened.extractfile(f"package/{name}").read())
            for name, target in package["files"].items()
        }


def write() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    record = []
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            files = fetch(package, Path(folder))
        for name, data in files.items():
            (VENDOR / name).write_bytes(data)
        kept = {name: sha256(data) for name, data in files.items()}
        record.append(package | {"files": kept})
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (VENDOR / "vendor.json").write_text(text + "\n", encoding="utf-8")


def check() -> None:
    for package in json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8")):
        for name, digest in package["files"].items():
            if sha256((VENDOR / name).read_bytes()) != digest:
                sys.exit(f"{name} isn't the file that vendor.json names")


if __name__ == "__main__":
    check() if "--check" in sys.argv[1:] else write()
