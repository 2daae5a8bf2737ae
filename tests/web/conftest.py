"""An application over a small archive, on both databases."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from apiflask import APIFlask
from jinja2 import BytecodeCache
from werkzeug.routing import Rule

from mediacatalog.search import SearchIndex
from mediacatalog.web import create_app, visits
from tests.factories import make_clip
from tests.web.archive import Archive, article, track
from tests.web.described import DescribedClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from jinja2.bccache import Bucket

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings


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


class LateRule(Rule):
    """Compiles how an address is built only when one is: all of them take longer than a test."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - its base says so
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: str) -> tuple[str, str]:
            if not compiled:
                compiled.append(Rule._compile_builder(self, append_unknown))
            return compiled[0](rule, **values)

        return build


APIFlask.url_rule_class = LateRule


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


@pytest.fixture
def ferry(archive: Archive, index: SearchIndex, settings: Settings, red_then_blue: Path) -> str:
    """The id of a clip with captions, an article and terms, known to the index."""
    path = settings.media / "ferry_crossing.mp4"
    shutil.copy2(red_then_blue, path)
    clip = archive.add(
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
    index.catch_up(archive.catalogue)
    return clip
