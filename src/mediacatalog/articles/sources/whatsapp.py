"""Chats that WhatsApp exported: `_chat.txt` (iOS) and `WhatsApp Chat with ….txt` (Android).

The lines are written as the phone's country writes dates, in any of its scripts; which number is
the day is told by the whole chat. Times are the phone's, without a zone. A video and what its
sender says within a few minutes is one article.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Literal

from mediacatalog.articles import boilerplate, datelines, languages, videos
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

Order = Literal["year first", "day first", "month first"]

TOGETHER = timedelta(minutes=5)
MOST_TOGETHER = 20
LONGEST_LINE = 100_000
TITLE = 140
_MARKS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹،", "01234567890123456789,",
                       "\u200e\u200f\u202a\u202c\ufeff\u061c")  # fmt: skip
_DATE = r"(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})\.?"
_TIME = r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?"
_HALF = r"(?:[\s\u202f\u00a0]*([ap]\.?[\s\u202f\u00a0]?m\.?|ص|م|午前|午後|上午|下午|오전|오후))?"
_IOS = re.compile(rf"\[{_DATE},?[\s\u202f\u00a0]+{_TIME}{_HALF}\] (.*)", re.IGNORECASE | re.DOTALL)
_ANDROID = re.compile(
    rf"{_DATE},?[\s\u202f\u00a0]+(?:um |à |at |a las |в )?{_TIME}{_HALF}(?: Uhr)?"
    r"[\s\u202f\u00a0][-–][\s\u202f\u00a0](.*)",
    re.IGNORECASE | re.DOTALL,
)
_SENDER = re.compile(r"([^:\n]{1,80}): (.*)", re.DOTALL)
_ATTACHED_IOS = re.compile(r"<[^<>:\n]{2,30}[:：]\s?([^<>/\n]{1,250}\.\w{2,5})>")
_ATTACHED_ANDROID = re.compile(r"^([^\s/][^/\n]{0,250}\.\w{2,5}) \([^()\n]{4,60}\)$", re.MULTILINE)
_AFTERNOON = ("p", "م", "午後", "下午", "오후")


@dataclass
class _Message:
    line: int
    numbers: tuple[int, int, int]
    """The three numbers of the date, as they stand."""
    clock: tuple[int, int, int]
    sender: str
    text: str
    raw: str
    files: list[str] = field(default_factory=list)
    at: datetime | None = None


def looks_like(head: bytes) -> bool:
    """Whether most of the first lines begin as messages do."""
    text = head.decode("utf-8", errors="replace").translate(_MARKS)
    lines = [line for line in text.split("\n")[:12] if line.strip()]
    hits = sum(bool(_match(line)) for line in lines)
    return hits >= 1 and _match(lines[0]) is not None and 2 * hits >= len(lines[:4])


def _match(line: str) -> re.Match[str] | None:
    return _IOS.match(line) or _ANDROID.match(line)


def read(file: BinaryIO, name: str) -> Iterator[Gathered | Skipped]:
    data = file.read(MAX_LOADED + 1)
    if len(data) > MAX_LOADED:
        raise UnreadableArticleError(name, f"larger than {MAX_LOADED // 2**20} MiB")
    messages = list(_messages(decode(data, name)))
    order = _order(messages)
    for one in messages:
        one.at = _moment(one, order)
    for group in _groups(messages):
        place = f"line {group[0].line}"
        text = "\n\n".join(one.text for one in group if one.text)
        files = tuple(dict.fromkeys(path for one in group for path in one.files))
        if not files and len(text) < LEAST_MESSAGE:
            yield Skipped(place, "talk: no video, and hardly any text")
            continue
        said = {"sender": group[0].sender, "lines": [one.raw for one in group]}
        yield Gathered(
            f"{name}, {place}",
            place,
            json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"),
            _article(group[0], text, files),
            files=files,
        )


def _messages(text: str) -> Iterator[_Message]:
    current: _Message | None = None
    found = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw[:LONGEST_LINE].translate(_MARKS)
        match = _match(line)
        if match is None:
            if current is not None and len(current.text) < LONGEST_LINE:
                current.raw += "\n" + raw[:LONGEST_LINE]
                current.text += "\n" + raw[:LONGEST_LINE]
            continue
        if current is not None:
            yield _finished(current)
        current = _begun(match, number, raw[:LONGEST_LINE])
        found += current is not None
        if found > MAX_ITEMS:
            return
    if current is not None:
        yield _finished(current)


def _begun(match: re.Match[str], number: int, raw: str) -> _Message | None:
    one, two, three, hour, minute, second, half, rest = match.groups()
    sender = _SENDER.fullmatch(rest)
    if sender is None:
        return None  # told by the program: "Messages are end-to-end encrypted"
    clock = [int(hour), int(minute), int(second or 0)]
    if half:
        afternoon = half.lower().startswith(_AFTERNOON)
        clock[0] = clock[0] % 12 + (12 if afternoon else 0)
    numbers = (int(one), int(two), int(three))
    return _Message(
        number, numbers, (clock[0], clock[1], clock[2]), sender[1].strip(), sender[2], raw
    )


def _finished(one: _Message) -> _Message:
    """The message with its attachments taken out of its text."""
    text = one.text.translate(str.maketrans("", "", "\u200e\u200f\ufeff"))
    for pattern in (_ATTACHED_IOS, _ATTACHED_ANDROID):
        for found in pattern.finditer(text):
            if path := file_of_export(found[1].strip()):
                one.files.append(path)
        text = pattern.sub(lambda found: "" if videos.is_file(found[1].strip()) else found[0], text)
    one.text = plain(text)
    return one


def _order(messages: list[_Message]) -> Order:
    """Which number is the day: by numbers above 12, else by which reading goes forward."""
    if any(one.numbers[0] > 31 for one in messages):
        return "year first"
    if any(one.numbers[0] > 12 for one in messages):
        return "day first"
    if any(one.numbers[1] > 12 for one in messages):
        return "month first"
    if _backward(messages, "month first") < _backward(messages, "day first"):
        return "month first"
    return "day first"


def _backward(messages: list[_Message], order: Order) -> int:
    moments = [moment for one in messages if (moment := _moment(one, order))]
    return sum(later < earlier for earlier, later in pairwise(moments))


def _moment(one: _Message, order: Order) -> datetime | None:
    first, second, third = one.numbers
    if order == "year first":
        year, month, day = first, second, third
    else:
        year = third + 2000 if third < 100 else third
        day, month = (first, second) if order == "day first" else (second, first)
    try:
        return datetime(year, month, day, *one.clock)  # noqa: DTZ001 - the phone's own time
    except ValueError:
        return None


def _groups(messages: list[_Message]) -> Iterator[list[_Message]]:
    """Messages of one sender within a few minutes of each other, if a video is among them."""
    run: list[_Message] = []
    for one in messages:
        if (
            run
            and run[-1].sender == one.sender
            and len(run) < MOST_TOGETHER
            and run[-1].at is not None
            and one.at is not None
            and timedelta(0) <= one.at - run[-1].at <= TOGETHER
        ):
            run.append(one)
            continue
        yield from _parted(run)
        run = [one]
    yield from _parted(run)


def _parted(run: list[_Message]) -> Iterator[list[_Message]]:
    if any(one.files for one in run):
        yield run
    else:
        yield from ([one] for one in run)


def _article(first: _Message, text: str, files: tuple[str, ...]) -> Article:
    kept, removed = boilerplate.sort_out(part for part in text.split("\n\n") if part.strip())
    body = "\n\n".join(kept)
    line = body.split("\n", 1)[0].strip()
    moment = first.at.isoformat() if first.at else None
    title = line if len(line) <= TITLE else re.sub(r"\s+\S*$", "", line[:TITLE]) + " …"
    links = re.findall(r"https?://[^\s<>\"']{4,2000}", body)
    found: list[tuple[object, object]] = [(path, None) for path in files]
    found += [(link, None) for link in links if videos.identify(link) or videos.is_file(link)]
    sender = one_line(first.sender, 200)
    return Article(
        title=title or f"{sender or 'Message'} {(moment or '')[:16].replace('T', ' ')}".strip(),
        byline=sender,
        dateline=datelines.find(kept),
        published=moment,
        language=languages.choose(body),
        url=None,
        site="WhatsApp",
        text=body,
        removed=tuple(removed),
        videos=videos.gather(found, None),
    )
