"""The commands about links for outsiders and about grants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from mediacatalog.catalog import changes, collections, shared
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.cli import main
from tests.search.rows import a_clip
from tests.web.people import an_account

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from mediacatalog.settings import Settings


def test_links_are_made_listed_and_revoked_and_grants_listed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    clip = a_clip(catalogue, "A ferry")
    an_account(catalogue, "Nadia", "researcher")
    with catalogue.writing() as session:
        case = collections.make(session, "Case", actor=changes.LOCAL)
    runner = CliRunner()

    def run(*words: str, fails: int = 0) -> str:
        done = runner.invoke(main, list(words))
        assert done.exit_code == fails, done.output
        return done.stdout

    (tmp_path / "word").write_text("open sesame, door\n", encoding="utf-8")
    asked = ("share", "make", "the desk", "--clip", clip, "--watermark", "--json")
    made = json.loads(run(*asked, "--password-file", str(tmp_path / "word")))
    assert (made["is_marked"], made["has_password"], made["clip_id"]) == (True, True, clip)
    token = made["path"].removeprefix("/shared/")
    with catalogue.reading() as session:
        assert shared.opened(session, token) is not None
    assert f"{made['id']}  making  until" in run("share", "list", "--clip", clip)
    assert token.partition("_")[2] not in run("share", "list", "--json")
    assert run("share", "views", made["id"]) == ""
    run("share", "revoke", made["id"])
    assert json.loads(run("share", "list", "--json"))[0]["state"] == "revoked"
    with catalogue.reading() as session:
        assert shared.opened(session, token) is None
    run("share", "make", "x", fails=1)
    run("share", "make", "x", "--clip", clip, "--days", "400", fails=1)
    run("share", "revoke", "none", fails=1)

    run("access", "grant", "nadia", case, "--reach", "sealed")
    assert f"Nadia  sealed  {case}  Case  by" in run("access", "list")
    assert json.loads(run("access", "list", "--name", "NADIA", "--json"))[0]["reach"] == "sealed"
    run("access", "list", "--name", "nobody", fails=1)
    run("access", "take", "nadia", case)
    assert run("access", "list", "--collection", case) == ""
    catalogue.close()
