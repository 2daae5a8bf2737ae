"""In a real browser: policies hold, pages are accessible, forms work without scripts."""

from __future__ import annotations

import io
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from passlib.totp import TOTP
from playwright.sync_api import expect
from sqlalchemy import select

from mediacatalog import linking
from mediacatalog.catalog import (
    bulk,
    care,
    collections,
    occasions,
    reviews,
    saved,
    sharing,
    tracks,
    vocabulary,
)
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import Sighting
from mediacatalog.ingest.renditions import Renderer
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.values import State
from mediacatalog.web import create_app
from tests.browser import eventually, fits, is_accessible, is_settled, server_of, turning
from tests.factories import make_clip
from tests.linking.stories import a_clip, a_story
from tests.web.archive import Archive, article, track
from tests.web.forms import token
from tests.web.people import PASSWORD, an_account, csrf, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page, Route, ViewportSize

NAMES = (
    "On 10 November 2017 Abu Kamal fell, Gen. Ali Mayhoub stated. The SAA came from Mayadin.\n\n"
    "عاد تنظيم داعش إلى البوكمال في 11 تشرين الثاني 2017."
)

pytestmark = pytest.mark.browser


def manifest_of(app: APIFlask, text: str) -> str:
    """The path of the preview of an uploaded manifest."""
    client = app.test_client()
    sent = {"csrf_token": token(client), "manifest": (io.BytesIO(text.encode()), "m.csv")}
    return client.post("/upload/manifest", data=sent).headers["Location"]


@contextmanager
def serving(app: APIFlask) -> Iterator[str]:
    """The address at which it answers."""
    server = server_of(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def pages_of_accounts(app: APIFlask, base: str) -> dict[str, str]:
    """Addresses, and the cookies of browsers that are that far in signing in."""
    signed_in, half, both = sign_in(app, "ada"), app.test_client(), sign_in(app, "bea")
    form = {"csrf_token": csrf(both, "/"), "setup": "authenticator"}
    page = both.post("/account/tf-setup", data=form).text
    (key,) = re.findall('"ltr">([A-Z2-7-]+)<', page)
    there = re.findall('/account/tf-setup/[^"]+', page)[0]
    code = TOTP(key.replace("-", "")).generate().token
    both.post(there, data={"csrf_token": form["csrf_token"], "code": code})
    half.post(
        "/account/login", data={"csrf_token": csrf(half), "name": "bea", "password": PASSWORD}
    )

    def cookie(client: FlaskClient) -> str:
        key = app.config["SESSION_COOKIE_NAME"]
        found = client.get_cookie(key)
        assert found is not None
        return f"{key}={found.value}"

    pages = {
        "account": "", "password": "/change", "again": "/verify", "factor": "/tf-setup",
        "recovery": "/mf-recovery-codes", "code": "/tf-validate", "lost": "/mf-recovery",
        "passkeys": "/passkeys", "passkey": "/passkey",
    }  # fmt: skip
    found = {"login": f"{base}/account/login"}
    for name, path in pages.items():
        found[name] = f"{base}/account{path}"
        if name != "passkey":
            found[f"{name} cookie"] = cookie(half if name in ("code", "lost") else signed_in)
    return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[APIFlask, dict[str, str]]]:
    """A running site and the addresses of its pages, by their names."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    archive, index = Archive(catalogue, settings), SearchIndex(settings.index)
    clip = archive.add(
        make_clip(settings.media, "عبّارة.mp4", shots=(("red", 1.0), ("blue", 1.0))),
        tracks=[
            ("a.srt", track((0, 900, "The ferry came"), (1000, 1900, "and went at night"))),
            ("a.ar.srt", track((0, 900, "وصلت العبّارة"), language="ar")),
        ],
        story=article("The ferry at Abu Kamal", "It came.\n\nIt went."),
        tags=["ferry"],
        places=["أبو كمال"],
        problems=["three frames could not be decoded"],
    )
    with catalogue.writing() as session:
        term = vocabulary.add_term(session, clip, "ferry", actor="mara").id
        vocabulary.add_alias(session, term, "عبّارة", language="ar", actor="mara")
        evening = collections.make(session, "An evening, أمسية", actor="mara")
        collections.add(session, evening, [clip], actor="mara")
        reviews.ask_again(session, clip, "Is this the ferry?", actor="mara")
        wishes = bulk.Wishes(add_tags=("dusk", "ليل"), review="published")
        edit = bulk.begin(session, [clip], wishes, selection="1 clip", actor="mara")
        saved.save(session, "Ferry, العبّارة", "ferry", {"tag!": ("x",)}, actor="mara")
        occasions.enter_date(session, clip, "2017-11-09", reason="", actor="mara")
        occasions.enter_place(
            session,
            clip,
            "Abu Kamal",
            role="shot",
            point=(34.45, 40.92),
            precision_m=None,
            reason="",
            actor="mara",
        )
        wanted = sharing.Wanted("Lina, لينا", 7, clip, title="For you, لك", is_marked=True)
        link, secret = sharing.make(session, wanted, actor="mara")
    assert Renderer(catalogue, settings, "slot-0").make_next()
    broken = settings.media / "cut.mp4"
    broken.write_bytes(b"x")
    archive.see(broken, State.QUARANTINED, "not whole: mdat ends at 23")
    with catalogue.writing() as session:
        linking.clip_came(session, a_clip(session, settings.media, "fall-of-abu-kamal-town.mp4"))
        names = a_story(session, "The fall of Abu Kamal town", NAMES)
    horror = archive.add(
        make_clip(settings.media, "horror.mp4", shots=(("green", 1.0),)),
        tags=["hard"],
    )
    with catalogue.writing() as session:
        care.add(session, horror, care.Wanted("death", "A body", 0, 500), actor="mara")
        care.add(session, horror, care.Wanted("violence"), actor="mara")
        _, waiting = sharing.make(session, sharing.Wanted("the desk", 7, clip), actor="mara")
        _, locked = sharing.make(
            session, sharing.Wanted("a friend", 7, clip, password=PASSWORD), actor="mara"
        )
        track_id = tracks.of_clip(session, clip)[0].id
        file = session.scalars(select(Sighting.id)).first()
    index.catch_up(catalogue)
    app = create_app(settings, catalogue, index)
    people = open_catalogue(settings.catalogue_url + "-people")
    people.upgrade()
    for name in ("ada", "bea"):
        an_account(people, name, "admin")
    gate = create_app(settings, people, index)
    story = app.test_client().get(f"/api/v1/clips/{clip}").json["articles"][0]["article"]
    with serving(app) as base, serving(gate) as gates:
        yield (
            app,
            {
                "search": f"{base}/?q=ferry",
                "archive": f"{base}/",
                "nothing": f"{base}/?q=zzz",
                "map": f"{base}/?q=ferry&view=map",
                "times": f"{base}/?view=time",
                "saved": f"{base}/saved",
                "clip": f"{base}/clips/{clip}",
                "frame": base + str(app.test_client().get(f"/clips/{clip}/frame?t=0.5").location),
                "article": f"{base}/articles/{story}",
                "names": f"{base}/articles/{names}",
                "review": f"{base}/review",
                "ingest": f"{base}/ingest",
                "tags": f"{base}/tags",
                "upload": f"{base}/upload",
                "manifest": f"{base}/upload/manifest",
                "preview": base + manifest_of(app, "file,title,tags\nعبّارة.mp4,Quay,night|ferry\n"),
                "errors": base + manifest_of(app, "file,colour\nnone.mp4,red\n"),
                "error": f"{base}/clips/none",
                "collection": f"{base}/collections/{evening}",
                "collections": f"{base}/collections",
                "look": f"{base}/review/clips/second-look",
                "bulk": f"{base}/bulk?q=ferry",
                "changes": f"{base}/bulk/{edit}",
                "history": f"{base}/history",
                "term": f"{base}/tags/{term}",
                "media": str(settings.media),
                "file": f"{base}/ingest/{file}",
                "captions": f"{base}/clips/{clip}/tracks/{track_id}",
                "failed": f"{base}/review/failed",
                "copies": f"{base}/review/copies",
                "adding": f"{base}/articles/add",
                "purged": f"{base}/purged",
                "grants": f"{base}/grants",
                "sharing": f"{base}/sharing",
                "share": f"{base}/sharing/{link.id}",
                "shared": f"{base}/shared/{secret}",
                "waiting": f"{base}/shared/{waiting}",
                "locked": f"{base}/shared/{locked}",
                "covered": f"{base}/clips/{horror}",
                "covered list": f"{base}/?q=hard",
                **pages_of_accounts(gate, gates),
            },
        )
    people.close()
    catalogue.close()


@pytest.fixture(scope="module")
def site(stage: tuple[APIFlask, dict[str, str]]) -> dict[str, str]:
    """The addresses of a running site, by name of the page."""
    return stage[1]


PAGES = (
    "search archive nothing map times saved clip frame article names review ingest tags "
    "upload manifest preview errors error collection collections look bulk changes history term "
    "file captions failed copies adding purged grants sharing share shared waiting locked login "
    "account password again factor recovery code lost passkeys passkey"
).split()
NO_PAGES = {
    "articles.original", "care.keyframe", "care.poster", "care.still",
    "collections.suggest", "frames.still", "frames.find", "frames.times",
    "markers.as_table", "media.keyframe", "media.master", "media.poster",
    "media.still", "media.storyboard", "media.storyboard_sheet", "media.waveform",
    "picture_text.as_table", "proxy.proxy",
    "proxy.state", "search_data.as_document", "search_data.as_table", "shared.captions_of",
    "shared.film", "shared.original", "shared.still", "tags.export", "tags.suggest",
    "tracks.cues_as_json", "tracks.file", "tracks.original", "health.alive", "health.ready",
    "static", "security.tf_select", "security.two_factor_rescue", "security.wan_delete",
}  # fmt: skip
"""Pictures, films, data, what leads to a page, and two addresses of the sign-in that are 404."""


def test_no_page_is_left_out(stage: tuple[APIFlask, dict[str, str]]) -> None:
    """Every route that a browser can open is a page that is tried here, or no page."""
    app, site = stage
    adapter = app.url_map.bind("127.0.0.1")
    tried = {adapter.match(urlsplit(site[name]).path)[0] for name in PAGES}
    routes = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
    }
    assert tried.isdisjoint(NO_PAGES)
    assert routes - tried - NO_PAGES == set()


@contextmanager
def watched(site: dict[str, str], chromium: Browser, name: str) -> Iterator[Page]:
    """A page that breaks no policy and asks nobody else, in whoever's browser it takes."""
    context = chromium.new_context(viewport=SMALL, reduced_motion="reduce")
    if cookie := site.get(f"{name} cookie"):
        key, value = cookie.split("=", 1)
        context.add_cookies([{"name": key, "value": value, "url": site[name]}])
    page = context.new_page()
    page.add_init_script(
        "window.broken = [];"
        "addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));"
    )
    elsewhere: list[str] = []
    base = f"http://{urlsplit(site[name]).netloc}/"
    page.on("request", lambda one: one.url.startswith((base, "data:")) or elsewhere.append(one.url))
    yield page
    eventually(page, "broken", [])
    assert elsewhere == []
    context.close()


SMALL: ViewportSize = {"width": 320, "height": 640}
WIDE: ViewportSize = {"width": 1280, "height": 640}


def is_good(page: Page, **looks: ViewportSize) -> None:
    """In each colour scheme at its size: nothing sticks out, no rule of axe is broken."""
    is_settled(page)
    for colours, size in looks.items():
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size(size)
        page.evaluate("scrollTo(0, 0)")  # or the bar that stays in sight lies over what is pressed
        fits(page, size["width"])
        is_accessible(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_breaks_no_policy(
    site: dict[str, str], chromium: Browser, name: str
) -> None:
    with watched(site, chromium, name) as page:
        for language, light, dark in (("en", SMALL, WIDE), ("ar", WIDE, SMALL)):
            page.set_extra_http_headers({"Accept-Language": language})
            page.goto(site[name])
            expect(page.locator("html")).to_have_attribute("lang", language)
            is_good(page, light=light, dark=dark)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_is_covered_is_accessible_in_every_state(
    site: dict[str, str], chromium: Browser, language: str
) -> None:
    """Covered, after each of the three reveals, and in safe mode; on clip pages and in lists."""
    with watched(site, chromium, "covered") as page:
        page.set_extra_http_headers({"Accept-Language": language})
        covered = page.locator(".covered")
        for show in ("", "stills", "videos", "all"):
            page.goto(site["covered"])
            if show:
                button = covered.locator(f"[name=show][value={show}]")
                with turning(page):
                    button.click()
            expect(page.locator("video")).to_have_count(int(show in ("videos", "all")))
            is_good(page, light=SMALL, dark=WIDE)
            if show == "videos":  # the film is there: everything is asked for where it is covered
                page.context.clear_cookies()
        page.context.clear_cookies()
        page.goto(site["covered list"])
        expect(page.locator("img[src*='.covered.jpg']").first).to_be_visible()
        is_good(page, light=WIDE, dark=SMALL)
        page.locator("[data-reveal]").first.click()
        expect(page.locator("img[src*='.covered.jpg']")).to_have_count(0)
        is_good(page, light=SMALL, dark=WIDE)
        with turning(page):
            page.locator("[name=show][value=safe]").click()
        expect(page.locator(".safe")).to_be_visible()
        is_good(page, light=SMALL, dark=WIDE)


def test_an_apply_goes_on_by_itself(
    site: dict[str, str], chromium: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In slices of one row each; a row that failed stays in sight."""
    monkeypatch.setattr("mediacatalog.web.pages.manifest.SLICE_SECONDS", 0)
    media = Path(site["media"])
    (media / "half.mp4").write_bytes((media / "عبّارة.mp4").read_bytes()[:-900])
    manifest = tmp_path / "m.csv"
    manifest.write_text("file,source\nhalf.mp4,A\nعبّارة.mp4,B\n", encoding="utf-8")
    page = chromium.new_page()
    page.goto(site["manifest"])
    page.set_input_files("#manifest", manifest)
    with turning(page):
        page.get_by_role("button", name="Check it").click()
    with turning(page):
        page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("gone through: 2 rows")
    expect(page.get_by_text("Row 2: half.mp4")).to_be_visible()
    page.close()


def no_scripts(chromium: Browser) -> Page:
    return chromium.new_context(java_script_enabled=False).new_page()


def test_searching_and_filtering_work_without_scripts(
    site: dict[str, str], chromium: Browser
) -> None:
    page = no_scripts(chromium)
    page.goto(site["archive"])
    page.fill("#q", "night")
    with turning(page):
        page.get_by_role("button", name="Search").click()
    with turning(page):
        page.click("a.moment")
    expect(page).to_have_url(re.compile(r"/clips/[^/]+\?t=1\.000"))
    expect(page.locator("video[controls]")).to_have_count(1)
    page.context.close()


def test_tags_are_added_without_scripts(site: dict[str, str], chromium: Browser) -> None:
    page = no_scripts(chromium)
    page.goto(site["clip"])
    page.fill("#add-tag", "dusk")
    page.press("#add-tag", "Enter")
    expect(page.get_by_role("link", name="dusk")).to_have_count(1)
    page.context.close()


def test_tags_are_added_in_place_with_scripts(site: dict[str, str], chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(site["clip"])
    page.evaluate("window.same = true")
    page.fill("#add-place", "القائم")
    page.press("#add-place", "Enter")
    expect(page.get_by_role("link", name="القائم")).to_be_visible()
    eventually(page, "window.same")
    page.close()


def test_a_note_takes_the_time_at_its_first_letter_and_leads_back_to_it(
    site: dict[str, str], chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(site["clip"])
    page.evaluate("window.same = true")
    stage = page.get_by_role("group", name="Picture; press ? for the keys")
    stage.focus()
    page.get_by_label("Time; type another and press Enter").fill("1.2")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Time; type another and press Enter")).to_have_value("0:01.200")
    page.keyboard.press("n")
    page.keyboard.type("A rifle")
    expect(page.get_by_label("At", exact=True).first).to_have_value("1.200")
    page.keyboard.press("Control+Enter")
    note = page.get_by_role("link", name="0:01.2")
    expect(note).to_be_visible()
    expect(page.locator("#markers [data-note-state]")).to_have_text("Saved")
    expect(page.locator(".lane-marker")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    note.click()
    expect(page.get_by_label("Time; type another and press Enter")).to_have_value("0:01.200")
    with turning(page):
        page.get_by_role("button", name="Cite this frame").click()
    expect(page.get_by_role("textbox", name="Cite this frame")).to_have_value(
        re.compile(r"frame at 1\.200 s \(PTS 15360, time base 1/12800\)")
    )
    back = page.get_by_role("link", name="Play from here")
    expect(back).to_have_attribute("href", re.compile(r"\?t=1\.200"))
    page.close()


def test_notes_are_written_and_undone_without_scripts(
    site: dict[str, str], chromium: Browser
) -> None:
    page = no_scripts(chromium)
    page.goto(site["clip"])
    page.get_by_role("textbox", name="A note at this moment").fill("by hand")
    page.locator("#note-at").fill("0:00.4")
    with turning(page):
        page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_role("link", name="0:00.4")).to_be_visible()
    with turning(page):
        page.locator("#markers").get_by_role("button", name="Undo").click()
    expect(page.locator("#markers")).not_to_contain_text("by hand")
    page.context.close()


def test_the_ingest_page_updates_itself(site: dict[str, str], chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(site["ingest"])
    page.evaluate("window.same = true")
    other = chromium.new_page()
    other.goto(site["ingest"])
    with turning(other):
        other.get_by_role("button", name="Retry").click()
    expect(page.locator(".file--waiting")).to_be_visible()
    eventually(page, "window.same")
    page.close()
    other.close()


def test_from_a_word_by_facet_map_and_time_line_to_its_second(
    site: dict[str, str], chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(site["archive"])
    page.fill("#q", "night")
    with turning(page):
        page.press("#q", "Enter")
    with turning(page):
        page.locator("input[name=tag][value=ferry]").check()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("ferry")
    with turning(page):
        page.get_by_role("link", name="Map", exact=True).click()
    dot = page.get_by_role("group", name="Map of 1 clip").get_by_role("link")
    dot.focus()
    with turning(page):
        page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value(re.compile(r"night near:34\.4\d*,40\.9\d*~"))
    expect(page.locator(".map__ring")).to_have_count(1)
    with turning(page):
        page.get_by_role("link", name="Anywhere").click()
    expect(page.locator(".map__ring")).to_have_count(0)
    stage = page.locator("[data-result-map]").bounding_box()
    assert stage is not None
    middle = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    page.mouse.move(middle[0] + 60, middle[1])
    page.mouse.down()
    page.mouse.move(middle[0] + 150, middle[1], steps=4)
    with turning(page):
        page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 clip for night near:34.4")
    with turning(page):
        page.get_by_role("link", name="Time line").click()
    with turning(page):
        page.get_by_role("link", name="9 November 2017: 1 clip").click()
    expect(page.locator("#q")).to_have_value(re.compile("date:2017-11-09$"))
    expect(page).to_have_url(re.compile("tag=ferry"))
    expect(page).to_have_url(re.compile("view=time"))
    with turning(page):
        page.locator("a.moment").click()
    expect(page.get_by_label("Time; type another and press Enter")).to_have_value("0:01.000")
    eventually(page, "Math.abs(document.querySelector('video').currentTime - 1) < 0.041")
    page.close()


def test_a_box_that_is_ticked_before_the_script_listens_narrows_the_search(
    site: dict[str, str], chromium: Browser
) -> None:
    page = chromium.new_page()
    held: list[Route] = []
    page.route("**/static/app.js", lambda one: one.continue_() if held else held.append(one))
    page.goto(site["search"], wait_until="commit")
    page.locator("input[name=tag][value=ferry]").check()
    eventually(page, lambda: len(held), 1)
    held[0].continue_()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("ferry")
    page.close()


def test_a_query_is_completed_by_keyboard(site: dict[str, str], chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(site["search"])
    page.keyboard.press("/")
    page.keyboard.type("night has:cap")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_text(["has:captions"])
    page.keyboard.press("Escape")
    box = page.get_by_role("combobox", name="Search the archive")
    box.fill("كم")
    expect(options).to_contain_text("أبو كمال")
    page.keyboard.press("ArrowDown")
    with turning(page):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 clip")
    expect(box).to_have_value('place:"أبو كمال" ')
    page.close()
