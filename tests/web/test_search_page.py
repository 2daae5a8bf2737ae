"""The search page's layouts, its data, and what is done to selected clips."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from mediacatalog.catalog import changes, occasions, sheets
from mediacatalog.catalog.models import Derivative, KeyframeRow
from mediacatalog.catalog.track_models import TrackRow
from mediacatalog.search import FACETS, facets
from mediacatalog.search.results import FIRST
from mediacatalog.web.pages import search
from tests.search.hostile import questions
from tests.search.rows import a_clip
from tests.web.forms import token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


def keyframes(catalogue: Catalogue, clip: str, count: int) -> None:
    with catalogue.writing() as session:
        for number in range(count):
            at = {"pts": number, "ms": number * 1000}
            session.add(
                KeyframeRow(clip_id=clip, number=number, phash="0" * 16, sharpness=1.0, **at)
            )
            if number != 1:
                session.add(
                    Derivative(
                        clip_id=clip, kind="keyframe", number=number, recipe="x", path=f"{number}",
                        sha256="0" * 64, byte_count=1,
                    )
                )  # fmt: skip


def test_a_contact_sheet_has_all_keyframes_of_all_hits_with_their_times(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    other = a_clip(catalogue, "a ferry, too")
    index.catch_up(catalogue)
    page = client.get("/?q=ferry&view=sheet").text
    stills = re.findall(r"/clips/([^/]+)/keyframes/(\d+)\.jpg", page)
    assert stills == [(ferry, "0"), (ferry, "1")]
    assert page.count(f'<label for="pick-{ferry}">') == 2
    assert len(re.findall(rf'<a href="/clips/{ferry}\?t=[\d.]+"><time', page)) == 2
    assert f'class="sheet__only" for="pick-{other}"' in page


def test_of_very_many_keyframes_a_sheet_takes_equal_steps(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = a_clip(catalogue), a_clip(catalogue)
    keyframes(catalogue, few, 4)
    keyframes(catalogue, many, 10)
    monkeypatch.setattr(sheets, "MOST", 3)
    with catalogue.reading() as session:
        found = sheets.of_clips(session, [few, many, "none"])
    assert [one.ms for one in found[few].frames] == [0, 2000, 3000]
    assert [one.number for one in found[many].frames] == [0, 4, 7]
    assert (found[few].total, found[many].total) == (3, 9)
    assert set(found) == {few, many}


@pytest.mark.parametrize(
    ("asked", "layout"),
    [("", "wall"), ("q=ferry", "hits"), ("view=list", "hits"), ("q=ferry&view=grid", "wall")],
)
def test_the_address_names_the_layout(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex, asked: str, layout: str
) -> None:
    a_clip(catalogue, "ferry")
    index.catch_up(catalogue)
    page = client.get(f"/?{asked}").text
    assert re.findall(r'<[ou]l class="(\w+)" data-hits', page) == [layout]


def test_the_page_shows_as_many_hits_as_its_address_says(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    for number in range(100):
        a_clip(catalogue, f"ferry {number}")
    index.catch_up(catalogue)

    def shown(address: str) -> list[str]:
        return re.findall(r'data-hit="([^"]+)"', client.get(address).text)

    every = shown("/?q=ferry&sort=title&show=96")
    assert len(every) == len(set(every)) == 96
    assert shown("/?q=ferry&sort=title&show=40") == every[:40]
    assert shown("/?q=ferry&sort=title&show=9999") == every[:24]
    (more,) = re.findall(r'data-more href="([^"]+)"', client.get("/?q=ferry&sort=title").text)
    assert shown(unescape(more)) == every[24:48]


def test_the_same_address_gives_the_data(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    a_clip(catalogue, '=HYPERLINK("http://x")', source="-1+1", tags=["@ferry"])
    a_clip(catalogue, "nothing")
    index.catch_up(catalogue)
    page = client.get("/?q=ferry&tag!=fog&sort=title&view=sheet").text
    to_json, to_csv = (
        unescape(re.findall(rf'href="(/\.{kind}\?[^"]+)"', page)[0]) for kind in ("json", "csv")
    )
    told = client.get(to_json).json
    assert told is not None
    assert (told["count"], told["next_url"]) == (2, None)
    assert [one["title"] for one in told["hits"]] == [
        '=HYPERLINK("http://x")',
        "The ferry at Abu Kamal",
    ]
    assert told["hits"][1]["places"] == ["Abu Kamal"]
    answer = client.get(to_csv)
    assert answer.mimetype == "text/csv"
    first, second = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (first["title"], first["source"], first["tags"]) == (
        "'=HYPERLINK(\"http://x\")", "'-1+1", "'@ferry",
    )  # fmt: skip
    assert (second["clip"], second["duration_s"], second["caption_languages"]) == (
        ferry, "2.000", "en; ar",
    )  # fmt: skip


def test_without_the_filters_the_page_stays_as_it_was(client: FlaskClient, ferry: str) -> None:
    del ferry
    asked = "view=grid&sort=title"
    page = unescape(client.get(f"/?q=ferry&tag=night&tag=fog&{asked}").text)
    assert f'href="/?q=ferry&{asked}">Clear all' in page
    assert f'href="/?q=ferry&{asked}">Search without the filters' in page
    page = client.get("/?tag=fog").text
    assert "Search without the filters" in page
    assert "words must be found" not in page


def test_hits_tell_the_day_by_which_they_are_found(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    moment = "2017-11-18T10:00:00Z"
    agreed, days, later = (a_clip(catalogue, name, recorded_at=moment) for name in "abc")
    with catalogue.writing() as session:
        for clip, said in (
            (agreed, "2017-11-18"), (days, "2017-11-01/2017-11-04"), (later, "2018"),
        ):  # fmt: skip
            occasions.enter_date(session, clip, said, reason="", actor="ann")
    index.catch_up(catalogue)
    page = client.get("/?q=&sort=title").text
    assert f'<time datetime="{moment}">18 Nov 2017</time>' in page
    assert '<bdi dir="ltr">2017-11-01/2017-11-04</bdi>' in page
    assert '<time datetime="2018">2018</time>' in page
    table = client.get("/.csv?q=&sort=title").text.removeprefix("\ufeff")
    told = {one["clip"]: one["recorded_at"] for one in csv.DictReader(io.StringIO(table))}
    assert told == {agreed: moment, days: "2017-11-01/2017-11-04", later: "2018"}


def test_the_page_and_the_api_find_the_same_in_the_same_order(
    client: FlaskClient, ferry: str, catalogue: Catalogue, index: SearchIndex
) -> None:
    for number in range(5):
        a_clip(catalogue, "ferry " * number, cues=[(0, 900, "al-Bukamal"), (1000, 1900, "паром")])
    index.catch_up(catalogue)
    found = 0
    for text in (*questions(25, seed=3), "ferry OR bukamal*", "паром", "ferry " * 5000):
        asked = urlencode({"q": text}, errors="surrogatepass")
        told = client.get(f"/api/v1/search?limit=24&{asked}").json
        page = client.get(f"/?view=list&{asked}").text
        assert told is not None
        hits = [hit["clip"] for hit in told["hits"]]
        assert re.findall(r'data-hit="([^"]+)"', page) == hits, text
        assert re.search(rf'results__title">{told["count"]:,} clip', page), text
        moments = re.findall(r'class="moment" href="/clips/([^?]+)[?]t=([0-9.]+)', page)
        assert [(clip, float(at)) for clip, at in moments] == [
            (hit["clip"], one["start_ms"] / 1000)
            for hit in told["hits"]
            for one in hit["moments"]
            if one["start_ms"] is not None
        ], text
        found += len(hits)
    assert found > 25


def test_values_of_a_facet_that_are_cut_are_told(client: FlaskClient, ferry: str) -> None:
    values = [("codec!", f"c{number}") for number in range(search.MAX_VALUES + 1)]
    note = search.CUT_VALUES
    assert note in client.get(f"/?{urlencode(values)}").text
    assert client.get(f"/.json?{urlencode(values)}").json["notes"] == [note]  # type: ignore[index]
    assert note not in client.get(f"/?{urlencode(values[1:])}").text


def test_captions_of_an_unknown_language_are_told_so_in_words(
    client: FlaskClient, ferry: str, catalogue: Catalogue
) -> None:
    with catalogue.writing() as session:
        session.execute(update(TrackRow).where(TrackRow.language == "ar").values(language=None))
    for asked, unknown in {"en": "Unknown language", "ar": "لغة غير معروفة"}.items():
        page = client.get("/?q=ferry", headers={"Accept-Language": asked}).text
        (shown,) = re.findall(r'"facts__cc".*?</svg>.*?</span> ([^<]*)</span>', page)
        assert shown == f"en {unknown}"


def test_of_very_many_hits_the_first_and_the_chosen_facets_are_counted_until_asked(
    client: FlaskClient, ferry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(address: str) -> set[str]:
        return set(
            re.findall(r'name="(\w+)" value="[^"]+"[^>]* data-facet', client.get(address).text)
        )

    every = counted("/?q=ferry")
    assert every > {"tag", "language", "codec", "state"}
    monkeypatch.setattr(facets, "MANY_HITS", 0)
    assert counted("/?q=ferry") == every & set(FIRST)
    assert counted("/?q=ferry&codec!=none") == every & {*FIRST, "codec"}
    (more,) = re.findall(r'href="([^"]+)" data-more-facets', client.get("/?q=ferry").text)
    assert counted(unescape(more)) == every
    assert counted("/?q=ferry&facets=none") == set()
    told = client.get("/.json?q=ferry").json
    assert told is not None
    assert len(told["facets"]) == len(FACETS)


def test_selected_clips_are_tagged_in_one_act(client: FlaskClient, catalogue: Catalogue) -> None:
    clips = [a_clip(catalogue, f"ferry {number}") for number in range(3)]
    sent = {"csrf_token": token(client), "clip": clips[:2], "label": "dusk", "back": "/?q=ferry"}
    answer = client.post("/selection/terms", data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?q=ferry")
    assert "2 clips tagged “dusk”" in client.get("/").text
    with catalogue.reading() as session:
        told = [changes.history(session, "clip", clip) for clip in clips]
    assert [[one.after for one in its] for its in told] == [["dusk"], ["dusk"], []]
    assert told[0][0].batch_id == told[1][0].batch_id
    sent["back"] = "//elsewhere.example"
    assert client.post("/selection/terms", data=sent).headers["Location"] == "/"
    for bad in ({"clip": [*clips, "none"]}, {"clip": []}, {"label": " "}):
        assert client.post("/selection/terms", data=sent | bad).status_code in (404, 422)
    with catalogue.reading() as session:
        assert changes.history(session, "clip", clips[2]) == []
