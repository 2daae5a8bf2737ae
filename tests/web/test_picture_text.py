"""What was read in the pictures, on the page of a clip, in the API and in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.catalog import holdings, picture_readings
from tests.catalog.test_picture_texts import read
from tests.web.people import csrf

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue


def test_people_dismiss_what_a_machine_read_and_bring_it_back(
    client: FlaskClient, catalogue: Catalogue, ferry: str
) -> None:
    page = f"/clips/{ferry}"
    with catalogue.writing() as session:
        picture_readings.plan(session, holdings.clip(session, ferry))
    assert "isn't read here" in client.get(page).text.replace("&#39;", "'")  # as tests are set
    read(catalogue, ["البوكمال", "<b>Ferry</b>"], ["Ferry"])
    shown = client.get(page).text
    assert "&lt;b&gt;Ferry&lt;/b&gt;" in shown
    assert "Read by a machine; it may be wrong" in shown
    form = {"text": "Ferry", "csrf_token": csrf(client, page)}
    assert client.post(f"{page}/picture-text", data=form).status_code == 303
    assert "1 dismissed" in client.get(page).text
    answer = client.get(f"/api/v1/clips/{ferry}").json["picture_text"]
    second = answer["lines"][2]
    assert f'data-seek-ms="{second["start_ms"]}"' in shown
    gone = {one["text"]: one["dismissed"] for one in answer["lines"]}
    assert gone == {"البوكمال": False, "<b>Ferry</b>": False, "Ferry": True}
    table = client.get(f"{page}/picture-text.csv").text
    assert table.count("\n") == 4
    assert f",yes,{second['pts']}," in table
    api, sent = f"/api/v1/clips/{ferry}/picture-text", {"X-CSRFToken": csrf(client, page)}
    back = client.post(api, json={"text": "ferry", "dismissed": False}, headers=sent)
    assert [one["dismissed"] for one in back.json["lines"]] == [False] * 3
    unknown = {"text": "nowhere", "dismissed": True}
    assert client.post(api, json=unknown, headers=sent).status_code == 404
