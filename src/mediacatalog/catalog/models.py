"""Tables of the catalogue, the same on SQLite and PostgreSQL: no behaviour.

Ids are UUIDv7 text. Times are stored in UTC. Positions are integer PTS with the time base of their
stream (`num/den` text), with milliseconds beside them for display and sorting.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the mapping looks at it
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mediacatalog.catalog.base import ID, Base, id_column, index_where
from mediacatalog.values import utc_now

# --- holdings -------------------------------------------------------------------------------------


class Root(Base):
    """A watched folder, the upload store, or a folder that was given once by hand."""

    __tablename__ = "roots"

    id: Mapped[str] = id_column()
    path: Mapped[str] = mapped_column(Text, unique=True)
    """Absolute path, as `os.fsdecode` gives it."""
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    """`watched`, `uploads` or `once`."""
    marker: Mapped[str] = mapped_column(String(36), default="", server_default=text("''"))
    """What the marker file in the folder must hold; empty where none could be written."""
    alarm: Mapped[str | None] = mapped_column(Text)
    """Why the last pass changed nothing; a person settles it."""
    lost: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How many files the alarm misses."""
    loss_accepted: Mapped[int | None]
    """So many files may go at the next pass: a person said that they are gone."""
    events: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Why the folder is only polled; empty while the system tells of changes."""
    paused_by: Mapped[str | None] = mapped_column(Text)
    """Who said that no file of this root is to be begun for now."""
    poll_seconds: Mapped[float | None] = mapped_column(Float)
    """Pause between two looks; None: as the settings say."""
    loss_threshold: Mapped[float | None] = mapped_column(Float)
    viewing: Mapped[str | None] = mapped_column(String(16))
    """`full` or `balanced`: how its files are watched through; None: as the settings say."""
    gives_masters_up: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether a purge may remove masters from it: the operator's word, given by a command."""
    last_pass_at: Mapped[datetime | None]
    """When the last complete pass ended."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Sighting(Base):
    """One path at which bytes were seen, in one root. Never deleted by absence."""

    __tablename__ = "sightings"
    __table_args__ = (
        UniqueConstraint("root_id", "path"),
        Index("ix_sightings_state_id", "state", "id"),
        Index("ix_sightings_state_state_at_id", "state", "state_at", "id"),
        Index("ix_sightings_state_priority_deaths_id", "state", "priority", "deaths", "id"),
    )

    id: Mapped[str] = id_column()
    root_id: Mapped[str] = mapped_column(ForeignKey("roots.id"))
    path: Mapped[bytes] = mapped_column(LargeBinary)
    """Bytes of the name below the root: Linux names are bytes."""
    display: Mapped[str] = mapped_column(Text)
    """The same for people: NFC, control and bidi characters shown as escapes."""
    clip_id: Mapped[str | None] = mapped_column(ForeignKey("clips.id"), index=True)
    byte_count: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(String(24))
    inode: Mapped[str] = mapped_column(String(24))
    """Text: some file systems use all 64 bits."""
    ctime_ns: Mapped[int | None] = mapped_column(BigInteger)
    """When its inode was last changed; tells of bytes that were replaced under the same time."""
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    stage: Mapped[str | None] = mapped_column(String(32))
    progress: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    """The part of the running stage that is done, 0 to 1."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    deaths: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How many workers had died in a row in its stage when that was last begun. Those of none go
    first; others are read alone: they may be the cause, or have been read beside it."""
    owner: Mapped[str | None] = mapped_column(String(64))
    """The executor that works on it."""
    fence: Mapped[int] = mapped_column(Integer, default=0)
    """Grows with every claim; a result is written only under the fence of its claim."""
    companions: Mapped[str] = mapped_column(String(64), default="")
    """Digest of the names, sizes and times of the sidecars beside it."""
    priority: Mapped[int] = mapped_column(Integer, default=10)
    """1 is first: a person's upload goes before a bulk scan."""
    next_retry_at: Mapped[datetime | None]
    stable_since: Mapped[datetime | None]
    """When size and time were first seen as they are now."""
    first_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    state_at: Mapped[datetime] = mapped_column(default=utc_now)


class SightingEvent(Base):
    """One step in the life of a sighting: append-only, written with the change itself."""

    __tablename__ = "sighting_events"
    __table_args__ = (Index("ix_sighting_events_sighting_id_id", "sighting_id", "id"),)

    id: Mapped[str] = id_column()
    sighting_id: Mapped[str] = mapped_column(ForeignKey("sightings.id"))
    at: Mapped[datetime] = mapped_column(default=utc_now)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text, default="")
    """The person, or the executor of a worker; empty for the watcher."""
    sighting: Mapped[Sighting] = relationship()
    """Only tells the session which row to write first."""


class Clip(Base):
    """What people describe, identified by the SHA-256 of its master's bytes."""

    __tablename__ = "clips"
    __table_args__ = (
        Index("ix_clips_search_rev", "search_rev"),
        index_where("rights IS NOT NULL", "ix_clips_id_rights", "id", "rights"),
    )

    id: Mapped[str] = id_column()
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    byte_count: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    # what people entered
    title: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    """Who published or handed over the footage."""
    rights: Mapped[str | None] = mapped_column(Text)
    """What may be done with it, and by whose leave."""
    people_at_risk: Mapped[str | None] = mapped_column(Text)
    """Whom it may harm to be shown or named, and what must not leave the archive."""
    language: Mapped[str | None] = mapped_column(String(35))
    # what machines derived; shown where people entered nothing
    derived_title: Mapped[str] = mapped_column(Text, default="")
    derived_title_from: Mapped[str] = mapped_column(Text, default="")
    derived_description: Mapped[str] = mapped_column(Text, default="")
    derived_source: Mapped[str] = mapped_column(Text, default="")
    derived_language: Mapped[str] = mapped_column(String(35), default="")
    # facts for lists and facets; the whole probe is in `probes`
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    container: Mapped[str] = mapped_column(String(64), default="")
    video_codec: Mapped[str] = mapped_column(String(64), default="")
    audio_codec: Mapped[str] = mapped_column(String(64), default="")
    width: Mapped[int | None]
    height: Mapped[int | None]
    """Display size: after sample aspect and rotation."""
    frame_rate: Mapped[str] = mapped_column(String(32), default="")
    time_base: Mapped[str] = mapped_column(String(32), default="")
    start_pts: Mapped[int | None] = mapped_column(BigInteger)
    viewing: Mapped[str | None] = mapped_column(String(16))
    """`full` or `balanced`, where a person chose for this clip; None: as its root says."""
    recorded_at: Mapped[str] = mapped_column(String(64), default="")
    problems: Mapped[list[Any]] = mapped_column(default=list)
    """`{stage, message, start_ms, end_ms}` each."""
    version: Mapped[int] = mapped_column(Integer)
    search_rev: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)

    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": version}  # type: ignore[misc]


class ProbeRecord(Base):
    """The whole ffprobe JSON, compressed (zlib), with the program that wrote it."""

    __tablename__ = "probes"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    tool: Mapped[str] = mapped_column(Text)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    facts: Mapped[dict[str, Any]]
    """The typed facts as `mediacatalog probe --json` prints them."""
    probed_at: Mapped[datetime] = mapped_column(default=utc_now)


class Stream(Base):
    __tablename__ = "streams"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    index: Mapped[int] = mapped_column("stream_index", primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    codec: Mapped[str] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(35))
    facts: Mapped[dict[str, Any]]


class Derivative(Base):
    """A file computed from the master by a recipe: disposable, verified after writing."""

    __tablename__ = "derivatives"
    __table_args__ = (UniqueConstraint("clip_id", "kind", "number"),)

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"))
    kind: Mapped[str] = mapped_column(String(32))
    """`poster`, `pinned_poster`, `keyframe`, `storyboard` (a sheet), `storyboard_index` or
    `proxy`."""
    number: Mapped[int] = mapped_column(Integer, default=0)
    recipe: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(Text)
    """Below the derivatives folder."""
    sha256: Mapped[str] = mapped_column(String(64))
    byte_count: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    pts: Mapped[int | None] = mapped_column(BigInteger)
    verified_at: Mapped[datetime] = mapped_column(default=utc_now)


# --- time line ------------------------------------------------------------------------------------


class ShotRow(Base):
    __tablename__ = "shots"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start_pts: Mapped[int] = mapped_column(BigInteger)
    end_pts: Mapped[int] = mapped_column(BigInteger)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    into: Mapped[str] = mapped_column(String(16))
    into_start_pts: Mapped[int | None] = mapped_column(BigInteger)
    into_end_pts: Mapped[int | None] = mapped_column(BigInteger)
    """`Shot.blend`; unknown of viewings before."""
    certainty: Mapped[float | None] = mapped_column(Float)


class KeyframeRow(Base):
    """One chosen frame of a shot; its picture is the derivative `keyframe` of the same number."""

    __tablename__ = "keyframes"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The shot's number."""
    pts: Mapped[int] = mapped_column(BigInteger)
    ms: Mapped[int] = mapped_column(BigInteger)
    phash: Mapped[str] = mapped_column(String(16))
    """64-bit perceptual hash, 16 hexadecimal digits."""
    fine_hash: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """The same in 256 bits, 64 digits."""
    sharpness: Mapped[float] = mapped_column(Float)


class StoryboardCellRow(Base):
    """One small still of the storyboard: the picture that stands for [start_ms, end_ms)."""

    __tablename__ = "storyboard_cells"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pts: Mapped[int] = mapped_column(BigInteger)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    sheet: Mapped[int]
    x: Mapped[int]
    y: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]


class TimedFactRow(Base):
    __tablename__ = "timed_facts"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    start_pts: Mapped[int] = mapped_column(BigInteger)
    end_pts: Mapped[int] = mapped_column(BigInteger)
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    time_base: Mapped[str | None] = mapped_column(String(32))
    """Of the two PTS; None is that of the clip's picture."""


class FrameHashes(Base):
    """Perceptual hashes at a fixed cadence: little-endian int64 PTS and uint64 hash in turn."""

    __tablename__ = "frame_hashes"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    recipe: Mapped[str] = mapped_column(String(64))
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    fine: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The 256-bit hashes of the same frames, 32 bytes each, the first coefficient first."""


class FrameIndex(Base):
    """The PTS of every frame of a clip, packed as `media.positions` says."""

    __tablename__ = "frame_indexes"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    recipe: Mapped[str] = mapped_column(String(64))
    packed: Mapped[bytes] = mapped_column(LargeBinary)


# --- description ----------------------------------------------------------------------------------


class Term(Base):
    """One concept of the vocabulary (SKOS); its labels are rows, its `slug` never changes."""

    __tablename__ = "terms"
    __table_args__ = (
        # Without those that aren't merged: nearly all, among which SQLite would look for few.
        index_where("merged_into IS NOT NULL", "ix_terms_merged_into", "merged_into"),
        Index("ix_terms_kind_label_key_id", "kind", "label_key", "id"),
        Index("ix_terms_label_key_id", "label_key", "id"),
    )

    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(16), default="tag")
    slug: Mapped[str] = mapped_column(Text, unique=True)
    """The folded preferred label at the time of making: what addresses and filters use."""
    label: Mapped[str] = mapped_column(Text)
    label_key: Mapped[str | None] = mapped_column(Text, Computed("lower(label)"))  # sorts lists
    scope_note: Mapped[str] = mapped_column(Text, default="")
    """What the term is for, and what it isn't."""
    state: Mapped[str] = mapped_column(
        String(16), default="accepted", server_default="accepted", index=True
    )
    """`suggested` until somebody has looked at a new name, `accepted` or `rejected`."""
    merged_into: Mapped[str | None] = mapped_column(ID)
    """The term that took its names and clips; it is kept so that both can part again."""
    merged: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """What went over, as `thesaurus` keeps it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class TermLabel(Base):
    """A preferred or alternative label in one language; `folded` is what look-ups compare."""

    __tablename__ = "term_labels"
    __table_args__ = (UniqueConstraint("term_id", "folded"),)

    id: Mapped[str] = id_column()
    term_id: Mapped[str] = mapped_column(ForeignKey("terms.id"))
    label: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text, index=True)
    language: Mapped[str | None] = mapped_column(String(35))
    preferred: Mapped[bool] = mapped_column(Boolean, default=False)


class TermBroader(Base):
    """That a term lies within another one; it may lie within several (SKOS broader)."""

    __tablename__ = "term_broader"

    term_id: Mapped[str] = mapped_column(ForeignKey("terms.id"), primary_key=True)
    broader_id: Mapped[str] = mapped_column(ForeignKey("terms.id"), primary_key=True, index=True)


class ClipTerm(Base):
    __tablename__ = "clip_terms"
    __table_args__ = (Index("ix_clip_terms_term_id_clip_id", "term_id", "clip_id"),)

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    term_id: Mapped[str] = mapped_column(ForeignKey("terms.id"), primary_key=True)
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


# --- context --------------------------------------------------------------------------------------


class ArticleRow(Base):
    """The story that a clip was published with; the original bytes are kept (zlib)."""

    __tablename__ = "articles"

    id: Mapped[str] = id_column()
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the original bytes."""
    name: Mapped[str] = mapped_column(Text)
    original: Mapped[bytes] = mapped_column(LargeBinary)
    title: Mapped[str | None] = mapped_column(Text)
    byline: Mapped[str | None] = mapped_column(Text)
    dateline: Mapped[str | None] = mapped_column(Text)
    published: Mapped[str | None] = mapped_column(String(64))
    modified: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(35))
    url: Mapped[str | None] = mapped_column(Text)
    site: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    removed: Mapped[list[Any]] = mapped_column(default=list)
    videos: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ArticleLink(Base):
    """That a clip belongs to an article: proposed with evidence, decided by a person."""

    __tablename__ = "article_links"
    __table_args__ = (
        UniqueConstraint("clip_id", "article_id"),
        Index("ix_article_links_state_score_id", "state", "score", "id"),
        Index("ix_article_links_article_id_state_score_id", "article_id", "state", "score", "id"),
    )

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"))
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"))
    relation: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    """`certain` (by the machine), `suggested`, `accepted` or `rejected` (by a person)."""
    score: Mapped[float] = mapped_column(Float)
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    """`{kind, detail, weight}` each."""
    decided_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


# --- work -----------------------------------------------------------------------------------------


class ClipStage(Base):
    """What is done for a clip. The truth that the job engine is rebuilt from."""

    __tablename__ = "clip_stages"
    __table_args__ = (
        CheckConstraint(
            "state in ('todo', 'running', 'done', 'failed', 'skipped')", name="known_state"
        ),
    )

    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="todo")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    """Of input and recipe: the stage is done for these."""
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    """The fence: a result is committed only under the attempt that it began with."""
    deaths: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Attempts in a row that ended with the worker's death."""
    error: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ms: Mapped[int | None]


# --- trust ----------------------------------------------------------------------------------------


class Change(Base):
    """One change that a person made: append-only."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_kind_key_id", "kind", "key", "id"),
        Index("ix_changes_actor_id", "actor", "id"),
        Index("ix_changes_number_id", "number", "id"),
        Index("ix_changes_batch_id_id", "batch_id", "id"),
    )

    id: Mapped[str] = id_column()
    batch_id: Mapped[str] = mapped_column(ID)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    kind: Mapped[str] = mapped_column(String(32))
    """What was changed: `clip`, `term`, `article_link`, `sighting`."""
    key: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(String(64))
    before: Mapped[Any | None] = mapped_column(JSON)
    after: Mapped[Any | None] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    undoes: Mapped[str | None] = mapped_column(ID, index=True)
    """The batch that this entry takes back."""
    number: Mapped[int | None] = mapped_column(BigInteger)
    """Its place in the order of commits (`change_feed`)."""
