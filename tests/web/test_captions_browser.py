"""Captions in a real browser: tracks, transcript and the cue editor, in both directions of text."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mediacatalog.catalog import cue_edits, tracks
from mediacatalog.catalog.cue_edits import Splice
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.values import Cue, Ms, Region
from mediacatalog.web import create_app
from tests.browser import eventually, fits, is_accessible, is_settled, server_of, turning
from tests.factories import make_clip
from tests.web.archive import Archive, track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from mediacatalog.catalog.database import Catalogue


pytestmark = pytest.mark.browser

ENGLISH = track(
    (0, 900, "The ferry came"), (1000, 1900, "[gunfire]\nRun for the ferry"), (2500, 3500, "Night")
)
ARABIC = track(
    (0, 900, "وصلت العبّارة رقم 12 إلى أبو كمال"),
    (1000, 1900, "[إطلاق نار]\nاركضوا!"),
    (2500, 3500, "ليل"),
    language="ar",
)
MACHINE = replace(track((0, 3000, "the fairy game")), made_by="machine", model="Model 3")
CHAPTERS = replace(track((0, 2000, "The quay"), (2000, 4000, "At sea")), kind="chapters")
DESCRIBED = replace(track((0, 3900, "A red picture, then a blue one")), kind="description")
PLACED = track((0, 3900, "Up here"), language="fr")
PLACED = replace(PLACED, cues=(replace(PLACED.cues[0], settings="line:0 align:start"),))
CORNER = track((0, 1900, "In a corner"), (2000, 3900, "By itself"))
CORNER = replace(
    CORNER,
    cues=(
        replace(CORNER.cues[0], settings="align:left region:corner"),
        replace(CORNER.cues[1], words=((0, 2000), (3, 3000))),
    ),
    regions=(Region("corner", 40, 2, 0, 0, 50, 10),),
)
MANY = 10_000


@dataclass
class Desk:
    """A running site with clips, and its catalogue."""

    catalogue: Catalogue
    base: str
    clips: dict[str, str]

    def track(self, clip: str, language: str = "en", made_by: str = "human") -> tracks.Shown:
        with self.catalogue.reading() as session:
            return next(
                one
                for one in tracks.of_clip(session, self.clips[clip])
                if (one.language, one.made_by) == (language, made_by)
            )

    def texts(self, clip: str, language: str = "en") -> list[str]:
        with self.catalogue.reading() as session:
            track_id = self.track(clip, language).id
            return [cue.text for cue in tracks.cues_of(session, track_id)]

    def page(self, clip: str, rest: str = "") -> str:
        return f"{self.base}/clips/{self.clips[clip]}{rest}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
    catalogue = open_catalogue(settings.catalogue_url)
    catalogue.upgrade()
    archive, index = Archive(catalogue, settings), SearchIndex(settings.index)
    long = track(*((n * 400, n * 400 + 390, f"line {n} of a long speech") for n in range(MANY)))
    both = [("a.srt", ENGLISH), ("a.ar.srt", ARABIC)]
    more = [("a.asr.srt", MACHINE), ("a.chapters.vtt", CHAPTERS), ("a.ad.vtt", DESCRIBED)]
    given = {
        "many kinds": [*both, ("a.fr.vtt", PLACED), *more],
        "edited": both,
        "undone": both,
        "stale": both,
        "arabic": both,
        "long": [("a.srt", long)],
        "regions": [("a.srt", CORNER)],
    }
    clips: dict[str, str] = {}
    for number, (name, found) in enumerate(given.items()):
        shots = (("red", 2.0), ("blue", 2.0))
        rate = 25 + number  # other bytes are another clip
        path = make_clip(settings.media, f"{number}.mp4", shots=shots, rate=rate, size="320x180")
        clips[name] = archive.add(path, tracks=found)
    index.catch_up(catalogue)
    server = server_of(create_app(settings, catalogue, index))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Desk(catalogue, f"http://127.0.0.1:{server.server_port}", clips)
    server.shutdown()
    thread.join()
    server.server_close()
    catalogue.close()


@pytest.fixture
def screen(chromium: Browser) -> Iterator[Page]:
    """A page on which no script may fail and no policy be broken."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="en-GB"
    )
    opened = context.new_page()
    failed: list[str] = []
    opened.on("pageerror", lambda error: failed.append(str(error)))
    opened.add_init_script(
        "window.broken = [];"
        "addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));"
    )
    yield opened
    assert failed == []
    eventually(opened, "broken", [])
    context.close()


def show(screen: Page, desk: Desk, clip: str, rest: str = "") -> None:
    screen.goto(desk.page(clip, rest))
    expect(screen.locator(".player--ready")).to_be_visible()


def edit(screen: Page) -> None:
    """Opens the editor by the keyboard."""
    screen.locator("[data-edit-cues]").press("Enter")
    expect(screen.locator(".cue-editor textarea")).to_be_focused()


# --- the player -----------------------------------------------------------------------------------


def test_the_tracks_of_the_player_are_chosen_by_keys_and_remembered(
    screen: Page, desk: Desk
) -> None:
    show(screen, desk, "many kinds")
    showing = "[...document.querySelector('video').textTracks].filter(t => t.mode == 'showing')"
    labels = f"{showing}.map(t => t.label)"
    eventually(screen, labels, ["English"])
    screen.locator(".player__stage").focus()
    for expected in (["العربية"], ["Français"], ["English (machine-made)"], [], ["English"]):
        screen.keyboard.press("Shift+C")
        eventually(screen, labels, expected)
    screen.keyboard.press("Shift+C")
    screen.reload()
    expect(screen.locator(".player--ready")).to_be_visible()
    eventually(screen, labels, ["العربية"])
    expect(screen.get_by_label("Language of the captions")).to_have_value("1")


def test_the_position_of_a_cue_reaches_the_player(screen: Page, desk: Desk) -> None:
    show(screen, desk, "many kinds")
    screen.get_by_label("Language of the captions").select_option("Français")
    cue = "document.querySelector('video').textTracks[2].cues?.[0]"
    eventually(screen, f"[{cue}.line, {cue}.align, {cue}.snapToLines]", [0, "start", True])


def test_a_region_is_honoured_where_browsers_know_none(screen: Page, desk: Desk) -> None:
    show(screen, desk, "regions")
    cue = "document.querySelector('video').textTracks[0].cues?.[0]"
    if screen.evaluate("'VTTRegion' in window"):
        eventually(screen, f"{cue}.region.id", "corner")
    else:
        place = f"[{cue}.line, {cue}.snapToLines, {cue}.position, {cue}.size, {cue}.align]"
        eventually(screen, place, [10, False, 50, 40, "left"])


def test_a_click_on_a_word_goes_to_the_word(screen: Page, desk: Desk) -> None:
    show(screen, desk, "regions")
    screen.get_by_text("itself", exact=True).click()
    eventually(screen, "Math.abs(document.querySelector('video').currentTime - 3) < 0.1")
    screen.get_by_text("In a corner").click()
    eventually(screen, "document.querySelector('video').currentTime < 0.1")


def test_the_place_of_a_cue_is_chosen_and_a_region_is_kept(screen: Page, desk: Desk) -> None:
    show(screen, desk, "regions")
    edit(screen)
    place = screen.get_by_label("Place of cue 1")
    expect(place).to_have_value("align:left region:corner")
    screen.locator(".cue-editor textarea").fill("In the corner")
    screen.keyboard.press("Alt+ArrowDown")
    screen.get_by_label("Place of cue 2").select_option("Top")
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Saved")
    with desk.catalogue.reading() as session:
        found = tracks.cues_of(session, desk.track("regions").id)
    assert [(cue.text, cue.settings) for cue in found] == [
        ("In the corner", "align:left region:corner"),
        ("By itself", "line:0"),
    ]


def test_descriptions_are_read_as_text_and_chapters_mark_the_time_line(
    screen: Page, desk: Desk
) -> None:
    show(screen, desk, "many kinds", "?t=2.5")
    told = screen.locator(".player__description")
    expect(told).to_have_text("")
    screen.locator(".player__stage").press("d")
    expect(told).to_have_text("A red picture, then a blue one")
    expect(told).to_have_attribute("role", "status")
    expect(screen.locator(".lane-chapter")).to_have_attribute("d", re.compile("M[^M]*M[^M]*$"))
    screen.locator(".player__slider").hover()
    expect(screen.locator(".player__thumb-label")).to_contain_text("At sea")


# --- the transcript -------------------------------------------------------------------------------


def test_another_track_is_fetched_and_says_that_a_machine_made_it(screen: Page, desk: Desk) -> None:
    show(screen, desk, "many kinds")
    label = screen.get_by_text("Machine-made text: Model 3")
    expect(label.first).to_be_hidden()
    screen.get_by_label("Track to read").select_option("English (machine-made), a.asr.srt")
    expect(screen.locator("[data-cue]:visible")).to_have_text([r"0:00.0 the fairy game"])
    expect(screen.locator("[data-machine]:visible")).to_have_text("Machine-made text: Model 3")


def test_sounds_are_told_apart_from_speech(screen: Page, desk: Desk) -> None:
    show(screen, desk, "many kinds")
    expect(screen.locator(".cues .sound:visible")).to_have_text(["[gunfire]"])
    screen.get_by_label("Track to read").select_option("العربية")
    expect(screen.locator(".cues .sound:visible")).to_have_text(["[إطلاق نار]"])


def test_ten_thousand_cues_are_found_stepped_through_and_followed(screen: Page, desk: Desk) -> None:
    show(screen, desk, "long")
    expect(screen.locator("[data-cue]")).to_have_count(MANY)
    box = screen.get_by_label("Filter the lines")
    box.fill("line 99")
    count = screen.locator(".transcript__count")
    expect(count).to_have_text("111 of 10000")  # 99, 990–999, 9900–9999
    box.press("Enter")
    expect(count).to_have_text("1 of 111")
    box.press("Shift+Enter")
    expect(count).to_have_text("111 of 111")
    last = screen.locator("[data-found]")
    expect(last).to_contain_text("line 9999")
    expect(last).to_be_in_viewport()
    box.press("Escape")
    screen.get_by_role("button", name="Follow the film").click()
    screen.locator(".player__stage").press("End")
    current = screen.locator("[data-cue][aria-current=true]")
    expect(current.first).to_contain_text(re.compile("line (9|10) "))
    expect(current.first).to_be_in_viewport()


def test_the_transcript_is_walked_by_keys_and_seeks(screen: Page, desk: Desk) -> None:
    show(screen, desk, "many kinds")
    screen.locator("[data-cue] a").first.focus()
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("ArrowDown")
    expect(screen.locator("[data-cue] a").nth(2)).to_be_focused()
    screen.keyboard.press("Enter")
    expect(screen.locator("[data-cue][aria-current=true]")).to_contain_text("Night")


# --- the editor -----------------------------------------------------------------------------------


def test_cues_are_edited_and_saved_by_the_keyboard_alone(screen: Page, desk: Desk) -> None:
    show(screen, desk, "edited")
    edit(screen)
    text = screen.locator(".cue-editor textarea")
    text.fill("The ferry came back at dusk")
    for _ in range(len("at dusk")):
        screen.keyboard.press("ArrowLeft")
    screen.keyboard.press("Alt+s")  # split before "at dusk"
    expect(text).to_have_value("The ferry came back")
    screen.keyboard.press("Alt+ArrowDown")
    expect(text).to_have_value("at dusk")
    screen.get_by_label("Speaker of cue 2").fill("Anna")
    screen.get_by_label("Start of cue 2", exact=True).fill("0:00.700")
    screen.keyboard.press("Tab")
    screen.keyboard.press("Alt+ArrowDown")
    expect(text).to_have_value("[gunfire]\nRun for the ferry")
    screen.keyboard.press("Alt+j")  # join with the last
    expect(text).to_have_value("[gunfire]\nRun for the ferry\nNight")
    screen.keyboard.press("Alt+i")
    text.fill("The end")
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Saved")
    assert desk.texts("edited") == [
        "The ferry came back",
        "at dusk",
        "[gunfire]\nRun for the ferry\nNight",
        "The end",
    ]
    screen.keyboard.press("Escape")
    expect(screen.locator("[data-cue]:visible")).to_have_count(4)
    expect(screen.locator("[data-edit-cues]")).to_be_focused()
    cues = "[...document.querySelector('video').textTracks[0].cues].map(cue => cue.text)"
    eventually(screen, f"{cues}.length == 4 && {cues}[1]", "<v Anna>at dusk</v>")
    with desk.catalogue.reading() as session:
        second = tracks.cues_of(session, desk.track("edited").id)[1]
    assert (second.start_ms, second.speaker) == (700, "Anna")


def test_changes_are_undone_redone_and_shifted(screen: Page, desk: Desk) -> None:
    show(screen, desk, "undone", "?t=1.2")
    edit(screen)
    text = screen.locator(".cue-editor textarea")
    expect(text).to_have_value("[gunfire]\nRun for the ferry")  # where the film stands
    text.press_sequentially(" now")
    screen.keyboard.press("Control+z")  # typing in one field is one step
    expect(text).to_have_value("[gunfire]\nRun for the ferry")
    screen.keyboard.press("Control+Shift+Z")
    expect(text).to_have_value("[gunfire]\nRun for the ferry now")
    screen.keyboard.press("Control+z")
    # At 27 frames a second this is the beginning of the frame at 1.2 s.
    expect(screen.locator(".player__entry")).to_have_value("0:01.185")
    screen.get_by_role("button", name="Start: set to the player's position").click()
    expect(screen.get_by_label("Start of cue 2", exact=True)).to_have_value("0:01.185")
    screen.get_by_label("Shift by").fill("-1")
    screen.get_by_role("button", name="All", exact=True).click()
    expect(screen.locator(".cue-editor__state")).to_contain_text("before the clip")
    screen.get_by_role("button", name="From here").click()
    screen.keyboard.press("Alt+ArrowDown")
    expect(screen.get_by_label("Start of cue 3", exact=True)).to_have_value("0:01.500")
    screen.keyboard.press("Alt+Delete")
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Saved")
    assert desk.texts("undone") == ["The ferry came", "[gunfire]\nRun for the ferry"]
    screen.goto(desk.page("undone", f"/tracks/{desk.track('undone').id}"))
    with turning(screen):
        screen.get_by_role("button", name="Back to before this").click()
    assert desk.texts("undone") == ["The ferry came", "[gunfire]\nRun for the ferry", "Night"]


def test_what_cannot_be_saved_is_said_and_kept(screen: Page, desk: Desk) -> None:
    show(screen, desk, "undone")
    edit(screen)
    screen.get_by_label("Start of cue 1", exact=True).fill("nonsense")
    screen.keyboard.press("Tab")
    field = screen.get_by_label("Start of cue 1", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    screen.locator(".cue-editor textarea").fill("")
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Cue 1 has no text")
    screen.locator(".cue-editor textarea").fill("Not saved, yet not lost")
    eventually(screen, "JSON.stringify(localStorage).includes('yet not lost')")
    screen.once("dialog", lambda dialog: dialog.accept())
    screen.reload()
    edit(screen)
    expect(screen.locator(".cue-editor textarea")).to_have_value("Not saved, yet not lost")
    screen.keyboard.press("Control+z")
    expect(screen.locator(".cue-editor textarea")).to_have_value("The ferry came")


def test_a_stale_save_shows_both_texts_and_loses_neither(screen: Page, desk: Desk) -> None:
    show(screen, desk, "stale")
    edit(screen)
    screen.locator(".cue-editor textarea").fill("Mine")
    one = desk.track("stale")
    with desk.catalogue.writing() as session:
        theirs = Splice(2, 1, (Cue(Ms(2500), Ms(3500), "Theirs"),))
        clip = desk.clips["stale"]
        cue_edits.save(session, clip, one.id, theirs, version=one.version, actor="ben")
    screen.keyboard.press("Control+s")
    panel = screen.locator(".cue-editor__conflict")
    expect(panel).to_contain_text("“ben” changed this track")
    expect(panel).to_contain_text("Mine")
    expect(panel).to_contain_text("Theirs")
    panel.get_by_role("button", name="Keep both").click()
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Saved")
    assert desk.texts("stale") == ["Mine", "[gunfire]\nRun for the ferry", "Theirs"]


def test_arabic_is_edited_from_right_to_left(screen: Page, desk: Desk) -> None:
    show(screen, desk, "arabic")
    screen.get_by_label("Track to read").select_option("العربية")
    edit(screen)
    text = screen.locator(".cue-editor textarea")
    expect(text).to_have_css("direction", "rtl")
    expect(text).to_have_attribute("lang", "ar")
    text.fill("وصلت القافلة إلى النهر")
    screen.get_by_label("Start of cue 1", exact=True).fill("٠:٠٠٫٢٥")
    screen.keyboard.press("Tab")
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Saved")
    assert desk.texts("arabic", "ar")[0] == "وصلت القافلة إلى النهر"
    with desk.catalogue.reading() as session:
        assert tracks.cues_of(session, desk.track("arabic", "ar").id)[0].start_ms == 250


def test_the_editor_holds_ten_thousand_cues(screen: Page, desk: Desk) -> None:
    show(screen, desk, "long")
    edit(screen)
    screen.get_by_role("button", name="All", exact=True).click()
    screen.keyboard.press("Control+s")
    expect(screen.locator(".cue-editor__state")).to_have_text("Saved")
    with desk.catalogue.reading() as session:
        cues = tracks.cues_of(session, desk.track("long").id)
    assert (len(cues), cues[0].start_ms, cues[-1].start_ms) == (MANY, 500, 9999 * 400 + 500)


@pytest.mark.parametrize(("colours", "width"), [("light", 360), ("dark", 1280)])
@pytest.mark.parametrize("part", ["transcript", "editor", "track"])
def test_captions_are_accessible_and_fit(
    chromium: Browser, desk: Desk, colours: str, width: int, part: str
) -> None:
    context = chromium.new_context(
        color_scheme=colours, viewport={"width": width, "height": 740}, reduced_motion="reduce"
    )
    opened = context.new_page()
    one = desk.track("many kinds", made_by="machine")
    rest = f"/tracks/{one.id}" if part == "track" else f"?track={one.id}"
    opened.goto(desk.page("many kinds", rest))
    if part == "editor":
        edit(opened)
    is_settled(opened)
    fits(opened, width)
    is_accessible(opened)
    context.close()
