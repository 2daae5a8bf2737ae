"""Parts of file names, and terms and collections in the order of their lists

Revision ID: 0038
Revises: 0037
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.file_names import LENGTH, parts

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

FILES = 50_000
"""Whose names are read at once."""
PARTS = 2_000_000
"""That are sorted at once."""
NAME, KEY = "pk_file_name_parts", ["part", "sighting_id"]
KEYS = {"terms": ("label", "label_key"), "collections": ("name", "name_key")}
"""By table: what people read in its lists, and by what these are sorted."""
INDEXES = {
    "ix_terms_kind_label_key_id": ("terms", ["kind", "label_key", "id"]),
    "ix_terms_label_key_id": ("terms", ["label_key", "id"]),
    "ix_collections_name_key_id": ("collections", ["name_key", "id"]),
}


def upgrade() -> None:
    connection = op.get_bind()
    server = connection.dialect.name == "postgresql"
    op.create_table(
        "file_name_parts",
        sa.Column("part", sa.String(LENGTH, collation="C" if server else None), nullable=False),
        sa.Column("sighting_id", sa.String(36), nullable=False),
        *([] if server else [sa.PrimaryKeyConstraint(*KEY, name=NAME)]),
        sqlite_with_rowid=False,
    )
    driver: Any = connection.connection.cursor()
    rows = _rows(connection)
    # In order of the index, which would else be written over and over; not all in memory.
    while some := sorted(islice(rows, PARTS)):
        if server:
            with driver.copy("COPY file_name_parts (part, sighting_id) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)
        else:
            driver.executemany("INSERT INTO file_name_parts VALUES (?, ?)", some)
    if server:
        op.create_primary_key(NAME, "file_name_parts", KEY)
    for table, (name, key) in KEYS.items():
        # PostgreSQL indexes only what is stored; SQLite adds only what isn't.
        small = sa.Computed(f"lower({name})", persisted=server)
        op.add_column(table, sa.Column(key, sa.Text, small))
    for index, (table, columns) in INDEXES.items():
        op.create_index(index, table, columns)


def _rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    last = ""
    while True:
        files = connection.execute(
            sa.text("SELECT id, display FROM sightings WHERE id > :id ORDER BY id LIMIT :some"),
            {"id": last, "some": FILES},
        ).all()
        if not files:
            return
        for file in files:
            for part in parts(file.display):
                yield part, file.id
        last = files[-1].id


def downgrade() -> None:
    for index, (table, _) in INDEXES.items():
        op.drop_index(index, table)
    for table, (_, key) in KEYS.items():
        op.drop_column(table, key)
    op.drop_table("file_name_parts")
