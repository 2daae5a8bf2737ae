"""Numbers of changes in the order of commits, for who follows them

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_sequence",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one = 1", name="ck_change_sequence_one_row"),
        sa.PrimaryKeyConstraint("one", name="pk_change_sequence"),
    )
    op.execute("INSERT INTO change_sequence (one, number) VALUES (1, 1)")
    op.add_column("changes", sa.Column("number", sa.BigInteger(), nullable=True))
    op.execute("UPDATE changes SET number = 1")
    op.create_index("ix_changes_number_id", "changes", ["number", "id"])


def downgrade() -> None:
    op.drop_index("ix_changes_number_id", "changes")
    op.drop_column("changes", "number")
    op.drop_table("change_sequence")
