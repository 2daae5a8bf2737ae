"""Locks that stand for living workers: they go with their process, and with their host."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediacatalog.ingest.locks import SLOT_LOCK, Locks

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


def test_a_slot_is_held_until_its_owner_ends(catalogue: Catalogue, settings: Settings) -> None:
    first, second = Locks(catalogue, settings), Locks(catalogue, settings)
    assert (first.slot(), second.slot()) == (0, 1)
    assert first.is_held(SLOT_LOCK, 1)
    second.close()
    assert not first.is_held(SLOT_LOCK, 1)
    first.close()


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_the_server_soon_asks_a_silent_worker_whether_it_is_there(
    catalogue: Catalogue, settings: Settings
) -> None:
    """The kernel's own list of connections says when the server asks next (proc(5), net/tcp)."""
    port = catalogue.engine.url.port

    def soonest() -> float:
        """Seconds until the first connection of the server is asked; of those asked at all."""
        found = [2 * 3600.0]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            local, timer = line.split()[1], line.split()[5]
            kind, when = timer.split(":")
            if int(local.split(":")[1], 16) == port and kind == "02":
                found.append(int(when, 16) / os.sysconf("SC_CLK_TCK"))
        return min(found)

    locks = Locks(catalogue, settings)
    deadline = time.monotonic() + 60
    while (seconds := soonest()) > 10 and time.monotonic() < deadline:
        time.sleep(0.1)  # what is on its way is waited for first
    assert seconds <= 10
    locks.close()
