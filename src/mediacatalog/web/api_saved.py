"""The API of saved searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from pydantic import Field

from mediacatalog.catalog import saved
from mediacatalog.search.results import FACETS, NOT, SORTS
from mediacatalog.web import answers as answer
from mediacatalog.web import callers
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import Body
from mediacatalog.web.conditions import must_match, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.pages.saved import counted
from mediacatalog.web.pages.search import VIEWS
from mediacatalog.web.services import account, person

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_saved", __name__, url_prefix="/api/v1/saved"))


class SearchName(Body):
    """What a search is called."""

    name: str = Field(max_length=400)


class NamedQuestion(SearchName):
    """A question and the name to keep it under, as in addresses; unknown names are passed over."""

    q: str = Field(default="", max_length=20_000)
    filters: dict[str, list[str]] = Field(default={})
    view: str = Field(default="", max_length=20)
    sort: str = Field(default="", max_length=20)


@bp.get("")
@bp.doc(summary="Saved searches, with the clips they find and those that came since the last look")
@answers(answer.SavedSearches)
def listed() -> dict[str, Any]:
    with reading() as session:
        kept = saved.listed(session, owner=account())
    return {"saved": [_as_json(one) for one in kept]}


def _as_json(one: saved.Saved) -> dict[str, Any]:
    told = counted(one)
    return {
        "id": one.id,
        "name": one.name,
        "q": one.text,
        "filters": {name: list(values) for name, values in one.filters.items()},
        "view": one.view,
        "sort": one.sort,
        "looked_at": one.looked_at.isoformat(),
        "count": told["count"],
        "new": told["new"],
        "url": told["url"],
    }


def _question(session: Session, search_id: str, *, lock: bool = False) -> dict[str, Any]:
    one = saved.one(session, search_id, owner=account(), lock=lock)
    return {
        "id": one.id,
        "name": one.name,
        "q": one.text,
        "filters": {name: list(values) for name, values in one.filters.items()},
        "view": one.view,
        "sort": one.sort,
    }


def _held(session: Session, search_id: str) -> None:
    """As the caller must know it who changes it; locked until the end of the transaction."""
    must_match("saved search", search_id, _question(session, search_id, lock=True))


@bp.get("/<search_id>")
@bp.doc(summary="One saved search: its name and its question")
@answers(answer.SavedQuestion)
def one(search_id: str) -> Response:
    with reading() as session:
        return told(_question(session, search_id))


@bp.post("")
@bp.input(NamedQuestion, arg_name="body")
@bp.doc(summary="Keep a search under a name")
@answers(answer.Made, 201)
def save(body: NamedQuestion) -> tuple[dict[str, str], int]:
    known = {name for facet in FACETS for name in (facet, facet + NOT)}
    filters = {name: tuple(values) for name, values in body.filters.items() if name in known}
    with writing() as session:
        made = saved.save(
            session, body.name, body.q, filters, actor=person(), owner=account(),
            view=body.view if body.view in VIEWS else "",
            sort=body.sort if body.sort in SORTS else "",
        )  # fmt: skip
    return {"id": made}, 201


@bp.post("/<search_id>/look")
@bp.doc(summary="Count what it finds now as seen")
@answers(answer.Made)
def look(search_id: str) -> dict[str, str]:
    with writing() as session:
        return {"id": saved.look(session, search_id, owner=account()).id}


@bp.patch("/<search_id>")
@bp.input(SearchName, arg_name="body")
@bp.doc(summary="Call it otherwise (needs If-Match)")
@answers(answer.SavedQuestion)
def rename(search_id: str, body: SearchName) -> Response:
    with writing() as session:
        _held(session, search_id)
        saved.rename(session, search_id, body.name, actor=person(), owner=account())
        session.flush()
        document = _question(session, search_id)
    return told(document)


@bp.delete("/<search_id>")
@bp.doc(summary="Forget it (needs If-Match)")
@answers(None, 204)
def forget(search_id: str) -> tuple[str, int]:
    with writing() as session:
        _held(session, search_id)
        saved.forget(session, search_id, actor=person(), owner=account())
    return "", 204
