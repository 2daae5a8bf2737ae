"""What a page says of its story when it doesn't say it plainly; what is furniture by its place."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from lxml.html import document_fromstring

from mediacatalog.articles import blocks, dates, jsonld
from tests.articles.test_page import BODY, page

if TYPE_CHECKING:
    from mediacatalog.articles import Article

STORY = """<h1>Ferry carries hundreds to safety</h1>{after}
<p>A single car ferry carried more than four hundred people across the Orla river on Friday after
the water rose by two metres in one night, and went on through the night.</p>
<p>Families were taken to the school in Upper Darvena, said the ferry's master between two
crossings, and nobody was left on the east bank when the day broke.</p>"""


def reasons(story: Article) -> dict[str, str]:
    return {one.why: one.text for one in story.removed}


def test_a_heading_that_holds_the_logo_gives_the_headline_alone() -> None:
    body = STORY.replace(
        "<h1>Ferry carries hundreds to safety</h1>",
        '<h1><span>Ferry carries hundreds to safety</span><a href="/">Orla Valley News</a></h1>',
    ).format(after="")
    story = page(body, head="<title>Ferry carries hundreds to safety</title>")
    assert story.title == "Ferry carries hundreds to safety"


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Flood - Orla Valley News", '<meta property="og:site_name" content="Orla Valley News">'),
        ("Flood | Orlanews", '<link rel="canonical" href="https://www.orlanews.example/a">'),
        ("Orlanews | Flood", '<link rel="canonical" href="https://www.orlanews.example/a">'),
    ],
)
def test_the_name_of_the_site_is_no_part_of_a_title(title: str, head: str) -> None:
    body = STORY.format(after="").split("</h1>")[1]
    assert page(body, head=f"<title>{title}</title>{head}").title == "Flood"


def test_byline_and_day_are_found_near_the_headline_where_nothing_declares_them() -> None:
    after = "<div>Von Mara Velin</div><div>Pressemitteilung vom 20.01.2022</div>"
    story = page(STORY.format(after=after))
    assert (story.byline, story.published) == ("Mara Velin", "2022-01-20")


def test_of_two_dates_of_one_day_the_more_exact_is_taken_and_the_change_is_told_apart() -> None:
    ld = {"@type": "NewsArticle", "datePublished": "2017-11-09", "dateModified": "2017-11-12"}
    head = (
        f'<script type="application/ld+json">{json.dumps(ld)}</script>'
        '<meta property="article:published_time" content="2017-11-09T08:05:00+03:00">'
        '<meta property="article:modified_time" content="2017-11-12T10:00:00Z">'
    )
    story = page(head=head)
    assert story.published == "2017-11-09T08:05:00+03:00"
    assert story.modified == "2017-11-12T10:00:00Z"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("15 تشرين الأول/أكتوبر 2017", "2017-10-15"),
        ("٩ نوفمبر ٢٠١٧", "2017-11-09"),
        ("9 ноября 2017", "2017-11-09"),
        ("2013년 8월 3일", "2013-08-03"),
        ("2017年11月9日", "2017-11-09"),
        ("8 de enero de 2014", "2014-01-08"),
        ("15/01/2020", "2020-01-15"),
        ("01/15/2020", "2020-01-15"),
        ("3/4/2017", None),
        ("2022-05-11T4:10:00", "2022-05-11T04:10:00"),
        ("2013/08/03 10:11", "2013-08-03T10:11:00"),
        ("1442501820000", "2015-09-17T14:57:00Z"),
        ("Tue, 03 Nov 2015 10:11:12 +0300", "2015-11-03T10:11:12+03:00"),
        ("32 November 2017", None),
    ],
)
def test_dates_are_read_as_the_languages_write_them(written: str, day: str | None) -> None:
    assert dates.iso(written) == day


def test_links_to_other_stories_leave_the_story_with_their_heading() -> None:
    links = "".join(
        f'<li><a href="/s/{number}">Another story of the valley, number {number}</a></li>'
        for number in range(4)
    )
    story = page(
        f"<article>{STORY.format(after='')}<h2>More from us</h2><ul>{links}</ul></article>"
    )
    assert "Another story" not in story.text
    assert "More from us" not in story.text
    assert "number 3" in reasons(story)["pointer to other stories"]


def test_a_link_to_a_video_is_no_pointer_to_another_story() -> None:
    link = '<p><a href="{}">A teacher filmed the crossing by night</a></p>'
    tree = document_fromstring(
        link.format("https://youtu.be/QPRb71FGCgI") + link.format("#note") + link.format("/other")
    )
    assert [round(one.linked) for one in blocks.visible(tree)] == [0, 0, 1]


def test_a_gallery_does_not_stand_in_for_the_story() -> None:
    pictures = "".join(
        f"<li><p>{number}/10 Something else happened in a town far away, and people spoke of it "
        "for a long time, because nobody had seen the like of it before.</p></li>"
        for number in range(10)
    )
    paragraphs = STORY.format(after="") + STORY.format(after="").split("</h1>")[1] * 6
    story = page(
        f'<article>{paragraphs}<div class="photo gallery"><ul>{pictures}</ul></div></article>'
    )
    assert "Something else happened" not in story.text
    assert "9/10" in reasons(story)["picture gallery"]
    assert story.text.startswith("A single car ferry")


def test_a_wrapper_with_a_telling_class_is_not_taken_for_what_it_names() -> None:
    story = page(f'<div class="content social-enabled related">{STORY.format(after="")}</div>')
    assert "A single car ferry" in story.text


@pytest.mark.parametrize(
    "line",
    [
        "Topics: Orla, floods, ferries",
        "الآراء الواردة أدناه لا تعبر عن رأي الموقع",
        "The views expressed here are those of the author.",
        "This is a modal window. This modal can be closed by pressing the Escape key.",
    ],
)
def test_more_lines_that_publishing_systems_add(line: str) -> None:
    story = page(f"<article>{STORY.format(after='')}<p>{line}</p></article>")
    assert line not in story.text
    assert any(line in one.text for one in story.removed)


@pytest.mark.parametrize(
    ("markup", "video_id"),
    [
        ('<amp-youtube data-videoid="QPRb71FGCgI"></amp-youtube>', "QPRb71FGCgI"),
        ('<lite-youtube videoid="QPRb71FGCgI"></lite-youtube>', "QPRb71FGCgI"),
        ('<div class="rll-youtube-player" data-id="QPRb71FGCgI"></div>', "QPRb71FGCgI"),
        ('<a href="https://www.youtube.com/shorts/QPRb71FGCgI">x</a>', "QPRb71FGCgI"),
        ('<a href="https://www.youtube.com/live/QPRb71FGCgI?si=x">x</a>', "QPRb71FGCgI"),
        (
            '<noscript><iframe src="https://www.youtube.com/embed/QPRb71FGCgI"></iframe></noscript>',
            "QPRb71FGCgI",
        ),
        (
            '<iframe data-cmp-src="https://platform.twitter.com/embed/Tweet.html?id=84254999"></iframe>',
            "84254999",
        ),
        ('<div data-tweet-id="84254999"></div>', "84254999"),
        ('<iframe src="https://vk.com/video_ext.php?oid=-12&id=345&hash=a"></iframe>', "-12_345"),
        ('<a href="https://vk.com/video-12_345">x</a>', "-12_345"),
        ('<iframe src="https://rumble.com/embed/v2abcd/?pub=4"></iframe>', "v2abcd"),
        ('<iframe src="//ok.ru/videoembed/1234567"></iframe>', "1234567"),
        ('<iframe src="https://www.tiktok.com/embed/v2/67183353908"></iframe>', "67183353908"),
        (
            ('<blockquote class="instagram-media" '
            'data-instgrm-permalink="https://www.instagram.com/reel/CabcD12/?x=1"></blockquote>'),
            "CabcD12",
        ),
        (
            ('<iframe src="https://players.brightcove.net/123/default_default/index.html'
            '?videoId=5990123456001"></iframe>'),
            "5990123456001",
        ),
        ('<video-js class="video-js" data-video-id="5990123456001"></video-js>', "5990123456001"),
        ('<script src="https://cdn.jwplayer.com/players/aB3dE6gH-xyz.js"></script>', "aB3dE6gH"),
        ('<iframe src="https://www.dailymotion.com/embed/video/x7tgad0"></iframe>', "x7tgad0"),
        ('<video><source data-src="/v/ferry.mp4"></video>', None),
        (r'<script>setup({"file":"https:\/\/cdn.example\/v\/ferry.mp4"})</script>', None),
        ('<param name="movie" value="https://www.youtube.com/v/QPRb71FGCgI">', "QPRb71FGCgI"),
    ],
)  # fmt: skip
def test_players_of_every_make_name_their_video(markup: str, video_id: str | None) -> None:
    found = page(BODY + markup).videos
    assert [video.id for video in found] == [video_id]


def test_a_broken_script_of_several_objects_gives_all_of_them() -> None:
    script = (
        '{"@graph":[{"@type":"NewsArticle","headline":"A "quoted" b","datePublished":"2031-03-14"},'
        '{"@type":"VideoObject","name":"Crossing","embedUrl":"https://youtu.be/QPRb71FGCgI",},]}'
    )
    story = page(head=f'<script type="application/ld+json">{script}</script>')
    assert story.published == "2031-03-14"
    assert [(one.id, one.title) for one in story.videos] == [("QPRb71FGCgI", "Crossing")]


@pytest.mark.parametrize(
    "script", ["{" + "/* " * 600_000 + "*/", "{" + " " * 1_900_000 + "x", "//" + "\n" * 1_900_000]
)
def test_hostile_scripts_take_bounded_time(script: str) -> None:
    began = time.process_time()
    jsonld.read([script])
    assert time.process_time() - began < 3
