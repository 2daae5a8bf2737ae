"""An application over a small archive, on both databases."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from apiflask import APIFlask
from jinja2 import BytecodeCache
from sqlalchemy import update
from werkzeug.routing import Rule

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import Root, Sighting
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.web import create_app, visits
from tests.conftest import copied
from tests.factories import make_clip
from tests.web.archive import Archive, article, track
from tests.web.described import DescribedClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient
    from jinja2.bccache import Bucket

    from mediacatalog.catalog.database import Catalogue


@pytest.fixture
def archive(catalogue: Catalogue, settings: Settings) -> Archive:
    return Archive(catalogue, settings)


@pytest.fixture
def index(settings: Settings) -> SearchIndex:
    return SearchIndex(settings.index)


class Compiled(BytecodeCache):
    """Templates compiled once for all applications of a run: half of what they cost."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if known := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


class KnownRule(Rule):
    """An address that is parsed once for all applications, and built by code made when one is."""

    _known: ClassVar[dict[tuple[str, ...], KnownRule]] = {}

    def compile(self) -> None:
        key = (self.rule, str(self.subdomain), str(self.merge_slashes), repr(self.defaults))
        known = self._known.setdefault(key, self)
        if known is self:
            super().compile()
            return
        self._parts, self._trace = known._parts, known._trace
        self._converters = known._converters
        self.arguments = known.arguments
        self._build, self._build_unknown = known._build, known._build_unknown

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - its base says so
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: str) -> tuple[str, str]:
            if not compiled:
                compiled.append(Rule._compile_builder(self, append_unknown))
            return compiled[0](rule, **values)

        return build


APIFlask.url_rule_class = KnownRule


@pytest.fixture
def app(settings: Settings, catalogue: Catalogue, index: SearchIndex) -> Iterator[APIFlask]:
    made = create_app(settings, catalogue, index)
    made.jinja_env.bytecode_cache = COMPILED
    made.test_client_class = DescribedClient
    yield made
    made.extensions[visits.EXTENSION].wait()  # it has a connection of the catalogue, that closes


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def red_then_blue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("made"), shots=(("red", 1.0), ("blue", 1.0)))


@dataclass
class World:
    """An archive that was made once, to be copied."""

    database: Path | str
    """As `copied` takes it."""
    data: Path
    clip: str


@pytest.fixture(scope="session")
def ferry_sqlite(
    migrated_sqlite: Path, red_then_blue: Path, tmp_path_factory: pytest.TempPathFactory
) -> World:
    folder = tmp_path_factory.mktemp("ferry")
    with copied(migrated_sqlite, folder) as url:
        return ferry_crossing(url, red_then_blue, folder)


@pytest.fixture(scope="session")
def ferry_postgresql(
    migrated_postgresql: str, red_then_blue: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with copied(migrated_postgresql, Path()) as url:
        yield ferry_crossing(url, red_then_blue, tmp_path_factory.mktemp("ferry"))


def ferry_crossing(url: str, film: Path, folder: Path) -> World:
    """A clip with captions, an article and terms, known to the index."""
    settings = Settings(data=folder / "data", media=folder / "media", disk_reserve_bytes=0)
    settings.media.mkdir()
    path = settings.media / "ferry_crossing.mp4"
    shutil.copy2(film, path)
    catalogue = open_catalogue(url)
    clip = Archive(catalogue, settings).add(
        path,
        tracks=[
            (
                "ferry_crossing.srt",
                track(
                    (200, 900, "The convoy reached the ferry"),
                    (1200, 1900, "crossing before the night fell"),
                ),
            ),
            ("ferry_crossing.ar.srt", track((200, 900, "وصلت القافلة إلى العبّارة"), language="ar")),
        ],
        story=article(
            "The ferry at Abu Kamal",
            "ABU KAMAL, Syria – The convoy came at dusk.\n\nIt crossed at night.",
        ),
        tags=["ferry"],
        places=["Abu Kamal"],
    )
    SearchIndex(settings.index).catch_up(catalogue)
    database = catalogue.engine.url.database
    catalogue.close()
    assert database is not None
    return World(
        database if catalogue.dialect == "postgresql" else Path(database), settings.data, clip
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which there is nothing, or `ferry` where a test asks for it."""
    if "ferry" in request.fixturenames:
        template = request.getfixturevalue(f"ferry_{request.param}").database
    else:
        template = request.getfixturevalue(f"migrated_{request.param}")
    with copied(template, tmp_path) as url:
        yield url


@pytest.fixture
def ferry(
    request: pytest.FixtureRequest, catalogue: Catalogue, settings: Settings, red_then_blue: Path
) -> str:
    """The id of a clip with captions, an article and terms, known to the index.

    To make it anew for each test took a third of what all tests of pages take.
    """
    world: World = request.getfixturevalue(f"ferry_{catalogue.dialect}")
    shutil.copytree(world.data, settings.data, dirs_exist_ok=True)
    path = settings.media / "ferry_crossing.mp4"
    shutil.copy2(red_then_blue, path)
    with catalogue.writing() as session:
        session.execute(update(Root).values(path=str(settings.media)))
        session.execute(update(Sighting).values(inode=path.stat().st_ino))
    return world.clip
