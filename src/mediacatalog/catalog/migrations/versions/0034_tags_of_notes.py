"""Tags of notes

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "marker_terms",
        sa.Column("marker_id", sa.String(36), nullable=False),
        sa.Column("term_id", sa.String(36), nullable=False),
        sa.Column("clip_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["marker_id"], ["markers.id"], name="fk_marker_terms_marker_id_markers"
        ),
        sa.ForeignKeyConstraint(["term_id"], ["terms.id"], name="fk_marker_terms_term_id_terms"),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_marker_terms_clip_id_clips"),
        sa.PrimaryKeyConstraint("marker_id", "term_id", name="pk_marker_terms"),
    )
    op.create_index("ix_marker_terms_term_id", "marker_terms", ["term_id"])
    op.create_index("ix_marker_terms_clip_id", "marker_terms", ["clip_id"])


def downgrade() -> None:
    op.drop_table("marker_terms")
