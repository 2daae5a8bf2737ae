"""Clips that aren't open to everybody, and who may see those of a collection

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clip_access",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_clip_access_clip_id_clips"),
        sa.PrimaryKeyConstraint("clip_id", name="pk_clip_access"),
    )
    op.create_index("ix_clip_access_until", "clip_access", ["until"])
    op.create_table(
        "grants",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("reach", sa.String(16), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_grants_account_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_grants_collection_id_collections"
        ),
        sa.PrimaryKeyConstraint("account_id", "collection_id", name="pk_grants"),
    )
    op.create_index("ix_grants_collection_id", "grants", ["collection_id"])


def downgrade() -> None:
    for table in ("grants", "clip_access"):
        op.drop_table(table)
