"""Files found by a part of their names, few of them or many."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from mediacatalog.catalog import counting, file_names, holdings, queue
from mediacatalog.catalog.file_names import FileNamePart
from mediacatalog.catalog.holdings import Seen
from mediacatalog.catalog.models import Sighting
from mediacatalog.values import State, new_id

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue

NAMES = (
    "IMG_1234.MP4", "2017/Syria/GOPR0123.mp4", "Été à la mer.mov", "映像テスト.mp4",
    "العبّارة ١٢.mp4", "100% of [it].mts", "Al-Qa’im_bridge.mp4",
)  # fmt: skip


@pytest.fixture
def root(catalogue: Catalogue, tmp_path: Path) -> str:
    with catalogue.writing() as session:
        root = holdings.root(session, tmp_path, kind="watched").id
        for number, name in enumerate(NAMES):
            seen = Seen(os.fsencode(name), 1, 1, 1, number)
            holdings.add_sighting(session, root, seen, State.QUARANTINED)
    return root


def among_few(catalogue: Catalogue, typed: str) -> set[str]:
    with catalogue.reading() as session:
        return {one.display for one in queue.ingest_page(session, name=typed).files}


def among_many(catalogue: Catalogue, typed: str) -> set[str]:
    with catalogue.reading() as session:
        found, _ = file_names.with_part(session, typed, None)
        ids = [key for _, _, key in found]
        return set(session.scalars(select(Sighting.display).where(Sighting.id.in_(ids))))


def test_names_that_are_no_text_are_found_by_what_is_left_of_them(
    catalogue: Catalogue, root: str
) -> None:
    long = "خ" * 100 + " harbour"
    with catalogue.writing() as session:
        for number, name in enumerate((b"\xff\xfe\x80 dusk.mp4", long.encode(), b"*%_\\.mp4")):
            seen = Seen(name, 1, 1, 1, number + 100)
            holdings.add_sighting(session, root, seen, State.QUARANTINED)
    for typed, ending in {"dusk": " dusk.mp4", long: long, "harbour": long}.items():
        for found in (among_few(catalogue, typed), among_many(catalogue, typed)):
            assert [one[-len(ending) :] for one in found] == [ending], typed
    assert among_few(catalogue, "*%_") == {"*%_\\.mp4"}
    assert among_many(catalogue, "*%_") == set()


@pytest.mark.usefixtures("root")
def test_a_part_of_a_name_is_found_in_any_spelling(catalogue: Catalogue) -> None:
    for typed, name in {
        "img_1234": "IMG_1234.MP4",
        "IMG-12": "IMG_1234.MP4",
        "1234.mp4": "IMG_1234.MP4",
        "gopr0123": "2017/Syria/GOPR0123.mp4",
        "0123": "2017/Syria/GOPR0123.mp4",
        "2017/syria/gopr0123.mp4": "2017/Syria/GOPR0123.mp4",
        "/SYRIA": "2017/Syria/GOPR0123.mp4",
        "ÉTÉ À": "Été à la mer.mov",
        "テスト": "映像テスト.mp4",
        "العباره 12": "العبّارة ١٢.mp4",
        "100%": "100% of [it].mts",
        ".mts": "100% of [it].mts",
        "qaim": "Al-Qa’im_bridge.mp4",
    }.items():
        assert among_few(catalogue, typed) == {name}, typed
        assert among_many(catalogue, typed) == {name}, typed
    for typed in ("1%4", "img*", "IMG?1234", "gopr0123.mp4x", "'; --",
                  "\\", "\0", "img\0", "\U0010ffff",
                  "img_1234" * 5000, "映" * 200, "img" + os.fsdecode(b"\xff")):  # fmt: skip
        assert among_few(catalogue, typed) == among_many(catalogue, typed) == set(), typed
    # Within a word only where every name is looked at.
    assert among_few(catalogue, "opr01") == {"2017/Syria/GOPR0123.mp4"}
    assert among_many(catalogue, "opr01") == set()


def test_a_file_is_found_by_the_name_it_has_now(catalogue: Catalogue, root: str) -> None:
    with catalogue.writing() as session:
        one = holdings.sightings_of(session, root)[os.fsencode(NAMES[0])]
        one.display = "evening/IMG 99.MP4"
        file_names.renamed(session, one.id, NAMES[0], one.display)
    assert among_many(catalogue, "img") == among_many(catalogue, "evening") == {one.display}
    assert among_many(catalogue, "1234") == set()


def test_of_very_many_some_are_shown_and_it_is_said(catalogue: Catalogue, root: str) -> None:
    many = [(new_id(), f"clip {n:05}.mov") for n in range(counting.MOST + 5)]
    given = {
        "root_id": root, "byte_count": 1, "mtime_ns": 1, "device": "1", "inode": "1",
        "state": State.READY, "companions": "",
    }  # fmt: skip
    with catalogue.writing() as session:
        session.execute(
            insert(Sighting),
            [given | {"id": key, "path": name.encode(), "display": name} for key, name in many],
        )
        session.execute(
            insert(FileNamePart),
            [{"part": part, "sighting_id": key} for key, name in many for part in (name, name[5:])],
        )
        session.execute(update(Sighting).where(Sighting.id == many[-1][0]).values(state="partial"))
    with catalogue.reading() as session:
        page = queue.ingest_page(session, name="Clip", limit=3)
        assert (len(page.files), page.found, page.more, page.cut) == (
            3,
            counting.MOST + 1,
            True,
            True,
        )
        held = queue.ingest_page(session, states=("partial",), name="lip")
        assert [one.display for one in held.files] == [many[-1][1]]
        some = queue.ingest_page(session, name="0123", limit=4)
        assert (some.found, some.more, some.cut) == (11, True, False)
        last = some.files[-1]
        after = queue.Place(last.state, last.state_at, last.id)
        behind = queue.ingest_page(session, name="0123", after=after)
        offset = queue.ingest_page(session, name="0123", offset=4)
        assert (len(behind.files), behind.found) == (7, 11)
        assert behind.files == offset.files
        assert {"2017/Syria/GOPR0123.mp4", "clip 01230.mov", "clip 01239.mov"} <= {
            one.display for one in (*some.files, *behind.files)
        }
