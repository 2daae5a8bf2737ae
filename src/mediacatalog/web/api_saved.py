"""The API of saved searches; who may change them is as in `api_stories`."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from mediacatalog.catalog import saved
from mediacatalog.search.results import FACETS, NOT
from mediacatalog.web import api_stories
from mediacatalog.web.pages.saved import counted
from mediacatalog.web.security import csrf
from mediacatalog.web.services import person, services

bp = APIBlueprint("api_saved", __name__, url_prefix="/api/v1/saved", tag="mediacatalog")
csrf.exempt(bp)  # checked by the next line
bp.before_request(api_stories.check)


class Name(BaseModel):
    """What a search is called."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=400)


class Question(Name):
    """A question and the name to keep it under; of `filters`, names as in addresses."""

    q: str = Field(default="", max_length=20_000)
    filters: dict[str, list[str]] = {}


@bp.get("")
@bp.doc(summary="Saved searches, with the clips they find and those that came since the last look")
def listed() -> dict[str, Any]:
    with services().catalogue.reading() as session:
        kept = saved.listed(session)
    return {"saved": [_as_json(one) for one in kept]}


def _as_json(one: saved.Saved) -> dict[str, Any]:
    told = counted(one)
    return {
        "id": one.id,
        "name": one.name,
        "q": one.text,
        "filters": {name: list(values) for name, values in one.filters.items()},
        "looked_at": one.looked_at.isoformat(),
        "count": told["count"],
        "new": told["new"],
        "url": told["url"],
    }


@bp.post("")
@bp.input(Question, arg_name="body")
@bp.doc(summary="Keep a search under a name")
def save(body: Question) -> tuple[dict[str, str], int]:
    known = {name for facet in FACETS for name in (facet, facet + NOT)}
    filters = {name: tuple(values) for name, values in body.filters.items() if name in known}
    with services().catalogue.writing() as session:
        made = saved.save(session, body.name, body.q, filters, actor=person())
    return {"id": made}, 201


@bp.post("/<search_id>/look")
@bp.doc(summary="Count what it finds now as seen")
def look(search_id: str) -> dict[str, str]:
    with services().catalogue.writing() as session:
        return {"id": saved.look(session, search_id).id}


@bp.patch("/<search_id>")
@bp.input(Name, arg_name="body")
@bp.doc(summary="Call it otherwise")
def rename(search_id: str, body: Name) -> dict[str, str]:
    with services().catalogue.writing() as session:
        saved.rename(session, search_id, body.name, actor=person())
    return {"id": search_id}


@bp.delete("/<search_id>")
@bp.doc(summary="Forget it")
def forget(search_id: str) -> tuple[str, int]:
    with services().catalogue.writing() as session:
        saved.forget(session, search_id, actor=person())
    return "", 204
