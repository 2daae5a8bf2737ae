"""Every file's history, markers of roots, pauses, progress, and deaths of workers

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROOTS = (
    sa.Column("marker", sa.String(length=36), server_default=sa.text("''"), nullable=False),
    sa.Column("lost", sa.Integer(), server_default="0", nullable=False),
    sa.Column("loss_accepted", sa.Integer(), nullable=True),
    sa.Column("events", sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column("paused_by", sa.Text(), nullable=True),
    sa.Column("poll_seconds", sa.Float(), nullable=True),
    sa.Column("loss_threshold", sa.Float(), nullable=True),
)


def upgrade() -> None:
    op.create_table(
        "sighting_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sighting_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"],
            ["sightings.id"],
            name=op.f("fk_sighting_events_sighting_id_sightings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting_events")),
    )
    op.create_index("ix_sighting_events_sighting_id_id", "sighting_events", ["sighting_id", "id"])
    op.add_column(
        "clip_stages", sa.Column("deaths", sa.Integer(), server_default="0", nullable=False)
    )
    for column in ROOTS:
        op.add_column(
            "roots",
            sa.Column(
                column.name,
                column.type,
                server_default=column.server_default,
                nullable=column.nullable,
            ),
        )
    op.add_column(
        "sightings", sa.Column("progress", sa.Float(), server_default="0", nullable=False)
    )
    op.create_index(
        "ix_sightings_state_priority_id", "sightings", ["state", "priority", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_sightings_state_priority_id", table_name="sightings")
    op.drop_column("sightings", "progress")
    for column in ROOTS:
        op.drop_column("roots", column.name)
    op.drop_column("clip_stages", "deaths")
    op.drop_index("ix_sighting_events_sighting_id_id", table_name="sighting_events")
    op.drop_table("sighting_events")
