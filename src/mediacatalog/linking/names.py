"""A clip's name and title against a story's headline, address and the titles of its videos."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mediacatalog.linking.facts import plain_word, readable
from mediacatalog.linking.reasons import Reason
from mediacatalog.linking.skeletons import skeletons

if TYPE_CHECKING:
    from mediacatalog.linking.facts import ClipFacts
    from mediacatalog.values import Article

STOP = frozenset(
    "the a an and or of in on at to for from by with is are was were as it its his her their this "
    "that after before over under how what when where who why not no new video clip footage film "
    "watch live raw full hd part copy final edit version mp4 news report story official breaking "
    "youtube facebook twitter telegram channel page post published uploaded "
    "في من على الى عن ان مع بعد قبل هذا هذه التي الذي فيديو شاهد عاجل تقرير "
    "в на и с по из от для о об как что это не за после до видео".split()
)
LEAST_WORDS = 3


def compare(clip: ClipFacts, article: Article) -> list[Reason]:
    """The best of: equal titles, words in common, the same name in another script."""
    files = (readable(name) for name in (clip.name, *clip.other_names))
    titles = [title for title in (clip.title, *files) if title]
    for video in article.videos:
        if video.title and any(_equal(title, video.title) for title in titles):
            detail = f"the page shows a video with the clip's title: {video.title}"
            return [Reason("video title", detail)]
    if article.title and any(_equal(title, article.title) for title in titles):
        return [Reason("title", f"the clip's title is the headline: {article.title}")]
    return _by_words(titles, article) or _by_sound(titles, article)


def slug(article: Article) -> str:
    """The words in the last part of the article's address."""
    try:
        path = unquote(urlsplit(article.url or "").path).rstrip("/")
    except ValueError:
        return ""
    return re.sub(r"\.\w{2,5}$", "", path.rsplit("/", 1)[-1])


def telling_words(title: str) -> list[str]:
    """Folded words without numbers, articles and those that say nothing, each once, in order."""
    found = (plain_word(word) for word in re.findall(r"[^\W_]+", title))
    return list(
        dict.fromkeys(
            word for word in found if len(word) > 2 and word not in STOP and not word.isdigit()
        )
    )


def _numbers(title: str) -> set[int]:
    """Small numbers, as parts of a series have them; no years and days."""
    return {int(one) for one in re.findall(r"(?<!\d)\d{1,2}(?!\d)", title)}


def _by_words(titles: list[str], article: Article) -> list[Reason]:
    wholes = [(article.title or "", "the headline"), (slug(article), "the page's address")]
    wholes += [(video.title, "a video's title") for video in article.videos if video.title]
    best: tuple[float, str] = (0.0, "")
    for title in titles:
        own = telling_words(title)
        for whole, what in wholes:
            strength, common = _overlap(own, telling_words(whole))
            other = _numbers(whole)
            if other and (number := _numbers(title)) and not number & other:
                strength *= 0.4  # another part of the same series
            if strength > best[0]:
                words = ", ".join(common[:8])
                best = (strength, f"the clip's name and {what} share the words: {words}")
    return [Reason("title words", best[1], round(best[0], 2))] if best[0] else []


def _overlap(own: list[str], other: list[str]) -> tuple[float, list[str]]:
    """How far the shorter lies in the longer, and what is common; 0 for an accident."""
    common = [word for word in own if word in set(other)]
    if len(common) < LEAST_WORDS and sum(map(len, common)) < 14:
        return 0.0, []
    share = len(common) / max(1, min(len(own), len(other)))
    if share < 0.6 or len(common) < 2:
        return 0.0, []
    return min(1.0, share * (0.5 + 0.17 * (len(common) - 1))), common


def _by_sound(titles: list[str], article: Article) -> list[Reason]:
    """The name in another script: the same consonants, word by word."""
    best, best_title = 0.0, ""
    for whole in (article.title or "", *(one.title or "" for one in article.videos)):
        wanted = set(skeletons(" ".join(telling_words(whole))))
        for title in titles:
            own = list(dict.fromkeys(skeletons(" ".join(telling_words(title)))))
            common = [word for word in own if word in wanted]
            share = len(common) / max(1, min(len(own), len(wanted)))
            if sum(map(len, common)) >= 7 and len(common) >= 2 and share >= 0.6 and share > best:
                best, best_title = share, whole
    if not best:
        return []
    detail = f"the clip's name sounds like the headline in another script: {best_title}"
    return [Reason("title sound", detail, round(best, 2))]


def _equal(one: str, other: str) -> bool:
    """The same words in the same order, and enough of them to be no accident."""
    words = _words(one)
    return len("".join(words)) >= 12 and len(words) >= LEAST_WORDS and words == _words(other)


def _words(title: str) -> list[str]:
    return [plain_word(word) for word in re.findall(r"[^\W_]+", title)]
