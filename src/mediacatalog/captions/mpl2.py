"""MPL2: a line a cue, times in tenths of a second: `[123][456]text|text`."""

from __future__ import annotations

import re
from fractions import Fraction

from mediacatalog.captions import microdvd
from mediacatalog.captions.gathering import Gathering

_CUE = re.compile(r"[ \t\ufeff]*\[([0-9]{1,9})\][ \t]*\[([0-9]{0,9})\](.*)")
_ANY = re.compile(r"^[ \t\ufeff]*\[[0-9]{1,9}\][ \t]*\[[0-9]{0,9}\]", re.MULTILINE)


def sniff(text: str) -> bool:
    return _ANY.match(text[:4096].lstrip("\ufeff \t\n")) is not None


def sniff_loosely(text: str) -> bool:
    return _ANY.search(text) is not None


def read(text: str) -> Gathering:
    gathering = Gathering()
    microdvd.keep(gathering, microdvd.counted(gathering, text, _CUE), Fraction(1, 10))
    return gathering
