"""More like this across languages, where the encoder is installed; here a package stands in for it.

It is told by hand which words mean what; everything around it is ours.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import holdings, levels
from mediacatalog.catalog.models import Clip
from mediacatalog.catalog.sight import Sight
from mediacatalog.search import SearchQuery, find
from mediacatalog.text import encoder
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

STAND_IN = """
MEANT = {0: ("market", "سوق", "рынку"), 1: ("ferry", "عبّارة", "пароме"), 2: ("budget",)}
class USE:
    def __init__(self, threads): pass
    def encode(self, texts):
        return [
            [1.0 if any(word in text for word in MEANT.get(at, ())) else 0.05 * (at % 3 - 1)
             for at in range(16)] for text in texts
        ]
"""
STRIKE = {
    "en": "Air strike on the market kills dozens",
    "ar": "غارة جوية على سوق تقتل العشرات",
    "ru": "Авиаудар по рынку убил десятки человек",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / f"{encoder.MODULE}.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    encoder.encoder.cache_clear()
    yield
    sys.modules.pop(encoder.MODULE, None)
    encoder.encoder.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_clip_is_like_those_that_say_the_same_in_other_languages(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    clips = {language: a_clip(catalogue, title) for language, title in STRIKE.items()}
    a_clip(catalogue, "Refugees cross by ferry")
    later = a_clip(catalogue, "Parliament debates the budget")

    def like(asked: str, *, among: Catalogue = catalogue) -> set[str]:
        index.catch_up(catalogue)
        while index.meanings.catch_up(catalogue, threading.Event()):
            pass
        return {hit.clip_id for hit in find(among, index, SearchQuery(asked)).hits}

    assert like(f"like:{clips['en']}") == {clips["ar"], clips["ru"]}
    assert like('like:"the market was hit"') == set(clips.values())
    assert like(f"like:{clips['ar']} -человек") == {clips["en"]}
    said = find(catalogue, index, SearchQuery(f"like:{clips['ru']}")).notes
    assert any("other languages" in note for note in said)
    with catalogue.writing() as session:  # what it says is another thing now
        session.get_one(Clip, later).title = "Купол над рынку"
        holdings.touch(session, [later])
        session.get_one(Clip, clips["ar"]).state = "quarantined"
        holdings.touch(session, [clips["ar"]])
        levels.close(session, clips["ru"], "sealed", reason="asked", actor="Amal")
    assert like(f"like:{clips['en']}") == {clips["ru"], later}
    anybody = catalogue.seen_by(Sight("", restricted=False))
    assert like(f"like:{clips['en']}", among=anybody) == {later}
    with catalogue.writing() as session:
        levels.close(session, later, "sealed", reason="asked", actor="Amal")
    assert like(f"like:{clips['en']}", among=anybody) == set()
    told = find(anybody, index, SearchQuery(f"like:{clips['en']}")).notes
    assert not any("other languages" in note for note in told)  # nor that there are hidden ones
    path = index.folder / "meanings.sqlite"
    path.write_bytes(b"no database at all" * 100)
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    assert index.meanings.near([STRIKE["en"]]) == []  # and no fault
    with pytest.raises(sqlite3.DatabaseError):
        index.meanings.catch_up(catalogue, threading.Event())
    assert like(f"like:{clips['en']}") == {clips["ru"], later}


def test_without_the_encoder_words_are_compared_alone(
    catalogue: Catalogue, index: SearchIndex
) -> None:
    assert not encoder.installed()
    one = a_clip(catalogue, STRIKE["en"])
    a_clip(catalogue, STRIKE["ar"])
    index.catch_up(catalogue)
    assert index.meanings.catch_up(catalogue, threading.Event()) == 0
    assert find(catalogue, index, SearchQuery(f"like:{one}")).hits == ()
    assert not (index.folder / "meanings.sqlite").exists()
