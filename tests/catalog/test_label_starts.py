"""Names of terms are looked up by each of their words, whatever became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mediacatalog.catalog import label_starts, thesaurus, vocabulary
from mediacatalog.catalog.label_starts import LabelStart
from mediacatalog.catalog.models import TermLabel

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

LONG = "the ferry that crosses the strait of hormuz every day"


def suggested(catalogue: Catalogue, typed: str) -> list[tuple[str, str | None]]:
    with catalogue.reading() as session:
        return [(one.label, one.via) for one in vocabulary.suggest(session, typed, kind=None)]


def all_are_kept(catalogue: Catalogue) -> bool:
    with catalogue.reading() as session:
        names = session.execute(select(TermLabel.id, TermLabel.folded)).all()
        held = session.execute(select(LabelStart.start, LabelStart.label_id)).all()
    wanted = {(start, key) for key, folded in names for start in label_starts.starts(folded)}
    return {(start, key) for start, key in held} == wanted


def test_names_come_and_go_with_what_they_are_looked_up_by(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        port = vocabulary.make(session, "Port of Latakia", "place").id
        town = vocabulary.make(session, "Latakia", "place").id
        vocabulary.add_alias(session, port, "ميناء اللاذقية", actor="mara")
    assert [label for label, _ in suggested(catalogue, "lat")] == ["Latakia", "Port of Latakia"]
    assert suggested(catalogue, "ميناء") == [("Port of Latakia", "ميناء اللاذقية")]
    with catalogue.writing() as session:
        thesaurus.rename(session, port, "Harbour", actor="mara")
    assert all_are_kept(catalogue)
    assert suggested(catalogue, "of lat") == [("Harbour", "Port of Latakia")]
    with catalogue.writing() as session:
        thesaurus.merge(session, town, port, actor="mara")
    assert [label for label, _ in suggested(catalogue, "latakia")] == ["Harbour"]
    with catalogue.writing() as session:
        for named in thesaurus.entry(session, port).aliases:
            thesaurus.remove_alias(session, port, named.id, actor="mara")
    assert all_are_kept(catalogue)
    assert suggested(catalogue, "lat") == []


def test_a_long_name_is_compared_to_its_end(catalogue: Catalogue) -> None:
    with catalogue.writing() as session:
        vocabulary.make(session, LONG, "tag")
    assert len(LONG) > label_starts.LENGTH
    for typed in (LONG, LONG[10:50], LONG[4:], "t", "every d"):
        assert suggested(catalogue, typed) == [(LONG, None)], typed
    for typed in (f"{LONG[:-1]}s", "erry", "strait of  x", "every d%", "_he"):
        assert suggested(catalogue, typed) == [], typed
