"""Terms within others, merged and split and back, new names in a queue, files out and in."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from mediacatalog import search
from mediacatalog.catalog import (
    changes,
    collections,
    markers,
    reads,
    thesaurus,
    undoing,
    vocabulary,
)
from mediacatalog.errors import InvalidValueError
from mediacatalog.values import utc_now
from mediacatalog.web import term_files
from tests.search.rows import a_clip
from tests.web.forms import send, token

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex


def term(catalogue: Catalogue, label: str, kind: str = "tag") -> thesaurus.Entry:
    with catalogue.reading() as session:
        found = vocabulary.find(session, label, kind)
        assert found is not None, label
        return thesaurus.entry(session, found.id)


def tagged(catalogue: Catalogue, label: str) -> str:
    clip = a_clip(catalogue, f"clip of {label}")
    with catalogue.writing() as session:
        vocabulary.add_term(session, clip, label, actor="mara")
    return clip


def labels(catalogue: Catalogue, clip: str) -> list[str]:
    with catalogue.reading() as session:
        return [one.label for one in reads.cards(session, [clip])[clip].terms]


def found(catalogue: Catalogue, index: SearchIndex, text: str) -> set[str]:
    index.catch_up(catalogue)
    return {hit.clip_id for hit in search.find(catalogue, index, search.SearchQuery(text)).hits}


def undo(catalogue: Catalogue) -> int:
    with catalogue.writing() as session:
        (act,) = changes.acts(session, limit=1)
        return undoing.batch(session, act.batch_id, actor="tom").done


def test_an_address_with_a_merged_tag_finds_what_it_was_merged_into(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    clips = {tagged(catalogue, one) for one in ("panzer", "tank", "armour")}
    tagged(catalogue, "boat")
    asked = search.SearchQuery("", {"tag": ("panzer",)})
    with catalogue.writing() as session:
        collections.make(session, "Tanks", question=("", asked.filters), actor="x")
    for one, into in (("panzer", "tank"), ("tank", "armour")):
        send(client, f"/tags/{term(catalogue, one).id}", act="merge", value=into)
    assert found(catalogue, index, "collection:Tanks") == clips
    results = search.find(catalogue, index, asked)
    assert {hit.clip_id for hit in results.hits} == clips
    assert search.counts(catalogue, index, asked, utc_now())[0] == 3
    without = search.SearchQuery("", {"tag!": ("tank",)})
    assert search.find(catalogue, index, without).count == 1
    page = client.get("/?tag=panzer").text
    assert "3 clips" in page
    assert 'value="armour" checked' in page


def test_a_tag_counts_the_clips_with_it_at_a_note(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    both, noted = tagged(catalogue, "tank"), a_clip(catalogue, "noted")
    with catalogue.writing() as session:
        for clip, at in ((both, 100), (noted, 100), (noted, 200)):
            markers.add(session, clip, markers.Wanted("here", at, tags=("tank",)), actor="x")
    assert found(catalogue, index, "tag:tank") == {both, noted}
    assert term(catalogue, "tank").count == 2
    assert "2 clips" in client.get("/tags").text


def test_a_clip_is_found_by_every_term_above_its_own(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    tank, _, _ = (tagged(catalogue, one) for one in ("tank", "vehicle", "weapon"))
    one = term(catalogue, "tank")
    for above in ("vehicle", "weapon"):
        send(client, f"/tags/{one.id}", act="within", value=above)
    assert len(term(catalogue, "tank").broader) == 2
    assert found(catalogue, index, "tag:vehicle") > {tank}
    assert found(catalogue, index, "tag:weapon") > {tank}
    vehicle = term(catalogue, "vehicle")
    circle = send(client, f"/tags/{vehicle.id}", act="within", value="tank")
    assert circle.status_code == 422
    assert "lies within" in circle.text
    assert client.get("/tags").text.count(f'href="/tags/{one.id}"') == 2, "below both"
    send(client, f"/tags/{one.id}", act="not_within", value=vehicle.id)
    assert tank not in found(catalogue, index, "tag:vehicle")
    assert undo(catalogue) == 1
    assert tank in found(catalogue, index, "tag:vehicle")


def test_a_merge_takes_everything_along_and_is_taken_back(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    boat, ferry, both = (tagged(catalogue, one) for one in ("boat", "ferry", "ferry"))
    with catalogue.writing() as session:
        vocabulary.add_term(session, both, "boat", actor="mara")
        vocabulary.add_alias(
            session, term(catalogue, "ferry").id, "عبّارة", language="ar", actor="m"
        )
    source, target = term(catalogue, "ferry"), term(catalogue, "boat")
    answer = send(client, f"/tags/{source.id}", act="merge", value="BOAT")
    assert answer.location == f"/tags/{target.id}"
    assert client.get(f"/tags/{source.id}").location == f"/tags/{target.id}"
    assert [labels(catalogue, one) for one in (boat, ferry, both)] == [["boat"]] * 3
    assert found(catalogue, index, "tag:عبارة") == {boat, ferry, both}
    assert {one.label for one in term(catalogue, "boat").aliases} == {"ferry", "عبّارة"}
    assert undo(catalogue) == 1
    assert [labels(catalogue, one) for one in (boat, ferry, both)] == [
        ["boat"],
        ["ferry"],
        ["boat", "ferry"],
    ]
    assert found(catalogue, index, "tag:عبارة") == {ferry, both}
    assert [one.language for one in term(catalogue, "ferry").aliases] == ["ar"]
    assert undo(catalogue) == 1, "and together again"
    assert labels(catalogue, ferry) == ["boat"]
    itself = send(client, f"/tags/{target.id}", act="merge", value="boat")
    assert itself.status_code == 422


def test_a_part_is_split_off_with_names_and_clips(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    first, second = tagged(catalogue, "Tripoli"), tagged(catalogue, "Tripoli")
    one = term(catalogue, "Tripoli")
    with catalogue.writing() as session:
        vocabulary.add_alias(session, one.id, "Tripoli, Libya", actor="mara")
        vocabulary.add_alias(session, one.id, "طرابلس الغرب", language="ar", actor="mara")
    (arabic,) = (name for name in term(catalogue, "Tripoli").aliases if name.language)
    send(
        client, f"/tags/{one.id}", act="split", value="Tripoli, Libya", label=arabic.id, clip=second
    )
    libya = term(catalogue, "Tripoli, Libya")
    assert (libya.label, [name.label for name in libya.aliases]) == (
        "Tripoli, Libya",
        ["طرابلس الغرب"],
    )
    assert (labels(catalogue, first), labels(catalogue, second)) == (
        ["Tripoli"],
        ["Tripoli, Libya"],
    )
    assert found(catalogue, index, 'tag:"طرابلس الغرب"') == {second}
    assert undo(catalogue) == 1
    assert labels(catalogue, second) == ["Tripoli"]
    assert found(catalogue, index, 'tag:"طرابلس الغرب"') == {first, second}


def test_new_names_wait_to_be_accepted_or_rejected(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    good, bad = tagged(catalogue, "convoy"), tagged(catalogue, "convoyy")
    assert term(catalogue, "convoy").state == "suggested"
    queue = client.get("/tags?state=suggested").text
    assert "convoyy" in queue
    send(client, f"/tags/{term(catalogue, 'convoy').id}", act="accepted", back="queue")
    send(client, f"/tags/{term(catalogue, 'convoyy').id}", act="rejected", back="queue")
    assert "convoy" not in client.get("/tags?state=suggested").text.split("<main")[1]
    assert (labels(catalogue, good), labels(catalogue, bad)) == (["convoy"], [])
    assert client.get("/tags/suggest?q=convoyy").json == []
    assert undo(catalogue) == 2
    assert labels(catalogue, bad) == ["convoyy"]


def test_a_large_vocabulary_is_read_page_by_page(
    client: FlaskClient, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"t{number:02}" for number in range(60)]
    a_clip(catalogue, tags=names)
    inner, other = term(catalogue, "t30").id, term(catalogue, "t58").id
    with catalogue.writing() as session:
        thesaurus.put_within(session, inner, "t00", actor="mara")

    def shown(page: str) -> list[str]:
        return re.findall(r"<bdi[^>]*>(t\d\d)</bdi>", page.split("<main")[1])

    first = client.get("/tags").text
    assert shown(first) == ["t00", "t30", *names[1:30], *names[31:51]]
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    last = client.get(unescape(following)).text
    assert shown(last) == names[51:]
    assert 'rel="next"' not in last
    assert shown(client.get("/tags?kind=tag&from=T58").text) == ["t58", "t59"]
    assert shown(client.get("/tags?kind=tag&from=%00t58").text) == ["t58", "t59"]
    assert shown(client.get("/tags?kind=place").text) == []
    page = {"kind": "tag", "from": "t58"}
    answer = send(client, f"/tags/{other}/aliases", label="x", **page)
    assert "kind=tag&from=t58#term-" in answer.location
    monkeypatch.setattr(thesaurus, "MOST", 50)
    full = client.get("/tags").text
    assert shown(full) == [*names[:30], *names[31:51]]
    assert "1 term within" in full
    assert client.get("/tags/vocabulary.csv").text.count("\n") == 61


def test_another_name_is_preferred_and_a_note_says_what_for(
    client: FlaskClient, catalogue: Catalogue, index: SearchIndex
) -> None:
    clip = tagged(catalogue, "HGV")
    one = term(catalogue, "HGV")
    send(client, f"/tags/{one.id}", act="rename", value="lorry")
    send(client, f"/tags/{one.id}", act="note", value="Not <buses>.")
    page = client.get(f"/tags/{one.id}").text
    assert "Not &lt;buses&gt;." in page
    assert labels(catalogue, clip) == ["lorry"]
    assert found(catalogue, index, "tag:hgv") == {clip}
    renamed = term(catalogue, "lorry")
    assert (renamed.slug, [name.label for name in renamed.aliases]) == (one.slug, ["HGV"])
    other = tagged(catalogue, "bus")
    assert send(client, f"/tags/{one.id}", act="rename", value="bus").status_code == 422
    send(client, f"/tags/{one.id}/aliases", label="Lkw", language="de", back="term")
    assert found(catalogue, index, "tag:lkw") == {clip}
    (german,) = (name for name in term(catalogue, "lorry").aliases if name.language == "de")
    send(client, f"/tags/{one.id}", act="remove_alias", value=german.id)
    assert found(catalogue, index, "tag:lkw") == set()
    assert undo(catalogue) == 1
    assert found(catalogue, index, "tag:lkw") == {clip}
    assert other not in found(catalogue, index, "tag:lorry")
    assert send(client, f"/tags/{one.id}", act="burn").status_code == 422
    assert client.get("/tags/none").status_code == 404


@pytest.mark.parametrize("suffix", ["csv", "ttl"])
def test_a_vocabulary_goes_out_and_comes_in_whole(
    client: FlaskClient, catalogue: Catalogue, suffix: str
) -> None:
    tagged(catalogue, "tank")
    tagged(catalogue, "vehicle")
    one = term(catalogue, "tank")
    with catalogue.writing() as session:
        vocabulary.add_alias(session, one.id, "دبّابة", language="ar", actor="mara")
        vocabulary.add_alias(session, one.id, '=the "big\\" one', actor="mara")
        thesaurus.put_within(session, one.id, "vehicle", actor="mara")
        thesaurus.annotate(session, one.id, 'Tracked.\nNot "APCs" \\ vans; see <x> .', actor="mara")
        every = thesaurus.entries(session)
    data = client.get(f"/tags/vocabulary.{suffix}").data
    wanted = {w.label: w for w in term_files.read(data, f"x.{suffix}")}
    back = wanted["tank"]
    assert set(back.names) == {(a.label, a.language) for e in every for a in e.aliases}
    assert back.note == term(catalogue, "tank").scope_note
    assert back.key.endswith(one.id)
    with catalogue.writing() as session:
        assert term_files.apply(session, list(wanted.values()), actor="tom") == term_files.Taken(
            0, 0
        )


def test_a_file_of_another_catalogue_is_one_act(client: FlaskClient, catalogue: Catalogue) -> None:
    turtle = '''@prefix s: <http://www.w3.org/2004/02/skos/core#> . # ours is shorter
PREFIX ex: <http://example.org/>
ex:arms a s:Concept ; s:prefLabel "arms"@en, "أسلحة"@ar .
ex:gun a s:Concept; s:broader ex:arms;
  s:prefLabel "g\\u0075n"@en ; s:definition """Fires
"bullets".""" ; ex:n "1"^^ex:int .
'''
    form = {"csrf_token": token(client), "file": (io.BytesIO(turtle.encode()), "other.ttl")}
    assert client.post("/tags/import", data=form).status_code == 303
    assert "2 new terms" in client.get("/tags").text
    gun, arms = term(catalogue, "gun"), term(catalogue, "arms")
    assert (gun.broader, gun.scope_note) == ((arms.id,), 'Fires\n"bullets".')
    assert [(name.label, name.language) for name in arms.aliases] == [("أسلحة", "ar")]
    assert undo(catalogue) == 5
    assert client.get("/tags/suggest?q=gun").json == []


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "x.csv", "is empty"),
        (b"\xff\xfe", "x.csv", "isn't UTF-8"),
        (b"a,b\n1,2\n", "x.csv", "no column"),
        (b"<a> <b> [] .", "x.ttl", "isn't read from line 1"),
        (b'<a> <b> "' + b"x" * 100_000, "x.ttl", "isn't read"),
        (b"label,language\nx,{}\n", "x.csv", "isn't a language tag"),
    ],
)
def test_a_file_that_is_none_is_refused(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(InvalidValueError, match=reason):
        term_files.read(data, name)
