"""The ingest page: every file explains itself, and people steer what comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import holdings, proxies
from mediacatalog.errors import FencedError
from mediacatalog.ingest.direct import Direct
from mediacatalog.ingest.roots import prepare_roots
from mediacatalog.ingest.watch import Watcher
from mediacatalog.values import State
from tests.factories import make_clip
from tests.web.forms import send

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


def look(catalogue: Catalogue, settings: Settings) -> Watcher:
    prepare_roots(catalogue, settings)
    watcher = Watcher(catalogue, settings)
    watcher.reconcile_all()
    return watcher


def the_root(catalogue: Catalogue) -> str:
    with catalogue.reading() as session:
        return holdings.roots(session, "watched")[0].id


def files(client: FlaskClient) -> dict[str, dict[str, object]]:
    return {one["display"]: one for one in client.get("/api/v1/ingest").json["files"]}


def test_a_file_tells_its_whole_story(
    client: FlaskClient, catalogue: Catalogue, settings: Settings
) -> None:
    make_clip(settings.media, "a <b>.mp4")
    look(catalogue, settings)
    file = files(client)["a <b>.mp4"]
    send(client, f"/ingest/{file['id']}/ignore")
    page = client.get(f"/ingest/{file['id']}").text
    assert "a &lt;b&gt;.mp4" in page
    assert "<b>.mp4" not in page
    assert page.index("a person said so") < page.index("seen for the first time")
    assert "local" in page
    assert client.get("/ingest/nothing").status_code == 404


def test_an_unfinished_file_is_read_when_told_so(
    client: FlaskClient, catalogue: Catalogue, settings: Settings
) -> None:
    make_clip(settings.media, "cut.mp4")
    look(catalogue, settings)
    file = files(client)["cut.mp4"]
    assert "Read it now" in client.get("/ingest").text
    send(client, f"/ingest/{file['id']}/accept")
    now = files(client)["cut.mp4"]
    assert (now["state"], now["reason"]) == (State.WAITING, "a person said that it is complete")
    assert send(client, f"/ingest/{file['id']}/accept").status_code == 422
    assert send(client, f"/ingest/{file['id']}/explode").status_code == 404


def test_a_folder_is_paused_and_resumed(
    client: FlaskClient, catalogue: Catalogue, settings: Settings
) -> None:
    look(catalogue, settings)
    root = the_root(catalogue)
    send(client, f"/ingest/roots/{root}/pause")
    page = client.get("/ingest").text
    assert "is paused" in page
    assert f'id="resume-{root}"' in page
    send(client, f"/ingest/roots/{root}/resume")
    assert "is paused" not in client.get("/ingest").text


def test_proxies_that_are_made_are_shown_and_stopped(
    client: FlaskClient, catalogue: Catalogue, migrated_url: str, settings: Settings
) -> None:
    assert "proxies-title" not in client.get("/ingest").text
    path = make_clip(settings.media, "old <b>.ts", codec=("-c:v", "mpeg2video"))
    with Direct(settings.model_copy(update={"database_url": migrated_url})) as direct:
        (result,) = direct.ingest(direct.choose([path]))
    with catalogue.writing() as session:
        claim = proxies.take(session, "somebody")
        assert claim is not None
        proxies.tell(session, claim, 0.42)
    page = client.get("/ingest").text
    assert "42 %" in page
    assert f'id="proxy-stop-{result.clip}"' in page
    assert send(client, f"/ingest/proxies/{result.clip}/stop").status_code == 303
    with catalogue.writing() as session, pytest.raises(FencedError):
        proxies.tell(session, claim, 0.5)
    page = client.get("/ingest").text
    assert "a person stopped it" in page
    assert f'id="proxy-start-{result.clip}"' in page
    assert send(client, f"/ingest/proxies/{result.clip}/stop").status_code == 404
    send(client, f"/ingest/proxies/{result.clip}/start")
    assert f'id="proxy-stop-{result.clip}"' in client.get("/ingest").text
    assert client.get("/api/v1/ingest").json["proxies"][0]["state"] == "waiting"


def test_an_alarm_is_settled_in_the_page(
    client: FlaskClient, catalogue: Catalogue, settings: Settings
) -> None:
    for number in range(3):
        make_clip(settings.media, f"{number}.mp4")
    watcher = look(catalogue, settings)
    for number in range(3):
        (settings.media / f"{number}.mp4").unlink()
    watcher.reconcile_all()
    page = client.get("/ingest").text
    assert "3 of 3 files are gone at once" in page
    assert "Yes, 3 files are gone" in page
    root = the_root(catalogue)
    assert send(client, f"/ingest/roots/{root}/gone", lost="2").status_code == 409
    assert send(client, f"/ingest/roots/{root}/gone", lost="3").status_code == 303
    assert "Settled by a person" in client.get("/ingest").text
    watcher.reconcile_all()
    assert {one["state"] for one in files(client).values()} == {State.OFFLINE}
    assert "gone at once" not in client.get("/ingest").text
    assert send(client, f"/ingest/roots/{root}/gone").status_code == 422


def test_a_marker_that_is_gone_is_written_anew_when_a_person_says_so(
    client: FlaskClient, catalogue: Catalogue, settings: Settings
) -> None:
    make_clip(settings.media, "a.mp4")
    watcher = look(catalogue, settings)
    marker = settings.media / ".mediacatalog-root"
    before = marker.read_text()
    marker.unlink()
    make_clip(settings.media, "later.mp4")
    watcher.reconcile_all()
    assert "another disk may be mounted here" in client.get("/ingest").text
    assert set(files(client)) == {"a.mp4"}, "something was changed"
    send(client, f"/ingest/roots/{the_root(catalogue)}/gone", lost="0")
    watcher.reconcile_all()
    assert marker.read_text() == before
    assert set(files(client)) == {"a.mp4", "later.mp4"}
