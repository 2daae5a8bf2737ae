"""What is worked out once, and what is forgotten."""

from __future__ import annotations

from mediacatalog.text.remembered import LONGEST, LONGEST_LAST, Remembered


def test_short_texts_are_remembered_and_of_long_ones_the_last() -> None:
    made: list[int] = []

    def make(text: str) -> int:
        made.append(len(text))
        return len(text)

    known = Remembered(make, most=2)
    long, longer, longest = "a" * (LONGEST + 1), "a" * (LONGEST + 2), "a" * (LONGEST_LAST + 1)
    for text in ("a", "a", long, long, longer, long, long, longest, longest, long):
        assert known[text] == len(text)
    assert made == [1, *map(len, (long, longer, long, longest, longest))]
    assert dict(known) == {"a": 1}
