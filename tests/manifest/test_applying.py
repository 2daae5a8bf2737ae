"""Manifests against real files and a real catalogue: what is checked, written and kept."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select, text

from mediacatalog.catalog import changes, claims, edits, holdings, links, record, vocabulary
from mediacatalog.catalog.base import Base
from mediacatalog.catalog.manifests import Manifest
from mediacatalog.catalog.models import Change, Clip, Derivative, Sighting
from mediacatalog.catalog.reads import entered
from mediacatalog.ingest import pipeline
from mediacatalog.ingest.jobs import Services
from mediacatalog.manifest import applying, checking
from mediacatalog.media.viewing import Viewer
from mediacatalog.values import State
from tests.factories import SRT, make_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.manifest.applying import Outcome
    from mediacatalog.manifest.checking import Checked
    from mediacatalog.settings import Settings

STORY = """Harbour evacuated before the storm

PORT SALIM – Trucks left the grain harbour on Monday, the harbour master said. By 19 November the
quay stood empty, and the ferries to the islands were cancelled until further notice.
"""


@pytest.fixture(scope="session")
def red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("made"), "red.mp4", shots=[("red", 0.4)])


@pytest.fixture(scope="session")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("made"), "blue.mp4", shots=[("blue", 0.4)])


@dataclass
class Desk:
    """Someone with a folder of footage and manifests for it."""

    catalogue: Catalogue
    settings: Settings

    @property
    def media(self) -> Path:
        return self.settings.media

    def check(self, manifest: str, *, overwrite: bool = False) -> Checked:
        where, data = checking.Where(folder=self.media), manifest.encode()
        return checking.check(
            self.catalogue, self.settings, data, "m.csv", where=where, overwrite=overwrite
        )

    def errors(self, manifest: str) -> list[str]:
        return [str(one) for one in self.check(manifest).errors]

    def begin(self, manifest: str, *, overwrite: bool = False) -> Iterator[Outcome]:
        checked = self.check(manifest, overwrite=overwrite)
        assert checked.errors == []
        return applying.apply(self.catalogue, self.settings, checked, overwrite=overwrite)

    def apply(self, manifest: str, *, overwrite: bool = False) -> list[Outcome]:
        return list(self.begin(manifest, overwrite=overwrite))

    def work(self) -> None:
        """Read all that waits, as a worker does."""
        with Viewer() as viewer:
            services = Services(self.catalogue, self.settings, viewer)
            while True:
                with self.catalogue.writing() as session:
                    taken = claims.take(session, "test", limit=1)
                if not taken:
                    return
                pipeline.run(services, *taken[0])

    def clip(self, clip_id: str | None) -> dict[str, Any]:
        assert clip_id is not None
        with self.catalogue.reading() as session:
            return record.of_clip(session, clip_id)

    def counts(self) -> dict[str, int]:
        """Rows of every table."""
        with self.catalogue.reading() as session:
            return {
                name: session.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in Base.metadata.tables.items()
            }

    def describe(self, clip_id: str | None, **texts: str) -> None:
        """As a person on the clip's page."""
        assert clip_id is not None
        with self.catalogue.writing() as session:
            before = entered(session.get_one(Clip, clip_id))
            edits.describe(
                session,
                clip_id,
                replace(before, **texts),
                edition=before.edition,
                actor=changes.LOCAL,
            )

    @contextmanager
    def counting_queries(self) -> Iterator[list[str]]:
        said: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(self.catalogue.engine, "before_cursor_execute", note)
        yield said
        event.remove(self.catalogue.engine, "before_cursor_execute", note)


@pytest.fixture
def desk(catalogue: Catalogue, settings: Settings, red: Path, blue: Path) -> Desk:
    """Two clips in the watched folder, which have stood still for long enough."""
    for made in (red, blue):
        shutil.copy2(made, settings.media / made.name)
    still = settings.model_copy(update={"settle_seconds": 0.0, "unproven_settle_seconds": 0.0})
    return Desk(catalogue, still)


FULL = (
    "file,title,description,source,language,tags,places,note\n"
    'red.mp4,Ferry leaves,"Two\nlines",Agency X,Arabic,night|ferry,Tyre,from the desk\n'
    "blue.mp4,Quay,,,,,,\n"
)


def test_everything_a_row_says_is_written_with_its_history(desk: Desk) -> None:
    outcomes = desk.apply(FULL)
    assert [one.state for one in outcomes] == ["done", "done"]
    clip = desk.clip(outcomes[0].clip)
    assert (clip["title"], clip["description"]) == ("Ferry leaves", "Two\nlines")
    assert (clip["source"], clip["language"]) == ("Agency X", "ar")
    terms = {(one["kind"], one["label"]) for one in clip["terms"]}
    assert terms == {("tag", "night"), ("tag", "ferry"), ("place", "Tyre")}
    reasons = {one["reason"] for one in clip["history"]}
    assert reasons == {"manifest m.csv, row 2: from the desk"}
    with desk.catalogue.reading() as session:
        assert len(set(session.scalars(select(Change.batch_id)))) == 1
        (batch,) = session.scalars(select(Manifest))
        assert batch.finished_at is not None


def test_a_row_says_how_its_clip_is_watched_through(desk: Desk) -> None:
    (red, blue) = desk.apply("file,viewing,note\nred.mp4,Balanced,bulk\nblue.mp4,,\n")
    desk.work()
    with desk.catalogue.reading() as session:
        for outcome, chosen in ((red, "balanced"), (blue, None)):
            clip = session.get_one(Clip, outcome.clip)
            assert clip.viewing == chosen
            poster = session.scalars(
                select(Derivative).where(Derivative.clip_id == clip.id, Derivative.kind == "poster")
            ).one()
            assert poster.recipe.endswith("-balanced") == bool(chosen)
    assert [one["reason"] for one in desk.clip(red.clip)["history"]] == [
        "manifest m.csv, row 2: bulk"
    ]
    assert desk.apply("file,viewing\nred.mp4,full\n")[0].changes == ("viewing",)
    assert "none of full, balanced" in desk.errors("file,viewing\nred.mp4,fast\n")[0]


def test_new_files_are_clips_that_wait_for_a_worker(desk: Desk) -> None:
    outcomes = desk.apply(FULL)
    with desk.catalogue.reading() as session:
        for one in session.scalars(select(Sighting)):
            assert (one.state, one.priority) == (State.WAITING, 1)
    desk.work()
    clip = desk.clip(outcomes[0].clip)
    assert clip["state"] == "ready"
    assert clip["title"] == "Ferry leaves"
    assert clip["shots"]


def test_applying_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    (desk.media / "words.srt").write_text(SRT)
    (desk.media / "story.txt").write_text(STORY)
    manifest = (
        "file,title,tags,captions,captions_language,article\n"
        "red.mp4,Ferry,a|b,words.srt,en,story.txt\nblue.mp4,Quay,,,,\n"
    )
    desk.apply(manifest)
    before = desk.counts()
    assert {one.state for one in desk.apply(manifest)} == {"unchanged"}
    assert desk.counts() == before
    desk.work()
    before = desk.counts()
    assert {one.state for one in desk.apply(manifest)} == {"unchanged"}
    assert desk.counts() == before


def test_a_check_writes_nothing(desk: Desk) -> None:
    before = desk.counts()
    checked = desk.check(FULL)
    assert [one.is_new for one in checked.rows] == [True, True]
    assert desk.counts() == before


def test_nothing_is_applied_while_one_row_has_an_error(desk: Desk) -> None:
    before = desk.counts()
    checked = desk.check(FULL + "none.mp4,,,,,,,\n")
    assert list(applying.apply(desk.catalogue, desk.settings, checked)) == []
    assert desk.counts() == before


def test_one_that_was_interrupted_goes_on_in_the_same_batch(desk: Desk) -> None:
    begun = desk.begin(FULL)
    assert next(begun).state == "done"
    del begun  # whoever applied it is gone
    outcomes = desk.apply(FULL)
    assert [one.state for one in outcomes] == ["unchanged", "done"]
    assert desk.clip(outcomes[1].clip)["title"] == "Quay"
    with desk.catalogue.reading() as session:
        assert len(set(session.scalars(select(Change.batch_id)))) == 1
        assert len(session.scalars(select(Manifest)).all()) == 1


def test_what_a_person_changed_since_is_kept(desk: Desk) -> None:
    clip = desk.apply(FULL)[0].clip
    desk.describe(clip, title="A better title", source="")
    with desk.catalogue.writing() as session:
        vocabulary.remove_term(session, str(clip), "night", actor=changes.LOCAL)
    before = desk.counts()
    (outcome, _) = desk.apply(FULL)
    assert set(outcome.kept) == {"title", "source", "tags: night"}
    assert desk.counts() == before
    desk.apply(FULL, overwrite=True)
    document = desk.clip(clip)
    assert (document["title"], document["source"]) == ("Ferry leaves", "Agency X")
    assert "night" in {one["label"] for one in document["terms"]}


def test_the_next_manifest_may_change_what_a_manifest_entered(desk: Desk) -> None:
    clip = desk.apply(FULL)[0].clip
    (outcome,) = desk.apply("file,title\nred.mp4,Ferry leaves at dusk\n")
    assert (outcome.changes, outcome.kept) == (("title",), ())
    assert desk.clip(clip)["title"] == "Ferry leaves at dusk"


def test_a_tag_by_another_of_its_names_is_there_already(desk: Desk) -> None:
    clip = desk.apply("file,tags\nred.mp4,Ferry\n")[0].clip
    with desk.catalogue.writing() as session:
        term = vocabulary.find(session, "ferry", "tag")
        assert term is not None
        vocabulary.add_alias(session, term.id, "traversier", actor=changes.LOCAL)
    assert desk.apply("file,tags\nred.mp4,Traversier|FERRY\n")[0].state == "unchanged"
    assert len(desk.clip(clip)["terms"]) == 1


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("none.mp4", "none.mp4: no such file"),
        ("../secret.mp4", "may not hold “..”"),
        ("..\\secret.mp4", "may not hold “..”"),
        ("sub/../../secret.mp4", "may not hold “..”"),
        ("{outside}/secret.mp4", "lies outside every folder"),
        ("/etc/passwd", "lies outside every folder"),
        ("/nowhere/at/all.mp4", "lies outside every folder"),
        ("C:\\Footage\\clip.mp4", "no such file"),
        ("file:///etc/passwd", "no such file"),
        ("link.mp4", "a link to another file"),
        ("linked/secret.mp4", "leads over a link"),
        (".hidden.mp4", "is hidden"),
        ("folder", "not a regular file"),
        ("/", "names no file"),
        (".", "names no file"),
        ("words.srt", "not a video"),
        ("x" * 5000, "longer than a path"),
        ("x" * 300, "no such file"),
    ],
)
def test_a_path_that_leads_astray_is_an_error(desk: Desk, path: str, expected: str) -> None:
    outside = desk.media.parent / "outside"
    outside.mkdir()
    shutil.copy2(desk.media / "red.mp4", outside / "secret.mp4")
    shutil.copy2(desk.media / "red.mp4", desk.media / ".hidden.mp4")
    (desk.media / "link.mp4").symlink_to(outside / "secret.mp4")
    (desk.media / "linked").symlink_to(outside)
    (desk.media / "folder").mkdir()
    (desk.media / "words.srt").write_text(SRT)
    row = path.replace("{outside}", str(outside))
    (error,) = desk.errors(f"file,title\nred.mp4,fine\n{row},wrong\n")
    assert error.startswith("row 3, file: ")
    assert expected in error


@pytest.mark.parametrize(
    ("column", "path", "expected"),
    [
        ("captions", "none.srt", "no such file"),
        ("captions", "/etc/hostname", "lies outside every folder"),
        ("captions", "broken.srt", "broken.srt"),
        ("captions", "red.mp4", "captions end in"),
        ("captions", "good.srt|none.srt", "none.srt: no such file"),
        ("article", "../story.txt", "may not hold"),
        ("article", "empty.txt", "is empty"),
        ("article", "photo.html", "is a JPEG picture"),
        ("article", "catalogue.sqlite", "article end in"),
    ],
)
def test_captions_and_articles_are_checked_too(
    desk: Desk, column: str, path: str, expected: str
) -> None:
    (desk.media / "good.srt").write_text(SRT)
    (desk.media / "broken.srt").write_text("no captions at all")
    (desk.media / "empty.txt").write_text(" \n")
    (desk.media / "photo.html").write_bytes(b"\xff\xd8\xff\xe0 picture")
    (desk.media / "catalogue.sqlite").write_text("secret")
    (error,) = desk.errors(f"file,{column}\nred.mp4,{path}\n")
    assert error.startswith(f"row 2, {column}: ")
    assert expected in error


def test_rows_that_contradict_each_other_are_an_error_and_repeated_ones_are_not(desk: Desk) -> None:
    absolute = desk.media / "red.mp4"
    checked = desk.check(f"file,title\nred.mp4,One\n{absolute},One\nblue.mp4,x\n./red.mp4,Two\n")
    assert [str(one) for one in checked.errors] == [
        "row 5, file: row 2 says something else of the same clip"
    ]
    assert checked.repeated == [(3, 2)]


def test_two_paths_of_the_same_bytes_may_not_be_told_different_things(desk: Desk) -> None:
    shutil.copy2(desk.media / "red.mp4", desk.media / "copy.mp4")
    one, two = desk.apply("file,title\nred.mp4,One\ncopy.mp4,Two\n")
    assert (one.state, two.state) == ("done", "failed")
    assert "row 2 says something else" in two.message
    assert desk.clip(one.clip)["title"] == "One"


def test_names_are_found_as_other_systems_write_them(desk: Desk) -> None:
    (desk.media / "sub").mkdir()
    os.rename(desk.media / "red.mp4", desk.media / "sub" / "E\u0301te\u0301.mp4")  # noqa: PTH104
    (row,) = desk.check("file,title\nsub\\Été.mp4,x\n").rows
    assert row.target.master == desk.media / "sub" / "E\u0301te\u0301.mp4"


def test_a_clip_is_named_by_its_bytes(desk: Desk) -> None:
    clip = desk.apply("file\nred.mp4\n")[0].clip
    digest = desk.clip(clip)["sha256"]
    desk.apply(f"sha256,title\n{digest.upper()},By digest\n")
    assert desk.clip(clip)["title"] == "By digest"
    assert "no clip in the catalogue" in desk.errors(f"sha256,title\n{'0' * 64},x\n")[0]
    assert "other bytes" in desk.errors(f"file,sha256\nred.mp4,{'0' * 64}\n")[0]
    (outcome,) = desk.apply(f"file,sha256,title\nblue.mp4,{digest},x\n")
    assert (outcome.state, outcome.message) == ("failed", "sha256: the file has other bytes")


def test_a_clip_whose_disk_is_away_can_be_described(desk: Desk) -> None:
    clip = desk.apply("file,title\nred.mp4,One\n")[0].clip
    desk.work()
    (desk.media / "red.mp4").unlink()
    assert desk.apply("file,title\nred.mp4,Two\n")[0].clip == clip
    assert desk.clip(clip)["title"] == "Two"


def test_a_file_that_is_still_being_copied_is_left_for_later(desk: Desk) -> None:
    whole = (desk.media / "red.mp4").read_bytes()
    (desk.media / "half.mp4").write_bytes(whole[: len(whole) // 2])
    manifest = "file,title\nhalf.mp4,Half\nblue.mp4,Quay\n"
    half, quay = desk.apply(manifest)
    assert (half.state, quay.state) == ("later", "done")
    assert desk.counts()["clips"] == 1
    (desk.media / "half.mp4").write_bytes(whole)
    half, quay = desk.apply(manifest)
    assert (half.state, quay.state) == ("done", "unchanged")
    with desk.catalogue.reading() as session:
        assert len(session.scalars(select(Manifest)).all()) == 1


def test_a_file_that_was_replaced_is_another_clip(desk: Desk) -> None:
    first = desk.apply("file,title\nred.mp4,One\n")[0].clip
    desk.work()
    shutil.copy2(desk.media / "blue.mp4", desk.media / "red.mp4")
    os.utime(desk.media / "red.mp4", ns=(1, 1))
    second = desk.apply("file,title\nred.mp4,Two\n")[0].clip
    assert first != second
    assert desk.clip(first)["title"] == "One"
    assert desk.clip(first)["state"] == "offline"
    assert desk.clip(second)["title"] == "Two"


def test_an_upload_is_found_by_its_name_alone(desk: Desk) -> None:
    folder = desk.settings.uploads / "2026-11-24-abcd1234"
    folder.mkdir(parents=True)
    shutil.copy2(desk.media / "red.mp4", folder / "sent in.mp4")
    with desk.catalogue.writing() as session:
        root = holdings.root(session, desk.settings.uploads, kind="uploads")
        status = (folder / "sent in.mp4").stat()
        seen = holdings.Seen(
            b"2026-11-24-abcd1234/sent in.mp4", status.st_size, status.st_mtime_ns, 1, 2
        )
        holdings.add_sighting(session, root.id, seen, State.WAITING)
    (outcome,) = desk.apply("file,title\nsent in.mp4,Sent\n")
    assert desk.clip(outcome.clip)["title"] == "Sent"
    assert desk.counts()["sightings"] == 1


# --- captions and articles ------------------------------------------------------------------------


def test_captions_and_an_article_from_elsewhere_are_read_with_the_clip(desk: Desk) -> None:
    (desk.media / "texts").mkdir()
    (desk.media / "texts" / "words.srt").write_text(SRT)
    (desk.media / "texts" / "story.txt").write_text(STORY)
    manifest = (
        "file,captions,captions_language,article\nred.mp4,texts/words.srt,fr,texts/story.txt\n"
    )
    (outcome,) = desk.apply(manifest)
    assert set(outcome.changes) == {"captions", "article"}
    shutil.rmtree(desk.media / "texts")  # the catalogue has its own copy
    desk.work()
    clip = desk.clip(outcome.clip)
    (track,) = clip["tracks"]
    assert (track["origin"], track["from"], track["language"]) == ("person", "words.srt", "fr")
    assert track["cues"][0]["text"] == "The convoy reached the ferry"
    (article,) = clip["articles"]
    assert (article["state"], article["decided_by"]) == ("accepted", changes.LOCAL)
    assert clip["title"] == "Harbour evacuated before the storm"


def test_what_is_attached_to_a_clip_that_was_read_makes_it_be_read_again(desk: Desk) -> None:
    desk.apply("file\nred.mp4\n")
    desk.work()
    (desk.media / "words.srt").write_text(SRT)
    (outcome,) = desk.apply("file,captions\nred.mp4,words.srt\n")
    assert [one["state"] for one in desk.clip(outcome.clip)["sightings"]] == ["waiting"]
    desk.work()
    clip = desk.clip(outcome.clip)
    assert (clip["state"], len(clip["tracks"])) == ("ready", 1)
    viewing = next(one for one in clip["stages"] if one["stage"] == "watch_through")
    assert viewing["attempt"] == 1
    # Said again with its language, it is the same track.
    desk.apply("file,captions,captions_language\nred.mp4,words.srt,uk\n")
    desk.work()
    (track,) = desk.clip(outcome.clip)["tracks"]
    assert track["language"] == "uk"


def test_what_is_attached_while_the_clip_is_being_read_is_not_missed(desk: Desk) -> None:
    (desk.media / "words.srt").write_text(SRT)
    desk.apply("file\nred.mp4\n")
    with desk.catalogue.writing() as session:
        ((sighting, fence),) = claims.take(session, "test", limit=1)
    applied: list[Outcome] = []

    def step(name: str, call: Any) -> Any:
        done = call()
        if name == "captions":
            applied.extend(desk.apply("file,captions\nred.mp4,words.srt\n"))
        return done

    with Viewer() as viewer:
        services = Services(desk.catalogue, desk.settings, viewer)
        assert pipeline.run(services, sighting, fence, step) == State.WAITING
    desk.work()
    clip = desk.clip(applied[0].clip)
    assert (clip["state"], len(clip["tracks"])) == ("ready", 1)


def test_a_rejected_article_stays_rejected(desk: Desk) -> None:
    (desk.media / "story.txt").write_text(STORY)
    manifest = "file,article\nred.mp4,story.txt\n"
    clip = desk.apply(manifest)[0].clip
    desk.work()
    with desk.catalogue.writing() as session:
        link = session.execute(text("SELECT id FROM article_links")).scalar_one()
        links.decide(session, [link], "rejected", actor="somebody")
    desk.apply(manifest, overwrite=True)
    with desk.catalogue.writing() as session:
        session.execute(text("UPDATE clip_stages SET fingerprint = '' WHERE stage = 'articles'"))
        session.execute(text("UPDATE sightings SET state = 'waiting'"))
    desk.work()
    (article,) = desk.clip(clip)["articles"]
    assert (article["state"], article["decided_by"]) == ("rejected", "somebody")


def test_what_lies_beside_the_clip_under_its_name_is_not_copied(desk: Desk) -> None:
    (desk.media / "red.ar.srt").write_text(SRT)
    (desk.media / "red.srt").write_text(SRT.replace("convoy", "column"))
    (desk.media / "red.txt").write_text(STORY)
    manifest = "file,captions,captions_language,article\nred.mp4,red.ar.srt|red.srt,ar|en,red.txt\n"
    (outcome,) = desk.apply(manifest)
    assert outcome.changes == ("captions",)  # of red.srt the name doesn't say the language
    desk.work()
    tracks = desk.clip(outcome.clip)["tracks"]
    assert {(one["origin"], one["from"], one["language"]) for one in tracks} == {
        ("sidecar", "red.ar.srt", "ar"),
        ("person", "red.srt", "en"),
    }


# --- how much it asks -----------------------------------------------------------------------------


def test_a_long_manifest_asks_no_question_for_each_row(desk: Desk) -> None:
    desk.apply("file,title,tags\nred.mp4,x,a\n")

    def asked(count: int) -> int:
        lines = [f"none{n}.mp4,t,tag {n}\n" for n in range(count)]
        with desk.counting_queries() as queries:
            checked = desk.check("file,title,tags\nred.mp4,y,b\n" + "".join(lines))
        assert len(checked.errors) == count
        return len(queries)

    assert asked(300) <= asked(3) + 3
