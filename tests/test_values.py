"""Identities and times: small functions that everything stands on."""

from __future__ import annotations

import threading
import uuid
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.values import new_id, timecode, to_ms


def test_ids_are_version_seven_and_sort_by_their_making() -> None:
    made = [new_id() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in made} == {
        (7, uuid.RFC_4122)
    }


def test_ids_of_many_threads_never_meet() -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(new_id() for _ in range(500))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4000


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(1, 10**6))
def test_milliseconds_are_the_nearest_to_the_exact_time(pts: int, start: int, ticks: int) -> None:
    base = Fraction(1, ticks)
    exact = max(Fraction(0), (pts - start) * base * 1000)
    assert abs(to_ms(pts, start, base) - exact) <= Fraction(1, 2)


def test_a_time_code_is_readable() -> None:
    assert [timecode(ms) for ms in (0, 1500, 61_001, 3_600_000, -5)] == [
        "0:00:00.000",
        "0:00:01.500",
        "0:01:01.001",
        "1:00:00.000",
        "0:00:00.000",
    ]
