"""What is known of caption tracks, their original bytes, and what people did to them

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NO = sa.text("false")
EMPTY = sa.text("''")


def upgrade() -> None:
    for column in (
        sa.Column("title", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("script", sa.String(length=4), nullable=True),
        sa.Column("forced", sa.Boolean(), server_default=NO, nullable=False),
        sa.Column("sdh", sa.Boolean(), server_default=NO, nullable=False),
        sa.Column(
            "made_by", sa.String(length=16), server_default=sa.text("'human'"), nullable=False
        ),
        sa.Column("model", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("regions", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default=sa.text("'here'"), nullable=False),
        sa.Column("chosen_encoding", sa.String(length=32), nullable=True),
        sa.Column("chosen_language", sa.String(length=35), nullable=True),
        sa.Column("chosen_kind", sa.String(length=16), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_by", sa.Text(), nullable=True),
        sa.Column("file_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ):
        op.add_column("tracks", column)
    op.add_column("cues", sa.Column("language", sa.String(length=35), nullable=True))
    op.add_column("cues", sa.Column("sound", sa.Boolean(), server_default=NO, nullable=False))
    op.create_table(
        "track_originals",
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name=op.f("fk_track_originals_track_id_tracks")
        ),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_track_originals")),
    )


def downgrade() -> None:
    op.drop_table("track_originals")
    for name in ("sound", "language"):
        op.drop_column("cues", name)
    for name in (
        "version file_changed_at edited_by edited_at chosen_kind chosen_language chosen_encoding "
        "state regions model made_by sdh forced script title"
    ).split():
        op.drop_column("tracks", name)
