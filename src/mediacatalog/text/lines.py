"""Words that are broken at the end of a line, or of a cue: `inter-` and `national`."""

from __future__ import annotations

import re

SOFT = "\u00ad"
_BREAKS = ("-\n", "\u2010\n", SOFT + "\n")
"""A dash, which is longer, ends what is said and no part of a word."""
_BROKEN = re.compile(rf"(?<=[^\W_])[-\u2010{SOFT}]\n(?=[^\W_])")


def whole(text: str) -> str:
    """The text with its broken words as compounds, each letter at its place.

    An apostrophe stands where the line ended: nothing is told by it behind a hyphen.
    """
    if not any(one in text for one in _BREAKS):
        return text
    return _BROKEN.sub("-'", text)
