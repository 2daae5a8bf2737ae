"""How far reviews are; clips that show the same pictures

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("second_look", sa.Text(), nullable=True),
        sa.Column("second_look_by", sa.Text(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_reviews_clip_id_clips"),
        sa.PrimaryKeyConstraint("clip_id", name="pk_reviews"),
    )
    for column in ("state", "assignee", "changed_at"):
        op.create_index(f"ix_reviews_{column}", "reviews", [column])
    op.create_table(
        "copies",
        sa.Column("first_id", sa.String(36), nullable=False),
        sa.Column("second_id", sa.String(36), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["clips.id"], name="fk_copies_first_id_clips"),
        sa.ForeignKeyConstraint(["second_id"], ["clips.id"], name="fk_copies_second_id_clips"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_copies"),
    )
    op.create_index("ix_copies_second_id", "copies", ["second_id"])
    op.create_index("ix_copies_state", "copies", ["state"])


def downgrade() -> None:
    op.drop_table("copies")
    op.drop_table("reviews")
