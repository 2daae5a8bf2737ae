"""Terms within others, terms that wait for a look, terms that were merged

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "term_broader",
        sa.Column("term_id", sa.String(36), nullable=False),
        sa.Column("broader_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["terms.id"], name="fk_term_broader_term_id_terms"),
        sa.ForeignKeyConstraint(
            ["broader_id"], ["terms.id"], name="fk_term_broader_broader_id_terms"
        ),
        sa.PrimaryKeyConstraint("term_id", "broader_id", name="pk_term_broader"),
    )
    op.create_index("ix_term_broader_broader_id", "term_broader", ["broader_id"])
    state = sa.Column("state", sa.String(16), nullable=False, server_default="accepted")
    op.add_column("terms", state)
    op.add_column("terms", sa.Column("merged_into", sa.String(36), nullable=True))
    op.add_column("terms", sa.Column("merged", sa.JSON(), nullable=True))
    op.create_index("ix_terms_state", "terms", ["state"])
    op.create_index("ix_terms_merged_into", "terms", ["merged_into"])


def downgrade() -> None:
    op.drop_index("ix_terms_merged_into", "terms")
    op.drop_index("ix_terms_state", "terms")
    for column in ("merged", "merged_into", "state"):
        op.drop_column("terms", column)
    op.drop_table("term_broader")
