"""Rights and people at risk of a clip; which batch a change takes back

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clips", sa.Column("rights", sa.Text(), nullable=True))
    op.add_column("clips", sa.Column("people_at_risk", sa.Text(), nullable=True))
    op.create_index("ix_clips_rights", "clips", ["rights"])
    op.add_column("changes", sa.Column("undoes", sa.String(36), nullable=True))
    op.create_index("ix_changes_undoes", "changes", ["undoes"])
    op.create_index("ix_changes_actor_id", "changes", ["actor", "id"])


def downgrade() -> None:
    op.drop_index("ix_changes_actor_id", "changes")
    op.drop_index("ix_changes_undoes", "changes")
    op.drop_column("changes", "undoes")
    op.drop_index("ix_clips_rights", "clips")
    op.drop_column("clips", "people_at_risk")
    op.drop_column("clips", "rights")
