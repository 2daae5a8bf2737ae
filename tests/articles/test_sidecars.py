"""Which files beside a video are taken for its story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog import articles

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path, video: str) -> list[tuple[str, str]]:
    return [(one.path.name, one.kind) for one in articles.beside(folder / video)]


def put(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("clip.html", "same name"),
        ("clip.HTM", "same name"),
        ("clip.mhtml", "same name"),
        ("clip.txt", "same name"),
        ("Clip.md", "same name"),
        ("clip.mp4.txt", "same name"),
        ("clip.ar.html", "same name"),
        ("clip.info.json", "download record"),
        ("clip.description", "description"),
    ],
)
def test_a_file_of_the_same_name_is_the_story(tmp_path: Path, name: str, kind: str) -> None:
    put(tmp_path, "clip.mp4", name)
    assert found(tmp_path, "clip.mp4") == [(name, kind)]


@pytest.mark.parametrize(
    "name",
    ["clip.srt", "clip2.html", "other.txt", "clip.mp4", "_chat.txt", "README.md", "LICENSE.txt",
     "clip.live_chat.json", "notes.md"],
)  # fmt: skip
def test_other_files_are_not(tmp_path: Path, name: str) -> None:
    put(tmp_path, "clip.mp4", name)
    assert found(tmp_path, "clip.mp4") == []


def test_names_with_brackets_are_taken_as_they_are(tmp_path: Path) -> None:
    put(tmp_path, "A [b-c_d1234].mp4", "A [b-c_d1234].info.json", "A b.html")
    assert found(tmp_path, "A [b-c_d1234].mp4") == [("A [b-c_d1234].info.json", "download record")]


def test_an_article_alone_in_the_folder_is_shared(tmp_path: Path) -> None:
    put(tmp_path, "one.mp4", "two.mp4", "article.html")
    assert found(tmp_path, "one.mp4") == [("article.html", "same folder")]
    assert found(tmp_path, "two.mp4") == [("article.html", "same folder")]


def test_of_one_shared_story_in_two_formats_the_page_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "one.mp4", "article.html", "article.txt")
    assert found(tmp_path, "one.mp4") == [("article.html", "same folder")]


def test_a_saved_page_that_names_the_file_is_found(tmp_path: Path) -> None:
    put(tmp_path, "harbour fire.mp4", "fire.mp4")
    put(tmp_path, "A long title - News.html", text='<video src="harbour%20fire.mp4">')
    assert found(tmp_path, "harbour fire.mp4") == [("A long title - News.html", "names the file")]
    assert found(tmp_path, "fire.mp4") == []


def test_a_saved_page_that_names_the_id_is_found(tmp_path: Path) -> None:
    put(tmp_path, "Smoke [QPRb71FGCgI].mp4")
    put(tmp_path, "News.html", text="https://www.youtube.com/embed/QPRb71FGCgI?rel=0")
    assert found(tmp_path, "Smoke [QPRb71FGCgI].mp4") == [("News.html", "names the file")]


def test_the_page_of_another_video_is_left_to_it(tmp_path: Path) -> None:
    put(tmp_path, "one.mp4", "two.mp4")
    put(tmp_path, "two.html", text="see also one.mp4")
    assert found(tmp_path, "one.mp4") == []


def test_links_and_folders_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "clip.mp4", "real.txt")
    (tmp_path / "clip.txt").symlink_to(tmp_path / "real.txt")
    (tmp_path / "clip.html").mkdir()
    assert found(tmp_path, "clip.mp4") == []


def test_a_folder_that_is_gone_has_nothing(tmp_path: Path) -> None:
    assert articles.beside(tmp_path / "gone" / "clip.mp4") == []
