"""Names of terms by the beginning of each of their words, and pictures to be read in their order

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.label_starts import LENGTH, starts

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

NAMES = 10_000
"""That are read at once."""
READINGS, BEFORE = (
    "ix_picture_readings_state_priority_clip_id",
    "ix_picture_readings_state_priority",
)


def upgrade() -> None:
    connection = op.get_bind()
    server = connection.dialect.name == "postgresql"
    made = op.create_table(
        "label_starts",
        sa.Column("start", sa.String(LENGTH, collation="C" if server else None), nullable=False),
        sa.Column("label_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("start", "label_id", name="pk_label_starts"),
        sa.ForeignKeyConstraint(
            ["label_id"],
            ["term_labels.id"],
            name="fk_label_starts_label_id_term_labels",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_label_starts_label_id", "label_starts", ["label_id"])
    last = ""
    some = sa.text("SELECT id, folded FROM term_labels WHERE id > :id ORDER BY id LIMIT :names")
    while names := connection.execute(some, {"id": last, "names": NAMES}).all():
        rows = [{"start": one, "label_id": row.id} for row in names for one in starts(row.folded)]
        op.bulk_insert(made, rows)
        last = names[-1].id
    op.create_index(READINGS, "picture_readings", ["state", "priority", "clip_id"])
    op.drop_index(BEFORE, "picture_readings")


def downgrade() -> None:
    op.create_index(BEFORE, "picture_readings", ["state", "priority"])
    op.drop_index(READINGS, "picture_readings")
    op.drop_table("label_starts")
