"""Who asks to purge a clip, and what is left of those that were

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purgings",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("with_masters", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_purgings_clip_id_clips"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_purgings_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("clip_id", name="pk_purgings"),
    )
    op.create_table(
        "tombstones",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("purged_at", UtcDateTime(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("masters", sa.Text(), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("clip_id", name="pk_tombstones"),
        sa.UniqueConstraint("sha256", name="uq_tombstones_sha256"),
    )
    op.create_index("ix_tombstones_rev_clip_id", "tombstones", ["rev", "clip_id"])
    op.add_column(
        "roots",
        sa.Column(
            "gives_masters_up", sa.Boolean(), nullable=False, server_default=sa.text("false")
        ),
    )


def downgrade() -> None:
    op.drop_column("roots", "gives_masters_up")
    for table in ("tombstones", "purgings"):
        op.drop_table(table)
