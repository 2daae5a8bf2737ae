"""Settings: where they come from, which are refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from mediacatalog import settings
from mediacatalog.errors import SettingsError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_everything_lies_in_the_working_folder(tmp_path: Path) -> None:
    loaded = settings.load()
    assert loaded.data == tmp_path / "data"
    assert loaded.media == tmp_path / "media"
    assert loaded.catalogue_url == f"sqlite:///{tmp_path / 'data' / 'catalogue.sqlite'}"
    assert (loaded.host, loaded.port) == ("127.0.0.1", 8000)


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIACATALOG_PORT", "8123")
    assert settings.load().port == 8123


def test_an_unknown_name_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIACATALOG_PROT", "8123")
    with pytest.raises(SettingsError, match="MEDIACATALOG_PROT"):
        settings.load()


def test_a_value_that_does_not_fit_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIACATALOG_PORT", "eighty")
    with pytest.raises(SettingsError, match="MEDIACATALOG_PORT"):
        settings.load()


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIACATALOG_PORT", "")
    assert settings.load().port == 8000


def test_a_file_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "catalogue.toml"
    config.write_text('port = 8200\nmedia = "/srv/footage"\n', encoding="utf-8")
    monkeypatch.setenv("MEDIACATALOG_CONFIG", str(config))
    loaded = settings.load()
    assert (loaded.port, loaded.media) == (8200, Path("/srv/footage"))


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "catalogue.toml"
    config.write_text("port = 8200\n", encoding="utf-8")
    monkeypatch.setenv("MEDIACATALOG_CONFIG", str(config))
    monkeypatch.setenv("MEDIACATALOG_PORT", "8300")
    assert settings.load().port == 8300


@pytest.mark.parametrize(
    ("text", "named"), [("prot = 1\n", "PROT"), ("port = \n", "catalogue.toml")]
)
def test_a_file_with_a_mistake_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, named: str
) -> None:
    config = tmp_path / "catalogue.toml"
    config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("MEDIACATALOG_CONFIG", str(config))
    with pytest.raises(SettingsError, match=named):
        settings.load()


def test_a_file_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEDIACATALOG_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        settings.load()


def test_what_a_command_gives_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIACATALOG_PORT", "8300")
    assert settings.load(port=8400).port == 8400


def test_a_folder_may_be_named_from_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/archive")
    monkeypatch.setenv("MEDIACATALOG_MEDIA", "~/footage")
    assert settings.load().media == Path("/srv/archive/footage")


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValidationError):
        settings.load().port = 1


def test_a_database_url_wins_over_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://archive@database/mediacatalog"
    monkeypatch.setenv("MEDIACATALOG_DATABASE_URL", url)
    assert settings.load().catalogue_url == url


def test_the_secret_key_is_made_once_and_for_its_owner_only() -> None:
    loaded = settings.load()
    key = settings.secret_key(loaded)
    assert len(key) == 32
    assert settings.secret_key(loaded) == key
    assert stat.S_IMODE(loaded.secret_key_file.stat().st_mode) == 0o600


def test_an_override_reaches_the_processes_that_are_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", "to be put back")
    assert settings.override(data=tmp_path / "other").data == tmp_path / "other"
    assert settings.load().data == tmp_path / "other"
