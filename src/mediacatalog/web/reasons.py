"""What was found out, in the language of the page: of files, days, places, stories and searches.

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
LISTED = "، "
"""Between sources; Arabic is the only other tongue so far."""
HOLE = re.compile(r"%\((\w+)\)s")

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
    marked("the sound is encrypted: it can't be heard without its key"),
    marked("it claims pixels of %(ratio)s; taken as square"),
    marked("the picture lasts %(one)s s, the sound %(other)s s"),
    marked("the picture lasts %(one)s s, the file %(other)s s"),
    marked("its header says %(one)s s, its last frame ends at %(other)s s"),
    marked("the header claims %(one)s s, the pictures last %(other)s s"),
    marked("ends early: pictures until %(one)s s of %(other)s s"),
    marked("the pictures of the first %(number)s s could not be decoded"),
    marked("from here to the end no picture could be decoded"),
    marked("nothing of the last %(number)s s could be decoded"),
    marked("time stamps leap: no pictures for %(number)s s"),
    marked("the file goes on for %(number)s s in other pictures, which aren't watched"),
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

SOURCES = (
    marked("a person"),
    marked("the satellite fix"),
    marked("the container"),
    marked("the file's name"),
    marked("the article"),
    marked("the clip's own place"),
    marked("a caption"),
    marked("the article (not accepted)"),
    marked("the file's time of change"),
    marked("the article's publication"),
    marked("the day the file was first seen"),
    marked("the headline"),
    marked("the page's address"),
    marked("a video's title"),
)
"""Who says something of a clip."""

OF_OCCASIONS = (
    marked("nothing says when"),
    marked("%(source)s says %(what)s"),
    marked("%(source)s says not later than %(day)s"),
    marked("%(sources)s agrees"),
    marked("%(sources)s agree"),
    marked("%(source)s says %(what)s, %(another)s not later than %(day)s"),
    marked("%(source)s says %(what)s, %(another)s says %(that)s: %(number)s days apart"),
    marked("%(source)s says %(what)s, %(another)s says %(that)s: %(number)s km apart"),
    marked("entered by %(who)s"),
    marked("entered by %(who)s: %(reason)s"),
    marked("in the name %(name)s"),
    marked("the file was last changed then"),
    marked("a caption says so"),
    marked("a caption names %(name)s"),
    marked("named in “%(name)s”"),
    marked("named in “%(name)s”, accepted by %(who)s"),
    marked("“%(name)s” was published then"),
    marked("a place of the clip, by %(who)s"),
    marked("a clock that was never set"),
    marked("later than the day on which the file was first seen, %(day)s"),
)

OF_PLAYING = (
    marked("there is no moving picture"),
    marked("HEVC plays only where the system has a decoder; elsewhere its picture is black"),
    marked("browsers other than Safari play the sound of Apple ProRes with a black picture"),
    marked("no browser decodes %(codec)s"),
    marked("no browser plays Motion JPEG in a file"),
    marked("browsers gave up Theora in 2024"),
    marked("browsers don't decode %(codec)s"),
    marked("not every browser plays %(codec)s in %(container)s"),
    marked("no browser plays sound as %(codec)s in %(container)s"),
    marked("not every browser shows %(codec)s as %(pixels)s"),
    marked("not every browser shows h264 of %(number)s bits"),
    marked("not every browser decodes H.264's profile %(profile)s"),
    marked("it is interlaced: browsers show both fields at once, combed"),
)

OF_LINKS = (
    marked("the place and the day are both those of the story"),
    marked("the clip was shot %(number)s km from %(name)s, which the story names"),
    marked("%(number)s words in a row are the same: “%(words)s”"),
    marked("%(number)s rare words are in both: %(words)s"),
    marked("both name %(words)s"),
    marked("has the same name as the clip: %(name)s"),
    marked("is the record that was saved with the download: %(name)s"),
    marked("is the description that was saved with the download: %(name)s"),
    marked("stands in the same folder: %(name)s"),
    marked("%(name)s lies in the same folder and names the file"),
    marked("the page shows the clip's own address: %(url)s"),
    marked("the page shows the video %(id)s, the clip's own id"),
    marked("the page shows the video %(id)s, and the file's name holds this id"),
    marked("the clip was taken from this page: %(url)s"),
    marked("the page plays a file of this name: %(name)s"),
    marked("the story names the file %(name)s"),
    marked("a near copy of this clip is linked to it"),
    marked("the page shows a video with the clip's title: %(title)s"),
    marked("the clip's title is the headline: %(title)s"),
    marked("the clip's name and %(source)s share the words: %(words)s"),
    marked("the clip's name sounds like the headline in another script: %(title)s"),
    marked("a passage means much the same as what the clip says, in another language (%(words)s)"),
)

OF_SEARCHES = (
    marked("words are compared by their first %(number)s letters"),
    marked("only the first %(number)s characters were read"),
    marked("only the first %(number)s words of a phrase are looked for"),
    marked("only the first %(number)s words were looked for"),
    marked("only the first %(number)s values of a facet were looked for"),
    marked("AND is left out: all words are looked for anyway"),
    marked("NOT is looked for as a word; -word leaves one out"),
    marked("in: leaves nothing to look in, and was left out"),
    marked("the query holds no word to look for"),
    marked("%(field)s: is followed by one of %(names)s"),
    marked("%(field)s: is followed by %(why)s"),
    marked(">5m, 30s..2m or <1:30"),
    marked("2017, 2017-11, 2017-11-09..2017-11-19 or >2017"),
    marked("the id of a clip, or a text in quotation marks"),
    marked("“%(word)s” is also looked for as %(names)s"),
    marked("like %(title)s, by words that both have: %(words)s"),
    marked("like %(title)s, by what they mean, in other languages too"),
    marked("the search index is being made; look again in a moment"),
    marked("the page asked for doesn't belong to this search; this is the first one"),
)

EVERY = (*PATTERNS, *SOURCES, *OF_OCCASIONS, *OF_PLAYING, *OF_LINKS, *OF_SEARCHES)
_SOURCE = "|".join(map(re.escape, SOURCES))
PARTS = {
    "source": f"(?:{_SOURCE})",
    "another": f"(?:{_SOURCE})",
    "sources": f"(?:{_SOURCE})(?:, (?:{_SOURCE}))*",
    "what": "(?:(?!; ).)+?",
}
"""What a part of a pattern can be, where not everything."""
SAID = frozenset({WHY, "source", "another"})
"""Parts that are patterns themselves."""


def told(text: str) -> str:
    """A reason or a next step, several of them by semicolons, as this page says it."""
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
            parts |= {name: told(parts[name]) for name in SAID & parts.keys()}
            if "sources" in parts:
                parts["sources"] = LISTED.join(map(told, parts["sources"].split(", ")))
            return gettext(known, **parts)
    return None


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those that say most by themselves first: none must take what another one says better."""
    made = []
    for known in sorted(EVERY, key=lambda one: -len(HOLE.sub("", one))):
        parts = HOLE.split(known)
        written = "".join(
            f"(?P<{part}>{PARTS.get(part, '.+?')})" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
        made.append((known, re.compile(written, re.DOTALL)))
    return tuple(made)
