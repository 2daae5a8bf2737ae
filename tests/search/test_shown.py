"""Texts that are kept between questions: never older than the catalogue, and each to his own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mediacatalog.catalog import holdings, levels
from mediacatalog.catalog.context_models import ArticleTerm
from mediacatalog.catalog.models import ArticleLink, Clip, Term
from mediacatalog.catalog.sight import Sight
from mediacatalog.catalog.track_models import CueRow
from mediacatalog.search import Results, SearchQuery, find
from mediacatalog.search.shown import Texts
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

    Ask = Callable[..., Results]


def told(results: Results) -> list[tuple[str, str, list[str]]]:
    """(title, source, snippet) of each hit's moments."""
    return [
        (hit.title, moment.source, ["".join(part.text for part in moment.snippet)])
        for hit in results.hits
        for moment in hit.moments
    ]


def test_an_answer_has_what_changed_since_the_last(catalogue: Catalogue, ask: Ask) -> None:
    clip = a_clip(catalogue, "Convoy", cues=[(0, 900, "to the ferry")], tags=["ferry"])
    assert told(ask("ferry")) == [
        ("Convoy", "caption", ["to the ferry"]), ("Convoy", "tag", ["ferry"])
    ]  # fmt: skip
    with catalogue.writing() as session:
        session.get_one(Clip, clip).title = "A convoy at dusk"
        session.scalars(select(CueRow)).one().text = "from the ferry"
        holdings.touch(session, [clip])
    assert told(ask("ferry"))[0] == ("A convoy at dusk", "caption", ["from the ferry"])
    with catalogue.writing() as session:
        session.get_one(Clip, clip).state = "waiting"
        holdings.touch(session, [clip])
    assert told(ask("ferry")) == []


def test_nobody_is_shown_the_name_that_another_may_see(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    shown = a_clip(catalogue, "Interview", article="She asked not to be named.")
    hidden = a_clip(catalogue, "Face", tags=["Amal"])
    with catalogue.writing() as session:
        levels.close(session, hidden, "sealed", actor="x")
        article = session.scalars(select(ArticleLink.article_id)).one()
        term = session.scalars(select(Term.id)).one()
        session.add(ArticleTerm(article_id=article, term_id=term, actor="x"))
        holdings.touch(session, [shown])
    index.catch_up(catalogue)
    named = ("Interview", "article", ["Amal"])
    assert named in told(find(catalogue, index, SearchQuery("amal")))
    eyes = catalogue.seen_by(Sight("", restricted=True))
    assert named not in told(find(eyes, index, SearchQuery("amal")))
    assert named in told(find(catalogue, index, SearchQuery("amal")))


@pytest.mark.parametrize("letters", [0, 700, 100_000])
def test_few_or_many_are_kept(catalogue: Catalogue, letters: int) -> None:
    clips = [a_clip(catalogue, f"Convoy {n}", cues=[(0, 9, f"ferry {n}")]) for n in range(5)]
    texts = Texts(letters)
    with catalogue.reading() as session:
        for some in (clips, clips[::-1], clips[2:], [*clips[:1], "unknown"]):
            read = texts.of(session, some)
            assert [one.clip_id for one in read] == [one for one in some if one != "unknown"]
            assert [one.tracks[0].text for one in read] == [
                f"ferry {clips.index(one.clip_id)}" for one in read
            ]
