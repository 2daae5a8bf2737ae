"""Dates, camera, place, time code and language, from the tags of container and streams.

Rival dates are all kept, each with its source and what is known of its zone: many cameras write
local time and call it UTC.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.media.runner import escaped
from mediacatalog.media.untrusted import child
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Camera, Created, Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediacatalog.media.untrusted import Json

MAX_TAGS, MAX_TAG_CHARACTERS = 200, 2000
DATE_TAGS = (
    "com.apple.quicktime.creationdate",
    "creation_time",
    "date",
    "date_recorded",
    "date_digitized",
    "date_released",
    "modification_date",
)
# ISO 6709, annex H: degrees, or degrees and minutes, or also seconds, told by the count of digits.
ISO6709 = re.compile(
    r"^([+-])(\d{2})(\d{2})?(\d{2})?(\.\d{1,12})?([+-])(\d{3})(\d{2})?(\d{2})?(\.\d{1,12})?"
)


# ISO 639-2 codes that containers carry, as BCP 47 wants them; others stay as they are.
def of(holder: Json) -> dict[str, str]:
    """The tags of a container or stream: text only, bounded, control characters escaped."""
    given = holder.get("tags")
    if not isinstance(given, dict):
        return {}
    return {
        escaped(str(name)[:200]): escaped(str(value)[:MAX_TAG_CHARACTERS])
        for name, value in list(given.items())[:MAX_TAGS]
    }


def _all(form: Json, streams: Sequence[Json]) -> Iterator[tuple[str, str, str]]:
    """(where, lower-case name, value) of every tag, the container's first."""
    for name, value in of(form).items():
        yield "container", name.lower(), value
    for stream in streams[:64]:
        for name, value in of(stream).items():
            yield f"stream {stream.get('index')}", name.lower(), value


def created(form: Json, streams: Sequence[Json]) -> tuple[Created, ...]:
    """Every date that the tags give; the same value of one name is listed once."""
    found: dict[tuple[str, str], Created] = {}
    for where, name, value in _all(form, streams):
        if (
            name in DATE_TAGS
            and value
            and not value.startswith(("0000", "1904-01-01", "1970-01-01"))
        ):
            found.setdefault((name, value), Created(value, f"{where}: {name}", _zone(name, value)))
    return tuple(sorted(found.values(), key=lambda one: _rank(one.source)))


def _rank(source: str) -> int:
    name = source.rsplit(": ", 1)[-1]
    return DATE_TAGS.index(name) if name in DATE_TAGS else len(DATE_TAGS)


def _zone(name: str, value: str) -> str:
    if name == "creation_time" and value.endswith("Z"):
        return "stated as UTC; many cameras write local time here"
    offset = re.search(r"([+-]\d{2}:?\d{2})$", value)
    if offset and "T" in value:
        return f"stated {offset[1]}"
    return "stated as UTC" if value.endswith("Z") else "none"


def camera(form: Json, streams: Sequence[Json]) -> Camera | None:
    values: dict[str, str] = {}
    for _, name, value in _all(form, streams):
        key = name.rsplit(".", 1)[-1]
        if key in (
            "make",
            "manufacturer",
            "model",
            "serial",
            "serial_number",
            "cameraserialnumber",
        ):
            values.setdefault(key, value)
    make = values.get("make") or values.get("manufacturer")
    serial = values.get("serial") or values.get("serial_number") or values.get("cameraserialnumber")
    model = values.get("model")
    return Camera(make, model, serial) if make or model or serial else None


def location(form: Json, streams: Sequence[Json]) -> Location | None:
    """The first point in ISO 6709 notation, in degrees; altitude is left out."""
    for where, name, value in _all(form, streams):
        if "location" not in name or name.endswith(("date", "name", "body", "role", "note")):
            continue
        found = ISO6709.match(value)
        if found is None:
            continue
        lat, lon = _degrees(*found.groups()[:5]), _degrees(*found.groups()[5:])
        if abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0.0, 0.0):
            return Location(lat, lon, f"{where}: {name}")
    return None


def _degrees(*parts: str | None) -> float:
    """Sign, degrees, minutes, seconds and the decimals of the last of them that is given."""
    sign, *given, decimals = parts
    numbers = [one for one in given if one]
    numbers[-1] += decimals or ""
    value = sum(float(one) / 60.0**place for place, one in enumerate(numbers))
    return round(-value if sign == "-" else value, 7)


def timecode(form: Json, streams: Sequence[Json]) -> str | None:
    """The label of the first frame, `HH:MM:SS:FF` (`;` before drop-frame counts)."""
    for _, name, value in _all(form, streams):
        if name == "timecode" and re.fullmatch(r"\d{1,3}:\d{2}:\d{2}[:;.]\d{2,3}", value):
            return value
    return None


def language(stream: Json) -> str | None:
    """BCP 47, from the stream's tag; nothing for `und`, `mis` and what isn't a code."""
    for name, value in of(stream).items():
        if name.lower() in ("language", "lang"):
            return bcp47(value.strip())
    return None


def duration(stream: Json) -> Fraction | None:
    """Matroska's `DURATION` tag, `00:00:10.240000000`, in seconds."""
    own = child(stream, "tags")
    value = next((str(own[key]) for key in own if key.upper().startswith("DURATION")), "")
    found = re.fullmatch(r"(\d{1,6}):(\d{1,2}):(\d{1,2}(?:\.\d{1,12})?)", value.strip())
    if found is None:
        return None
    return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3]) or None
