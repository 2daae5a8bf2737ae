"""Stories kept as text: `.txt`, Markdown with its front matter, a video's `.description`."""

from __future__ import annotations

import re

from mediacatalog.articles import boilerplate, datelines, dates, languages, videos
from mediacatalog.articles.cleaning import one_line, plain
from mediacatalog.errors import UnreadableArticleError
from mediacatalog.values import Article, Removed

LONGEST_TEXT = 2_000_000
"""Characters of a story; what lies beyond is kept as removed."""
LONGEST_TITLE = 220

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_BYLINE = re.compile(
    r"(?:by|written by|reported by|автор:?|текст:|بقلم:?|كتب:|por|par|von)\s+(?P<names>\S.{1,120})",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(title|headline|by|author|byline|date|published|updated|modified|url|link|source|site|publisher|language"
    r"|lang|desc|description)\s*:\s*(\S.*)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'\[\]{}|\\^`]{3,2000}")
_MARKDOWN_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,1000})\]\(\s*<?([^()\s<>]{1,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,500})?)>?"
    r"(?:\s+[\"'][^\"'\n]{0,300}[\"'])?\s*\)"
)
_REFERENCE = re.compile(r"^\s{0,3}\[[^\[\]\n]{1,200}\]:\s+(\S{1,2000}).*$", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.{1,1000}?)\s*#*\s*$")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{2,3})(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?![\w*])")
_LIST_MARK = re.compile(r"^\s{0,12}(?:[*+-]|\d{1,3}[.)])\s+")
_RULE = re.compile(r"^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})$")


def read_text(text: str, name: str) -> Article:
    """A story in plain text. Its first short line is the title, as people save stories."""
    blocks = _blocks(plain(text))
    fields, blocks = _leading_fields(blocks)
    kept, removed = boilerplate.sort_out(blocks)
    title = fields.pop("title", None)
    if title is None:
        title, kept = _split_title(kept)
    return _story(name, title, kept, removed, fields, text)


def read_description(text: str, name: str) -> Article:
    """What the uploader wrote under a video: text without a title of its own."""
    kept, removed = boilerplate.sort_out(_blocks(plain(text)))
    return _story(name, None, kept, removed, {}, text)


def read_markdown(text: str, name: str) -> Article:
    fields, removed, body = _front_matter(text)
    links = [(found[3], found[2]) for found in _MARKDOWN_LINK.finditer(body) if not found[1]]
    links += [(found[1], None) for found in _REFERENCE.finditer(body)]
    body = _MARKDOWN_LINK.sub(lambda found: found[2], _REFERENCE.sub("", body))
    title = fields.pop("title", None)
    lines: list[str] = []
    for line in body.split("\n"):
        heading = _HEADING.match(line)
        if heading and title is None and len(heading[1]) <= 2 and not "".join(lines).strip():
            title = one_line(_unmarked(heading[2]))
        elif heading:
            lines += ["", _unmarked(heading[2]), ""]
        elif not _RULE.match(line):
            lines.append(_unmarked(line))
    kept, furniture = boilerplate.sort_out(_blocks(plain("\n".join(lines))))
    return _story(name, title, kept, removed + furniture, fields, body, links)


def _story(  # noqa: PLR0913, PLR0917 - one private assembler for the three kinds of text
    name: str,
    title: str | None,
    kept: list[str],
    removed: list[Removed],
    fields: dict[str, str],
    original: str,
    links: list[tuple[str, str | None]] | None = None,
) -> Article:
    byline, kept = _split_byline(kept)
    text = "\n\n".join(kept)
    if len(text) > LONGEST_TEXT:
        removed = [*removed, Removed(text[LONGEST_TEXT:], "beyond the longest story kept")]
        text = text[:LONGEST_TEXT].rstrip()
    if not text and not title:
        raise UnreadableArticleError(name, "holds no text of a story")
    addresses: list[tuple[object, object]] = list(links or [])
    addresses += [
        (found[0].rstrip(".,;:!?)»"), None)
        for found in _ADDRESS.finditer(original[:LONGEST_TEXT])
        if videos.identify(found[0]) or videos.is_file(found[0].rstrip(".,;:!?)»"))
    ]
    return Article(
        title=title,
        byline=fields.get("byline") or byline,
        dateline=datelines.find(kept),
        published=dates.iso(fields.get("published")),
        modified=dates.iso(fields.get("modified")),
        language=languages.choose(f"{title or ''}\n{text}", fields.get("language")),
        url=videos.web_address(fields.get("url")),
        site=fields.get("site"),
        text=text,
        removed=tuple(removed),
        videos=videos.gather(
            (pair for pair in addresses if _names_video(pair[0])), fields.get("url")
        ),
    )


def _names_video(address: object) -> bool:
    return isinstance(address, str) and (
        videos.identify(address) is not None or videos.is_file(address)
    )


def _blocks(text: str) -> list[str]:
    """Paragraphs; lines that were only wrapped at a width are joined again."""
    return [_unwrapped(block.strip()) for block in _BLANK.split(text) if block.strip()]


def _unwrapped(block: str) -> str:
    lines = block.split("\n")
    if len(lines) < 2 or len(lines) > 2000:
        return block
    body = [len(line) for line in lines[:-1]]
    longest = max(len(line) for line in lines)
    wrapped = 50 <= longest <= 130 and min(body) > 0.62 * longest
    return " ".join(lines) if wrapped else block


def _split_title(kept: list[str]) -> tuple[str | None, list[str]]:
    """The first line, if it reads like a headline and a story follows."""
    if not kept:
        return None, kept
    first, _, rest = kept[0].partition("\n")
    alone = len(kept) == 1 and not rest
    if len(first) > LONGEST_TITLE or alone or datelines.find([first]):
        return None, kept
    if first.endswith((".", ":", ";", ",", "،", "۔", "。")) and not first.endswith("..."):
        return None, kept
    return first, ([rest.strip()] if rest.strip() else []) + kept[1:]


def _split_byline(kept: list[str]) -> tuple[str | None, list[str]]:
    """A "By …" line within the first two blocks, and the blocks without it."""
    for number, block in enumerate(kept[:2]):
        line, _, rest = block.partition("\n")
        found = _BYLINE.fullmatch(line) if len(line) < 120 and not line.endswith(".") else None
        if (
            found
            and len(found["names"].split()) <= 12
            and found["names"][0].isupper() | (found["names"][0] > "\u0590")
        ):
            others = [rest.strip()] if rest.strip() else []
            return found["names"].strip(), kept[:number] + others + kept[number + 1 :]
    return None, kept


_KEYS = {
    "headline": "title",
    "by": "byline",
    "author": "byline",
    "date": "published",
    "updated": "modified",
    "link": "url",
    "source": "site",
    "publisher": "site",
    "lang": "language",
}


def _leading_fields(blocks: list[str]) -> tuple[dict[str, str], list[str]]:
    """`Title: …`, `Author: …`, `URL: …` lines that a person put before the story."""
    if not blocks:
        return {}, blocks
    fields: dict[str, str] = {}
    lines = blocks[0].split("\n")
    taken = 0
    for line in lines:
        found = _FIELD.fullmatch(line)
        if not found or found[1].lower() in ("desc", "description"):
            break
        key = found[1].lower()
        fields.setdefault(_KEYS.get(key, key), found[2].strip())
        taken += 1
    if taken < 2 and not (taken and len(lines) == 1 and len(blocks) > 1 and "title" in fields):
        return {}, blocks
    usable = _usable(fields)
    rest = "\n".join(lines[taken:]).strip()
    return usable, ([rest] if rest else []) + blocks[1:]


def _usable(fields: dict[str, str]) -> dict[str, str]:
    """Fields with their values clean; a source that is an address is the address of the story."""
    if "site" in fields and videos.web_address(fields["site"]):
        fields.setdefault("url", fields.pop("site"))
    return {key: line for key, value in fields.items() if (line := one_line(value))}


def _front_matter(text: str) -> tuple[dict[str, str], list[Removed], str]:
    """The simple `key: value` lines of YAML between `---` marks; the whole block is kept too."""
    text = text.lstrip("\ufeff\n")
    lines = text.split("\n", 200)
    if lines[0].strip() != "---":
        return {}, [], text
    ends = [n for n, line in enumerate(lines[1:200], start=1) if line.strip() in ("---", "...")]
    if not ends:
        return {}, [], text
    fields: dict[str, str] = {}
    for line in lines[1 : ends[0]]:
        found = _FIELD.fullmatch(line.strip())
        if found:
            value = found[2].strip()
            if value[:1] == value[-1:] and value[:1] in ("'", '"'):
                value = value[1:-1].replace('\\"', '"').replace("''", "'")
            key = found[1].lower()
            fields.setdefault(_KEYS.get(key, key), value)
    block = plain("\n".join(lines[1 : ends[0]]))
    removed = [Removed(block, "front matter")] if block else []
    return _usable(fields), removed, "\n".join(lines[ends[0] + 1 :])


def _unmarked(line: str) -> str:
    """A line of Markdown without its marks; the dash of a list stays, as in pages."""
    line = line.lstrip("> ") if line.lstrip().startswith(">") else line
    if line.strip().startswith(("```", "~~~")):
        return ""
    line = _LIST_MARK.sub("- ", line)
    if len(line) < 20_000:
        line = _EMPHASIS.sub(r"\2", line)
        line = re.sub(r"`([^`\n]{1,500})`", r"\1", line)
    return re.sub(r"\\([\\`*_{}\[\]()#+.!>~|-])", r"\1", line)
