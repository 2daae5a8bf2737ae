"""Webhooks: told everything once or more, in order, signed; tried again until they take it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from mediacatalog.catalog import collections, levels, markers, webhooks
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.cli import main
from mediacatalog.errors import InvalidValueError
from mediacatalog.ingest import notify
from mediacatalog.ingest.engine import Worker
from mediacatalog.values import utc_now
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

PATIENCE = 60.0


class Receiver:
    """A server that takes deliveries, or answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.came = threading.Event()
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mine.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(mine.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                mine.came.set()

            def log_message(self, *_args: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?a=b"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def names(self) -> list[str]:
        """Of the collections that came, in order."""
        bodies = [json.loads(body) for _, body in self.got]
        return [one["key"] for body in bodies for one in body["changes"]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


def make(catalogue: Catalogue, count: int) -> list[str]:
    """In one act."""
    with catalogue.writing() as session:
        return [collections.make(session, f"c {one}", actor="ada") for one in range(count)]


def add(catalogue: Catalogue, url: str) -> tuple[webhooks.Webhook, str]:
    with catalogue.writing() as session:
        return webhooks.add(session, url)


def one(catalogue: Catalogue) -> webhooks.Webhook:
    with catalogue.reading() as session:
        (found,) = webhooks.listed(session)
    return found


def tell(catalogue: Catalogue, **now: Any) -> int:
    """As the worker does; with `now` as if the pause were over."""
    if now:
        with catalogue.writing() as session:
            session.execute(update(webhooks.WebhookRow).values(next_try_at=utc_now()))
    return notify.tell_all(catalogue, threading.Event())


def test_each_change_is_told_signed_and_in_order(catalogue: Catalogue, receiver: Receiver) -> None:
    make(catalogue, 1)  # before anybody asked
    _, secret = add(catalogue, receiver.url)
    made = [key for count in (2, 1, notify.MOST_CHANGES, 1) for key in make(catalogue, count)]
    assert tell(catalogue) >= 2
    assert [key for key in receiver.names() if key in made] == made
    headers, body = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert tell(catalogue) == 0, "it knows everything"
    make(catalogue, 1)
    assert tell(catalogue) == 1


def test_what_is_not_taken_is_tried_again_with_growing_pauses(
    catalogue: Catalogue, receiver: Receiver
) -> None:
    add(catalogue, receiver.url)
    made = make(catalogue, 3)
    for number, status in enumerate((500, 302, 404), 1):
        receiver.status = status
        assert tell(catalogue, now=True) == 0
        known = one(catalogue)
        assert (known.failures, known.said, known.state) == (number, f"answered {status}", "waits")
        pause = (known.next_try_at - utc_now()).total_seconds()
        assert 5 * 2 ** (number - 1) - 5 <= pause <= 5 * 2 ** (number - 1)
    asked = len(receiver.got)
    assert tell(catalogue) == 0
    assert len(receiver.got) == asked, "the pause isn't over"
    receiver.status = 204
    assert tell(catalogue, now=True) == 1
    assert receiver.names()[-3:] == made
    assert (one(catalogue).failures, one(catalogue).state) == (0, "good")
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    assert len(ids) == 1, "the same part has the same id each time"


def test_one_that_is_gone_is_given_up_and_holds_nobody_up(
    catalogue: Catalogue, receiver: Receiver
) -> None:
    add(catalogue, "http://127.0.0.1:1/")
    with catalogue.writing() as session:
        session.execute(update(webhooks.WebhookRow).values(failures=webhooks.GIVEN_UP_AFTER - 1))
    add(catalogue, receiver.url)
    make(catalogue, 1)
    assert tell(catalogue) == 1
    with catalogue.reading() as session:
        states = {known.url: known.state for known in webhooks.listed(session)}
    assert states == {"http://127.0.0.1:1/": "given up", receiver.url: "good"}


def test_what_is_no_address_is_refused(catalogue: Catalogue) -> None:
    for wrong in ("", "ftp://x/", "//x", "http://", "http://me:secret@x/", "http://x/\r\nA: b"):
        with pytest.raises(InvalidValueError):
            add(catalogue, wrong)


def test_each_is_told_of_what_it_may_see(catalogue: Catalogue, receiver: Receiver) -> None:
    clip = a_clip(catalogue, "A ferry")
    with catalogue.writing() as session:
        made, _ = webhooks.add(session, receiver.url)
    with catalogue.writing() as session:
        levels.close(session, clip, "sealed", actor="ada")
    make(catalogue, 1)
    assert tell(catalogue) == 1
    assert clip not in str(receiver.got)
    with catalogue.writing() as session:
        webhooks.remove(session, made.id)
        webhooks.add(session, receiver.url, sees="all")
        markers.add(session, clip, markers.Wanted("here", 100), actor="ada")
    assert tell(catalogue) == 1
    assert clip in str(receiver.got)
    with pytest.raises(InvalidValueError), catalogue.writing() as session:
        webhooks.add(session, receiver.url, sees="some")


def test_a_worker_tells_and_the_commands_show(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    run = CliRunner()
    added = json.loads(run.invoke(main, ["webhook", "add", receiver.url, "--json"]).stdout)
    catalogue = open_catalogue(settings.catalogue_url)
    made = make(catalogue, 1)
    with Worker(settings):
        assert receiver.came.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while one(catalogue).position != json.loads(receiver.got[-1][1])["next"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert made[0] in receiver.names()
    shown = run.invoke(main, ["webhook", "list"]).stdout
    assert f"{added['id']}  good  0 failures  open  {receiver.url}" in shown
    assert added["secret"] not in shown
    assert run.invoke(main, ["webhook", "retry", added["id"]]).exit_code == 0
    assert run.invoke(main, ["webhook", "remove", added["id"]]).exit_code == 0
    assert run.invoke(main, ["webhook", "remove", added["id"]]).exit_code == 1
    catalogue.close()
