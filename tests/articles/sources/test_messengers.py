"""Exports of Telegram and WhatsApp."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from mediacatalog.errors import UnreadableArticleError
from tests.articles.sources import STORY, gathered

if TYPE_CHECKING:
    from pathlib import Path


def message(number: int, **fields: object) -> dict[str, object]:
    return {
        "id": number,
        "type": "message",
        "date": "2017-11-09T10:45:12",
        "date_unixtime": str(1510213512 + 60 * number),
        "from": "Valley channel",
        "from_id": "channel17",
        "text": "",
        **fields,
    }


def export(*messages: dict[str, object], **fields: object) -> bytes:
    chat = {"name": "Valley", "type": "public_channel", "id": 17, "messages": list(messages)}
    return json.dumps(chat | fields, ensure_ascii=False).encode()


def film(name: str) -> dict[str, object]:
    return {"file": f"video_files/{name}", "mime_type": "video/mp4", "media_type": "video_file"}


def test_a_message_and_its_file_are_an_article() -> None:
    link = {"type": "text_link", "text": "more", "href": "https://youtu.be/QPRb71FGCgI"}
    text = ["The ferry, by ", {"type": "bold", "text": "night"}, "\n", link]
    (one,), _ = gathered(export(message(3, text=text, **film("a.mp4"))), "result.json")
    assert one.files == ("video_files/a.mp4",)
    assert one.article.title == "The ferry, by night"
    assert one.article.text == "The ferry, by night\nmore"
    assert one.article.published == "2017-11-09T07:48:12Z"
    assert one.article.url == "https://t.me/c/17/3"
    assert [video.id or video.url for video in one.article.videos] == [
        "video_files/a.mp4", "QPRb71FGCgI",
    ]  # fmt: skip


def test_an_album_is_one_article_and_talk_is_none() -> None:
    same = {"date_unixtime": "1510213512"}
    found, skipped = gathered(
        export(
            message(1, text="Good morning"),
            message(2, **film("a.mp4"), **same),
            message(3, text="Both banks of the river", **film("b.mp4"), **same),
            message(4, text=STORY),
        ),
        "result.json",
    )
    assert [one.files for one in found] == [("video_files/a.mp4", "video_files/b.mp4"), ()]
    assert found[0].article.text == "Both banks of the river"
    assert [one.place for one in skipped] == ["message 1"]


@pytest.mark.parametrize(
    "path", ["../../etc/passwd.mp4", "/etc/x.mp4", "a\\..\\b.mp4", "file:///a.mp4", "x/../y.mp4"]
)
def test_no_path_leads_out_of_the_export(path: str) -> None:
    found, skipped = gathered(export(message(1, **film("x") | {"file": path})), "result.json")
    assert not found
    assert "outside the export" in skipped[0].reason


def test_an_export_of_all_chats_and_the_samples_are_read(samples: Path) -> None:
    both = {"about": "exported from Telegram", "chats": {"list": [json.loads(export(
        message(1, text=STORY)))]}}  # fmt: skip
    found, _ = gathered(json.dumps(both).encode(), "result.json")
    assert [one.article.site for one in found] == ["Valley"]
    data = (samples / "sidecars/telegram/channel_result.json").read_bytes()
    found, _ = gathered(data, "result.json")
    assert [one.files for one in found] == [
        ("video_files/VID-20171109-WA0007.mp4",), ("round_video_messages/file_5.mp4",),
    ]  # fmt: skip
    assert found[0].article.text == "مشاهد من #البوكمال - 9 تشرين الثاني"
    assert found[0].article.published == "2017-11-09T07:45:12Z"


HTML = """<!DOCTYPE html><html><head><script src="js/script.js"></script></head><body>
<div class="page_wrap"><div class="page_header"><div class="content"><div class="text bold">
Valley </div></div></div><div class="page_body chat_page"><div class="history">
<div class="message service" id="message-1"><div class="body details">9 November 2017</div></div>
<div class="message default clearfix" id="message7"><div class="body">
<div class="pull_right date details" title="09.11.2017 10:45:12 UTC+03:00">10:45</div>
<div class="from_name">Mara Velin </div>
<div class="media_wrap clearfix"><a class="video_file_wrap clearfix pull_left"
 href="video_files/a.mp4"><img src="x.jpg"></a></div>
<div class="text">The ferry<br>by night <a href="https://youtu.be/QPRb71FGCgI">more</a>
<script>alert(1)</script></div></div></div>
<div class="message default clearfix joined" id="message8"><div class="body">
<div class="pull_right date details" title="09.11.2017 10:46:00 UTC+03:00">10:46</div>
<div class="media_wrap clearfix"><div class="media clearfix pull_left media_video">
<div class="body"><div class="title bold">Video file</div></div></div></div>
<div class="text">STORY</div></div></div></div></div></div></body></html>"""


def test_the_pages_of_an_export_are_read_too() -> None:
    found, _ = gathered(HTML.replace("STORY", STORY).encode(), "messages.html")
    first, second = (one.article for one in found)
    assert found[0].files == ("video_files/a.mp4",)
    assert (first.byline, first.site) == ("Mara Velin", "Valley")
    assert first.published == "2017-11-09T10:45:12+03:00"
    assert first.text.startswith("The ferry\nby night more")
    assert "QPRb71FGCgI" in {video.id for video in first.videos}
    assert second.byline == "Mara Velin"
    assert second.text == STORY


def chat(*lines: str) -> bytes:
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("lines", "published"),
    [
        (("[09/11/2017, 10:45:12] Mara: \u200e<attached: a.mp4>", "[13/11/2017, 10:45:12] x: y"),
         "2017-11-09T10:45:12"),
        (("[11/9/17, 10:45:12\u202fPM] Mara: <attached: a.mp4>", "[11/13/17, 1:00:00 AM] x: y"),
         "2017-11-09T22:45:12"),
        (("09.11.17, 10:45 - Mara: a.mp4 (Datei angehängt)",), "2017-11-09T10:45:00"),
        (("2017-11-09, 12:05 a. m. - Mara: a.mp4 (archivo adjunto)",), "2017-11-09T00:05:00"),
        (("\u200f٩/١١/٢٠١٧، ١٠:٤٥ م - Mara: \u200fa.mp4 (الملف مرفق)",), "2017-11-09T22:45:00"),
        (
            (
                "1/2/17, 10:45 - Mara: a.mp4 (file attached)",
                "1/3/17, 10:45 - x: y",
                "2/1/17, 9:00 - x: y",
            ),
            "2017-01-02T10:45:00",
        ),
    ],
    ids=["iOS", "iOS 12 hours", "Android de", "Android es", "Android ar", "month first by order"],
)  # fmt: skip
def test_dates_are_read_as_the_phone_wrote_them(lines: tuple[str, ...], published: str) -> None:
    (one,), _ = gathered(chat(*lines), "_chat.txt")
    assert one.files == ("a.mp4",)
    assert one.article.published == published
    assert one.article.byline == "Mara"


def test_what_the_sender_says_beside_a_video_belongs_to_it() -> None:
    found, skipped = gathered(
        chat(
            "09/11/2017, 10:40 - Messages to this chat are end-to-end encrypted.",
            "09/11/2017, 10:45 - Mara: VID-20171109-WA0007.mp4 (file attached)",
            "The ferry: by night",
            "09/11/2017, 10:46 - Mara: from the east bank",
            "09/11/2017, 10:47 - Jon: Thanks!",
            "09/11/2017, 10:48 - Jon: <Media omitted>",
        ),
        "WhatsApp Chat with Mara.txt",
    )
    (one,) = found
    assert one.article.text == "The ferry: by night\n\nfrom the east bank"
    assert one.files == ("VID-20171109-WA0007.mp4",)
    assert len(skipped) == 2


def test_hostile_exports_are_bounded() -> None:
    with pytest.raises(UnreadableArticleError):
        gathered(b'{"messages": [' + b"[" * 100_000, "result.json")
    with pytest.raises(UnreadableArticleError):
        gathered(b'{"messages": "\xff', "result.json")
    odd = export(message(1, text={"a": 1}), {"type": "message"}, message(2, text=[1, None]))
    assert gathered(odd, "result.json")[0] == []
    line = "[09/11/2017, 10:45:12] Mara: " + "x " * 1_000_000
    found, _ = gathered(chat(line, "\0\0\0", line), "_chat.txt")
    assert all(len(one.article.text) < 300_000 for one in found)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (chat(*["[09/11/2017, 10:45:12] Mara: " + "x.y " * 24_000 + "(file"] * 20), "_chat.txt"),
        (b'<div class="page_wrap page_header">' + b'<div class="message default">' * 100_000,
         "messages.html"),
        (chat(*["[09/11/2017, 10:45:12] Mara: " + "<attached:" * 9_000] * 20), "_chat.txt"),
    ],
    ids=["names", "nesting", "brackets"],
)  # fmt: skip
def test_hostile_exports_take_bounded_time(data: bytes, name: str) -> None:
    began = time.process_time()
    with contextlib.suppress(UnreadableArticleError):
        gathered(data, name)
    assert time.process_time() - began < 10


def packed(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            archive.writestr(path, data)
    return file.getvalue()


def test_a_chat_is_read_inside_the_zip_that_a_phone_shares() -> None:
    chat = "[09/11/2017, 10:45:12] Rim: \u200e<attached: 00000012-VIDEO-2017.mp4>\nThe ferry"
    archive = packed(**{"00000012-VIDEO-2017.mp4": b"\0" * 99, "_chat.txt": chat.encode()})
    (one,), _ = gathered(archive, "WhatsApp Chat - Rim.zip")
    assert one.article.text == "The ferry"
    assert one.files == ("00000012-VIDEO-2017.mp4",)
    assert one.place == "_chat.txt line 1"
    deeper = packed(**{"a/_chat.txt": chat.encode(), "b/result.json": export(message(1, text="x"))})
    (one,), (skipped,) = gathered(deeper, "both.zip")
    assert one.files == ("a/00000012-VIDEO-2017.mp4",)
    assert skipped.place.startswith("b/result.json ")


def test_a_zip_of_other_things_or_a_bomb_is_refused() -> None:
    with pytest.raises(UnreadableArticleError, match="without a chat"):
        gathered(packed(**{"a.txt": b"x"}), "a.zip")
    with pytest.raises(UnreadableArticleError, match="no whole ZIP"):
        gathered(packed(**{"_chat.txt": b"x" * 999})[:60], "a.zip")
    _, (skipped,) = gathered(packed(**{"_chat.txt": bytes(201 * 2**20)}), "a.zip")
    assert skipped.reason == "larger than 200 MiB"
