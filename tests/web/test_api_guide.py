"""The guide to the API does what it says, by curl and by the client of the package."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import changes, tokens
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.client import Client, ProblemError
from mediacatalog.search import SearchIndex
from mediacatalog.web import create_app
from tests.browser import server_of
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


class Site:
    """A running site with three clips of a ferry, and a token for it."""

    def __init__(self, settings: Settings) -> None:
        self.catalogue = open_catalogue(settings.catalogue_url)
        index = SearchIndex(settings.index)
        self.clips = [a_clip(self.catalogue, f"ferry {name}") for name in "abc"]
        with self.catalogue.writing() as session:
            _, self.token = tokens.create(
                session, "t", owner="ada", role="archivist", scopes=("read", "write"), days=1
            )
        index.catch_up(self.catalogue)
        app = create_app(settings, self.catalogue, index)
        self.server = server_of(app)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site(settings: Settings, migrated_sqlite: Path) -> Iterator[Site]:
    settings.data.mkdir()
    shutil.copyfile(migrated_sqlite, settings.data / "catalogue.sqlite")
    running = Site(settings)
    yield running
    running.server.shutdown()
    running.server.server_close()
    running.catalogue.close()


def blocks(language: str) -> str:
    return "\n".join(
        re.findall(
            rf"^```{language}\n(.*?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
    )


def test_the_examples_with_curl_run_as_they_stand(site: Site, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", blocks("sh")],
        env={"PATH": "/usr/bin:/bin", "MEDIACATALOG": site.base, "TOKEN": site.token},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert '"title":"The ferry at dusk"' in ran.stdout.replace(" :", ":").replace(": ", ":")
    with site.catalogue.reading() as session:
        acts = changes.acts(session, actor="ada")
    assert [one.fields for one in acts][:2] == [("tag",), ("tag",)]
    assert acts[0].undoes == acts[1].batch_id


def test_the_example_in_python_runs_as_it_stands(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(blocks("python"), {"base": site.base, "token": site.token})  # noqa: S102 - our own guide
    assert "ada source Desk" in capsys.readouterr().out


def test_the_client_edits_collects_and_follows(site: Site) -> None:
    client, other = Client(site.base, site.token), Client(site.base, site.token)
    assert {hit["clip"] for hit in client.search("ferry", limit=2)} == set(site.clips)
    assert client.clip(site.clips[0])["clip"] == site.clips[0]
    seen = client.description(site.clips[0])
    other.describe(site.clips[0], other.description(site.clips[0]), title="Theirs")
    with pytest.raises(ProblemError) as late:
        client.describe(site.clips[0], seen, title="Mine")
    assert (late.value.status, late.value.now["title"]) == (412, "Theirs")
    made = client.make_collection("Evening", site.clips)
    assert [one["place"] for one in client.items(made["id"])] == [1, 2, 3]
    assert [one["name"] for one in client.collections()] == ["Evening"]
    batch = client.apply(client.preview({"add_tags": ["night"]}, q="ferry"))
    assert client.undo(batch) == 3
    client.add_term(site.clips[1], "dusk")
    told = [change for feed in client.follow() for change in feed["changes"]]
    assert told[-1]["after"] == "dusk"
    with pytest.raises(ProblemError, match="401"):
        Client(site.base, "mc_0_0").clip("x")


def test_a_token_is_sent_nowhere_in_the_clear() -> None:
    for wrong in ("http://archive.example", "ftp://archive.example", "archive.example", ""):
        with pytest.raises(ValueError, match=r"HTTPS|address"):
            Client(wrong, "mc_x")
    Client("http://archive.example")
    Client("https://archive.example", "mc_x")
