"""A reader's rehearsal: it reads small made pages before it seals itself.

Libraries load parts of themselves when they first need them, which a sealed process can't.
"""

from __future__ import annotations

import codecs
import email
import email.mime
import encodings
import importlib
import io
import pkgutil
import zipfile
from contextlib import suppress
from typing import Final

from mediacatalog.articles import sources
from mediacatalog.errors import UnreadableArticleError

_SENTENCE: Final = (
    "The column left the town on the second of March, said a doctor of the hospital, and "
    "nobody there knew where the road would lead them in the end. "
)
_PAGE: Final = (
    "<!doctype html><html lang=en><head><title>A column leaves</title>"
    '<meta property="og:title" content="A column leaves">'
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"A column leaves",'
    '"datePublished":"2016-06-01T10:00:00Z"}</script></head><body><nav><a href="/a">Home</a></nav>'
    f"<article><h1>A column leaves</h1>{f'<p>{_SENTENCE}</p>' * 4}"
    '<table><tr><td>x</td></tr></table><ul><li>y</li></ul><img src="a.jpg" alt="z"></article>'
    '<iframe src="https://www.youtube.com/embed/aaaaaaaaaaa"></iframe></body></html>'
).encode()
_BARE: Final = b"<html><body><div>Few words.</div></body></html>"
_MHTML: Final = (
    b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://news.example/a\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
    b"\r\n\r\n" + _PAGE.replace(b"=", b"=3D") + b"\r\n--b--\r\n"
)
_RSS: Final = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>N</title><item><title>A</title>'
    b"<link>https://news.example/a</link><pubDate>Wed, 01 Jun 2016 10:00:00 GMT</pubDate>"
    b"<description>" + _SENTENCE.encode() + b"</description></item></channel></rss>"
)
_TELEGRAM: Final = (
    b'{"name":"c","type":"public_channel","id":1,"messages":[{"id":1,"type":"message",'
    b'"date":"2016-06-01T10:00:00","from":"c","text":"' + _SENTENCE.encode() + b'"}]}'
)
_WHATSAPP: Final = b"[01/06/2016, 10:00:00] A: " + _SENTENCE.encode() + b"\n"


def rehearse() -> None:
    """Load all that reading an article may need."""
    for module in pkgutil.iter_modules(encodings.__path__):
        with suppress(ImportError, LookupError):  # those of other systems
            codecs.lookup(module.name)
    for package in (email, email.mime):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name, data in _files().items():
        with suppress(UnreadableArticleError):  # some are of no use, which is told by other parts
            for _ in sources.read(io.BytesIO(data), name):
                pass


def _files() -> dict[str, bytes]:
    crawl = _crawl()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("archive/a.warc", crawl)
        packed.writestr("_chat.txt", _WHATSAPP)
    return {
        "page.html": _PAGE,
        "bare.html": _BARE,
        "arabic.html": _PAGE.decode().replace("The", "\u0625\u0646").encode("cp1256", "replace"),
        "page.mhtml": _MHTML,
        "feed.xml": _RSS,
        "result.json": _TELEGRAM,
        "_chat.txt": _WHATSAPP,
        "a.warc": crawl,
        "a.wacz": archive.getvalue(),
        "WhatsApp Chat.zip": archive.getvalue(),
        "a.info.json": b'{"id":"a","title":"A","description":"B","upload_date":"20160601"}',
        "a.txt": _SENTENCE.encode(),
        "a.md": b"# A\n\n" + _SENTENCE.encode(),
        "a.description": _SENTENCE.encode("utf-16"),
    }


def _crawl() -> bytes:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + _PAGE
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://news.example/a\r\n"
        f"WARC-Date: 2016-06-01T10:00:00Z\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"
