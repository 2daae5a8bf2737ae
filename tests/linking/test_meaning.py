"""Texts in different languages, compared by an encoder where one is installed; here a stand-in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from mediacatalog.linking import ClipFacts, Story, meaning, propose
from mediacatalog.text import encoder
from mediacatalog.values import Article

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKET = "Видео показывает удар по рынку в городе, погибли десятки людей, сообщили спасатели."
STRIKE = "Rescue workers say that an air strike on the market of the town killed dozens of people."
OTHER = "The parliament debated the new budget on Friday and put off the vote until next month."
STAND_IN = """
class USE:
    def __init__(self, threads): pass
    def encode(self, texts):
        return [[1.0, 0.1] if ("рынку" in t or "market" in t) else [0.1, 1.0] for t in texts]
"""


def story(text: str) -> Story:
    return Story(Article("T", None, None, None, None, None, None, text, (), ()))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / f"{encoder.MODULE}.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    encoder.encoder.cache_clear()
    meaning._vectors.cache_clear()
    yield
    sys.modules.pop(encoder.MODULE, None)
    encoder.encoder.cache_clear()
    meaning._vectors.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_passage_in_another_language_is_a_reason_with_its_place() -> None:
    text = f"{OTHER}\n\n{STRIKE}"
    (reason,) = meaning.compare(ClipFacts("a.mp4", captions=MARKET), story(text))
    assert (reason.kind, reason.strength) == ("same meaning", 1.0)
    assert text[reason.start : reason.end] == STRIKE


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("said", "told"), [(MARKET, OTHER), (STRIKE, STRIKE), ("рынку", STRIKE), (MARKET, "")]
)
def test_other_passages_one_language_or_too_little_is_none(said: str, told: str) -> None:
    assert meaning.compare(ClipFacts("a.mp4", captions=said), story(told)) == []


@pytest.mark.usefixtures("installed")
def test_meaning_alone_makes_no_certain_link() -> None:
    found = propose(ClipFacts("a.mp4", captions=MARKET), story(STRIKE))
    assert found is not None
    assert not found.certain
    assert found.score < 0.5


def test_without_an_encoder_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "MODULE", "no_such_package_anywhere")
    encoder.encoder.cache_clear()
    try:
        assert meaning.compare(ClipFacts("a.mp4", captions=MARKET), story(STRIKE)) == []
    finally:
        encoder.encoder.cache_clear()
