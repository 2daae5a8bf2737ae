"""What browsers play, and what a proxy has to change."""

from __future__ import annotations

from typing import Any

import pytest

from mediacatalog.media.playable import judge


def facts(container: str, video: str, audio: str = "", **more: object) -> dict[str, Any]:
    sounds = [{"codec": audio}] if audio else []
    size = {"width": 1280, "height": 720}
    picture = {"codec": video, "pixel_format": "yuv420p", "bit_depth": 8, **size, **more}
    document = {"container": container, "bytes": 10_000_000, "duration_ms": 60_000}
    return document | {"video": picture if video else None, "audio": sounds}


MP4, MKV = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"


@pytest.mark.parametrize(
    ("given", "way", "reason"),
    [
        (facts(MP4, "h264", "aac", profile="High"), "play", ""),
        (facts(MP4, "h264", "aac", profile="Constrained Baseline"), "play", ""),
        (facts(MP4, "h264"), "play", ""),
        (facts(MP4, "av1", "opus"), "play", ""),
        (facts(MKV, "vp8", "vorbis"), "play", ""),
        (facts(MKV, "vp9", "opus"), "play", ""),
        (facts(MKV, "av1", "opus"), "play", ""),
        (facts(MP4, "h264", "aac", profile="High 10", pixel_format="yuv420p10le"), "encode", "10"),
        (facts(MP4, "h264", "aac", pixel_format="yuv422p"), "encode", "yuv422p"),
        (facts(MP4, "h264", "aac", interlaced=True), "encode", "interlaced"),
        (facts(MP4, "h264", "pcm_s16le"), "copy", "pcm_s16le"),
        (facts(MP4, "h264", "ac3"), "copy", "ac3"),
        (facts(MP4, "h264", "ac3", width=3840, height=2160), "encode", "ac3"),
        (facts(MKV, "h264", "aac"), "copy", "matroska"),
        (facts(MKV, "vp9", "aac"), "encode", "aac"),
        (facts("mpegts", "h264", "aac"), "copy", "mpegts"),
        (facts("flv", "h264", "aac"), "copy", "flv"),
        (facts("avi", "mpeg4", "mp3"), "encode", "MPEG-4"),
        (facts("mxf", "mpeg2video", "pcm_s16le"), "encode", "MPEG-2"),
        (facts("mxf", "dnxhd", "pcm_s16le"), "encode", "DNxHD"),
        (facts(MP4, "prores", "pcm_s16le"), "encode", "ProRes"),
        (facts(MP4, "hevc", "aac"), "encode", "HEVC"),
        (facts("ogg", "theora", "vorbis"), "encode", "Theora"),
        (facts(MP4, "h264", "aac") | {"duration_ms": 1000}, "play", ""),
        (facts(MKV, "h264", "aac") | {"duration_ms": 1000}, "encode", "matroska"),
        (facts("wav", "", "pcm_s16le"), "none", "no moving picture"),
        ({}, "none", "no moving picture"),
    ],
)
def test_a_proxy_is_made_only_of_what_browsers_cannot_play(
    given: dict[str, Any], way: str, reason: str
) -> None:
    found = judge(given)
    assert found.way == way
    assert reason in " ".join(found.reasons)
    assert bool(found.reasons) == (way != "play")


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        (facts(MP4, "hevc", "aac", profile="Main"), 'video/mp4; codecs="hvc1.1.6.L153.B0, mp4a'),
        (facts(MP4, "hevc", profile="Main 10"), 'video/mp4; codecs="hvc1.2.4.L153.B0"'),
        (facts(MKV, "h264", "aac"), 'video/x-matroska; codecs="avc1.640028, mp4a.40.2"'),
    ],
)
def test_a_browser_is_asked_whether_it_plays_the_master_all_the_same(
    given: dict[str, Any], begins: str
) -> None:
    assert judge(given).media_type.startswith(begins)


@pytest.mark.parametrize(
    "given",
    [
        facts(MP4, "prores"),
        facts(MP4, "hevc", "pcm_s16le", profile="Main"),
        facts(MP4, "hevc", "aac", profile="Main", interlaced=True),
        facts("avi", "mpeg4"),
    ],
)
def test_what_no_browser_plays_is_not_asked_for(given: dict[str, Any]) -> None:
    assert judge(given).media_type == ""
