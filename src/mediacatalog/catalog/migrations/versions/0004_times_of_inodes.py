"""When the inode of a sighting was last changed

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sightings", sa.Column("ctime_ns", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("sightings", "ctime_ns")
