"""How values are written for people: durations, sizes, dates, languages, states."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from mediacatalog.captions import speech
from mediacatalog.catalog import counting
from mediacatalog.values import timecode, utc_now
from mediacatalog.web import reasons, story
from mediacatalog.web.tongue import gettext, marked, ngettext

if TYPE_CHECKING:
    from flask import Flask

    from mediacatalog.captions.speech import Part
    from mediacatalog.catalog.tracks import Shown
    from mediacatalog.values import Cue

LANGUAGES = {
    "ar": "العربية", "be": "Беларуская", "bg": "Български", "bn": "বাংলা", "ckb": "کوردیی ناوەندی",
    "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά", "en": "English",
    "es": "Español", "et": "Eesti", "fa": "فارسی", "fi": "Suomi", "fr": "Français", "ha": "Hausa",
    "he": "עברית", "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "hy": "Հայերեն",
    "id": "Bahasa Indonesia", "it": "Italiano", "ja": "日本語", "ka": "ქართული", "kk": "Қазақ",
    "ko": "한국어", "ku": "Kurdî", "lt": "Lietuvių", "lv": "Latviešu", "my": "မြန်မာ",
    "nl": "Nederlands", "no": "Norsk", "pl": "Polski", "ps": "پښتو", "pt": "Português",
    "ro": "Română", "ru": "Русский", "so": "Soomaali", "sq": "Shqip", "sr": "Српски",
    "sv": "Svenska", "sw": "Kiswahili", "th": "ไทย", "ti": "ትግርኛ", "tr": "Türkçe",
    "uk": "Українська", "ur": "اردو", "uz": "Oʻzbek", "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
"""Names of languages in themselves, by primary subtag."""

STATES = {
    "arriving": marked("Arriving"),
    "waiting": marked("Waiting"),
    "running": marked("Being read"),
    "ready": marked("Ready"),
    "partial": marked("Ready, with problems"),
    "quarantined": marked("Held back"),
    "offline": marked("Offline"),
    "ignored": marked("Ignored"),
}
ACCESS = {
    "open": marked("Open to everybody"),
    "restricted": marked("Restricted"),
    "embargo": marked("Under embargo"),
    "sealed": marked("Sealed"),
    "view": marked("looked at it"),
    "play": marked("played it"),
    "download": marked("downloaded the master"),
}
"""Levels of clips, and what is recorded of visits."""
CODECS = {
    "h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp8": "VP8", "vp9": "VP9", "prores": "ProRes",
    "mpeg2video": "MPEG-2", "mpeg4": "MPEG-4", "mjpeg": "Motion JPEG", "dvvideo": "DV",
    "aac": "AAC", "mp3": "MP3", "opus": "Opus", "vorbis": "Vorbis", "ac3": "AC-3", "flac": "FLAC",
    "theora": "Theora", "ffv1": "FFV1", "dnxhd": "DNxHD", "vc1": "VC-1", "wmv3": "WMV 9",
}  # fmt: skip
CONTAINERS = {
    "mp4": "MP4 / QuickTime", "mov": "MP4 / QuickTime", "matroska": "Matroska / WebM",
    "webm": "WebM", "avi": "AVI", "mpegts": "MPEG transport stream", "mpeg": "MPEG program stream",
    "ogg": "Ogg", "asf": "Windows Media", "flv": "Flash Video", "mxf": "MXF", "dv": "DV",
}  # fmt: skip
MONTHS = (
    marked("Jan"), marked("Feb"), marked("Mar"), marked("Apr"), marked("May"), marked("Jun"),
    marked("Jul"), marked("Aug"), marked("Sep"), marked("Oct"), marked("Nov"), marked("Dec"),
)  # fmt: skip
DYNAMIC = (
    marked("year"),
    marked("month"),
    marked("day"),
    marked("probe"),
    marked("quick look"),
    marked("watch through"),
    marked("poster"),
    marked("captions"),
    marked("articles"),
    marked("index"),
    marked("finish"),
    marked("fingerprint"),
    marked("reading"),
    marked("title"),
    marked("description"),
    marked("source"),
    marked("language"),
    marked("tag"),
    marked("place"),
    marked("encoding"),
    marked("kind"),
    marked("relation"),
    marked("state"),
    marked("certain"),
    marked("accepted"),
    marked("rejected"),
    marked("suggested"),
    marked("unsure"),
    marked("embedded in"),
    marked("describes"),
    marked("cites"),
    marked("same event"),
    marked("the article shows the clip"),
    marked("the article is about the clip"),
    marked("the article refers to the clip"),
    marked("both tell of one event"),
    marked("shot"),
    marked("shown"),
    marked("cut"),
    marked("fade"),
    marked("dissolve"),
    marked("start"),
    marked("gradual"),
    marked("date"),
    marked("person"),
    marked("group"),
    marked("decisive"),
    marked("strong"),
    marked("fair"),
    marked("slight"),
    marked("Recorded in"),
    marked("Length"),
    marked("Codec"),
    marked("best match"),
    marked("newest here"),
    marked("date shot, latest first"),
    marked("date shot, earliest first"),
    marked("longest first"),
    marked("shortest first"),
    marked("caption"),
    marked("note"),
    marked("article"),
    marked("file name"),
    marked("container"),
    marked("another spelling"),
    marked("another form"),
    marked("another name"),
    marked("a similar name"),
    marked("up to 1 minute"),
    marked("1 to 5 minutes"),
    marked("5 to 20 minutes"),
    marked("20 to 60 minutes"),
    marked("over an hour"),
    marked("below HD"),
    marked("4K and more"),
    marked("none"),
    marked("rights"),
    marked("people at risk"),
    marked("review"),
    marked("assignee"),
    marked("second look"),
    marked("label"),
    marked("scope note"),
    marked("item"),
    marked("name"),
    marked("new"),
    marked("in-review"),
    marked("reviewed"),
    marked("published"),
    marked("New"),
    marked("Reviewed"),
    marked("Published"),
    marked("Rights"),
    marked("Collections"),
    marked("The same footage"),
    marked("Different footage"),
    marked("must be reviewed before it is published"),
    marked("needs a second look before it is published"),
    marked("Death or dead bodies"),
    marked("Violence"),
    marked("Suffering or injuries"),
    marked("Children in distress"),
    marked("Torture or ill-treatment"),
    marked("Sexual violence"),
    marked("Nudity"),
    marked("Hateful or abusive language"),
    marked("Sudden or distressing sound"),
    marked("Flashing light"),
    marked("best match"),
    marked("newest here"),
    marked("date shot, latest first"),
    marked("date shot, earliest first"),
    marked("longest first"),
    marked("shortest first"),
    marked("Not Found"),
    marked("Bad Request"),
    marked("Forbidden"),
    marked("Internal Server Error"),
)
"""Words of the catalogue that pages translate as they meet them: `_(one.field)`."""

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2}(?:\.\d{1,6})?)")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def parse_time(text: str) -> int:
    """Milliseconds of `12.2`, `1:02`, `0:01:02.250`; 0 for anything else."""
    return typed_time(text) or 0


def typed_time(text: str) -> int | None:
    """The same; None for anything else."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return round(Fraction(text) * 1000)
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups(default="0")
        return round((int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)) * 1000)
    return None


def seconds(ms: int) -> str:
    """For addresses: `12.200`."""
    return f"{ms // 1000}.{ms % 1000:03d}"


def clock(ms: int | None) -> str:
    """For durations: `0:07`, `12:40`, `1:02:03`."""
    if ms is None:
        return ""
    total = (ms + 500) // 1000
    hours, rest = divmod(total, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def moment(ms: int) -> str:
    """For places in a clip: `0:07.2`, `1:02:03.4`; cut off, never rounded into the next frame."""
    hours, minutes, rest = timecode(ms).split(":")
    secs = rest[:-2]
    return f"{hours}:{minutes}:{secs}" if hours != "0" else f"{int(minutes)}:{secs}"


def spoken(ms: int | None) -> str:
    """A duration for screen readers: `2 minutes 5 seconds`."""
    minutes, secs = divmod(((ms or 0) + 500) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    said = [
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", minutes) if minutes else "",
        ngettext("%(num)s second", "%(num)s seconds", secs) if secs else "",
    ]
    return " ".join(filter(None, said)) or gettext("less than a second")


def size(count: int) -> str:
    """`812 B`, `3.4 MB`: decimal units, as disks are sold."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def day(text: str) -> str:
    """`18 Nov 2017` of an ISO date; other texts as they are."""
    match = _DAY.match(text)
    if match is None or not 1 <= int(match[2]) <= 12:
        return text
    return f"{int(match[3])} {gettext(MONTHS[int(match[2]) - 1])} {match[1]}"


def at(value: datetime) -> str:
    """A moment in UTC: `18 Nov 2017, 14:03`."""
    value = value.astimezone(UTC)
    return f"{value.day} {gettext(MONTHS[value.month - 1])} {value.year}, {value:%H:%M} UTC"


def ago(value: datetime | None) -> str:
    """`just now`, `5 min ago`, `3 h ago`, then the date."""
    if value is None:
        return gettext("never")
    passed = (utc_now() - value).total_seconds()
    if passed < 10:
        return gettext("just now")
    if passed < 90:
        return gettext("%(count)s s ago", count=f"{passed:.0f}")
    if passed < 5400:
        return gettext("%(count)s min ago", count=f"{passed / 60:.0f}")
    if passed < 48 * 3600:
        return gettext("%(count)s h ago", count=f"{passed / 3600:.0f}")
    return at(value)


def language(tag: str | None) -> str:
    """The name of a language in itself; the tag when it isn't known."""
    if not tag or tag == "und":
        return gettext("Unknown language")
    primary, _, rest = tag.partition("-")
    name = LANGUAGES.get(primary.lower(), primary)
    return f"{name} ({rest})" if rest else name


KINDS = {
    "caption": marked("Captions"),
    "subtitle": marked("Subtitles"),
    "transcript": marked("Transcript"),
    "description": marked("Descriptions"),
    "chapters": marked("Chapters"),
}
MAKERS = {"machine": marked("machine-made"), "translation": marked("machine translation")}
SCRIPTS = {
    "Arab": marked("Arabic"), "Cyrl": marked("Cyrillic"), "Latn": marked("Latin"),
    "Hebr": marked("Hebrew"), "Grek": marked("Greek"), "Jpan": marked("Japanese"),
    "Kore": marked("Korean"), "Hani": marked("Chinese"), "Thai": marked("Thai"),
    "Deva": marked("Devanagari"), "Armn": marked("Armenian"), "Geor": marked("Georgian"),
}  # fmt: skip


RIGHT_TO_LEFT = frozenset("ar fa he ur ps ckb yi sd ug dv arc".split())


def track_name(track: Shown) -> str:
    """`English`, `العربية (machine translation)`, `English (chapters)`, `Deutsch (forced)`."""
    told = [
        gettext(KINDS[track.kind]).lower()
        if track.kind in ("transcript", "description", "chapters")
        else "",
        gettext("forced") if track.forced else "",
        gettext("SDH") if track.sdh else "",
        gettext(MAKERS[track.made_by]) if track.made_by in MAKERS else "",
    ]
    said = ", ".join(filter(None, told))
    return f"{language(track.language)} ({said})" if said else language(track.language)


def kind(name: str) -> str:
    return gettext(KINDS[name]) if name in KINDS else name


def script(code: str | None) -> str:
    return gettext(SCRIPTS[code]) if code in SCRIPTS else code or ""


def direction(track: Shown) -> str:
    """`rtl` or `ltr` of a whole track.

    `auto` on a long list makes browsers look at all of it for each line that they add; the lines
    themselves have it.
    """
    by_script = track.script in ("Arab", "Hebr")
    by_language = not track.script and (track.language or "").partition("-")[0] in RIGHT_TO_LEFT
    return "rtl" if by_script or by_language else "ltr"


def parts(cue: Cue) -> tuple[Part, ...]:
    """A cue's text with its sounds and speakers told apart."""
    return speech.parts(cue.text, sound=cue.sound, words=cue.words)


def state(name: str) -> str:
    return gettext(STATES[name]) if name in STATES else name


ROLES = {
    "researcher": marked("researcher"),
    "reviewer": marked("reviewer"),
    "archivist": marked("archivist"),
    "admin": marked("admin"),
    "worker": marked("worker"),
}


def access(told: object) -> str:
    """A level, or one as the history tells it: `embargo until 2030-01-31T00:00:00+00:00`."""
    level, _, until = str(told).partition(" until ")
    said = gettext(ACCESS[level]) if level in ACCESS else level
    return f"{said}, {at(datetime.fromisoformat(until))}" if until else said


def role(name: str) -> str:
    return gettext(ROLES[name]) if name in ROLES else name


def codec(name: str) -> str:
    return CODECS.get(name, name)


def container(names: str) -> str:
    """Of ffprobe's list of names for one format, what people call it."""
    known = (CONTAINERS[name] for name in names.split(",") if name in CONTAINERS)
    return next(known, names)


def rate(text: str) -> str:
    """`25 fps`, `29.97 fps (30000/1001)`."""
    try:
        exact = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return ""
    if exact.denominator == 1:
        return f"{exact.numerator} fps"
    return f"{float(exact):.2f} fps ({exact.numerator}/{exact.denominator})"


def counted(count: int, most: int = counting.MOST) -> str:
    """A number as `counting.up_to` tells it: `10,000+` of more than `most`."""
    return f"{count:,}" if count <= most else f"{most:,}+"


def origin(text: str) -> str:
    """Where a title comes from: `container`, `article story.html`."""
    what, _, name = text.partition(" ") if text.startswith("article ") else (text, "", "")
    return f"{gettext(what)} {name}".rstrip()


FILTERS = (
    counted, seconds, clock, moment, spoken, timecode, size, day, at, ago, language, state, codec,
    container, rate, track_name, kind, script, direction, parts, role, access, origin,
    story.strength, reasons.told,
)  # fmt: skip


def teach(app: Flask) -> None:
    """Make them filters of the templates."""
    for function in FILTERS:
        app.add_template_filter(function, function.__name__)
