"""Sidecars that come, change and go, as the ordinary poll and the ordinary ingest see them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions
from mediacatalog.catalog import cue_edits, holdings, tracks
from mediacatalog.catalog.cue_edits import Splice
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.ingest import listing, timed_text
from mediacatalog.ingest.direct import Direct
from mediacatalog.values import Cue, Ms, State
from tests.factories import SRT, make_clip, run_ffmpeg
from tests.ingest.test_watch import Folder, folder

if TYPE_CHECKING:
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

__all__ = ["folder"]


def ingest(settings: Settings, path: Path) -> str:
    with Direct(settings) as direct:
        (result,) = direct.ingest(direct.choose([path]))
    return str(result.clip)


def of(settings: Settings, clip: str) -> list[tuple[tracks.Shown, list[str]]]:
    catalogue = open_catalogue(settings.catalogue_url)
    with catalogue.reading() as session:
        found = [
            (one, [cue.text for cue in tracks.cues_of(session, one.id)])
            for one in tracks.of_clip(session, clip)
        ]
    catalogue.close()
    return found


def test_the_poll_sees_a_sidecar_change_and_go(folder: Folder, catalogue: Catalogue) -> None:
    path = make_clip(folder.settings.media, srt=SRT)
    sidecar = path.with_suffix(".srt")

    def settled() -> None:
        with catalogue.writing() as session:
            (root,) = holdings.roots(session, "watched")
            for one in holdings.sightings_of(session, root.id).values():
                if one.display == "clip.mp4":
                    holdings.set_state(one, State.READY)

    folder.look_until_settled()
    settled()
    folder.look()
    assert folder.states()["clip.mp4"] == State.READY
    sidecar.write_text(SRT + "\n", encoding="utf-8")
    folder.look()
    assert folder.states()["clip.mp4"] == State.WAITING
    settled()
    sidecar.unlink()
    folder.look()
    assert folder.states()["clip.mp4"] == State.WAITING
    assert "beside it changed" in folder.reason("clip.mp4")


@pytest.mark.parametrize(
    "name",
    [
        "Clip [dQw4w9WgXcQ]_ar.srt",
        "CLIP [dQw4w9WgXcQ].SRT",
        "Other title [dQw4w9WgXcQ].en.vtt",
        "Subs/2_English.srt",
        "Subtitles/clip [dQw4w9WgXcQ].en.srt",
        "Subs/Clip [dQw4w9WgXcQ]/English.srt",
    ],
)
def test_a_sidecar_of_any_convention_is_noticed_and_read(settings: Settings, name: str) -> None:
    """By the digest of the poll, and by the stage."""
    path = make_clip(settings.media, "Clip [dQw4w9WgXcQ].mp4")

    def noticed() -> str:
        seen = {one.path: one for one in listing.listing(settings.media, [])}
        return listing.Companions(seen).digest(os.fsencode(path.name))

    before = noticed()
    (settings.media / name).parent.mkdir(parents=True, exist_ok=True)
    (settings.media / name).write_text("WEBVTT\n\n00:00.100 --> 00:00.900\nhello\n")
    assert noticed() != before
    (found,) = captions.beside(path)
    assert found.path == settings.media / name


def test_the_captions_of_another_video_are_no_news(settings: Settings) -> None:
    for name in ("one.mp4", "two.mp4"):
        (settings.media / name).write_bytes(b"x")

    def noticed() -> str:
        seen = {one.path: one for one in listing.listing(settings.media, [])}
        return listing.Companions(seen).digest(b"one.mp4")

    before = noticed()
    (settings.media / "Subs").mkdir()
    (settings.media / "Subs/two.srt").write_text("x")
    (settings.media / "two.ar.srt").write_text("x")
    assert noticed() == before


def test_a_sidecar_is_read_again_and_what_people_did_stays(settings: Settings) -> None:
    path = make_clip(settings.media, srt=SRT)
    sidecar = path.with_suffix(".srt")
    clip = ingest(settings, path)
    sidecar.write_text(SRT.replace("ferry", "bridge"), encoding="utf-8")
    ingest(settings, path)
    ((one, texts),) = of(settings, clip)
    assert texts[0] == "The convoy reached the bridge"

    catalogue = open_catalogue(settings.catalogue_url)
    with catalogue.writing() as session:
        mine = Splice(0, 1, (Cue(Ms(200), Ms(1400), "The convoy reached the BRIDGE"),))
        cue_edits.save(session, clip, one.id, mine, version=one.version, actor="anna")
    catalogue.close()
    sidecar.write_text(SRT.replace("ferry", "quay"), encoding="utf-8")
    ingest(settings, path)
    ((edited, texts),) = of(settings, clip)
    assert (edited.id, texts[0]) == (one.id, "The convoy reached the BRIDGE")
    assert edited.file_changed_at is not None

    sidecar.unlink()
    ingest(settings, path)
    ((gone, texts),) = of(settings, clip)
    assert (gone.id, gone.state, texts[0]) == (one.id, "gone", "The convoy reached the BRIDGE")


def test_a_chosen_encoding_holds_when_the_file_changes(settings: Settings) -> None:
    path = make_clip(settings.media)
    sidecar = path.with_suffix(".srt")
    sidecar.write_bytes("1\n00:00:00,100 --> 00:00:00,900\nДа\n".encode("koi8_r"))
    clip = ingest(settings, path)
    ((one, _),) = of(settings, clip)
    catalogue = open_catalogue(settings.catalogue_url)
    with catalogue.writing() as session:
        cue_edits.choose(
            session, clip, one.id, encoding="koi8_r", language="ru", kind="", actor="anna"
        )
    catalogue.close()
    sidecar.write_bytes("1\n00:00:00,100 --> 00:00:00,900\nНет\n".encode("koi8_r"))
    ingest(settings, path)
    ((again, texts),) = of(settings, clip)
    assert (again.id, again.language, texts) == (one.id, "ru", ["Нет"])


@pytest.mark.parametrize(("seconds", "start_ms"), [("0.6", 900), ("0.02", 1500)])
def test_a_sidecar_counts_from_where_players_begin(
    settings: Settings, seconds: str, start_ms: int
) -> None:
    """That is the sound, if it is first; within a frame nobody can tell."""
    plain, path = make_clip(settings.media, "plain.mp4"), settings.media / "clip.mkv"
    late = ["-f", "lavfi", "-i", "sine=d=3", "-itsoffset", seconds, "-i", str(plain)]
    run_ffmpeg(*late, "-c:v", "copy", "-c:a", "pcm_s16le", str(path))
    path.with_suffix(".srt").write_text("1\n00:00:01,500 --> 00:00:02,500\nferry\n")
    found = timed_text.Found({})
    found.beside([path])
    assert [cue.start_ms for cue in found.tracks[0].track.cues] == [start_ms]


def test_pictures_of_text_are_listed_and_not_searched(samples: Path) -> None:
    found = timed_text.Found({})
    found.inside(samples / "captions" / "embedded" / "sample_MKV_VobSub_PGS.mkv")
    told = [(one.track.format, one.searchable, one.track.cues) for one in found.tracks]
    assert told == [("dvd_subtitle", False, ()), ("hdmv_pgs_subtitle", False, ())]
    assert found.problems == []


def test_what_a_stream_says_of_its_captions_is_kept(settings: Settings, tmp_path: Path) -> None:
    made = make_clip(tmp_path)
    srt = tmp_path / "t.srt"
    srt.write_text(SRT, encoding="utf-8")
    path = settings.media / "inside.mkv"
    inputs = ["-i", str(made), "-i", str(srt), "-i", str(srt)]
    maps = ["-map", "0:v", "-map", "1", "-map", "2", "-c:v", "copy", "-c:s", "srt"]
    first = ["-metadata:s:s:0", "language=eng", "-disposition:s:0", "hearing_impaired"]
    second = ["-metadata:s:s:1", "language=ara", "-disposition:s:1", "forced"]
    title = ["-metadata:s:s:1", "title=Signs"]
    run_ffmpeg(*inputs, *maps, *first, *second, *title, f"file:{path}")
    clip = ingest(settings, path)
    told = [
        (one.language, one.kind, one.sdh, one.forced, one.title) for one, _ in of(settings, clip)
    ]
    assert told == [("en", "caption", True, False, ""), ("ar", "subtitle", False, True, "Signs")]
