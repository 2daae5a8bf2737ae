"""The life of one clip: the stages in order, each a function of the file, each result recorded.

    fingerprint -> probe -> quick_look -> watch_through -> poster -> captions -> articles -> index

A stage reads the file without a transaction; its rows, its own "done" and the beginning of the next
one are then written in one, for each costs a sync of the disk. A stage that fails for a reason of
the file leaves a recorded problem (a fatal one quarantines the clip); one that fails for a reason
of the world raises, and is tried again later.
"""

from __future__ import annotations

import functools
import logging
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediacatalog.articles import mentions
from mediacatalog.catalog import (
    attachments,
    claims,
    holdings,
    occasions,
    picture_readings,
    posters,
    proxies,
    stages,
    steering,
    timeline,
    tracks,
)
from mediacatalog.errors import FencedError, NotFootageError, UnreadableMediaError
from mediacatalog.ingest import admission, pinned, related, telling, timed_text
from mediacatalog.ingest.jobs import Job, Outcome, Services, Stage, Step, at_once
from mediacatalog.media import probe, whole
from mediacatalog.values import Manner, Problem, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy.orm import Session

    from mediacatalog.catalog.models import Clip, Sighting

log = logging.getLogger(__name__)

QUICK_LOOK_FROM_MS = 60_000
"""Shorter clips get their poster from the decode pass as soon as from a quick look."""


def _nothing(_session: Session, _clip: Clip) -> None:
    return None


# --- stages ---------------------------------------------------------------------------------------


def _probe(services: Services, job: Job, attempt: int) -> Outcome:
    del attempt
    try:
        found = services.probed[job.path] = probe.probe(job.path, services.viewer.packets)
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


def _no_quick_look(session: Session, job: Job) -> Outcome | None:
    clip = holdings.clip(session, job.clip_id)
    seen = clip.start_pts is not None  # a viewing's pictures are better than those of a look
    short = clip.duration_ms is None or clip.duration_ms < QUICK_LOOK_FROM_MS
    return Outcome(_nothing) if seen or short else None


def _quick_look(services: Services, job: Job, attempt: int) -> Outcome:
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
        return "" if clip.container else "; ".join(_doubts(clip))


def _why_unseen(services: Services, job: Job) -> str:
    """What is known already of a file without a frame; empty if the decoder has to say it."""
    with services.catalogue.reading() as session:
        is_locked = probe.ENCRYPTED in _doubts(holdings.clip(session, job.clip_id))
    return probe.ENCRYPTED if is_locked else _why_not_probed(services, job)


def _doubts(clip: Clip) -> list[str]:
    return [one["message"] for one in clip.problems if one["stage"] == "probe"]


def _tell(job: Job) -> Callable[[Session, float], None]:
    """Says how far a stage is; so a person's stop ends it, too (FencedError)."""
    return lambda session, part: claims.tell_progress(session, job.sighting_id, job.fence, part)


def _watch_through(services: Services, job: Job, attempt: int) -> Outcome:
    with services.catalogue.reading() as session:
        chosen = steering.viewing_of(session, job.clip_id, job.sighting_id)
        mark = steering.mark(chosen or services.settings.viewing)
        recipe = STAGES["watch_through"].recipe + mark + timeline.shape(session, job.clip_id)
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
        return Outcome(_nothing, fatal=_why_unseen(services, job) or error.reason)
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
        found = timed_text.Found.of(session, job.clip_id)
        has_streams = any(
            timeline.has_streams(session, job.clip_id, kind) for kind in ("subtitle", "video")
        )
    found.attached(given)
    probed = services.probed.get(job.path)
    found.beside(job.masters, probed)
    if has_streams:
        found.inside(job.path, probed)
    return Outcome(
        lambda session, clip: tracks.keep(session, clip, found.tracks), tuple(found.problems)
    )


def _articles(services: Services, job: Job, attempt: int) -> Outcome:
    del attempt
    keep, problems = related.find(services.catalogue, job.clip_id, job.path, job.masters)
    return Outcome(keep, problems)


def _no_articles(_session: Session, job: Job) -> Outcome | None:
    return None if job.companions else Outcome(related.nothing_beside(job.masters))


def _shown(session: Session, job: Job) -> str:
    """The clean aperture: what an older version made without knowing it shows too much."""
    return timeline.shape(session, job.clip_id)


def _names(job: Job) -> str:
    """The files' names, of which the clip may be called by any; some are no UTF-8."""
    return "/".join(ascii(path.name) for path in job.masters)


def _stories(_session: Session, job: Job) -> str:
    """The captions are compared with stories, so they count as the articles do; names, too."""
    return job.companions + _names(job)


def _derived(_session: Session, _job: Job) -> Outcome:
    def keep(session: Session, clip: Clip) -> None:
        timeline.derive(session, clip)
        occasions.refresh(session, clip.id)

    return Outcome(keep)


def _index(services: Services, job: Job, attempt: int) -> Outcome:
    del attempt
    with services.catalogue.reading() as session:
        return _derived(session, job)


STAGES: Mapping[str, Stage] = {
    "probe": Stage("probe-2", _probe),
    "quick_look": Stage("quick-look-3", _quick_look, _no_quick_look, _shown),
    "watch_through": Stage("viewing-8", _watch_through, depends=_shown),
    posters.STAGE: Stage(
        posters.RECIPE,
        _poster,
        depends=lambda session, job: f"{job.pinned}{_shown(session, job)}",
        wanted=lambda job: job.pinned is not None,
    ),
    "captions": Stage("captions-3", _captions, depends=lambda _, job: job.companions),
    "articles": Stage(f"articles-3-{mentions.VERSION}", _articles, _no_articles, _stories),
    "index": Stage("index-2", _index, _derived, _stories),
}
"""The straight line, in order. A stage that is done for its fingerprint isn't repeated."""

SETTLED = (State.READY, State.PARTIAL, State.QUARANTINED)


# --- the line -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Begun:
    """A stage that was taken and is to be read now."""

    name: str
    of: str
    """What its result depends on."""
    attempt: int
    deaths: int
    """Workers that died in it, in a row."""
    at: float


@dataclass(frozen=True, slots=True)
class _Next:
    """How a clip goes on."""

    begun: _Begun | None = None
    """None at the end of the line, or where the file turned out to be beyond use."""
    ended: State | None = None
    """Its final state, if all is done."""
    named: frozenset[str] = frozenset()
    """At the end, where there are others beside them: the folders that rows name."""
    lost: str = ""
    """Why nothing more may be written for it."""


def _of(session: Session, stage: Stage, job: Job) -> str:
    return stages.fingerprint(job.sha256, stage.recipe, stage.depends(session, job))


def _read(services: Services, job: Job, begun: _Begun) -> Outcome:
    if begun.deaths >= stages.MAX_DEATHS:
        return Outcome(
            _nothing, fatal=f"{begun.deaths} workers in a row died in its stage {begun.name}"
        )
    return STAGES[begun.name].read(services, job, begun.attempt)


def _advance(services: Services, job: Job, begun: _Begun, outcome: Outcome) -> _Next:
    """Write what a stage found, and what follows up to the next that has to be read.

    One transaction. What became of a claim that is gone, a root that was paused or a file that
    changed meanwhile is `lost`.
    """
    status = admission.status(job.path)
    with services.catalogue.writing() as session:
        one = claims.claimed(session, job.sighting_id, job.fence)
        return _onward(services, session, one, job, status, (begun, outcome))


def _onward(
    services: Services,
    session: Session,
    one: Sighting,
    job: Job,
    status: os.stat_result | None,
    read: tuple[_Begun, Outcome] | None = None,
) -> _Next:
    """To the next stage that has to be read, or to the end of the line.

    `status` is that of the file. It isn't asked for here: while a share doesn't answer, others
    could write nothing.
    """
    clip = holdings.clip(session, job.clip_id)
    found = _next(session, one, clip, job, status, read)
    if found.lost or found.begun:
        return found
    named = timeline.folders(session, clip.id)
    named |= proxies.folders(session, clip.id, services.store.clip_folder(job.sha256))
    if services.store.is_tidy(job.sha256, named):
        return _Next(ended=finish(session, one, clip, job))
    return _Next(named=frozenset(named))


def _next(
    session: Session,
    one: Sighting,
    clip: Clip,
    job: Job,
    status: os.stat_result | None,
    read: tuple[_Begun, Outcome] | None,
) -> _Next:
    """Goes by what is done, and through what the catalogue alone tells.

    The latter stands alone, in a transaction of its own, when the clip is tried again: a worker
    that dies there leaves no trace of where otherwise.
    """
    done = stages.ended(session, clip.id)
    begun, outcome = read or (None, None)
    for name in _from(begun):
        if begun is None:
            stage, of = STAGES[name], _of(session, STAGES[name], job)
            if not stage.wanted(job):
                continue
            if name in done and done[name].fingerprint == of:
                if done[name].error:
                    return _Next()
                continue
            if not claims.goes_on(session, one):
                return _Next(lost=f"the root of sighting {one.id} is paused")
            attempt, deaths = stages.begin(session, clip.id, name)
            begun = _Begun(name, of, attempt, deaths, time.monotonic())
            again = one.attempts > 1 or deaths
            outcome = None if again else stage.known(session, job)
        if outcome is None:
            one.stage, one.progress, one.deaths = name, 0.0, begun.deaths
            return _Next(begun)
        if not admission.is_held(one, status):
            return _Next(lost=admission.give_up(session, one, status))
        _keep(session, clip, begun, outcome)
        if outcome.fatal:
            return _Next()
        begun = None
    return _Next()


def _from(begun: _Begun | None) -> list[str]:
    """The stages from this one on."""
    names = list(STAGES)
    return names[names.index(begun.name) :] if begun else names


def _keep(session: Session, clip: Clip, begun: _Begun, outcome: Outcome) -> None:
    outcome.keep(session, clip)
    timeline.keep_problems(clip, begun.name, outcome.problems)
    milliseconds = round((time.monotonic() - begun.at) * 1000)
    stages.finish(
        session,
        clip.id,
        begun.name,
        begun.attempt,
        of=begun.of,
        error=outcome.fatal,
        ms=milliseconds,
    )
    log.debug("%s of clip %s: %d ms", begun.name, clip.id, milliseconds)


def finish(session: Session, one: Sighting, clip: Clip, job: Job) -> State:
    """Give the clip and the sightings of it their final state.

    Those that wait were not among the masters of this job: what lies beside them is still unread.
    """
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
    picture_readings.plan(session, clip)
    holdings.touch(session, [clip.id])
    return state


def _has_news(session: Session, job: Job) -> bool:
    """Whether something was put beside the clip, attached or pinned, after the stage had looked."""
    if posters.pinned_pts(session, job.clip_id) not in {None, job.pinned}:
        return True
    stage, now = STAGES["captions"], replace(job, attached=attachments.digest(session, job.clip_id))
    return not stages.is_done(session, job.clip_id, "captions", _of(session, stage, now))


def _begin(
    services: Services,
    session: Session,
    one: Sighting,
    clip: Clip,
    status: os.stat_result | None,
) -> tuple[Job, _Next]:
    """What is to be done for a sighting that was just tied to its clip, and the first of it."""
    job = Job(
        one.id,
        one.fence,
        clip.id,
        clip.sha256,
        holdings.path_of(session, one),
        tuple(holdings.paths_of_clip(session, clip.id)),
        attachments.digest(session, clip.id),
        posters.pinned_pts(session, clip.id),
    )
    held_until = stages.held_until(session, clip.id)
    if held_until is not None:  # others go first: the file may be why workers die
        claims.wait_until(session, one.id, one.fence, held_until, claims.DIED)
        return job, _Next(lost=f"sighting {one.id} waits: workers died while they read it")
    return job, _onward(services, session, one, job, status)


def _tidied(services: Services, job: Job, named: Collection[str]) -> State:
    """The end of a clip of which killed or replaced attempts left something.

    It goes before the last word: a worker that dies here is followed by one that comes here again.
    """
    services.store.tidy(job.sha256, named)
    with services.catalogue.writing() as session:
        one = claims.claimed(session, job.sighting_id, job.fence)
        return finish(session, one, holdings.clip(session, job.clip_id), job)


def run(services: Services, sighting_id: str, fence: int, step: Step = at_once) -> State | None:
    """Bring one claimed sighting to its final state; `step` makes each call that reads the file.

    What the call "fingerprint" gives may be recorded. Raises FencedError when somebody else took
    the sighting over, and whatever fault of the world a stage met.
    """
    then = functools.partial(_begin, services)
    admitted = admission.admit(services.catalogue, sighting_id, fence, step, then)
    if admitted is None:
        return None
    job, going = admitted
    while going.begun is not None:
        begun = going.begun
        outcome = step(begun.name, functools.partial(_read, services, job, begun))
        going = _advance(services, job, begun, outcome)
    if going.lost:
        raise FencedError(going.lost)
    state = going.ended or _tidied(services, job, going.named)
    name = holdings.display_name(os.fsencode(job.path.name))
    log.info("clip %s is %s: %s", job.clip_id, state, name)
    return state
