"""The keys under which a clip and a story are found in the index of links.

Two that share a rare key are compared; all others never meet. So one more clip or article costs a
bounded number of look-ups, however large the archive is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING

from mediacatalog.articles.videos import identify
from mediacatalog.linking import addresses, names
from mediacatalog.linking.circumstances import ONE_DAY
from mediacatalog.linking.facts import readable
from mediacatalog.linking.skeletons import skeletons
from mediacatalog.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from mediacatalog.linking.facts import ClipFacts, Named, Story

COMMON = 64
"""A key with so many stories (or clips) finds no more of them: it is no longer rare."""
COMMON_IDS = 2000
"""The same for ids, addresses and file names, which are never by chance."""
MOST_WORDS = 600
"""Words of a text that become keys, the longest first."""
MOST_SHINGLES = 400
SHINGLE = 4
SKETCH = 4
"""One of so many shingles is kept, the same ones on both sides."""
MOST_PICTURES = 128
MOST_DAYS = 12
MOST_PLACES = 12
_FILE = re.compile(
    r"[\w.-]{3,80}\.(?:mp4|m4v|mov|webm|mkv|avi|mpg|mts|3gp|mxf|wmv|flv)\b", re.IGNORECASE
)
_ID_PART = re.compile(r"[A-Za-z0-9_-]+")


POINTS = {"i": 60.0, "u": 60.0, "f": 40.0, "t": 6.0, "k": 3.0, "s": 6.0, "c": 8.0, "d": 5.0}
"""What a shared key says for a candidate before it is compared, by its kind."""

Count = Callable[[str], int]


def points(key: str) -> float:
    return POINTS.get(key[0], 1.0)


def limit(key: str) -> int:
    return COMMON_IDS if is_exact(key) else COMMON


def is_exact(key: str) -> bool:
    """Whether it is an id, an address or a file name: shared hardly ever by chance."""
    return key[:2] in ("i:", "u:", "f:")


def word(text: str) -> str:
    return f"w:{text}"


def is_telling_word(text: str) -> bool:
    return len(text) > 3 and text not in names.STOP and not text.isdigit()


def shingles(words: list[str]) -> list[str]:
    """Keys of a sample of the phrases of four words, the same ones wherever they stand."""
    found: dict[str, None] = {}
    for at in range(len(words) - SHINGLE + 1):
        digest = hashlib.blake2b(
            " ".join(words[at : at + SHINGLE]).encode(), digest_size=6
        ).hexdigest()
        if int(digest[:2], 16) % SKETCH == 0:
            found[f"s:{digest}"] = None
            if len(found) >= MOST_SHINGLES:
                break
    return list(found)


def of_clip(clip: ClipFacts) -> list[str]:
    """Each key once; ids first, words last."""
    files = (clip.name, *clip.other_names)
    found = [f"i:{part}" for name in files for part in _ids_in(PurePath(name).stem)]
    for url in clip.urls:
        found.append(f"u:{addresses.bare_address(url)}")
        if known := identify(url):
            found.append(f"i:{known.id}")
    found += [f"f:{fold(name)}" for name in files]
    for title in (clip.title or "", *map(readable, files)):
        found += _of_title(title)
    days = [day for _, day in clip.days]
    days += [one.first for one in clip.named.days if one.first == one.last]
    places = list(clip.named.places)[:MOST_PLACES]
    if clip.location is not None:
        found += _cells(clip.location, days)
    found += _named(clip.named, places, days)
    found += shingles([one.text for one in clip.tokens])
    return list(dict.fromkeys([*found, *_words(one.text for one in clip.tokens)]))


def of_pictures(pictures: Iterable[tuple[str, str]]) -> list[str]:
    """Of a clip's keyframes, by their coarse and fine hashes: a sample, the same in every copy."""
    found = {f"v:{coarse}" for coarse, _ in pictures} | {
        f"V:{fine}" for _, fine in pictures if fine
    }
    sampled = sorted(found, key=lambda one: hashlib.blake2b(one.encode(), digest_size=8).digest())
    return sampled[:MOST_PICTURES]


def are_copies(shared: Iterable[str]) -> bool:
    """Whether clips that share these keys of their pictures show the same: by more than chance."""
    kinds = [key[0] for key in shared]
    return kinds.count("v") > 1 or "V" in kinds


def of_story(story: Story) -> list[str]:
    """Each key once; ids first, words last."""
    article = story.article
    found = [f"u:{addresses.bare_address(article.url)}"] if article.url else []
    for video in article.videos:
        found.append(f"u:{addresses.bare_address(video.url)}")
        if video.id and addresses.is_telling(last := video.id.rsplit("/", 1)[-1]):
            found += [f"i:{video.id}", f"i:{last}"]
        if name := addresses.file_of(video.url):
            found.append(f"f:{fold(name)}")
        found += _of_title(video.title or "")
    found += [f"f:{fold(one)}" for one in _FILE.findall(article.text)[:200]]
    found += _of_title(article.title or "") + _of_title(names.slug(article))
    named = story.named
    days = [one.first for one in named.days if (one.last - one.first).days < 2]
    months = [one.first for one in named.days if 2 <= (one.last - one.first).days <= 31]
    places = sorted(named.places, key=lambda key: -named.places[key].telling)[:MOST_PLACES]
    found += _named(named, places, days)
    for key in places:
        place = named.places[key]
        if place.lat is not None and place.lon is not None:
            cell = _cell(place.lat, place.lon)
            found += [f"c:{cell}:{day}" for day in _around(days)]
            found += [f"c:{cell}:{month:%Y-%m}" for month in (*days, *months)]
    found += shingles([one.text for one in story.tokens])
    return list(dict.fromkeys([*found, *_words(one.text for one in story.tokens)]))


def _of_title(title: str) -> list[str]:
    words = names.telling_words(title)
    found = [f"t:{' '.join(sorted(words))}"] if len(words) > 1 else []
    found += [f"t:{one} {two}" for one, two in _pairs(words)]
    bones = list(dict.fromkeys(skeletons(" ".join(words))))
    return found + [f"k:{one} {two}" for one, two in _pairs(bones)]


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    """Words that stand near each other: rarer than each alone."""
    for at, one in enumerate(words[:16]):
        for two in words[at + 1 : at + 3]:
            yield (one, two) if one < two else (two, one)


def _named(named: Named, places: Iterable[str], days: Iterable[date]) -> list[str]:
    known = list(days)
    found = [f"a:{key}" for key, (_, telling, *_) in named.actors.items() if telling > 0.2]
    for key in places:
        found.append(f"p:{key}")
        found += [f"d:{key}:{day}" for day in _around(known)]
    return found + [f"d:{day}" for day in list(dict.fromkeys(known))[:MOST_DAYS]]


def _around(days: Iterable[date]) -> list[date]:
    return list(dict.fromkeys(days))[:MOST_DAYS]


def _cell(lat: float, lon: float) -> str:
    """A field of a tenth of a degree, 11 km from north to south."""
    return f"{round(lat * 10)}:{round(lon * 10)}"


def _cells(point: tuple[float, float], days: Iterable[date]) -> list[str]:
    """The fields around a point and the days around its day: one side must be generous."""
    lat, lon = point
    fields = [_cell(lat + y / 10, lon + x / 10) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    known = _around(days)
    around = list(dict.fromkeys(day + shift * ONE_DAY for day in known for shift in (-1, 0, 1)))
    found = [f"c:{one}:{day}" for one in fields for day in around]
    return found + [f"c:{one}:{day:%Y-%m}" for one in fields for day in known]


def _words(texts: Iterable[str]) -> list[str]:
    told = [text for text in dict.fromkeys(texts) if is_telling_word(text)]
    return [word(text) for text in sorted(told, key=lambda one: -len(one))[:MOST_WORDS]]


def _ids_in(stem: str) -> list[str]:
    """Every part of a name that may be an id: whole between what is no letter or digit."""
    found: dict[str, None] = {}
    for run in _ID_PART.finditer(stem[:300]):
        text = run[0]
        begins = [n for n in range(len(text)) if n == 0 or text[n - 1] in "-_"][:24]
        ends = [n for n in range(1, len(text) + 1) if n == len(text) or text[n] in "-_"][:48]
        for begin in begins:
            for end in ends:
                if 6 <= end - begin <= 40 and addresses.is_telling(text[begin:end]):
                    found[text[begin:end]] = None
    return list(found)[:200]
