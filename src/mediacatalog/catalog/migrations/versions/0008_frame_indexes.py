"""Finer hashes, and where every frame lies

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "keyframes",
        sa.Column("fine_hash", sa.String(length=64), nullable=False, server_default=sa.text("''")),
    )
    op.add_column("frame_hashes", sa.Column("fine", sa.LargeBinary(), nullable=True))
    op.create_table(
        "frame_indexes",
        sa.Column("clip_id", sa.String(length=36), nullable=False),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name=op.f("fk_frame_indexes_clip_id_clips")
        ),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_frame_indexes")),
    )


def downgrade() -> None:
    op.drop_table("frame_indexes")
    op.drop_column("frame_hashes", "fine")
    op.drop_column("keyframes", "fine_hash")
