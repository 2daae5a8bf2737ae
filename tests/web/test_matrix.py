"""Role × route × clip level, from the map of routes: what a viewer may not see isn't there.

Every route stands here by itself: by the names in its address, and where it takes ids in a form or
body by `NAMED`. A route with a name or an act that isn't known here fails.
"""

from __future__ import annotations

import json
import re
import shutil
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mediacatalog.catalog import (
    bulk,
    collections,
    levels,
    markers,
    picture_readings,
    saved,
    sharing,
)
from mediacatalog.catalog.accounts import RESEARCHER, STEPS, Viewer
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import ArticleLink, Change, Clip, Derivative, Sighting, Term
from mediacatalog.catalog.proxies import ProxyRow
from mediacatalog.catalog.sight import LEVELS
from mediacatalog.catalog.track_models import TrackOriginal, TrackRow
from mediacatalog.media import fingerprint
from mediacatalog.media.burned_in import Line
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.values import utc_now
from mediacatalog.web import create_app, rights
from tests.factories import make_clip
from tests.web.archive import Archive, article, track
from tests.web.conftest import COMPILED
from tests.web.people import an_account, csrf, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse


ABSENT, NO_BYTES = "01a2215f-0000-7000-8000-000000000000", "0f" * 32
"""The id, and the hash, of no clip."""
OPEN, CLOSED = {"open"}, {"open", "restricted", "embargo"}
SEES = {
    "researcher": OPEN, "reviewer": OPEN, "archivist": CLOSED, "granted": CLOSED,
    "let in": set(LEVELS), "admin": set(LEVELS),
}  # fmt: skip
"""What each viewer sees; `granted` and `let in` are researchers with a grant of either reach."""
CLIP_NAMES = {
    "clip_id", "sighting_id", "track_id", "marker_id", "link_id", "share_id",
    "number", "pts",
}  # fmt: skip
"""In an address: of a clip, or of what belongs to it."""
QUERIES = {
    "search.index": ("?q={word}", "?view=map", "?view=time", "?q=like:{clip}", "?q={word}x"),
    "search_data.as_document": ("?q={word}", ""),
    "search_data.as_table": ("?q={word}", ""),
    "api.search": ("?q={word}", ""),
    "api.complete": ("?q={word}", "?q=tag:{word}"),
    "tags.suggest": ("?q={word}", "?q={word}&kind=place"),
    "api_terms.suggest": ("?q={word}", "?q={word}&kind=place"),
    "bulk.show": ("?ids={clip}", "?q={word}"),
    "frames.find": ("?t=0.5",),
    "api_sharing.listed": ("", "?clip={clip}"),
    "media.still": ("?ms=500",),
    "api_media.still": ("?ms=500",),
    "api_media.frame_at": ("?ms=500",),
    "care.still": ("?ms=500",),
}
"""What is asked of some routes, besides their mere address."""
NAMED: dict[str, dict[str, Any]] = {
    "api_bulk.begin": {"clips": ["{clip}"], "changes": {"add_tags": ["x"]}},
    "api_collections.add": {"clips": ["{clip}"]},
    "api_desk.decide_copy": {"pair": "{clip}|{clip}", "decision": "same"},
    "api_sharing.make": {"clip": "{clip}", "label": "x", "days": 7},
    "sharing.make": {"clip": "{clip}", "label": "x", "days": "7"},
    "api_stories.decide_links": {"links": ["{link}"], "decision": "accepted"},
    "bulk.begin": {"clip": "{clip}", "add_tags": "x"},
    "collections.add": {"clip": "{clip}", "collection": "{collection}"},
    "review.decide": {"link": "{link}", "decision": "accepted"},
    "reviewing.decide_copy": {"pair": "{clip}|{clip}", "decision": "same"},
    "selection.add_term": {"clip": "{clip}", "label": "x"},
    "tags.change": {"act": "split", "clip": "{clip}", "to": "x"},
    "api_terms.split": {"label": "x", "clips": ["{clip}"]},
}
"""Acts that take ids of clips elsewhere than in their address, and how."""
NAME_NO_CLIP = set(
    """
    account.end account.end_others grants.give api_grants.change
    api_bringing.add_article api_bringing.add_articles api_bringing.apply api_bringing.keep
    api_bulk.apply api_collections.change api_collections.make
    api_collections.remove api_desk.undo_batch api_desk.undo_entry api_desk.undo_since
    api_ingest.accept_loss
    api_ingest.change_root api_saved.forget api_saved.look
    api_saved.rename api_saved.save api_stories.decide_mention api_stories.undo_links
    api_terms.add_alias api_terms.change api_terms.merge api_terms.put_within
    api_terms.remove_alias api_terms.take api_terms.take_from article_add.take articles.decide
    bulk.apply care.choose collections.describe collections.make collections.remove
    history.name history.undo_batch history.undo_entry history.undo_since ingest.accept_loss
    ingest.steer ingest.watch_as language.choose manifest.apply manifest.take
    review.undo saved.delete saved.open_one saved.rename saved.save tags.add_alias tags.take
    tus.append tus.cancel tus.capabilities tus.create tus.overridden upload.take
    """.split()
)
"""Acts that name none."""
NO_PAGES = {"static", "openapi.spec"}
"""Tell of no clip, as those by which one signs in and out."""
PASSING = {"Set-Cookie", "ETag", "Content-Length", "X-Request-Id"}
ITS_OWN = re.compile(r'"instance": ?"[^"]*"|content="[^"]*"|value="[^"]*"|nonce="[^"]*"')
"""Of a request: its id, its tokens."""
NONE = (ABSENT, NO_BYTES)


class Held:
    """One clip of a level, with all that a clip can have; a word of its own stands in each text."""

    def __init__(self, archive: Archive, level: str, number: int) -> None:
        self.level, self.word = level, f"zephyr{level}quartz"
        path = archive.settings.media / f"{self.word}.mp4"
        shots = (("red", 0.5), (("blue", "green", "white", "gray")[number], 0.5))
        made = make_clip(archive.settings.media, f"x{number}.mp4", shots=shots, audio=True)
        made.rename(path)
        said = track((0, 900, f"{self.word} said"))
        self.clip = archive.add(
            path, tracks=[(f"{self.word}.srt", said)], source=f"{self.word} source",
            story=article(f"A story of {level}", f"KHERSON – It was {level}."),
            tags=[f"{self.word}tag", "ferry"], places=[f"{self.word}place"],
        )  # fmt: skip
        with archive.catalogue.writing() as session:
            clip = session.get_one(Clip, self.clip)
            clip.title, self.sha256 = f"{self.word} title", clip.sha256
            self.pts = clip.start_pts
            markers.add(session, self.clip, markers.Wanted(f"{self.word} note", 100), actor="x")
            self.marker = markers.of_clip(session, self.clip)[0].id
            self.track = session.query(TrackRow.id).filter_by(clip_id=self.clip).scalar()
            self.link = session.query(ArticleLink.id).filter_by(clip_id=self.clip).scalar()
            self.sighting = session.query(Sighting.id).filter_by(clip_id=self.clip).scalar()
            picture_readings.plan(session, clip)
            session.flush()
            claim = picture_readings.take(session, "slot-0")
            line = Line(f"{self.word} seen", 0.9, 0.1, 0.8, 0.5, 0.1)
            picture_readings.keep(session, claim, "one eng", [(claim.keyframes[0], [line])])
            cues = f"1\n00:00:00,000 --> 00:00:00,900\n{self.word} said\n".encode()
            session.add(
                TrackOriginal(
                    track_id=self.track, name=f"{self.word}.srt", byte_count=len(cues),
                    original=zlib.compress(cues),
                )
            )  # fmt: skip
            self.term = session.query(Term.id).filter_by(label=f"{self.word}tag").scalar()
            shared = sharing.Wanted(f"{self.word} share", 9, self.clip, title=f"{self.word} told")
            self.share = sharing.make(session, shared, actor="x")[0].id
            self._give_proxy(archive.settings, session, path)

    def _give_proxy(self, settings: Settings, session: Any, path: Path) -> None:
        below = f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}/proxy-1/proxy.mp4"
        (settings.derivatives / below).parent.mkdir(parents=True)
        shutil.copyfile(path, settings.derivatives / below)
        read = fingerprint.fingerprint(path)
        session.add(ProxyRow(clip_id=self.clip, state="ready", media_type="video/mp4"))
        session.add(
            Derivative(
                clip_id=self.clip, kind="proxy", recipe="x", path=below, sha256=read.sha256,
                byte_count=read.byte_count, pts=self.pts,
            )
        )  # fmt: skip

    @property
    def names(self) -> tuple[str, ...]:
        return (
            self.clip,
            self.sha256,
            self.sighting,
            self.track,
            self.marker,
            self.link,
            self.share,
        )

    def tells(self, answer: TestResponse, asked: str) -> list[str]:
        """What of it stands in an answer, besides what was asked."""
        text = answer.get_data().decode("utf-8", "replace") + str(answer.headers)
        return [
            one for one in (self.word, self.clip, self.sha256) if one in text and one not in asked
        ]


class World:
    """All clips, one of each level, in one collection; and who looks at them."""

    def __init__(self, app: APIFlask, archive: Archive, index: SearchIndex) -> None:
        self.app, self.catalogue = app, archive.catalogue
        self.never: dict[tuple[str, ...], tuple[object, ...]] = {}
        """What each route says of a clip that never was."""
        self.held = [Held(archive, level, number) for number, level in enumerate(LEVELS)]
        every = [one.clip for one in self.held]
        for name in SEES:
            an_account(self.catalogue, f"a {name}", name if name in STEPS else RESEARCHER)
        with self.catalogue.writing() as session:
            self.collection = collections.make(session, "Case", actor="x")
            collections.add(session, self.collection, every, actor="x")
            self.search = saved.save(session, "Mine", "ferry", {}, actor="a admin")
            wishes = bulk.Wishes(add_tags=("x",))
            self.edit = bulk.begin(session, every, wishes, selection="all", actor="a admin")
            for one in self.held:
                until = utc_now() + timedelta(days=9) if one.level == "embargo" else None
                reason = f"{one.word} reason"
                levels.close(session, one.clip, one.level, until=until, reason=reason, actor="x")
            levels.grant(session, "a granted", self.collection, "restricted", actor="x")
            levels.grant(session, "a let in", self.collection, "sealed", actor="x")
        index.catch_up(self.catalogue)
        self.clients = {name: sign_in(app, f"a {name}") for name in SEES}
        self.tokens = {name: csrf(one, "/account") for name, one in self.clients.items()}

    def address(self, rule: Rule, one: Held) -> str:
        """Of a route with the names of a clip."""
        known = {
            "clip_id": one.clip, "sha256": one.sha256, "track_id": one.track, "pts": str(one.pts),
            "sighting_id": one.sighting, "marker_id": one.marker, "link_id": one.link,
            "share_id": one.share, "number": "0",
            "collection_id": self.collection, "term_id": one.term, "search_id": self.search,
            "edit_id": self.edit, "name": "unreviewed", "kind": "tag", "slug": f"{one.word}tag",
            "filename": "base.css",
        }  # fmt: skip
        unknown = dict.fromkeys(
            "article_id batch_id entry_id mention_id upload_id alias_id broader_id "
            "warning_id session_id token root_id".split(), ABSENT
        )  # fmt: skip
        filled = re.sub(r"<any\((?:'|\")?(\w+)[^>]*>", r"\1", rule.rule)
        return re.sub(
            r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda name: {**known, **unknown}[name[1]], filled
        )

    def absent(self, asked: str, one: Held) -> str:
        """The same of a clip that never was."""
        for name in one.names:
            asked = asked.replace(name, NO_BYTES if name == one.sha256 else ABSENT)
        return asked

    def ask(self, name: str, method: str, asked: str, **given: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.tokens[name], "If-Match": "*"} if method != "GET" else {}
        if asked.endswith(("/master", "/proxy.mp4")):
            headers["Range"] = "bytes=0-9"
        return self.clients[name].open(asked, method=method, headers=headers, **given)

    def differs(
        self, name: str, method: str, asked: str, one: Held, body: str = "{}"
    ) -> tuple[object, ...]:
        """How an answer about a hidden clip isn't that about none; empty if it is."""
        given: list[dict[str, Any]] = [{}, {}]
        if method not in ("GET", "HEAD"):
            way = "json" if asked.startswith("/api/") else "data"
            given = [{way: json.loads(text)} for text in (body, self.absent(body, one))]
        answer = self.ask(name, method, asked, **given[0])
        about = (name, method, self.absent(asked, one), self.absent(body, one))
        if about not in self.never:
            self.never[about] = told(self.ask(name, method, about[2], **given[1]), *NONE)
        signs = one.tells(answer, f"{asked} {body}")
        said, never = told(answer, *one.names), self.never[about]
        fine = method not in ("GET", "HEAD") or answer.status_code in (403, 404)
        return () if fine and said == never and not signs else (said, never, signs)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[World]:
    """One for all questions: none of them changes anything."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "media").mkdir()
    shutil.copyfile(migrated_sqlite, folder / "catalogue.sqlite")
    url = f"sqlite:///{folder / 'catalogue.sqlite'}"
    settings = Settings(
        data=folder / "data", media=folder / "media", database_url=url, disk_reserve_bytes=0,
        api_requests_per_minute=1_000_000,
    )  # fmt: skip
    catalogue, index = open_catalogue(url), SearchIndex(settings.index)
    app = create_app(settings, catalogue, index)
    app.jinja_env.bytecode_cache = COMPILED
    yield World(app, Archive(catalogue, settings), index)
    catalogue.close()


def is_of_clip(rule: Rule) -> bool:
    """Not those for outsiders: they hold a secret, and `test_sharing` tries them."""
    known = bool(rule.arguments & CLIP_NAMES) or rule.endpoint.startswith("frames.")
    return known and not rule.endpoint.startswith("shared.")


def changes(world: World) -> int:
    with world.catalogue.reading() as session:
        return session.query(Change).count()


def told(answer: TestResponse, *names: str) -> tuple[object, ...]:
    """Status, headers and length, but for `names` and what names the request itself."""
    text = answer.get_data(as_text=True)
    for name in names:
        text = text.replace(name, "")
    headers = sorted(
        (name, re.sub(r"nonce-[\w/+=-]+|[0-9a-f]{8}-[0-9a-f-]{27}", "", value))
        for name, value in answer.headers
        if name not in PASSING
    )
    return answer.status_code, headers, len(ITS_OWN.sub("", text))


def of_clips(world: World) -> Iterator[tuple[Rule, str]]:
    for rule in world.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if is_of_clip(rule):
                yield rule, method


def may(name: str, rule: Rule) -> bool:
    role = name if name in STEPS else RESEARCHER
    return rights.may(Viewer("x", role, "x"), rule.endpoint)


def test_a_hidden_clip_answers_as_one_that_never_was(world: World) -> None:
    """And one that is seen with what it is. No act on a hidden one leaves a trace."""
    wrong: list[tuple[object, ...]] = []
    count = changes(world)
    for rule, method in of_clips(world):
        for one in world.held:
            asked = world.address(rule, one) + QUERIES.get(rule.endpoint, ("",))[0]
            for name, seen in SEES.items():
                if one.level in seen:
                    if method == "GET":
                        status = world.ask(name, method, asked).status_code
                        if status != 403 if not may(name, rule) else status >= 400:
                            wrong.append((name, one.level, method, asked, status))
                    continue
                hunt = {"GET", "HEAD"} if method == "GET" else {method}
                wrong += [
                    (name, one.level, way, asked, *why)
                    for way in hunt
                    if (why := world.differs(name, way, asked, one))
                ]
    assert not wrong, "\n".join(map(str, wrong))
    assert changes(world) == count


def test_an_act_that_names_hidden_clips_elsewhere_finds_none(world: World) -> None:
    wrong: list[tuple[object, ...]] = []
    count = changes(world)
    for rule in world.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            if is_of_clip(rule) or rule.endpoint.startswith(("security.", "shared.")):
                continue
            if rule.endpoint not in NAMED:
                assert rule.endpoint in NAME_NO_CLIP, f"say of {rule} whether it names clips"
                continue
            for one in world.held[1:]:
                body = json.dumps(NAMED[rule.endpoint])
                for sign, value in (
                    ("{clip}", one.clip),
                    ("{link}", one.link),
                    ("{collection}", world.collection),
                ):
                    body = body.replace(sign, value)
                for name, seen in SEES.items():
                    if one.level not in seen and may(name, rule):
                        why = world.differs(name, method, world.address(rule, one), one, body)
                        wrong += [(name, one.level, method, rule.rule, *why)] if why else []
    assert not wrong, "\n".join(map(str, wrong))
    assert changes(world) == count


def test_no_list_tells_of_a_hidden_clip(world: World) -> None:
    wrong: list[tuple[object, ...]] = []
    shown = {name: set[str]() for name in SEES}
    for rule in world.app.url_map.iter_rules():
        no_page = rule.endpoint in NO_PAGES or rule.endpoint.startswith(("security.", "shared."))
        if "GET" not in (rule.methods or ()) or is_of_clip(rule) or no_page:
            continue
        for one in (
            world.held
            if rule.endpoint in QUERIES or "term_id" in rule.arguments
            else world.held[:1]
        ):
            for query in QUERIES.get(rule.endpoint, ("",)):
                asked = world.address(rule, one) + query.format(word=one.word, clip=one.clip)
                for name, seen in SEES.items():
                    answer = world.ask(name, "GET", asked)
                    told = {each.level for each in world.held if each.tells(answer, asked)}
                    shown[name] |= told
                    if answer.status_code >= 500 or told - seen:
                        wrong.append((name, asked, answer.status_code, told - seen))
    assert not wrong, "\n".join(map(str, wrong))
    assert shown == {name: set(seen) for name, seen in SEES.items()}
