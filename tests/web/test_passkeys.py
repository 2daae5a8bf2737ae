"""Passkeys in a real browser, with its virtual authenticator."""

from __future__ import annotations

import re
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from mediacatalog.catalog import accounts, changes, passkeys
from mediacatalog.catalog.account_models import Passkey
from mediacatalog.catalog.database import open_catalogue
from tests.browser import is_accessible, server_of, turning
from tests.web.people import PASSWORD, an_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from playwright.sync_api import Browser, CDPSession, Page

    from mediacatalog.catalog.database import Catalogue

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def catalogue(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Catalogue]:
    shutil.copyfile(migrated_sqlite, tmp_path / "catalogue.sqlite")
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def base(app: APIFlask) -> Iterator[str]:
    server = server_of(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def authenticator(page: Page) -> tuple[CDPSession, str]:
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return tools, made["authenticatorId"]


def keys(catalogue: Catalogue, account: str) -> list[passkeys.Key]:
    with catalogue.reading() as session:
        return passkeys.of_account(session, account)


def sign_in_with_passkey(page: Page, base: str) -> None:
    page.goto(f"{base}/account/login?next=/tags")
    page.get_by_role("button", name="Sign in with a passkey").click()


@pytest.mark.browser
def test_a_passkey_is_made_and_used_and_removed(
    catalogue: Catalogue, base: str, page: Page
) -> None:
    nadia = an_account(catalogue, "Nadia", "archivist")
    tools, made = authenticator(page)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Policy" in said.text else None)
    page.goto(f"{base}/account/login")
    page.get_by_label("Name").fill("Nadia")
    page.get_by_label("Password").fill(PASSWORD)
    with turning(page):
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{base}/account/passkeys")
    is_accessible(page)
    page.get_by_label("Name of the new passkey").fill("Laptop ليلى")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("You can sign in with this passkey from now on.")).to_be_visible()
    expect(page.get_by_text("1 passkey", exact=True)).to_be_visible()
    (key,) = keys(catalogue, nadia)
    assert (key.name, key.used_at) == ("Laptop ليلى", None)

    with turning(page):
        page.get_by_role("button", name="Sign out here").click()
    sign_in_with_passkey(page, base)
    page.wait_for_url(f"{base}/tags")
    (key,) = keys(catalogue, nadia)
    assert key.used_at is not None
    with catalogue.reading() as session:
        history = changes.history(session, "account", nadia)
    assert [one.after for one in history if one.field == "passkey"] == ["Laptop ليلى"]

    with catalogue.writing() as session:  # as if a copy of it had been used meanwhile
        session.execute(update(Passkey).values(sign_count=10_000))
    page.context.clear_cookies()
    sign_in_with_passkey(page, base)
    expect(page.get_by_text("The passkey didn't prove who you are.")).to_be_visible()
    with catalogue.writing() as session:
        session.execute(update(Passkey).values(sign_count=0))

    tools.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": False})
    sign_in_with_passkey(page, base)
    expect(page.get_by_text("The browser gave no passkey.")).to_be_visible()
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": True})

    sign_in_with_passkey(page, base)
    page.wait_for_url(f"{base}/tags")
    page.goto(f"{base}/account/passkeys")
    page.get_by_role("button", name=re.compile("Remove Laptop")).click()
    expect(page.get_by_text("That passkey opens nothing any more.")).to_be_visible()
    assert keys(catalogue, nadia) == []
    page.context.clear_cookies()
    sign_in_with_passkey(page, base)
    expect(page.get_by_text("This passkey isn't known here.")).to_be_visible()
    assert refused == []


@pytest.mark.browser
def test_a_passkey_of_a_disabled_account_opens_nothing(
    catalogue: Catalogue, base: str, page: Page
) -> None:
    an_account(catalogue, "Admin", "admin")
    nadia = an_account(catalogue, "Nadia", "archivist")
    authenticator(page)
    page.goto(f"{base}/account/login")
    page.get_by_label("Name").fill("Nadia")
    page.get_by_label("Password").fill(PASSWORD)
    with turning(page):
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{base}/account/passkeys")
    page.get_by_label("Name of the new passkey").fill("Key")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("You can sign in with this passkey from now on.")).to_be_visible()
    with catalogue.writing() as session:
        accounts.set_active(session, "Nadia", active=False, actor="Admin")
    page.goto(f"{base}/account/passkey?next=/tags")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{base}/account/login?next=/tags")
    with catalogue.writing() as session:
        accounts.set_password(
            session, "Nadia", "another quiet harbour", without_second_factor=False, actor="Admin"
        )
    assert keys(catalogue, nadia) == []
