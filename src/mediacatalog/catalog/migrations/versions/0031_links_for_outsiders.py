"""Links for outsiders, the renditions made for them, and who looked

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=True),
        sa.Column("collection_id", sa.String(36), nullable=True),
        sa.Column("start_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("is_marked", sa.Boolean(), nullable=False),
        sa.Column("gives_original", sa.Boolean(), nullable=False),
        sa.Column("tells_titles", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_shares_clip_id_clips"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_shares_collection_id_collections"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
    )
    op.create_index("ix_shares_clip_id", "shares", ["clip_id"])
    op.create_index("ix_shares_collection_id", "shares", ["collection_id"])
    op.create_table(
        "share_items",
        sa.Column("share_id", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("start_pts", sa.BigInteger(), nullable=True),
        sa.Column("end_pts", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("next_retry_at", UtcDateTime(), nullable=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("stills", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_share_items_share_id_shares"),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_share_items_clip_id_clips"),
        sa.PrimaryKeyConstraint("share_id", "number", name="pk_share_items"),
    )
    op.create_index("ix_share_items_clip_id", "share_items", ["clip_id"])
    op.create_index("ix_share_items_state", "share_items", ["state"])
    op.create_table(
        "share_views",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("share_id", sa.String(16), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_share_views_share_id_shares"),
        sa.PrimaryKeyConstraint("id", name="pk_share_views"),
    )
    op.create_index("ix_share_views_share_id", "share_views", ["share_id"])


def downgrade() -> None:
    for table in ("share_views", "share_items", "shares"):
        op.drop_table(table)
