"""Articles by the sealed child: the same as without it, and nothing that it says is believed."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from pydantic import ValidationError

from mediacatalog import articles
from mediacatalog.apart import reading
from mediacatalog.articles import sources
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.media import sandbox
from tests.articles.sources import PAGE
from tests.articles.sources.test_feeds import RSS
from tests.articles.sources.test_messengers import export, film, message
from tests.articles.sources.test_warc import answer, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediacatalog.articles.sources import Gathered, Skipped

TALK = "[09/11/2017, 10:45:12] Rim: the ferry leaves with everybody who could still walk\n"
FILES = {
    "feed.xml": RSS.encode(),
    "result.json": export(message(1, text="The ferry", **film("a.mp4"))),
    "_chat.txt": TALK.encode(),
    "crawl.warc": record(answer()) + record(answer(), url="https://news.example/2")[:-200],
    "page.html": PAGE.encode("utf-16"),
}


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    yield
    reading._POOL.close()


def told(read: Callable[[], object]) -> object:
    try:
        return read()
    except UnreadableArticleError as error:
        return str(error)


def test_samples_are_read_as_they_are_without_a_child(samples: Path) -> None:
    """In a sealed process: whatever a library loads late would fail here."""
    files = [
        path
        for kind in ("articles", "sidecars", "captions", "hostile")
        for path in sorted((samples / kind).rglob("*"))
        if path.is_file() and path.stat().st_size < 300_000
    ]
    assert len(files) > 100
    for path in files:
        data = path.read_bytes()
        apart = told(lambda: reading.article(data, path.name))  # noqa: B023 - called at once
        assert apart == told(lambda: articles.read(data, name=path.name)), path  # noqa: B023


@pytest.mark.parametrize("name", FILES)
def test_a_source_gives_the_same_articles_and_originals(name: str) -> None:
    def collected(read: Callable[..., Iterator[Gathered | Skipped]]) -> list[object]:
        found: list[object] = []
        try:
            found.extend(read(io.BytesIO(FILES[name]), name))  # keeps what came before the error
        except UnreadableArticleError as error:
            found.append(str(error))
        return found

    assert collected(reading.source) == collected(sources.read)
    assert collected(reading.source)


@pytest.mark.parametrize("kind", get_args(sandbox.Sandbox))
def test_a_page_is_read_in_every_sandbox(kind: sandbox.Sandbox) -> None:
    sandbox.use(kind)
    assert reading.article(PAGE.encode(), "page.html").title == "Ferry carries hundreds"


def test_one_child_reads_one_file_after_another() -> None:
    children = set()
    for _ in range(3):
        reading.article(PAGE.encode(), "page.html")
        with pytest.raises(UnreadableArticleError, match="is empty"):
            reading.article(b"", "empty.html")
        assert reading._POOL._idle is not None
        children.add(reading._POOL._idle._child.process.pid)
    assert len(children) == 1


def test_a_child_that_dies_costs_the_rest_of_its_file_and_no_more() -> None:
    many = b"".join(
        record(answer(PAGE.encode() * 20), url=f"https://news.example/{number}")
        for number in range(100)
    )
    found = reading.source(io.BytesIO(many), "crawl.warc")
    next(found)
    for child in children_of(os.getpid()):
        if b"mediacatalog.apart.reader" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(child, signal.SIGKILL)
    with pytest.raises(UnreadableArticleError, match="the reader crashed"):
        list(found)
    assert reading.article(PAGE.encode(), "page.html").title == "Ferry carries hundreds"


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    reading.article(PAGE.encode(), "page.html")
    assert reading._POOL._idle is not None
    process = reading._POOL._idle._child.process
    os.killpg(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(reading, "ARTICLE_SECONDS", 0.5)
    with pytest.raises(UnreadableArticleError, match="the reader ran out of time"):
        reading.article(PAGE.encode(), "page.html")
    assert process.returncode is not None


def test_a_file_that_needs_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    small = reading.LIMITS.__class__(
        wall_seconds=-1, cpu_seconds=-1, memory_bytes=700 << 20, file_bytes=1 << 16
    )
    monkeypatch.setattr(reading, "LIMITS", small)
    heavy = b'{"messages":[' + b"[[[]]]," * 8_000_000 + b"[]]}"
    with pytest.raises(UnreadableArticleError, match="more memory than is allowed"):
        list(reading.source(io.BytesIO(heavy), "result.json"))


class TestAnAnswerIsChecked:
    """A child that a page has taken over says whatever it likes."""

    def item(self, **fields: object) -> dict[str, object]:
        article = {
            "title": "A", "byline": None, "dateline": None, "published": None, "modified": None,
            "language": "en", "url": None, "site": None, "text": "B", "removed": [], "videos": [],
        } | fields  # fmt: skip
        return {"name": "a", "place": "", "article": article, "captured": None, "files": []}

    @pytest.mark.parametrize(
        "fields",
        [
            {"url": "javascript:alert(1)"},
            {"videos": [{"url": "data:text/html,x", "title": None, "id": None}]},
            {"videos": [{"url": "https://a.example/v", "title": None, "id": None, "more": 1}]},
            {"title": {"a": 1}},
            {"text": None},
            {"title": "x" * 30_000},
            {"removed": [{"text": "a", "why": 7}]},
        ],
    )
    def test_what_may_not_be_is_refused(self, fields: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            reading._Item.model_validate(self.item(**fields))

    def test_what_would_deceive_a_reader_is_taken_out(self) -> None:
        said = self.item(title="a\u202eb\x00c", text="one\x1b[2Jtwo")
        article = reading._Item.model_validate(said).gathered(b"").article
        assert (article.title, article.text) == ("abc", "one[2Jtwo")


def children_of(parent: int) -> list[int]:
    """All that descend from a process."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *children_of(child)]
    return found
