"""Reasons and next steps of files on Arabic pages: translated where a pattern knows them."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

import mediacatalog
from mediacatalog.catalog.holdings import NEXT_STEPS
from mediacatalog.media import playable, sniff
from mediacatalog.web import reasons
from tests.factories import make_clip

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.settings import Settings
    from tests.web.archive import Archive

ARABIC = {"Accept-Language": "ar"}
LETTER = re.compile("[ء-ي]")


def in_arabic(text: str) -> str:
    app = Flask(__name__)
    app.secret_key = secrets.token_hex()
    with app.test_request_context("/", headers=ARABIC):
        return reasons.told(text)


def test_every_pattern_is_what_some_part_says() -> None:
    """A reason that is put in other words would silently be shown in English again."""
    sources = Path(mediacatalog.__file__).parent.rglob("*.py")
    said = " ".join(
        re.sub(r'"\s*f?"', "", path.read_text(encoding="utf-8"))
        for path in sources
        if path.name != "reasons.py"
    )
    for pattern in reasons.EVERY:
        for part in re.split(r"%\(\w+\)s", pattern):
            assert part.strip(". ()") in said, pattern


@pytest.mark.parametrize("path", ["page.mp4", "none.mp4", "list.mp4"])
def test_what_is_no_video_is_said_in_arabic(tmp_path: Path, path: str) -> None:
    bytes_of = {"page.mp4": b"<!doctype html><p>404", "none.mp4": b"", "list.mp4": b"#EXTM3U\n"}
    (tmp_path / path).write_bytes(bytes_of[path])
    reason = sniff.not_footage(tmp_path / path)
    assert reason
    assert LETTER.search(in_arabic(reason))


def test_next_steps_are_said_in_arabic() -> None:
    for step in filter(None, NEXT_STEPS.values()):
        assert LETTER.search(in_arabic(step))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the picture lasts 3.63 s, the sound 7.94 s", ["3.63", "7.94"]),
        ("gave up after 5 attempts: can't be read: I/O error", ["5", "I/O error"]),
        ("no video stream; it claims pixels of 0:1; taken as square", ["0:1"]),
        ("the codec snow isn't among those that are decoded here", ["snow"]),
    ],
)
def test_what_is_told_within_a_reason_stays(text: str, kept: list[str]) -> None:
    said = in_arabic(text)
    assert LETTER.search(said)
    assert all(one in said for one in kept)
    assert "attempts" not in said
    assert "be read" not in said


@pytest.mark.parametrize("text", ["", "Invalid NAL unit size", "%(why)s", "100 % of {0}"])
def test_what_no_pattern_knows_is_shown_as_it_is(text: str) -> None:
    assert in_arabic(text) == text


def test_a_page_says_it_and_escapes_what_it_quotes(
    archive: Archive, client: FlaskClient, settings: Settings
) -> None:
    problem = "the codec <b>x</b> isn't among those that are decoded here"
    clip = archive.add(make_clip(settings.media, "a.mp4"), problems=[problem])
    page = client.get(f"/clips/{clip}", headers=ARABIC).text
    assert "الترميز &lt;b&gt;x&lt;/b&gt; ليس مما يُفك هنا" in page
    assert "isn&#39;t among" not in page
    assert "isn&#39;t among" in client.get(f"/clips/{clip}").text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the container says 2017-11-10T09:00:00Z; a caption, the article agree", ["2017-11-10"]),
        ("a person says 2017; a caption agrees", ["2017"]),
        ("nothing says when; the file's time of change says not later than 2018-01-02", ["2018"]),
        ("a person says 2017-11, a caption says 2019: 400 days apart", ["2017-11", "2019", "400"]),
        ("the satellite fix says 1, 2, the clip's own place says Homs: 90 km apart", ["1, 2"]),
        ("named in “A ferry; by night”, accepted by hana", ["A ferry; by night", "hana"]),
        ("entered by hana: as the uploader says", ["hana", "as the uploader says"]),
        ("the clip's name and a video's title share the words: ferry", ["ferry"]),
        ("has: is followed by one of captions, article", ["has:", "captions, article"]),
        (
            "date: is followed by 2017, 2017-11, 2017-11-09..2017-11-19 or >2017",
            ["date:", "2017-11"],
        ),
        ("duration: is followed by >5m, 30s..2m or <1:30", ["duration:", ">5m", "<1:30"]),
        ("“Zelenksy” is also looked for as zelensky", ["Zelenksy", "zelensky"]),
        ("only the first 2000 characters were read", ["2000"]),
        ("only the first 20 values of a facet were looked for", ["20"]),
        ("AND is left out: all words are looked for anyway", ["AND"]),
        ("NOT is looked for as a word; -word leaves one out", ["NOT"]),
    ],
)
def test_why_a_day_a_place_or_a_story_is_said_in_arabic(text: str, kept: list[str]) -> None:
    said = in_arabic(text)
    assert LETTER.search(said)
    assert all(one in said for one in kept)
    ours = re.sub("|".join(map(re.escape, kept)), "", said)
    for word in (" or ", "agree", "says", "person", "caption", "apart", "name", "accepted", "only"):
        assert word not in ours


def test_every_reason_of_a_proxy_is_said_in_arabic() -> None:
    for why in playable.WHY.values():
        assert LETTER.search(in_arabic(why)), why
