"""Alembic's entry: one connection is handed over by `Catalogue.upgrade`, already in a transaction."""

from alembic import context
from sqlalchemy import text

import mediacatalog.catalog.account_models
import mediacatalog.catalog.care
import mediacatalog.catalog.context_models
import mediacatalog.catalog.file_names
import mediacatalog.catalog.markers
import mediacatalog.catalog.models
import mediacatalog.catalog.picture_models
import mediacatalog.catalog.posters
import mediacatalog.catalog.proxies
import mediacatalog.catalog.saved
import mediacatalog.catalog.sight_models
import mediacatalog.catalog.story_models  # noqa: F401 - all of them fill the metadata
from mediacatalog.catalog.base import Base

LOCK = 7_000_002
"""Advisory lock on PostgreSQL, so that two processes that start together migrate one after another."""

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
