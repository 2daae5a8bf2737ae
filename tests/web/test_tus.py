"""Uploads go on where they were cut, at any byte, and end as exactly the bytes that were sent."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mediacatalog.values import utc_now
from mediacatalog.web import create_app
from mediacatalog.web.storing import safe_folders
from tests.web.forms import token

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex
    from mediacatalog.settings import Settings

API = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
DATA = bytes(range(256)) * 5000  # 1.28 MB


def metadata(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def begin(client: FlaskClient, length: int, /, **values: str) -> TestResponse:
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(**values)}
    return client.post(API, headers=headers)


def created(client: FlaskClient, length: int, /, **values: str) -> str:
    answer = begin(client, length, **values)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def send(client: FlaskClient, place: str, data: bytes, offset: int, **more: str) -> TestResponse:
    headers = {**BYTES, "Upload-Offset": str(offset), **more}
    return client.patch(place, data=data, headers=headers)


def offset(client: FlaskClient, place: str) -> int:
    answer = client.head(place, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def whole(client: FlaskClient, data: bytes, /, **values: str) -> TestResponse:
    return send(client, created(client, len(data), **values), data, 0)


def stored(settings: Settings) -> dict[str, bytes]:
    """Paths below the managed root, without the batch's folder."""
    found = [path for path in settings.uploads.rglob("*") if path.is_file()]
    return {"/".join(p.relative_to(settings.uploads).parts[1:]): p.read_bytes() for p in found}


def parts(settings: Settings) -> list[Path]:
    return list((settings.data / "incoming").glob("*.part"))


def problem(answer: TestResponse) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    return answer.status_code, answer.json["type"].rpartition(":")[2]


def with_settings(
    settings: Settings, catalogue: Catalogue, index: SearchIndex, **change: int
) -> FlaskClient:
    return create_app(settings.model_copy(update=change), catalogue, index).test_client()


# The protocol


def test_a_server_says_what_it_can(client: FlaskClient, settings: Settings) -> None:
    answer = client.options(API)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(settings.max_upload_bytes)
    assert "creation-with-upload" in answer.headers["Tus-Extension"].split(",")


def test_a_file_in_two_parts_is_stored_whole(client: FlaskClient, settings: Settings) -> None:
    place = created(client, len(DATA), filename="حلب.mp4", batch="0123abcd")
    assert offset(client, place) == 0
    first = send(client, place, DATA[:700_001], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "700001")
    assert not settings.uploads.exists()
    last = send(client, place, DATA[700_001:], 700_001)
    assert (last.status_code, last.headers["Upload-State"]) == (204, "stored")
    assert stored(settings) == {"حلب.mp4": DATA}
    assert offset(client, place) == len(DATA)
    assert client.get(place).json["state"] == "stored"
    assert parts(settings) == []


def test_it_goes_on_in_another_server(
    client: FlaskClient, settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    place = created(client, len(DATA), filename="a.mp4")
    send(client, place, DATA[:1000], 0)
    another = create_app(settings, catalogue, index).test_client()
    assert offset(another, place) == 1000
    assert send(another, place, DATA[1000:], 1000).status_code == 204
    assert stored(settings) == {"a.mp4": DATA}


def test_the_first_part_may_come_with_the_creation(client: FlaskClient, settings: Settings) -> None:
    headers = {**BYTES, "Upload-Length": "10", "Upload-Metadata": metadata(filename="a.srt")}
    answer = client.post(API, data=b"12345", headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "5")
    send(client, answer.headers["Location"], b"67890", 5)
    assert stored(settings) == {"a.srt": b"1234567890"}


def test_a_wrong_offset_changes_nothing(client: FlaskClient) -> None:
    place = created(client, 10, filename="a.mp4")
    send(client, place, b"123", 0)
    assert problem(send(client, place, b"123", 0)) == (409, "conflict")
    assert problem(send(client, place, b"123", 4)) == (409, "conflict")
    assert offset(client, place) == 3


def test_more_than_was_promised_is_refused(client: FlaskClient) -> None:
    place = created(client, 4, filename="a.mp4")
    assert problem(send(client, place, b"12345", 0))[0] == 413
    assert offset(client, place) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "5"}, 412),
        ({"Upload-Length": "5", "Tus-Resumable": "0.2.2"}, 412),
        (TUS, 400),
        ({**TUS, "Upload-Length": "-5"}, 400),
        ({**TUS, "Upload-Length": "0"}, 422),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": "filename ###"}, 400),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": metadata(sha256="abc")}, 400),
        ({**TUS, "Upload-Defer-Length": "1"}, 400),
        ({**TUS, "Upload-Length": str(2**40)}, 413),
    ],
)
def test_a_promise_that_is_none_is_refused(
    client: FlaskClient, settings: Settings, headers: dict[str, str], status: int
) -> None:
    answer = client.post(API, headers=headers)
    assert problem(answer)[0] == status
    assert status != 412 or answer.headers["Tus-Version"] == "1.0.0"
    assert parts(settings) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Upload-Offset": "x"}, 400),
        ({"Upload-Checksum": "md5 xxxx"}, 400),
        ({"Upload-Checksum": "sha1 AAAA"}, 400),
        ({"Tus-Resumable": "2"}, 412),
    ],
)
def test_a_part_that_is_not_understood_is_refused(
    client: FlaskClient, change: dict[str, str], status: int
) -> None:
    place = created(client, 5, filename="a.mp4")
    assert problem(send(client, place, b"12345", 0, **change))[0] == status
    assert offset(client, place) == 0


def test_who_may_not_patch_may_post(client: FlaskClient, settings: Settings) -> None:
    place = created(client, 3, filename="a.mp4")
    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(place, data=b"123", headers=headers).status_code == 204
    assert stored(settings) == {"a.mp4": b"123"}


def test_unknown_uploads_are_not_found(client: FlaskClient) -> None:
    for name in ("0" * 32, "..%2f..%2fsecret_key", "x"):
        assert client.head(f"{API}/{name}", headers=TUS).status_code == 404
        assert client.delete(f"{API}/{name}", headers=TUS).status_code == 404


def test_a_cancelled_upload_leaves_nothing(client: FlaskClient, settings: Settings) -> None:
    place = created(client, 10, filename="a.mp4")
    send(client, place, b"123", 0)
    assert client.delete(place, headers=TUS).status_code == 204
    assert client.head(place, headers=TUS).status_code == 404
    assert [one for one in (settings.data / "incoming").rglob("*") if one.is_file()] == []


# Checksums


def checksum(data: bytes, algorithm: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
    return {"Upload-Checksum": f"{algorithm} {digest}"}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_damaged_part_does_not_count(
    client: FlaskClient, settings: Settings, algorithm: str
) -> None:
    place = created(client, 10, filename="a.mp4")
    send(client, place, b"12345", 0, **checksum(b"12345", algorithm))
    damaged = send(client, place, b"6789x", 5, **checksum(b"67890", algorithm))
    assert problem(damaged) == (460, "checksum-mismatch")
    assert offset(client, place) == 5
    send(client, place, b"67890", 5, **checksum(b"67890", algorithm))
    assert stored(settings) == {"a.mp4": b"1234567890"}


def test_a_part_whose_check_never_ended_does_not_count(
    client: FlaskClient, settings: Settings
) -> None:
    """As when the server is killed between the bytes and their check."""
    place = created(client, 10, filename="a.mp4")
    send(client, place, b"12345", 0)
    record = settings.data / "incoming" / f"{place.rpartition('/')[2]}.json"
    record.write_text(record.read_text().replace('"trusted": null', '"trusted": 2'))
    assert offset(client, place) == 2
    send(client, place, b"34567890", 2)
    assert stored(settings) == {"a.mp4": b"1234567890"}


def test_a_file_that_is_not_the_promised_one_is_not_stored(
    client: FlaskClient, settings: Settings
) -> None:
    promised = hashlib.sha256(b"12345").hexdigest()
    place = created(client, 5, filename="a.mp4", sha256=promised)
    assert problem(send(client, place, b"1234x", 0)) == (460, "checksum-mismatch")
    assert client.head(place, headers=TUS).status_code == 410
    assert client.get(place).json["state"] == "refused"
    assert stored(settings) == {}
    assert parts(settings) == []


# Known bytes


def test_known_bytes_are_answered_before_they_are_sent(
    client: FlaskClient, settings: Settings, ferry: str
) -> None:
    data = (settings.media / "ferry_crossing.mp4").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    answer = begin(client, len(data), filename="b.mp4", sha256=sha256)
    assert answer.status_code == 201
    assert (answer.headers["Upload-State"], answer.headers["Upload-Clip"]) == ("known", ferry)
    assert offset(client, answer.headers["Location"]) == len(data)
    assert parts(settings) == []


def test_known_bytes_are_not_stored_twice(
    client: FlaskClient, settings: Settings, ferry: str
) -> None:
    data = (settings.media / "ferry_crossing.mp4").read_bytes()
    answer = whole(client, data, filename="other name.mp4")
    assert (answer.headers["Upload-State"], answer.headers["Upload-Clip"]) == ("known", ferry)
    assert client.get(answer.request.path).json["clip"] == ferry
    assert not settings.uploads.exists()


def test_a_file_of_the_same_batch_is_not_sent_again(
    client: FlaskClient, settings: Settings
) -> None:
    whole(client, DATA, filename="a.mp4", batch="0123abcd")
    sha256 = hashlib.sha256(DATA).hexdigest()
    answer = begin(client, len(DATA), filename="a.mp4", batch="0123abcd", sha256=sha256)
    assert answer.headers["Upload-State"] == "known"
    assert stored(settings) == {"a.mp4": DATA}


# Names


def test_a_folder_keeps_its_structure(client: FlaskClient, settings: Settings) -> None:
    for path in ("day 1/a.mp4", "day 1/Subs/a.ar.srt", "a.mp4"):
        whole(
            client,
            path.encode(),
            filename=path.rpartition("/")[2],
            relativePath=path,
            batch="0123abcd",
        )
    assert stored(settings) == {
        path: path.encode() for path in ("day 1/a.mp4", "day 1/Subs/a.ar.srt", "a.mp4")
    }
    assert len(list(settings.uploads.iterdir())) == 1


def test_a_batch_stays_together_over_midnight(client: FlaskClient, settings: Settings) -> None:
    """Its first file was begun a day ago and is still arriving."""
    begun = created(client, 3, filename="a.mp4", batch="0123abcd")
    record = settings.data / "incoming" / f"{begun.rpartition('/')[2]}.json"
    today, yesterday = (f"{utc_now() - timedelta(days=n):%Y-%m-%d}" for n in (0, 1))
    record.write_text(record.read_text().replace(today, yesterday))
    whole(client, b"1", filename="b.mp4", batch="0123abcd")
    send(client, begun, b"123", 0)
    whole(client, b"2", filename="c.mp4", batch="0123abcd")
    assert {one.name for one in settings.uploads.iterdir()} == {f"{yesterday}-0123abcd"}


def test_a_taken_name_is_never_overwritten(client: FlaskClient, settings: Settings) -> None:
    whole(client, b"first", filename="a.mp4")
    answer = whole(client, b"second", filename="a.mp4")
    assert client.get(answer.request.path).json["name"] == "a (2).mp4"
    assert stored(settings) == {"a.mp4": b"first", "a (2).mp4": b"second"}


def test_a_folder_with_the_name_of_a_file_gets_another(
    client: FlaskClient, settings: Settings
) -> None:
    whole(client, b"1", filename="a.mp4")
    whole(client, b"2", filename="a.mp4", relativePath="b/a.mp4")
    whole(client, b"3", filename="x.srt", relativePath="a.mp4/x.srt")
    whole(client, b"4", filename="b")
    assert stored(settings) == {
        "a.mp4": b"1",
        "b/a.mp4": b"2",
        "a (2).mp4/x.srt": b"3",
        "b (2)": b"4",
    }


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("a/b/c.mp4", ("a", "b")),
        ("../../etc/passwd", ("etc",)),
        ("/etc/passwd", ("etc",)),
        ("a/./..//b\\c\\d.mp4", ("a", "b", "c")),
        (".git/hooks/x", ("git", "hooks")),
        ("... /x", ()),
        ("a\n\u202eb/x", ("a__b",)),
        ("c.mp4", ()),
        ("", ()),
        ("/".join("x" * 300 for _ in range(40)), ("x" * 200,) * 12),
    ],
)
def test_folders_from_outside_stay_below_the_batch(outside: str, inside: tuple[str, ...]) -> None:
    assert safe_folders(outside) == inside


@pytest.mark.parametrize("batch", ["../../x", "0123ABCD", "0123abcd/..", ""])
def test_a_batch_that_is_none_is_ignored(
    client: FlaskClient, settings: Settings, batch: str
) -> None:
    whole(client, b"1", filename="../../../a.mp4", relativePath="../../../../a.mp4", batch=batch)
    assert stored(settings) == {"a.mp4": b"1"}
    assert [one.name for one in settings.uploads.iterdir()] == [f"{utc_now():%Y-%m-%d}"]


# Room


def test_the_disks_reserve_is_kept(
    settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    client = with_settings(settings, catalogue, index, disk_reserve_bytes=2**60)
    assert problem(begin(client, 5, filename="a.mp4")) == (507, "insufficient-storage")
    assert [one for one in (settings.data / "incoming").rglob("*") if one.is_file()] == []


def test_the_quota_counts_what_is_stored_and_what_was_promised(
    settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    client = with_settings(settings, catalogue, index, upload_quota_bytes=1000)
    whole(client, b"x" * 400, filename="a.mp4")
    unfinished = created(client, 500, filename="b.mp4")
    send(client, unfinished, b"x" * 100, 0)
    assert problem(begin(client, 101, filename="c.mp4")) == (507, "insufficient-storage")
    assert begin(client, 100, filename="c.mp4").status_code == 201
    client.delete(unfinished, headers=TUS)
    assert begin(client, 500, filename="d.mp4").status_code == 201
    form = {"Accept": "application/json", "X-CSRFToken": token(client)}
    files = {"files": (io.BytesIO(b"y" * 300), "e.mp4")}
    assert client.post("/upload", data=files, headers=form).status_code == 507


def test_the_largest_file_is_the_one_of_the_settings(
    settings: Settings, catalogue: Catalogue, index: SearchIndex
) -> None:
    client = with_settings(settings, catalogue, index, max_upload_bytes=1000)
    assert begin(client, 1000, filename="a.mp4").status_code == 201
    assert problem(begin(client, 1001, filename="a.mp4"))[0] == 413


# Who may


def test_a_page_needs_its_token(client: FlaskClient) -> None:
    given = token(client)  # and the cookie of its session
    assert problem(begin(client, 5, filename="a.mp4"))[0] == 403
    headers = {**TUS, "Upload-Length": "5", "X-CSRFToken": given}
    assert client.post(API, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_a_page_elsewhere_is_refused(
    client: FlaskClient, settings: Settings, headers: dict[str, str]
) -> None:
    answer = client.post(API, headers={**TUS, "Upload-Length": "5", **headers})
    assert answer.status_code == 403
    assert parts(settings) == []


def test_another_host_name_is_refused(client: FlaskClient) -> None:
    headers = {**TUS, "Upload-Length": "5", "Host": "evil.example"}
    assert client.post(API, headers=headers).status_code == 400


# Servers that died


def test_whole_files_that_a_dead_server_left_are_stored(
    client: FlaskClient, settings: Settings
) -> None:
    place = created(client, 5, filename="a.mp4")
    part = settings.data / "incoming" / f"{place.rpartition('/')[2]}.part"
    part.write_bytes(b"12345")
    assert offset(client, place) == 5
    assert stored(settings) == {"a.mp4": b"12345"}
    assert client.get(place).json["state"] == "stored"


def test_a_server_that_died_after_the_link_does_not_store_it_twice(
    client: FlaskClient, settings: Settings
) -> None:
    place = created(client, 5, filename="a.mp4")
    part = settings.data / "incoming" / f"{place.rpartition('/')[2]}.part"
    part.write_bytes(b"12345")
    folder = settings.uploads / f"{utc_now():%Y-%m-%d}"
    folder.mkdir(parents=True)
    os.link(part, folder / "a.mp4")
    assert offset(client, place) == 5
    assert client.get(place).json["state"] == "stored"
    assert stored(settings) == {"a.mp4": b"12345"}
    assert parts(settings) == []
