"""What is made of a clip can be deleted and made again; what people chose stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from click.testing import CliRunner

from mediacatalog.catalog import edits, files, holdings, posters, reads, stages
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import ClipStage, FrameHashes, ProbeRecord
from mediacatalog.catalog.proxies import ProxyRow
from mediacatalog.cli import main
from mediacatalog.ingest.direct import Direct, Result
from mediacatalog.ingest.pipeline import STAGES
from mediacatalog.ingest.proxies import Maker
from mediacatalog.media import proxy
from tests.factories import make_clip, put_aperture

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


@pytest.fixture
def shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MEDIACATALOG_DATA", str(settings.data))
    monkeypatch.setenv("MEDIACATALOG_MEDIA", str(settings.media))
    return CliRunner()


@pytest.fixture
def opened(settings: Settings) -> Iterator[Catalogue]:
    catalogue = open_catalogue(settings.catalogue_url)
    yield catalogue
    catalogue.close()


def ingest(settings: Settings) -> list[Result]:
    with Direct(settings) as direct:
        return list(direct.ingest(direct.choose([settings.media])))


def rerun(shell: CliRunner, *arguments: str) -> dict[str, int]:
    answer: dict[str, int] = json.loads(shell.invoke(main, ["rerun", *arguments, "--json"]).stdout)
    return answer


def poster(catalogue: Catalogue, settings: Settings, clip: str) -> str:
    """The colour that the poster shows: `red` or `blue`."""
    with catalogue.reading() as session:
        path = settings.derivatives / files.poster(session, clip).path
    picture = cv2.imread(str(path))
    assert picture is not None
    blue, _, red = picture.reshape(-1, 3).mean(axis=0)
    return "red" if red > blue else "blue"


def made(settings: Settings) -> set[str]:
    return {path.name for path in settings.derivatives.rglob("*") if path.is_file()}


def test_all_derivatives_come_back_by_one_command_and_pins_and_edits_stay(
    settings: Settings, shell: CliRunner, opened: Catalogue
) -> None:
    shots = (("red", 1.2), ("blue", 0.8))
    make_clip(settings.media, "old.ts", shots=shots, codec=("-c:v", "mpeg2video", "-q:v", "3"))
    make_clip(settings.media, "new.mp4", shots=shots)
    clips = [str(result.clip) for result in ingest(settings)]
    maker = Maker(opened, settings, "slot-0")
    assert maker.make_next()
    assert {poster(opened, settings, clip) for clip in clips} == {"red"}
    with opened.writing() as session:
        for clip in clips:
            posters.pin(session, clip, 1500, actor="ana")
            card = reads.clip_page(session, clip)
            wanted = reads.Description("The crossing", "At dawn", "", "en")
            edits.describe(session, clip, wanted, edition=card.entered.edition, actor="ana")
    ingest(settings)
    assert {poster(opened, settings, clip) for clip in clips} == {"blue"}
    everything = made(settings)
    assert {"proxy.mp4", "pinned.jpg", "poster.jpg", "storyboard.vtt"} <= everything
    assert rerun(shell, "derivatives") == {"again": 0, "offline": 0, "fresh": 2}

    shutil.rmtree(settings.derivatives)
    assert rerun(shell, "derivatives") == {"again": 2, "offline": 0, "fresh": 0}
    ingest(settings)
    assert maker.make_next()

    assert made(settings) == everything
    assert {poster(opened, settings, clip) for clip in clips} == {"blue"}
    with opened.reading() as session:
        for clip in clips:
            assert reads.clip_page(session, clip).entered.title == "The crossing"
            seen = posters.shown(session, clip)
            assert seen is not None
            assert (seen.ms, seen.pinned_by, seen.made) == (1480, "ana", True)
    assert rerun(shell, "derivatives") == {"again": 0, "offline": 0, "fresh": 2}


def test_only_the_clip_that_lost_a_file_is_read_again(
    settings: Settings, shell: CliRunner, opened: Catalogue
) -> None:
    for colour in ("red", "blue"):
        make_clip(settings.media, f"{colour}.mp4", shots=[(colour, 0.5)])
    one, _ = (str(result.clip) for result in ingest(settings))
    with opened.reading() as session:
        path: Path = settings.derivatives / files.poster(session, one).path
    path.write_bytes(path.read_bytes()[:-100])
    assert rerun(shell, "derivatives") == {"again": 1, "offline": 0, "fresh": 1}


def test_a_root_and_a_clip_are_watched_through_as_people_chose(
    settings: Settings, shell: CliRunner, opened: Catalogue
) -> None:
    clip = make_clip(settings.media, shots=[("testsrc2", 1.0)])
    (result,) = ingest(settings)

    def seen() -> str:
        with opened.reading() as session:
            return files.viewing_recipe(session, str(result.clip)) or ""

    assert not seen().endswith("balanced")
    shell.invoke(main, ["root", "add", str(settings.media), "--viewing", "balanced"])
    assert "viewing: balanced" in shell.invoke(main, ["root", "list"]).output
    assert rerun(shell, "derivatives")["again"] == 1
    ingest(settings)
    assert seen().endswith("balanced")
    rerun(shell, "derivatives", "--clip", str(result.clip), "--viewing", "full")
    ingest(settings)
    assert not seen().endswith("balanced")
    assert clip.exists()


def test_of_old_files_only_those_with_a_clean_aperture_are_made_again(
    settings: Settings, shell: CliRunner, opened: Catalogue
) -> None:
    """Catalogued before clean apertures were read: heads are read again, few files are watched."""
    codec = ("-c:v", "mjpeg", "-pix_fmt", "yuvj422p")
    for name in ("framed.mov", "plain.mov"):
        make_clip(settings.media, name, shots=[("red", 0.5)], codec=codec)
    put_aperture(settings.media / "framed.mov", (300, 1, 160, 1, 0, 1, 0, 1))
    clips = {Path(one.path).name: str(one.clip) for one in ingest(settings)}
    maker = Maker(opened, settings, "slot-0")
    while maker.make_next():
        pass

    def sizes(name: str) -> set[tuple[int | None, int | None]]:
        with opened.reading() as session:
            kinds = {"poster", "proxy"}
            found = files.derivatives(session, clips[name])
            return {(one.width, one.height) for one in found if one.kind in kinds}

    def film(name: str) -> str:
        with opened.reading() as session:
            found = files.derivatives(session, clips[name])
            return next(one.path for one in found if one.kind == "proxy")

    assert (sizes("framed.mov"), sizes("plain.mov")) == ({(300, 160)}, {(320, 180)})
    films = {name: film(name) for name in clips}
    forgotten = as_if_unread(opened, clips.values())
    assert rerun(shell, "derivatives") == {"again": 2, "offline": 0, "fresh": 0}
    ingest(settings)
    while maker.make_next():
        pass

    assert viewings(opened, clips["framed.mov"]) == forgotten[clips["framed.mov"]] + 1
    assert viewings(opened, clips["plain.mov"]) == forgotten[clips["plain.mov"]]
    assert film("framed.mov") != films["framed.mov"]
    assert film("plain.mov") == films["plain.mov"]
    assert rerun(shell, "derivatives") == {"again": 0, "offline": 0, "fresh": 2}


def as_if_unread(catalogue: Catalogue, clips: Collection[str]) -> dict[str, int]:
    """What an older version left: facts without the aperture, pictures made without it.

    Returns how often each was watched through.
    """
    with catalogue.writing() as session:
        for clip in clips:
            row = session.get_one(ProbeRecord, clip)
            video = dict(row.facts["video"])
            del video["clean_aperture"]
            row.facts = {**row.facts, "video": video}
            stage = session.get_one(ClipStage, (clip, "watch_through"))
            recipe = STAGES["watch_through"].recipe
            held = holdings.clip(session, clip)
            stage.fingerprint = stages.fingerprint(held.sha256, recipe, "")
            film = session.get_one(ProxyRow, clip)
            told = held.sha256, proxy.RECIPE, film.way, f"{held.start_pts}", held.time_base or ""
            film.fingerprint = stages.fingerprint(*told)
            session.get_one(FrameHashes, clip).recipe = recipe
    return {clip: viewings(catalogue, clip) for clip in clips}


def viewings(catalogue: Catalogue, clip: str) -> int:
    with catalogue.reading() as session:
        return session.get_one(ClipStage, (clip, "watch_through")).attempt
