"""What becomes of each broken and each hostile sample, and what a person is told.

What a file is stands in samples.json. From that follows the state: what can be shown is shown, with
what is wrong with it; what can't be is held back for its own reason, not for "an error".
"""

from __future__ import annotations

from mediacatalog.values import State

READY, PARTIAL, HELD, LEFT = State.READY, State.PARTIAL, State.QUARANTINED, State.IGNORED

NO_INDEX = "no index (moov): the file is cut off or was never finished"
NO_HEADER = "not a video that can be read (ffprobe: mov: "
ENDS_EARLY = "not whole"

VERDICTS: dict[str, tuple[State, str]] = {
    # Only its description is odd; all pictures can be had.
    "broken/title_1MB.mp4": (READY, ""),
    "broken/title_xss.mp4": (READY, ""),
    "broken/sample_entry_claims_65535x65535.mp4": (READY, ""),  # H.264 says 640x360
    "broken/moz_789075.webm": (READY, ""),  # one frame of 9841x705
    "broken/duration_claims_billions_of_seconds.mp4": (PARTIAL, "which can't be"),
    "broken/external_dref_file.mov": (PARTIAL, "it names another file for its pictures"),
    # Some pictures are lost.
    "broken/bitrot_400_bytes_in_mdat.mp4": (PARTIAL, "frames are damaged"),
    "broken/moz_1833896.mp4": (PARTIAL, "1 of 30 frames are damaged"),
    "broken/moz_1903669.mp4": (PARTIAL, "of 20 frames are damaged"),
    "broken/moz_1257700.webm": (PARTIAL, ENDS_EARLY),
    "broken/truncated_half_moov_front.mp4": (PARTIAL, ENDS_EARLY),
    "broken/moz_track-with-zero-dimensions.mp4": (PARTIAL, "could not be decoded"),
    # No pictures, but sound.
    "broken/moz_1734008.webm": (PARTIAL, "no video stream"),
    "broken/moz_1905234.webm": (PARTIAL, "no video stream"),
    "broken/moz_vp9cake_corrupt.webm": (PARTIAL, "no video stream"),
    "broken/stco_points_outside.mp4": (PARTIAL, "the h264 video stream holds no pictures"),
    # A header, and nothing behind it.
    "broken/invalid_userdata.mp4": (HELD, "the h264 video stream holds no pictures"),
    "broken/moz_0-timescale.mp4": (HELD, "the edit list leaves out every picture"),
    "broken/moz_1414444.mp4": (HELD, "not one frame of the h264 video could be decoded"),
    "broken/test_case_1185230.mp4": (HELD, "not one frame of the h264 video could be decoded"),
    "broken/moz_1859600.mp4": (HELD, "Invalid NAL unit size in extradata"),
    "broken/fuzz_mp4ff_1a7b8a4117130cda.mp4": (HELD, "it holds no streams"),
    "broken/fuzz_mp4ff_448cf9199c552c90.mp4": (HELD, "it holds no streams"),
    "broken/fuzz_mp4ff_d80db6bbc0c3923b.mp4": (HELD, "it holds no streams"),
    "broken/init_truncated.mp4": (HELD, "it holds no streams"),
    "broken/moov_size_1_no_largesize.mp4": (HELD, "it holds no streams"),
    "broken/mutagen_64bit.mp4": (HELD, "it holds no streams"),
    "broken/pymediainfo_mpeg4.mp4": (HELD, "it holds no streams"),
    # No header.
    "broken/truncated_moov_missing.mp4": (HELD, NO_INDEX),
    "broken/fuzz_mp4ff_0881196294cc083f.mp4": (HELD, NO_INDEX),
    "broken/fuzz_mp4ff_33b1a0aaeced0398.mp4": (HELD, NO_INDEX),
    "broken/fuzz_mp4ff_4e3e98fc202208ff.mp4": (HELD, NO_INDEX),
    "broken/fuzz_mp4ff_77cf6e30648805ea.mp4": (HELD, NO_INDEX),
    "broken/fuzz_mp4ff_941fd151c8ef8610.mp4": (HELD, NO_INDEX),
    "broken/fuzz_mp4ff_a3bfa798c8c6dfcf.mp4": (HELD, NO_INDEX),
    # A header that contradicts itself.
    "broken/chunk_out_of_range.mp4": (HELD, NO_HEADER + "stream 0, contradictionary STSC"),
    "broken/fuzz_mp4ff_f35f7ec3a8052c2a.mp4": (HELD, NO_HEADER + "trun track id unknown"),
    "broken/moz_1389304.mp4": (HELD, NO_HEADER + "trun track id unknown"),
    "broken/moz_1833894.mp4": (HELD, NO_HEADER + "trun track id unknown"),
    "broken/moz_1787281.mp4": (HELD, NO_HEADER + "Invalid sample size -758"),
    "broken/moz_1845350.mp4": (HELD, NO_HEADER + "Invalid mdhd time scale -118784"),
    "broken/moz_encrypted-track-with-sample-missing-cenc-aux.mp4": (
        HELD,
        NO_HEADER + "failed to read the initialization vector",
    ),
    "broken/clear_with_enc_boxes.mp4": (HELD, NO_HEADER),
    "broken/fuzz_mp4ff_deeadc758a608dc3.mp4": (HELD, NO_HEADER),
    "broken/moz_mp4_box_emptyrange.mp4": (HELD, NO_HEADER),
    "broken/stsz_count_2147483647.mp4": (HELD, NO_HEADER),
    "hostile/2000_tracks.mp4": (HELD, NO_HEADER + "invalid STSD entries 0"),
    "hostile/nested_20000_moov_boxes.mp4": (HELD, NO_HEADER + "Atoms too deeply nested"),
    "hostile/ebml_unknown_huge_void.mkv": (HELD, "it ends before its header does"),
    # It asks for more than its budget.
    "broken/fuzz_mp4ff_6a07523ea7a30640.mp4": (HELD, "it asks for more memory"),
    "hostile/bomb_16000x16000.mp4": (HELD, "its picture is too large: 16000x16000"),
    # It is something else.
    "broken/fuzz_mp4ff_5df1a8539aca8a33.mp4": (HELD, "text, not a video"),
    "hostile/dash_mpd_as.mp4": (HELD, "an XML document"),
    "hostile/ffconcat_as.mp4": (HELD, "names other files (ffconcat)"),
    "hostile/hls_lfi_as.mp4": (HELD, "play list (HLS)"),
    "hostile/hls_ssrf_as.avi": (HELD, "play list (HLS)"),
    "hostile/hls_ssrf_ts_as.mp4": (HELD, "play list (HLS)"),
    "hostile/html_error_page_renamed.mp4": (HELD, "a web page"),
    "hostile/png_renamed.mp4": (HELD, "a picture (PNG)"),
    "hostile/sdp_as.mp4": (HELD, "a network description (SDP)"),
    "hostile/text_renamed.mp4": (HELD, "text, not a video"),
    "hostile/zero_bytes.mp4": (HELD, "empty (0 bytes)"),
    "hostile/gzip_bomb_1GiB.vtt.gz": (LEFT, ".gz isn't a video suffix"),
    "hostile/thumbnail_exif_bomb.jpg": (LEFT, ".jpg isn't a video suffix"),
}
"""By the sample's name: its state, and what its reason or its problems must say."""

NEVER_SHOWN = {"hostile/bomb_16000x16000.mp4"}
"""Held back for their price, although ffmpeg without a limit would show a frame."""
