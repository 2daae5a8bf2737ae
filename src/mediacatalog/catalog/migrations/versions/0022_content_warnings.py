"""What is hard to look at in a clip, and where

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "content_warnings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("time_base", sa.String(32), nullable=True),
        sa.Column("start_pts", sa.BigInteger(), nullable=True),
        sa.Column("start_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_pts", sa.BigInteger(), nullable=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_content_warnings_clip_id_clips"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_content_warnings"),
    )
    op.create_index("ix_content_warnings_clip_id", "content_warnings", ["clip_id"])


def downgrade() -> None:
    op.drop_table("content_warnings")
