"""The API of bytes: masters, proxies, pictures, caption files. By the views of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from apiflask import APIBlueprint
from pydantic import Field

from mediacatalog.web import callers
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import QueryArgs
from mediacatalog.web.pages import articles, media, proxy, tracks

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
