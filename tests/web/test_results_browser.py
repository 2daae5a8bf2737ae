"""In a real browser: how people look through hits, choose among them, and keep their place."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex, facets
from mediacatalog.settings import Settings
from mediacatalog.web import create_app
from tests.browser import eventually, is_settled, server_of, turning
from tests.factories import make_clip
from tests.search.rows import a_clip
from tests.web.archive import Archive, article, track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of a site with three filmed clips and forty that are only described."""
    folder = tmp_path_factory.mktemp("desk")
    settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    archive, index = Archive(catalogue, settings), SearchIndex(settings.index)
    for number in range(40):
        a_clip(catalogue, f"quay {number:02d}")
    clips = {
        name: archive.add(
            make_clip(settings.media, f"{name}.mp4", shots=shots),
            tracks=[("a.srt", track((0, 900, "The ferry came")))],
            tags=[name],
        )
        for name, shots in {
            "crossing": (("red", 1.0), ("blue", 1.0)),
            "landing": (("green", 1.0), ("yellow", 1.0)),
        }.items()
    }
    clips["warned"] = archive.add(
        make_clip(settings.media, "warned.mp4", shots=(("red", 1.0), ("green", 1.0))),
        tracks=[("a.srt", track((0, 900, "Along the shore")))],
        story=article("The shore", "What the sea left."),
        score=0.6,
    )
    index.catch_up(catalogue)
    app = create_app(settings, catalogue, index)
    known = app.test_client().get(f"/api/v1/clips/{clips['warned']}").json
    clips["story"] = f"/articles/{known['articles'][0]['article']}"
    server = server_of(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield {"base": f"http://127.0.0.1:{server.server_port}", **clips}
    server.shutdown()
    thread.join()
    server.server_close()
    catalogue.close()


@pytest.fixture
def context(desk: dict[str, str], chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(base_url=desk["base"], viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def requested(page: Page) -> list[str]:
    """The addresses that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    return asked


def test_clips_are_tagged_on_the_contact_sheet_without_playing_them(
    desk: dict[str, str], page: Page
) -> None:
    asked = requested(page)
    page.goto("/?q=ferry")
    with turning(page):
        page.get_by_role("link", name="Contact sheet").click()
    page.evaluate("window.same = true")
    for name in ("crossing", "landing"):
        page.locator(f"[data-hit='{desk[name]}'] img").nth(1).click()
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    page.get_by_label("Tag for the selected clips").fill("water")
    page.keyboard.press("Enter")
    expect(page.locator("[data-selected]")).to_have_text("2 clips tagged “water”")
    expect(page.get_by_role("main").get_by_role("link", name="water")).to_have_count(2)
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("[data-selected]")).to_have_text("Taken back: 2 changes.")
    expect(page.get_by_role("main").get_by_role("link", name="water")).to_have_count(0)
    expect(page.get_by_role("button", name="Take back")).to_be_hidden()
    eventually(page, "window.same")
    assert not [one for one in asked if "/master" in one or "proxy" in one]
    with turning(page):
        page.locator(f"[data-hit='{desk['landing']}'] .sheet__frames a").nth(1).click()
    expect(page).to_have_url(re.compile(rf"/clips/{desk['landing']}\?t=1\.\d+"))


def test_a_selection_is_tagged_without_scripts(desk: dict[str, str], chromium: Browser) -> None:
    context = chromium.new_context(base_url=desk["base"], java_script_enabled=False)
    page = context.new_page()
    page.goto("/?q=ferry&view=sheet")
    page.locator(f"[data-hit='{desk['crossing']}'] img").first.click()
    page.get_by_label("Tag for the selected clips").fill("by hand")
    with turning(page):
        page.get_by_role("button", name="Add the tag").click()
    expect(page.get_by_role("status").first).to_contain_text("1 clip tagged “by hand”")
    expect(page).to_have_url(f"{desk['base']}/?q=ferry&view=sheet")
    with turning(page):
        page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("status").first).to_contain_text("Taken back: 1 change.")
    expect(page).to_have_url(f"{desk['base']}/?q=ferry&view=sheet")
    context.close()


def test_a_hit_shows_its_film_to_pointer_and_arrows_and_asks_for_it_only_then(
    desk: dict[str, str], page: Page
) -> None:
    asked = requested(page)
    page.goto("/?q=tag:crossing")
    is_settled(page)
    assert not [one for one in asked if "/clips/" in one and "storyboard" in one]
    hit = page.locator(f"[data-hit='{desk['crossing']}']")
    box = hit.locator(".poster").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + 20)
    expect(hit.locator("canvas.scrub")).to_be_visible()
    expect(hit.locator(".scrub__time")).to_have_text(re.compile(r"0:01\.[89]"))
    page.mouse.move(5, 5)
    expect(hit.locator("canvas.scrub")).to_be_hidden()
    hit.locator("[data-open]").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(hit.locator(".scrub__time")).to_have_text("0:01.1")
    with turning(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"t=1\.150"))


def test_a_still_stays_still_where_less_motion_is_wanted(
    desk: dict[str, str], chromium: Browser
) -> None:
    context = chromium.new_context(base_url=desk["base"], reduced_motion="reduce")
    page = context.new_page()
    asked = requested(page)
    page.goto("/?q=tag:crossing")
    page.locator(".poster").first.hover()
    page.mouse.move(200, 300)
    page.locator("[data-open]").first.focus()
    assert not [one for one in asked if "/clips/" in one and "storyboard" in one]
    page.keyboard.press("ArrowRight")
    expect(page.locator("canvas.scrub")).to_be_visible()
    context.close()


def test_more_hits_come_below_and_are_there_again_after_back(page: Page) -> None:
    page.goto("/?q=quay&view=grid&sort=title")
    expect(page.locator("[data-hit]")).to_have_count(24)
    page.get_by_role("link", name="More results").click()
    expect(page.locator("[data-hit]")).to_have_count(40)
    expect(page).to_have_url(re.compile("show=48"))
    last = page.get_by_role("link", name="quay 39")
    with turning(page):
        last.click()
    page.go_back()
    expect(page.locator("[data-hit]")).to_have_count(40)
    expect(last).to_be_in_viewport()


def test_facets_that_were_spared_are_counted_in_place_when_asked_for(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MANY_HITS", 0)
    page.goto("/?q=quay")
    codec = page.locator("input[name=codec]")
    expect(codec).to_have_count(0)
    page.get_by_role("link", name="More filters").click()
    with turning(page):
        codec.first.check()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("Codec")
    expect(page).not_to_have_url(re.compile("facets="))


def test_hits_are_walked_and_selected_by_keyboard(page: Page) -> None:
    page.goto("/?q=quay&sort=title")
    page.locator("[data-open]").first.focus()
    for key in "jjxjxk":
        page.keyboard.press(key)
    expect(page.locator(":focus")).to_have_text("quay 02")
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    page.keyboard.press("t")
    page.keyboard.type("jetty")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_text("quay 02")
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-selected]")).to_have_text("24 selected")


def is_clear(address: str) -> bool:
    """Whether it is a picture or a film in which something can be told."""
    parts = ("/master", "/proxy.mp4", ".jpg", "storyboard", "/frames/")
    return any(one in address for one in parts) and ".covered.jpg" not in address


@pytest.fixture
def warned(desk: dict[str, str], context: BrowserContext) -> str:
    """The id of a clip that somebody warned of, by the form of its page."""
    page = context.new_page()
    page.goto(f"/clips/{desk['warned']}")
    care = page.locator("#care")
    expect(care).to_be_visible()
    if care.get_by_text("Nobody said yet").count():
        page.get_by_text("Add a warning").click()
        page.get_by_label("What is seen or heard").select_option("death")
        page.get_by_role("button", name="Add the warning").click()
        expect(page.locator("#care").get_by_text("throughout", exact=True)).to_be_visible()
    page.close()
    return desk["warned"]


def test_nothing_clear_of_a_warned_clip_is_asked_for_before_the_click(
    desk: dict[str, str], warned: str, page: Page
) -> None:
    asked = requested(page)

    def clear() -> list[str]:
        return [one for one in asked if (warned in one or "/frames/" in one) and is_clear(one)]

    story, frame = desk["story"], f"/clips/{warned}/frame?t=0.5"
    places = ("/?q=shore", "/?q=shore&view=grid", "/?q=shore&view=sheet", "/?q=shore&view=map",
              "/?q=shore&view=time", "/review", story, frame, f"/clips/{warned}")  # fmt: skip
    for place in places:
        page.goto(place)
        expect(page.locator("img.is-covered, .covered img").first).to_be_visible()
        for hit in page.locator(".poster").all():
            hit.hover()
        for link in page.locator("[data-open]").all():
            link.focus()
            page.keyboard.press("ArrowRight")
        is_settled(page)
        found = [one for one in clear() if not one.endswith("/frame?t=0.5")]
        assert [one for one in found if not re.search(r"/frames/[0-9a-f]+/\d+$", one)] == [], place


def test_stills_film_and_session_are_revealed_one_by_one(warned: str, page: Page) -> None:
    asked = requested(page)
    page.goto("/?q=shore")
    hit = page.locator(f"[data-hit='{warned}']")
    hit.get_by_role("button", name="Show the stills").press("Enter")
    expect(hit.locator("img.is-covered")).to_have_count(0)
    expect(hit.get_by_role("button", name="Cover again")).to_be_focused()
    eventually(page, lambda: f"/clips/{warned}/poster.jpg" in "".join(asked))
    hit.get_by_role("button", name="Cover again").press("Enter")
    expect(hit.locator(".poster img.is-covered")).to_have_count(1)
    page.goto(f"/clips/{warned}")
    page.locator(".covered").get_by_role("button", name="Show the stills").click()
    expect(page.locator(".shots img.is-covered")).to_have_count(0)
    expect(page.locator("video")).to_have_count(0)
    with turning(page):
        page.get_by_role("button", name="Play the film, without sound").click()
    expect(page.locator("video")).to_have_count(1)
    video = "document.querySelector('video')"
    eventually(page, f"{video}.muted && {video}.paused && !{video}.autoplay")
    eventually(page, f"{video}.getBoundingClientRect().width <= 480")
    care = page.locator("#care")
    care.get_by_text("Add a warning").click()
    care.get_by_label("From").fill("0.4")
    care.get_by_label("Until").fill("0.9")
    care.get_by_role("button", name="Add the warning").click()
    expect(page.locator(".lane-warned")).to_have_count(1)
    with turning(page):
        page.get_by_role("button", name="Safe mode").click()
    page.goto("/?q=quay")
    expect(page.get_by_role("complementary", name="Safe mode")).to_contain_text(
        "every picture is covered"
    )


def test_warned_pictures_are_revealed_without_scripts(
    desk: dict[str, str], warned: str, chromium: Browser
) -> None:
    context = chromium.new_context(base_url=desk["base"], java_script_enabled=False)
    page = context.new_page()
    page.goto("/?q=shore")
    hit = page.locator(f"[data-hit='{warned}']")
    expect(hit.locator("img.is-covered").first).to_be_visible()
    with turning(page):
        hit.get_by_role("button", name="Show the stills").click()
    expect(hit.locator("img.is-covered")).to_have_count(0)
    context.close()


def test_from_the_search_box_to_a_tagged_and_cited_frame_by_keyboard_alone(
    desk: dict[str, str], page: Page
) -> None:
    keyboard = page.keyboard

    def tab_to(role: str, name: str | re.Pattern[str], most: int = 120) -> None:
        wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        for _ in range(most):
            if wanted.evaluate("e => e === document.activeElement"):
                return
            keyboard.press("Tab")
        pytest.fail(f"{role} {name} isn't reached")

    page.goto("/")
    keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_contain_text("Next hit")
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    keyboard.press("/")
    keyboard.type("tag:crossing")
    with turning(page):
        keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=tag%3Acrossing"))
    tab_to("link", "Skip the filters")
    keyboard.press("Enter")
    expect(page.locator("#results")).to_be_focused()
    for _ in range(30):
        if page.evaluate("document.activeElement.matches('[data-open]')"):
            break
        keyboard.press("Tab")
    for key in "xt":
        keyboard.press(key)
    keyboard.type("evidence")
    keyboard.press("Enter")
    expect(page.locator("[data-selected]")).to_have_text("1 clip tagged “evidence”")
    keyboard.press("Escape")
    for _ in range(12):
        keyboard.press("ArrowRight")
    expect(page.locator(".scrub__time:visible")).to_have_text("0:01.1")
    with turning(page):
        keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/clips/.*t=1\.150"))
    tab_to("button", "Cite this frame")
    with turning(page):
        keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Cite this frame")).to_have_value(
        re.compile(r"frame at 1\.1\d+ s \(PTS \d+, time base ")
    )
