"""Articles from files that hold many, by hand and from a watched folder."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from click.testing import CliRunner
from sqlalchemy import select

from mediacatalog.catalog import stories
from mediacatalog.catalog.models import ArticleRow
from mediacatalog.cli import main
from mediacatalog.ingest import gathering
from tests.articles.sources import PAGE, STORY
from tests.articles.sources.test_feeds import RSS
from tests.articles.sources.test_warc import answer, record

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from mediacatalog.catalog.database import Catalogue


def titles(catalogue: Catalogue) -> list[str | None]:
    with catalogue.reading() as session:
        return sorted(session.scalars(select(ArticleRow.title)), key=str)


def test_a_folder_is_brought_in_once_however_often_it_is_given(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    (folder / "Ferry_files").mkdir(parents=True)
    (folder / "Ferry.html").write_text(PAGE)
    (folder / "Ferry_files" / "frame.html").write_text(PAGE.replace("Ferry", "Advert"))
    (folder / "crawl.warc.gz").write_bytes(gzip.compress(record(answer(PAGE.encode() + b" "))))
    (folder / "feed.xml").write_text(RSS)
    (folder / "broken.json").write_text("{")
    (folder / "clip.mp4").write_bytes(b"no article")
    for expected in (3, 0):
        reports = [
            gathering.gather_path(catalogue, path, actor="Mara")
            for path in gathering.files_of(folder)
        ]
        assert sum(one.new for one in reports) == expected
        assert sum(one.found for one in reports) == 3
        assert [one.path for one in reports if one.error] == [str(folder / "broken.json")]
    assert titles(catalogue) == ["Ferry carries hundreds"] * 3
    with catalogue.reading() as session:
        crawl = next(one for one in reports if one.kind == "warc").articles[0]
        (origin,) = stories.origins(session, crawl)
    assert origin.place == f"{folder / 'crawl.warc.gz'} https://news.example/ferry"
    assert (origin.kind, origin.actor) == ("warc", "Mara")
    assert origin.captured == "2017-11-09T10:00:00Z"


def test_what_comes_before_damage_is_kept_and_told(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc"
    path.write_bytes(record(answer()) + record(answer(), url="https://news.example/2")[:-200])
    report = gathering.gather_path(catalogue, path, actor="")
    assert (report.found, report.error) == (1, "ends in the middle of a record")
    missing = gathering.gather_path(catalogue, tmp_path / "gone.warc", actor="")
    assert "No such file" in missing.error


def test_the_command_prints_a_line_for_each_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(tmp_path / "data"))
    (tmp_path / "a.txt").write_text(f"Ferry carries hundreds\n\n{STORY}")
    (tmp_path / "b.html").write_text("\0")
    done = CliRunner().invoke(
        main, ["articles", "import", "--json", str(tmp_path / "a.txt"), str(tmp_path / "b.html")]
    )
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["found"], first["new"], first["kind"]) == (1, 1, "page")
    assert second["error"]
    assert done.exit_code == 3
