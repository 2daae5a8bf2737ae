"""What the API answers of the ingest, caption tracks, manifests, and articles that are brought."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mediacatalog.web.answers import Told


class QueuedFile(Told):
    id: str
    root: str
    display: str
    clip_id: str | None
    title: str
    byte_count: int
    state: str
    reason: str
    next_step: str
    stage: str | None
    progress: float
    attempts: int
    next_retry_at: str | None
    state_at: str


class Step(Told):
    at: str
    state: str
    reason: str
    actor: str


class StageRun(Told):
    stage: str
    state: str
    attempt: int
    error: str
    milliseconds: int | None
    finished_at: str | None


class FileStory(Told):
    file: QueuedFile
    path: str
    steps: list[Step] = Field(description="The newest first")
    stages: list[StageRun]


class Root(Told):
    id: str
    name: str
    path: str
    kind: str
    alarm: str | None
    lost: int
    settled: bool
    events: str
    paused_by: str | None
    viewing: str


class Roots(Told):
    roots: list[Root]


class Again(Told):
    clip: str
    waits: bool = Field(description="False while no file of the clip can be reached")


class Poster(Told):
    clip: str
    ms: int | None
    pinned_by: str = Field(description="Empty while the machine chooses")
    made: bool
    can_undo: bool


class CaptionTrack(Told):
    id: str
    clip: str
    origin: str
    origin_key: str
    format: str
    encoding: str
    language: str | None
    kind: str
    made_by: str
    state: Literal["here", "gone", "removed"]
    edited_by: str | None
    version: int
    cue_count: int


class CaptionTracks(Told):
    tracks: list[CaptionTrack]


class CaptionCue(Told):
    start_ms: int
    end_ms: int
    text: str
    id: str | None
    speaker: str | None
    settings: str | None
    language: str | None
    sound: bool
    words: list[list[int]]


class CaptionCues(Told):
    track: str
    version: int
    cues: list[CaptionCue]


class Fault(Told):
    row: int
    column: str
    message: str


class PlannedRow(Told):
    row: int
    file: str
    clip: str | None
    changes: list[str]
    kept: list[str]


class Manifest(Told):
    sha256: str
    name: str
    kind: str
    count: int
    notes: list[str]
    faults: int
    errors: list[Fault]
    rows: list[PlannedRow] = Field(description="Of those with work the first")
    work: int


class RowDone(Told):
    row: int
    file: str
    state: str
    clip: str | None
    changes: list[str]
    kept: list[str]
    message: str


class ManifestPart(Told):
    outcomes: list[RowDone]
    done: int
    total: int
    after: int | None = Field(description="From where to go on; null at the end")


class Gathered(Told):
    kind: str
    found: int
    new: int
    articles: list[str]
    skipped: int
    reasons: list[str]
    error: str
