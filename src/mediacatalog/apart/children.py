"""Which kinds of children this package has, for `doctor` to see what they can do."""

from __future__ import annotations

from mediacatalog.apart import fetching, reading
from mediacatalog.media import proof

KINDS = (
    proof.Child("reader", reading.start),
    proof.Child("fetcher", fetching.start, network=True),
)
