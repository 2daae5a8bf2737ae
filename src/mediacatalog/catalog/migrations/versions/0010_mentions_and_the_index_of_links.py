"""Mentions and claims as rows, the index of links, dates and places of clips

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def id_column() -> sa.Column[str]:
    return sa.Column("id", sa.String(length=36), nullable=False)


def owner(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=36), nullable=False)


def to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}_{target}")
    )


def upgrade() -> None:
    op.create_table(
        "mentions",
        id_column(),
        owner("article_id"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("start_at", sa.Integer(), nullable=True),
        sa.Column("end_at", sa.Integer(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        to("mentions", "article_id", "articles"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
    )
    op.create_index("ix_mentions_article_id_start_at", "mentions", ["article_id", "start_at"])
    op.create_index(op.f("ix_mentions_key"), "mentions", ["key"])
    op.create_table(
        "claims",
        id_column(),
        owner("article_id"),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("speaker_start", sa.Integer(), nullable=False),
        sa.Column("speaker_end", sa.Integer(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("start_at", sa.Integer(), nullable=False),
        sa.Column("end_at", sa.Integer(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        to("claims", "article_id", "articles"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_article_id"), "claims", ["article_id"])
    op.create_table(
        "mention_readings",
        owner("article_id"),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        to("mention_readings", "article_id", "articles"),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_mention_readings")),
    )
    op.create_table(
        "article_terms",
        owner("article_id"),
        owner("term_id"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        to("article_terms", "article_id", "articles"),
        to("article_terms", "term_id", "terms"),
        sa.PrimaryKeyConstraint("article_id", "term_id", name=op.f("pk_article_terms")),
    )
    op.create_index(op.f("ix_article_terms_term_id"), "article_terms", ["term_id"])
    op.create_table(
        "link_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        owner("owner"),
        sa.PrimaryKeyConstraint("key", "side", "owner", name=op.f("pk_link_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link_documents",
        owner("owner"),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_link_documents")),
    )
    op.create_table(
        "link_weights",
        id_column(),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("learned_from", sa.JSON(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_weights")),
    )
    op.create_table(
        "clip_dates",
        id_column(),
        owner("clip_id"),
        sa.Column("edtf", sa.String(length=64), nullable=False),
        sa.Column("earliest", sa.String(length=10), nullable=True),
        sa.Column("latest", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        to("clip_dates", "clip_id", "clips"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_dates")),
    )
    op.create_index(op.f("ix_clip_dates_clip_id"), "clip_dates", ["clip_id"])
    op.create_table(
        "clip_places",
        id_column(),
        owner("clip_id"),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("geonames_id", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("precision_m", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        to("clip_places", "clip_id", "clips"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_places")),
    )
    op.create_index(op.f("ix_clip_places_clip_id"), "clip_places", ["clip_id"])
    op.create_table(
        "clip_occasions",
        owner("clip_id"),
        sa.Column("edtf", sa.String(length=64), nullable=True),
        sa.Column("earliest", sa.String(length=10), nullable=True),
        sa.Column("latest", sa.String(length=10), nullable=True),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        to("clip_occasions", "clip_id", "clips"),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_clip_occasions")),
    )
    op.create_index(op.f("ix_clip_occasions_earliest"), "clip_occasions", ["earliest"])


def downgrade() -> None:
    for table in (
        "clip_occasions",
        "clip_places",
        "clip_dates",
        "link_weights",
        "link_documents",
        "link_keys",
        "article_terms",
        "mention_readings",
        "claims",
        "mentions",
    ):
        op.drop_table(table)
