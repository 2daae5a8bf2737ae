"""What is heard in clips; the time base of every timed fact

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sounds",
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.Column("recipe", sa.String(64), nullable=False),
        sa.Column("time_base", sa.String(32), nullable=False),
        sa.Column("start_pts", sa.BigInteger(), nullable=False),
        sa.Column("end_pts", sa.BigInteger(), nullable=False),
        sa.Column("loudness_lufs", sa.Float(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("bucket_ms", sa.Float(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("rms", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_sounds_clip_id_clips"),
        sa.PrimaryKeyConstraint("clip_id", name="pk_sounds"),
    )
    with op.batch_alter_table("timed_facts") as table:
        table.add_column(sa.Column("time_base", sa.String(32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("timed_facts") as table:
        table.drop_column("time_base")
    op.drop_table("sounds")
