"""The life of one clip: the stages in order, each a function of the file, each result recorded.

    fingerprint -> probe -> quick_look -> watch_through -> poster -> captions -> articles -> index

A stage reads the file without a transaction, then writes its rows and its own "done" in one. One
that fails for a reason of the file leaves a recorded problem (a fatal one quarantines the clip);
one that fails for a reason of the world raises, and is tried again later.
"""

from __future__ import annotations

import functools
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediacatalog.articles import mentions
from mediacatalog.catalog import (
    attachments,
    claims,
    holdings,
    occasions,
    posters,
    proxies,
    stages,
    steering,
    timeline,
    tracks,
)
from mediacatalog.errors import FencedError, NotFootageError, UnreadableMediaError
from mediacatalog.ingest import beside, pinned, related, telling, timed_text
from mediacatalog.ingest.store import Store
from mediacatalog.media import fingerprint, probe, whole
from mediacatalog.values import Manner, Problem, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.models import Clip, Sighting
    from mediacatalog.media.viewing import Viewer
    from mediacatalog.settings import Settings
    from mediacatalog.values import Probe

log = logging.getLogger(__name__)

QUICK_LOOK_FROM_MS = 60_000
"""Shorter clips get their poster from the decode pass as soon as from a quick look."""

Step = Callable[[str, Callable[[], Any]], Any]
"""Runs a named call and records its result, so that a restart goes on after it."""


def at_once(_name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call gives
    """The step of a command that waits: nothing is recorded but what the stage itself writes."""
    return call()


@dataclass(frozen=True)
class Services:
    """What every stage may use. `viewer` is the warm decoder child of this thread."""

    catalogue: Catalogue
    settings: Settings
    viewer: Viewer
    probed: dict[Path, Probe] = field(default_factory=dict)
    """What the stage `probe` read, while the same worker goes on with the clip: a path is probed
    once, by several processes, and captions need its streams again."""

    @property
    def store(self) -> Store:
        return Store(self.settings.derivatives)


@dataclass(frozen=True)
class Job:
    """One clip at one path, under the fence of its sighting's claim."""

    sighting_id: str
    fence: int
    clip_id: str
    sha256: str
    path: Path
    masters: tuple[Path, ...]
    """Every path at which the same bytes can be read now: sidecars may lie beside any of them."""
    attached: str = ""
    """A digest of what people attached to the clip from elsewhere."""
    pinned: int | None = None
    """PTS of the frame that a person wants as the poster."""


@dataclass(frozen=True)
class Outcome:
    """What a stage found: `keep` writes its rows, `problems` are the file's faults."""

    keep: Callable[[Session, Clip], None]
    problems: tuple[Problem, ...] = ()
    fatal: str = ""
    """Why nothing more can be done with this file."""


@dataclass(frozen=True)
class Stage:
    recipe: str
    """Changed whenever the same file would give another result."""
    read: Callable[[Services, Job, int], Outcome]
    depends: Callable[[Job], str] = lambda _: ""
    """What else than the master's bytes the result depends on."""
    wanted: Callable[[Job], bool] = lambda _: True


def _nothing(_session: Session, _clip: Clip) -> None:
    return None


# --- stages ---------------------------------------------------------------------------------------


def _probe(services: Services, job: Job, attempt: int) -> Outcome:
    del attempt
    try:
        found = services.probed[job.path] = probe.probe(job.path)
    except NotFootageError as error:
        return Outcome(_nothing, fatal=error.reason)
    except UnreadableMediaError as error:
        # One odd side stream makes ffprobe refuse a whole file: the decode pass has the last word.
        return Outcome(_nothing, (Problem("probe", error.reason),))
    problems = list(found.problems)
    wholeness = whole.check(job.path)
    if wholeness.whole is False:
        problems.append(Problem("probe", f"not whole: {wholeness.reason}"))
    if whole.lies_elsewhere(job.path):
        problems.append(Problem("probe", "it names another file for its pictures or sound: unread"))
    facts = probe.as_json(found)
    return Outcome(
        lambda session, clip: timeline.keep_probe(session, clip, found, facts), tuple(problems)
    )


def _quick_look(services: Services, job: Job, attempt: int) -> Outcome:
    with services.catalogue.reading() as session:
        clip = holdings.clip(session, job.clip_id)
    known = clip.start_pts is not None  # a viewing's pictures are better than those of a look
    if known or clip.duration_ms is None or clip.duration_ms < QUICK_LOOK_FROM_MS:
        return Outcome(_nothing)
    folder = services.store.begin(job.sha256, "quick-look", attempt)
    try:
        stills = services.viewer.quick_look(job.path, services.settings.derivatives / folder)
    except UnreadableMediaError:
        services.store.discard(folder)
        return Outcome(_nothing)  # the decode pass says what is wrong
    services.store.sync(folder)
    recipe = STAGES["quick_look"].recipe
    return Outcome(
        lambda session, clip: timeline.keep_stills(session, clip, stills, folder, recipe),
    )


def _why_not_probed(services: Services, job: Job) -> str:
    """What ffprobe said if it gave nothing; empty if it gave its facts."""
    with services.catalogue.reading() as session:
        clip = holdings.clip(session, job.clip_id)
        if clip.container:
            return ""
        return "; ".join(one["message"] for one in clip.problems if one["stage"] == "probe")


def _tell(job: Job) -> Callable[[Session, float], None]:
    """Says how far a stage is; so a person's stop ends it, too (FencedError)."""
    return lambda session, part: claims.tell_progress(session, job.sighting_id, job.fence, part)


def _watch_through(services: Services, job: Job, attempt: int) -> Outcome:
    with services.catalogue.reading() as session:
        chosen = steering.viewing_of(session, job.clip_id, job.sighting_id)
    mark = steering.mark(chosen or services.settings.viewing)
    recipe = STAGES["watch_through"].recipe + mark
    folder = services.store.begin(job.sha256, "viewing", attempt)
    try:
        viewing = services.viewer.watch_through(
            job.path,
            services.settings.derivatives / folder,
            manner=Manner(balanced=bool(mark)),
            deadline_seconds=services.settings.stage_seconds,
            progress=telling.Teller(services.catalogue, _tell(job)),
        )
    except UnreadableMediaError as error:
        services.store.discard(folder)
        return Outcome(_nothing, fatal=_why_not_probed(services, job) or error.reason)
    if not viewing.frames and (refused := _why_not_probed(services, job)):
        services.store.discard(folder)
        return Outcome(_nothing, fatal=refused)
    services.store.sync(folder)

    def keep(session: Session, clip: Clip) -> None:
        timeline.keep_viewing(session, clip, viewing, folder, recipe)

    news = tuple(one for one in viewing.problems if one.message != "no video stream")  # probe's
    return Outcome(keep, news)


def _poster(services: Services, job: Job, attempt: int) -> Outcome:
    pts = job.pinned or 0
    try:
        picture, folder = pinned.make(services, job, attempt, pts)
    except UnreadableMediaError as error:
        return Outcome(_nothing, (Problem(posters.STAGE, f"no pinned poster: {error.reason}"),))
    return Outcome(lambda session, clip: posters.keep(session, clip, picture, pts, folder))


def _captions(services: Services, job: Job, attempt: int) -> Outcome:
    del attempt
    with services.catalogue.reading() as session:
        given = attachments.of_clip(session, job.clip_id, "captions")
        rate = holdings.clip(session, job.clip_id).frame_rate
        found = timed_text.Found(
            tracks.chosen_encodings(session, job.clip_id), Fraction(rate) if rate else None
        )
        has_streams = any(
            timeline.has_streams(session, job.clip_id, kind) for kind in ("subtitle", "video")
        )
    found.attached(given)
    found.beside(job.masters)
    if has_streams:
        found.inside(job.path, services.probed.get(job.path))
    return Outcome(
        lambda session, clip: tracks.keep(session, clip, found.tracks), tuple(found.problems)
    )


def _articles(services: Services, job: Job, attempt: int) -> Outcome:
    del attempt
    keep, problems = related.find(services.catalogue, job.clip_id, job.path, job.masters)
    return Outcome(keep, problems)


def _companions(job: Job) -> str:
    """What lies beside the clip, and what was attached to it."""
    return beside.companions(job.masters) + job.attached


def _names(job: Job) -> str:
    """The files' names, of which the clip may be called by any; some are no UTF-8."""
    return "/".join(ascii(path.name) for path in job.masters)


def _stories(job: Job) -> str:
    """The captions are compared with stories, so they count as the articles do; names, too."""
    return _companions(job) + _names(job)


def _index(services: Services, job: Job, attempt: int) -> Outcome:
    del services, job, attempt

    def keep(session: Session, clip: Clip) -> None:
        timeline.derive(session, clip)
        occasions.refresh(session, clip.id)

    return Outcome(keep)


STAGES: Mapping[str, Stage] = {
    "probe": Stage("probe-1", _probe),
    "quick_look": Stage("quick-look-3", _quick_look),
    "watch_through": Stage("viewing-5", _watch_through),
    posters.STAGE: Stage(
        posters.RECIPE, _poster, lambda job: f"{job.pinned}", lambda job: job.pinned is not None
    ),
    "captions": Stage("captions-2", _captions, _companions),
    "articles": Stage(f"articles-3-{mentions.VERSION}", _articles, _stories),
    "index": Stage("index-2", _index, lambda job: _companions(job) + _names(job)),
}
"""The straight line, in order. A stage that is done for its fingerprint isn't repeated."""

SETTLED = (State.READY, State.PARTIAL, State.QUARANTINED)


# --- the line -------------------------------------------------------------------------------------


def admit(services: Services, sighting_id: str, fence: int) -> tuple[str, str] | None:
    """Fingerprint a sighting and tie it to its clip: (clip id, sha256), or None.

    None when the file is gone, empty, unreadable or changed meanwhile, or when the same bytes are
    being read at another path; the sighting's state then says so.
    """
    with services.catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        path = holdings.path_of(session, one)
        if one.clip_id is not None and _waits(session, one, one.clip_id):
            return None
    try:
        source = fingerprint.fingerprint(path)
    except UnreadableMediaError as error:
        _refuse(services, sighting_id, fence, path, error.reason)
        return None
    with services.catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        one.byte_count, one.mtime_ns = source.byte_count, source.mtime_ns
        if source.byte_count == 0:
            holdings.set_state(one, State.QUARANTINED, "the file is empty (0 bytes)")
            stages.part(session, one)
            return None
        before = one.clip_id
        clip = holdings.clip_of_bytes(session, source)
        one.clip_id = clip.id
        session.flush()
        if before is not None and before != clip.id:
            stages.settle(session, holdings.clip(session, before))
        if _waits(session, one, clip.id):
            return None
        return clip.id, clip.sha256


def _waits(session: Session, one: Sighting, clip_id: str) -> bool:
    """Let the sighting wait if the same bytes are being read at another path."""
    other = claims.is_being_read(session, clip_id, one.id)
    if other is not None:
        claims.wait_for(one, other)
    return other is not None


def _refuse(services: Services, sighting_id: str, fence: int, path: Path, reason: str) -> None:
    with services.catalogue.writing() as session:
        one = claims.claimed(session, sighting_id, fence)
        if not os.path.lexists(path):
            holdings.set_state(one, State.OFFLINE, "the file went away before it was read")
            session.flush()
            if one.clip_id is not None:
                stages.settle(session, holdings.clip(session, one.clip_id))
        elif "changed" in reason:
            holdings.set_state(one, State.ARRIVING, reason)
        else:
            holdings.set_state(one, State.QUARANTINED, reason)
            stages.part(session, one)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _is_held(one: Sighting, status: os.stat_result | None) -> bool:
    """Whether what a stage read were the clip's bytes: the file is as when fingerprinted."""
    as_it_was = (one.byte_count, one.mtime_ns)
    return status is not None and (status.st_size, status.st_mtime_ns) == as_it_was


def _give_up(session: Session, one: Sighting, job: Job, status: os.stat_result | None) -> str:
    """Of a file that changed or went while it was read; returns what happened."""
    if status is None:
        holdings.set_state(one, State.OFFLINE, "the file went away while it was read")
    else:
        holdings.set_state(one, State.ARRIVING, "it changed while it was read")
    session.flush()
    stages.settle(session, holdings.clip(session, job.clip_id))
    what = "went away" if status is None else "changed"
    return f"the file of sighting {job.sighting_id} {what} while it was read"


def carry_out(services: Services, name: str, job: Job) -> str:
    """Run one stage unless it is done; returns why the clip is beyond use, or an empty text.

    Raises FencedError when the claim is gone, the root was paused, or the file changed meanwhile.
    """
    stage = STAGES[name]
    if not stage.wanted(job):
        return ""
    of = stages.fingerprint(job.sha256, stage.recipe, stage.depends(job))
    began = time.monotonic()
    taken = _take(services, name, job, of)
    if isinstance(taken, str):
        return taken
    attempt, deaths = taken
    if deaths < stages.MAX_DEATHS:
        outcome = stage.read(services, job, attempt)
    else:
        outcome = Outcome(_nothing, fatal=f"{deaths} workers in a row died in its stage {name}")
    status, lost = _status(job.path), ""
    milliseconds = round((time.monotonic() - began) * 1000)
    with services.catalogue.writing() as session:
        one = claims.claimed(session, job.sighting_id, job.fence)
        if _is_held(one, status):
            clip = holdings.clip(session, job.clip_id)
            outcome.keep(session, clip)
            timeline.keep_problems(clip, name, outcome.problems)
            stages.finish(
                session, clip.id, name, attempt, of=of, error=outcome.fatal, ms=milliseconds
            )
        else:
            lost = _give_up(session, one, job, status)
    if lost:
        raise FencedError(lost)
    log.debug("%s of clip %s: %d ms", name, job.clip_id, milliseconds)
    return outcome.fatal


def _take(services: Services, name: str, job: Job, of: str) -> tuple[int, int] | str:
    """(attempt, deaths) of a stage that is to run; how it ended when it is done already."""
    with services.catalogue.writing() as session:
        one = claims.going_on(session, job.sighting_id, job.fence)
        if one is not None and stages.is_done(session, job.clip_id, name, of):
            return stages.failure(session, job.clip_id, name)
        if one is not None:
            one.stage, one.progress = name, 0.0
            attempt, one.deaths = stages.begin(session, job.clip_id, name)
            return attempt, one.deaths
    raise FencedError(f"the root of sighting {job.sighting_id} is paused")


def finish(services: Services, job: Job) -> State:
    """Give the clip and the sightings of it their final state.

    Those that wait were not among the masters of this job: what lies beside them is still unread.
    """
    with services.catalogue.writing() as session:
        claims.claimed(session, job.sighting_id, job.fence)
        named = timeline.folders(session, job.clip_id)
        named |= proxies.folders(session, job.clip_id, services.store.clip_folder(job.sha256))
    # Before the last word: a worker that dies here is followed by one that comes here again.
    services.store.tidy(job.sha256, named)
    with services.catalogue.writing() as session:
        one = claims.claimed(session, job.sighting_id, job.fence)
        clip = holdings.clip(session, job.clip_id)
        state, reason = stages.verdict(session, clip)
        owner = one.owner or ""
        one.stage, one.owner, one.attempts, one.deaths = None, None, 0, 0
        for sighting in holdings.sightings_of_clip(session, clip.id):
            if sighting.id == one.id or sighting.state in SETTLED:
                holdings.set_state(sighting, state, reason, actor=owner)
        clip.state = state
        if state in (State.READY, State.PARTIAL) and _has_news(session, job):
            holdings.set_state(one, State.WAITING, "something was put to it meanwhile")
            state = State.WAITING
        session.flush()
        proxies.plan(session, clip)
        holdings.touch(session, [clip.id])
    name = holdings.display_name(os.fsencode(job.path.name))
    log.info("clip %s is %s: %s", job.clip_id, state, name)
    return state


def _has_news(session: Session, job: Job) -> bool:
    """Whether something was put beside the clip, attached or pinned, after the stage had looked."""
    if posters.pinned_pts(session, job.clip_id) not in {None, job.pinned}:
        return True
    stage, now = STAGES["captions"], replace(job, attached=attachments.digest(session, job.clip_id))
    of = stages.fingerprint(job.sha256, stage.recipe, stage.depends(now))
    return not stages.is_done(session, job.clip_id, "captions", of)


def _hold_back(services: Services, sighting_id: str, fence: int, until: datetime) -> None:
    """Let others go first: the file may be why workers die. Raises FencedError."""
    with services.catalogue.writing() as session:
        claims.wait_until(session, sighting_id, fence, until, claims.DIED)
    raise FencedError(f"sighting {sighting_id} waits: workers died while they read it")


def run(services: Services, sighting_id: str, fence: int, step: Step = at_once) -> State | None:
    """Bring one claimed sighting to its final state; `step` records the result of each call.

    Results are plain lists, texts that are UTF-8 (so no paths) and None. Raises FencedError when
    somebody else took the sighting over, and whatever fault of the world a stage met.
    """
    admitted = step("fingerprint", lambda: admit(services, sighting_id, fence))
    if admitted is None:
        return None
    clip_id, sha256 = admitted
    with services.catalogue.reading() as session:
        path = holdings.path_of(session, holdings.sighting(session, sighting_id))
        masters = holdings.paths_of_clip(session, clip_id)
        given = attachments.digest(session, clip_id)
        pin = posters.pinned_pts(session, clip_id)
        held_until = stages.held_until(session, clip_id)
    if held_until is not None:
        _hold_back(services, sighting_id, fence, held_until)
    job = Job(sighting_id, fence, clip_id, sha256, path, tuple(masters), given, pin)
    for name in STAGES:
        if step(name, functools.partial(carry_out, services, name, job)):
            break
    return State(step("finish", lambda: finish(services, job)))
