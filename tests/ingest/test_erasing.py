"""Files of purged clips: derivatives go, masters stay unless the operator gives them up."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.purging import tombstones
from mediacatalog.cli import main
from mediacatalog.ingest.direct import Direct, Result
from tests.factories import make_clip

if TYPE_CHECKING:
    import pytest

    from mediacatalog.settings import Settings


def test_purged_bytes_are_kept_out_and_masters_kept_until_the_operator_gives_them_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    first = make_clip(settings.media, "first.mp4", shots=[("red", 1.0)])
    second = make_clip(settings.media, "second.mp4", shots=[("blue", 1.0)])
    copy = settings.media / "copy.mp4"
    shutil.copy(second, copy)

    def ingest(*paths: Path) -> dict[Path, Result]:
        with Direct(settings) as direct:
            return {Path(one.path): one for one in direct.ingest(direct.choose(paths))}

    def run(*said: str) -> str:
        done = CliRunner().invoke(main, [*said])
        return f"{done.exit_code} {done.output}"

    found = ingest(first, second, copy)
    one, two = str(found[first].clip), str(found[second].clip)
    pictures = list(settings.derivatives.rglob("*.jpg"))
    assert "its master: left" in run("purge", "clip", one, "--reason", "r", "--yes")
    assert first.exists()
    assert 0 < len(list(settings.derivatives.rglob("*.jpg"))) < len(pictures)
    again = tmp_path / "again.mp4"
    shutil.copy(first, again)
    kept_out = ingest(again)[again]
    assert (kept_out.state, kept_out.clip) == ("quarantined", None)
    assert "its bytes were purged on" in kept_out.reason
    with_masters = ("purge", "clip", two, "--reason", "r", "--with-masters", "--yes")
    assert "keeps masters" in run(*with_masters)
    assert second.exists()
    assert run("root", "masters", str(settings.media), "give-up").startswith("0")
    copy.write_bytes(b"another file by now")
    assert "its master: left: the file holds other bytes now" in run(*with_masters)
    assert (second.exists(), copy.exists()) == (False, True)
    assert list(settings.derivatives.rglob("*.*")) == []
    assert run("purge", "list").count("master: left") == 2
    catalogue = open_catalogue(settings.catalogue_url)
    with catalogue.reading() as session:
        assert all(stone.erased_at for _, stone in tombstones(session))
    catalogue.close()
