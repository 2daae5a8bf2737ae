"""Precision and recall of dates, places, people and groups on texts that were marked by hand.

A mention counts as found when it overlaps the mark and its value is right: the EDTF of a date, the
country of a place, the name of a person or group. With the folder of samples, the place names of
`places.json` and the facts of the Syrian Archive's reports are counted too.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.articles.mentions.marked import KINDS, PUBLISHED, TEXTS, Mark, parse  # noqa: E402

from mediacatalog import articles  # noqa: E402
from mediacatalog.articles import mentions  # noqa: E402
from mediacatalog.articles.mentions.values import ActorValue, DateValue, Mention, PlaceValue  # noqa: E402

SAMPLES = ROOT.parent / "shared" / "samples"


@dataclass
class Counts:
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def line(self, kind: str) -> str:
        right, wrong, missed = self.right[kind], self.wrong[kind], self.missed[kind]
        precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
        counted = f"({right} right, {wrong} wrong, {missed} missed)"
        return f"{kind:8} precision {precision:.2f}  recall {recall:.2f}  {counted}"


def value(one: Mention) -> str | None:
    if isinstance(one.value, DateValue):
        return one.value.edtf
    if isinstance(one.value, PlaceValue):
        return one.value.country
    return one.value.name if isinstance(one.value, ActorValue) else None


def count(
    found: tuple[Mention, ...], marks: list[Mark], counts: Counts, *, show: bool = False
) -> None:
    left = list(found)
    for mark in marks:
        hit = next(
            (
                one
                for one in left
                if one.kind == mark.kind
                and one.start < mark.end
                and mark.start < one.end
                and (not mark.value or value(one) == mark.value)
            ),
            None,
        )
        if hit is None:
            counts.missed[mark.kind] += 1
            if show:
                print("  missed", mark)
        else:
            counts.right[mark.kind] += 1
            left.remove(hit)
    for one in left:
        counts.wrong[one.kind] += 1
        if show:
            print("  wrong", one.kind, repr(one.surface), value(one))


def marked(*, show: bool) -> Counts:
    counts = Counts()
    for name, text in TEXTS.items():
        plain, marks = parse(text)
        if show:
            print(name)
        count(mentions.find(plain, published=PUBLISHED).mentions, marks, counts, show=show)
    return counts


def reports(*, show: bool) -> None:
    """Attack date and town that the Syrian Archive gives for its reports, among the mentions?"""
    described = json.loads((SAMPLES / "samples.json").read_text())["files"]
    dates = places = asked = asked_places = 0
    for entry in described:
        lines = (
            entry.get("truth", {}).get("fact_lines")
            if isinstance(entry.get("truth"), dict)
            else None
        )
        if not lines or not entry["name"].endswith(".md"):
            continue
        story = articles.read((SAMPLES / entry["name"]).read_bytes(), name=entry["name"])
        found = mentions.of_article(story).mentions
        for line in lines:
            head, _, rest = line.partition(":")
            if "ate" in head and (wanted := mentions.find(rest).mentions):
                asked += 1
                hit = value(wanted[0]) in {value(one) for one in found if one.kind == "date"}
                dates += hit
                if show and not hit:
                    print("  no date", entry["name"], line)
            if head.strip() == "Location" and rest.strip():
                asked_places += 1
                named = [
                    value for value in (one.value for one in found) if isinstance(value, PlaceValue)
                ]
                words = set(re.findall(r"\w+", rest.lower()))
                hit = any(one.type == "settlement" and one.name.lower() in words for one in named)
                places += hit
                if show and not hit:
                    print("  no place", entry["name"], line)
    print(f"reports  dates of the fact boxes {dates}/{asked}, towns {places}/{asked_places}")


def spellings(*, show: bool) -> None:
    cases = json.loads((SAMPLES / "places" / "places.json").read_text())["cases"]
    right = 0
    for case in cases:
        found = [one.value for one in mentions.find(case["text"]).mentions if one.kind == "place"]
        ids = [one.geonames_id for one in found if isinstance(one, PlaceValue)]
        wanted = case.get("geonameid")
        good = ids == [wanted] if wanted else not [one for one in ids if one is not None]
        right += good
        if show and not good:
            print("  wrong", case["text"], ids)
    print(f"spellings {right}/{len(cases)} of places.json")


def speed() -> None:
    pages = sorted((SAMPLES / "articles").glob("*.html.gz"))[:30]
    stories = [
        articles.read(gzip.decompress(page.read_bytes()), name=page.name[:-3]) for page in pages
    ]
    began = time.process_time()
    for story in stories:
        mentions.of_article(story)
    seconds = time.process_time() - began
    letters = sum(len(story.text) for story in stories)
    print(f"speed    {letters / 1000 / seconds:.0f} thousand characters a second of processor time")


def main() -> None:
    show = "-v" in sys.argv
    counts = marked(show=show)
    for kind in KINDS.values():
        print(counts.line(kind))
    if SAMPLES.is_dir():
        spellings(show=show)
        reports(show=show)
        speed()


if __name__ == "__main__":
    main()
