"""The API of the vocabulary: terms, names, what lies within what, merging, splitting, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from apiflask import APIBlueprint
from flask import Response, request, url_for
from pydantic import Field

from mediacatalog import search as searching
from mediacatalog.catalog import thesaurus, vocabulary
from mediacatalog.errors import InvalidValueError
from mediacatalog.web import callers, term_files
from mediacatalog.web import desk_answers as answer
from mediacatalog.web.answers import answers
from mediacatalog.web.bodies import Body, Part, QueryArgs
from mediacatalog.web.conditions import cursor, must_match, place, told
from mediacatalog.web.once import reading, writing
from mediacatalog.web.services import person, services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = callers.guarded(APIBlueprint("api_terms", __name__, url_prefix="/api/v1/terms"))

LIST = "terms"
Kind = Literal["tag", "place", "person", "group"]


class TermsPart(Part):
    """Which terms: of one kind, in one state."""

    kind: Literal["", "tag", "place", "person", "group"] = ""
    state: Literal["", "suggested", "accepted", "rejected"] = ""


class Typed(QueryArgs):
    """What somebody typed so far."""

    q: str = Field(default="", max_length=vocabulary.MAX_LABEL)
    kind: Kind = "tag"


class TermPatch(Body):
    """What is named is set (RFC 7396); null empties the note."""

    label: str | None = None
    scope_note: str | None = None
    state: Literal["accepted", "rejected"] | None = None


class NewAlias(Body):
    label: str
    language: str = ""


class MergeInto(Body):
    """The id or a name of the term that takes everything over."""

    into: str


class SplitOff(Body):
    """The name of the new term, and what goes over to it: ids of names, ids of clips."""

    label: str
    aliases: list[str] = Field(default=[])
    clips: list[str] = Field(default=[])


class FileArgs(QueryArgs):
    format: Literal["csv", "ttl"] = "csv"


def _told(one: thesaurus.Entry) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "slug": one.slug,
        "label": one.label,
        "language": one.language,
        "scope_note": one.scope_note,
        "state": one.state,
        "aliases": [
            {"id": alias.id, "label": alias.label, "language": alias.language}
            for alias in one.aliases
        ],
        "broader": list(one.broader),
        "count": one.count,
    }


def _known(session: Session, term_id: str) -> dict[str, Any]:
    return _told(thesaurus.entry(session, term_id))


def _held(session: Session, term_id: str) -> dict[str, Any]:
    """As the caller must know it who changes it; locked until the end of the transaction."""
    document = _told(thesaurus.entry(session, term_id, lock=True))
    must_match("term", term_id, document)
    return document


@bp.get("")
@bp.input(TermsPart, location="query", arg_name="args")
@bp.doc(summary="Terms by name; those that were rejected only if asked for")
@answers(answer.Terms)
def listed(args: TermsPart) -> dict[str, Any]:
    of = f"{LIST} {args.kind} {args.state}"
    at = place(of, args.after)
    after = (str(at[0]), str(at[1])) if at else None
    with reading() as session:
        found = thesaurus.entries(
            session, state=args.state or None, kind=args.kind or None, after=after,
            limit=args.limit + 1,
        )  # fmt: skip
        page, more = found[: args.limit], len(found) > args.limit
        end = cursor(of, thesaurus.place_of(session, page[-1].id)) if more else None
    return {"terms": [_told(one) for one in page], "next": end}


@bp.get("/suggest")
@bp.input(Typed, location="query", arg_name="args")
@bp.doc(summary="Terms of which a name has a word that begins so, the most used first")
@answers(answer.Suggestions)
def suggest(args: Typed) -> dict[str, Any]:
    use = services()
    found = searching.terms(use.catalogue, use.index, args.q, kind=args.kind)
    return {
        "terms": [
            {"label": one.label, "slug": one.slug, "count": one.count, "via": one.via}
            for one in found
        ]
    }


@bp.get("/file")
@bp.input(FileArgs, location="query", arg_name="args")
@bp.doc(summary="The whole vocabulary as CSV or SKOS (Turtle)")
@answers(None, 200, "The file")
def export(args: FileArgs) -> Response:
    with reading() as session:
        every = thesaurus.entries(session)
    if args.format == "csv":
        return Response(term_files.as_csv(every), mimetype="text/csv")
    return Response(term_files.as_turtle(every, request.host_url), mimetype="text/turtle")


@bp.post("/file")
@bp.input(FileArgs, location="query", arg_name="args")
@bp.doc(summary="Take in a CSV or SKOS file, sent as the body: what is new of it, as one act")
@answers(answer.TakenIn)
def take(args: FileArgs) -> dict[str, int]:
    wanted = term_files.read(request.get_data(), f"vocabulary.{args.format}")
    with writing() as session:
        taken = term_files.apply(session, wanted, actor=person())
    return {"terms": taken.terms, "changes": taken.changes}


@bp.get("/<term_id>")
@bp.doc(summary="One term; a merged one is the term that it was merged into")
@answers(answer.Term)
def one(term_id: str) -> Response:
    with reading() as session:
        return told(_known(session, term_id))


@bp.patch("/<term_id>")
@bp.input(TermPatch, arg_name="body")
@bp.doc(summary="Rename a term, note what it is for, accept or reject it (needs If-Match)")
@answers(answer.Term)
def change(term_id: str, body: TermPatch) -> Response:
    with writing() as session:
        key = _held(session, term_id)["id"]
        if body.label is not None:
            thesaurus.rename(session, key, body.label, actor=person())
        if "scope_note" in body.model_fields_set:
            thesaurus.annotate(session, key, body.scope_note or "", actor=person())
        if body.state is not None:
            thesaurus.decide(session, key, body.state, actor=person())
        session.flush()
        document = _known(session, key)
    return told(document)


@bp.post("/<term_id>/aliases")
@bp.input(NewAlias, arg_name="body")
@bp.doc(summary="Give a term another name")
@answers(answer.Term, 201)
def add_alias(term_id: str, body: NewAlias) -> Response:
    language = term_files.language(body.language)
    with writing() as session:
        key = thesaurus.entry(session, term_id, lock=True).id
        vocabulary.add_alias(session, key, body.label, language=language, actor=person())
        session.flush()
        document = _known(session, key)
    return told(document, 201)


@bp.delete("/<term_id>/aliases/<alias_id>")
@bp.doc(summary="Take another name from a term (needs If-Match: the term's)")
@answers(answer.Term)
def remove_alias(term_id: str, alias_id: str) -> Response:
    with writing() as session:
        key = _held(session, term_id)["id"]
        thesaurus.remove_alias(session, key, alias_id, actor=person())
        session.flush()
        document = _known(session, key)
    return told(document)


@bp.put("/<term_id>/broader/<broader_id>")
@bp.doc(summary="Let a term lie within another one (needs If-Match: the term's)")
@answers(answer.Term)
def put_within(term_id: str, broader_id: str) -> Response:
    with writing() as session:
        key = _held(session, term_id)["id"]
        thesaurus.put_within(session, key, broader_id, actor=person())
        session.flush()
        document = _known(session, key)
    return told(document)


@bp.delete("/<term_id>/broader/<broader_id>")
@bp.doc(summary="Let a term lie within another one no more (needs If-Match: the term's)")
@answers(answer.Term)
def take_from(term_id: str, broader_id: str) -> Response:
    with writing() as session:
        held = _held(session, term_id)
        if broader_id not in held["broader"]:
            raise InvalidValueError("broader", "is no term that this one lies within")
        thesaurus.take_from(session, held["id"], broader_id, actor=person())
        session.flush()
        document = _known(session, held["id"])
    return told(document)


@bp.post("/<term_id>/merge")
@bp.input(MergeInto, arg_name="body")
@bp.doc(summary="Give names, clips and articles to another term; the history parts them again")
@answers(answer.Term)
def merge(term_id: str, body: MergeInto) -> Response:
    with writing() as session:
        into = thesaurus.merge(session, term_id, body.into, actor=person())
        session.flush()
        document = _known(session, into)
    return told(document)


@bp.post("/<term_id>/split")
@bp.input(SplitOff, arg_name="body")
@bp.doc(summary="Make a new term of some names and clips of another one")
@answers(answer.Term, 201)
def split(term_id: str, body: SplitOff) -> Response:
    with writing() as session:
        made = thesaurus.split(
            session, term_id, body.label, labels=body.aliases, clips=body.clips, actor=person()
        )
        session.flush()
        document = _known(session, made)
    response = told(document, 201)
    response.headers["Location"] = url_for("api_terms.one", term_id=made)
    return response
