"""Links for outsiders: they give what was shared and nothing more, for as long as they hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import pytest
from sqlalchemy import update

from mediacatalog.catalog import changes, collections, levels, sharing, throttle
from mediacatalog.catalog import renditions as wanted
from mediacatalog.catalog.models import Clip
from mediacatalog.catalog.share_models import Share, ShareItem
from mediacatalog.errors import InvalidValueError, NotFoundError
from mediacatalog.ingest.renditions import Renderer
from mediacatalog.media import leaks, probe, proxy, renditions
from mediacatalog.values import utc_now
from tests.factories import make_clip
from tests.web.people import an_account, csrf, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings
    from tests.web.archive import Archive

ONE_DATABASE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
PASSWORD = "nine quiet lanterns"  # noqa: S105 - of a link of a test
PRIVATE = {
    "location": "+34.4523+040.9185+175.0/",
    "com.apple.quicktime.location.ISO6709": "+34.4523+040.9185+175.0/",
    "com.apple.quicktime.model": "SERIAL-77310042",
    "artist": "Khalid of the bakery",
    "comment": "brought by the tall man",
}


def link(catalogue: Catalogue, clip: str = "", **wanted: Any) -> tuple[sharing.Link, str]:
    with catalogue.writing() as session:
        asked = sharing.Wanted("the desk", 7, clip, **wanted)
        return sharing.make(session, asked, actor="Adalbert")


def made(archive: Archive) -> None:
    """What the worker does in the background."""
    renderer = Renderer(archive.catalogue, archive.settings, "slot-0")
    while renderer.make_next():
        pass
    renderer.tidy()


def colours(path: Path) -> list[str]:
    """Of every frame, which of red, green and blue there is most of."""
    film, found = cv2.VideoCapture(str(path)), []
    while (read := film.read())[0]:
        found.append("bgr"[int(read[1].reshape(-1, 3).mean(axis=0).argmax())])
    return found


def files_of(settings: Settings) -> list[Path]:
    return sorted(one for one in settings.shares.rglob("*") if one.is_file())


# --- what is made ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of red, of blue, of green, with sound, and with what a phone tells of itself."""
    tags = [part for name, text in PRIVATE.items() for part in ("-metadata", f"{name}={text}")]
    return make_clip(
        tmp_path_factory.mktemp("made"), "the_square_34.45.mov",
        shots=(("red", 1.0), ("blue", 1.0), ("green", 1.0)), audio=True,
        extra=(*tags, "-movflags", "use_metadata_tags"),
    )  # fmt: skip


def part_of(path: Path, into: Path, mark: str = "") -> renditions.Rendition:
    facts = probe.probe(path)
    assert facts.video is not None
    base = Fraction(str(facts.video.time_base))
    second = int(1 / base)
    master = proxy.Master(path, facts, second, base, 1000, (second,), 2 * second, mark, 1000)
    into.mkdir()
    return renditions.make(
        master, "encode", ["the_square_34.45"], into, most_seconds=60, progress=lambda _: None
    )


def test_a_part_holds_its_own_frames_and_sound_and_no_others(three: Path, tmp_path: Path) -> None:
    into = tmp_path / "it's, [a]: part;100%d"
    part = part_of(three, into)
    assert colours(into / renditions.FILM) == ["b"] * 25
    found = probe.probe(into / renditions.FILM)
    assert found.duration_ms == 1000
    assert len(found.audio) == 1
    assert part.stills == 1
    assert sorted(one.name for one in into.iterdir()) == ["proxy.mp4", "still-1.jpg"]


def test_a_watermark_is_burnt_into_film_and_stills(three: Path, tmp_path: Path) -> None:
    """Also one in Arabic, with what ffmpeg's own language uses."""
    plain, marked = tmp_path / "plain", tmp_path / "marked"
    part_of(three, plain)
    part_of(three, marked, "ليلى: %{pts} 'n' [x], 100%")
    for name in (renditions.FILM, "still-1.jpg"):
        frames = [cv2.VideoCapture(str(one / name)).read()[1] for one in (plain, marked)]
        changed = (cv2.absdiff(*frames).max(axis=2) > 40).mean()
        assert 0.005 < changed < 0.2, name


def test_what_tells_of_the_master_in_a_rendition_refuses_it(three: Path, tmp_path: Path) -> None:
    part_of(three, tmp_path / "out")
    film = tmp_path / "out" / renditions.FILM
    hidden = leaks.named(["secret_name_of_a_source", "short", "VideoHandler"])
    assert leaks.told_in(film, hidden) == []
    film.write_bytes(film.read_bytes() + b"secret_name_of_a_source")
    assert leaks.told_in(film, hidden) == ["the master's name"]


# --- what is served -------------------------------------------------------------------------------


def everything_of(client: FlaskClient, token: str) -> dict[str, bytes]:
    """All that a page and what it names give to somebody with a link."""
    page = client.get(f"/shared/{token}")
    assert page.status_code == 200
    found = {"page": page.data + str(page.headers).encode()}
    for address in sorted(set(re.findall(r'(?:src|poster|href)="(/shared/[^"]+)"', page.text))):
        answer = client.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.data + str(answer.headers).encode()
    return found


def tags_of(path: Path) -> str:
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return said.stdout


@ONE_DATABASE
def test_nothing_private_is_served(
    archive: Archive, client: FlaskClient, settings: Settings, three: Path, samples: Path
) -> None:
    """Every answer is searched for all that the master, its name and its clip tell."""
    sample = samples / "video" / "made_iphone_like_timecode_location.mov"
    for source, known in ((three, PRIVATE.values()), (sample, ("+34.4523+040.9185", "iPhone 7"))):
        path = settings.media / source.name
        shutil.copy2(source, path)
        clip = archive.add(path, tags=["a tag of ours"], places=["Abu Kamal"], source="Uploader-9")
        with archive.catalogue.writing() as session:
            row = session.get_one(Clip, clip)
            row.title, row.description = "Title of the archive", "Description of the archive"
            sha256 = row.sha256
        _, token = link(archive.catalogue, clip, title="For you", description="Look")
        made(archive)
        served = everything_of(client, token)
        assert len(served) > 2
        for hidden in (
            *known, source.stem, "Title of", "Description of", "Uploader-9", "Abu Kamal",
            "a tag of ours", clip, sha256, "Adalbert", "the desk", str(settings.media),
        ):  # fmt: skip
            told = [name for name, data in served.items() if hidden.encode() in data]
            assert told == [], hidden
        (film,) = settings.shares.rglob("*.mp4")
        assert film.read_bytes() in served[f"/shared/{token}/1/film.mp4"]
        said = tags_of(film)
        assert "TAG:" not in re.sub(
            r"TAG:(major_brand|minor_version|compatible_brands|"
            r"language|handler_name|vendor_id|encoder)=.*",
            "",
            said,
        )
        shutil.rmtree(settings.shares)
        with archive.catalogue.writing() as session:
            session.execute(update(Share).values(revoked_at=utc_now()))


@ONE_DATABASE
def test_a_part_gives_its_captions_only(
    archive: Archive, client: FlaskClient, ferry: str, settings: Settings
) -> None:
    known, token = link(archive.catalogue, ferry, start_ms=1000, end_ms=2000)
    assert (known.state, known.start_ms, known.end_ms) == ("making", 1000, 2000)
    waiting = client.get(f"/shared/{token}")
    assert "being made for you" in waiting.text
    assert "Look again" in waiting.text
    assert client.get(f"/shared/{token}/1/film.mp4").status_code == 404
    made(archive)
    page = client.get(f"/shared/{token}")
    assert "Look again" not in page.text
    assert page.text.count("<track ") == 2
    text = client.get(f"/shared/{token}/1/captions-0.vtt").text
    assert "00:00:00.200 --> 00:00:00.900" in text
    assert "crossing before the night fell" in text
    assert "convoy" not in text
    assert client.get(f"/shared/{token}/1/captions-1.vtt").text.count("-->") == 0
    (film,) = settings.shares.rglob("*.mp4")
    assert set(colours(film)) == {"b"}
    for never in ("1/captions-2.vtt", "2/film.mp4", "1/original", "1/still-9.jpg"):
        assert client.get(f"/shared/{token}/{never}").status_code == 404


@ONE_DATABASE
def test_an_outsiders_page_stands_alone(archive: Archive, client: FlaskClient, ferry: str) -> None:
    _, token = link(archive.catalogue, ferry, tells_titles=True)
    made(archive)
    page = client.get(f"/shared/{token}")
    assert "<script" not in page.text
    assert "csrf" not in page.text
    assert "Set-Cookie" not in page.headers
    assert set(re.findall(r'(?:href|action)="([^"]*)"', page.text)) == {
        "/static/icon.svg", "/static/app.css", "/static/shared.css",
    }  # fmt: skip
    for address in (f"/shared/{token}", f"/shared/{token}/1/film.mp4", "/shared/none_at-all"):
        headers = client.get(address).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert headers["Cache-Control"] == "no-store"
        assert "script-src" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


@ONE_DATABASE
def test_a_revoked_link_ends_in_the_middle_of_playing(
    archive: Archive, client: FlaskClient, ferry: str, settings: Settings
) -> None:
    known, token = link(archive.catalogue, ferry)
    made(archive)
    film = f"/shared/{token}/1/film.mp4"
    assert client.get(film, headers={"Range": "bytes=0-99"}).status_code == 206
    with archive.catalogue.writing() as session:
        sharing.revoke(session, known.id, actor="Adalbert")
    assert client.get(film, headers={"Range": "bytes=100-199"}).status_code == 404
    assert client.get(f"/shared/{token}").status_code == 404
    made(archive)
    assert files_of(settings) == []


@ONE_DATABASE
def test_a_long_answer_ends_with_its_link(
    archive: Archive, client: FlaskClient, ferry: str, settings: Settings
) -> None:
    known, token = link(archive.catalogue, ferry)
    made(archive)
    (film,) = settings.shares.rglob("*.mp4")
    with film.open("ab") as file:
        file.truncate(16 * 2**20)
    with archive.catalogue.writing() as session:
        session.execute(update(ShareItem).values(byte_count=16 * 2**20))
    answer = client.get(f"/shared/{token}/1/film.mp4", buffered=False)
    blocks = iter(answer.response)
    sent = len(next(blocks))
    with archive.catalogue.writing() as session:
        sharing.revoke(session, known.id, actor="Adalbert")
    sent += sum(map(len, blocks))
    answer.close()
    assert sent <= 5 * 2**20


@ONE_DATABASE
def test_links_end_by_themselves(archive: Archive, client: FlaskClient, ferry: str) -> None:
    _, token = link(archive.catalogue, ferry)
    assert client.get(f"/shared/{token}").status_code == 200
    assert client.get(f"/shared/{token}x").status_code == 404
    with archive.catalogue.writing() as session:
        session.execute(update(Share).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert client.get(f"/shared/{token}").status_code == 404


@ONE_DATABASE
def test_a_master_out_of_reach_delays_a_link_and_costs_it_nothing(
    archive: Archive, client: FlaskClient, ferry: str
) -> None:
    """However often it is tried: a disk may be away for a week."""
    kept, token = link(archive.catalogue, ferry)
    master = archive.settings.media / "ferry_crossing.mp4"
    away = master.rename(master.with_suffix(".away"))
    renderer = Renderer(archive.catalogue, archive.settings, "slot-0")
    for _ in range(wanted.MAX_ATTEMPTS + 1):
        assert renderer.make_next()
        with archive.catalogue.writing() as session:
            (item,) = sharing.items(session, kept.id)
            assert (item.state, item.attempts) == ("waiting", 0)
            item.next_retry_at = None
    away.rename(master)
    made(archive)
    assert client.get(f"/shared/{token}/1/film.mp4").status_code == 200


@ONE_DATABASE
@pytest.mark.parametrize(("let_go", "state"), [(True, "waiting"), (False, "failed")])
def test_over_which_many_workers_died_is_left_but_stopping_is_no_death(
    archive: Archive, ferry: str, *, let_go: bool, state: str
) -> None:
    kept, _ = link(archive.catalogue, ferry)
    for _ in range(wanted.MAX_ATTEMPTS):
        with archive.catalogue.writing() as session:
            assert wanted.take(session, "slot-0")
            wanted.release(session, (kept.id, 1), owner="slot-0", let_go=let_go)
    with archive.catalogue.reading() as session:
        (item,) = sharing.items(session, kept.id)
        assert item.state == state


@ONE_DATABASE
def test_a_password_is_asked_for_and_throttled(archive: Archive, app: APIFlask, ferry: str) -> None:
    known, token = link(archive.catalogue, ferry, password=PASSWORD)
    made(archive)
    client = app.test_client()
    page = client.get(f"/shared/{token}")
    assert "A password is needed" in page.text
    assert "film.mp4" not in page.text
    assert client.get(f"/shared/{token}/1/film.mp4").status_code == 302
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    form = {"csrf_token": found[1], "password": "wrong"}
    assert client.post(f"/shared/{token}", data=form).status_code == 403
    right = client.post(f"/shared/{token}", data=form | {"password": PASSWORD})
    assert right.status_code == 303
    assert client.get(f"/shared/{token}/1/film.mp4").status_code == 200
    other = app.test_client()
    page = other.get(f"/shared/{token}")
    form["csrf_token"] = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]
    with archive.catalogue.writing() as session:  # each try of a page takes its time, on purpose
        for _ in range(9):
            throttle.take(session, throttle.keys(f"link {known.id}", "192.0.2.7"))
    said = [other.post(f"/shared/{token}", data=form) for _ in range(2)]
    assert [one.status_code for one in said] == [403, 429]
    assert int(said[-1].headers["Retry-After"]) > 0
    with archive.catalogue.reading() as session:
        assert "wrong password" in {one.what for one in sharing.views(session, known.id)}
        row = session.get_one(Share, known.id)
        assert row.password.startswith("$argon2id$")
        assert token.partition("_")[2] not in str(vars(row))


@ONE_DATABASE
def test_who_looked_is_kept_without_their_address(
    archive: Archive, client: FlaskClient, ferry: str
) -> None:
    known, token = link(archive.catalogue, ferry)
    made(archive)
    where = {"REMOTE_ADDR": "203.0.113.77"}
    agent = {"User-Agent": "Mozilla/5.0 " + "x" * 500}
    for address in ("", "/1/film.mp4", "/1/film.mp4", "/1/captions-0.vtt"):
        client.get(f"/shared/{token}{address}", environ_overrides=where, headers=agent)
    with archive.catalogue.reading() as session:
        views = sharing.views(session, known.id)
    assert sorted((one.what, one.number) for one in views) == [
        ("captions", 1), ("film", 1), ("page", 0),
    ]  # fmt: skip
    assert {one.address for one in views} == {"203.0.113.0/24"}
    assert {len(one.agent) for one in views} == {200}


# --- who may share what ---------------------------------------------------------------------------


@ONE_DATABASE
def test_a_link_ends_when_its_clip_is_closed_further(
    archive: Archive, client: FlaskClient, ferry: str
) -> None:
    until = utc_now() + timedelta(days=3)
    for before, after, holds in (
        ("open", "restricted", False), ("open", "embargo", False), ("restricted", "embargo", True),
        ("restricted", "sealed", False), ("embargo", "restricted", False),
    ):  # fmt: skip
        for level in ("open", before):
            set_level(archive.catalogue, ferry, level, until)
        _, token = link(archive.catalogue, ferry)
        assert client.get(f"/shared/{token}").status_code == 200, before
        set_level(archive.catalogue, ferry, after, until)
        status = 200 if holds else 404
        assert client.get(f"/shared/{token}").status_code == status, (before, after)
        set_level(archive.catalogue, ferry, "open", until)
        assert client.get(f"/shared/{token}").status_code == status, "it ended for good"


def set_level(catalogue: Catalogue, clip: str, level: str, until: Any) -> None:
    with catalogue.writing() as session:
        end = until if level == "embargo" else None
        levels.close(session, clip, level, until=end, reason="a test", actor="Adalbert")


def test_nobody_shares_what_is_sealed_or_what_they_dont_see(
    archive: Archive, app: APIFlask, ferry: str
) -> None:
    an_account(archive.catalogue, "an archivist", "archivist")
    an_account(archive.catalogue, "a reviewer", "reviewer")
    client = sign_in(app, "an archivist")
    form = {"csrf_token": csrf(client, "/account"), "label": "a desk", "days": "7", "clip": ferry}
    done = client.post("/sharing", data=form)
    assert done.status_code == 201
    assert done.headers["Cache-Control"] == "no-store"
    shown = re.search(r'value="http://localhost/shared/(\w{12}_[\w-]{43})"', done.text)
    assert shown is not None
    token = shown[1]
    assert token not in client.get(f"/sharing/{token[:12]}").text
    assert "a desk" in client.get("/sharing").text
    assert "1 link" in client.get(f"/clips/{ferry}").text
    assert app.test_client().get(f"/shared/{token}").status_code == 200
    other = sign_in(app, "a reviewer")
    assert other.get("/sharing").status_code == 403
    assert "Share with outsiders" not in other.get(f"/clips/{ferry}").text
    client.post(f"/sharing/{token[:12]}/revoke", data=form)
    assert "revoked" in client.get("/sharing").text
    with archive.catalogue.reading() as session:
        history = changes.history(session, "clip", ferry)
    assert [one.field for one in history if one.field == "share"] == ["share", "share"]
    set_level(archive.catalogue, ferry, "sealed", None)
    assert client.post("/sharing", data=form).status_code == 404
    assert client.get(f"/sharing/{token[:12]}").status_code == 404
    with archive.catalogue.writing() as session, pytest.raises(InvalidValueError, match="sealed"):
        sharing.make(session, sharing.Wanted("x", 7, ferry), actor="root")


@ONE_DATABASE
def test_a_collection_is_shared_as_it_was_then(
    archive: Archive, client: FlaskClient, ferry: str
) -> None:
    with archive.catalogue.writing() as session:
        case = collections.make(session, "Case of the bridge", actor="Adalbert")
        collections.add(session, case, [ferry], actor="Adalbert")
        asked = sharing.Wanted("the desk", 7, collection=case, title="Four films")
        _, token = sharing.make(session, asked, actor="Adalbert")
    page = client.get(f"/shared/{token}")
    assert "Clip 1" in page.text
    assert "Case of the bridge" not in page.text
    with archive.catalogue.writing() as session:
        collections.take(session, case, ferry, actor="Adalbert")
    assert client.get(f"/shared/{token}").status_code == 404


@ONE_DATABASE
def test_the_original_is_given_only_where_that_was_chosen(
    archive: Archive, client: FlaskClient, ferry: str, red_then_blue: Path
) -> None:
    _, token = link(archive.catalogue, ferry, gives_original=True)
    answer = client.get(f"/shared/{token}/1/original")
    assert answer.data == red_then_blue.read_bytes()
    assert "original-1.mp4" in answer.headers["Content-Disposition"]
    assert "ferry" not in str(answer.headers)
    for wrong in (
        {"gives_original": True, "start_ms": 0, "end_ms": 500}, {"start_ms": 900, "end_ms": 100},
        {"start_ms": 9000, "end_ms": 9999}, {"collection": "x"}, {"password": "short"},
    ):  # fmt: skip
        with pytest.raises((InvalidValueError, NotFoundError)):
            link(archive.catalogue, ferry, **wrong)


@ONE_DATABASE
def test_programs_share_as_people_do(client: FlaskClient, ferry: str) -> None:
    asked = {"label": "the desk", "days": 7, "clip": ferry, "start_ms": 0, "end_ms": 900}
    done = client.post("/api/v1/links", json=asked)
    assert done.status_code == 202
    told = done.get_json()
    assert client.get(told["url"]).status_code == 200
    one = client.get(done.headers["Location"]).get_json()
    assert one == {name: value for name, value in told.items() if name != "url"} | {
        "seen_at": one["seen_at"]
    }
    views = client.get(f"/api/v1/links/{told['id']}/views").get_json()["views"]
    assert [view["what"] for view in views] == ["page"]
    assert client.post(f"/api/v1/links/{told['id']}/revoke").get_json()["state"] == "revoked"
    assert client.get(told["url"]).status_code == 404
    assert len(client.get(f"/api/v1/links?clip={ferry}").get_json()["links"]) == 1
    again = client.post("/api/v1/links", json=asked, headers={"Idempotency-Key": "1"})
    assert again.status_code == 422, "its address would be kept"
