"""Saved pages against their sources' own gold, beside trafilatura, htmldate and extruct.

Where the gold holds the whole text, the F1 of its words is counted; where it holds passages that
must or mustn't be in the text (trafilatura's own evaluation), their F1; where it holds an opening
(goose), whether the text has it. Titles must be equal to the letter, but for the kind of quotation
marks and spaces; dates to the day. Videos are those that a plain look at the page's markup finds:
`youtube_ids`, `tweet_status_ids`, the addresses of `VideoObject` and `og:video`.

htmldate and extruct are asked where they are installed; they are no dependency of ours.

    benchmarks/articles.py [--each] [--only READER] [FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import trafilatura
from trafilatura.settings import use_config

from mediacatalog import articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

with contextlib.suppress(ImportError):
    import htmldate
with contextlib.suppress(ImportError):
    import extruct

SAMPLES = Path(__file__).parents[1].parent / "shared" / "samples" / "articles"
CONFIG = use_config()
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass
class Answer:
    """What one reader says of one page; None: it doesn't answer this question."""

    text: str | None = None
    title: str | None = None
    byline: str | None = None
    published: str | None = None
    videos: set[str] | None = None
    silent: frozenset[str] = frozenset()
    """Questions that this reader can't be asked."""


@dataclass
class Page:
    name: str
    data: bytes
    url: str | None
    text: str | None
    title: str | None
    byline: str | None
    published: str | None
    inside: list[str]
    outside: list[str]
    opening: str | None
    videos: set[str]


@dataclass
class Tally:
    f1: list[float] = field(default_factory=list)
    passages: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    silent: frozenset[str] = frozenset()

    def line(self, name: str) -> str:
        hits, wrong = self.passages["inside"], self.passages["outside"]
        missed = self.passages["wanted"] - hits
        passage_f1 = 2 * hits / max(1, 2 * hits + wrong + missed)
        cells = [f"{name:24}"]
        texts = "text" not in self.silent
        cells.append(f"{sum(self.f1) / max(1, len(self.f1)):7.3f}" if texts else f"{'–':>7}")
        cells.append(f"{passage_f1:9.3f}" if texts else f"{'–':>9}")
        for question in ("opening", "title", "byline", "published", "videos"):
            known = question not in self.silent
            shown = f"{self.right[question]}/{self.asked[question]}" if known else "–"
            cells.append(f"{shown:>10}")
        return " ".join(cells) + f" {self.seconds:7.1f}s"


HEADING = (
    f"{'':24} {'text F1':>7} {'passages':>9} {'opening':>10} {'title':>10} {'byline':>10} "
    f"{'published':>10} {'videos':>10} {'time':>8}"
)


# --- gold -----------------------------------------------------------------------------------------


def pages(folder: Path) -> Iterable[Page]:
    for truth in sorted(folder.glob("*.truth.json")):
        record = json.loads(truth.read_text())
        gold, plain = record["source_gold"], record.get("plain_parse") or {}
        said = gold.get("metadata") or {}
        name = truth.name.removesuffix(".truth.json") + ".html"
        yield Page(
            name=name,
            data=gzip.decompress((folder / f"{name}.gz").read_bytes()),
            url=record.get("url"),
            text=gold.get("articleBody") or gold.get("text"),
            title=gold.get("title") or said.get("title") or None,
            byline=gold.get("author") or said.get("byline") or ", ".join(gold.get("authors") or []),
            published=(
                gold.get("date") or gold.get("publish_date") or said.get("publishedTime") or None
            ),
            inside=gold.get("with") or [],
            outside=gold.get("without") or [],
            opening=gold.get("cleaned_text"),
            videos=set(_videos(plain)),
        )


def _videos(plain: dict[str, Any]) -> Iterable[str]:
    yield from plain.get("youtube_ids") or []
    yield from plain.get("tweet_status_ids") or []
    for node in plain.get("VideoObject") or []:
        own = [node.get(key) for key in ("embedUrl", "contentUrl")]
        yield from filter(None, (_key(one) for one in own if isinstance(one, str)))
    for name, value in (plain.get("og") or {}).items():
        if name.startswith("og:video") and "http" in str(value):
            yield _key(str(value))


def _key(url: str) -> str:
    """A video by its platform's id, else by host and path: schemes and queries vary."""
    known = articles.videos.identify("https:" + url if url.startswith("//") else url)
    if known:
        return known.id
    parts = urlsplit(url.strip())
    return f"{parts.netloc}{parts.path}"


# --- readers --------------------------------------------------------------------------------------


def ours(page: Page) -> Answer:
    found = articles.read(page.data, name=page.name)
    return Answer(
        found.text,
        found.title,
        found.byline,
        found.published,
        {_key(one.url) for one in found.videos} | {one.id for one in found.videos if one.id},
    )


def trafilatura_(**options: bool) -> Callable[[Page], Answer]:
    def read(page: Page) -> Answer:
        text = trafilatura.extract(page.data, include_comments=False, config=CONFIG, **options)
        said = trafilatura.extract_metadata(page.data)
        return Answer(
            text or "",
            said.title if said else None,
            said.author if said else None,
            said.date if said else None,
            silent=frozenset({"videos"}),
        )

    return read


def htmldate_(page: Page) -> Answer:
    html = page.data.decode("utf-8", errors="replace")
    try:
        moment = htmldate.find_date(html, original_date=True)
    except (ValueError, TypeError):
        moment = None
    return Answer(
        published=moment, silent=frozenset({"text", "opening", "title", "byline", "videos"})
    )


def extruct_(page: Page) -> Answer:
    """Its JSON-LD, microdata and Open Graph, as a program that trusts them would take them."""
    html = page.data.decode("utf-8", errors="replace")
    found = extruct.extract(
        html,
        syntaxes=["json-ld", "microdata", "opengraph"],
        uniform=True,
        errors="ignore",
    )
    answer = Answer(videos=set(), silent=frozenset({"text", "opening"}))
    waiting: list[Any] = [*found.get("json-ld", []), *found.get("microdata", [])]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting += node
        if not isinstance(node, dict):
            continue
        kind = str(node.get("@type"))
        if "Article" in kind or "BlogPosting" in kind:
            answer.title = answer.title or node.get("headline")
            answer.published = answer.published or node.get("datePublished")
            people = node.get("author")
            people = people if isinstance(people, list) else [people]
            names = [one.get("name") if isinstance(one, dict) else one for one in people]
            answer.byline = answer.byline or ", ".join(map(str, filter(None, names)))
        if "VideoObject" in kind:
            own = [node.get("embedUrl"), node.get("contentUrl")]
            answer.videos |= {_key(one) for one in own if isinstance(one, str)}
        waiting += list(node.values())
    for node in found.get("opengraph", []):
        answer.title = answer.title or node.get("og:title")
        answer.published = answer.published or node.get("article:published_time")
        values = [value for key, value in node.items() if key.startswith("og:video")]
        answer.videos |= {_key(one) for one in values if isinstance(one, str) and "http" in one}
    return answer


READERS: dict[str, Callable[[Page], Answer]] = {
    "mediacatalog": ours,
    "trafilatura": trafilatura_(),
    "trafilatura, precision": trafilatura_(favor_precision=True),
    "trafilatura, recall": trafilatura_(favor_recall=True),
}
if "htmldate" in globals():
    READERS["htmldate"] = htmldate_
if "extruct" in globals():
    READERS["extruct"] = extruct_


# --- comparison -----------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    found = re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())
    return list("".join(found)) if _CJK.search("".join(found)) else found


def f1(text: str, truth: str) -> float:
    own, gold = Counter(words(text)), Counter(words(truth))
    return 2 * (own & gold).total() / max(1, own.total() + gold.total())


def _same(one: object, other: str) -> bool:
    if not isinstance(one, str):
        return False
    folded = (
        " ".join(re.sub("[‘’‚´`]", "'", re.sub("[“”„«»″]", '"', text)).split())
        for text in (one, other)
    )
    first, second = folded
    return first == second


def _people(value: str) -> frozenset[str]:
    parts = re.split(r"\s*(?:[,;]|\band\b|\bund\b|&)\s*", value.casefold())
    return frozenset(re.sub(r"^(?:by|von|por|par)\s+", "", one) for one in parts if one)


def compare(page: Page, answer: Answer, tally: Tally) -> dict[str, object]:
    """Counts one answer; returns what was wrong, for `--each`."""
    wrong = _compare_text(page, answer, tally) if answer.text is not None else {}
    text = " ".join((answer.text or "").split())
    start = " ".join((page.opening or "").split())[:60]
    day = str(answer.published or "")[:10]
    people = _people(str(answer.byline or "")) == _people(page.byline or "")
    for question, wanted, right, shown in (
        ("opening", page.opening, start in text, (text[:60], start)),
        ("title", page.title, _same(answer.title, page.title or ""), answer.title),
        ("byline", page.byline, people, answer.byline),
        ("published", page.published, day == (page.published or "")[:10], day),
    ):
        if not wanted or question in answer.silent:
            continue
        tally.asked[question] += 1
        tally.right[question] += right
        if not right:
            wrong[question] = (shown, wanted)
    if page.videos and "videos" not in answer.silent:
        tally.asked["videos"] += len(page.videos)
        tally.right["videos"] += len(page.videos & (answer.videos or set()))
        if missing := page.videos - (answer.videos or set()):
            wrong["videos"] = sorted(missing)
    return wrong


def _compare_text(page: Page, answer: Answer, tally: Tally) -> dict[str, object]:
    wrong: dict[str, object] = {}
    text = " ".join((answer.text or "").split())
    if page.text:
        tally.f1.append(f1(answer.text or "", page.text))
        wrong["f1"] = round(tally.f1[-1], 3)
    hits = [one for one in page.inside if " ".join(one.split()) in text]
    false = [one for one in page.outside if " ".join(one.split()) in text]
    tally.passages["wanted"] += len(page.inside)
    tally.passages["inside"] += len(hits)
    tally.passages["outside"] += len(false)
    if missed := [one for one in page.inside if one not in hits]:
        wrong["missed"] = missed
    if false:
        wrong["kept"] = false
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--each", action="store_true", help="what was wrong on each page")
    parser.add_argument("--only", choices=READERS, help="ask one reader")
    given = parser.parse_args()
    gold = list(pages(given.folder))
    whole = sum(page.text is not None for page in gold)
    print(f"{len(gold)} pages, {whole} with their whole text\n\n{HEADING}")
    tallies: dict[str, Tally] = defaultdict(Tally)
    for name, read in READERS.items():
        if given.only not in (None, name):
            continue
        tally = tallies[name]
        for page in gold:
            began = time.perf_counter()
            answer = read(page)
            tally.seconds += time.perf_counter() - began
            tally.silent = answer.silent
            wrong = compare(page, answer, tally)
            if given.each and name == "mediacatalog":
                print(page.name, json.dumps(wrong, ensure_ascii=False), file=sys.stderr)
        print(tally.line(name), flush=True)


if __name__ == "__main__":
    main()
