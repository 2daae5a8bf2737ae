"""Posters that people pin, and how the files of a root are watched through

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poster_pins",
        sa.Column("clip_id", sa.String(length=36), nullable=False),
        sa.Column("pts", sa.BigInteger(), nullable=False),
        sa.Column("pinned_by", sa.Text(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name=op.f("fk_poster_pins_clip_id_clips")
        ),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_poster_pins")),
    )
    op.add_column("roots", sa.Column("viewing", sa.String(length=16), nullable=True))
    op.add_column("clips", sa.Column("viewing", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("clips", "viewing")
    op.drop_column("roots", "viewing")
    op.drop_table("poster_pins")
