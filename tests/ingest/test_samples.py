"""Real files: every one ends in a final state, and what ffmpeg can show is not held back."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from mediacatalog import search
from mediacatalog.catalog import record
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest.direct import Direct, Result
from tests.factories import make_clip

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.settings import Settings

pytestmark = pytest.mark.samples


def ingest(settings: Settings, path: Path) -> list[Result]:
    with Direct(settings) as direct:
        return list(direct.ingest(direct.choose([path])))


def ffmpeg_shows_a_frame(path: Path) -> bool:
    done = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "quiet",
            "-nostdin",
            "-i",
            path,
            "-map",
            "0:v:0",
            "-frames:v",
            "1",
            "-f",
            "framemd5",
            "-",
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return any(not line.startswith(b"#") for line in done.stdout.splitlines())


def test_all_real_videos_end_in_a_final_state(settings: Settings, samples: Path) -> None:
    results = {one.path.rsplit("/", 1)[1]: one for one in ingest(settings, samples / "video")}
    assert len(results) == sum(1 for _ in (samples / "video").iterdir())
    final = {"ready", "partial", "quarantined", "ignored"}
    assert {name: one.reason for name, one in results.items() if one.state not in final} == {}
    held_back = [name for name, one in results.items() if one.state == "quarantined"]
    assert all(results[name].reason for name in held_back)
    assert [name for name in held_back if ffmpeg_shows_a_frame(samples / "video" / name)] == []
    assert sum(one.state == "ready" for one in results.values()) > 75


def test_the_story_of_abu_kamal_finds_its_clip(settings: Settings, samples: Path) -> None:
    clip = make_clip(settings.media, "helmet-cam.mp4", shots=[("testsrc2", 2.0)])
    shutil.copy(samples / "articles/abu-kamal.txt", clip.with_suffix(".txt"))
    (result,) = ingest(settings, settings.media / "helmet-cam.mp4")
    catalogue = open_catalogue(settings.catalogue_url)
    with catalogue.reading() as session:
        document = record.of_clip(session, str(result.clip))
    (article,) = document["articles"]
    assert article["state"] == "certain"
    assert "same name" in article["evidence"][0]["detail"]
    index = search.SearchIndex(settings.index)
    index.catch_up(catalogue)
    found = {
        words: [
            hit.clip_id for hit in search.find(catalogue, index, search.SearchQuery(words)).hits
        ]
        for words in ("abu kamal", "Al-Bukamal", "deir ezzor", "Deir ez-Zor", "newsletter", "1,820")
    }
    catalogue.close()
    assert [words for words, clips in found.items() if clips == [result.clip]] == [
        "abu kamal",
        "Al-Bukamal",
        "deir ezzor",
        "Deir ez-Zor",
    ]
