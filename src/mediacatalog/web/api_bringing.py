"""The API of what is brought in besides footage: manifests, and articles."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from pydantic import Field

from mediacatalog import gathering
from mediacatalog.errors import InvalidValueError
from mediacatalog.manifest import MAX_BYTES
from mediacatalog.web import callers
from mediacatalog.web import work_answers as answer
from mediacatalog.web.answers import ArticleId, answers
from mediacatalog.web.bodies import Body, QueryArgs
from mediacatalog.web.conditions import told
from mediacatalog.web.pages import article_add
from mediacatalog.web.pages import manifest as manifests
from mediacatalog.web.services import person, services
from mediacatalog.web.storing import safe_name

bp = callers.guarded(APIBlueprint("api_bringing", __name__, url_prefix="/api/v1"))

SHOWN = 200


class FileName(QueryArgs):
    """Of the file that is the body."""

    name: str = Field(min_length=1, max_length=200)


class Application(Body):
    """From where on (`after` of the part before), and whether what people entered is replaced."""

    after: int = Field(default=0, ge=0, le=10**9)
    overwrite: bool = False


class NewArticle(Body):
    """A text (plain, or the source of a page) with its address; or an address that is asked."""

    text: str = Field(default="", max_length=article_add.MAX_TEXT)
    url: str = Field(default="", max_length=8000)


def _body(most: int) -> bytes:
    request.max_content_length = most
    data = request.get_data()
    if not data:
        raise InvalidValueError("body", "holds no file")
    return data


# --- manifests ------------------------------------------------------------------------------------


@bp.post("/manifests")
@bp.input(FileName, location="query", arg_name="args")
@bp.doc(summary="Keep a manifest, sent as the body, for a week; nothing is changed yet")
@answers(answer.Manifest, 201)
def keep(args: FileName) -> Response:
    sha256 = manifests.keep(services().settings, safe_name(args.name), _body(MAX_BYTES))
    response = told(_manifest(sha256), 201)
    response.headers["Location"] = url_for("api_bringing.manifest", sha256=sha256)
    return response


@bp.get("/manifests/<sha256>")
@bp.doc(summary="What a manifest would change, and everything that is wrong with it")
@answers(answer.Manifest)
def manifest(sha256: str) -> Response:
    return told(_manifest(sha256))


def _manifest(sha256: str) -> dict[str, Any]:
    checked = manifests.look(sha256)
    work = [one for one in checked.rows if one.has_work or one.plan.kept]
    return {
        "sha256": sha256,
        "name": checked.name,
        "kind": checked.kind,
        "count": checked.count,
        "notes": checked.notes,
        "faults": checked.faults.count,
        "errors": [asdict(one) for one in checked.errors],
        "work": len(work),
        "rows": [
            {
                "row": one.row.number,
                "file": one.row.file,
                "clip": one.target.clip_id,
                "changes": one.plan.changes,
                "kept": list(one.plan.kept),
            }
            for one in work[:SHOWN]
        ],
    }


@bp.post("/manifests/<sha256>/apply")
@bp.input(Application, arg_name="body")
@bp.doc(summary="Carry out a part of a manifest, some seconds long; `after` says where to go on")
@answers(answer.ManifestPart)
def apply(sha256: str, body: Application) -> dict[str, Any]:
    checked = manifests.look(sha256, overwrite=body.overwrite)
    if checked.faults.count:
        raise InvalidValueError("manifest", f"has {checked.faults.count} faults: see its errors")
    done = manifests.part_of(checked, body.after, overwrite=body.overwrite)
    outcomes = [
        {**asdict(one), "changes": list(one.changes), "kept": list(one.kept)}
        for one in done.outcomes
    ]
    return {"outcomes": outcomes, "done": done.done, "total": done.total, "after": done.after}


# --- articles -------------------------------------------------------------------------------------


@bp.post("/articles")
@bp.input(NewArticle, arg_name="body")
@bp.doc(summary="Add an article by its text, or by its address where the server may ask for it")
@answers(ArticleId, 201)
def add_article(body: NewArticle) -> Response:
    own = services()
    text, address = body.text.strip(), body.url.strip()
    if text:
        made = gathering.take_text(own.catalogue, text, url=address or None, actor=person())
    elif address and own.settings.fetch_pages:
        made = gathering.take_address(own.catalogue, address, actor=person())
    else:
        raise InvalidValueError("text", "is needed; no address is opened")
    response = told({"article": made}, 201)
    response.headers["Location"] = url_for("api.article", article_id=made)
    return response


@bp.post("/articles/file")
@bp.input(FileName, location="query", arg_name="args")
@bp.doc(summary="Add all articles of a page, a crawl or an export, sent as the body")
@answers(answer.Gathered)
def add_articles(args: FileName) -> dict[str, Any]:
    data = _body(article_add.MAX_BYTES)
    report = asdict(article_add.gathered(io.BytesIO(data), safe_name(args.name)))
    del report["path"]
    return report
