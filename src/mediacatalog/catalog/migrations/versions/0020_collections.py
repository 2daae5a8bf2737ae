"""Collections of clips

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collections",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("question", sa.JSON(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
    )
    op.create_table(
        "collection_items",
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_collection_items_collection_id_collections",
        ),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_collection_items_clip_id_clips"
        ),
        sa.PrimaryKeyConstraint("collection_id", "clip_id", name="pk_collection_items"),
    )
    op.create_index("ix_collection_items_clip_id", "collection_items", ["clip_id"])
    op.create_index(
        "ix_collection_items_collection_id_place", "collection_items", ["collection_id", "place"]
    )


def downgrade() -> None:
    op.drop_table("collection_items")
    op.drop_table("collections")
