"""The commands over accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mediacatalog.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Path):  # noqa: ANN201
    monkeypatch.setenv("MEDIACATALOG_DATABASE_URL", f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    monkeypatch.setenv("MEDIACATALOG_DATA", str(tmp_path))
    (tmp_path / "catalogue.sqlite").write_bytes(migrated_sqlite.read_bytes())

    def command(*arguments: str, given: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(main, ["user", *arguments], input=given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return command


def test_accounts_are_made_changed_and_listed(run) -> None:  # noqa: ANN001
    made = run(
        "create", "Nadia", "--role", "admin", "--password-file", "-", given="long enough it is\n"
    )
    assert made == (0, "Nadia may sign in as admin\n")
    run("create", "Omar", "--role", "worker", "--password-file", "-", given="long enough it is\n")
    assert run("role", "omar", "reviewer") == (0, "omar is reviewer now\n")
    assert run("disable", "OMAR")[0] == 0
    assert run("password", "omar", "--password-file", "-", given="another long one\n")[0] == 0
    listed = json.loads(run("list", "--json")[1])
    assert [(one["name"], one["role"], one["active"]) for one in listed] == [
        ("Nadia", "admin", True),
        ("Omar", "reviewer", False),
    ]
    assert run("enable", "omar")[0] == 0
    assert run("list")[1] == "Nadia\tadmin\nOmar\treviewer\n"


def test_what_is_wrong_is_said(run) -> None:  # noqa: ANN001
    assert run("create", "Nadia", "--role", "admin")[0] == 2  # no terminal, no default password
    short = run("create", "Nadia", "--role", "admin", "--password-file", "-", given="short\n")
    assert short[0] == 1
    assert "12" in short[1]
    assert run("role", "nobody", "admin")[0] == 1
