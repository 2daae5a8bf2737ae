"""Files over which workers died go behind the others

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sightings", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0")
    )
    op.drop_index("ix_sightings_state_priority_id", table_name="sightings")
    op.create_index(
        "ix_sightings_state_priority_deaths_id",
        "sightings",
        ["state", "priority", "deaths", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_sightings_state_priority_deaths_id", table_name="sightings")
    op.create_index("ix_sightings_state_priority_id", "sightings", ["state", "priority", "id"])
    op.drop_column("sightings", "deaths")
