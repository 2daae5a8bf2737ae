"""How far the transition into a shot reaches, and how sure it is

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shots", sa.Column("into_start_pts", sa.BigInteger(), nullable=True))
    op.add_column("shots", sa.Column("into_end_pts", sa.BigInteger(), nullable=True))
    op.add_column("shots", sa.Column("certainty", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("shots", "certainty")
    op.drop_column("shots", "into_end_pts")
    op.drop_column("shots", "into_start_pts")
