"""Records of yt-dlp: foreign JSON whose values may be of any type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import articles
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from pathlib import Path


def read(**fields: Any) -> articles.Article:
    return articles.read(json.dumps(fields).encode(), name="clip.info.json")


def test_a_record_gives_the_video_with_its_words() -> None:
    story = read(
        id="QPRb71FGCgI",
        title="Smoke over the harbour",
        description="Filmed at dawn.\n\nSubscribe to our newsletter",
        uploader="Port News",
        upload_date="20190508",
        extractor_key="Youtube",
        webpage_url="https://www.youtube.com/watch?v=QPRb71FGCgI",
        language="en",
    )
    assert story.title == "Smoke over the harbour"
    assert story.text == "Filmed at dawn."
    assert (story.byline, story.site, story.published) == ("Port News", "YouTube", "2019-05-08")
    assert [one.id for one in story.videos] == ["QPRb71FGCgI"]
    assert [one.why for one in story.removed] == ["newsletter prompt"]


def test_the_second_of_the_upload_wins_over_its_day() -> None:
    story = read(title="a", upload_date="20190508", timestamp=1557316800)
    assert story.published == "2019-05-08T12:00:00Z"


def test_addresses_that_are_no_web_addresses_are_dropped() -> None:
    story = read(title="a", id="../../x", webpage_url="javascript:alert(1)")
    assert story.url is None
    assert story.videos == ()


@pytest.mark.samples
def test_hostile_records_are_read_or_refused(samples: Path) -> None:
    folder = samples / "sidecars/hostile"
    story = articles.read((folder / "traversal.info.json").read_bytes(), name="t.info.json")
    assert (story.title, story.url, story.videos) == ("a", None, ())
    with pytest.raises(UnreadableArticleError, match="no title"):
        articles.read((folder / "wrong_types.info.json").read_bytes(), name="w.info.json")


@pytest.mark.parametrize("data", [b"{", b"[]", b"[" * 200_000, b'{"title": 1}', b"null"])
def test_broken_records_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableArticleError):
        articles.read(data, name="clip.info.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
KEYS = (
    "id", "title", "description", "uploader", "timestamp", "upload_date", "webpage_url",
    "extractor_key", "language",
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES))
def test_values_of_any_type_are_taken_or_refused(fields: dict[str, Any]) -> None:
    try:
        story = read(**fields)
    except UnreadableArticleError:
        return
    assert (story.title or story.text or story.videos) is not None
    story.text.encode()
