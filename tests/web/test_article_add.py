"""Articles brought in by hand: files, pasted text, an address."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from mediacatalog.catalog import stories
from mediacatalog.catalog.models import ArticleRow
from mediacatalog.web import create_app
from tests.articles.sources import PAGE, STORY
from tests.articles.sources.test_messengers import export, message
from tests.web.forms import send, token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings


def post(client: FlaskClient, *files: tuple[str, bytes], **fields: str) -> tuple[int, str, str]:
    done = client.post(
        "/articles/add",
        data={
            "csrf_token": token(client),
            "files": [(io.BytesIO(data), name) for name, data in files],
            **fields,
        },
    )
    return done.status_code, done.text, done.headers.get("Location", "")


def count(catalogue: Catalogue) -> int:
    with catalogue.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


def test_a_page_is_taken_and_shown_clean(client: FlaskClient, catalogue: Catalogue) -> None:
    hostile = PAGE.replace("<p>", "<script>alert(1)</script><p onclick=alert(1)>", 1)
    status, _, location = post(client, ("../Ferry.html", hostile.encode()))
    assert status == 303
    page = client.get(location).text
    assert "Ferry carries hundreds" in page
    assert "alert(1)" not in page
    assert "newsletter" in page  # among what was taken out
    again = post(client, ("other name.html", hostile.encode()))
    assert again[2] == location
    with catalogue.reading() as session:
        origins = stories.origins(session, location.rsplit("/", 1)[1])
    assert [(one.kind, one.place) for one in origins] == [
        ("upload", "Ferry.html"), ("upload", "other name.html"),
    ]  # fmt: skip


def test_of_many_files_every_one_is_told(client: FlaskClient, catalogue: Catalogue) -> None:
    status, page, _ = post(
        client,
        ("result.json", export(message(1, text=STORY), message(2, text="<b>Hi</b>"))),
        ("broken.html", b"\0\0\0"),
        ("<img src=x>.txt", f"Another headline\n\n{STORY} Again.".encode()),
    )
    assert status == 200
    assert "2 articles, 2 new" in page
    assert "message 2: talk" in page
    assert "Refused" in page
    assert "<img src=x>" not in page
    assert count(catalogue) == 2


@pytest.mark.parametrize("field", ["text", "html"])
def test_a_pasted_story_is_kept_with_its_address(
    client: FlaskClient, catalogue: Catalogue, field: str
) -> None:
    pasted = f"Ferry carries hundreds\n\n{STORY}" if field == "text" else PAGE
    done = send(client, "/articles/add", address="https://news.example/ferry", **{field: pasted})
    assert done.status_code == 303
    with catalogue.reading() as session:
        row = session.scalars(select(ArticleRow)).one()
    assert (row.title, row.url) == ("Ferry carries hundreds", "https://news.example/ferry")
    assert row.text == STORY


@pytest.mark.parametrize(
    "fields", [{}, {"address": "http://127.0.0.1/"}, {"text": "\0 "}, {"address": "javascript:x"}]
)
def test_nothing_to_read_is_told_and_no_address_is_opened(
    client: FlaskClient, catalogue: Catalogue, fields: dict[str, str]
) -> None:
    done = send(client, "/articles/add", **fields)
    assert done.status_code == 422
    assert re.search("no address is opened|Not taken", done.text)
    assert count(catalogue) == 0


def test_a_form_without_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/articles/add", data={"text": STORY}).status_code in (400, 403)


def test_an_address_is_fetched_only_where_it_is_allowed_and_public(
    settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    open_to_web = create_app(
        settings.model_copy(update={"fetch_pages": True}), catalogue, index
    ).test_client()
    assert "Nothing leaves this machine, but for pages" in open_to_web.get("/articles/add").text
    done = send(open_to_web, "/articles/add", address="http://127.0.0.1:8000/")
    assert done.status_code == 422
    assert "port 8000" in done.text
    done = send(open_to_web, "/articles/add", address="http://127.0.0.1/")
    assert "isn’t public" in done.text or "isn&#39;t public" in done.text
    assert count(catalogue) == 0


def test_a_republication_is_shown_with_the_earliest_and_the_original_is_only_saved(
    client: FlaskClient,
) -> None:
    def page(day: str, more: str) -> bytes:
        head = (
            f'<meta property="article:published_time" content="2017-11-{day}T08:00:00Z">'
            '<meta property="article:modified_time" content="2017-11-20T08:00:00Z">'
        )
        return PAGE.replace("<head>", f"<head>{head}").replace("</p>", f" {more}</p>", 1).encode()

    first = post(client, ("first.html", page("09", "")))[2]
    second = post(client, ("second.html", page("10", "As another site reports.")))[2]
    shown = client.get(second).text
    assert "The same text elsewhere" in shown
    assert re.search(rf'href="{first}".*?Earliest known', shown, re.DOTALL)
    assert "changed <time" in shown
    assert "This is the earliest copy" in client.get(first).text
    record = client.get("/api/v1" + second).json
    assert record["earliest_known"] is False
    assert [one["earliest"] for one in record["copies"]] == [True]
    assert [one["place"] for one in record["origins"]] == ["second.html"]
    saved = client.get(second + "/original")
    assert saved.data == page("10", "As another site reports.")
    assert saved.mimetype == "application/octet-stream"
    assert saved.headers["Content-Disposition"] == "attachment; filename=second.html"
    assert "sandbox" in saved.headers["Content-Security-Policy"]
