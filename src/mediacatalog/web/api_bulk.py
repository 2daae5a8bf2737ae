"""The API of bulk edits: looked at first, done as one act, taken back by its batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint
from flask import Response, url_for
from pydantic import Field

from mediacatalog import search as searching
from mediacatalog.catalog import bulk
from mediacatalog.errors import InvalidValueError, StaleEditError
from mediacatalog.search.results import SearchQuery
from mediacatalog.web import callers, problems
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.api_collections import Asked
from mediacatalog.web.bodies import Body, Part
from mediacatalog.web.conditions import cursor, place, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_bulk", __name__, url_prefix="/api/v1/bulk-edits"))

SHOWN = 100
"""Changes that the preview itself holds; `changes` has all of them."""
LABELS: Any = Field(default=[], max_length=bulk.MOST_LABELS)


class Wishes(Body):
    """What is to be other than before; what isn't named stays. Titles may hold `{name}`."""

    add_tags: list[str] = LABELS
    take_tags: list[str] = LABELS
    add_places: list[str] = LABELS
    take_places: list[str] = LABELS
    title: str | None = None
    description: str | None = None
    source: str | None = None
    rights: str | None = None
    only_empty: bool = True
    review: str | None = None
    assignee: str | None = None
    put_into: str | None = None
    take_out_of: str | None = None


class NewBulkEdit(Body):
    """Clips by their ids, or all that a question finds; `expected_count` refuses another number."""

    clips: list[str] = Field(default=[], max_length=bulk.MOST)
    query: Asked | None = None
    expected_count: int | None = Field(default=None, ge=0)
    changes: Wishes


class Digest(Body):
    """Of the preview that somebody looked at: just that is done, or nothing."""

    digest: str = Field(max_length=64)


def _chosen(body: NewBulkEdit) -> tuple[list[str], str]:
    """The clips, and what they are for people. Raises InvalidValueError."""
    if (body.query is None) == (not body.clips):
        raise InvalidValueError("clips", "are named one by one, or by a query")
    if body.query is None:
        ids, said = list(dict.fromkeys(body.clips)), f"{len(body.clips)} chosen clips"
    else:
        text, filters = body.query.as_pair()
        use = services()
        query = SearchQuery(text, filters)
        ids, _ = searching.clip_ids(use.catalogue, use.index, query, bulk.MOST + 1)
        narrowed = [f"{name}:{one}" for name, some in filters.items() for one in some]
        asked_for = " ".join([text, *narrowed]).strip()
        said = f"all clips for “{asked_for}”" if asked_for else "all clips"
    if body.expected_count not in (None, len(ids)):
        raise InvalidValueError("expected_count", f"is {body.expected_count}, found {len(ids)}")
    return ids, said


def _preview(session: Session, edit_id: str) -> dict[str, Any]:
    edit = bulk.one(session, edit_id)
    plan = bulk.Plan((), ())
    if edit.batch_id is None:
        plan = bulk.plan(session, edit_id, actor=person())
    return {
        "id": edit.id,
        "selection": edit.selection,
        "clips": len(edit.clip_ids),
        "batch": edit.batch_id,
        "digest": plan.digest,
        "changed_clips": plan.clips,
        "counts": plan.counts,
        "changes": [_planned(one) for one in plan.changes[:SHOWN]],
        "more": len(plan.changes) > SHOWN,
        "refused": [{"clip": clip_id, "why": why} for clip_id, why in plan.refused],
    }


def _planned(one: bulk.Planned) -> dict[str, Any]:
    return {
        "clip": one.clip_id,
        "field": one.field,
        "collection": one.slot[0] if one.kind != "clip" else None,
        "before": one.before,
        "after": one.after,
    }


@bp.post("")
@bp.input(NewBulkEdit, arg_name="body")
@bp.doc(summary="Look at what an edit of many clips would change; nothing is changed yet")
@answers(answer.BulkEdit, 201)
def begin(body: NewBulkEdit) -> Response:
    ids, selection = _chosen(body)
    named: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in body.changes.model_dump().items()
    }
    with writing() as session:
        edit = bulk.begin(session, ids, bulk.Wishes(**named), selection=selection, actor=person())
        session.flush()
        document = _preview(session, edit)
    response = told(document, 201)
    response.headers["Location"] = url_for("api_bulk.preview", edit_id=edit)
    return response


@bp.get("/<edit_id>")
@bp.doc(summary="What the edit would change now; its batch, once it was carried out")
@answers(answer.BulkEdit)
def preview(edit_id: str) -> Response:
    with reading() as session:
        return told(_preview(session, edit_id))


@bp.get("/<edit_id>/changes")
@bp.input(Part, location="query", arg_name="args")
@bp.doc(summary="Every single change that the edit would make now")
@answers(answer.PlannedChanges)
def planned(edit_id: str, args: Part) -> dict[str, Any]:
    of = f"changes of {edit_id}"
    at = place(of, args.after)
    with reading() as session:
        edit = bulk.one(session, edit_id)
        plan = bulk.Plan((), ())
        if edit.batch_id is None:
            plan = bulk.plan(session, edit_id, actor=person())
    start = 0
    if at is not None:
        start = int(at[0])
        if at[1] != plan.digest:
            raise StaleEditError("plan of the edit", edit_id)
    page = plan.changes[start : start + args.limit]
    end = start + len(page)
    more = end < len(plan.changes)
    return {
        "changes": [_planned(one) for one in page],
        "next": cursor(of, [end, plan.digest]) if more else None,
    }


@bp.post("/<edit_id>/apply")
@bp.input(Digest, arg_name="body")
@bp.doc(summary="Carry out what was previewed, as one act; its batch takes it back")
@answers(answer.Batch)
def apply(edit_id: str, body: Digest) -> dict[str, str] | Response:
    """A preview that is past is answered 409 with the one of now."""
    try:
        with writing() as session:
            batch = bulk.apply(session, edit_id, digest=body.digest, actor=person())
    except StaleEditError as error:
        with reading() as session:
            return problems.answer(409, str(error), {"now": _preview(session, edit_id)})
    return {"batch": batch}
