"""What a page says of its story: title, people, date, language, address, site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediacatalog.articles import dates, jsonld, videos
from mediacatalog.articles.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_SAVED_FROM = re.compile(r"(?:saved from url=\(\d+\)|SingleFile\s+url:)\s*(https?://\S{3,2000})")
_SITE_BREAK = re.compile(r"\s+[|–—·»«:-]\s+|\s*[|»]\s*")
_PUBLISHED = (
    "article:published_time", "og:published_time", "datepublished", "date", "dc.date",
    "dc.date.issued", "dcterms.created", "dcterms.date", "pubdate", "publishdate",
    "publish-date", "publish_date", "published_time", "sailthru.date", "parsely-pub-date",
    "article_date_original", "originalpublicationdate", "cxenseparse:recs:publishtime",
    "ptime", "bt:pubdate", "displaydate", "og:article:published_time", "article.published",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "article:updated_time", "datemodified", "lastmod",
    "last-modified", "modified", "dcterms.modified", "dc.date.modified", "revised", "updated_time",
    "article_date_updated",
)  # fmt: skip
_AUTHORS = (
    "author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator",
    "byl", "article:author", "twitter:creator:name", "dcterms.creator",
)  # fmt: skip
_BY = re.compile(
    r"^(?:by|von|par|por|di|автор:?|بقلم:?|كتب:?|(?:written|posted|published) by|"
    r"eingestellt von|publicado por|author:?)\s+",
    re.IGNORECASE,
)
_DATE_AFTER = re.compile(
    r"[\s,|·•–-]+(?:on\s+)?(?:\d{1,2}[./ ]|\d{4}-|[^\W\d_]{3,9}\.?\s\d{1,2},).*$"
)
_NAMING = (
    "a",
    "span",
    "p",
    "div",
    "address",
    "li",
    "cite",
    "strong",
    "b",
    "em",
    "small",
    "h3",
    "h4",
)
_DATE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|dateline|published|pubdate|posted|post-date|timestamp|datum)(?:[\s_-]|$)"
)
_DATED_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?:/|$|-)")
_NO_PERSON = re.compile(
    r"https?:|@|facebook\.com|^\d|^(?:admin|staff|editor|unknown|none|null)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str | None
    byline: str | None
    published: str | None
    modified: str | None
    languages: tuple[str | None, ...]
    """As declared, the most reliable first; not yet checked."""
    url: str | None
    site: str | None
    body: str | None
    """JSON-LD's articleBody, as it stands there."""
    schema: jsonld.Schema
    meta: dict[str, str]
    """Of `<meta>`: name or property in small letters, the first value of each."""


def read(tree: HtmlElement, html: str) -> Metadata:
    schema = jsonld.read(
        script.text_content() for script in tree.iter("script") if "ld+json" in _kind(script)
    )
    meta = dict(_metas(tree))
    story = schema.stories[0] if schema.stories else {}
    url = _address(tree, html, meta, schema)
    return Metadata(
        title=_title(tree, meta, schema, url),
        byline=_byline(tree, meta, story),
        published=_published(tree, meta, schema),
        modified=_modified(tree, meta, schema),
        languages=(
            tree.get("lang"),
            tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang"),
            *(value for node in schema.stories for value in jsonld.names(node.get("inLanguage"))),
            meta.get("og:locale"),
            meta.get("content-language"),
            meta.get("language"),
            meta.get("dc.language"),
        ),
        url=url,
        site=_site(meta, schema, url),
        body=next(
            (body for node in schema.stories if isinstance(body := node.get("articleBody"), str)),
            None,
        ),
        schema=schema,
        meta=meta,
    )


def _kind(script: HtmlElement) -> str:
    return (script.get("type") or "").lower()


def _metas(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, node in enumerate(tree.iter("meta")):
        if number > 2000:
            return
        value = node.get("content")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = (node.get(attribute) or "").strip().lower()
            if key and value and value.strip() and key not in seen:
                seen.add(key)
                yield key, value.strip()


# --- title ----------------------------------------------------------------------------------------


def _title(
    tree: HtmlElement, meta: dict[str, str], schema: jsonld.Schema, url: str | None
) -> str | None:
    """The headline. The page's `<title>` tells which of the rivals is meant, where it names one."""
    window = one_line(tree.findtext(".//title"), 500)
    headings = list(_headings(tree))
    declared = [one_line(node.get("headline"), 500) for node in schema.stories]
    declared += [one_line(meta.get(key), 500) for key in ("og:title", "twitter:title", "title")]
    known = [line for line in declared if line]
    site = one_line(meta.get("og:site_name")) or ""
    headings = [line for line in headings if not _same(line, site)]
    known = [line for line in known if not _same(line, site)] or known
    inside = [line for line in headings if window and len(line) > 8 and line in window]
    if inside:
        return max(inside, key=len)
    # A headline that an apostrophe cut short is the start of the heading: "Russia" of "Russia's".
    for line in known:
        for heading in headings:
            if _same(line, heading) or (heading.startswith(line) and len(heading) < 300):
                return heading
    if known:
        return _without_site(known[0], site, url)
    if len(headings) == 1 and len(headings[0]) > 8:
        return headings[0]
    return _without_site(window, site, url) if window else (headings[0] if headings else None)


def _headings(tree: HtmlElement) -> Iterator[str]:
    """Of each `<h1>` the words, and those of its children alone: some hold the logo as well."""
    for number, node in enumerate(tree.iter("h1")):
        if number >= 20:
            return
        children = [
            text
            for child in node.iterchildren("*")
            if (text := one_line(child.text_content(), 500))
        ]
        whole = one_line(" ".join(node.xpath(".//text()")), 500)
        if whole:
            yield re.sub(r"\s+([,.;:!?»”’])", r"\1", whole) if children else whole
        if len(children) > 1:
            yield from children


def _same(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one).casefold() == re.sub(r"\W+", "", other).casefold()


def _without_site(title: str, site: str, url: str | None) -> str:
    """A title less the name of the site at its end or start."""
    parts = _SITE_BREAK.split(title)
    if len(parts) < 2:
        return title
    breaks = [found.span() for found in _SITE_BREAK.finditer(title)]
    if _names_site(parts[-1], site, url):
        return title[: breaks[-1][0]]
    if _names_site(parts[0], site, url):
        return title[breaks[0][1] :]
    strong = re.search(r"[|»–—-]", title[slice(*breaks[-1])]) and not parts[-1][:1].islower()
    if strong and len(parts[-1].split()) <= 4 and len(title[: breaks[-1][0]].split()) >= 4:
        return title[: breaks[-1][0]]
    return title


def _names_site(part: str, site: str, url: str | None) -> bool:
    """Whether a part of a title is the site's name, or its host's."""
    if site and _same(part, site):
        return True
    word = re.sub(r"\W+", "", part).casefold()
    host = url.split("/")[2].rsplit("@", 1)[-1].split(":")[0].lower() if url else ""
    labels = host.removeprefix("www.").split(".")[:-1]
    return len(word) >= 3 and word in (*labels, host.replace(".", "").removeprefix("www"))


# --- people and dates -----------------------------------------------------------------------------


def _byline(tree: HtmlElement, meta: dict[str, str], story: dict[str, Any]) -> str | None:
    declared = [meta[key] for key in _AUTHORS if key in meta][:1]
    for candidates in (jsonld.names(story.get("author")), declared, _marked_authors(tree)):
        people = list(dict.fromkeys(name for one in candidates if (name := person(one))))
        if people:
            return ", ".join(people[:10])
    return None


def person(value: object) -> str | None:
    """A name without "By"; None for addresses, account numbers and placeholders."""
    line = one_line(value, 200)
    if line is None:
        return None
    line = _DATE_AFTER.sub("", _BY.sub("", line)).strip(" ,|·-–—")
    return line if 2 <= len(line) <= 160 and not _NO_PERSON.search(line) else None


def _marked_authors(tree: HtmlElement) -> list[str]:
    found: list[str] = []
    for number, node in enumerate(tree.iter(*_NAMING)):
        if number > 20_000 or len(found) > 1:
            break
        marks = f" {node.get('class') or ''} {node.get('rel') or ''} {node.get('itemprop') or ''} "
        if len(marks) < 500 and re.search(
            r"[\s_-](?:byline|author|author-name|byline-author|article-author)\s", marks.lower()
        ):
            inner = node.find(".//*[@class='fn']")
            links = [one for one in node.iter("a") if one is not node and one.get("href")]
            inner = links[0] if inner is None and len(links) == 1 else inner
            text = one_line(" ".join((node if inner is None else inner).xpath(".//text()")), 200)
            if text and len(text) < 100 and len(text.split()) <= 10:
                found.append(text)
    return found[:1]


def _published(tree: HtmlElement, meta: dict[str, str], schema: jsonld.Schema) -> str | None:
    """The first that is a real date: the story's own schema, meta, marked elements, the address.

    Of the same day, the most exact: one may say the day, another the second and its zone.
    """
    said: list[object] = [
        node.get(key) for node in schema.stories for key in ("datePublished", "dateCreated")
    ]
    said += [meta.get(key) for key in _PUBLISHED]
    moments = [moment for value in said if (moment := dates.iso(value))]
    if moments:
        return max((one for one in moments if one[:10] == moments[0][:10]), key=_exactness)
    return _marked_date(tree) or _date_in_address(tree, meta)


def _exactness(moment: str) -> int:
    return (len(moment) > 10) + (len(moment) > 19)


def _modified(tree: HtmlElement, meta: dict[str, str], schema: jsonld.Schema) -> str | None:
    """When the page says that the story was last changed."""
    said: list[object] = [node.get("dateModified") for node in schema.stories]
    said += [meta.get(key) for key in _MODIFIED]
    said += [
        node.get("datetime") or node.get("content") or _start(node)
        for node in tree.xpath("//*[@itemprop='dateModified']")[:3]
    ]
    moments = [moment for value in said if (moment := dates.iso(value))]
    if not moments:
        return None
    return max((one for one in moments if one[:10] == moments[0][:10]), key=_exactness)


def _marked_date(tree: HtmlElement) -> str | None:
    """Of `<time>`, of itemprop, and of short elements whose class says that they are the date."""
    by_class: str | None = None
    for number, node in enumerate(tree.iter("time", "span", "abbr", "p", "div", "h2", "li")):
        if number > 20_000:
            break
        prop = (node.get("itemprop") or "").lower()
        if node.tag == "time" or prop == "datepublished":
            given = node.get("datetime") or node.get("content") or node.get("title")
            moment = dates.iso(given) or dates.written(_start(node))
            if moment:
                return moment
        elif by_class is None and _DATE_CLASS.search((node.get("class") or "")[:200].lower()):
            text = _start(node)
            by_class = dates.iso(text) or dates.written(text) if len(text) < 80 else None
    return by_class


def _start(node: HtmlElement) -> str:
    return " ".join(node.text_content()[:200].split())


def _date_in_address(tree: HtmlElement, meta: dict[str, str]) -> str | None:
    """News sites put the day into the address: /2017/11/08/."""
    hrefs = [node.get("href") or "" for node in tree.iter("link") if node.get("rel") == "canonical"]
    for url in (*hrefs[:1], meta.get("og:url", "")):
        if found := _DATED_PATH.search(url[:1000]):
            return dates.iso(f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}")
    return None


# --- where ----------------------------------------------------------------------------------------


def _address(
    tree: HtmlElement, html: str, meta: dict[str, str], schema: jsonld.Schema
) -> str | None:
    candidates: list[object] = [
        node.get("href")
        for node in tree.iter("link")
        if "canonical" in (node.get("rel") or "").lower().split()
    ][:3]
    candidates.append(meta.get("og:url"))
    candidates += [node.get("url") for node in schema.stories[:3]]
    for node in schema.stories[:3]:
        entity = node.get("mainEntityOfPage")
        candidates.append(entity.get("@id") if isinstance(entity, dict) else entity)
    if saved := _SAVED_FROM.search(html[:4000]):
        candidates.append(saved[1])
    base = next((node.get("href") for node in tree.iter("base")), None)
    for value in candidates:
        if address := videos.web_address(value):
            return address
    return videos.web_address(base) if base and len(base) > 30 else None


def _site(meta: dict[str, str], schema: jsonld.Schema, url: str | None) -> str | None:
    publishers = [name for node in schema.stories for name in jsonld.names(node.get("publisher"))]
    for value in (meta.get("og:site_name"), *publishers, meta.get("application-name")):
        if line := one_line(value, 200):
            return line
    if url is None:
        return None
    return url.split("/")[2].rsplit("@", 1)[-1].split(":")[0].lower().removeprefix("www.")
