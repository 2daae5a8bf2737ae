"""The migrations make what the models say, on both databases, up and down."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import alembic.command
import alembic.config
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from mediacatalog.catalog import (  # noqa: F401 - their tables
    attachments,
    bulk,
    collections,
    context_models,
    copies,
    holdings,
    idempotency,
    manifests,
    picture_models,
    reviews,
    saved,
    tokens,
    tracks,
    vocabulary,
    webhooks,
)
from mediacatalog.catalog.database import MIGRATIONS, NEWEST, Catalogue, open_catalogue
from mediacatalog.catalog.file_names import FileNamePart
from mediacatalog.catalog.label_starts import LabelStart
from mediacatalog.catalog.models import Base, Term

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def empty(database_url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(database_url)
    yield opened
    opened.close()


def downgrade(catalogue: Catalogue, revision: str) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with catalogue.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, revision)


def tables(catalogue: Catalogue) -> set[str]:
    return set(inspect(catalogue.engine).get_table_names()) - {"alembic_version"}


def differences(catalogue: Catalogue) -> list[object]:
    with catalogue.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, Base.metadata))


def test_an_upgrade_from_nothing_makes_what_the_models_say(empty: Catalogue) -> None:
    empty.upgrade()
    assert tables(empty) == set(Base.metadata.tables)
    assert differences(empty) == []


def test_an_upgrade_arrives_at_the_newest_revision(empty: Catalogue) -> None:
    assert empty.revision() is None
    empty.upgrade()
    assert empty.revision() == NEWEST == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_a_second_upgrade_changes_nothing(empty: Catalogue, tmp_path: Path) -> None:
    empty.upgrade()
    with empty.writing() as session:
        holdings.root(session, tmp_path, kind="watched")
    empty.upgrade()
    with empty.reading() as session:
        assert [root.path for root in holdings.roots(session, "watched")] == [str(tmp_path)]


def test_down_to_nothing_and_up_again(empty: Catalogue, tmp_path: Path) -> None:
    empty.upgrade()
    with empty.writing() as session:
        holdings.root(session, tmp_path, kind="watched")
    downgrade(empty, "base")
    assert tables(empty) == set()
    empty.upgrade()
    assert differences(empty) == []


def test_files_and_terms_of_before_are_in_the_lists_of_after(
    empty: Catalogue, tmp_path: Path
) -> None:
    empty.upgrade()
    names = ["IMG_1.mp4", "映像 b'\t\\N.mp4", "harbour at dusk.mp4"]
    with empty.writing() as session:
        root = holdings.root(session, tmp_path, kind="watched").id
        for number, name in enumerate(names):
            seen = holdings.Seen(name.encode(), 1, 1, 1, number)
            holdings.add_sighting(session, root, seen, "waiting")
        vocabulary.make(session, "Ferry", "tag")
        vocabulary.make(session, "Пролив  Босфор", "place")
        collections.make(session, "Evening", actor="mara")
    parts, starts = (
        select(*columns).order_by(*columns)
        for columns in (
            (FileNamePart.part, FileNamePart.sighting_id),
            (LabelStart.start, LabelStart.label_id),
        )
    )
    with empty.reading() as session:
        before = [session.execute(held).all() for held in (parts, starts)]
    assert len(before[0]) > len(names)
    assert [start for start, _ in before[1]] == ["ferry", "босфор", "пролив босфор"]
    downgrade(empty, "0037")
    empty.upgrade()
    with empty.reading() as session:
        assert [session.execute(held).all() for held in (parts, starts)] == before
        assert session.scalars(select(Term.label_key).order_by(Term.label_key)).first() == "ferry"
        assert [one.name for one in collections.listed(session, after=("evenin", ""))] == [
            "Evening"
        ]


def test_two_processes_may_upgrade_at_once(empty: Catalogue, database_url: str) -> None:
    """As when the web and a worker start together on a new database."""
    command = [sys.executable, "-m", "mediacatalog", "db", "upgrade"]
    environment = os.environ | {"MEDIACATALOG_DATABASE_URL": database_url}
    both = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert differences(empty) == []


def test_an_interrupted_upgrade_leaves_nothing_behind(empty: Catalogue) -> None:
    """The tables come with one transaction, on both databases."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty.engine.connect() as connection:
        config.attributes["connection"] = connection
        transaction = connection.begin()
        alembic.command.upgrade(config, "head")
        transaction.rollback()
    assert tables(empty) == set()
    empty.upgrade()
    assert differences(empty) == []


def test_every_constraint_has_a_name(empty: Catalogue) -> None:
    """SQLite's batch migrations can only change what has one."""
    empty.upgrade()
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"


def test_foreign_keys_hold(empty: Catalogue) -> None:
    empty.upgrade()
    if empty.dialect == "sqlite":
        with empty.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
