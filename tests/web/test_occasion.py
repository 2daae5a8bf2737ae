"""When and where on the page of a clip: sources side by side, a person's word before all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog import linking
from mediacatalog.catalog import links, mentions, occasions
from tests.linking.stories import a_clip, a_story
from tests.web.forms import token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

FACTS = {
    "created": [
        {"value": "2017-11-10T09:00:00+03:00", "source": "format: date", "zone": "stated +03:00"}
    ],
    "location": {"lat": 34.46, "lon": 40.92, "source": "format: location"},
}


@pytest.fixture
def clip(catalogue: Catalogue, settings: Settings) -> str:
    """Of a camera with a fix, linked to a story that names other days and places."""
    with catalogue.writing() as session:
        made = a_clip(session, settings.media, "GOPR_20171110.mp4", facts=FACTS)
        linking.clip_came(session, made)
        a_story(session, "Battle", "On 10 November 2017 Abu Kamal fell. Mosul fell in June 2014.")
        links.decide(session, [links.queue(session)[0].link_id], "accepted", actor="mara")
        return made


def post(client: FlaskClient, clip: str, act: str, **fields: str) -> int:
    form = {"csrf_token": token(client), **fields}
    return client.post(f"/clips/{clip}/occasion/{act}", data=form).status_code


def test_the_sources_stand_side_by_side(client: FlaskClient, clip: str) -> None:
    page = client.get(f"/clips/{clip}").text
    assert '<strong dir="ltr">2017-11-10</strong>' in page
    assert "the container says 2017-11-10T09:00:00+03:00" in page
    for source in ("Container", "File name", "File time", "First seen", "Satellite fix"):
        assert f">{source}</th>" in page
    assert "+03:00" in page
    assert "They can't all be right" in page  # the made file was changed in July 2017


def test_a_person_overrides_and_takes_back(
    client: FlaskClient, catalogue: Catalogue, clip: str
) -> None:
    assert post(client, clip, "date", date="2017-11-09/2017-11-12", reason="the banner") == 303
    assert post(client, clip, "place", name="البوكمال", role="shown", precision="500") == 303
    with catalogue.reading() as session:
        found = occasions.gather(session, clip)
        kept = occasions.of_clips(session, [clip])[clip]
    assert found.whens[0].source == "person"
    assert (str(kept.first), str(kept.last)) == ("2017-11-10", "2017-11-10")
    shown = next(one for one in found.wheres if one.source == "person")
    assert (shown.lat, shown.precision_m) == (pytest.approx(34.452, abs=0.01), 500)
    assert post(client, clip, "remove", entry=found.whens[0].id) == 303
    with catalogue.reading() as session:
        assert occasions.gather(session, clip).whens[0].source != "person"
    history = client.get(f"/clips/{clip}").text
    assert "the banner" in history


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("date", {"date": "soon"}),
        ("place", {"name": ""}),
        ("place", {"point": "200, 4"}),
        ("place", {"point": "here"}),
        ("place", {"name": "Mosul", "precision": "-5"}),
        ("place", {"name": "Mosul", "role": "owner"}),
    ],
)
def test_nonsense_is_refused(
    client: FlaskClient, clip: str, act: str, fields: dict[str, str]
) -> None:
    assert post(client, clip, act, **fields) == 422


def test_an_accepted_day_of_the_article_counts(
    client: FlaskClient, catalogue: Catalogue, clip: str
) -> None:
    with catalogue.writing() as session:
        story = links.standing(session, clip_id=clip)[0].article_id
        june = next(
            one for one in mentions.of_article(session, story) if one.surface == "June 2014"
        )
    form = {"csrf_token": token(client), "decision": "accepted"}
    client.post(f"/mentions/{june.id}", data=form)
    with catalogue.reading() as session:
        found = occasions.gather(session, clip)
        assert occasions.of_clips(session, [clip])[clip].conflict
    assert any("the article says 2014-06" in one for one in found.conflicts)
