"""Addresses of videos: on which platform, under which id. No address is ever opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from mediacatalog.articles.cleaning import one_line
from mediacatalog.values import EmbeddedVideo

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_VIDEOS = 500
MAX_URL = 2000
SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".ogv", ".mpg", ".mpeg", ".ts", ".mts",
    ".m2ts", ".flv", ".wmv", ".3gp", ".mxf", ".m3u8",
)  # fmt: skip

_ID = r"([A-Za-z0-9_-]+)"
_PATHS: dict[str, tuple[str, ...]] = {
    "youtube.com": (rf"/(?:embed|v|e|shorts|live)/{_ID}",),
    "youtube-nocookie.com": (rf"/(?:embed|v)/{_ID}",),
    "youtu.be": (rf"/{_ID}",),
    "twitter.com": (r"/(?:\w+|i/web|i)/status(?:es)?/(\d+)", r"/i/videos(?:/tweet)?/(\d+)"),
    "x.com": (r"/(?:\w+|i/web|i)/status/(\d+)", r"/i/(?:videos|broadcasts)/(\w+)"),
    "facebook.com": (
        r"/[^/]+/videos/(?:[^/]+/)?(\d+)",
        r"/(?:reel|videos?)/(\d+)",
        r"/[^/]+/posts/(?:[^/]+/)?(\d+|pfbid\w+)",
    ),
    "fb.watch": (rf"/{_ID}",),
    "t.me": (r"/((?!s/|c/|joinchat|share)\w+/\d+)", r"/s/(\w+/\d+)"),
    "telegram.me": (r"/(\w+/\d+)",),
    "vimeo.com": (r"/(?:video/|channels/[^/]+/|groups/[^/]+/videos/)?(\d+)",),
    "dailymotion.com": (r"/(?:embed/)?video/([A-Za-z0-9]+)",),
    "dai.ly": (r"/([A-Za-z0-9]+)",),
    "tiktok.com": (r"/@[^/]+/video/(\d+)", r"/embed/(?:v2/)?(\d+)"),
    "instagram.com": (rf"/(?:[^/]+/)?(?:p|reel|reels|tv)/{_ID}",),
    "rumble.com": (r"/(?:embed/)?(v[a-z0-9]+)",),
    "bitchute.com": (rf"/(?:video|embed)/{_ID}",),
    "ok.ru": (r"/(?:video|videoembed)/(\d+)",),
    "vk.com": (r"/video(-?\d+_\d+)", r"/clip(-?\d+_\d+)"),
    "rutube.ru": (r"/(?:video|play/embed)/(\w+)",),
    "streamable.com": (r"/(?:e/|o/)?([a-z0-9]+)",),
    "archive.org": (r"/(?:details|embed)/([^/]+)",),
    "liveleak.com": (),
    "twitch.tv": (r"/videos/(\d+)",),
    "odysee.com": (r"/(?:\$/embed/)?(?:@[^/]+/)?([^/]+:[0-9a-f]+)",),
}
_COMPILED = {host: tuple(map(re.compile, paths)) for host, paths in _PATHS.items()}
_QUERIES = {
    "youtube.com": ("v", "vi"),
    "facebook.com": ("v", "video_id", "story_fbid"),
    "liveleak.com": ("i", "t"),
    "vk.com": ("z",),
}
_SHORT_HOSTS = {"youtu.be": "youtube", "fb.watch": "facebook", "dai.ly": "dailymotion"}
_ARCHIVED = re.compile(
    r"https?://web\.archive\.org/web/[0-9a-z_*]{1,30}/(?=https?:)", re.IGNORECASE
)
_YOUTUBE = re.compile(r"[A-Za-z0-9_-]{11}")


@dataclass(frozen=True, slots=True)
class Found:
    """A platform's name (`youtube`) and the id that it gave to a video."""

    platform: str
    id: str


def web_address(url: object, base: str | None = None) -> str | None:
    """An absolute http(s) address, else None: `javascript:`, `file:` and the like never pass."""
    if not isinstance(url, str) or not url.strip() or len(url) > MAX_URL:
        return None
    url = "".join(url.split())
    try:
        url = urljoin(base, url) if base else url
        if url.startswith("//"):
            url = "https:" + url
        parts = urlsplit(url)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if usable and url.isprintable() else None


def identify(url: str) -> Found | None:
    """Which video of which platform an address names; None for any other address."""
    url = _ARCHIVED.sub("", url)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    for name in (host, *(host.split(".", n)[-1] for n in range(1, 3))):
        if name in _COMPILED:
            break
    else:
        return None
    found = _by_query(name, parts.query, parts.path) or _by_path(name, unquote(parts.path))
    if found is None:
        return None
    platform = _SHORT_HOSTS.get(name) or name.rsplit(".", 1)[0].removesuffix("-nocookie")
    platform = {"x": "twitter", "t": "telegram"}.get(platform, platform)
    if platform == "youtube":
        if not _YOUTUBE.match(found) or found.startswith("videoseries"):
            return None
        found = found[:11]
    return Found(platform, found[:128])


def _by_query(host: str, query: str, path: str) -> str | None:
    keys = _QUERIES.get(host, ())
    if not keys or not query:
        return None
    try:
        values = parse_qs(query, max_num_fields=50)
    except ValueError:
        return None
    if host == "facebook.com" and "href" in values and "plugins" in path:
        inner = identify(values["href"][0]) if "plugins" not in values["href"][0] else None
        return inner.id if inner else None
    for key in keys:
        value = values.get(key, [""])[0]
        if key == "z":
            value = value.removeprefix("video").split("/")[0] if value.startswith("video") else ""
        if re.fullmatch(r"[\w-]{1,128}", value):
            return value
    return None


def _by_path(host: str, path: str) -> str | None:
    for pattern in _COMPILED[host]:
        if found := pattern.match(path):
            return found[1]
    return None


def is_file(url: str) -> bool:
    try:
        return urlsplit(url).path.lower().endswith(SUFFIXES)
    except ValueError:
        return False


def gather(
    addresses: Iterable[tuple[object, object]], base: str | None
) -> tuple[EmbeddedVideo, ...]:
    """Videos of (address, title) pairs, each once, in order; the first title that is given wins."""
    found: dict[str, EmbeddedVideo] = {}
    for raw, words in addresses:
        url = web_address(raw, base)
        if url is None:
            # Saved pages name their video by a relative path, which is all the evidence needed.
            url = relative_file(raw)
        if url is None:
            continue
        known = identify(url)
        title = one_line(words, 300)
        if title and title.startswith(("http://", "https://")):
            title = None
        key = f"{known.platform}:{known.id}" if known else url
        earlier = found.get(key)
        if earlier is None:
            if len(found) >= MAX_VIDEOS:
                break
            found[key] = EmbeddedVideo(url, title, known.id if known else None)
        elif earlier.title is None and title:
            found[key] = EmbeddedVideo(earlier.url, title, earlier.id)
    return tuple(found.values())


def relative_file(raw: object) -> str | None:
    """A relative address of a video file beside a saved page, cleaned; else None."""
    line = one_line(raw, MAX_URL)
    if line is None or ":" in line.split("/")[0] or not is_file(line):
        return None
    return line
