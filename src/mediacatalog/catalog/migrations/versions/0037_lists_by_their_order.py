"""Indexes in the order of lists, so that a page costs the same in every catalogue

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BEFORE = {
    "ix_clips_rights": ("clips", ["rights"]),
    "ix_terms_merged_into": ("terms", ["merged_into"]),
    "ix_clip_terms_term_id": ("clip_terms", ["term_id"]),
    "ix_article_links_article_id": ("article_links", ["article_id"]),
    "ix_proxies_state_priority": ("proxies", ["state", "priority"]),
    "ix_reviews_state": ("reviews", ["state"]),
    "ix_reviews_assignee": ("reviews", ["assignee"]),
    "ix_reviews_changed_at": ("reviews", ["changed_at"]),
    "ix_copies_state": ("copies", ["state"]),
    "ix_changes_batch_id": ("changes", ["batch_id"]),
}
AFTER = {
    "ix_clips_id_rights": ("clips", ["id", "rights"], "rights IS NOT NULL"),
    "ix_terms_merged_into": ("terms", ["merged_into"], "merged_into IS NOT NULL"),
    "ix_clip_terms_term_id_clip_id": ("clip_terms", ["term_id", "clip_id"], ""),
    "ix_article_links_article_id_state_score_id": (
        "article_links", ["article_id", "state", "score", "id"], "",
    ),
    "ix_proxies_state_priority_clip_id": ("proxies", ["state", "priority", "clip_id"], ""),
    "ix_reviews_state_changed_at_clip_id": ("reviews", ["state", "changed_at", "clip_id"], ""),
    "ix_reviews_assignee_changed_at_clip_id": (
        "reviews", ["assignee", "changed_at", "clip_id"], "state <> 'published'",
    ),
    "ix_reviews_second_look": ("reviews", ["changed_at", "clip_id"], "second_look IS NOT NULL"),
    "ix_copies_state_shared_first_id_second_id": (
        "copies", ["state", "shared", "first_id", "second_id"], "",
    ),
    "ix_sightings_state_state_at_id": ("sightings", ["state", "state_at", "id"], ""),
    "ix_changes_batch_id_id": ("changes", ["batch_id", "id"], ""),
}  # fmt: skip


def upgrade() -> None:
    for name, (table, _) in BEFORE.items():
        op.drop_index(name, table)
    for name, (table, columns, where) in AFTER.items():
        only = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, (table, _, _) in AFTER.items():
        op.drop_index(name, table)
    for name, (table, columns) in BEFORE.items():
        op.create_index(name, table, columns)
