"""A small typed client of the API, of nothing but the standard library.

    client = Client("https://archive.example", token)
    for hit in client.search("ferry", tag=["night"]):
        seen = client.description(hit["clip"])
        client.describe(hit["clip"], seen, title="The ferry at dusk")

Changes carry the edition that they begin with, POSTs a key, so that what is sent again after a cut
line is done once. Whatever goes wrong is a ProblemError.
"""

from __future__ import annotations

import ipaddress
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS = 60.0
TRIES = 4
LONGEST_WAIT = 60.0
AGAIN = (429, 503)


class Moment(TypedDict):
    start_ms: int | None
    end_ms: int | None
    source: str
    snippet: str


class Hit(TypedDict):
    clip: str
    title: str
    score: float
    moments: list[Moment]


class Description(TypedDict):
    clip: str
    title: str
    description: str
    source: str
    language: str
    rights: str
    people_at_risk: str


class Collection(TypedDict):
    id: str
    name: str
    description: str
    kind: str
    count: int | None


class Item(TypedDict):
    clip: str
    place: int
    note: str


class Preview(TypedDict):
    id: str
    clips: int
    digest: str
    counts: dict[str, int]
    batch: str | None


class Change(TypedDict):
    id: str
    batch_id: str
    kind: str
    key: str
    actor: str
    at: str
    field: str
    before: Any
    after: Any


class ChangedClip(TypedDict):
    clip: str
    state: str


class Feed(TypedDict):
    changes: list[Change]
    clips: list[ChangedClip]
    next: str
    more: bool


Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class Seen(Generic[Document]):
    """A document as it was at one edition."""

    document: Document
    etag: str


class ProblemError(Exception):
    """What the server says can't be done; `now` is what stands there, of 409 and 412."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}")
        self.status, self.problem = status, problem

    @property
    def now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.problem.get("now", {})
        return found


class _Stay(HTTPRedirectHandler):
    """A redirect would take the token elsewhere."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


class Client:
    def __init__(self, base: str, token: str = "", *, seconds: float = SECONDS) -> None:
        """`base` is where the pages are. Raises ValueError for a token over plain HTTP."""
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base!r} is no address of a server")
        if token and parts.scheme == "http" and not _is_here(parts.hostname):
            raise ValueError("a token is sent over HTTPS only, or within this machine")
        self._base, self._token, self._seconds = base.rstrip("/"), token, seconds
        self._opener = build_opener(_Stay)

    # --- reading ---

    def search(self, q: str = "", *, limit: int = 50, **facets: Sequence[str]) -> Iterator[Hit]:
        """Every clip that fits, the best first, with the moments that do."""
        yield from self._parts("/search", "hits", limit, q=q, **facets)

    def clip(self, clip_id: str) -> dict[str, Any]:
        """Everything known of a clip, by its id or the beginning of its SHA-256."""
        found: dict[str, Any] = self.call("GET", f"/clips/{_quoted(clip_id)}")[0]
        return found

    def description(self, clip_id: str) -> Seen[Description]:
        """What people entered of a clip."""
        return Seen(*self.call("GET", f"/clips/{_quoted(clip_id)}/description"))

    def collections(self) -> Iterator[Collection]:
        yield from self._parts("/collections", "collections", 200)

    def items(self, collection_id: str) -> Iterator[Item]:
        """Clips of a collection that was put together by hand, in their order."""
        yield from self._parts(f"/collections/{_quoted(collection_id)}/items", "items", 200)

    def changes(self, after: str = "", *, limit: int = 1000) -> Feed:
        """What came after a position: `next` of the feed before, or `now`."""
        feed: Feed = self.call("GET", "/changes", {"after": after, "limit": limit})[0]
        return feed

    def follow(self, after: str = "") -> Iterator[Feed]:
        """All parts of the feed up to now; keep `next` of each with what you did about it."""
        while True:
            feed = self.changes(after)
            yield feed
            after = feed["next"]
            if not feed["more"]:
                return

    # --- changing ---

    def describe(
        self, clip_id: str, seen: Seen[Description], *, reason: str = "", **texts: str | None
    ) -> Seen[Description]:
        """Set texts of a clip that was seen so. ProblemError 412 if somebody was quicker."""
        body = {**texts, "reason": reason}
        path = f"/clips/{_quoted(clip_id)}/description"
        return Seen(*self.call("PATCH", path, body=body, etag=seen.etag))

    def add_term(self, clip_id: str, label: str, kind: str = "tag") -> None:
        path = f"/clips/{_quoted(clip_id)}/terms"
        self.call("POST", path, body={"label": label, "kind": kind})

    def make_collection(self, name: str, clips: Sequence[str] = ()) -> Collection:
        made: Collection = self.call("POST", "/collections", body={"name": name})[0]
        if clips:
            self.call("POST", f"/collections/{made['id']}/items", body={"clips": list(clips)})
        return made

    def preview(
        self, changes: dict[str, Any], *, clips: Sequence[str] = (), q: str | None = None
    ) -> Preview:
        """What an edit of these clips, or of all that `q` finds, would change. Nothing is yet."""
        chosen: dict[str, Any] = {"clips": list(clips)} if q is None else {"query": {"q": q}}
        made: Preview = self.call("POST", "/bulk-edits", body={**chosen, "changes": changes})[0]
        return made

    def apply(self, seen: Preview) -> str:
        """Do just what was previewed; the batch, for `undo`."""
        path, body = f"/bulk-edits/{seen['id']}/apply", {"digest": seen["digest"]}
        batch: str = self.call("POST", path, body=body)[0]["batch"]
        return batch

    def undo(self, batch: str) -> int:
        """Take an act back; how many of its changes were."""
        done: int = self.call("POST", f"/changes/{_quoted(batch)}/undo")[0]["done"]
        return done

    # --- any request ---

    def call(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        *,
        body: object = None,
        etag: str = "",
    ) -> tuple[Any, str]:
        """(document, its ETag) of any request below /api/v1. Raises ProblemError, OSError.

        What the server is too busy for is asked again when it says.
        """
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if etag:
            headers["If-Match"] = etag
        if method == "POST":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        url = f"{self._base}/api/v1{path}{asked}"
        for turn in range(1, TRIES + 1):
            request = Request(url, data, headers, method=method)  # noqa: S310 - see __init__
            try:
                with self._opener.open(request, timeout=self._seconds) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None, answer.headers.get("ETag", "")
            except HTTPError as error:
                with error:
                    if error.code not in AGAIN or turn == TRIES:
                        raise ProblemError(error.code, _problem(error)) from error
                    time.sleep(_wait(error.headers.get("Retry-After", "")))
        raise AssertionError  # the last turn returns or raises

    def _parts(self, path: str, name: str, limit: int, **query: Any) -> Iterator[Any]:  # noqa: ANN401
        after: str | None = None
        while True:
            given = {**query, "limit": limit} | ({"after": after} if after else {})
            found = self.call("GET", path, given)[0]
            yield from found[name]
            after = found["next"]
            if not after:
                return


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(error: HTTPError) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(error.read())
    except ValueError:
        return {"title": error.reason}
    return told


def _wait(text: str) -> float:
    return min(float(text) if text.isdigit() else 1.0, LONGEST_WAIT)
