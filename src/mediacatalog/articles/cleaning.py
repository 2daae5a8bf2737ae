"""Bytes to clean text: encodings, entities, control characters, leftovers of markup."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
import zlib
from collections import Counter
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from mediacatalog.errors import UnreadableArticleError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 20_000_000
SAMPLED = 65_536
"""Bytes that are looked at to guess an encoding."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = {
    b"PK\x03\x04": "a ZIP file",
    b"%PDF-": "a PDF file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip file",
    b"\x1aE\xdf\xa3": "a Matroska video",
    b"RIFF": "a RIFF file",
    b"OggS": "an Ogg file",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}
_WHATWG = {
    # What browsers mean by these labels (WHATWG Encoding, section 4.2): supersets.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "x-mac-cyrillic": "mac_cyrillic",
}
_HOSTILE = re.compile(
    # Controls but tab and newline, marks that reorder what is read (UAX 9), what is invisible,
    # lone surrogates (no database takes them), and noncharacters. U+200C-F stay: Persian and
    # mixed lines need them.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile(r"[^\S\n]+")
_TAG = re.compile(
    r"<(?=[/A-Za-z])/?(?:a|abbr|article|aside|b|big|blockquote|body|br|button|center|cite|code"
    r"|dd|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins"
    r"|li|link|main|mark|meta|nav|object|ol|option|p|param|picture|pre|q|s|script|section|select"
    r"|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead"
    r"|time|title|tr|u|ul|video|audio)(?:[\s/][^<>]{0,4000})?>",
    re.IGNORECASE,
)
_BREAKING_TAG = re.compile(
    r"<(?=[/bB])(?:br|/p|/div|/li|/h[1-6]|/tr|/blockquote)(?:[\s/][^<>]{0,400})?>", re.IGNORECASE
)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]{0,4000}>[^<]*</\1\s*>", re.IGNORECASE)


def check(data: bytes, name: str) -> None:
    """Raises UnreadableArticleError for what is empty, too large, or certainly no text."""
    if len(data) > MAX_BYTES:
        raise UnreadableArticleError(
            name, f"{len(data)} bytes; an article may have {MAX_BYTES} at most"
        )
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableArticleError(name, "is empty")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise UnreadableArticleError(name, f"is {what}, not a text")
    if data[4:8] == b"ftyp":
        raise UnreadableArticleError(name, "is a video, not a text")


def unpacked(data: bytes, name: str) -> bytes:
    """The bytes inside gzip. Raises UnreadableArticleError for damage, and beyond MAX_BYTES."""
    unpacker = zlib.decompressobj(31)
    try:
        inner = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise UnreadableArticleError(name, "is a damaged gzip file") from error
    if len(inner) > MAX_BYTES:
        raise UnreadableArticleError(name, f"unpacks to more than {MAX_BYTES} bytes")
    return inner


def decode(data: bytes, name: str, *, declared: str | None = None) -> str:
    r"""Text of bytes in whatever encoding, line ends made "\\n". `declared` is what a page says.

    Valid UTF-8 wins over the declaration: pages are more often wrong about themselves than
    text of another encoding is valid UTF-8. Raises UnreadableArticleError for binary data.
    """
    text = _decoded(data, declared)
    head = text[:SAMPLED]
    odd = sum(1 for c in head if (c < " " and c not in "\t\n\r\f\x1a\x1b") or c == "\ufffd")
    if odd > max(3, len(head) // 30):
        raise UnreadableArticleError(name, "is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, declared: str | None) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    if wide := _wide(data[:2000]):
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        lenient = data.decode("utf-8", errors="replace")
    # A file cut inside a letter, or one bad byte in a good page, is UTF-8 all the same.
    broken = lenient.count("\ufffd")
    if broken * 50 < sum(1 for c in lenient[:SAMPLED] if c > "\x7f"):
        return lenient
    for label in (declared, _guess(data)):
        try:
            if label and (text := data.decode(_known(label), errors="replace")):
                return text
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", errors="replace")


def _known(label: str) -> str:
    name = label.strip().strip("\"'").lower()
    return codecs.lookup(_WHATWG.get(name, name)).name


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte is one of very few, the others are many."""
    if len(head) < 16 or b"\0" not in head:
        return None
    even, odd = _narrow(head[0::2]), _narrow(head[1::2])
    if max(even, odd) < 0.85 or abs(even - odd) < 0.2:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _narrow(data: bytes) -> float:
    """The share of the two commonest bytes: zero and the number of a script, in UTF-16."""
    return sum(count for _, count in Counter(data).most_common(2)) / len(data)


def _guess(data: bytes) -> str | None:
    best = from_bytes(data[:SAMPLED]).best()
    return best.encoding if best else None


def plain(text: str) -> str:
    """Text without entities, control characters and tags; spaces single, newlines kept."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = without_tags(text)
    text = harmless(text.replace("\u2028", "\n").replace("\u2029", "\n"))
    text = unicodedata.normalize("NFC", text)
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()


def harmless(text: str) -> str:
    """Text without control characters and marks that reorder what is read; else as it is."""
    return _HOSTILE.sub("", text)


def without_tags(text: str) -> str:
    """Text less the tags of HTML in it; `<` that opens no known tag stays, as in `a < b`."""
    text = _SCRIPT.sub("", text)
    text = _BREAKING_TAG.sub("\n", text)
    return _TAG.sub("", text)


def one_line(text: object, limit: int = 1000) -> str | None:
    """A short clean line of a value that should be text; None if it isn't or nothing is left."""
    if not isinstance(text, str):
        return None
    line = " ".join(plain(text[: 4 * limit]).split())[:limit].strip()
    return line or None


def paragraphs(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block)
