"""Links in the catalogue: found by the index, decided by people, learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from mediacatalog import linking
from mediacatalog.articles import mentions as reader
from mediacatalog.catalog import copies, link_index, links, mentions
from mediacatalog.catalog.context_models import MentionRow
from mediacatalog.catalog.models import ArticleLink, ArticleRow, KeyframeRow
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.linking import finding, keys, learning
from mediacatalog.linking.weights import DEFAULT
from tests.linking.stories import a_clip, a_story

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue

TEXT = "On 10 November 2017 the town of Abu Kamal was taken, Col. Omar Haddad said. It fell again."
VIDEO = [{"url": "https://www.youtube.com/watch?v=QPRb71FGCgI", "title": None, "id": "QPRb71FGCgI"}]


def state_of(session: Session, clip: str, story: str) -> str | None:
    return session.scalar(
        select(ArticleLink.state).where(
            ArticleLink.clip_id == clip, ArticleLink.article_id == story
        )
    )


def link_of(session: Session, clip: str, story: str) -> ArticleLink:
    return session.scalars(
        select(ArticleLink).where(ArticleLink.clip_id == clip, ArticleLink.article_id == story)
    ).one()


@pytest.mark.parametrize("clip_first", [True, False])
def test_whichever_comes_last_finds_the_other(
    session: Session, tmp_path: Path, *, clip_first: bool
) -> None:
    name = "Smoke [QPRb71FGCgI].mp4"
    if clip_first:
        clip = a_clip(session, tmp_path, name)
        linking.clip_came(session, clip)
        story = a_story(session, "The battle", TEXT, videos=VIDEO)
    else:
        story = a_story(session, "The battle", TEXT, videos=VIDEO)
        clip = a_clip(session, tmp_path, name)
        linking.clip_came(session, clip)
    assert state_of(session, clip, story) == "certain"


def test_a_page_that_shows_many_videos_is_linked_to_each(session: Session, tmp_path: Path) -> None:
    ids = [f"QPRb71FGC{number:02d}" for number in range(40)]
    for one in ids:
        linking.clip_came(session, a_clip(session, tmp_path, f"{one}.mp4"))
    shown = [{"url": f"https://youtu.be/{one}", "title": None, "id": one} for one in ids]
    story = a_story(session, "The battle", TEXT, videos=shown)
    assert [one.state for one in links.standing(session, article_id=story)] == ["certain"] * 40


def test_the_day_and_the_place_of_a_camera_bring_a_suggestion(
    session: Session, tmp_path: Path
) -> None:
    near = {"location": {"lat": 34.46, "lon": 40.92, "source": "container"}}
    clip = a_clip(session, tmp_path, "VID_20171110_0001.mp4", facts=near)
    far = a_clip(session, tmp_path, "VID_20151110_0001.mp4", facts=near)
    linking.clip_came(session, clip)
    linking.clip_came(session, far)
    story = a_story(session, "The battle", TEXT)
    assert state_of(session, clip, story) == "suggested"
    assert state_of(session, far, story) is None
    reasons = link_of(session, clip, story).evidence
    assert {"named day", "shot near", "place and day"} <= {one["kind"] for one in reasons}
    place = next(one for one in reasons if one["kind"] == "shot near")
    assert TEXT[place["start"] : place["end"]] == "Abu Kamal"


def test_what_a_person_decided_is_never_asked_again(session: Session, tmp_path: Path) -> None:
    clip = a_clip(session, tmp_path, "Smoke [QPRb71FGCgI].mp4")
    linking.clip_came(session, clip)
    story = a_story(session, "The battle", TEXT, videos=VIDEO)
    link = link_of(session, clip, story)
    links.decide(session, [link.id], "rejected", actor="mara")
    linking.clip_came(session, clip)
    session.execute(update(ArticleRow).where(ArticleRow.id == story).values(text=TEXT + " More."))
    session.expire_all()
    linking.article_came(session, story)
    assert state_of(session, clip, story) == "rejected"
    assert links.queue(session) == []


def test_a_decision_can_be_undone_and_asked_again(session: Session, tmp_path: Path) -> None:
    clip = a_clip(session, tmp_path, "the-fall-of-abu-kamal_town.mp4")
    linking.clip_came(session, clip)
    story = a_story(session, "The fall of Abu Kamal town", TEXT)
    link = link_of(session, clip, story)
    assert [one.link_id for one in links.queue(session)] == [link.id]
    batch = links.decide(session, [link.id], "unsure", relation="same event", actor="mara")
    assert links.open_counts(session) == {"suggested": 0, "unsure": 1}
    assert links.undo(session, batch, actor="mara") == [link.id]
    assert (link.state, link.relation, link.decided_by) == ("suggested", "describes", None)
    with pytest.raises(NotFoundError):
        links.undo(session, "none", actor="mara")
    with pytest.raises(InvalidValueError):
        links.decide(session, [link.id], "certain", actor="mara")


def test_a_common_key_finds_nothing_more(session: Session) -> None:
    for number in range(keys.COMMON + 20):
        link_index.put(session, "a", f"story {number}", ["w:attack", f"w:{number}"], keys.limit)
    assert link_index.counts(session, "a", ["w:attack"]) == {"w:attack": keys.COMMON}
    assert link_index.owners(session, "a", ["w:attack", "w:3"], keys.limit) == {"story 3": ["w:3"]}
    link_index.forget(session, "story 3")
    assert link_index.owners(session, "a", ["w:3"], keys.limit) == {}


# --- mentions as rows -----------------------------------------------------------------------------


def test_accepting_a_place_names_the_article_by_all_its_spellings(session: Session) -> None:
    story = a_story(session, "The battle", "The town of Al-Bukamal fell. Later Abu Kamal was lost.")
    known = mentions.of_article(session, story)
    places = [one for one in known if one.kind == "place"]
    assert {one.key for one in places} == {"place:174448"}
    mentions.decide(session, places[0].id, "accepted", actor="mara")
    again = mentions.of_article(session, story)
    assert {one.state for one in again if one.kind == "place"} == {"accepted"}
    names = mentions.terms_of(session, [story])[story]
    assert [(one.kind, one.label) for one in names] == [("place", "Abu Kamal")]
    assert {"Al-Bukamal", "البوكمال", "Эль-Букемаль"} <= set(names[0].labels)
    mentions.decide(session, places[0].id, "rejected", actor="mara")
    assert mentions.terms_of(session, [story]) == {}


def test_a_new_reading_leaves_alone_what_people_decided(session: Session) -> None:
    story = a_story(session, "The battle", TEXT)
    first = {one.surface: one for one in mentions.of_article(session, story)}
    mentions.decide(session, first["Abu Kamal"].id, "rejected", actor="mara")
    row = session.get_one(ArticleRow, story)
    row.text = "A line came before. " + TEXT
    session.flush()
    linking.article_came(session, story)
    now = {one.surface: one for one in mentions.of_article(session, story)}
    assert now["Abu Kamal"].id == first["Abu Kamal"].id
    assert now["Abu Kamal"].state == "rejected"
    assert now["Abu Kamal"].start == first["Abu Kamal"].start + 20
    assert "Abu Kamal" not in {one.surface for one in mentions.values_of(session, story)}
    row.text = "Nothing of it remains."
    session.flush()
    linking.article_came(session, story)
    assert mentions.of_article(session, story) == ()
    kept = session.scalars(select(MentionRow).where(MentionRow.article_id == story)).all()
    assert [(one.surface, one.state) for one in kept] == [("Abu Kamal", "rejected")]


def test_a_newer_reader_reads_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    story = a_story(session, "The battle", TEXT)
    assert mentions.unread(session, reader.VERSION, limit=9) == []
    monkeypatch.setattr(reader, "VERSION", reader.VERSION + 1)
    assert mentions.unread(session, reader.VERSION, limit=9) == [story]
    linking.article_came(session, story)
    assert mentions.unread(session, reader.VERSION, limit=9) == []


def test_another_reading_of_a_place_can_be_chosen(session: Session) -> None:
    story = a_story(session, "News", "In the city of Tripoli, Libya, the market was full.")
    town = next(one for one in mentions.of_article(session, story) if one.surface == "Tripoli")
    assert town.value["country"] == "LY"
    lebanon = next(n for n, one in enumerate(town.value["alternatives"]) if one["country"] == "LB")
    mentions.decide(session, town.id, "accepted", choice=lebanon, actor="mara")
    now = next(one for one in mentions.of_article(session, story) if one.surface == "Tripoli")
    assert (now.value["country"], now.state) == ("LB", "accepted")
    assert now.value["alternatives"][0]["country"] == "LY"


# --- learning -------------------------------------------------------------------------------------


def test_decisions_move_the_weights_and_only_of_what_was_decided() -> None:
    pairs = [({"title words": 0.8}, n % 10 == 0) for n in range(30)]
    pairs += [({"same phrase": 0.4}, n % 10 != 0) for n in range(30)]
    found = learning.learn(pairs, DEFAULT)
    assert found.kinds["title words"] < DEFAULT.kinds["title words"] - 1
    assert found.kinds["same phrase"] > DEFAULT.kinds["same phrase"] + 1
    assert found.kinds["near copy"] == DEFAULT.kinds["near copy"]
    assert found.better


def test_too_few_decisions_teach_nothing() -> None:
    with pytest.raises(InvalidValueError, match="too few"):
        learning.learn([({"title": 1.0}, True)] * 30, DEFAULT)


def test_learned_weights_are_used_and_can_be_forgotten(session: Session) -> None:
    links.keep_weights(session, {"bias": -1.0, "kinds": {"title": 9.0}}, {"n": 1}, actor="mara")
    session.flush()
    assert finding.weights_of(session).kinds["title"] == 9.0
    assert finding.weights_of(session).kinds["video id"] == DEFAULT.kinds["video id"]
    links.forget_weights(session)
    session.flush()
    assert finding.weights_of(session) == DEFAULT


def test_a_note_beside_a_clip_says_where_it_was_taken_from(
    session: Session, tmp_path: Path
) -> None:
    clip = a_clip(session, tmp_path, "clip.mp4")
    note = a_story(session, "clip", "From https://youtu.be/QPRb71FGCgI", videos=VIDEO)
    beside = {"kind": "same name", "detail": "", "weight": 7.0, "strength": 1.0}
    session.add(
        ArticleLink(
            clip_id=clip, article_id=note, relation="describes", state="certain", score=0.95,
            evidence=[beside],
        )
    )  # fmt: skip
    session.flush()
    story = a_story(session, "The battle", TEXT, videos=VIDEO)
    linking.clip_came(session, clip)
    assert state_of(session, clip, story) == "certain"


def test_a_text_is_found_by_the_one_name_of_what_it_names(session: Session) -> None:
    story = a_story(
        session, "غارة", "قصف الطيران مدينة البوكمال وقال العميد عمر حداد إن داعش انسحب."
    )
    assert {"Abu Kamal", "Islamic State"} <= set(mentions.names_of(session, [story])[story])


def pictured(session: Session, clip_id: str, *hashes: str, sharpness: float = 9.0) -> str:
    """The clip with keyframes of these hashes, of which the second half is the finer one."""
    for number, one in enumerate(hashes):
        coarse, _, fine = one.partition("/")
        session.add(
            KeyframeRow(
                clip_id=clip_id, number=number, pts=number, ms=number, sharpness=sharpness,
                phash=coarse.rjust(16, "0"), fine_hash=fine and fine.rjust(64, "0"),
            )
        )  # fmt: skip
    session.flush()
    return clip_id


def suggested(session: Session, clip_id: str) -> list[tuple[str, str]]:
    return [
        (one.article_id, each["kind"])
        for one in links.queue(session)
        if one.clip_id == clip_id
        for each in one.evidence
    ]


def test_a_near_copy_is_suggested_what_its_copy_was_linked_to(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    with catalogue.writing() as session:
        known = pictured(session, a_clip(session, tmp_path, "fall-of-abu-kamal-town.mp4"), "1", "2")
        linking.clip_came(session, known)
        story = a_story(session, "The fall of Abu Kamal town", "It fell.")
        (link,) = [one.link_id for one in links.queue(session)]
        copy = pictured(session, a_clip(session, tmp_path, "VID_0001.mp4"), "2", "7", "1")
        linking.clip_came(session, copy)
        assert suggested(session, copy) == []  # nobody has decided yet
        batch = links.decide(session, [link], "accepted", actor="mara")
        linking.links_decided(session, [link])
        assert suggested(session, copy) == [(story, "near copy")]
        later = pictured(session, a_clip(session, tmp_path, "VID_0002.mp4"), "1", "2", "3")
        linking.clip_came(session, later)
        assert suggested(session, later) == [(story, "near copy")]
        linking.links_decided(session, links.undo(session, batch, actor="mara"))
        assert suggested(session, copy) == suggested(session, later) == []


def test_one_picture_alike_or_plain_ones_make_no_copy(catalogue: Catalogue, tmp_path: Path) -> None:
    with catalogue.writing() as session:
        known = pictured(session, a_clip(session, tmp_path, "a.mp4"), "1/11", "2/22", "3/33")
        for name, hashes, sharpness, same in (
            ("one.mp4", ("1/99", "5/55"), 9.0, 0),
            ("plain.mp4", ("1/11", "2/22", "3/33"), 0.0, 0),
            ("fine.mp4", ("1/11",), 9.0, 1),
            ("two.mp4", ("1/98", "2/97"), 9.0, 1),
        ):
            other = pictured(session, a_clip(session, tmp_path, name), *hashes, sharpness=sharpness)
            linking.clip_came(session, known)
            linking.clip_came(session, other)
            own = keys.of_pictures(links.pictures_of(session, other))
            assert (
                len([one for one in finding._copies(session, other, own) if one == known]) == same
            )


def test_clips_that_came_before_pairs_were_kept_are_paired_when_looked_at_again(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    with catalogue.writing() as session:
        clips = [a_clip(session, tmp_path, f"{name}.mp4") for name in "ab"]
        for one in clips:
            linking.clip_came(session, pictured(session, one, "1", "2"))
        session.execute(delete(copies.CopyRow))
        for one in clips:
            linking.clip_came(session, one)
        assert [pair.shared for pair in copies.queue(session)] == [2]


def test_a_certain_link_reaches_near_copies_too(catalogue: Catalogue, tmp_path: Path) -> None:
    with catalogue.writing() as session:
        shown = pictured(session, a_clip(session, tmp_path, "x [QPRb71FGCgI].mp4"), "1", "2")
        copy = pictured(session, a_clip(session, tmp_path, "VID_0001.mp4"), "1", "2")
        for one in (shown, copy):
            linking.clip_came(session, one)

        story = a_story(session, "Battle", "It fell.", videos=VIDEO)
        assert suggested(session, copy) == [(story, "near copy")]
