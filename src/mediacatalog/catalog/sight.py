"""Which clips somebody may see: one filter, under every question that is asked for them.

A session of a `Sight` finds no row of a clip that is hidden from it, in whatever table it looks
and however it asks: SQLAlchemy puts the condition into each statement (`with_loader_criteria`).
Tables that belong to a clip are found by their foreign keys, so that a new one is covered by
itself. Who writes what concerns all clips says so by `everything`.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    String,
    Table,
    and_,
    bindparam,
    event,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from mediacatalog.catalog.accounts import ADMIN, ARCHIVIST
from mediacatalog.catalog.base import BEHIND_ALL, ID, Base, UtcDateTime
from mediacatalog.catalog.collection_models import CollectionItem, CollectionRow
from mediacatalog.catalog.context_models import MarkerTerm
from mediacatalog.catalog.models import Change, Clip, ClipTerm, Term, TermBroader, TermLabel
from mediacatalog.catalog.sight_models import ClipAccess, Grant, TombstoneRow
from mediacatalog.values import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Engine, Select
    from sqlalchemy.sql.base import ExecutableOption

    from mediacatalog.catalog.accounts import Viewer

OPEN, RESTRICTED, EMBARGO, SEALED = LEVELS = ("open", "restricted", "embargo", "sealed")
LEVELS_BY_REACH = (OPEN, EMBARGO, RESTRICTED, SEALED)
"""From the least closed one: an embargo ends by itself."""

_ACCESS = ClipAccess.__table__
_GRANTS = Grant.__table__
_ITEMS = CollectionItem.__table__
_COLLECTIONS = CollectionRow.__table__
_CLIPS = Clip.__table__
_CLIP_ID = _CLIPS.c["id"]
_CARRIED = (ClipTerm.__table__, MarkerTerm.__table__)
_TOMBSTONES = TombstoneRow.__table__
_SECOND = 38
"""Where the second id begins in the key of a pair: `copies` writes a sign between both."""
_LEFT_OPEN = {False: (OPEN,), True: (OPEN, RESTRICTED, EMBARGO)}
"""Levels of purged clips of which one who may see what is restricted, or not, is told."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer sees besides what is open."""

    account_id: str
    restricted: bool
    """What is restricted or under embargo, wherever it lies."""


def of(viewer: Viewer | None) -> Sight | None:
    """None for who sees everything: an admin, or whoever sits at a machine without accounts."""
    if viewer is None:
        return Sight("", restricted=False)
    if viewer.may(ADMIN):
        return None
    return Sight(viewer.account_id or "", restricted=viewer.may(ARCHIVIST))


# --- the condition --------------------------------------------------------------------------------

_NOW = bindparam("sight_now", callable_=utc_now, type_=UtcDateTime())


_REACHES = (
    _COLLECTIONS.c.id == _GRANTS.c.collection_id,
    _COLLECTIONS.c.removed.is_(False),
    or_(_GRANTS.c.reach == SEALED, _ACCESS.c.level != SEALED),
)
"""Of a row of `clip_access` in a collection, and a grant of that collection."""
_INSIDE = (_ITEMS.c.clip_id == _ACCESS.c.clip_id, _ITEMS.c.place > 0)
_ACCOUNTS_OF = select(_GRANTS.c.account_id).where(
    *_INSIDE, _GRANTS.c.collection_id == _ITEMS.c.collection_id, *_REACHES
)
"""Those to which a grant shows the clip of a row of `clip_access`."""


def _granted(sight: Sight) -> ColumnElement[bool]:
    """Of a row of `clip_access`: whether a grant shows its clip.

    Of each of the few collections it lies in, the grant is looked up: somebody may have hundreds,
    and SQLite would begin with these.
    """
    mine = (_GRANTS.c.account_id == sight.account_id, *_REACHES)
    granted = exists().where(_GRANTS.c.collection_id == _ITEMS.c.collection_id, *mine)
    return exists().where(*_INSIDE, granted.correlate(_ITEMS, _ACCESS)).correlate(_ACCESS)


@lru_cache(maxsize=256)
def _hidden(sight: Sight) -> ColumnElement[bool]:
    """Of a row of `clip_access`: whether its clip is hidden."""
    closed = _ACCESS.c.level == SEALED
    if not sight.restricted:
        under = and_(_ACCESS.c.level == EMBARGO, _ACCESS.c.until > _NOW)
        closed = or_(closed, _ACCESS.c.level == RESTRICTED, under)
    return and_(closed, ~_granted(sight))


def _hides(sight: Sight, clip_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """Whether the clip with this id is hidden."""
    return exists().where(_ACCESS.c.clip_id == clip_id, _hidden(sight))


def _looked_up(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """EXISTS that is asked of one row after the other, along an index.

    Beside an OR, PostgreSQL would first make a set of all that the subquery has, once for each
    statement, unless it says where to begin.
    """
    return select(literal_column("1")).where(*conditions).offset(0).exists()


@lru_cache(maxsize=256)
def hidden_ids(sight: Sight) -> Select[tuple[str]]:
    """The ids of all clips that are hidden."""
    return select(_ACCESS.c.clip_id).where(_hidden(sight))


def _of_clips() -> dict[str, list[str]]:
    """Names of the columns by which a table's rows belong to clips, by table."""
    return {
        table.name: named
        for table in Base.metadata.tables.values()
        if (named := [c.name for c in table.c if any(k.column is _CLIP_ID for k in c.foreign_keys)])
    }


def _conditions(sight: Sight) -> dict[type[Base], ColumnElement[bool]]:
    """By class, what a row must be to be seen. What stands here nowhere belongs to no clip."""
    own = _of_clips()
    found: dict[type[Base], ColumnElement[bool]] = {Clip: ~_hides(sight, Clip.id)}
    for mapper in Base.registry.mappers:
        table, entity = cast("Table", mapper.local_table), mapper.class_
        shown = [~_hides(sight, getattr(entity, name)) for name in own.get(table.name, ())]
        for column in table.c:
            for key in column.foreign_keys:
                through = key.column.table
                if through.name in own and through is not _CLIPS:
                    between = through.alias()
                    hidden = exists().where(
                        between.c[key.column.name] == getattr(entity, column.key),
                        or_(*(between.c[name] == _ACCESS.c.clip_id for name in own[through.name])),
                        _hidden(sight),
                    )
                    shown.append(~hidden)
        if shown:
            found[entity] = and_(*shown)
    for entity, term_id in (
        (Term, Term.id),
        (TermLabel, TermLabel.term_id),
        (TermBroader, TermBroader.broader_id),
    ):
        found[entity] = _names(sight, term_id)
    found[CollectionRow] = _not_all_hidden(sight, CollectionRow.id)
    # Its own table once more, within the condition, would be any row of it.
    found[ClipAccess] = ~_hidden(sight)
    found[Change] = _of_history(sight, own)
    found[TombstoneRow] = TombstoneRow.level.in_(_LEFT_OPEN[sight.restricted])
    return found


def _not_all_hidden(sight: Sight, collection_id: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """That it isn't a collection which holds hidden clips only: its name may tell of them."""
    item = _ITEMS.alias()
    inside = (item.c.collection_id == collection_id, item.c.place > 0)
    return or_(_looked_up(*inside, ~_hides(sight, item.c.clip_id)), ~_looked_up(*inside))


def _names(sight: Sight, term_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """That it isn't a term which only hidden clips carry."""
    rows = [one.alias() for one in _CARRIED]
    carried = [_looked_up(one.c.term_id == term_id) for one in rows]
    seen = [_looked_up(one.c.term_id == term_id, ~_hides(sight, one.c.clip_id)) for one in rows]
    return or_(*seen, ~or_(*carried))


def _of_history(sight: Sight, own: dict[str, list[str]]) -> ColumnElement[bool]:
    """Entries about hidden clips, or that name one; those about accounts are for admins.

    Each entry is looked up by its own key: a set of all hidden clips would be made once more for
    every statement, and there may be hundreds of thousands.
    """

    def hides(clip_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column or a part of one
        return _looked_up(_ACCESS.c.clip_id == clip_id, _hidden(sight))

    through: list[ColumnElement[bool]] = []
    for name in ("tracks", "article_links", "sightings"):
        of = Base.metadata.tables[name].alias()
        belongs = or_(*(of.c[one] == _ACCESS.c.clip_id for one in own[name]))
        through.append(_looked_up(of.c.id == Change.key, belongs, _hidden(sight)))
    named = [
        hides(json.op("->>", return_type=String())(literal_column("'clip'")))
        for json in (Change.before, Change.after)
    ]
    pair = [hides(func.substr(Change.key, begin, ID.length)) for begin in (1, _SECOND)]
    purged = _looked_up(
        _TOMBSTONES.c.clip_id == Change.key, _TOMBSTONES.c.level.in_(_LEFT_OPEN[sight.restricted])
    )
    return and_(
        or_(Change.kind != "clip", Change.field != "purged", purged),
        Change.kind.not_in(FOR_ADMINS),
        ~hides(Change.key),
        or_(Change.kind == "clip", ~or_(*through)),  # the key of most is a clip: one look for each
        or_(Change.kind != "term", _names(sight, Change.key)),
        or_(Change.kind != "collection", _not_all_hidden(sight, Change.key)),
        or_(Change.kind != "collection", ~or_(*named)),
        or_(Change.kind != "copy", ~or_(*pair)),
    )


FOR_ADMINS = ("account", "grant", "search", "token", "webhook")
"""Kinds of changes."""


@lru_cache(maxsize=256)
def _options(sight: Sight, _known: int) -> dict[str, tuple[ExecutableOption, ...]]:
    """By name of the table."""
    found: dict[str, tuple[ExecutableOption, ...]] = {}
    for entity, shown in _conditions(sight).items():
        one = with_loader_criteria(entity, shown, include_aliases=True)
        name = entity.__tablename__
        found[name] = (*found.get(name, ()), one)
    return found


# --- sessions -------------------------------------------------------------------------------------

EVERYTHING = "mediacatalog_everything"


class SightedSession(Session):
    """A session that finds only what `sight` shows."""

    def __init__(self, bind: Engine | Connection, sight: Sight, **given: Any) -> None:  # noqa: ANN401
        super().__init__(bind, **given)
        self.sight = sight


@event.listens_for(SightedSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    # Of statements over bare tables nothing is kept away; what they'd cost is.
    if not state.is_select or state.is_column_load or not state.is_orm_statement:
        return
    session = state.session
    if session.info.get(EVERYTHING) or not isinstance(session, SightedSession):
        return
    options = _options(session.sight, len(Base.metadata.tables))
    tables = {
        one.name for one in visitors.iterate(cast("Any", state.statement)) if isinstance(one, Table)
    }
    narrowed = [one for name in sorted(tables & options.keys()) for one in options[name]]
    if narrowed:
        state.statement = state.statement.options(*narrowed)


@contextmanager
def everything(session: Session) -> Iterator[None]:
    """For what must be done to all clips alike, such as the merging of terms.

    Nothing that is found within may be shown.
    """
    before = session.info.get(EVERYTHING, False)
    session.info[EVERYTHING] = True
    try:
        yield
    finally:
        session.info[EVERYTHING] = before


Wanted = ParamSpec("Wanted")
Given = TypeVar("Given")


def for_all(
    function: Callable[Concatenate[Session, Wanted], Given],
) -> Callable[Concatenate[Session, Wanted], Given]:
    """`everything`, for all that a function does."""

    @functools.wraps(function)
    def run(session: Session, *args: Wanted.args, **named: Wanted.kwargs) -> Given:
        with everything(session):
            return function(session, *args, **named)

    return run  # type: ignore[return-value]


def sight_of(session: Session) -> Sight | None:
    """None: the session sees everything."""
    if session.info.get(EVERYTHING):
        return None
    return session.sight if isinstance(session, SightedSession) else None


def visible(session: Session, clip_ids: Sequence[str]) -> list[str]:
    """Of these, in their order, what the session sees. For statements over bare tables."""
    sight = sight_of(session)
    if sight is None or not clip_ids:
        return list(clip_ids)
    asked = hidden_ids(sight).where(_ACCESS.c.clip_id.in_(list(clip_ids)))
    hidden: set[str] = {row.clip_id for row in session.connection().execute(asked)}
    return [one for one in clip_ids if one not in hidden]


# --- for the search, whose index lags behind ------------------------------------------------------

MOST_SHOWN = 10_000
"""Clips that a grant shows, of which the index doesn't know it yet: others wait for the index."""
MOST_ENDED = 500

_REV, _AFTER = bindparam("rev", type_=BigInteger()), bindparam("after", type_=String())
_CHANGED = or_(_CLIPS.c.search_rev > _REV, and_(_CLIPS.c.search_rev == _REV, _CLIPS.c.id > _AFTER))
_ONE: Select[Any] = select(literal_column("1")).select_from(_CLIPS).limit(1)
_NEWER, _LATER = _ONE.where(_CLIPS.c.search_rev > _REV), _ONE.where(_CHANGED)
_ENDED = (
    select(_ACCESS.c.clip_id)
    .where(_ACCESS.c.until <= _NOW, _ACCESS.c.level == EMBARGO)
    .limit(MOST_ENDED + 1)
)
_GRANTED_TO = (
    _ACCOUNTS_OF.add_columns(_ACCESS.c.clip_id)
    .where(_ACCESS.c.clip_id.in_(bindparam("ids", expanding=True)))
    .distinct()
    .order_by(_GRANTS.c.account_id)
)


@dataclass(frozen=True, slots=True)
class Lag:
    """What an index gets wrong that was written some moments ago."""

    hidden: tuple[str, ...] = ()
    """Ids of clips that were changed since, and are hidden now."""
    shown: tuple[str, ...] = ()
    """Of such that a grant shows now, MOST_SHOWN at most."""
    ended: tuple[str, ...] | None = ()
    """Of clips whose embargo is over; None of more than MOST_ENDED."""


def lag(session: Session, sight: Sight, rev: int, clip_id: str) -> Lag:
    """Of an index that has read all up to this (revision, id)."""
    connection, since = session.connection(), {"rev": rev, "after": clip_id}
    ended: tuple[str, ...] | None = ()
    if not sight.restricted:
        ended = tuple(connection.scalars(_ENDED))
        ended = None if len(ended) > MOST_ENDED else ended
    if connection.scalar(_NEWER if clip_id == BEHIND_ALL else _LATER, since) is None:
        return Lag(ended=ended)
    hidden, shown = _since(sight)
    return Lag(
        tuple(connection.scalars(hidden, since)), tuple(connection.scalars(shown, since)), ended
    )


@lru_cache(maxsize=256)
def _since(sight: Sight) -> tuple[Select[tuple[str]], Select[tuple[str]]]:
    changed = (
        select(_ACCESS.c.clip_id)
        .join_from(_CLIPS, _ACCESS, _CLIPS.c.id == _ACCESS.c.clip_id)
        .where(_CHANGED)
    )
    return changed.where(_hidden(sight)), changed.where(_granted(sight)).limit(MOST_SHOWN)


def granted_to(session: Session, clip_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By closed clip, the accounts to which a grant shows it."""
    found: dict[str, tuple[str, ...]] = {}
    ids = list(clip_ids)
    if ids:
        for account_id, clip_id in session.connection().execute(_GRANTED_TO, {"ids": ids}):
            found[clip_id] = (*found.get(clip_id, ()), account_id)
    return found


# --- levels ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """Who may see a clip, since when and why."""

    level: str
    until: datetime | None
    reason: str
    set_by: str
    set_at: datetime | None

    @property
    def until_us(self) -> int:
        return int(self.until.timestamp() * 1_000_000) if self.until else 0


def levels_of(session: Session, clip_ids: Sequence[str]) -> dict[str, Level]:
    """Of those that aren't open."""
    rows = session.execute(select(_ACCESS).where(_ACCESS.c.clip_id.in_(visible(session, clip_ids))))
    return {
        row.clip_id: Level(row.level, row.until, row.reason, row.set_by, row.set_at) for row in rows
    }
