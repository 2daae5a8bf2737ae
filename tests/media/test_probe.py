"""Facts of a file: real files by real ffmpeg, each with one oddity of real archives."""

from __future__ import annotations

import json
import struct
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import ffprobe, mp4, runner, tags
from mediacatalog.media.probe import as_json
from mediacatalog.media.probe import probe as facts_of
from mediacatalog.media.untrusted import child, decimal, items, ratio, text, whole
from mediacatalog.media.viewing import Viewer
from tests.factories import SRT, make_clip, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.values import Probe, VideoFacts

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


DECODER = Viewer()


@pytest.fixture(scope="module", autouse=True)
def _decoder() -> Iterator[None]:
    with DECODER:
        yield


def probe(path: Path) -> Probe:
    """By ffprobe alone. Where the warm child lists the packets, the facts must be the very same."""
    found = facts_of(path)
    assert facts_of(path, DECODER.packets) == found
    return found


def picture(path: Path) -> VideoFacts:
    video = probe(path).video
    assert video is not None
    return video


def messages(found: Probe) -> list[str]:
    return [one.message for one in found.problems]


# --- what a healthy file is -----------------------------------------------------------------------


def test_the_facts_of_a_plain_clip(tmp_path: Path) -> None:
    path = make_clip(tmp_path, rate="30000/1001", audio=True)
    found = probe(path)
    assert found.problems == ()
    assert found.container == "mov,mp4,m4a,3gp,3g2,mj2"
    assert found.byte_count == path.stat().st_size
    assert found.duration_from == "video stream"
    assert abs((found.duration_ms or 0) - 2002) < 40
    video = found.video
    assert video is not None
    assert (video.codec, video.width, video.height, video.bit_depth) == ("h264", 320, 180, 8)
    assert video.frame_rate == Fraction(30000, 1001)
    assert (video.variable_frame_rate, video.interlaced, video.hdr) == (False, False, False)
    assert [(one.codec, one.sample_rate) for one in found.audio] == [("aac", 44100)]
    assert found.tool.startswith("ffprobe version")
    assert json.loads(found.raw)["streams"]


def test_the_json_has_exactly_the_fields_of_the_contract(tmp_path: Path) -> None:
    document = as_json(probe(make_clip(tmp_path, rate="30000/1001", audio=True)))
    assert (
        " ".join(document) == "container bytes duration_ms duration_from video audio subtitles "
        "chapters timecode created camera location tags problems"
    )
    video = document["video"]
    assert isinstance(video, dict)
    assert (
        list(video)
        == (
            "codec profile width height display_width display_height rotation sar pixel_format "
            "bit_depth transfer hdr interlaced frame_rate variable_frame_rate time_base start_pts "
            "clean_aperture field_order"
        ).split()
    )
    assert (video["frame_rate"], video["sar"]) == ("30000/1001", "1:1")
    assert video["time_base"].startswith("1/")
    assert document["camera"] == {"make": None, "model": None, "serial": None}
    json.dumps(document)


@pytest.mark.parametrize(("a", "d"), [(-1, 1), (1, -1)])
def test_a_mirrored_picture_is_not_turned(tmp_path: Path, a: int, d: int) -> None:
    path = make_clip(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", a << 16, 0, 0, 0, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    assert picture(path).rotation == 0


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_is_clockwise_to_show_upright(tmp_path: Path, degrees: int) -> None:
    plain = make_clip(tmp_path, "plain.mp4")
    data = bytearray(plain.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12, 8.3.2: the matrix of version 0
    one = 1 << 16
    matrix = {
        0: (one, 0, 0, one), 90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)
    }[degrees]  # fmt: skip
    a, b, c, d = matrix
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path = tmp_path / "turned.mp4"
    path.write_bytes(data)
    video = picture(path)
    assert video.rotation == degrees
    shown = (180, 320) if degrees in (90, 270) else (320, 180)
    assert (video.width, video.height) == (320, 180)
    assert (video.display_width, video.display_height) == shown


def test_the_sample_aspect_widens_what_is_shown(tmp_path: Path) -> None:
    options = ("-vf", "setsar=64/45")
    clip = make_clip(tmp_path, "plain.mp4", size="720x576")
    path = tmp_path / "wide.mp4"
    run_ffmpeg("-i", f"file:{clip}", *options, *X264, f"file:{path}")
    video = picture(path)
    assert (video.sar, video.display_width, video.display_height) == (Fraction(64, 45), 1024, 576)
    document = as_json(probe(path))["video"]
    assert isinstance(document, dict)
    assert document["sar"] == "64:45"


def test_a_claim_of_absurd_pixels_is_not_believed(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "plain.mp4")
    path = tmp_path / "odd.mkv"
    run_ffmpeg("-i", f"file:{clip}", "-c", "copy", "-aspect", "60000/1", f"file:{path}")
    found = probe(path)
    assert found.video is not None
    assert found.video.display_width <= 3200
    assert any("taken as square" in one for one in messages(found))


def test_a_variable_frame_rate_shows_in_the_packets(tmp_path: Path) -> None:
    path = tmp_path / "vfr.mkv"
    steps = "setpts='if(lt(N,20),N*40,800+(N-20)*200)/1000/TB'"
    source = "testsrc2=s=320x180:r=25:d=2"
    run_ffmpeg("-f", "lavfi", "-i", source, "-vf", steps, "-vsync", "vfr", *X264, f"file:{path}")
    assert picture(path).variable_frame_rate


def test_packets_without_a_stamp_tell_of_no_variable_rate(tmp_path: Path) -> None:
    """A programme stream stamps only the first picture that begins in each of its packets."""
    path = tmp_path / "small.mpg"
    source = "color=black:s=160x96:r=25:d=2"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:v", "mpeg1video", "-bf", "2", f"file:{path}")
    assert not picture(path).variable_frame_rate


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60000/1001"])
def test_the_rounding_of_a_coarse_clock_is_no_variable_rate(tmp_path: Path, rate: str) -> None:
    path = make_clip(tmp_path, "clip.mkv", rate=rate)
    video = picture(path)
    assert video.time_base == Fraction(1, 1000)
    assert not video.variable_frame_rate


def test_ten_bits_and_hdr_are_told(tmp_path: Path) -> None:
    colours = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc".split()
    codec = ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", *colours]
    params = [
        "-x265-params",
        "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=0",
    ]
    video = picture(make_clip(tmp_path, codec=[*codec, *params]))
    assert (video.codec, video.bit_depth, video.transfer) == ("hevc", 10, "smpte2084")
    assert video.hdr


def test_the_first_frame_is_believed_before_the_container(tmp_path: Path) -> None:
    inside = "-x265-params colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=0"
    codec = ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"]
    path = make_clip(tmp_path, "clip.mkv", codec=[*codec, *inside.split()])
    turned = tmp_path / "claims.mp4"
    said = ["-color_trc", "bt709", "-color_primaries", "bt709", "-movflags", "+write_colr"]
    run_ffmpeg("-i", f"file:{path}", "-c", "copy", *said, f"file:{turned}")
    assert picture(turned).transfer == "smpte2084"


def test_interlaced_pictures_are_told(tmp_path: Path) -> None:
    fields = ("-flags", "+ildct+ilme", "-x264opts", "tff=1")
    assert picture(make_clip(tmp_path, codec=(*X264, *fields))).interlaced


def test_a_start_that_is_not_zero_is_kept(tmp_path: Path) -> None:
    path = make_clip(tmp_path, "clip.ts", extra=["-output_ts_offset", "3600"])
    found = probe(path)
    assert found.video is not None
    assert found.video.start_pts >= 3600 * 90000
    assert abs((found.duration_ms or 0) - 2000) < 100


# --- tags -----------------------------------------------------------------------------------------


def test_dates_camera_and_place_of_a_phone_are_read(tmp_path: Path) -> None:
    given = {
        "creation_time": "2017-11-09T04:45:12Z",
        "com.apple.quicktime.creationdate": "2017-11-09T07:45:12+0300",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 7",
        "com.apple.quicktime.location.ISO6709": "+34.4523+040.9185+175.000/",
    }
    words = [word for name, value in given.items() for word in ("-metadata", f"{name}={value}")]
    path = make_clip(tmp_path, "clip.mov", extra=[*words, "-movflags", "use_metadata_tags"])
    found = probe(path)
    assert found.camera is not None
    assert (found.camera.make, found.camera.model) == ("Apple", "iPhone 7")
    assert found.location is not None
    assert (found.location.lat, found.location.lon) == (34.4523, 40.9185)
    values = {one.source.rsplit(": ", 1)[-1]: one for one in found.created}
    assert values["com.apple.quicktime.creationdate"].zone == "stated +0300"
    assert values["creation_time"].zone.startswith("stated as UTC")


@pytest.mark.parametrize(
    ("value", "lat", "lon"),
    [
        ("+34.4523+040.9185/", 34.4523, 40.9185),
        ("+3427.14+04055.11/", 34.4523333, 40.9185),
        ("-342708.4-0405506.6+10/", -34.4523333, -40.9185),
        ("+34+040/", 34.0, 40.0),
    ],
)
def test_places_in_each_notation_of_iso_6709_are_read(value: str, lat: float, lon: float) -> None:
    found = tags.location({"tags": {"location": value}}, [])
    assert found is not None
    assert (found.lat, found.lon) == (lat, lon)


@pytest.mark.parametrize("value", ["", "+00.0000+000.0000/", "+95.0+040.0/", "Damascus", "+3+4/"])
def test_what_is_no_place_is_none(value: str) -> None:
    assert tags.location({"tags": {"location": value}}, []) is None


def test_control_characters_of_tags_are_escaped_and_length_is_bounded(tmp_path: Path) -> None:
    words = ["-metadata", "title=a\x1b[31m\u202egpj", "-metadata", f"comment={'x' * 50_000}"]
    found = probe(make_clip(tmp_path, extra=words))
    assert found.tags["title"] == "a\\x1b[31m\\u202egpj"
    assert len(found.tags["comment"]) <= tags.MAX_TAG_CHARACTERS


def test_a_time_code_is_read(tmp_path: Path) -> None:
    path = make_clip(tmp_path, "clip.mov", extra=["-timecode", "01:02:03:04"])
    assert probe(path).timecode == "01:02:03:04"


def test_chapters_and_caption_streams_are_listed(tmp_path: Path) -> None:
    (tmp_path / "text.srt").write_text(SRT)
    chapters = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=الفصل الأول\n"
    (tmp_path / "chapters.txt").write_text(f";FFMETADATA1\n{chapters}", encoding="utf-8")
    clip = make_clip(tmp_path, "plain.mp4", shots=[("red", 3.0)])
    path = tmp_path / "clip.mkv"
    inputs = ["-i", f"file:{clip}", "-i", str(tmp_path / "text.srt")]
    inputs += ["-i", str(tmp_path / "chapters.txt"), "-map", "0:v", "-map", "1", "-map_metadata"]
    kind = ["-metadata:s:s:0", "language=ara", "-disposition:s:0", "hearing_impaired"]
    run_ffmpeg(*inputs, "2", "-c:v", "copy", "-c:s", "srt", *kind, f"file:{path}")
    found = probe(path)
    assert [(one.start_ms, one.end_ms, one.title) for one in found.chapters] == [
        (0, 900, "الفصل الأول")
    ]
    (one,) = found.subtitles
    assert (one.codec, one.language, one.kind, one.text) == ("subrip", "ar", "caption", True)


def test_chapters_count_from_the_first_frame(tmp_path: Path) -> None:
    chapters = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=1900\ntitle=two\n"
    (tmp_path / "chapters.txt").write_text(f";FFMETADATA1\n{chapters}", encoding="utf-8")
    clip, path = make_clip(tmp_path, "plain.mp4"), tmp_path / "clip.mkv"
    inputs = ["-itsoffset", "5", "-i", str(clip), "-itsoffset", "5", "-i"]
    inputs += [str(tmp_path / "chapters.txt"), "-map", "0:v", "-map_metadata", "1"]
    run_ffmpeg(*inputs, "-c:v", "copy", str(path))
    told = probe(path)
    assert told.video is not None
    assert told.video.start_pts == 5000
    assert [(one.start_ms, one.end_ms) for one in told.chapters] == [(1000, 1900)]


# --- duration -------------------------------------------------------------------------------------


def test_a_live_recording_without_duration_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "live.webm"
    clip = make_clip(tmp_path, "plain.mp4")
    codec = ["-c:v", "libvpx", "-deadline", "realtime"]
    run_ffmpeg("-i", f"file:{clip}", *codec, "-live", "1", "-f", "webm", f"file:{path}")
    found = probe(path)
    assert found.duration_from == "last packet"
    assert abs((found.duration_ms or 0) - 2000) <= 50


def test_a_picture_that_ends_before_its_sound_is_a_problem(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "plain.mp4")
    path = tmp_path / "clip.mp4"
    sound = ["-f", "lavfi", "-i", "sine=d=6"]
    run_ffmpeg("-i", f"file:{clip}", *sound, "-c:v", "copy", "-c:a", "aac", f"file:{path}")
    assert messages(probe(path)) == ["the picture lasts 2.00 s, the sound 6.00 s"]


def test_sound_may_go_on_a_little_behind_the_last_picture(tmp_path: Path) -> None:
    """As in clips of phones and messengers."""
    clip, path = make_clip(tmp_path, "plain.mp4"), tmp_path / "clip.mp4"
    sound = ["-f", "lavfi", "-i", "sine=d=2.7"]
    run_ffmpeg("-i", f"file:{clip}", *sound, "-c:v", "copy", "-c:a", "aac", f"file:{path}")
    assert messages(probe(path)) == []


def test_a_duration_that_is_counted_from_zero_is_no_fault(tmp_path: Path) -> None:
    """Matroska's header tells where its last block ends, though the first frame comes late."""
    clip, path = make_clip(tmp_path, "plain.mp4"), tmp_path / "late.webm"
    late = ["-vf", "setpts=PTS+0.4/TB", "-copyts", "-c:v", "libvpx", "-deadline", "realtime"]
    run_ffmpeg("-i", f"file:{clip}", *late, "-fflags", "+bitexact", f"file:{path}")
    found = probe(path)
    assert found.video is not None
    assert found.video.start_pts == 400
    assert (messages(found), found.duration_ms) == ([], 2000)


def test_how_long_a_last_picture_stands_the_header_may_tell(tmp_path: Path) -> None:
    """Where the others are far apart."""
    clip, path = make_clip(tmp_path, shots=[("testsrc2", 3.0)]), tmp_path / "slow.mkv"
    few = ["-vf", "select=not(mod(n\\,20))", "-fps_mode", "vfr", "-c:v", "ffv1"]
    run_ffmpeg("-i", f"file:{clip}", *few, f"file:{path}")
    assert messages(probe(path)) == []


def test_what_is_guessed_of_a_bare_stream_is_no_header(tmp_path: Path) -> None:
    """MPEG-1 tells its rate, which libav takes for that of the whole stream."""
    path = tmp_path / "bare.mpg"
    coded = ["-c:v", "mpeg1video", "-b:v", "9M", "-minrate", "9M", "-maxrate", "9M"]
    source = ["-f", "lavfi", "-i", "color=c=gray:s=320x240:r=25:d=2"]
    run_ffmpeg(*source, *coded, "-bufsize", "1M", "-f", "mpeg1video", f"file:{path}")
    found = probe(path)
    assert (messages(found), found.duration_from) == ([], "last packet")


def test_what_is_encrypted_is_told_of_picture_and_sound(tmp_path: Path) -> None:
    clip, path = make_clip(tmp_path, "plain.mp4", audio=True), tmp_path / "locked.mp4"
    key = "00112233445566778899aabbccddeeff"
    locked = ["-encryption_scheme", "cenc-aes-ctr"]
    locked += ["-encryption_key", key, "-encryption_kid", key]
    run_ffmpeg("-i", f"file:{clip}", "-c", "copy", *locked, f"file:{path}")
    assert messages(probe(path)) == [
        "the sound is encrypted: it can't be heard without its key",
        "the picture is encrypted: it can't be seen without its key",
    ]


def test_encrypted_webm_is_told(tmp_path: Path) -> None:
    """RFC 9559, 5.1.4.1.31: put in the place of the track's name, and padded with Void."""
    path = tmp_path / "locked.webm"
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=1", "-c:v", "libvpx"]
    run_ffmpeg(*source, "-metadata:s:v", f"title={'N' * 80}", f"file:{path}")
    crypt = bytes.fromhex("5035") + _sized(bytes.fromhex("47e18105") + b"\x47\xe2\x84LOCK")
    one = bytes.fromhex("6240") + _sized(bytes.fromhex("503181005032810150338101") + crypt)
    locked = bytes.fromhex("6d80") + _sized(one)
    data = path.read_bytes()
    name = bytes.fromhex("536e") + bytes([0x80 | 80]) + b"N" * 80
    assert data.count(name) == 1
    void = len(name) - len(locked) - 2
    path.write_bytes(data.replace(name, locked + bytes([0xEC, 0x80 | void]) + bytes(void)))
    assert messages(probe(path)) == ["the picture is encrypted: it can't be seen without its key"]


def _sized(content: bytes) -> bytes:
    return bytes([0x80 | len(content)]) + content


def test_a_cut_file_says_that_its_frames_end_early(tmp_path: Path) -> None:
    shots = [("testsrc2", 4.0)]
    data = make_clip(tmp_path, "a.mp4", shots=shots, extra=["-movflags", "+faststart"]).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    (message,) = messages(probe(path))
    assert message.startswith("its header says 4.00 s, its last frame ends at ")


def test_a_claim_of_ages_is_a_problem_and_not_the_duration(tmp_path: Path) -> None:
    data = bytearray(make_clip(tmp_path, "plain.mp4").read_bytes())
    at = data.index(b"mvhd") + 4
    data[at + 12 : at + 20] = struct.pack(">II", 1, 0xFFFFFFF0)  # time scale 1, duration
    path = tmp_path / "ages.mp4"
    path.write_bytes(data)
    found = probe(path)
    assert any("which can't be" in one for one in messages(found))
    assert found.duration_ms is None or found.duration_ms < 30 * 24 * 3600 * 1000


# --- odd and hostile files ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html>404</html>", "a web page"),
        (b"\xef\xbb\xbf\r\n <HTML lang=en>", "a web page"),
        (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "a play list (HLS)"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "ffconcat"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", "SDP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture (PNG)"),
        (b"RIFF\x24\0\0\0WEBPVP8X" + bytes(100), "a picture (WebP)"),
        ("نص عربي فقط".encode() * 200, "text, not a video"),
        (b"\0" * 4000, "no index (moov)"),
    ],
)
def test_what_is_no_video_is_told_in_words(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableMediaError) as error:
        probe(path)
    assert error.value.path == path
    assert says in error.value.reason


def test_a_file_without_its_index_says_so(tmp_path: Path) -> None:
    data = make_clip(tmp_path, "plain.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(UnreadableMediaError, match=r"no index \(moov\)"):
        probe(path)


def test_sound_alone_is_an_item_with_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "sound.m4a"
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", f"file:{path}")
    found = probe(path)
    assert found.video is None
    assert messages(found) == ["no video stream"]
    assert as_json(found)["video"] is None


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    cover = ["-f", "lavfi", "-i", "color=red:s=64x64:d=1:r=1", "-frames:v", "1", "-c:v", "mjpeg"]
    run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=1", *cover[:4], "-map", "0", "-map", "1", *cover[4:]),
        *("-disposition:v:0", "attached_pic", "-c:a", "aac", "-f", "mp4", f"file:{path}"),
    )
    assert probe(path).video is None


def test_a_refused_codec_is_a_problem_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=1:r=30000/1001"]
    sound = ["-f", "lavfi", "-i", "sine=d=1", "-c:a", "pcm_s16le"]
    run_ffmpeg(*source, *sound, "-c:v", "magicyuv", f"file:{path}")
    found = probe(path)
    assert found.container == "avi"
    assert found.video is not None
    assert (found.video.codec, found.video.width, found.video.height) == ("magicyuv", 320, 180)
    assert found.video.frame_rate == Fraction(30000, 1001)
    assert abs((found.duration_ms or 0) - 1000) < 50
    assert [one.codec for one in found.audio] == ["pcm_s16le"]
    assert any("the codec magicyuv isn't on the list" in one for one in messages(found))


def test_a_refused_codec_of_which_nothing_is_known_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "clip.flv"
    run_ffmpeg(*("-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.2", "-c:v", "flashsv"), str(path))
    with pytest.raises(UnreadableMediaError, match="the codec flashsv isn't on the list"):
        probe(path)


def test_an_odd_side_stream_does_not_take_the_picture_with_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    clip = make_clip(tmp_path, "plain.mp4")
    side = ["-f", "lavfi", "-i", "testsrc2=s=64x48:d=1"]
    codecs = ["-c:v:0", "copy", "-c:v:1", "zmbv"]
    run_ffmpeg("-i", f"file:{clip}", *side, "-map", "0", "-map", "1", *codecs, f"file:{path}")
    found = probe(path)
    assert found.video is not None
    assert (found.video.index, found.video.codec, found.video.width) == (0, "h264", 320)
    assert any("zmbv" in one for one in messages(found))


def test_a_picture_that_is_too_large_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.avi"
    source = ["-f", "lavfi", "-i", "color=s=12000x9000:r=1:d=1"]
    run_ffmpeg(*source, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", f"file:{path}")
    with pytest.raises(UnreadableMediaError, match=r"too large: \d+x\d+"):
        probe(path)


def test_a_cover_that_is_too_large_does_not_take_the_picture_with_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "plain.mp4")
    path = tmp_path / "clip.mp4"
    cover = ["-f", "lavfi", "-i", "color=s=12000x9000:r=1:d=1"]
    codecs = ["-c:v:0", "copy", "-c:v:1", "mjpeg", "-pix_fmt:v:1", "yuvj420p", "-frames:v:1", "1"]
    side = ["-map", "0", "-map", "1", *codecs, "-disposition:v:1", "attached_pic"]
    run_ffmpeg("-i", f"file:{clip}", *cover, *side, f"file:{path}")
    assert picture(path).width == 320


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.mp4", tmp_path):
        with pytest.raises(UnreadableMediaError):
            probe(path)


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "http:x.mp4", "shot%03d.mp4", "a'b\"$(c).mp4", "نهر دجلة.mp4", "x\n\u202ey.mp4"],
)
def test_any_file_name_is_read_as_a_file(tmp_path: Path, name: str) -> None:
    path = make_clip(tmp_path, "plain.mp4", shots=[("red", 0.2)]).rename(tmp_path / name)
    assert picture(path).codec == "h264"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_the_readers_of_untrusted_json_never_raise(value: Any) -> None:
    holder = {"x": value, "tags": value}
    for one in items(holder, "x"):
        assert isinstance(one, dict)
    assert isinstance(child(holder, "x"), dict)
    assert isinstance(text(value), str)
    assert whole(value) is None or isinstance(whole(value), int)
    for found in (decimal(value), ratio(value), ratio(value, ":")):
        assert found is None or isinstance(found, Fraction)
    tags.created(holder, [holder])
    tags.camera(holder, [holder])
    tags.location(holder, [holder])
    tags.timecode(holder, [holder])
    tags.language(holder)


def test_a_number_that_would_take_ages_to_compute_is_none() -> None:
    begun = time.process_time()
    assert decimal("1e999999999") is None
    assert whole("9" * 5000) is None
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("name", ["plain.mp4", "cut.mp4", "plain.mov"])
def test_the_warm_child_lists_the_packets_that_ffprobe_lists(tmp_path: Path, name: str) -> None:
    path = make_clip(tmp_path, name, shots=[("testsrc2", 2.0)])
    if name == "cut.mp4":  # an edit list throws the first second away
        path = tmp_path / "late.mp4"
        run_ffmpeg("-ss", "1.0", "-i", str(tmp_path / name), "-c", "copy", str(path))
    for count in (ffprobe.PACKETS, 10):
        asked = [
            {"pts": one.get("pts"), "flags": "D" if "D" in one["flags"] else ""}
            for one in ffprobe.packets(path, 0, count)
        ]
        assert DECODER.packets(path, 0, count) == asked
    assert DECODER.packets(path, 7, 10) is None


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mkv", ("-c:v", "libx264", "-bf", "2")),
        ("a.webm", ("-c:v", "libvpx", "-deadline", "realtime")),
        ("a.ts", ("-c:v", "mpeg2video", "-bf", "2")),
        ("a.avi", ("-c:v", "mpeg4", "-bf", "2")),
    ],
)
def test_other_containers_cost_one_process_and_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, codec: tuple[str, ...]
) -> None:
    path = make_clip(tmp_path, name, shots=[("testsrc2", 1.0)], codec=codec)
    started: list[str] = []
    run = runner.run

    def counted(tool: runner.Tool, *arguments: Any, **how: Any) -> runner.Completed:
        started.append(tool)
        return run(tool, *arguments, **how)

    found = facts_of(path)
    monkeypatch.setattr(runner, "run", counted)
    assert facts_of(path, DECODER.packets) == found
    assert started == ["ffprobe"]
    # Where the end isn't where the header says, ffprobe is asked for the packets, too.
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert facts_of(path, DECODER.packets) == facts_of(path)


@pytest.mark.parametrize(
    ("box", "at"), [(b"mvhd", 20), (b"mdhd", 20), (b"stts", 12), (b"stsz", 16)]
)
def test_where_headers_disagree_nothing_else_is_told(tmp_path: Path, box: bytes, at: int) -> None:
    path = make_clip(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(box) + at] ^= 0x40
    path.write_bytes(data)
    assert probe(path).tool.startswith("ffprobe")


def test_boxes_in_boxes_without_end_are_a_fault() -> None:
    inner = b""
    for _ in range(3000):
        inner = struct.pack(">I4s", len(inner) + 8, b"udta") + inner
    with pytest.raises(ValueError, match="wrong size"):
        mp4.boxes(struct.pack(">I4s", len(inner) + 8, b"moov") + inner)


# --- real files -----------------------------------------------------------------------------------


@pytest.mark.samples
def test_real_files_show_what_is_known_of_them(samples: Path) -> None:
    listed = json.loads((samples / "samples.json").read_text())["files"]
    for one in listed:
        truth, name = one.get("truth") or {}, one["name"]
        if not name.startswith("video/") or not isinstance(truth, dict):
            continue
        known = {"rotation_deg_clockwise", "coded", "displayed", "bit_depth", "vfr", "timecode"}
        if not known & truth.keys():
            continue
        video = picture(samples / name)
        expected = {
            "rotation_deg_clockwise": video.rotation,
            "coded": [video.width, video.height],
            "displayed": [video.display_width, video.display_height],
            "bit_depth": video.bit_depth,
            "vfr": video.variable_frame_rate,
            "timecode": probe(samples / name).timecode,
        }
        for field in known & truth.keys():
            assert expected[field] == truth[field], (name, field)


@pytest.mark.samples
@pytest.mark.parametrize("folder", ["broken", "hostile"])
def test_real_broken_and_hostile_files_end_in_facts_or_our_error(
    samples: Path, folder: str
) -> None:
    reasons = []
    for path in sorted((samples / folder).iterdir()):
        begun = time.monotonic()
        try:
            json.dumps(as_json(probe(path)))
        except UnreadableMediaError as error:
            reasons.append(error.reason)
        assert time.monotonic() - begun < 60, path.name
    assert all(reasons)


def test_two_pictures_may_last_an_hour(tmp_path: Path) -> None:
    """A still shown for long is no film that ends early."""
    clip = tmp_path / "stills.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=1/1800:d=3600")
    run_ffmpeg(*source, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(clip))

    found = probe(clip)

    assert (found.duration_ms, found.problems) == (3_600_000, ())
