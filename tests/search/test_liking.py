"""More like this: clips that share rare words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog.search import SearchQuery, places
from tests.search.rows import a_clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import Results, SearchIndex

    Ask = Callable[..., Results]

CONVOY = [(0, 900, "The armoured convoy left the pontoon"), (1000, 1900, "near Mayadin at dusk")]


@pytest.fixture
def clips(catalogue: Catalogue) -> tuple[str, str, str]:
    for number in range(30):
        a_clip(catalogue, f"The daily news {number}", cues=[(0, 900, "the weather and the news")])
    one = a_clip(catalogue, "Convoy at the pontoon", cues=CONVOY, tags=["convoy"])
    near = a_clip(catalogue, "The pontoon", cues=[(0, 9, "a convoy near Mayadin")])
    far = a_clip(catalogue, "Pontoon", position=(34.4, 40.9), cues=[(0, 9, "at dusk, the news")])
    return one, near, far


def test_clips_with_most_rare_words_in_common_come_first(
    ask: Ask, clips: tuple[str, str, str]
) -> None:
    one, near, far = clips
    results = ask(f"like:{one}")
    assert [hit.clip_id for hit in results.hits] == [near, far]
    assert "Convoy at the pontoon" in results.notes[0]
    assert results.hits[0].moments[0].source == "caption"
    assert [hit.clip_id for hit in ask(f"like:{one} -near").hits] == [far]


def test_words_that_no_other_clip_has_leave_room_for_those_that_one_has(
    catalogue: Catalogue, ask: Ask
) -> None:
    own = " ".join(f"solely{letter}{other}" for letter in "abcdef" for other in "ghij")
    one = a_clip(
        catalogue, "Solitaire", description=own, cues=[(0, 900, "a zeppelin, a dirigible")]
    )
    other = a_clip(catalogue, "Airships", cues=[(0, 900, "zeppelin and dirigible")])
    results = ask(f"like:{one}")
    assert [hit.clip_id for hit in results.hits] == [other]
    assert "zeppelin" in results.notes[0]
    assert "solely" not in results.notes[0]


def test_a_text_has_likes_too(
    catalogue: Catalogue, index: SearchIndex, ask: Ask, clips: tuple[str, str, str]
) -> None:
    results = ask('like:"pontoon, convoy, and nothing else"')
    assert {hit.clip_id for hit in results.hits} == {clips[0], clips[1]}
    assert places(catalogue, index, SearchQuery(f"like:{clips[0]}")).located == 1


@pytest.mark.parametrize("text", ["like:x", "like:none", 'like:"\0\ud800"', "-like:zzz", "like:*"])
@pytest.mark.usefixtures("clips")
def test_what_nothing_is_like_is_no_error(ask: Ask, text: str) -> None:
    assert ask(text).notes


def test_a_clip_of_common_words_says_that_there_are_none(
    catalogue: Catalogue, ask: Ask, clips: tuple[str, str, str]
) -> None:
    for _ in range(30):
        common = a_clip(catalogue, "news")
    results = ask(f"like:{common}")
    assert results.count == 0
    assert "there are none" in results.notes[0]
    assert clips
