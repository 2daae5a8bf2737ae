"""Caption files beside a video: by name only, whatever the name holds."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions
from mediacatalog.captions import Named, sidecars
from mediacatalog.ingest import listing

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def names(video: Path) -> list[str]:
    return [one.path.relative_to(video.parent).as_posix() for one in captions.beside(video)]


@pytest.mark.parametrize(
    ("name", "language", "kind"),
    [
        ("clip.srt", None, "caption"),
        ("clip.mp4.srt", None, "caption"),
        ("clip.ar.SRT", "ar", "caption"),
        ("clip.ara.srt", "ar", "caption"),
        ("clip.Russian.srt", "ru", "caption"),
        ("clip.en-orig.vtt", "en", "caption"),
        ("clip.ar-en.vtt", "ar", "caption"),
        ("clip.pt_br.vtt", "pt-BR", "caption"),
        ("clip.zh-Hans.vtt", "zh-Hans", "caption"),
        ("clip.forced.en.ass", "en", "subtitle"),
        ("clip.en.sdh.srt", "en", "caption"),
        ("clip.hi.srt", "hi", "caption"),
        ("clip.en.hi.srt", "en", "caption"),
        ("clip.chapters.en.vtt", "en", "chapters"),
        ("clip.en.descriptions.vtt", "en", "description"),
        ("Subs/clip.fa.srt", "fa", "caption"),
        ("SUBTITLES/clip.srt", None, "caption"),
        ("Subs/ar/clip.srt", "ar", "caption"),
        ("clip[ar].srt", "ar", "caption"),
        ("clip (ar).srt", "ar", "caption"),
        ("clip.[ar].srt", "ar", "caption"),
        ("clip.chs.srt", "zh-Hans", "caption"),
        ("clip.es-419.vtt", "es-419", "caption"),
    ],
)
def test_a_name_tells_language_and_kind(
    tmp_path: Path, name: str, language: str | None, kind: str
) -> None:
    put(tmp_path, "clip.mp4", name)
    found = captions.beside(tmp_path / "clip.mp4")
    assert [(one.path, one.named.language, one.named.kind) for one in found] == [
        (tmp_path / name, language, kind)
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("clip.en.srt", Named("en")),
        ("clip.forced.en.ass", Named("en", "subtitle", forced=True)),
        ("clip.en.sdh.srt", Named("en", sdh=True)),
        ("clip.en-orig.vtt", Named("en", made_by="machine")),
        ("clip.whisper.ru.srt", Named("ru", made_by="machine")),
        ("clip.auto.srt", Named(made_by="machine")),
        ("clip.ar-en.vtt", Named("ar", made_by="translation")),
        ("clip.es-mx.vtt", Named("es")),
        ("clip.pt-br.vtt", Named("pt")),
        ("clip_ar.srt", Named("ar")),
        ("clip-English.forced.srt", Named("en", "subtitle", forced=True)),
        ("clip (ru).srt", Named("ru")),
        ("CLIP.AR.SRT", Named("ar")),
        ("Subs/2_English.srt", Named("en")),
        ("Subs/clip/3_Arabic.srt", Named("ar")),
        ("Sub/ar.vtt", Named("ar")),
    ],
)
def test_a_name_tells_who_made_it_and_for_whom(tmp_path: Path, name: str, told: Named) -> None:
    put(tmp_path, "clip.mp4", name)
    assert [one.named for one in captions.beside(tmp_path / "clip.mp4")] == [told]


def test_two_clips_never_share_a_sidecar(tmp_path: Path) -> None:
    put(tmp_path, "clip.mp4", "clip-2.mp4", "clip 3.mp4", "clip-en.mp4")
    put(tmp_path, "clip.srt", "clip-2.srt", "clip 3_en.srt", "clip-en-ar.srt", "clip-en.srt")
    put(tmp_path, "Subs/English.srt", "Subs/clip-2.en.srt")
    assert names(tmp_path / "clip.mp4") == ["clip.srt"]
    assert names(tmp_path / "clip-2.mp4") == ["clip-2.srt", "Subs/clip-2.en.srt"]
    assert names(tmp_path / "clip 3.mp4") == ["clip 3_en.srt"]
    assert names(tmp_path / "clip-en.mp4") == ["clip-en-ar.srt", "clip-en.srt"]


def test_capitals_count_only_between_two_videos(tmp_path: Path) -> None:
    put(tmp_path, "Clip.mp4", "clip.mov", "clip.en.srt", "Clip.ar.srt", "CLIP.ru.srt")
    assert names(tmp_path / "Clip.mp4") == ["CLIP.ru.srt", "Clip.ar.srt"]
    assert names(tmp_path / "clip.mov") == ["CLIP.ru.srt", "clip.en.srt"]


def test_an_id_binds_captions_to_a_video_of_another_title(tmp_path: Path) -> None:
    video = "Strike on the bridge [dQw4w9WgXcQ].mp4"
    put(tmp_path, video, "Raw footage [dQw4w9WgXcQ].ar.vtt", "Movie [1080p].mp4")
    put(tmp_path, "Other [1080p].en.srt", "Other [aaaaaaaaaaa].en.vtt")
    assert names(tmp_path / video) == ["Raw footage [dQw4w9WgXcQ].ar.vtt"]
    assert names(tmp_path / "Movie [1080p].mp4") == []


def test_an_id_shared_by_two_videos_is_no_claim_on_the_others_captions(tmp_path: Path) -> None:
    put(tmp_path, "One [dQw4w9WgXcQ].mp4", "Two [dQw4w9WgXcQ].mp4", "Two [dQw4w9WgXcQ].en.vtt")
    assert names(tmp_path / "One [dQw4w9WgXcQ].mp4") == []


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path, "clip.mp4", "clip2.srt", "clip 2.srt", "clip-b.srt", "other.srt", "clip.html")
    (tmp_path / "clip.ru.srt").mkdir()
    (tmp_path / "clip.en.srt").symlink_to(tmp_path / "other.srt")
    assert names(tmp_path / "clip.mp4") == []


def test_brackets_in_a_name_are_no_pattern(tmp_path: Path) -> None:
    put(tmp_path, "Title [a-z] *.mp4", "Title [a-z] *.ar.vtt", "Title b x.ar.vtt")
    assert names(tmp_path / "Title [a-z] *.mp4") == ["Title [a-z] *.ar.vtt"]


def test_a_longer_video_name_claims_its_own_sidecars(tmp_path: Path) -> None:
    put(tmp_path, "clip.mp4", "clip.part.2.mov", "clip.en.srt", "clip.part.2.en.srt")
    assert names(tmp_path / "clip.mp4") == ["clip.en.srt"]
    assert names(tmp_path / "clip.part.2.mov") == ["clip.part.2.en.srt"]


def test_a_name_in_the_spelling_of_macos_is_the_same_name(tmp_path: Path) -> None:
    put(tmp_path, unicodedata.normalize("NFD", "café.fr.srt"))
    assert len(captions.beside(tmp_path / unicodedata.normalize("NFC", "café.mp4"))) == 1


def test_own_folder_comes_first_and_names_are_sorted(tmp_path: Path) -> None:
    put(tmp_path, "clip.mp4", "clip.ru.srt", "Subs/clip.ar.srt", "clip.ar.vtt", "captions/clip.srt")
    assert names(tmp_path / "clip.mp4") == [
        "clip.ar.vtt",
        "clip.ru.srt",
        "Subs/clip.ar.srt",
        "captions/clip.srt",
    ]


def test_what_a_reader_reads_is_looked_for() -> None:
    readers = (*captions.READERS.values(), *captions.BYTE_READERS.values())
    read = {suffix for reader in readers for suffix in reader.suffixes}
    assert read <= sidecars.SUFFIXES | sidecars.DOUBTFUL
    assert {suffix[1:].encode() for suffix in read} <= listing.SIDECARS


def test_a_folder_that_is_gone_has_no_sidecars(tmp_path: Path) -> None:
    assert captions.beside(tmp_path / "gone" / "clip.mp4") == []
