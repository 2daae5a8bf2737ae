"""Whose a saved search is, and of which clips a webhook is told

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("saved_searches") as table:
        table.add_column(sa.Column("owner_id", sa.String(36), nullable=True))
        table.create_foreign_key(
            "fk_saved_searches_owner_id_accounts", "accounts", ["owner_id"], ["id"]
        )
        table.create_index("ix_saved_searches_owner_id", ["owner_id"])
    with op.batch_alter_table("webhooks") as table:  # as they were told so far
        table.add_column(sa.Column("sees", sa.String(16), nullable=False, server_default="all"))
    with op.batch_alter_table("webhooks") as table:
        table.alter_column("sees", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("webhooks") as table:
        table.drop_column("sees")
    with op.batch_alter_table("saved_searches") as table:
        table.drop_index("ix_saved_searches_owner_id")
        table.drop_constraint("fk_saved_searches_owner_id_accounts", type_="foreignkey")
        table.drop_column("owner_id")
