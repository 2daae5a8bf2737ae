"""Counts that are carried along: always those that counting anew gives, for whoever asks."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import holdings, levels
from mediacatalog.catalog.models import Clip, ClipTerm, Term
from mediacatalog.catalog.sight import Sight
from mediacatalog.search import SearchIndex, SearchQuery, find, frequent, tallies
from mediacatalog.search.tallies import Tallies
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue

SOURCES, TAGS = ("AP", "Reuters", "AFP", ""), ("night", "convoy", "ferry")
QUESTIONS = (
    SearchQuery("ferry"),
    SearchQuery('"the ferry" OR tag:night'),
    SearchQuery("-convoy"),
    SearchQuery("", {"source": ("AP", "AFP"), "tag": ("night",)}),
    SearchQuery("ferry", {"source": ("Reuters",), "language!": ("ar",)}),
    SearchQuery("ferry", {"tag": ("~none",), "codec": ("h264", "hevc"), "year": ("2017",)}),
)


@pytest.fixture
def clips(catalogue: Catalogue) -> list[str]:
    chance = random.Random(5)
    return [
        a_clip(
            catalogue,
            f"Clip {number}",
            cues=[(0, 900, f"{chance.choice(('the', 'a'))} ferry {number}")],
            tags=chance.sample(TAGS, chance.randrange(3)),
            source=chance.choice(SOURCES),
            language=chance.choice(("ar", "en")),
            codec=chance.choice(("h264", "hevc", "av1")),
            recorded_at=chance.choice(("2017-11", "2018")),
        )
        for number in range(24)
    ]


def counted(catalogue: Catalogue, index: SearchIndex, question: SearchQuery) -> tuple[object, ...]:
    told = find(catalogue, index, question)
    return told.count, told.facets


def change(session: Session, clip: str, chance: random.Random) -> None:
    """As a person or the worker might: the source, the tags, whether it's found, and by whom."""
    row = session.get_one(Clip, clip)
    match chance.randrange(4):
        case 0:
            row.source = chance.choice(SOURCES) or None
        case 1:
            term = chance.choice(session.query(Term).all())
            carried = session.get(ClipTerm, (clip, term.id))
            if carried is None:
                session.add(ClipTerm(clip_id=clip, term_id=term.id, actor="x"))
            else:
                session.delete(carried)
        case 2:
            row.state = "waiting" if row.state == "ready" else "ready"
        case 3:
            level = chance.choice(("open", "restricted", "sealed"))
            levels.close(session, clip, level, reason="as agreed", actor="x")
    holdings.touch(session, [clip])


def test_they_are_what_counting_anew_gives(
    catalogue: Catalogue,
    index: SearchIndex,
    clips: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While few clips change, many, or more than it's worth to carry them along."""
    monkeypatch.setattr(tallies, "NEAR", 4)
    monkeypatch.setattr(tallies, "MOST_MOVED", 16)
    chance = random.Random(3)
    seen = [catalogue, catalogue.seen_by(Sight("", restricted=False))]
    index.catch_up(catalogue)
    assert index.open()
    index.tallies = Tallies(worth=0)
    for moved in (0, 1, 2, 7, 7, 24, 1):
        with catalogue.writing() as session:
            for clip in chance.sample(clips, moved):
                change(session, clip, chance)
        index.catch_up(catalogue)
        anew = SearchIndex(index.folder)
        for eyes in seen:
            for question in QUESTIONS:
                right = counted(eyes, anew, question)
                assert counted(eyes, index, question) == right, question


def test_few_are_kept_where_there_is_room_for_few(
    catalogue: Catalogue, index: SearchIndex, clips: list[str]
) -> None:
    index.catch_up(catalogue)
    anew = SearchIndex(index.folder)
    assert index.open()
    index.tallies = Tallies(most=20_000, worth=0)
    nothing = [SearchQuery("ferry", {"camera": (f"unknown {number}",)}) for number in range(9)]
    for question in (*QUESTIONS, *nothing, *QUESTIONS):
        assert counted(catalogue, index, question) == counted(catalogue, anew, question)
        assert 0 < index.tallies.weight <= 20_000
    assert clips


def test_those_of_an_index_are_not_told_of_another(
    catalogue: Catalogue, index: SearchIndex, clips: list[str]
) -> None:
    """As after a restore: the same revisions then are other changes."""
    index.catch_up(catalogue)
    assert index.open()
    index.tallies = kept = Tallies(worth=0)
    assert find(catalogue, index, QUESTIONS[0]).count == len(clips)
    index.rebuild(catalogue)
    assert find(catalogue, index, QUESTIONS[0]).count == len(clips)
    assert index.tallies is not kept


def test_frequent_words_are_counted_before_anybody_asks(
    catalogue: Catalogue, index: SearchIndex, clips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For who sees everything and for who doesn't; what is counted ahead isn't counted again."""
    with catalogue.writing() as session:
        levels.close(session, clips[0], "restricted", actor="x")
    index.catch_up(catalogue)
    assert index.open()
    assert frequent.words(index) == []  # of so few clips
    monkeypatch.setattr(frequent, "MANY_HITS", len(clips) // 3)
    monkeypatch.setattr(frequent, "FIRST_SECONDS", 0)
    assert {"ferry", "the", "a"} == set(frequent.words(index))
    index.tallies = Tallies(worth=0)
    stop = threading.Event()
    work = threading.Thread(target=frequent.keep_counted, args=(catalogue, index, stop))
    work.start()
    deadline, before = time.monotonic() + 60, -1
    while index.tallies.weight != before or not before:
        assert time.monotonic() < deadline
        before = index.tallies.weight
        time.sleep(0.5)
    stop.set()
    work.join(60)
    assert not work.is_alive()
    anew = SearchIndex(index.folder)
    for eyes in (catalogue, catalogue.seen_by(Sight("", restricted=False))):
        for word in ("the", "Ferry"):
            question = SearchQuery(word, spare=True)
            assert counted(eyes, index, question) == counted(eyes, anew, question)
    assert index.tallies.weight == before
