"""Evidence that a story belongs to a clip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mediacatalog import articles
from mediacatalog.articles import ArticleFile
from mediacatalog.linking import ClipFacts, Story, likely, propose
from mediacatalog.values import Article, EmbeddedVideo, LinkProposal


def story(
    title: str | None = "Ferry carries hundreds to safety as the Orla floods",
    *,
    videos: tuple[EmbeddedVideo, ...] = (),
    published: str | None = None,
    text: str = "Some words of the story.",
    url: str | None = None,
) -> Article:
    return Article(title, None, None, published, "en", url, None, text, (), videos)


def video(
    video_id: str | None, url: str = "https://news.example/v", title: str | None = None
) -> EmbeddedVideo:
    return EmbeddedVideo(url, title, video_id)


def beside(name: str, kind: str) -> ArticleFile:
    return ArticleFile(Path(name), kind)  # type: ignore[arg-type]


def kinds(link: LinkProposal | None) -> list[str]:
    assert link is not None
    return [one.kind for one in link.evidence]


def test_nothing_in_common_gives_no_link() -> None:
    assert propose(ClipFacts("other.mp4"), story()) is None


def test_the_same_name_is_certain() -> None:
    link = propose(ClipFacts("clip.mp4"), story(), beside=beside("clip.html", "same name"))
    assert link is not None
    assert link.certain
    assert link.relation == "describes"
    assert link.evidence[0].detail == "has the same name as the clip: clip.html"


def test_the_same_folder_alone_is_a_suggestion() -> None:
    link = propose(ClipFacts("clip.mp4"), story(), beside=beside("article.html", "same folder"))
    assert link is not None
    assert not link.certain
    assert link.score == pytest.approx(0.5)


def test_weak_reasons_add_up_but_never_to_certainty() -> None:
    name = "Ferry carries hundreds to safety as the Orla floods.mp4"
    link = propose(
        ClipFacts(name, recorded_at="2031-03-14T09:00:00"),
        story(published="2031-03-14T13:20:00+02:00"),
        beside=beside("article.html", "same folder"),
    )
    assert kinds(link) == ["title", "same folder", "published soon after"]
    assert link is not None
    assert 0.9 < link.score < 1
    assert not link.certain


@pytest.mark.parametrize(
    ("name", "video_id", "linked"),
    [
        ("Smoke [QPRb71FGCgI].mp4", "QPRb71FGCgI", True),
        ("Smoke-QPRb71FGCgI.mp4", "QPRb71FGCgI", True),
        ("QPRb71FGCgI.mp4", "QPRb71FGCgI", True),
        ("x_842549995492577282_1.mp4", "842549995492577282", True),
        ("20190508_channel_123.mp4", "channel/123", False),
        ("Smoke [QPRb71FGCgI2].mp4", "QPRb71FGCgI", False),
        ("smoke [qprb71fgcgi].mp4", "QPRb71FGCgI", False),
        ("clip 123.mp4", "123", False),
        ("harbour fire.mp4", "harbour", False),
    ],
)
def test_an_id_in_the_name_must_stand_alone(name: str, video_id: str, linked: bool) -> None:  # noqa: FBT001
    link = propose(ClipFacts(name), story(videos=(video(video_id),)))
    assert (link is not None) is linked
    if linked:
        assert link is not None
        assert link.certain


def test_an_address_in_the_files_tags_is_certain() -> None:
    clip = ClipFacts("a.mp4", urls=("https://www.youtube.com/watch?v=QPRb71FGCgI",))
    link = propose(clip, story(videos=(video("QPRb71FGCgI"),)))
    assert link is not None
    assert link.certain


def test_a_page_that_plays_the_file_belongs_to_it() -> None:
    shown = video(None, "https://news.example/media/harbour-fire-east.mp4")
    link = propose(ClipFacts("harbour-fire-east.mp4"), story(videos=(shown,)))
    assert kinds(link) == ["plays the file"]


def test_a_camera_name_connects_little() -> None:
    shown = video(None, "https://news.example/media/IMG_0001.MP4")
    link = propose(ClipFacts("IMG_0001.MP4"), story(videos=(shown,)))
    assert link is not None
    assert not link.certain


def test_an_address_that_the_page_shows_is_certain_whatever_the_platform() -> None:
    clip = ClipFacts("a.mp4", urls=("https://news.example/v/film#t=3",))
    link = propose(clip, story(videos=(video(None, "http://www.news.example/v/film/"),)))
    assert link is not None
    assert link.certain
    assert link.relation == "embedded in"


def test_a_renamed_file_is_suggested_by_the_words_of_the_headline() -> None:
    link = propose(ClipFacts("ferry-carries-hundreds_orla-flood.mp4"), story())
    assert link is not None
    assert not link.certain
    assert link.evidence[0].kind == "title words"


def test_a_name_in_another_script_is_heard() -> None:
    link = propose(ClipFacts("hujum-mashfa-kafranbel.mp4"), story("الهجوم على مشفى كفرنبل"))
    assert kinds(link)[0] == "title sound"


def test_another_part_of_a_series_is_no_match_by_its_headline() -> None:
    first = propose(
        ClipFacts("medical facilities under fire part 1.mp4"),
        story("Part 1 - Medical facilities under fire"),
    )
    third = propose(
        ClipFacts("medical facilities under fire part 1.mp4"),
        story("Part 3 - Medical facilities under fire"),
    )
    assert first is not None
    assert third is None or third.score < first.score - 0.2


def test_a_quoted_phrase_shows_where_the_story_says_it() -> None:
    text = (
        "A word before. The ferry left the east bank of the Orla with nobody at the wheel. After."
    )
    said = "the ferry left the East Bank of the Orla with nobody at the wheel"
    link = propose(ClipFacts("a.mp4", captions=said), story(text=text))
    assert link is not None
    reason = link.evidence[0]
    assert reason.kind == "same phrase"
    assert text[reason.start : reason.end] == text[15:80].rstrip(". ")


def test_names_meet_across_languages() -> None:
    clip = ClipFacts("a.mp4", captions="Удар по городу Букемаль и по Маядину, 22 апреля 2017 года")
    told = story(text="غارات على مدينتي البوكمال والميادين في 22 نيسان 2017")
    assert {"shared names", "named day"} <= set(kinds(propose(clip, told)))


def test_the_day_and_the_place_suggest_and_never_link() -> None:
    clip = ClipFacts("VID_20170422_101500.mp4", location=(34.452, 40.918))
    told = story(text="On 22 April 2017 the town of Abu Kamal was shelled.")
    link = propose(clip, told)
    assert {"named day", "shot near", "place and day"} <= set(kinds(link))
    assert link is not None
    assert not link.certain
    assert link.relation == "same event"


def test_what_hardly_fits_gives_way_to_what_explains_the_clip() -> None:
    clip = ClipFacts("Ferry carries hundreds to safety as the Orla floods.mp4")
    good, weak = propose(clip, story()), propose(clip, story("Ferry carries hundreds of cars"))
    assert good is not None
    found = {"good": good} | ({"weak": weak} if weak else {})
    assert list(likely(found)) == ["good"]


def test_a_date_alone_connects_nothing() -> None:
    clip = ClipFacts("2031-03-14.mp4", recorded_at="2031-03-14T09:00:00")
    assert propose(clip, story(published="2031-03-14")) is None


def test_a_clip_with_the_title_of_the_shown_video_is_suggested() -> None:
    shown = video(None, title="Shaam News published a video")
    link = propose(ClipFacts("Shaam News published a video.mp4"), story(videos=(shown,)))
    assert kinds(link)[0] == "video title"


@pytest.mark.samples
def test_investigations_are_linked_to_the_videos_they_cite_and_no_others(samples: Path) -> None:
    pairs = json.loads((samples / "articles/syrian-archive/linking.json").read_text())["pairs"]
    stories = {
        name: Story(articles.read((samples / name).read_bytes(), name=Path(name).name))
        for name in sorted({pair["article"] for pair in pairs})
    }
    cited = {(pair["article"], pair["id"]) for pair in pairs}
    found = {
        (name, video_id)
        for _, video_id in cited
        for name, one in stories.items()
        if (link := propose(ClipFacts(f"A clip [{video_id}].mp4"), one)) and link.certain
    }
    assert found <= cited
    # One address is written so badly that its "id" is a time stamp of the link shortener.
    assert len(cited - found) <= 2


@pytest.mark.samples
def test_downloads_are_linked_to_their_records(samples: Path) -> None:
    for clip in sorted((samples / "sidecars/ytdlp-set").glob("*.mp4")):
        candidates = articles.beside(clip)
        assert [one.kind for one in candidates] == ["download record", "description"]
        for one in candidates:
            article = articles.read(one.path.read_bytes(), name=one.path.name)
            link = propose(ClipFacts(clip.name), article, beside=one)
            assert link is not None
            assert link.certain
            assert link.relation == "describes"
