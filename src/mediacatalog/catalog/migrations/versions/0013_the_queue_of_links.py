"""Links in the order of the review queue

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_article_links_state_score_id", "article_links", ["state", "score", "id"])


def downgrade() -> None:
    op.drop_index("ix_article_links_state_score_id", table_name="article_links")
