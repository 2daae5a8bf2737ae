"""What is wrong with a file, in the language of the page.

Reasons are stored in English, as the part that found them says them. Here stand the usual ones as
patterns: a reason that fits one is shown in its translation, with the same numbers and names; what
a decoder said, and what fits none, is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mediacatalog.web.tongue import gettext, marked, tongue

ENGLISH = "en"
WHY = "why"
"""The part of a pattern that is a reason itself."""
TOGETHER = "; "

PATTERNS = (
    marked("nothing to do: it is looked at again at the next poll"),
    marked("nothing to do: a worker takes it when it is free"),
    marked("nothing to do: being read now"),
    marked("see the problems on the clip's page; replace the file if a better one exists"),
    marked("replace the file, or retry when the cause is gone, or ignore it"),
    marked("bring the disk or file back; it is recognised by its bytes"),
    marked("goes on when it is resumed"),
    marked("goes on at %(time)s UTC"),
    marked("goes on at this path"),
    marked("attempt %(number)s at %(time)s UTC"),
    marked("gave up after %(number)s attempts: %(why)s"),
    marked("%(who)s paused the folder"),
    marked("the same bytes are being read at %(path)s"),
    marked("a person asked to try again"),
    marked("a person said that it is complete"),
    marked("captions or an article were attached"),
    marked("captions or articles beside it changed"),
    marked("something was put to it meanwhile"),
    marked("the file is no longer there"),
    marked("the file is empty (0 bytes)"),
    marked("the file went away before it was read"),
    marked("the file went away while it was read"),
    marked("it changed while it was read"),
    marked("changed while it was read"),
    marked("a hidden file or folder"),
    marked("an unfinished or temporary file by its name (.%(ending)s)"),
    marked("seen for the first time; waiting until it stands still"),
    marked("waiting until it has stood still for %(seconds)s s"),
    marked("another program has it open for writing"),
    marked("not footage: articles are read from it when it has stood still"),
    marked("not footage: read as captions or article of the clip beside it"),
    marked("not footage: .%(ending)s isn't a video suffix"),
    marked("not a regular file"),
    marked("can't be read"),
    marked("can't be opened"),
    marked("no file can have this name"),
    marked("a link to another file; links are not followed"),
    marked("text, not a video"),
    marked("a play list (HLS) that names other files, not a video"),
    marked("a play list (DASH) that names other files, not a video"),
    marked("a script that names other files (ffconcat), not a video"),
    marked("a network description (SDP), not a video"),
    marked("a web page, not a video: the download may have failed"),
    marked("an XML document, not a video"),
    marked("a drawing (SVG), not a video"),
    marked("a subtitle script (ASS), not a video"),
    marked("captions (WebVTT), not a video"),
    marked("a program's text, not a video"),
    marked("a program, not a video"),
    marked("a picture (%(kind)s), not a video"),
    marked("a PDF document, not a video"),
    marked("a %(kind)s archive, not a video"),
    marked("no video stream"),
    marked("it holds no streams"),
    marked("the codec of the picture isn't known (%(tag)s)"),
    marked("the size of the picture isn't known"),
    marked("the picture is encrypted: it can't be seen without its key"),
    marked("it claims pixels of %(ratio)s; taken as square"),
    marked("the picture lasts %(one)s s, the sound %(other)s s"),
    marked("the picture lasts %(one)s s, the file %(other)s s"),
    marked("its header says %(one)s s, its last frame ends at %(other)s s"),
    marked("the header claims %(one)s s, the pictures last %(other)s s"),
    marked("ends early: pictures until %(one)s s of %(other)s s"),
    marked("the pictures of the first %(number)s s could not be decoded"),
    marked("from here to the end no picture could be decoded"),
    marked("the file could not be read to its end: %(why)s"),
    marked("shots beyond the first %(number)s aren't listed"),
    marked("not whole: %(why)s"),
    marked("it names another file for its pictures or sound: unread"),
    marked("the codec %(codec)s isn't among those that are decoded here"),
    marked("the container isn't among those that are read here"),
    marked("pictures of %(size)s pixels are too large"),
    marked("can't be read: it has no index (moov), or isn't a video at all"),
    marked("can't be read: %(why)s"),
    marked("the video stream has no time base"),
    marked("the %(codec)s video stream holds no pictures"),
    marked("not one frame of the %(codec)s video could be decoded: %(why)s"),
    marked("not a moment of the %(codec)s could be decoded: %(why)s"),
    marked("all stills are black, though most of the film isn't"),
    marked("no index (moov): the file is cut off or was never finished"),
    marked("no index (moov) yet"),
    marked("no pictures or sound (mdat) yet"),
    marked("space was reserved for its end, and nothing is written there yet"),
    marked("its last packet isn't complete"),
    marked("decoding needs more memory than is allowed"),
    marked("its bytes were purged on %(day)s and aren't taken in again"),
    marked("reading its header took too long (%(why)s)"),
)


def told(text: str) -> str:
    """A reason or a next step of a file, several of them by semicolons, as this page says it."""
    if tongue() == ENGLISH or not text:
        return text
    whole = _said(text)
    if whole is not None:
        return whole
    return TOGETHER.join(_said(part) or part for part in text.split(TOGETHER))


def _said(text: str) -> str | None:
    for known, pattern in _compiled():
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            if WHY in parts:
                parts[WHY] = told(parts[WHY])
            return gettext(known, **parts)
    return None


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those without parts first: a pattern must not take what another one says better."""
    made = []
    for known in sorted(PATTERNS, key=lambda one: (one.count("%("), -len(one))):
        parts = re.split(r"%\((\w+)\)s", known)
        written = "".join(
            f"(?P<{part}>.+?)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
        made.append((known, re.compile(written, re.DOTALL)))
    return tuple(made)
