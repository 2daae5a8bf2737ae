"""Articles from files that hold many, by hand and from a watched folder."""

from __future__ import annotations

import gzip
import json
import threading
import time
from typing import TYPE_CHECKING

from click.testing import CliRunner
from sqlalchemy import select

from mediacatalog import gathering
from mediacatalog.catalog import holdings, reads, stories
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import ArticleRow, Sighting
from mediacatalog.cli import main
from mediacatalog.gathering import Gatherer
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.ingest.watch import Watcher
from mediacatalog.values import Source
from tests.articles.sources import PAGE, STORY
from tests.articles.sources.test_feeds import RSS
from tests.articles.sources.test_messengers import export, film, message
from tests.articles.sources.test_warc import answer, record
from tests.factories import make_clip

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


def titles(catalogue: Catalogue) -> list[str]:
    with catalogue.reading() as session:
        return sorted(str(one) for one in session.scalars(select(ArticleRow.title)))


def test_a_folder_is_brought_in_once_however_often_it_is_given(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    (folder / "Ferry_files").mkdir(parents=True)
    (folder / "Ferry.html").write_text(PAGE)
    (folder / "Ferry_files" / "frame.html").write_text(PAGE.replace("Ferry", "Advert"))
    (folder / "crawl.warc.gz").write_bytes(gzip.compress(record(answer(PAGE.encode() + b" "))))
    (folder / "feed.xml").write_text(RSS)
    (folder / "Ferry again.html.gz").write_bytes(gzip.compress(PAGE.encode() + b"  "))
    (folder / "broken.info.json").write_text("{")
    (folder / "other.json").write_text('{"url": "https://news.example/"}')
    (folder / "LICENSE.txt").write_text(STORY)
    (folder / "clip.mp4").write_bytes(b"no article")
    for expected in (4, 0):
        reports = [
            gathering.gather_path(catalogue, path, actor="Mara")
            for path in gathering.files_of(folder)
        ]
        assert sum(one.new for one in reports) == expected
        assert sum(one.found for one in reports) == 4
        assert [one.path for one in reports if one.error] == [str(folder / "broken.info.json")]
    assert titles(catalogue) == ["Ferry carries hundreds"] * 4
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


def watched(settings: Settings) -> tuple[Catalogue, Watcher, Gatherer]:
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    prepare_roots(catalogue, settings)
    return catalogue, Watcher(catalogue, settings), Gatherer(catalogue, settings, threading.Event())


def told(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    with catalogue.reading() as session:
        rows = session.scalars(select(Sighting))
        return {one.display: (one.state, one.reason) for one in rows}


def test_a_watched_folder_gives_its_articles_with_state_and_reason(settings: Settings) -> None:
    media = settings.media
    (media / "chat").mkdir()
    (media / "chat" / "result.json").write_bytes(export(message(1, text=STORY), message(2)))
    (media / "crawl.warc.gz").write_bytes(gzip.compress(record(answer()))[:-100])
    (media / ".hidden.warc").write_bytes(record(answer()))
    (media / "feed.xml").write_text("<tt xmlns='http://www.w3.org/ns/ttml'/>")
    catalogue, watcher, gatherer = watched(settings)
    watcher.reconcile_all()
    assert told(catalogue)["chat/result.json"][1].endswith("when it has stood still")
    time.sleep(settings.settle_seconds)
    while gatherer.read_next():
        pass
    states = told(catalogue)
    assert {state for state, _ in states.values()} == {"ignored"}
    assert states["chat/result.json"][1] == (
        "not footage: 1 article read from it, 1 entry passed over"
    )
    assert "no articles could be read from it" in states["crawl.warc.gz"][1]
    assert "isn't what its name says" in states["feed.xml"][1]
    assert "hidden" in states[".hidden.warc"][1]
    assert titles(catalogue)[0].startswith("A single car ferry")

    (media / "crawl.warc.gz").write_bytes(gzip.compress(record(answer())))
    watcher.reconcile_all()
    time.sleep(settings.settle_seconds)
    while gatherer.read_next():
        pass
    assert told(catalogue)["crawl.warc.gz"][1] == "not footage: 1 article read from it"
    assert not gatherer.read_next()
    catalogue.close()


def test_a_file_that_an_export_names_is_linked_for_certain_whichever_came_first(
    settings: Settings,
) -> None:
    catalogue, watcher, gatherer = watched(settings)
    folder = settings.media / "chat" / "video_files"
    folder.mkdir(parents=True)
    (folder / "a.mp4").write_bytes(b"some clip")
    watcher.reconcile_all()
    with catalogue.writing() as session:
        source = Source("a" * 64, 9, 0)
        clip = holdings.clip_of_bytes(session, source)
        session.scalars(select(Sighting)).one().clip_id = clip.id
    (settings.media / "chat" / "result.json").write_bytes(
        export(message(1, text="By night", **film("a.mp4")))
    )
    watcher.reconcile_all()
    time.sleep(settings.settle_seconds)
    assert gatherer.read_next()
    with catalogue.writing() as session:
        (link,) = reads.clip_page(session, clip.id).articles
        assert link.state == "certain"
        assert link.evidence[0].detail == (
            "the exported message names this file: video_files/a.mp4"
        )
        stories.link_named(session, clip.id, [str(folder / "a.mp4")])  # as the clip's stage does
        assert len(reads.clip_page(session, clip.id).articles) == 1
    catalogue.close()


def test_a_clip_that_comes_after_the_export_is_linked_as_it_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    chat = settings.media / "chat"
    chat.mkdir()
    text = "[09/11/2017, 10:45:12] Mara: By night\u200e<attached: VID-20171109-WA0007.mp4>"
    (chat / "_chat.txt").write_text(text)
    run = CliRunner()
    assert run.invoke(main, ["articles", "import", str(chat / "_chat.txt")]).exit_code == 0
    make_clip(chat, name="VID-20171109-WA0007.mp4", shots=(("red", 0.4),))
    done = run.invoke(main, ["ingest", "--json", str(chat / "VID-20171109-WA0007.mp4")])
    clip = json.loads(done.stdout)["clip"]
    shown = json.loads(run.invoke(main, ["show", clip, "--json"]).stdout)
    (link,) = shown["articles"]
    assert (link["title"], link["state"]) == ("By night", "certain")
    assert link["evidence"][0]["kind"] == "export"
    record = json.loads(run.invoke(main, ["articles", "show", link["article"], "--json"]).stdout)
    assert [one["clip"] for one in record["clips"]] == [clip]
    assert record["published"] == "2017-11-09T10:45:12"
