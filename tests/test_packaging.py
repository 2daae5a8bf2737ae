"""What is built and installed is what was written: the wheel, made from the sdist, serves pages."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediacatalog import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mediacatalog"


def python(*args: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, args)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, without the network, by the locked build tools."""
    out = tmp_path_factory.mktemp("dist")
    python("-m", "build", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, to stand before the checkout on the path."""
    site = tmp_path_factory.mktemp("site")
    python(
        "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", site, wheel, cwd=site
    )
    return site


def test_the_wheel_carries_the_templates(wheel: Path) -> None:
    wanted = {
        f"mediacatalog/templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        for path in (ROOT / "templates").rglob("*.html")
    }
    assert wanted
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_carries_every_file_of_the_package(wheel: Path) -> None:
    """Style sheets, scripts, migrations, the fitted constants: not only modules."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "src/mediacatalog"], cwd=ROOT, capture_output=True, check=False
    )
    if tracked.returncode == 0:
        names = [Path(os.fsdecode(name)) for name in tracked.stdout.split(b"\0") if name]
    else:  # an unpacked archive of the source
        names = [path.relative_to(ROOT) for path in PACKAGE.rglob("*") if path.is_file()]
    wanted = {
        name.relative_to("src").as_posix()
        for name in names
        if (ROOT / name).is_file() and "__pycache__" not in name.parts
    }
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"mediacatalog", f"mediacatalog-{__version__}.dist-info"}


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    assert any(name.endswith("/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_installed_command_tells_its_version(installed: Path, tmp_path: Path) -> None:
    said = python("-m", "mediacatalog", "--version", cwd=tmp_path, PYTHONPATH=str(installed))
    assert __version__ in said


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server of the installed wheel, far from the checkout."""
    folder = tmp_path_factory.mktemp("served")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    where = "import mediacatalog; print(mediacatalog.__file__)"
    assert str(installed) in python("-c", where, cwd=folder, PYTHONPATH=str(installed))
    settings = {
        "PYTHONPATH": str(installed),
        "MEDIACATALOG_PORT": str(port),
        "MEDIACATALOG_DISK_RESERVE_BYTES": "0",
    }
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mediacatalog", "web"],
            cwd=folder,
            env=os.environ | settings,
            stdout=log,
            stderr=log,
        )
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(480):
            try:
                get(f"{base}/healthz")
                break
            except OSError:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.25)
        yield base
    finally:
        server.terminate()
        server.wait(timeout=60)


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("page", ["/", "/ingest", "/upload", "/tags", "/readyz"])
def test_the_installed_wheel_serves_a_page(address: str, page: str) -> None:
    status, body = get(address + page)
    assert status == 200
    assert body


def test_the_installed_wheel_serves_its_static_files(address: str) -> None:
    folder = PACKAGE / "web" / "static"
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert "app.css" in names
    for name in names:
        status, body = get(f"{address}/static/{name}")
        assert (status, body) == (200, (folder / name).read_bytes()), name
