"""Proxies: which masters need one, and who makes it; every clip there is gets judged once

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proxies",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("next_retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_proxies_clip_id_clips"),
        sa.PrimaryKeyConstraint("clip_id", name="pk_proxies"),
    )
    op.create_index("ix_proxies_state_priority", "proxies", ["state", "priority"])
    op.execute(
        "INSERT INTO proxies (clip_id, state, way, fingerprint, reasons, media_type, progress, fence, attempts,"
        " error, priority) SELECT id, 'waiting', '', '', '[]', '', 0, 0, 0, '', 20 FROM clips"
        " WHERE state IN ('ready', 'partial')"
    )


def downgrade() -> None:
    op.drop_table("proxies")
