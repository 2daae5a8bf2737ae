"""Can a browser play this master? The table, with its reasons, and what a proxy has to change.

Judged from the facts that the probe found, never from names. "Browsers" are Chrome, Firefox and
Safari of today: what one of them can't show gets a proxy, and the player still plays the master
where the browser says that it can (`Verdict.media_type`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mediacatalog.media.untrusted import Json, child, items, text, whole

Way = Literal["play", "copy", "encode", "none"]
"""`play`: no proxy; `copy`: the coded pictures go into another file as they are, with new sound;
`encode`: the pictures are coded anew; `none`: there is no moving picture to make one of."""

PLAYED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "mp4": (
        frozenset({"h264", "av1", "vp9"}),
        frozenset({"aac", "mp3", "opus", "flac"}),
    ),
    "webm": (
        frozenset({"vp8", "vp9", "av1"}),
        frozenset({"opus", "vorbis"}),
    ),
}
"""Containers by one of ffprobe's names, with the codecs of picture and sound that play in them.
QuickTime goes by `mp4`. Matroska has WebM's name too, and plays with WebM's codecs."""

PIXELS: dict[str, frozenset[str]] = {
    "h264": frozenset({"yuv420p", "yuvj420p"}),
    "vp8": frozenset({"yuv420p", "yuva420p"}),
    "vp9": frozenset({"yuv420p", "yuva420p", "yuv420p10le"}),
    "av1": frozenset({"yuv420p", "yuv420p10le"}),
}
"""Pixel formats that play. H.264 of ten bits or 4:2:2 is shown by some, and green by others."""

H264_PROFILES = frozenset({"constrained baseline", "baseline", "main", "high", ""})

WHY = {
    "hevc": "HEVC plays only where the system has a decoder; elsewhere its picture is black",
    "prores": "browsers other than Safari play the sound of Apple ProRes with a black picture",
    "dnxhd": "no browser decodes DNxHD and DNxHR",
    "mpeg2video": "no browser decodes MPEG-2",
    "mpeg1video": "no browser decodes MPEG-1",
    "mpeg4": "no browser decodes MPEG-4 part 2 (DivX, Xvid)",
    "dvvideo": "no browser decodes DV",
    "mjpeg": "no browser plays Motion JPEG in a file",
    "theora": "browsers gave up Theora in 2024",
    "h263": "no browser decodes H.263",
    "vc1": "no browser decodes VC-1",
    "wmv3": "no browser decodes Windows Media Video",
    "vvc": "no browser decodes VVC",
}
"""By codec of the picture; others get a general sentence."""

COPY_BITS = 20_000_000
"""Bits a second: a stream above it isn't copied but made smaller, to be sent over a network."""
COPY_WIDTH, COPY_HEIGHT = 1920, 1080

HEVC_TYPES = {"main": "hvc1.1.6.L153.B0", "main 10": "hvc1.2.4.L153.B0"}
SOUND_TYPES = {"aac": "mp4a.40.2", "mp3": "mp3", "opus": "opus", "flac": "flac"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a browser can do with the master, and why it can't do all."""

    way: Way
    reasons: tuple[str, ...] = ()
    media_type: str = ""
    """What `canPlayType` is to be asked before the proxy is taken; empty: it would be in vain."""


def judge(facts: Json) -> Verdict:
    """The verdict on a master by its facts, as `mediacatalog probe --json` prints them."""
    video = child(facts, "video")
    if not video:
        return Verdict("none", ("there is no moving picture",))
    codec, container = text(video.get("codec")), _container(facts)
    sounds = [text(one.get("codec")) for one in items(facts, "audio")]
    pictures, played = PLAYED.get(container, PLAYED["mp4"])
    unshown = _unshown(codec, video)
    reasons = list(unshown)
    if not unshown and (container not in PLAYED or codec not in pictures):
        reasons.append(f"not every browser plays {codec} in {_named(facts)}")
        played = PLAYED["mp4"][1]
    # The first track is the one that browsers play, and that the proxy holds.
    if sounds and sounds[0] not in played:
        reasons.append(f"no browser plays sound as {sounds[0]} in {_named(facts)}")
    if not reasons:
        return Verdict("play")
    cut = bool(child(video, "clean_aperture"))  # what is copied would be shown whole
    copied = not unshown and not cut and codec == "h264" and _is_small(facts, video)
    return Verdict("copy" if copied else "encode", tuple(reasons), _media_type(facts, sounds))


def _container(facts: Json) -> str:
    names = text(facts.get("container")).split(",")
    return next((name for name in PLAYED if name in names), names[0])


def _named(facts: Json) -> str:
    return text(facts.get("container")).split(",")[0] or "this container"


def _unshown(codec: str, video: Json) -> list[str]:
    """Why the coded picture itself can't be shown, in whatever container."""
    if codec not in PIXELS:
        return [WHY.get(codec, f"browsers don't decode {codec or 'an unknown codec'}")]
    found = []
    pixels, depth = text(video.get("pixel_format")), whole(video.get("bit_depth"))
    if pixels and pixels not in PIXELS[codec]:
        found.append(f"not every browser shows {codec} as {pixels}")
    elif codec == "h264" and depth is not None and depth > 8:
        found.append(f"not every browser shows h264 of {depth} bits")
    profile = text(video.get("profile")).lower()
    if codec == "h264" and not found and profile not in H264_PROFILES:
        found.append(f"not every browser decodes H.264's profile {text(video.get('profile'))}")
    if video.get("interlaced") is True:
        found.append("it is interlaced: browsers show both fields at once, combed")
    return found


def _is_small(facts: Json, video: Json) -> bool:
    """Whether the coded pictures, as they are, can be sent to a browser."""
    width, height = whole(video.get("width")) or 0, whole(video.get("height")) or 0
    size, ms = whole(facts.get("bytes")) or 0, whole(facts.get("duration_ms")) or 0
    fits = max(width, height) <= COPY_WIDTH and min(width, height) <= COPY_HEIGHT
    return fits and ms > 0 and size * 8000 <= COPY_BITS * ms


def _media_type(facts: Json, sounds: list[str]) -> str:
    """What a browser that may play the master all the same is asked."""
    video = child(facts, "video")
    codec, profile = text(video.get("codec")), text(video.get("profile")).lower()
    if (sounds and sounds[0] not in SOUND_TYPES) or video.get("interlaced") is True:
        return ""
    sound = f", {SOUND_TYPES[sounds[0]]}" if sounds else ""
    if codec == "hevc" and _container(facts) == "mp4" and profile in HEVC_TYPES:
        return f'video/mp4; codecs="{HEVC_TYPES[profile]}{sound}"'
    if (
        codec == "h264"
        and "matroska" in text(facts.get("container"))
        and not _unshown(codec, video)
    ):
        return f'video/x-matroska; codecs="avc1.640028{sound}"'
    return ""
