"""Text in the picture: read by the real Tesseract in the background, searched to its second."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from mediacatalog.catalog import picture_texts, record
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.errors import ToolFailedError
from mediacatalog.ingest.direct import Direct
from mediacatalog.ingest.pictures import Reader
from mediacatalog.media import burned_in
from mediacatalog.search import SearchIndex, SearchQuery, find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

SPOKEN = ("ara", "rus", "eng")
ASKED = {"ar": "البوكمال", "ru": "сентябрь", "en": "November"}


@pytest.fixture
def catalogue(settings: Settings, migrated_sqlite: Path) -> Iterator[Catalogue]:
    settings.data.mkdir(parents=True)
    shutil.copyfile(migrated_sqlite, settings.data / "catalogue.sqlite")
    opened = open_catalogue(settings.catalogue_url)
    yield opened
    opened.close()


@pytest.mark.samples
def test_titles_in_three_scripts_are_read_and_found_at_their_keyframe(
    catalogue: Catalogue, settings: Settings, samples: Path
) -> None:
    for language in ASKED:
        shutil.copy2(samples / "ocr" / f"burned_text_{language}.mp4", settings.media)
    with Direct(settings) as direct:
        done = list(direct.ingest(direct.choose(sorted(settings.media.iterdir()))))
    assert {one.state for one in done} == {"ready"}
    spoken = settings.model_copy(update={"picture_languages": "+".join(SPOKEN)})
    reader = Reader(catalogue, spoken, "slot-0")
    index = SearchIndex(settings.index)
    assert reader.ready()
    while reader.make_next():
        pass
    reader.tidy()  # nothing is stale
    assert not reader.make_next()
    index.catch_up(catalogue)
    for word in ASKED.values():
        [hit] = find(catalogue, index, SearchQuery(f"in:picture {word}")).hits
        with catalogue.reading() as session:
            document = record.of_clip(session, hit.clip_id)
        moment, said = hit.moments[0], document["picture_text"]
        assert (moment.source, moment.label) == ("picture", picture_texts.LABEL)
        assert word in {one.text for one in moment.snippet if one.marked}
        lines = said["lines"]
        shots = {one["keyframe_ms"]: one["end_ms"] for one in document["shots"]}
        assert (moment.start_ms, moment.end_ms) in shots.items()
        assert {(one["start_ms"], one["end_ms"]) for one in lines} <= set(shots.items())
        assert all(one["top"] > 0.7 and 0.5 < one["confidence"] <= 1 for one in lines)
        assert all(one["pts"] == one["start_ms"] * 12_800 // 1000 for one in lines)
        assert (said["state"], said["keyframes_read"]) == ("done", len(shots))
    found = find(catalogue, index, SearchQuery("has:picture-text")).count
    assert found == len(ASKED)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ToolFailedError):
        burned_in.read(b"\xff\xd8 no picture", SPOKEN)


def test_languages_are_those_that_are_installed_or_asked_for() -> None:
    assert burned_in.languages("installed")[:3] == SPOKEN
    assert burned_in.languages("eng+xyz+ara+eng") == ("eng", "ara")
    assert burned_in.languages("none") == burned_in.languages("xyz") == ()


def test_nothing_is_read_where_nobody_wants_it(catalogue: Catalogue, settings: Settings) -> None:
    settings = settings.model_copy(update={"picture_languages": "none"})
    Reader(catalogue, settings, "slot-0").run(threading.Event(), lambda: True)  # ends at once
