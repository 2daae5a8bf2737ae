"""A page of the web by a process of its own: what it may ask, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediacatalog import gathering
from mediacatalog.apart import fetching
from mediacatalog.catalog import stories
from mediacatalog.errors import FetchRefusedError
from mediacatalog.media import sandbox
from tests.test_fetching import PAGE, served

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue

HERE = fetching.Beside(networks=("127.0.0.0/8",), any_port=True)


@pytest.mark.parametrize("kind", ["bubblewrap", "landlock"])
def test_a_page_is_fetched_from_inside_the_sandbox(kind: sandbox.Sandbox) -> None:
    sandbox.use(kind)
    with served() as (site, asked):
        found = fetching.fetch(f"{site}/moved", HERE)
    assert (found.data, found.url) == (PAGE, f"{site}/page")
    assert found.hops == (f"{site}/moved", f"{site}/page")
    assert asked == ["/moved", "/page"]


def test_a_name_is_looked_up_from_inside_the_sandbox() -> None:
    with served() as (site, _):
        found = fetching.fetch(site.replace("127.0.0.1", "localhost") + "/page", HERE)
    assert found.data == PAGE


@pytest.mark.parametrize(
    ("path", "reason"),
    [("video", "no page but video/mp4"), ("drip", "longer than 2 s"), ("inside", "isn't public")],
)
def test_what_the_child_refuses_is_refused(path: str, reason: str) -> None:
    with served() as (site, _), pytest.raises(FetchRefusedError, match=reason):
        fetching.fetch(f"{site}/{path}", HERE, seconds=2 if path == "drip" else 60)


def test_unless_it_is_said_nothing_but_the_open_web_is_asked() -> None:
    with served() as (site, asked):
        with pytest.raises(FetchRefusedError, match="port"):
            fetching.fetch(f"{site}/page")
        with pytest.raises(FetchRefusedError, match="isn't public"):
            fetching.fetch(f"{site}/page", fetching.Beside(any_port=True))
    assert asked == []


def test_a_fetched_page_is_kept_with_its_address(catalogue: Catalogue) -> None:
    with served() as (site, _):
        kept = gathering.take_address(catalogue, f"{site}/moved", actor="Mara", beside=HERE)
    with catalogue.reading() as session:
        (origin,) = stories.origins(session, kept)
    assert (origin.kind, origin.place, origin.actor) == ("fetched", f"{site}/page", "Mara")
