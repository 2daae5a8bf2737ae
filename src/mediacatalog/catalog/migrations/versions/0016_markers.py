"""What people write at a moment or a range of a clip

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "markers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("time_base", sa.String(32), nullable=False),
        sa.Column("start_pts", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_pts", sa.BigInteger(), nullable=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_markers_clip_id_clips"),
        sa.PrimaryKeyConstraint("id", name="pk_markers"),
    )
    op.create_index("ix_markers_clip_id_start_ms", "markers", ["clip_id", "start_ms"])


def downgrade() -> None:
    op.drop_table("markers")
