"""Text in the picture

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

from mediacatalog.catalog.base import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture_readings",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("pictures", sa.String(32), nullable=False),
        sa.Column("recipe", sa.String(64), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("keyframes", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("next_retry_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_picture_readings_clip_id_clips"
        ),
        sa.PrimaryKeyConstraint("clip_id", name="pk_picture_readings"),
    )
    op.create_index("ix_picture_readings_state_priority", "picture_readings", ["state", "priority"])
    op.create_index("ix_picture_readings_state_recipe", "picture_readings", ["state", "recipe"])
    op.create_table(
        "picture_texts",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pts", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("height", sa.Float(), nullable=False),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_picture_texts_clip_id_clips"),
        sa.PrimaryKeyConstraint("clip_id", "number", name="pk_picture_texts"),
    )
    op.create_table(
        "picture_dismissals",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("folded", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_picture_dismissals_clip_id_clips"
        ),
        sa.PrimaryKeyConstraint("clip_id", "folded", name="pk_picture_dismissals"),
    )
    # Clips that are here already are read in the background, after those that come.
    op.execute(
        "INSERT INTO picture_readings (clip_id, state, pictures, recipe, looked_at, keyframes, fence, attempts, error,"
        " priority) SELECT id, 'waiting', '', '', 0, 0, 0, 0, '', 30 FROM clips"
        " WHERE EXISTS (SELECT 1 FROM keyframes WHERE keyframes.clip_id = clips.id)"
    )


def downgrade() -> None:
    op.drop_table("picture_dismissals")
    op.drop_table("picture_texts")
    op.drop_table("picture_readings")
