"""Exports of Telegram Desktop: `result.json` of a chat or of all chats, and `messages.html`.

Each message with a video, and each with a fair amount of text, is an article; the pictures and
films of one album are one. The export's own path of a file ties it to its message beyond doubt.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from mediacatalog.articles import boilerplate, datelines, dates, languages, videos
from mediacatalog.articles.cleaning import decode, one_line, plain
from mediacatalog.articles.sources.values import (
    LEAST_MESSAGE,
    MAX_ITEMS,
    MAX_LOADED,
    Gathered,
    Skipped,
    file_of_export,
)
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import Article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MAX_CHATS = 20_000
MAX_HTML = 30 * 2**20
"""Bytes of a page of an export; Telegram begins a new one after a thousand messages."""
LONGEST_TEXT = 100_000
TITLE = 140
_CHANNEL = ("public_channel", "private_channel", "public_supergroup", "private_supergroup")
_ADDRESS = re.compile(r"https?://[^\s<>\"']{4,2000}")
_TITLE_DATE = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-]\d\d:?\d\d))?")
_NO_FILE = "(file"  # "(File not included. Change data exporting settings to download.)"


@dataclass
class _Message:
    """One message, or one album."""

    id: str
    sender: str | None
    moment: str | None
    """ISO 8601."""
    edited: str | None = None
    forwarded: str | None = None
    text: str = ""
    links: list[str] = field(default_factory=list)
    films: list[object] = field(default_factory=list)
    """Paths of videos as the export gives them, unchecked."""
    source: list[object] = field(default_factory=list)


@dataclass(frozen=True)
class _Chat:
    name: str | None
    address: str | None
    """Of the chat, without its last part; None for people's own chats."""


def looks_like(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return (
            b'"messages"' in head
            or (b'"chats"' in head and b'"list"' in head)
            or (b'"about"' in head and b"exported" in head and b"Telegram" in head)
        )
    return b'class="page_wrap' in head and (b"page_header" in head or b"js/script.js" in head)


def read(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    data = file.read(MAX_LOADED + 1)
    if len(data) > MAX_LOADED:
        raise UnreadableArticleError(name, f"larger than {MAX_LOADED // 2**20} MiB")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        for chat, messages in _chats(data, name):
            yield from _articles(chat, _of_json(messages), name)
    elif len(data) > MAX_HTML:
        raise UnreadableArticleError(name, f"larger than {MAX_HTML // 2**20} MiB")
    else:
        chat, found = _of_html(data, name)
        yield from _articles(chat, found, name)


# --- JSON -----------------------------------------------------------------------------------------


def _chats(data: bytes, name: str) -> Iterator[tuple[_Chat, list[Any]]]:
    try:
        root = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableArticleError(name, f"is not valid JSON: {str(error)[:120]}") from error
    if not isinstance(root, dict):
        raise UnreadableArticleError(name, "is no export of Telegram")
    listed = [root]
    for key in ("chats", "left_chats"):
        part = root.get(key)
        if isinstance(part, dict) and isinstance(part.get("list"), list):
            listed += part["list"][:MAX_CHATS]
    for chat in listed:
        messages = chat.get("messages") if isinstance(chat, dict) else None
        if isinstance(messages, list):
            number = chat.get("id")
            public = chat.get("type") in _CHANNEL and isinstance(number, int)
            address = f"https://t.me/c/{number}" if public else None
            yield _Chat(one_line(chat.get("name"), 200), address), messages


def _of_json(messages: list[Any]) -> Iterator[_Message]:
    """Messages in order, those of an album joined."""
    waiting: tuple[tuple[object, ...], _Message] | None = None
    for raw in islice(messages, MAX_ITEMS):
        if not isinstance(raw, dict) or raw.get("type") != "message":
            continue
        one = _message(raw)
        has_file = bool(raw.get("file") or raw.get("photo"))
        # An album has no mark of its own: files of one sender in the same second.
        key = (raw.get("from_id"), raw.get("date_unixtime") or raw.get("date"),
               raw.get("forwarded_from"))  # fmt: skip
        if waiting and has_file and waiting[0] == key and not (one.text and waiting[1].text):
            first = waiting[1]
            first.text = first.text or one.text
            first.films += one.films
            first.links += one.links
            first.source += one.source
            continue
        if waiting:
            yield waiting[1]
            waiting = None
        if has_file:
            waiting = (key, one)
        else:
            yield one
    if waiting:
        yield waiting[1]


def _message(raw: dict[str, Any]) -> _Message:
    text, links = _text(raw.get("text"))
    kind = str(raw.get("mime_type") or "")
    media = str(raw.get("media_type") or "")
    is_film = kind.startswith("video/") or media in ("video_file", "video_message", "animation")
    return _Message(
        id=str(raw.get("id"))[:40],
        sender=one_line(raw.get("from") or raw.get("author"), 200),
        moment=_moment(raw, "date"),
        edited=_moment(raw, "edited"),
        forwarded=one_line(raw.get("forwarded_from"), 200),
        text=text,
        links=links,
        films=[raw.get("file")] if is_film else [],
        source=[raw],
    )


def _moment(raw: dict[str, Any], key: str) -> str | None:
    """UTC where the export gives the second of the epoch, else the exporter's local time."""
    epoch = raw.get(f"{key}_unixtime")
    if isinstance(epoch, str) and epoch.isdecimal() and len(epoch) < 12:
        return dates.of_epoch(int(epoch))
    return dates.iso(raw.get(key))


def _text(value: object) -> tuple[str, list[str]]:
    """Plain text of a message and the addresses of its links."""
    parts: list[str] = []
    links: list[str] = []
    for one in value[:5000] if isinstance(value, list) else [value]:
        said = one.get("text") if isinstance(one, dict) else one
        if isinstance(said, str):
            parts.append(said)
        if isinstance(one, dict) and isinstance(one.get("href"), str):
            links.append(one["href"])
    text = plain("".join(parts)[:LONGEST_TEXT])
    return text, links + _ADDRESS.findall(text)


# --- HTML -----------------------------------------------------------------------------------------


def _of_html(data: bytes, name: str) -> tuple[_Chat, list[_Message]]:
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    text = decode(data, name)
    try:
        tree = document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableArticleError(name, "holds no page") from error
    headings = _having(tree, "page_header")
    title = next((_inner(one, "text") for one in headings), None)
    found: list[_Message] = []
    sender: str | None = None
    for node in islice(_messages(tree), MAX_ITEMS):
        marks = (node.get("class") or "").split()
        if "default" not in marks:
            continue
        one = _html_message(node)
        if "joined" in marks:
            one.sender = one.sender or sender
        sender = one.sender
        found.append(one)
    return _Chat(title, None), found


def _messages(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The messages of a page; none lies in another one."""
    inside: HtmlElement | None = None
    for event, node in etree.iterwalk(tree, events=("start", "end"), tag="div"):
        if event == "end":
            inside = None if node is inside else inside
        elif inside is None and "message" in (node.get("class") or "")[:300].split():
            inside = node
            yield node


def _html_message(node: HtmlElement) -> _Message:
    stamp = next((one.get("title") for one in _having(node, "date") if one.get("title")), "")
    forwarded = next(_having(node, "forwarded"), None)
    films = [
        one.get("href")
        for kind in ("video_file_wrap", "animated_wrap", "media_video", "media_file")
        for one in _having(node, kind)
        if one.tag == "a" and videos.is_file(one.get("href") or "")
    ]
    texts = list(_having(node, "text"))
    links = [str(one.get("href")) for text in texts for one in text.iter("a") if one.get("href")]
    for text in texts:
        for line_break in text.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
    return _Message(
        id=str(node.get("id") or "")[:40].removeprefix("message"),
        sender=None if forwarded is not None and forwarded is next(_having(node, "body"), None)
        else _inner(node, "from_name"),
        moment=_moment_of_title(stamp or ""),
        forwarded=_inner(forwarded, "from_name") if forwarded is not None else None,
        text=plain("\n".join(text.text_content() for text in texts)[:LONGEST_TEXT]),
        links=links,
        films=list(dict.fromkeys(films)),
        source=[etree.tostring(node, encoding="unicode")[:LONGEST_TEXT]],
    )  # fmt: skip


def _having(node: HtmlElement, name: str) -> Iterator[HtmlElement]:
    for one in node.iterdescendants():
        if isinstance(one.tag, str) and name in (one.get("class") or "")[:300].split():
            yield one


def _inner(node: HtmlElement, name: str) -> str | None:
    found = next(_having(node, name), None)
    # The name of who was forwarded is followed by the date in a `span` of its own.
    return None if found is None else one_line(found.text, 200)


def _moment_of_title(title: str) -> str | None:
    found = _TITLE_DATE.match(title)
    if not found:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    return dates.iso(f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone or ''}")


# --- articles -------------------------------------------------------------------------------------


def _articles(
    chat: _Chat, messages: Iterator[_Message] | list[_Message], name: str
) -> Iterator[Gathered | Skipped]:
    for one in messages:
        films = [path for film in one.films if (path := file_of_export(film))]
        refused = [film for film in one.films if film and file_of_export(film) is None]
        if any(isinstance(film, str) and not film.startswith(_NO_FILE) and "File not" not in film
               for film in refused):  # fmt: skip
            yield Skipped(f"message {one.id}", "names a file outside the export")
        if not films and len(one.text) < LEAST_MESSAGE:
            yield Skipped(f"message {one.id}", "talk: no video, and hardly any text")
            continue
        yield Gathered(
            f"{name}, message {one.id}",
            f"{chat.name or ''}#{one.id}",
            json.dumps({"chat": chat.name, "messages": one.source}, ensure_ascii=False).encode(
                "utf-8", "replace"
            ),
            _article(chat, one, films),
            files=tuple(films),
        )


def _article(chat: _Chat, one: _Message, films: list[str]) -> Article:
    kept, removed = boilerplate.sort_out(part for part in one.text.split("\n\n") if part.strip())
    text = "\n\n".join(kept)
    first = text.split("\n", 1)[0].strip()
    moment = (one.moment or "")[:16].replace("T", " ")
    title = first if len(first) <= TITLE else re.sub(r"\s+\S*$", "", first[:TITLE]) + " …"
    found: list[tuple[object, object]] = [(film, None) for film in films]
    found += [
        (link, None)
        for link in one.links
        if videos.identify(videos.web_address(link) or "") or videos.is_file(link)
    ]
    return Article(
        title=title or f"{one.sender or chat.name or 'Message'} {moment}".strip(),
        byline=one.forwarded or one.sender,
        dateline=datelines.find(kept),
        published=one.moment,
        language=languages.choose(text),
        url=f"{chat.address}/{one.id}" if chat.address else None,
        site=chat.name,
        text=text,
        removed=tuple(removed),
        videos=videos.gather(found, None),
        modified=one.edited,
    )
