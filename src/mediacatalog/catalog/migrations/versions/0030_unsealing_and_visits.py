"""Who asks to unseal a clip; who looked at sealed ones, and who downloaded what

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsealings",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_unsealings_clip_id_clips"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_unsealings_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("clip_id", name="pk_unsealings"),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_visits_clip_id_clips"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    op.create_index("ix_visits_clip_id", "visits", ["clip_id"])


def downgrade() -> None:
    for table in ("visits", "unsealings"):
        op.drop_table(table)
