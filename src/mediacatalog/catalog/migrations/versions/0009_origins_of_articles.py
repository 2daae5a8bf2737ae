"""Where articles came from, which files they name, and which of them share text

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ARTICLES = "articles.id"


def upgrade() -> None:
    op.add_column("articles", sa.Column("modified", sa.String(length=64), nullable=True))
    op.create_table(
        "article_origins",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("captured", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], [ARTICLES], name=op.f("fk_article_origins_article_id_articles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_origins")),
        sa.UniqueConstraint(
            "article_id", "kind", "place", name=op.f("uq_article_origins_article_id_kind_place")
        ),
    )
    op.create_table(
        "article_media",
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], [ARTICLES], name=op.f("fk_article_media_article_id_articles")
        ),
        sa.PrimaryKeyConstraint("article_id", "path", name=op.f("pk_article_media")),
    )
    op.create_index("ix_article_media_path", "article_media", ["path"])
    op.create_table(
        "article_shingles",
        sa.Column("shingle", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], [ARTICLES], name=op.f("fk_article_shingles_article_id_articles")
        ),
        sa.PrimaryKeyConstraint("shingle", "article_id", name=op.f("pk_article_shingles")),
    )
    op.create_index("ix_article_shingles_article_id", "article_shingles", ["article_id"])
    op.create_table(
        "article_copies",
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("contained", sa.Float(), nullable=False),
        sa.Column("resemblance", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], [ARTICLES], name=op.f("fk_article_copies_article_id_articles")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], [ARTICLES], name=op.f("fk_article_copies_other_id_articles")
        ),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_article_copies")),
    )
    op.create_index("ix_article_copies_other_id", "article_copies", ["other_id"])
    op.create_table(
        "article_files",
        sa.Column("sighting_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sightings.id"], name=op.f("fk_article_files_sighting_id_sightings")
        ),
        sa.PrimaryKeyConstraint("sighting_id", name=op.f("pk_article_files")),
    )
    op.create_index("ix_article_files_state_id", "article_files", ["state", "sighting_id"])


def downgrade() -> None:
    for table in (
        "article_files",
        "article_copies",
        "article_shingles",
        "article_media",
        "article_origins",
    ):
        op.drop_table(table)
    op.drop_column("articles", "modified")
