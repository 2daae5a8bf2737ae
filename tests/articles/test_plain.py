"""Stories kept as plain text, Markdown or descriptions."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediacatalog import articles
from mediacatalog.articles import boilerplate
from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from pathlib import Path

STORY = """Ferry resumes after the storm

By Mara Velin

1 1,820

PORT SALIM, Upper Orla (Reuters) – The ferry to the islands sailed again on Monday.

Read more: Ten harbours worth a visit

- Advertisement -

The quay had been closed for a week, the harbour master said.

Sign up here to get the latest news delivered directly to your inbox.
"""


def read(text: str, name: str = "story.txt") -> articles.Article:
    return articles.read(text.encode(), name=name)


@pytest.mark.samples
def test_the_seed_article_is_read_as_its_truth_says(samples: Path) -> None:
    truth = next(
        entry["truth"]
        for entry in json.loads((samples / "samples.json").read_text())["files"]
        if entry["name"] == "articles/abu-kamal.txt"
    )
    story = articles.read((samples / "articles/abu-kamal.txt").read_bytes(), name="abu-kamal.txt")
    assert story.title == truth["title"]
    assert story.dateline == truth["dateline"]
    assert [one.text for one in story.removed] == truth["removed"]
    assert story.language == "en"
    assert story.text.startswith("ABU KAMAL, Syria – A video was recently released")
    assert story.text.endswith("by 19 November.")


def test_the_parts_of_a_story_are_told_apart() -> None:
    story = read(STORY)
    assert story.title == "Ferry resumes after the storm"
    assert story.byline == "Mara Velin"
    assert story.dateline == "PORT SALIM, Upper Orla"
    assert story.text == (
        "PORT SALIM, Upper Orla (Reuters) – The ferry to the islands sailed again on Monday.\n\n"
        "The quay had been closed for a week, the harbour master said."
    )


def test_what_is_removed_is_kept_with_the_reason() -> None:
    assert [(one.text, one.why) for one in read(STORY).removed] == [
        ("1 1,820", "share counter"),
        ("Read more: Ten harbours worth a visit", "pointer to other stories"),
        ("- Advertisement -", "advertisement"),
        (
            "Sign up here to get the latest news delivered directly to your inbox.",
            "newsletter prompt",
        ),
    ]


def test_lines_that_were_only_wrapped_are_one_paragraph() -> None:
    story = read(
        "Harbour evacuated\n\nPORT SALIM – Trucks left the grain harbour on Monday, the master "
        "said. "
        "By 19 Nov\nthe quay stood empty, and the ferries to the islands were cancelled again until"
        " further\nnotice.\n"
    )
    assert "\n" not in story.text


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("12 Shares", "share counter"),
        ("1.2K views", "share counter"),
        ("ADVERTISEMENT", "advertisement"),
        ("إعلان", "advertisement"),
        ("Реклама", "advertisement"),
        ("Facebook Twitter WhatsApp", "share buttons"),
        ("Share this article", "share buttons"),
        ("Get real time updates directly on you device, subscribe now.", "newsletter prompt"),
        ("Подпишитесь на наш канал в Telegram", "newsletter prompt"),
        ("اشترك في نشرتنا البريدية", "newsletter prompt"),
        ("Also read: What we know so far", "pointer to other stories"),
        ("Читайте также: Что известно", "pointer to other stories"),
        ("اقرأ أيضاً: ما نعرفه حتى الآن", "pointer to other stories"),
        ("This website uses cookies to improve your experience.", "cookie notice"),
        ("© 2031 Orla Valley News", "copyright line"),
        ("Follow us on Telegram for more", "follow prompt"),
        ("Leave a comment", "comments prompt"),
        ("Skip to content", "navigation"),
    ],
)
def test_furniture_is_recognised(line: str, why: str) -> None:
    assert boilerplate.why(line) == why


@pytest.mark.parametrize(
    "line",
    [
        "2017",
        "On 9 November 2017, 1,820 people left the town.",
        "Read more closely, the report says something else.",
        "Copyright infringement suits against the broadcaster rose last year.",
        "Like us in many ways, the islanders live from the sea.",
        "Join forces, the commander told the units.",
        "Bake the cookies until they are brown, which is an experience of its own.",
        "اشترك في الهجوم ثلاثة فصائل مسلحة.",
        "Related claims were checked by two laboratories.",
        "Share prices fell after the announcement.",
    ],
)
def test_sentences_of_a_story_stay(line: str) -> None:
    assert boilerplate.why(line) is None


@pytest.mark.parametrize(
    ("opening", "dateline"),
    [
        ("ABU KAMAL, Syria – A video was released", "ABU KAMAL, Syria"),
        ("BEIRUT (Reuters) - The army said", "BEIRUT"),
        ("Beirut, Lebanon (AP) — The army said", "Beirut, Lebanon"),
        ("КИЕВ, 5 марта (Интерфакс) — Военные заявили", "КИЕВ"),
        ("دمشق، سوريا (CNN) -- أكدت جهات", "دمشق، سوريا"),
        ("The army – which left the town – said", None),
        ("He said - and meant it - that", None),
        ("One day later the town fell", None),
    ],
)
def test_datelines_are_found(opening: str, dateline: str | None) -> None:
    assert read(f"A headline of some words\n\n{opening} so on.").dateline == dateline


def test_a_story_without_headline_has_no_title() -> None:
    assert read("KHERSON, Ukraine – A convoy reached the ferry before dawn.").title is None


def test_fields_before_the_story_are_understood() -> None:
    story = read(
        "Title: The bridge\nAuthor: A. Person\nDate: 9 November 2017\nURL: https://news.example/1\n\n"
        "The bridge was closed on Monday."
    )
    assert (story.title, story.byline, story.published) == ("The bridge", "A. Person", "2017-11-09")
    assert story.url == "https://news.example/1"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1256"])
def test_text_is_read_in_other_encodings(encoding: str) -> None:
    words = "قال المتحدث باسم الجيش إن المعارك مستمرة في محيط المدينة منذ الصباح. " * 5
    assert "المتحدث باسم الجيش" in articles.read(words.encode(encoding), name="a.txt").text


def test_markdown_keeps_the_words_and_the_videos() -> None:
    story = read(
        '---\ntitle: "The attack"\ndate: 2019-05-08\n---\n\n## When\n\nA [video](https://www.'
        "youtube.com/watch?v=QPRb71FGCgI) shows **smoke**.\n\n- Place: `Hass`\n",
        "a.md",
    )
    assert story.title == "The attack"
    assert story.published == "2019-05-08"
    assert story.text == "When\n\nA video shows smoke.\n\n- Place: Hass"
    assert [(one.id, one.title) for one in story.videos] == [("QPRb71FGCgI", "video")]


def test_markup_and_control_characters_never_reach_the_text() -> None:
    story = read("Title here\n\n<b>Bold</b>&nbsp;words\x00\x07 and \u202eturned\u202c ones. 3 < 4.")
    assert story.text == "Bold words and turned ones. 3 < 4."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\0" * 100, "empty"),
        (b"%PDF-1.7 rubbish", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (bytes(range(256)) * 40, "not text"),
        (b"a" * 20_000_001, "at most"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.info.json"])
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str, name: str) -> None:
    with pytest.raises(UnreadableArticleError, match=reason):
        articles.read(data, name=name)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=600)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "ignore")),
    st.sampled_from(["a.txt", "a.md", "a.html", "a.description", "a.info.json"]),
)
def test_nothing_but_our_own_error_comes_out(data: bytes, name: str) -> None:
    try:
        story = articles.read(data, name=name)
    except UnreadableArticleError:
        return
    assert json.dumps(articles.as_json(story)).isascii()
    story.text.encode("utf-8")
    assert "\0" not in story.text


def test_hostile_lines_take_bounded_time() -> None:
    lines = ["x " * 110 + "!!", "facebook twitter " * 13 + "!!", "1,1" * 70, "share on x " * 20]
    started = time.process_time()
    read("\n\n".join(line for line in lines for _ in range(300)))
    assert time.process_time() - started < 5
