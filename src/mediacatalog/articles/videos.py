"""Addresses of videos: on which platform, under which id. No address is ever opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from mediacatalog.articles.cleaning import one_line
from mediacatalog.values import EmbeddedVideo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    "fb.com": (r"/watch/(\d+)",),
    "facebook.com": (
        r"/[^/]+/videos/(?:[^/]+/)?(\d+)",
        r"/(?:reel|videos?)/(\d+)",
        r"/[^/]+/posts/(?:[^/]+/)?(\d+|pfbid\w+)",
    ),
    "fb.watch": (rf"/{_ID}",),
    "t.me": (r"/((?!s/|c/|joinchat|share)\w+/\d+)", r"/s/(\w+/\d+)", r"/c/(\d+/\d+)"),
    "telegram.me": (r"/(?:s/)?(\w+/\d+)",),
    "vimeo.com": (r"/(?:video/|channels/[^/]+/|groups/[^/]+/videos/|event/)?(\d+)",),
    "dailymotion.com": (
        r"/(?:embed/|crawler/|swf/)?video/([A-Za-z0-9]+)",
        r"/swf/([A-Za-z0-9]+)",
    ),
    "dai.ly": (r"/([A-Za-z0-9]+)",),
    "tiktok.com": (r"/@[^/]+/video/(\d+)", r"/(?:embed|player)/(?:v\d/)?(\d+)", r"/v/(\d+)"),
    "instagram.com": (rf"/(?:[^/]+/)?(?:p|reel|reels|tv)/{_ID}",),
    "rumble.com": (r"/embed/(?:\w+\.)?(v[a-z0-9]+)", r"/(v[a-z0-9]{4,})(?:-|\.html|$)"),
    "bitchute.com": (rf"/(?:video|embed)/{_ID}",),
    "ok.ru": (r"/(?:video|videoembed|live)/(\d+)",),
    "odnoklassniki.ru": (r"/(?:video|videoembed)/(\d+)",),
    "vk.com": (r"/(?:[^/]+/)?video(-?\d+_\d+)", r"/(?:[^/]+/)?clip(-?\d+_\d+)"),
    "vkvideo.ru": (r"/video(-?\d+_\d+)",),
    "rutube.ru": (r"/(?:video|play/embed)/(\w+)",),
    "streamable.com": (r"/(?:e/|o/)?([a-z0-9]+)",),
    "archive.org": (r"/(?:details|embed)/([^/]+)",),
    "liveleak.com": (),
    "twitch.tv": (r"/videos/(\d+)",),
    "brightcove.net": (),
    "brightcove.com": (),
    "bcove.video": (rf"/{_ID}",),
    "jwplatform.com": (r"/(?:players|videos|manifests|previews|v2/media)/([A-Za-z0-9]{8})",),
    "jwplayer.com": (
        r"/(?:players|videos|manifests|previews|v2/media)/([A-Za-z0-9]{8})",
        r"/libraries/[^?]*\?.*mediaid=([A-Za-z0-9]{8})",
    ),
    "kaltura.com": (r".*/entry_?id/([\w]+)",),
    "aparat.com": (r"/v/([A-Za-z0-9]+)", r"/video/video/embed/videohash/([A-Za-z0-9]+)"),
    "coub.com": (r"/(?:view|embed)/([a-z0-9]+)",),
    "bilibili.com": (r"/video/(BV\w+|av\d+)",),
    "nicovideo.jp": (r"/watch/([a-z]{2}\d+)",),
    "reddit.com": (r"/r/[^/]+/comments/([a-z0-9]+)",),
    "v.redd.it": (r"/([a-z0-9]+)",),
    "odysee.com": (r"/(?:\$/embed/)?(?:@[^/]+/)?([^/]+:[0-9a-f]+)",),
}
_COMPILED = {host: tuple(map(re.compile, paths)) for host, paths in _PATHS.items()}
_QUERIES = {
    "youtube.com": ("v", "vi"),
    "facebook.com": ("v", "video_id", "story_fbid"),
    "liveleak.com": ("i", "t"),
    "vk.com": ("z",),
    "brightcove.net": ("videoId",),
    "brightcove.com": ("videoId", "@videoPlayer"),
    "kaltura.com": ("entry_id", "entryid"),
    "twitch.tv": ("video",),
    "bilibili.com": ("bvid",),
}
_SHORT_HOSTS = {
    "youtu.be": "youtube",
    "fb.watch": "facebook",
    "fb.com": "facebook",
    "dai.ly": "dailymotion",
    "vkvideo.ru": "vk",
    "odnoklassniki.ru": "ok",
    "bcove.video": "brightcove",
    "jwplatform.com": "jwplayer",
    "v.redd.it": "reddit",
}
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
    if "youtube" in name and parts.path == "/attribution_link":
        return identify(urljoin(url, parse_qs(parts.query, max_num_fields=50).get("u", [""])[0]))
    found = _by_query(name, parts.query, parts.path) or _by_path(name, unquote(parts.path))
    if found is None:
        return None
    platform = _SHORT_HOSTS.get(name) or name.rsplit(".", 1)[0].removesuffix("-nocookie")
    platform = {"x": "twitter", "t": "telegram"}.get(platform, platform)
    if platform == "youtube":
        if not _YOUTUBE.match(found) or found.startswith(("videoseries", "live_stream")):
            return None
        found = found[:11]
    return Found(platform, found[:128])


def _by_query(host: str, query: str, path: str) -> str | None:
    if not query:
        return None
    try:
        values = {key: one[0] for key, one in parse_qs(query, max_num_fields=50).items()}
    except ValueError:
        return None
    special = _SPECIAL.get(host)
    found = special(path, values) if special else ""
    if found != "":
        return found
    for key in _QUERIES.get(host, ()):
        value = values.get(key, "")
        if key == "z":
            value = value.removeprefix("video").split("/")[0] if value.startswith("video") else ""
        if re.fullmatch(r"[\w-]{1,128}", value):
            return value
    return None


def _facebook(path: str, values: dict[str, str]) -> str | None:
    """A plugin's frame names the video's page."""
    if "plugins" not in path or "href" not in values:
        return ""
    inner = identify(values["href"]) if "plugins" not in values["href"] else None
    return inner.id if inner else None


def _vk(path: str, values: dict[str, str]) -> str | None:
    if "video_ext" not in path:
        return ""
    found = f"{values.get('oid', '')}_{values.get('id', '')}"
    return found if re.fullmatch(r"-?\d{1,20}_\d{1,20}", found) else None


def _twitter(path: str, values: dict[str, str]) -> str | None:
    found = values.get("id", "") if path.startswith("/embed/") else ""
    return found if found.isdecimal() and len(found) < 25 else ""


_SPECIAL: dict[str, Callable[[str, dict[str, str]], str | None]] = {
    "facebook.com": _facebook,
    "vk.com": _vk,
    "twitter.com": _twitter,
}
"""Hosts whose queries hold more than an id; an empty answer leaves it to the others."""


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
