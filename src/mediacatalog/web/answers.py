"""What the API answers, field by field: the schemas of its description, which the tests hold.

`Any` stands where the catalogue keeps what others say: facts of a probe, values of a mention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel

from mediacatalog.web.picture_answers import PictureText

if TYPE_CHECKING:
    from collections.abc import Callable

PROBLEM = "application/problem+json"


View = TypeVar("View", bound="Callable[..., Any]")


def answers(
    model: type[BaseModel] | None, status: int = 200, said: str = ""
) -> Callable[[View], View]:
    """Note on a view what it answers when all is well; None: nothing but the status."""

    def note(view: View) -> View:
        vars(view)["answers"] = (status, model, said)
        return view

    return note


class Told(BaseModel):
    """A document of which every field is known."""

    model_config = ConfigDict(extra="forbid")


class FieldError(Told):
    pointer: str
    detail: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default=[], description="The fields that can't be taken")
    now: dict[str, Any] = Field(default={}, description="With 409 and 412: what stands there now")


class Made(Told):
    id: str


# --- search ---------------------------------------------------------------------------------------


class Moment(Told):
    start_ms: int | None = Field(description="Null: it is of the whole clip")
    end_ms: int | None
    source: str
    snippet: str
    track: str | None
    language: str | None
    via: str = ""
    label: str = ""


class Hit(Told):
    clip: str
    title: str
    score: float
    moments: list[Moment]


class FacetValue(Told):
    value: str
    label: str
    count: int
    selected: bool
    excluded: bool = False


class Found(Told):
    query: str
    filters: dict[str, list[str]]
    count: int
    hits: list[Hit]
    facets: dict[str, list[FacetValue]]
    next: str | None
    notes: list[str]


class Cluster(Told):
    lat: float
    lon: float
    km: float
    count: int


class PlacesFound(Told):
    query: str
    clusters: list[Cluster]
    located: int
    count: int
    cut: bool
    area: dict[str, Any] | None


class Bar(Told):
    when: str
    count: int


class DatesFound(Told):
    query: str
    unit: Literal["year", "month", "day"]
    bars: list[Bar]
    vague: int
    count: int
    cut: bool


class Completion(Told):
    kind: str
    label: str
    q: str
    via: str | None
    count: int | None
    clip: str | None
    url: str | None


class Completions(RootModel[list[Completion]]):
    pass


class SavedSearch(Told):
    id: str
    name: str
    q: str
    filters: dict[str, list[str]]
    view: str
    sort: str
    looked_at: str
    count: int
    new: int
    url: str


class SavedQuestion(Told):
    id: str
    name: str
    q: str
    filters: dict[str, list[str]]
    view: str
    sort: str


class SavedSearches(Told):
    saved: list[SavedSearch]


# --- clips ----------------------------------------------------------------------------------------


class Marker(Told):
    id: str
    start_ms: int
    end_ms: int | None
    start_pts: int
    end_pts: int | None
    time_base: str
    text: str
    author: str
    created_at: str
    version: int
    tags: list[str]


class Markers(Told):
    markers: list[Marker]


class When(Told):
    source: str
    found: str
    edtf: str
    first: str | None
    last: str | None
    zone: str
    reason: str
    id: str
    note: str


class Where(Told):
    source: str
    name: str
    role: str
    lat: float | None
    lon: float | None
    precision_m: int | None
    reason: str
    id: str
    note: str


class Best(Told):
    edtf: str | None
    earliest: str | None
    latest: str | None


class Occasion(Told):
    date: Best
    date_because: str
    place: Where | None
    place_because: str
    conflicts: list[str]
    dates: list[When]
    places: list[Where]


class Evidence(BaseModel):
    kind: str
    detail: str
    weight: float


class Link(Told):
    relation: str
    state: str
    score: float
    evidence: list[Evidence]
    decided_by: str | None


class LinkedArticle(Link):
    article: str
    title: str | None
    name: str
    url: str | None
    published: str | None


class LinkedClip(Link):
    clip: str


class Sighting(Told):
    path: str
    state: str
    reason: str
    next_step: str
    first_seen: str
    last_seen: str


class CarriedTerm(Told):
    kind: str
    label: str
    slug: str
    by: str


class Shot(Told):
    start_pts: int
    end_pts: int
    start_ms: int
    end_ms: int
    into: str
    into_start_pts: int | None
    into_end_pts: int | None
    certainty: float | None
    keyframe_ms: int | None


class Cue(Told):
    start_ms: int
    end_ms: int
    text: str
    id: str | None
    speaker: str | None
    settings: str | None


class Track(BaseModel):
    track: str
    state: str
    language: str | None
    kind: str
    made_by: str
    searchable: bool
    cues: list[Cue]


class InCollection(Told):
    id: str
    name: str
    note: str


class Review(Told):
    state: str
    reviewed_by: str
    assignee: str
    second_look: str | None
    second_look_by: str


class HistoryEntry(Told):
    at: str
    actor: str
    field: str
    before: Any
    after: Any
    reason: str
    batch: str
    undoes: str | None


class Texts(Told):
    """What people call a clip and say of it; empty where nobody has."""

    title: str
    description: str
    source: str
    language: str
    rights: str
    people_at_risk: str


class ClipDocument(Texts):
    clip: str
    sha256: str
    bytes: int
    state: str
    title_from: str
    collections: list[InCollection]
    review: Review
    duration_ms: int | None
    time_base: str
    start_pts: int | None
    problems: list[dict[str, Any]]
    sightings: list[Sighting]
    terms: list[CarriedTerm]
    occasion: Occasion
    articles: list[LinkedArticle]
    tracks: list[Track]
    shots: list[Shot]
    timed_facts: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    markers: list[Marker]
    picture_text: PictureText
    sound: dict[str, Any] | None
    stages: list[dict[str, Any]]
    probe: dict[str, Any] | None
    probe_tool: str | None
    history: list[HistoryEntry]


class EnteredTexts(Texts):
    clip: str


class ClipTerms(Told):
    clip: str
    terms: list[CarriedTerm]


class Warned(Told):
    id: str
    kind: str
    start_ms: int | None
    end_ms: int | None
    note: str
    author: str
    created_at: str


class Warnings(Told):
    clip: str
    looked_at: bool
    warnings: list[Warned]


class Unsealing(Told):
    level: Literal["open", "restricted", "embargo"]
    until: str | None
    reason: str
    asked_by: str
    asked_at: str


class Access(Told):
    clip: str
    level: Literal["open", "restricted", "embargo", "sealed"]
    until: str | None = Field(description="When an embargo ends")
    reason: str
    set_by: str
    set_at: str | None
    unsealing: Unsealing | None = Field(description="What another account is to confirm")


# --- articles -------------------------------------------------------------------------------------


class Mention(BaseModel):
    id: str
    kind: str
    key: str
    start: int
    end: int
    surface: str
    value: dict[str, Any]
    confidence: float
    state: str
    decided_by: str | None


class Mentions(Told):
    article: str
    mentions: list[Mention]
    claims: list[dict[str, Any]]


class Article(BaseModel):
    article: str
    sha256: str
    name: str
    title: str | None
    url: str | None
    text: str
    mentions: list[Mention]
    clips: list[LinkedClip]


class ArticleId(Told):
    article: str


# --- the desk -------------------------------------------------------------------------------------


class AskedLink(Link):
    model_config = ConfigDict(extra="ignore")
    decided_by: str | None = None
    link: str
    clip: str
    article: str
    title: str | None
    passages: list[str]


class LinkQueue(Told):
    waiting: dict[str, int] = Field(description="Exact up to 1,000; 1,001 is more")
    links: list[AskedLink]


class LinksDecided(Told):
    batch: str
    waiting: dict[str, int] = Field(description="Exact up to 1,000; 1,001 is more")


class LinksUndone(Told):
    links: list[str]
    waiting: dict[str, int] = Field(description="Exact up to 1,000; 1,001 is more")


class Ingest(BaseModel):
    counts: dict[str, int] = Field(description="By state: exact up to 10,000; 10,001 is more")
    total: int = Field(description="Counted like `counts`")
    found: int = Field(description="Counted like `counts`")
    cut: bool = Field(description="More names hold `name` than were looked at")
    next: str | None
    files: list[dict[str, Any]]
    roots: list[dict[str, Any]]


class Upload(Told):
    id: str
    state: str
    name: str
    message: str
    clip: str | None
    length: int
    offset: int
    expires: str
