"""Feeds: RSS 0.9 to 2.0, RDF, Atom (RFC 4287), and sitemaps with Google's news and video parts."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import TYPE_CHECKING, BinaryIO
from xml.etree.ElementTree import Element, ParseError, tostring

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from mediacatalog.articles import dates, languages, page, videos
from mediacatalog.articles.cleaning import decode, one_line
from mediacatalog.articles.metadata import person
from mediacatalog.articles.sources.values import MAX_ITEMS, Gathered, Skipped
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import Article, EmbeddedVideo

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 50 * 2**20
"""Sitemaps may have 50 MB by their own rules."""
MAX_DEPTH = 100
_START = re.compile(
    rb"\s*(?:<\?xml[^>]{0,300}>\s*)?(?:<\?[^>]{0,500}>\s*|<!--.{0,4000}?-->\s*)*"
    rb"(?:<!DOCTYPE[^\[>]{0,300}(?:\[.{0,8000}?\]\s*)?>\s*)?"
    rb"<(?:rss|feed|rdf:RDF|RDF|urlset|sitemapindex)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_OWN = ("amp", "lt", "gt", "quot", "apos")

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_VIDEO = "{http://www.google.com/schemas/sitemap-video/1.1}"


@dataclass(frozen=True, slots=True)
class _Feed:
    title: str | None
    language: str | None


def looks_like(head: bytes) -> bool:
    return _START.match(head.lstrip(b"\xef\xbb\xbf")) is not None


def read(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    """Each entry as an article with its address; no address is opened."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableArticleError(name, f"larger than {MAX_BYTES // 2**20} MiB")
    root = _parsed(data, name)
    if _local(root) == "sitemapindex":
        raise UnreadableArticleError(name, "is an index of sitemaps; give these")
    if _local(root) == "urlset":
        yield from _sitemap(root, name)
        return
    channel = next((one for one in root if _local(one) == "channel"), root)
    feed = _Feed(
        _text(channel, "title"),
        _text(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang"),
    )
    entries = [one for one in (*root, *channel) if _local(one) in ("item", "entry")]
    if channel is root:
        entries = [one for one in root if _local(one) in ("item", "entry")]
    for number, entry in enumerate(entries[:MAX_ITEMS], start=1):
        place = _text(entry, "guid", "id") or _link(entry) or f"entry {number}"
        article = _article(entry, feed, name)
        if article is None:
            yield Skipped(place, "neither title nor text")
            continue
        yield Gathered(f"{name}, entry {number}", place, tostring(entry), article)


def _parsed(data: bytes, name: str) -> Element:
    try:
        return _checked(defusedxml.ElementTree.fromstring(data), name)
    except DefusedXmlException as error:
        raise UnreadableArticleError(name, "declares entities of its own; not read") from error
    except (ParseError, ValueError, LookupError):
        pass
    # Names of HTML (`&nbsp;`) and wrong declarations are common, and no XML.
    text = _ENTITY.sub(_spelled_out, decode(data, name))
    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text)
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
    try:
        return _checked(defusedxml.ElementTree.fromstring(text), name)
    except DefusedXmlException as error:
        raise UnreadableArticleError(name, "declares entities of its own; not read") from error
    except (ParseError, ValueError) as error:
        raise UnreadableArticleError(name, f"is no readable feed: {str(error)[:100]}") from error


def _checked(root: Element, name: str) -> Element:
    """Raises UnreadableArticleError for nesting that no feed has."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise UnreadableArticleError(name, "is nested too deeply for a feed")
        level = [child for one in level for child in one]
    return root


def _spelled_out(entity: re.Match[str]) -> str:
    if entity[1] in _XML_OWN:
        return entity[0]
    code = name2codepoint.get(entity[1])
    return f"&#{code};" if code else html.escape(entity[0])


def _local(node: Element) -> str:
    return node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""


def _text(node: Element, *names: str) -> str | None:
    """The first child of one of these local names that has text, in the order of the names."""
    for name in names:
        for child in node:
            own = child.tag == name or (
                isinstance(child.tag, str) and child.tag.endswith("}" + name)
            )
            if (
                own
                and not str(child.tag).startswith((_MEDIA, _VIDEO))
                and (line := one_line("".join(child.itertext()), 1000))
            ):
                return line
    return None


def _link(entry: Element) -> str | None:
    for child in entry:
        if _local(child) == "link" and not str(child.tag).startswith(_MEDIA):
            relation = child.get("rel") or "alternate"
            if relation == "alternate" and (
                url := videos.web_address(child.get("href") or child.text)
            ):
                return url
    guid = next((one for one in entry if _local(one) in ("guid", "id", "origLink")), None)
    return videos.web_address(guid.text) if guid is not None else None


def _article(entry: Element, feed: _Feed, name: str) -> Article | None:
    title, url = _text(entry, "title"), _link(entry)
    body = page.read_fragment(_body(entry), name, url)
    shown = [*body.videos, *_media(entry, url)]
    if not title and not body.text:
        return None
    known: dict[str, None] = {}
    once = [one for one in shown if one.url not in known and known.setdefault(one.url) is None]
    return Article(
        title=title,
        byline=_people(entry),
        dateline=body.dateline,
        published=next(
            (
                moment
                for key in ("pubDate", "published", "issued", "date", "created", "updated")
                if (moment := dates.iso(_text(entry, key)))
            ),
            None,
        ),
        language=languages.choose(f"{title or ''}\n{body.text}", feed.language),
        url=url,
        site=_text(entry, "source") or feed.title,
        text=body.text,
        removed=body.removed,
        videos=tuple(once),
        modified=dates.iso(_text(entry, "updated", "modified")),
    )


def _body(entry: Element) -> str:
    """The fullest of content, summary and description, as HTML."""
    found = [""]
    for child in entry:
        if child.tag not in (_CONTENT, _ATOM + "content", _ATOM + "summary") and _local(
            child
        ) not in ("description", "summary", "encoded", "fulltext"):
            continue
        if str(child.tag).startswith((_MEDIA, _VIDEO)):
            continue
        if child.get("type") == "xhtml":
            found.append(tostring(child, encoding="unicode", method="html"))
        elif child.get("type") == "text":
            found.append(html.escape("".join(child.itertext())))
        else:
            found.append("".join(child.itertext()))
    return max(found, key=len)


def _people(entry: Element) -> str | None:
    names: dict[str, None] = {}
    for child in entry:
        if child.tag == _DC + "creator" or _local(child) == "author":
            said = _text(child, "name") or child.text
            mail = re.search(r"\(([^()]{2,100})\)\s*$", said or "")  # RSS: mail@host (Name)
            if line := person(mail[1] if mail else said):
                names[line] = None
    return ", ".join(list(names)[:10]) or None


def _media(entry: Element, base: str | None) -> Iterator[EmbeddedVideo]:
    found: list[tuple[object, object]] = []
    for node in entry.iter():
        kind = (node.get("type") or node.get("medium") or "").lower()
        if _local(node) == "enclosure" or (
            _local(node) == "link" and node.get("rel") == "enclosure"
        ):
            if kind.startswith("video") or videos.is_file(
                node.get("url") or node.get("href") or ""
            ):
                found.append((node.get("url") or node.get("href"), None))
        elif node.tag == _MEDIA + "content" and (kind.startswith("video")):
            found.append((node.get("url"), _text(node, "title")))
        elif node.tag == _MEDIA + "player":
            found.append((node.get("url"), None))
        elif isinstance(node.tag, str) and node.tag.endswith("}videoId"):
            found.append((f"https://www.youtube.com/watch?v={(node.text or '').strip()}", None))
    return iter(videos.gather(found, base))


def _sitemap(root: Element, name: str) -> Iterator[Gathered | Skipped]:
    for number, node in enumerate(list(root)[:MAX_ITEMS], start=1):
        address = _text(node, "loc")
        place = address or f"entry {number}"
        article = _of_address(node, address)
        if article is None:
            yield Skipped(place, "only an address: neither news nor a video is told of it")
        else:
            yield Gathered(f"{name}, entry {number}", place, tostring(node), article)


def _of_address(node: Element, address: str | None) -> Article | None:
    news = node.find(_NEWS + "news")
    film = node.find(_VIDEO + "video")
    if news is None and film is None:
        return None
    title = one_line(news.findtext(_NEWS + "title")) if news is not None else None
    publication = news.find(_NEWS + "publication") if news is not None else None
    found: list[tuple[object, object]] = []
    text = ""
    if film is not None:
        own = one_line(film.findtext(_VIDEO + "title"))
        text = one_line(film.findtext(_VIDEO + "description"), 4000) or ""
        keys = ("content_loc", "player_loc")
        found = [(film.findtext(_VIDEO + key), own) for key in keys]
        title = title or own
    if not title:
        return None
    language = publication.findtext(_NEWS + "language") if publication is not None else None
    said = (
        news.findtext(_NEWS + "publication_date") if news is not None else None,
        film.findtext(_VIDEO + "publication_date") if film is not None else None,
    )
    url = videos.web_address(address)
    return Article(
        title=title,
        byline=None,
        dateline=None,
        published=next((moment for one in said if (moment := dates.iso(one))), None),
        language=languages.choose(f"{title}\n{text}", language),
        url=url,
        site=one_line(publication.findtext(_NEWS + "name")) if publication is not None else None,
        text=text,
        removed=(),
        videos=videos.gather(found, url),
        modified=dates.iso(_text(node, "lastmod")),
    )
