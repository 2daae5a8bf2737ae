"""Caption files beside a video: by name only, whatever the name holds."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from mediacatalog import captions

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
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
    ],
)
def test_a_name_tells_language_and_kind(
    tmp_path: Path, name: str, language: str | None, kind: str
) -> None:
    put(tmp_path, "clip.mp4", name)
    found = captions.beside(tmp_path / "clip.mp4")
    assert [(one.path, one.language, one.kind) for one in found] == [
        (tmp_path / name, language, kind)
    ]


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


def test_a_folder_that_is_gone_has_no_sidecars(tmp_path: Path) -> None:
    assert captions.beside(tmp_path / "gone" / "clip.mp4") == []
