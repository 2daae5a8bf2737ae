"""The real browser of the tests, and how patient they are with it.

No test depends on how fast the machine is. What settles later is waited for, for `PATIENCE_MS`: by
`expect`, or by `eventually` where `expect` can't see it. Where an act leads to another page, it is
made inside `turning`: before the scripts of a page listen, keys and clicks on it are lost.

`TEST_SLOW_BROWSER=10` makes pages ten times slower and every answer a fifth of a second late, which
finds the tests, and the pages, that are in a hurry. The patience grows with it.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, expect, sync_playwright
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from playwright.sync_api import Browser, BrowserContext, Page, Request
    from werkzeug.serving import BaseWSGIServer

SLOWNESS = float(os.environ.get("TEST_SLOW_BROWSER", "1"))
LATENCY_MS = 200

PATIENCE_MS = 60_000 * SLOWNESS
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM = os.environ.get("TEST_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None
)
"""The headless build is the same browser without its windows, at half the processor time."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""With the one rule of WCAG 2.2 that axe doesn't apply by itself: what is pressed has 24 px."""


@contextmanager
def started() -> Iterator[Browser]:
    """A browser whose pages are patient, and slow when that is asked for."""
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        make_context, make_page = browser.new_context, browser.new_page

        @wraps(make_context)
        def new_context(**wishes: Any) -> BrowserContext:
            context = make_context(**wishes)
            context.set_default_timeout(PATIENCE_MS)
            make_tab = context.new_page
            context.new_page = lambda: prepared(make_tab())
            return context

        @wraps(make_page)
        def new_page(**wishes: Any) -> Page:
            page = make_page(**wishes)
            page.set_default_timeout(PATIENCE_MS)
            return prepared(page)

        browser.new_context, browser.new_page = new_context, new_page
        yield browser
        browser.close()


ASKED: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()
"""What pages wait for: requests that no answer has ended yet."""
QUIET_MS = 200 * SLOWNESS


def prepared(page: Page) -> Page:
    """A page whose requests are known, and slow when that is asked for."""
    asked = ASKED[page] = set()

    def begun(one: Request) -> None:
        asked.add(one)

    def ended(one: Request) -> None:
        asked.discard(one)

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    if SLOWNESS > 1:
        tools = page.context.new_cdp_session(page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWNESS})
        tools.send("Network.enable")
        line = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        tools.send("Network.emulateNetworkConditions", {**line, "latency": LATENCY_MS})
    return page


def server_of(app: WSGIApplication) -> BaseWSGIServer:
    """That of the tests' browsers, on a port of its own; who calls it starts and ends it.

    Where a browser hangs up, Werkzeug's leaves the file open that it was sending.
    """

    def closing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        answer = app(environ, start_response)
        try:
            yield from answer
        finally:
            if close := getattr(answer, "close", None):
                close()

    return make_server("127.0.0.1", 0, closing, threaded=True)


@contextmanager
def turning(page: Page) -> Iterator[None]:
    """What is done inside leads to another page; afterwards it's here and its scripts listen."""
    with page.expect_event("load"):
        yield


def eventually(page: Page, ask: str | Callable[[], object], wanted: object = 1) -> None:
    """Asks the page by an expression, or a function here, until the answer is right; true is 1.

    Playwright's own way, `wait_for_function`, evaluates text in the page, which its policy forbids.
    """
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            found = page.evaluate(ask) if isinstance(ask, str) else ask()
        except Error as error:  # the page turned meanwhile, or what is asked about isn't there yet
            found = error
        if found == wanted:
            return
        assert time.monotonic() < deadline, f"{found!r}, not {wanted!r}: {str(ask)[:80]}"
        page.wait_for_timeout(25)


def is_settled(page: Page) -> None:
    """Waits until the page asks for nothing more, and its films show a picture or can't.

    Of a film Chromium leaves a request open for as long as it may want more, some 15 s after it was
    paused; Playwright's own `networkidle` waits for that, too.
    """
    films = "[...document.querySelectorAll('video')]"
    loading = f"{films}.filter((one) => one.readyState < 2 && one.networkState === 2).length"
    eventually(page, f"document.readyState === 'complete' && {loading} === 0")
    quiet_since = time.monotonic()

    def waited_for() -> list[str]:
        nonlocal quiet_since
        open_ = [one.url for one in ASKED[page] if one.resource_type != "media"]
        if open_:
            quiet_since = time.monotonic()
        quiet = (time.monotonic() - quiet_since) * 1000 >= QUIET_MS
        return open_ if open_ or quiet else ["more, perhaps"]

    eventually(page, waited_for, [])


def is_accessible(page: Page, context: object = None) -> None:
    """No violation of axe's rules in the page, or in a part of it.

    A page keeps the axe that it was given: another is another 560 kB to compile and to warm up.
    Only the violations leave the page: the rest are hundreds of objects that nobody reads.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    ask = "([where, how]) => axe.run(where ?? document, how).then((found) => found.violations)"
    found = page.evaluate(ask, [context, AXE])
    assert not found, [(one["id"], one["nodes"][0]) for one in found]


def fits(page: Page, width: int) -> None:
    """Nothing sticks out at the sides."""
    eventually(page, f"document.documentElement.scrollWidth <= {width}")
