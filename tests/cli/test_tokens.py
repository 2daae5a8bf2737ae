"""The commands about tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from mediacatalog.cli import main

if TYPE_CHECKING:
    import pytest

    from mediacatalog.settings import Settings


def test_a_token_is_made_listed_and_revoked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    run = CliRunner()
    made = run.invoke(
        main, ["token", "create", "the mirror", "--owner", "ada", "--scope", "read", "--json"]
    )
    told = json.loads(made.stdout)
    assert told["token"].startswith(f"mc_{told['id']}_")
    shown = run.invoke(main, ["token", "list"])
    assert "good  researcher  read  never used  ada: the mirror" in shown.stdout
    assert told["token"].split("_", 2)[2] not in shown.stdout
    assert run.invoke(main, ["token", "revoke", told["id"]]).exit_code == 0
    assert json.loads(run.invoke(main, ["token", "list", "--json"]).stdout)[0]["state"] == "revoked"
    assert run.invoke(main, ["token", "revoke", "none"]).exit_code == 1
    assert run.invoke(main, ["token", "create", "x", "--scope", "all"]).exit_code == 1
