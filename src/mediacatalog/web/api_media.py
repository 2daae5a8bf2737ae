"""The API of media: masters, proxies, pictures, caption files, sound, and frames to cite.

Bytes are sent by the views of the pages.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from apiflask import APIBlueprint
from flask import url_for
from pydantic import Field

from mediacatalog.catalog import files, holdings, sounds
from mediacatalog.web import callers
from mediacatalog.web import media_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import QueryArgs
from mediacatalog.web.conditions import told
from mediacatalog.web.once import reading
from mediacatalog.web.pages import articles, frames, media, proxy, tracks

if TYPE_CHECKING:
    from flask import Response

bp = callers.guarded(APIBlueprint("api_media", __name__, url_prefix="/api/v1"))

BYTES = "The bytes"
PARTS = {206: "A part of them, as `Range` asks", 304: "Those that the caller has"}
SAME = {304: "Those that the caller has"}


class StillArgs(QueryArgs):
    ms: int = Field(default=0, ge=0, lt=10**11)


class CaptionFile(QueryArgs):
    format: Literal["vtt", "srt", "txt"] = "vtt"


@bp.get("/clips/<clip_id>/master")
@bp.doc(summary="The master of a clip, unchanged; by ranges", responses=PARTS)
@answers(None, 200, BYTES)
def master(clip_id: str) -> Response:
    return media.master(clip_id)


@bp.get("/clips/<clip_id>/proxy")
@bp.doc(summary="Its proxy, if it needs one and has one; by ranges", responses=PARTS)
@answers(None, 200, BYTES)
def proxy_of(clip_id: str) -> Response:
    return proxy.proxy(clip_id)


@bp.get("/clips/<clip_id>/poster.jpg")
@bp.doc(summary="The picture that stands for a clip", responses=SAME)
@answers(None, 200, BYTES)
def poster(clip_id: str) -> Response:
    return media.poster(clip_id)


@bp.get("/clips/<clip_id>/still.jpg")
@bp.input(StillArgs, location="query", arg_name="args")
@bp.doc(summary="The picture nearest to a moment, of the same shot", responses=SAME)
@answers(None, 200, BYTES)
def still(clip_id: str, args: StillArgs) -> Response:
    del args  # it is read where the page reads it
    return media.still(clip_id)


@bp.get("/clips/<clip_id>/tracks/<track_id>/file")
@bp.input(CaptionFile, location="query", arg_name="args")
@bp.doc(summary="The cues of a track as WebVTT, SRT or text", responses=SAME)
@answers(None, 200, BYTES)
def captions(clip_id: str, track_id: str, args: CaptionFile) -> Response:
    return tracks.file(clip_id, track_id, args.format)


@bp.get("/clips/<clip_id>/tracks/<track_id>/original")
@bp.doc(summary="The bytes that a track was read from, where they are kept")
@answers(None, 200, BYTES)
def original_captions(clip_id: str, track_id: str) -> Response:
    return tracks.original(clip_id, track_id)


@bp.get("/articles/<article_id>/original")
@bp.doc(summary="The bytes that an article was read from")
@answers(None, 200, BYTES)
def original_article(article_id: str) -> Response:
    return articles.original(article_id)


# --- storyboard, sound, frames --------------------------------------------------------------------


@bp.get("/clips/<clip_id>/storyboard")
@bp.doc(summary="The cells of its storyboard: which part of which sheet stands for which time")
@answers(answer.Storyboard)
def storyboard(clip_id: str) -> Response:
    with reading() as session:
        clip = holdings.clip(session, clip_id).id
        _, cells = files.storyboard(session, clip)

    def sheet(number: int) -> str:
        return url_for("api_media.storyboard_sheet", clip_id=clip, number=number)

    return told(
        {"clip": clip, "cells": [{**asdict(one), "sheet": sheet(one.sheet)} for one in cells]}
    )


@bp.get("/clips/<clip_id>/storyboard-<int(max=999999):number>.jpg")
@bp.doc(summary="One sheet of its storyboard, from 0", responses=SAME)
@answers(None, 200, BYTES)
def storyboard_sheet(clip_id: str, number: int) -> Response:
    return media.storyboard_sheet(clip_id, number)


@bp.get("/clips/<clip_id>/waveform")
@bp.doc(summary="The course of its sound")
@answers(answer.Waveform)
def waveform(clip_id: str) -> Response:
    with reading() as session:
        clip = holdings.clip(session, clip_id).id
        _, course = sounds.waveform(session, clip)
    return told({"clip": clip, **course})


@bp.get("/clips/<clip_id>/frame")
@bp.input(StillArgs, location="query", arg_name="args")
@bp.doc(summary="The frame that is shown at a moment, with the address at which it stays")
@answers(answer.CitedFrame)
def frame_at(clip_id: str, args: StillArgs) -> Response:
    return told(frames.document(*frames.shown(clip_id, args.ms)))


@bp.get("/frames/<sha256>/<int(signed=True):pts>")
@bp.doc(summary="The citation of a frame, by the master's SHA-256 and the frame's PTS")
@answers(answer.CitedFrame)
def frame(sha256: str, pts: int) -> Response:
    return told(frames.document(sha256, pts))


@bp.get("/frames/<sha256>/<int(signed=True):pts>/still.jpg")
@bp.doc(summary="The frame itself, at full size", responses=SAME)
@answers(None, 200, BYTES)
def frame_still(sha256: str, pts: int) -> Response:
    return frames.still(sha256, pts)
