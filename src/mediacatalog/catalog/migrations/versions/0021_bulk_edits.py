"""Edits of many clips, as they were previewed

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_edits",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("clip_ids", sa.JSON(), nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_edits"),
    )


def downgrade() -> None:
    op.drop_table("bulk_edits")
