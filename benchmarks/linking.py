"""How well stand-in clips find the investigations that cite them.

The Syrian Archive's investigations (156 video-article pairs, English and Arabic) are the stories;
65 pages of other sites stand among them. Each variant makes a clip of every pair from less: the id
in the name, the address in the record, a renamed file, only the words said of it, only the day and
the place. A pair is (clip, story); the same story in the other language counts neither way unless
it cites the clip too.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]

from mediacatalog import articles  # noqa: E402
from mediacatalog.linking import ClipFacts, Story, keys, likely, propose  # noqa: E402
from mediacatalog.linking.skeletons import skeleton  # noqa: E402

if TYPE_CHECKING:
    from mediacatalog.values import LinkProposal

SAMPLES = ROOT.parent / "shared" / "samples"
PLACES = {
    "Aleppo-Mosque-Bombing": ("20170316", (36.108, 36.787)),
    "Fact-Checking-Russias-Claim-That-It-Didnt-Bomb-A-Mosque": ("20151001", (35.814, 36.318)),
    "Medical-Facilities-Under-Fire_Incident-1": ("20170402", (35.643, 36.671)),
    "Medical-Facilities-Under-Fire_Incident-3": ("20170407", (35.556, 36.646)),
    "Medical-Facilities-Under-Fire_Incident-5": ("20170422", (35.517, 36.548)),
    "Zardana": ("20180607", (36.046, 36.754)),
    "hass": ("20190505", (35.594, 36.593)),
    "second-medical-facilities-under-fire_national": ("20180204", (35.643, 36.671)),
    "second-medical-facilities-under-fire_orient": ("20180205", (35.613, 36.561)),
}
"""Day and point of each event, as the reports' fact boxes and texts give them."""


def family(name: str) -> str:
    """A story without its language: `Zardana`."""
    return Path(name).name.removesuffix(".md").rsplit(".", 1)[0]


@dataclass
class Index:
    """Which stories have a key: the catalogue's index of links, in memory."""

    owners: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, name: str, story: Story) -> None:
        for key in keys.of_story(story):
            if len(self.owners[key]) < keys.limit(key):
                self.owners[key].add(name)

    def count(self, key: str) -> int:
        return len(self.owners.get(key, ()))

    def candidates(self, clip: ClipFacts) -> set[str]:
        found: set[str] = set()
        for key in keys.of_clip(clip):
            if 0 < self.count(key) < keys.limit(key):
                found |= self.owners[key]
        return found


def stories() -> dict[str, Story]:
    found: dict[str, Story] = {}
    for path in sorted((SAMPLES / "articles/syrian-archive").glob("*.md")):
        found[path.name] = Story(articles.read(path.read_bytes(), name=path.name))
    for path in sorted((SAMPLES / "articles").glob("*.html.gz")):
        page = articles.read(gzip.decompress(path.read_bytes()), name=path.name[:-3])
        found[path.name] = Story(page)
    return found


def slug(title: str) -> str:
    """A file name of a title: Latin letters, hyphens; Arabic by its consonants."""
    words = [word if word.isascii() else skeleton(word) for word in re.findall(r"[^\W_]+", title)]
    return "-".join(word.lower() for word in words if word)


def clips(pair: dict[str, str], story: Story) -> dict[str, ClipFacts]:
    """The stand-ins of one pair, by variant."""
    day, point = PLACES[family(pair["article"])]
    link = (pair["link_text"] or "").strip() or "video"
    title = story.article.title or ""
    return {
        "id in brackets": ClipFacts(f"{link[:60]} [{pair['id']}].mp4"),
        "id alone": ClipFacts(f"{pair['id']}.mkv"),
        "id with words": ClipFacts(f"2017_{pair['id']}_720p.mp4", description=pair["paragraph"]),
        "address only": ClipFacts("clip.mp4", urls=(pair["url"],)),
        "wrong id": ClipFacts(f"clip [{altered(pair['id'])}].mp4"),
        "renamed": ClipFacts(f"{slug(title)}_{day}.mp4"),
        "said of it": ClipFacts("VID_0001.mp4", description=pair["paragraph"]),
        "half of it": ClipFacts("VID_0001.mp4", description=half(pair["paragraph"])),
        "day and place": ClipFacts(f"VID_{day}_101500.mp4", location=point),
    }


def altered(video_id: str) -> str:
    """An id that differs in its last two characters: another video's."""
    return video_id[:-2] + ("07" if video_id.isdigit() else "qZ")


def half(text: str) -> str:
    """Every second sentence or clause, as a caption would shorten it."""
    parts = re.split(r"(?<=[.,:؛،])\s+", text)
    return " ".join(parts[::2])


@dataclass
class Counts:
    right: int = 0
    wrong: int = 0
    missed: int = 0

    def line(self) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        counted = f"({self.right} right, {self.wrong} wrong, {self.missed} missed)"
        return f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  {counted}"


def found_for(clip: ClipFacts, told: dict[str, Story], index: Index) -> dict[str, LinkProposal]:
    compared = {
        name: link
        for name in index.candidates(clip)
        if (link := propose(clip, told[name], rarity=index.count))
    }
    return likely(compared)


@dataclass
class Tally:
    """Of one variant."""

    suggested: Counts = field(default_factory=Counts)
    certain: Counts = field(default_factory=Counts)
    asked: int = 0
    first: int = 0
    """How often the best suggestion is a story of the event."""

    def print(self, variant: str) -> None:
        print(f"{variant:15} suggested {self.suggested.line()}")
        if self.certain.right or self.certain.wrong:
            print(f"{'':15} certain   {self.certain.line()}")
        print(f"{'':15} best suggestion is of the event: {self.first}/{self.asked}")


def main() -> None:
    show = "-v" in sys.argv
    told = stories()
    index = Index()
    for name, story in told.items():
        index.add(name, story)
    listed = SAMPLES / "articles/syrian-archive/linking.json"
    pairs = json.loads(listed.read_text(encoding="utf-8"))["pairs"]
    cited: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        cited[pair["id"]].add(Path(pair["article"]).name)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for pair in pairs:
        own = Path(pair["article"]).name
        for variant, clip in clips(pair, told[own]).items():
            found = found_for(clip, told, index)
            tally = tallies[variant]
            cites = cited[pair["id"]] if variant != "wrong id" else set()
            count(tally.suggested, own, cites, set(found))
            count(tally.certain, own, cites, {name for name in found if found[name].certain})
            tally.asked += 1
            best = max(found, key=lambda name: found[name].score, default="")
            tally.first += family(best) == family(own)
            if show:
                tell(variant, own, clip, cites, found)
    for variant, tally in tallies.items():
        tally.print(variant)


def count(counts: Counts, own: str, cites: set[str], found: set[str]) -> None:
    """One pair: its own story is found or missed; others are wrong unless they cite the clip."""
    counts.right += own in found
    counts.missed += own not in found
    counts.wrong += sum(family(name) != family(own) for name in found - cites - {own})


def tell(
    variant: str, own: str, clip: ClipFacts, cites: set[str], found: dict[str, LinkProposal]
) -> None:
    if own not in found:
        print("  missed", variant, own, clip.name, clip.description[:90])
    for name in set(found) - cites - {own}:
        if family(name) != family(own):
            print("  wrong", variant, name, found[name].score, found[name].evidence[0].detail)


if __name__ == "__main__":
    main()
