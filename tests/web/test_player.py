"""The scripts of the pages in a real browser: frames, keys, transcript, completion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser import eventually, is_accessible
from tests.factories import run_ffmpeg
from tests.web.player_harness import (
    READ_NUMBER,
    Clip,
    Site,
    captions_of,
    clip_page,
    make_counted,
    make_storyboard,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

ENGLISH = [
    (200, 1400, "The convoy reached the ferry"),
    (1500, 2800, "crossing before the night fell"),
    (2900, 3800, "and waited for the first boat"),
]
ARABIC = [
    (200, 1400, "وصلت القافلة إلى العبّارة"),
    (1500, 2800, "قبل حلول الليل"),
]
SHOTS = [(0, 1000), (1000, 2400), (2400, 4000)]
FRAME_TIMES_WATCHED = """
window.shown = [];
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    make_counted(folder / "plain.mp4")
    make_counted(folder / "ntsc.mp4", rate="30000/1001", frames=120)
    dropped = r"not(eq(mod(n\,7)\,3)+eq(mod(n\,5)\,1))"
    make_counted(folder / "variable.mkv", frames=60, select=dropped)
    sound = ("-f", "lavfi", "-i", "sine=duration=4")
    late = ("-itsoffset", "0.5", "-i", str(folder / "plain.mp4"))
    both = ("-map", "1:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac")
    run_ffmpeg(*sound, *late, *both, str(folder / "late.mp4"))
    begins_between = ("-ss", "1.333", "-i", str(folder / "plain.mp4"), "-c", "copy")
    run_ffmpeg(*begins_between, str(folder / "cut.mp4"))
    prores = ("-c:v", "prores_ks", "-profile:v", "0", "-c:a", "aac", "-t", "2")
    run_ffmpeg(*sound, "-i", str(folder / "plain.mp4"), *prores, str(folder / "prores.mov"))
    (folder / "broken.mp4").write_bytes(b"this is no film" * 100)
    make_storyboard(folder, ["red", "lime", "blue", "yellow"], seconds=4)
    for language, cues in (("en", ENGLISH), ("ar", ARABIC)):
        (folder / f"{language}.vtt").write_text(captions_of(cues), encoding="utf-8")
    return folder


@pytest.fixture
def site(films: Path) -> Iterator[Site]:
    with serve(films) as served:
        yield served


@pytest.fixture
def screen(chromium: Browser) -> Iterator[Page]:
    """A page that must raise nothing and break no policy, whatever a test does in it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(FRAME_TIMES_WATCHED)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []
    eventually(opened, "window.violations", [])
    context.close()


def show(screen: Page, site: Site, clip: Clip) -> None:
    """Opens the clip and gives the player the focus."""
    site.pages["/clip"] = clip_page(clip)
    times = {"first": 0, "count": len(clip.frame_us), "us": list(clip.frame_us)}
    site.pages["/frame-times.json"] = json.dumps(times)
    screen.goto(f"{site.address}/clip")
    expect(screen.locator(".player__bar")).to_be_visible()
    screen.locator(".player__stage").focus()


def shows_frame(screen: Page, number: int) -> None:
    """The picture itself is of that frame; waits for it."""
    eventually(screen, READ_NUMBER, number)


def shows_time(screen: Page, text: str) -> None:
    expect(screen.get_by_label("Time; type another")).to_have_value(text)


PLAIN = Clip("plain.mp4", 4000, shots=SHOTS)


@pytest.mark.parametrize(
    ("start", "frame", "shown"),
    [
        (("plain.mp4", "25/1", 1480), 37, "0:01.480"),
        (("plain.mp4", "25/1", 1499), 37, "0:01.480"),
        (("ntsc.mp4", "30000/1001", 2002), 60, "0:02.002"),
        (("ntsc.mp4", "30000/1001", 67), 2, "0:00.067"),
        (("ntsc.mp4", "30000/1001", 33), 1, "0:00.033"),
        (("late.mp4", "25/1", 1480), 37, "0:01.480"),
        (("cut.mp4", "25/1", 1480), 34 + 37, "0:01.480"),
    ],
)
def test_a_link_to_a_moment_shows_the_frame_at_that_moment(
    screen: Page, site: Site, start: tuple[str, str, int], frame: int, shown: str
) -> None:
    source, rate, start_ms = start
    show(screen, site, Clip(source, 4000, rate, start_ms=start_ms))
    shows_frame(screen, frame)
    shows_time(screen, shown)
    eventually(screen, "document.querySelector('video').paused")


@pytest.mark.parametrize(("source", "rate"), [("plain.mp4", "25/1"), ("ntsc.mp4", "30000/1001")])
def test_a_step_moves_by_exactly_one_frame(
    screen: Page, site: Site, source: str, rate: str
) -> None:
    show(screen, site, Clip(source, 4000, rate, start_ms=1000))
    first = {"25/1": 25, "30000/1001": 29}[rate]
    shows_frame(screen, first)
    for number in range(first + 1, first + 16):
        screen.keyboard.press(".")
        shows_frame(screen, number)
    for number in range(first + 14, first + 4, -1):
        screen.keyboard.press(",")
        shows_frame(screen, number)


def test_quick_steps_are_all_made(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    shows_frame(screen, 0)
    for _ in range(12):
        screen.keyboard.press(".")
    shows_frame(screen, 12)
    shows_time(screen, "0:00.480")


KEPT = [n for n in range(60) if n % 7 != 3 and n % 5 != 1]
VARIABLE = Clip("variable.mkv", 3560, variable=True, frame_us=[40_000 * n for n in KEPT])


def test_frames_without_a_rate_are_stepped_one_by_one(screen: Page, site: Site) -> None:
    show(screen, site, VARIABLE)
    shows_frame(screen, 0)
    expect(screen.locator(".player__frame")).to_have_text("VFR")
    for number in KEPT[1:7]:
        screen.keyboard.press(".")
        shows_frame(screen, number)
        shows_time(screen, f"0:00.{number * 40:03d}")
    for number in reversed(KEPT[3:6]):
        screen.keyboard.press(",")
        shows_frame(screen, number)


def test_without_the_list_of_frames_a_step_goes_by_the_usual_distance(
    screen: Page, site: Site
) -> None:
    show(screen, site, Clip("plain.mp4", 4000, variable=True, start_ms=1000))
    shows_frame(screen, 25)
    for key, number in ((".", 26), (".", 27), (",", 26)):
        screen.keyboard.press(key)
        shows_frame(screen, number)


LATE = """
const ask = HTMLVideoElement.prototype.requestVideoFrameCallback;
HTMLVideoElement.prototype.requestVideoFrameCallback = function (tell) {
  return ask.call(this, (now, frame) => setTimeout(() => tell(now, frame), 1200));
};
"""
NEVER = "delete HTMLVideoElement.prototype.requestVideoFrameCallback;"


@pytest.mark.parametrize("told", [LATE, NEVER], ids=["late", "never"])
@pytest.mark.parametrize(
    ("clip", "frames"), [(PLAIN, range(100)), (VARIABLE, KEPT)], ids=["fixed", "variable"]
)
def test_steps_land_however_late_the_browser_tells_its_frames(
    screen: Page, site: Site, clip: Clip, frames: Sequence[int], told: str
) -> None:
    screen.add_init_script(told)
    show(screen, site, clip)
    for keys, place in (("." * 9, 9), (",,", 7), (".,.", 8), (".,.", 9), (",.,", 8)):
        for key in keys:
            screen.keyboard.press(key)
        shows_frame(screen, frames[place])
        shows_time(screen, f"0:00.{frames[place] * 40:03d}")


def test_the_ends_are_the_first_and_the_last_frame(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.keyboard.press("End")
    shows_frame(screen, 99)
    screen.keyboard.press(".")
    shows_frame(screen, 99)
    screen.keyboard.press("Home")
    shows_frame(screen, 0)
    screen.keyboard.press(",")
    shows_frame(screen, 0)


@pytest.mark.parametrize(
    ("typed", "frame"),
    [("1.2", 30), ("0:02.40", 60), ("00:00:01:10", 35), ("f37", 37), ("+1", 25), ("٢٫٠", 50)],
)
def test_a_typed_time_is_sought(screen: Page, site: Site, typed: str, frame: int) -> None:
    show(screen, site, PLAIN)
    screen.keyboard.press("t")
    screen.keyboard.type(typed)
    screen.keyboard.press("Enter")
    shows_frame(screen, frame)


def test_what_is_no_time_is_said_and_changes_nothing(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, start_ms=400))
    shows_frame(screen, 10)
    screen.keyboard.press("t")
    screen.keyboard.type("half past two")
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("status").filter(has_text="Not a time")).to_be_attached()
    screen.keyboard.press("Escape")
    shows_time(screen, "0:00.400")


def test_l_plays_and_twice_plays_twice_as_fast(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.evaluate("document.querySelector('video').loop = true")  # it never ends meanwhile
    screen.keyboard.press("l")
    eventually(screen, "!document.querySelector('video').paused")
    screen.keyboard.press("l")
    eventually(screen, "document.querySelector('video').playbackRate", 2)
    screen.keyboard.press("k")
    eventually(screen, "document.querySelector('video').paused")


def test_j_plays_backwards(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, start_ms=3000))
    shows_frame(screen, 75)
    screen.keyboard.press("j")
    eventually(screen, "document.querySelector('video').currentTime < 2.4")
    screen.keyboard.press("k")
    expect(screen.get_by_role("button", name="Play", exact=True)).to_be_visible()
    before = screen.evaluate("document.querySelector('video').currentTime")
    screen.wait_for_timeout(250)  # long enough to see it go on
    eventually(screen, "document.querySelector('video').currentTime", before)


def test_keys_work_on_an_arabic_keyboard(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.locator(".player__stage").evaluate(
        "(stage) => stage.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ة', code: 'KeyM', bubbles: true, cancelable: true}))"
    )
    eventually(screen, "document.querySelector('video').muted")


def test_letters_typed_elsewhere_are_letters(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.get_by_label("Tag").focus()
    screen.keyboard.type("mlk. f")
    expect(screen.get_by_label("Tag")).to_have_value("mlk. f")
    eventually(screen, "document.querySelector('video').paused")
    eventually(screen, "document.querySelector('video').muted", wanted=False)


def test_a_marked_part_loops(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, start_ms=1000))
    shows_frame(screen, 25)
    screen.keyboard.press("i")
    for _ in range(9):
        screen.keyboard.press(".")
    shows_frame(screen, 34)
    screen.keyboard.press("o")
    expect(screen.locator(".player__range")).to_have_text("0:01.000–0:01.400 (0.40 s)")
    screen.evaluate(
        """() => {
          const video = document.querySelector("video");
          const note = (_now, { mediaTime }) => {
            const sought = video.seeking ? Math.floor(video.currentTime * 25) : null;
            window.shown.push([Math.round(mediaTime * 25), sought]);
            video.requestVideoFrameCallback(note);
          };
          video.requestVideoFrameCallback(note);
        }"""
    )
    screen.keyboard.press("r")
    jumps = "window.shown.filter(([n], k) => k && n < window.shown[k - 1][0]).length"
    eventually(screen, f"{jumps} >= 2")
    screen.keyboard.press("k")
    seen = screen.evaluate("window.shown")
    assert min(number for number, _ in seen) >= 25
    # It is sent back with the first frame past the end; some may be shown before it arrives.
    assert {sought for number, sought in seen if number > 34} == {25}


def test_shots_are_marked_and_reached_by_keys(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.keyboard.press("]")
    shows_frame(screen, 25)
    expect(screen.locator("[data-shots] a[aria-current=true]")).to_have_text("Shot at 1000")
    screen.keyboard.press("]")
    shows_frame(screen, 60)
    screen.keyboard.press("[")
    shows_frame(screen, 25)


def test_links_to_moments_seek_instead_of_loading_the_page(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.get_by_role("link", name="Shot at 2400").click()
    shows_frame(screen, 60)
    expect(screen).to_have_url(f"{site.address}/clip")


def test_the_link_to_this_moment_leads_back_to_it(screen: Page, site: Site) -> None:
    show(screen, site, Clip("ntsc.mp4", 4004, "30000/1001", start_ms=2002))
    shows_frame(screen, 60)
    screen.keyboard.press(".")
    shows_frame(screen, 61)
    shows_time(screen, "0:02.035")
    screen.keyboard.press("y")
    screen.wait_for_url("**/clip?t=2.035")


@pytest.mark.parametrize(("part", "colour"), [(0.1, "red"), (0.4, "lime"), (0.9, "yellow")])
def test_the_picture_under_the_pointer_is_of_that_moment(
    screen: Page, site: Site, part: float, colour: str
) -> None:
    show(screen, site, Clip("plain.mp4", 4000, storyboard=True))
    box = screen.locator(".player__timeline").bounding_box()
    assert box is not None
    screen.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
    expect(screen.locator(".player__thumb")).to_be_visible()
    wanted = {"red": [254, 0, 0], "lime": [0, 255, 0], "yellow": [254, 254, 0]}[colour]
    eventually(
        screen,
        "[...document.querySelector('.player__thumb').getContext('2d')"
        ".getImageData(80, 45, 1, 1).data.slice(0, 3)]",
        pytest.approx(wanted, abs=12),
    )


def test_a_click_on_the_time_line_seeks_the_place_under_the_pointer(
    screen: Page, site: Site
) -> None:
    show(screen, site, PLAIN)
    box = screen.locator(".player__timeline").bounding_box()
    assert box is not None
    screen.mouse.click(box["x"] + box["width"] * 0.505, box["y"] + box["height"] / 2)
    shows_frame(screen, 50)


def test_the_slider_says_where_it_is(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, start_ms=1480, shots=SHOTS))
    slider = screen.get_by_role("slider", name="Position in the clip")
    said = "1.4 seconds of 4 seconds, shot 2 of 3"
    expect(slider).to_have_attribute("aria-valuetext", said)
    slider.focus()
    screen.keyboard.press("Shift+ArrowRight")
    shows_frame(screen, 62)


def test_captions_are_switched_by_a_key_and_a_menu(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, tracks={"ar": ARABIC, "en": ENGLISH}))
    modes = "[...document.querySelector('video').textTracks].map((track) => track.mode)"
    eventually(screen, modes, ["showing", "disabled"])
    screen.keyboard.press("c")
    eventually(screen, modes, ["hidden", "disabled"])
    screen.get_by_label("Language of the captions").select_option("English")
    eventually(screen, modes, ["disabled", "showing"])
    expect(screen.locator(".lane-cue")).to_have_count(3)


@pytest.mark.parametrize(
    ("source", "codec", "said"),
    [
        ("prores.mov", "prores", "can't show its picture: Apple ProRes"),
        ("broken.mp4", "hevc", "can't play this file (HEVC (H.265))"),
    ],
)
def test_what_the_browser_cannot_show_is_said_and_its_stills_stand_in(
    screen: Page, site: Site, source: str, codec: str, said: str
) -> None:
    show(screen, site, Clip(source, 4000, codec=codec, storyboard=True, shots=SHOTS))
    message = screen.locator("[data-player-message]")
    expect(message).to_contain_text(said)
    download = message.get_by_role("link", name="Download the master")
    expect(download).to_have_attribute("href", f"{site.address}/files/{source}")
    screen.get_by_role("link", name="Shot at 2400").click()
    expect(screen.locator(".player__still")).to_have_attribute("data-ms", "2000")
    shows_time(screen, "0:02.400")


def test_without_scripts_the_native_player_stays(chromium: Browser, site: Site) -> None:
    site.pages["/clip"] = clip_page(PLAIN, script=False)
    context = chromium.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{site.address}/clip")
    expect(opened.locator("video[controls]")).to_be_visible()
    expect(opened.get_by_role("link", name="Shot at 2400")).to_have_attribute("href", "?t=2.400")
    context.close()


def test_the_help_lists_the_keys_and_gives_the_focus_back(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.keyboard.press("?")
    expect(screen.get_by_role("dialog", name="Keys of the player")).to_be_visible()
    screen.keyboard.press("Escape")
    expect(screen.locator(".player__stage")).to_be_focused()


def test_the_transcript_follows_and_seeks(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, start_ms=1600, tracks={"en": ENGLISH}))
    current = screen.locator("[data-cue][aria-current=true]")
    expect(current).to_contain_text("crossing before the night fell")
    screen.get_by_role("link", name="and waited").click()
    shows_frame(screen, 72)
    expect(current).to_contain_text("and waited")


def test_a_cue_that_begins_within_the_shown_frame_is_the_current_one(
    screen: Page, site: Site
) -> None:
    cues = [(0, 1310, "the first of two that meet"), (1310, 2000, "the second of two that meet")]
    show(screen, site, Clip("plain.mp4", 4000, start_ms=1310, tracks={"en": cues}))
    current = screen.locator("[data-cue][aria-current=true]")
    expect(current).to_contain_text("the second")
    expect(current).to_have_count(1)


def test_the_transcript_scrolls_itself_and_never_the_page(screen: Page, site: Site) -> None:
    many = [(n * 40, n * 40 + 40, f"line {n}") for n in range(100)]
    show(screen, site, Clip("plain.mp4", 4000, tracks={"en": many}))
    screen.keyboard.press("End")
    expect(screen.locator("[data-cue]").nth(99)).to_be_in_viewport()
    eventually(screen, "scrollY", 0)


def test_a_persons_scrolling_stops_the_following_until_asked(screen: Page, site: Site) -> None:
    many = [(n * 40, n * 40 + 40, f"line {n}") for n in range(100)]
    show(screen, site, Clip("plain.mp4", 4000, tracks={"en": many}))
    screen.locator("[data-cue]").first.hover()
    screen.mouse.wheel(0, 40)
    follow = screen.get_by_role("button", name="Follow the film")
    expect(follow).to_be_visible()
    screen.locator(".player__stage").focus()
    screen.keyboard.press("End")
    shows_frame(screen, 99)
    expect(screen.locator("[data-cue]").nth(99)).not_to_be_in_viewport()
    follow.click()
    expect(screen.locator("[data-cue]").nth(99)).to_be_in_viewport()


@pytest.mark.parametrize("typed", ["العبارة", "العبّارة"])
def test_the_transcript_is_filtered_in_any_spelling(screen: Page, site: Site, typed: str) -> None:
    show(screen, site, Clip("plain.mp4", 4000, tracks={"ar": ARABIC, "en": ENGLISH}))
    screen.get_by_label("Filter the lines").fill(typed)
    expect(screen.locator("[data-track=ar] [data-cue]:visible")).to_have_count(1)
    eventually(screen, "CSS.highlights.get('transcript-filter').size", 1)


def test_another_language_of_the_transcript_is_shown(screen: Page, site: Site) -> None:
    show(screen, site, Clip("plain.mp4", 4000, tracks={"ar": ARABIC, "en": ENGLISH}))
    expect(screen.locator("[data-track=en]")).to_be_hidden()
    screen.locator("[data-transcript-track]").select_option("en")
    expect(screen.locator("[data-track=en]")).to_be_visible()
    expect(screen.locator("[data-track=ar]")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_player_is_accessible(chromium: Browser, site: Site, scheme: str) -> None:
    clip = Clip("plain.mp4", 4000, shots=SHOTS, tracks={"en": ENGLISH}, storyboard=True)
    site.pages["/clip"] = clip_page(clip)
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(f"{site.address}/clip")
    opened.locator(".player__stage").press("i")
    expect(opened.locator(".player__range")).to_be_visible()
    is_accessible(opened, context={"include": [[".player"], [".transcript"]]})
    context.close()


SUGGESTIONS: list[dict[str, object]] = [
    {"label": "ferry", "slug": "ferry", "count": 12, "via": None},
    {"label": "ferry crossing", "slug": "ferry-crossing", "count": 1, "via": "معبر"},
]


def test_a_tag_is_completed_by_the_keyboard(screen: Page, site: Site) -> None:
    site.suggestions = SUGGESTIONS
    show(screen, site, PLAIN)
    field = screen.get_by_role("combobox", name="Tag")
    field.focus()
    screen.keyboard.type("fer")
    options = screen.locator("[role=option]")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/terms?label=ferry+crossing")


def test_escape_keeps_what_was_typed(screen: Page, site: Site) -> None:
    site.suggestions = SUGGESTIONS
    show(screen, site, PLAIN)
    field = screen.get_by_role("combobox", name="Tag")
    field.focus()
    screen.keyboard.type("fer")
    expect(screen.locator("[role=option]")).to_have_count(2)
    screen.keyboard.press("Escape")
    expect(screen.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("fer")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/terms?label=fer")


def test_a_slash_moves_to_the_search_box(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    screen.keyboard.press("/")
    expect(screen.locator("#q")).to_be_focused()
    expect(screen.locator("#q")).to_have_value("")


def test_the_chosen_colours_are_kept(screen: Page, site: Site) -> None:
    show(screen, site, PLAIN)
    root = screen.locator("html")
    toggle = screen.locator("[data-theme-toggle]")
    toggle.click()
    expect(root).to_have_attribute("data-theme", "light")
    toggle.click()
    expect(root).to_have_attribute("data-theme", "dark")
    screen.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    screen.locator("[data-theme-toggle]").click()
    expect(root).not_to_have_attribute("data-theme", "dark")
