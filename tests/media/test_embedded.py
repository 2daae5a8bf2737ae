"""Text captions inside a master come out as files of a known format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mediacatalog import captions
from mediacatalog.errors import UnreadableMediaError
from mediacatalog.media import inside
from mediacatalog.media.embedded import text_streams
from mediacatalog.media.probe import probe
from tests.factories import SRT, make_clip, run_ffmpeg

ARABIC = "1\n00:00:00,100 --> 00:00:00,900\nوصلت القافلة إلى المعبر\n"


def muxed(folder: Path, name: str, codecs: list[str], texts: list[str]) -> Path:
    """A clip with one caption stream a text, in languages ara, eng, rus in turn."""
    clip = make_clip(folder, "plain.mp4")
    inputs, options = ["-i", f"file:{clip}"], ["-map", "0:v"]
    for number, (text, codec) in enumerate(zip(texts, codecs, strict=True)):
        source = folder / f"{number}.srt"
        source.write_text(text, encoding="utf-8")
        inputs += ["-i", f"file:{source}"]
        options += ["-map", f"{number + 1}:s", f"-c:s:{number}", codec]
        options += [f"-metadata:s:s:{number}", f"language={('ara', 'eng', 'rus')[number]}"]
    run_ffmpeg(*inputs, *options, "-c:v", "copy", f"file:{folder / name}")
    return folder / name


def test_mov_text_becomes_srt(tmp_path: Path) -> None:
    path = muxed(tmp_path, "clip.mp4", ["mov_text"], [SRT])
    (track,) = text_streams(path, probe(path))
    assert (track.format, track.codec, track.language) == ("srt", "mov_text", "ar")
    assert b"crossing before the night fell" in track.data


def test_several_streams_keep_language_order_and_format(tmp_path: Path) -> None:
    path = muxed(tmp_path, "clip.mkv", ["srt", "ass", "webvtt"], [ARABIC, SRT, SRT])
    tracks = text_streams(path, probe(path))
    found = [(one.format, one.language) for one in tracks]
    assert found == [("srt", "ar"), ("ass", "en"), ("webvtt", "ru")]
    assert "وصلت القافلة" in tracks[0].data.decode()
    assert tracks[1].data.startswith(b"[Script Info]")
    assert tracks[2].data.startswith(b"WEBVTT")


@pytest.mark.parametrize(
    ("name", "codec", "moved", "starts"),
    [
        # An edit list that begins within the first cue; another one leaves out the whole of it.
        ("cut.mp4", "mov_text", ("-ss", "0.8"), [0, 700]),
        ("cut_more.mp4", "mov_text", ("-ss", "1.48"), [20]),
        ("late.mp4", "mov_text", ("-itsoffset", "2.5"), [200, 1500]),
        ("late.mkv", "ass", ("-itsoffset", "2.5"), [200, 1500]),
        ("late.webm.mkv", "webvtt", ("-itsoffset", "2.5"), [200, 1500]),
    ],
)
def test_cues_count_from_the_first_frame_though_the_sound_begins_before(
    tmp_path: Path, name: str, codec: str, moved: tuple[str, str], starts: list[int]
) -> None:
    whole, sound = tmp_path / f"whole{Path(name).suffix}", ("-f", "lavfi", "-i", "sine=d=3")
    source = tmp_path / "text.srt"
    source.write_text(SRT)
    clip = make_clip(tmp_path, "plain.mp4", shots=[("red", 3.0)])
    run_ffmpeg("-i", str(clip), "-i", str(source), "-c:v", "copy", "-c:s", codec, str(whole))
    kept = ("-c:v", "copy", "-c:s", "copy", "-c:a", "aac", "-map", "0")
    beside = (*sound, *kept, "-map", "1") if moved[0] == "-itsoffset" else kept
    run_ffmpeg(*moved, "-i", str(whole), *beside, str(tmp_path / name))

    (track,) = inside.raw_tracks(tmp_path / name, probe(tmp_path / name))

    cues = captions.read(track.data, name=f"x.{track.format}").cues
    assert [cue.start_ms for cue in cues] == starts


def test_a_clip_without_captions_has_none(tmp_path: Path) -> None:
    path = make_clip(tmp_path)
    assert text_streams(path, probe(path)) == []


def test_a_damaged_stream_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    path = muxed(tmp_path, "clip.mkv", ["srt"], [SRT])
    facts = probe(path)
    gone = replace(facts.subtitles[0], index=9)
    tracks = text_streams(path, replace(facts, subtitles=(gone, *facts.subtitles)))
    assert [one.index for one in tracks] == [1]


def test_when_nothing_comes_out_the_reason_is_told(tmp_path: Path) -> None:
    path = muxed(tmp_path, "clip.mkv", ["srt"], [SRT])
    facts = probe(path)
    gone = replace(facts, subtitles=(replace(facts.subtitles[0], index=9),))
    with pytest.raises(UnreadableMediaError, match=r"clip\.mkv: ffmpeg: "):
        text_streams(path, gone)


def test_the_master_is_not_touched(tmp_path: Path) -> None:
    path = muxed(tmp_path, "clip.mkv", ["srt"], [SRT])
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    text_streams(path, probe(path))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert {one.suffix for one in tmp_path.iterdir()} == {".mkv", ".mp4", ".srt"}


def test_a_name_with_brackets_colons_and_a_dash_is_read(tmp_path: Path) -> None:
    path = muxed(tmp_path, "clip.mkv", ["srt"], [SRT]).rename(tmp_path / "-a: [id] %d.mkv")
    assert len(text_streams(path, probe(path))) == 1


@pytest.mark.samples
def test_real_embedded_captions_come_out(samples: Path) -> None:
    folder = samples / "captions" / "embedded"
    for name in ("sample_MKV_SRT.mkv", "sample_MP4_SRT.mp4"):
        (track,) = text_streams(folder / name, probe(folder / name))
        assert b"Line 1" in track.data
        assert b"Line 2" in track.data
    pictures = folder / "sample_MKV_VobSub_PGS.mkv"
    facts = probe(pictures)
    assert [one.text for one in facts.subtitles] == [False, False]
    assert text_streams(pictures, facts) == []
