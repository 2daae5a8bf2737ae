"""Whatever is sent to the API, by whomever, it answers as its description says, never with 500.

Schemathesis makes requests from the committed description, valid ones and wrong ones. Each is sent
as nobody and as each role, half of them for things that are there and editions that fit. The same
requests are made every time; `TEST_API_EXAMPLES=200` makes as many others for each operation.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core import NotSet
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from mediacatalog.catalog import collections, markers, saved, sharing, tokens
from mediacatalog.catalog.accounts import ROLES
from mediacatalog.catalog.database import open_catalogue
from mediacatalog.catalog.models import ArticleRow, Term
from tests.search.rows import a_clip
from tests.web.described import description
from tests.web.people import an_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiflask import APIFlask
    from flask.testing import FlaskClient
    from schemathesis import Case

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search import SearchIndex

MANY = int(os.environ.get("TEST_API_EXAMPLES", "0"))
CHOSEN = settings(
    max_examples=MANY or 2,
    derandomize=not MANY,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = [
    found.ok() for found in schemathesis.openapi.from_dict(description()).get_all_operations()
]


@pytest.fixture
def catalogue(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Catalogue]:
    shutil.copyfile(migrated_sqlite, tmp_path / "catalogue.sqlite")
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    yield opened
    opened.close()


class Callers:
    """Nobody, and a program of each role, over a small archive."""

    def __init__(self, client: FlaskClient, catalogue: Catalogue) -> None:
        self.client, self.sent = client, 0
        self.wrong: list[str] = []
        """What was asked by whom, and how it was answered."""
        self.headers: dict[str, dict[str, str]] = {"nobody": {}}
        for role in ROLES:
            name = f"a {role}"
            an_account(catalogue, name, role)
            with catalogue.writing() as session:
                _, text = tokens.create(
                    session, name, owner=name, role=role, scopes=list(tokens.SCOPES), days=1
                )
            self.headers[role] = {"Authorization": f"Bearer {text}"}
        self.known = known(catalogue)

    def send(self, case: Case, *, known: bool) -> None:
        """As everybody. `DescribedClient` holds each answer against the description."""
        headers = {str(name): one_line(value) for name, value in (case.headers or {}).items()}
        path = dict(case.path_parameters or {})
        body = None if isinstance(case.body, NotSet) else case.body
        if known:
            path |= {name: self.known[name] for name in path if name in self.known}
            body = self.filled(body)
            headers["If-Match"] = "*"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        for who, own in self.headers.items():
            self.sent += 1
            asked = f"{who}: {case.method} {case.operation.path} {path} {query(case)} {body!r}"
            try:
                answer = self.client.open(
                    case.operation.path.format(**path),
                    method=case.method,
                    query_string=MultiDict(query(case)),
                    headers=headers | own,
                    content_type=case.media_type or "application/json",
                    data=None if body is None else data,
                )
            except AssertionError as error:
                self.wrong.append(f"{asked}: {error}")
                continue
            if answer.status_code >= 500 or (who == "nobody" and answer.status_code < 400):
                self.wrong.append(f"{asked}: {answer.status_code} {answer.text[:300]}")
            answer.close()

    def filled(self, body: Any) -> Any:
        """With ids of things that are there."""
        if isinstance(body, list):
            return [self.filled(one) for one in body]
        if not isinstance(body, dict):
            return body
        found = {name: self.filled(value) for name, value in body.items()}
        for name in ("clip", "collection", "into"):
            if isinstance(found.get(name), str):
                found[name] = self.known[f"{name}_id"]
        if isinstance(found.get("clips"), list):
            found["clips"] = [self.known["clip_id"]]
        return found


def query(case: Case) -> list[tuple[str, str]]:
    return [
        (str(name), one if isinstance(one, str) else json.dumps(one))
        for name, value in (case.query or {}).items()
        for one in (value if isinstance(value, list) else [value])
    ]


def one_line(value: object) -> str:
    return "".join(letter for letter in str(value) if " " <= letter <= "~").strip()


def known(catalogue: Catalogue) -> dict[str, str]:
    """Ids by the names of places in addresses."""
    clip = a_clip(
        catalogue, "A ferry", tags=["ferry"], places=[["Abu Kamal"]], cues=[(0, 900, "a ferry")],
        article="The ferry", name="ferry.mp4", description="At dusk",
    )  # fmt: skip
    with catalogue.writing() as session:
        case = collections.make(session, "Case", actor="x")
        collections.add(session, case, [clip], actor="x")
        marker = markers.add(session, clip, markers.Wanted("a marker", 100), actor="x")
        link, _ = sharing.make(session, sharing.Wanted("desk", 7, clip), actor="x")
        search = saved.save(session, "Ferries", "ferry", {}, actor="x")
        terms = session.scalars(select(Term.id)).all()
        return {
            "clip_id": clip, "collection_id": case, "share_id": link.id, "term_id": terms[0],
            "broader_id": terms[1], "into_id": terms[1], "search_id": search, "kind": "tag",
            "slug": "ferry", "marker_id": marker,
            "article_id": session.scalars(select(ArticleRow.id)).one(),
        }  # fmt: skip


def test_every_operation_answers_everybody_as_it_is_described(
    app: APIFlask, catalogue: Catalogue, index: SearchIndex
) -> None:
    callers = Callers(app.test_client(), catalogue)
    index.catch_up(catalogue)
    for operation in OPERATIONS:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode == GenerationMode.NEGATIVE and not (operation.body or operation.query):
                continue  # whatever stands in an address is some text
            turn = iter(range(10**9))

            @CHOSEN
            @given(operation.as_strategy(generation_mode=mode))
            def each(case: Case) -> None:
                callers.send(case, known=next(turn) % 2 == 0)  # noqa: B023 - called at once

            each()
    assert not callers.wrong, "\n".join(callers.wrong)
    assert callers.sent > 1000
