"""Accounts and the counts of tries, on both databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.web.people import an_account

from mediacatalog.catalog import accounts, throttle

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue


def test_tries_at_the_same_time_are_all_counted(catalogue: Catalogue) -> None:
    waits: list[int] = []

    def try_thrice() -> None:
        for _ in range(3):
            with catalogue.writing() as session:
                waits.append(throttle.take(session, throttle.keys("nadia", "10.0.0.1")))

    trying = [threading.Thread(target=try_thrice) for _ in range(5)]
    for one in trying:
        one.start()
    for one in trying:
        one.join()
    assert sum(wait == 0 for wait in waits) == throttle.MOST["name"]


def test_the_right_password_forgets_the_tries_of_a_name_but_few_of_an_address(
    catalogue: Catalogue,
) -> None:
    keys = throttle.keys("nadia", "2001:db8::1")
    assert keys[1] == throttle.keys("omar", "2001:db8::2")[1]
    with catalogue.writing() as session:
        assert [throttle.take(session, keys) for _ in range(10)] == [0] * 10
        throttle.forgive(session, keys)
    with catalogue.writing() as session:
        assert throttle.take(session, keys) == 0
        others = [throttle.keys(f"person {n}", "2001:db8::3") for n in range(41)]
        waits = [throttle.take(session, one) for one in others]
    assert [wait > 0 for wait in waits] == [False] * 40 + [True]


def test_the_last_admin_stays(catalogue: Catalogue) -> None:
    an_account(catalogue, "Nadia", "admin")
    with pytest.raises(Exception, match="last admin"), catalogue.writing() as session:
        accounts.set_active(session, "Nadia", active=False, actor="local")


@pytest.mark.parametrize("name", ["local", "", "x" * 61, "a\0b", "<b>", "Machine"])
def test_a_name_that_signs_something_else_is_refused(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(Exception, match="name"):
        an_account(catalogue, name, "admin")


def test_two_names_that_look_alike_are_one(catalogue: Catalogue) -> None:
    an_account(catalogue, "Nadia  Haddad", "admin")
    with pytest.raises(Exception, match="another account"):
        an_account(catalogue, "ＮＡＤＩＡ haddad", "admin")
