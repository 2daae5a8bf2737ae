"""What the API answers of the desk: reviews, history, collections, bulk edits, the vocabulary."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mediacatalog.web.answers import Review, Told


class ClipReview(Review):
    clip: str


class ReviewList(Told):
    clips: list[ClipReview]
    waiting: dict[str, int] = Field(description="Exact up to 1,000; 1,001 is more")
    next: str | None


class Pair(Told):
    pair: str
    clips: list[str]
    shared: int


class Pairs(Told):
    pairs: list[Pair]
    count: int


class Batch(Told):
    batch: str


class Undone(Told):
    batch: str | None
    done: int
    kept: int


class Act(Told):
    batch: str
    actor: str
    at: str
    reason: str
    undoes: str | None
    undone: bool
    entries: int = Field(description="Counted up to 1,001, which means more than 1,000")
    objects: int = Field(description="Different ones among the entries that were counted")
    fields: list[str] = Field(description="Those of the entries that were counted")


class FeedChange(Told):
    id: str
    batch_id: str
    kind: str = Field(description="Of what was changed: clip, term, collection and so on")
    key: str
    actor: str
    at: str
    field: str
    before: Any
    after: Any
    reason: str
    undoes: str | None


class FeedClip(Told):
    clip: str
    state: str


class Feed(Told):
    changes: list[FeedChange]
    clips: list[FeedClip] = Field(description="Those that are other than before: read them anew")
    next: str
    more: bool


class Acts(Told):
    acts: list[Act]
    next: str | None


# --- collections ----------------------------------------------------------------------------------


class Collection(Told):
    id: str
    name: str
    description: str
    kind: Literal["by hand", "query"]
    q: str
    filters: dict[str, list[str]]
    count: int | None = Field(description="Clips put into it; null where a search fills it")
    created_by: str
    created_at: str


class Collections(Told):
    collections: list[Collection]
    next: str | None


class CollectionItem(Told):
    clip: str
    place: int
    note: str
    added_by: str
    added_at: str


class CollectionItems(Told):
    items: list[CollectionItem]
    next: str | None


class Added(Told):
    added: int
    count: int


# --- bulk edits -----------------------------------------------------------------------------------


class PlannedChange(Told):
    clip: str
    field: str
    before: Any
    after: Any
    collection: str | None = Field(description="Into or out of which it is put")


class PlannedChanges(Told):
    changes: list[PlannedChange]
    next: str | None


class Refused(Told):
    clip: str
    why: str


class BulkEdit(Told):
    id: str
    selection: str
    clips: int
    batch: str | None = Field(description="Once it was carried out; takes it back")
    digest: str
    changed_clips: int
    counts: dict[str, int]
    changes: list[PlannedChange]
    more: bool
    refused: list[Refused]


# --- the vocabulary -------------------------------------------------------------------------------


class Alias(Told):
    id: str
    label: str
    language: str | None


class Term(Told):
    id: str
    kind: str
    slug: str
    label: str
    language: str | None
    scope_note: str
    state: str
    aliases: list[Alias]
    broader: list[str]
    count: int = Field(description="Clips that carry it: exact up to 1,000; 1,001 is more")


class Terms(Told):
    terms: list[Term]
    next: str | None


class Suggestion(Told):
    label: str
    slug: str
    count: int
    via: str | None


class Suggestions(Told):
    terms: list[Suggestion]


class TakenIn(Told):
    terms: int
    changes: int


# --- links for outsiders --------------------------------------------------------------------------


class SharedLink(Told):
    id: str
    label: str
    title: str
    description: str
    clip: str | None
    collection: str | None
    start_ms: int | None
    end_ms: int | None
    password: bool
    watermark: bool
    original: bool
    titles: bool
    created_by: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    revoked_by: str
    clips: int
    ready: int
    ended: int
    problem: str
    seen_at: str | None
    state: Literal["making", "good", "failed", "expired", "revoked", "ended"]


class NewSharedLink(SharedLink):
    url: str = Field(description="Told this once")


class SharedLinks(Told):
    links: list[SharedLink]


class LinkView(Told):
    what: str
    number: int
    address: str = Field(description="The network: /24 of IPv4, /48 of IPv6")
    agent: str
    first_at: str
    last_at: str


class LinkViews(Told):
    views: list[LinkView]


# --- grants ---------------------------------------------------------------------------------------


class Grant(Told):
    collection: str
    collection_name: str
    account: str
    reach: Literal["restricted", "sealed"]
    granted_by: str
    granted_at: str


class Grants(Told):
    grants: list[Grant]


class CollectionGrants(Told):
    collection: str
    grants: list[Grant] = Field(description="By account")


# --- purging --------------------------------------------------------------------------------------


class AskedToPurge(Told):
    reason: str
    with_masters: bool
    asked_by: str
    asked_at: str


class Tombstone(Told):
    clip: str
    sha256: str = Field(description="Of its master: these bytes aren't taken in again")
    level: Literal["open", "restricted", "embargo", "sealed"]
    reason: str
    asked_by: str
    asked_at: str
    confirmed_by: str = Field(description="Empty where nobody else could")
    purged_at: str
    masters: str = Field(
        description="`left` to the operator, `to be removed`, `removed`, or `left: ` and why"
    )
    erased_at: str | None = Field(description="When its files were gone from the disk")


class Purging(Told):
    clip: str
    asked: AskedToPurge | None = Field(description="What another admin is to confirm")
    tombstone: Tombstone | None = None


class Tombstones(Told):
    tombstones: list[Tombstone]
    next: str | None
