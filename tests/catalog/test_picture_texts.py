"""What machines read in pictures: replaced by each reading, and never against a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.search.rows import a_clip

from mediacatalog.catalog import changes, holdings, picture_readings, picture_texts, undoing
from mediacatalog.catalog.models import Derivative, KeyframeRow, ShotRow
from mediacatalog.errors import FencedError, NotFoundError
from mediacatalog.media.burned_in import Line
from mediacatalog.search import SearchIndex, SearchQuery, find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.picture_readings import Claim


def shots(catalogue: Catalogue, clip: str, count: int = 2) -> None:
    """Shots of a second with their keyframes in the middle, and a reading that waits."""
    with catalogue.writing() as session:
        for number in range(count):
            at = number * 1000
            session.add(
                ShotRow(
                    clip_id=clip, number=number, start_pts=at, end_pts=at + 1000, start_ms=at,
                    end_ms=at + 1000, into="cut",
                )
            )  # fmt: skip
            session.add(
                KeyframeRow(
                    clip_id=clip, number=number, pts=at + 500, ms=at + 500, phash="0" * 16,
                    sharpness=1.0,
                )
            )  # fmt: skip
            session.add(
                Derivative(
                    clip_id=clip, kind="keyframe", number=number, recipe="viewing-5",
                    path=f"a/{number}.jpg", sha256=f"{number}", byte_count=1, pts=at + 500,
                )
            )  # fmt: skip
        session.flush()
        picture_readings.plan(session, holdings.clip(session, clip))


def line(text: str, confidence: float = 0.9) -> Line:
    return Line(text, confidence, 0.1, 0.8, 0.5, 0.1)


def taken(catalogue: Catalogue) -> Claim:
    with catalogue.writing() as session:
        claim = picture_readings.take(session, "slot-0")
    assert claim is not None
    return claim


def read(catalogue: Catalogue, *of_shots: Sequence[str], recipe: str = "one eng") -> None:
    claim = taken(catalogue)
    lines = [[line(text) for text in texts] for texts in of_shots]
    with catalogue.writing() as session:
        found = list(zip(claim.keyframes, lines, strict=True))
        picture_readings.keep(session, claim, recipe, found)


def shown(catalogue: Catalogue, clip: str) -> picture_texts.Shown:
    with catalogue.reading() as session:
        found = picture_texts.shown(session, clip)
    assert found is not None
    return found


def texts(catalogue: Catalogue, clip: str) -> dict[str, tuple[tuple[int, int], ...]]:
    return {one.text: one.moments for one in shown(catalogue, clip).texts}


def test_what_a_person_dismissed_stays_so_by_every_later_reading(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    clip, index = a_clip(catalogue, "A square"), SearchIndex(tmp_path / "index")

    def found(query: str) -> list[tuple[int | None, int | None, str]]:
        index.catch_up(catalogue)
        hits = find(catalogue, index, SearchQuery(query)).hits
        return [(one.start_ms, one.end_ms, one.source) for hit in hits for one in hit.moments]

    shots(catalogue, clip)
    read(catalogue, ["Deir", "ez-Zor", "REUTERS"], ["Reuters"])
    assert texts(catalogue, clip)["REUTERS"] == ((500, 1000), (1500, 2000))
    assert found('"Deir ez-Zor"') == [(500, 1000, "picture")]  # over two lines of one picture
    assert found("in:title reuters") == []
    assert len(found("reuters")) == 2
    for _ in range(2):  # the second says nothing new
        with catalogue.writing() as session:
            picture_texts.dismiss(session, clip, "Reuters", dismissed=True, actor="Amal")
    assert found("reuters") == []
    with catalogue.writing() as session:
        assert not picture_readings.are_stale(session, "one eng")
        assert picture_readings.renew(session, "two eng") == 1
    read(catalogue, ["reuters", "Mayadin"], [], recipe="two eng")
    assert found("reuters") == []
    assert found("mayadin") == [(500, 1000, "picture")]
    assert list(texts(catalogue, clip)) == ["Mayadin"]
    [gone] = shown(catalogue, clip).dismissed
    assert (gone.text, gone.dismissed_by) == ("reuters", "Amal")
    with catalogue.writing() as session:
        [told] = changes.history(session, "clip", clip)
        undoing.entry(session, told.id, actor="Omar")
    assert found("reuters") == [(500, 1000, "picture")]
    with pytest.raises(NotFoundError), catalogue.writing() as session:
        picture_texts.dismiss(session, clip, "never read", dismissed=True, actor="Amal")


def test_who_lost_a_clip_writes_nothing_of_it(catalogue: Catalogue) -> None:
    clip = a_clip(catalogue, "A square")
    shots(catalogue, clip, 100)
    lost = taken(catalogue)
    assert len(lost.keyframes) == picture_readings.MOST_KEYFRAMES < lost.count == 100
    assert len({one.pts for one in lost.keyframes}) == len(lost.keyframes)
    with catalogue.writing() as session:
        picture_readings.release(session, clip, owner="slot-0")
    claim = taken(catalogue)
    with pytest.raises(FencedError), catalogue.writing() as session:
        picture_readings.keep(session, lost, "one eng", [(lost.keyframes[0], [line("Late")])])
    for _ in range(picture_readings.MOST_ATTEMPTS - 2):  # whoever reads it dies
        with catalogue.writing() as session:
            picture_readings.release(session, clip, owner="slot-0")
        claim = taken(catalogue)
    with catalogue.writing() as session:
        picture_readings.postpone(session, claim, "no such file", give_up=True)
        assert not picture_readings.is_wanted(session)
    assert (shown(catalogue, clip).state, shown(catalogue, clip).error) == (
        "failed",
        "no such file",
    )
    with catalogue.writing() as session:
        assert picture_readings.again(session, holdings.clip(session, clip))
        assert picture_readings.is_wanted(session)
