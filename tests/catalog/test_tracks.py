"""Caption tracks live: renamed, changed, gone and back, edited by people, and taken back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from mediacatalog import captions
from mediacatalog.catalog import changes, cue_edits, holdings, tracks
from mediacatalog.catalog.cue_edits import Splice
from mediacatalog.errors import InvalidValueError, NotFoundError, StaleEditError
from mediacatalog.values import Cue, Ms, Source

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from mediacatalog.catalog.database import Catalogue

SRT = "1\n00:00:01,000 --> 00:00:02,000\n{}\n\n2\n00:00:03,000 --> 00:00:04,000\n{}\n"
FERRY = SRT.format("The ferry came", "and went")


def found(name: str, content: str | bytes, origin: str = "sidecar") -> tracks.OriginTrack:
    data = content if isinstance(content, bytes) else content.encode()
    digest = hashlib.sha256(data).hexdigest()
    return tracks.OriginTrack(origin, name, digest, captions.read(data, name=name), data=data)


class Desk:
    """One clip, and what is done to its tracks, each in a transaction of its own."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        with catalogue.writing() as session:
            self.clip = holdings.clip_of_bytes(session, Source("a" * 64, 1, 1)).id

    def reads(self, *ones: tracks.OriginTrack) -> None:
        with self.catalogue.writing() as session:
            tracks.keep(session, holdings.clip(session, self.clip), ones)

    def all(self) -> tuple[tracks.Shown, ...]:
        with self.catalogue.reading() as session:
            return tracks.of_clip(session, self.clip)

    @property
    def one(self) -> tracks.Shown:
        (one,) = self.all()
        return one

    def texts(self, track_id: str = "") -> list[str]:
        with self.catalogue.reading() as session:
            return [cue.text for cue in tracks.cues_of(session, track_id or self.one.id)]

    def starts(self) -> list[int]:
        with self.catalogue.reading() as session:
            return [cue.start_ms for cue in tracks.cues_of(session, self.one.id)]

    def edit(self, at: int, count: int, *cues: Cue, version: int | None = None) -> int:
        with self.catalogue.writing() as session:
            return cue_edits.save(
                session,
                self.clip,
                self.one.id,
                Splice(at, count, cues),
                version=self.one.version if version is None else version,
                actor="anna",
            )

    def history(self) -> list[changes.Changed]:
        with self.catalogue.reading() as session:
            return changes.history(session, "track", self.one.id)


@pytest.fixture
def desk(catalogue: Catalogue) -> Desk:
    return Desk(catalogue)


def cue(start: int, end: int, words: str, **more: str) -> Cue:
    return Cue(Ms(start), Ms(end), words, **more)  # type: ignore[arg-type]


# --- files that come, change, move and go ---------------------------------------------------------


def test_a_track_keeps_its_identity_while_its_file_changes_and_moves(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    first = desk.one
    desk.reads(found("a.srt", FERRY.replace("went", "left")))
    assert (desk.one.id, desk.one.version, desk.texts()) == (
        first.id,
        first.version + 1,
        ["The ferry came", "and left"],
    )
    desk.reads(found("a.en.srt", FERRY.replace("went", "left")))
    assert (desk.one.id, desk.one.origin_key, desk.one.version) == (first.id, "a.en.srt", 2)


def test_reading_the_same_again_changes_nothing(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY), found("b.ar.srt", SRT.format("وصلت العبارة", "ثم غادرت")))
    before = desk.all()
    desk.reads(found("a.srt", FERRY), found("b.ar.srt", SRT.format("وصلت العبارة", "ثم غادرت")))
    assert desk.all() == before
    assert [one.script for one in before] == ["Latn", "Arab"]


def test_a_file_that_went_takes_its_track_along_unless_people_worked_on_it(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY), found("b.srt", SRT.format("other", "words")))
    by_name = {one.origin_key: one for one in desk.all()}
    with desk.catalogue.writing() as session:
        splice = Splice(0, 1, (cue(1000, 2000, "The FERRY came"),))
        kept = by_name["a.srt"]
        cue_edits.save(session, desk.clip, kept.id, splice, version=kept.version, actor="anna")
    desk.reads()
    assert (desk.one.id, desk.one.state) == (kept.id, "gone")
    assert desk.texts() == ["The FERRY came", "and went"]
    desk.reads(found("a.srt", FERRY))
    assert (desk.one.id, desk.one.state) == (kept.id, "here")
    assert desk.texts() == ["The FERRY came", "and went"]


def test_edits_outlive_a_changed_file_and_the_page_is_told(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    desk.edit(0, 1, cue(1000, 2000, "The ferry arrived"))
    desk.reads(found("a.srt", FERRY.replace("went", "left")))
    assert desk.texts() == ["The ferry arrived", "and went"]
    assert desk.one.file_changed_at is not None
    with desk.catalogue.reading() as session:
        row = tracks.row_of(session, desk.clip, desk.one.id)
        source = cue_edits.source_cues(session, row)
        shown = tracks.cues_of(session, row.id)
    assert [one.text for one in source] == ["The ferry came", "and left"]
    ((theirs, ours),) = cue_edits.differences(source, shown)
    assert (len(theirs), len(ours)) == (2, 2)
    with desk.catalogue.writing() as session:
        version = desk.one.version
        cue_edits.take_source(session, desk.clip, desk.one.id, version=version, actor="anna")
    assert desk.texts() == ["The ferry came", "and left"]
    assert (desk.one.edited_at, desk.one.file_changed_at) == (None, None)


def test_the_bytes_of_a_file_are_kept_as_they_were(desk: Desk) -> None:
    data = FERRY.replace("\n", "\r\n").encode("utf-16")
    desk.reads(found("a.srt", data))
    with desk.catalogue.reading() as session:
        assert tracks.original(session, desk.one.id) == ("a.srt", data)
    assert desk.one.original_bytes == len(data)


def test_a_file_too_large_to_keep_is_read_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks, "MAX_ORIGINAL", 20)
    desk.reads(found("a.srt", FERRY))
    assert (desk.texts(), desk.one.original_bytes) == (["The ferry came", "and went"], None)
    with pytest.raises(InvalidValueError, match="not kept"), desk.catalogue.writing() as session:
        cue_edits.choose(
            session, desk.clip, desk.one.id, encoding="cp1251", language="", kind="", actor="a"
        )


def test_captions_come_before_forced_ones_machines_and_chapters(desk: Desk) -> None:
    chapters = "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n"
    desk.reads(
        found("a.chapters.vtt", chapters),
        found("a.en-orig.vtt", chapters.replace("One", "heard")),
        found("a.forced.en.vtt", chapters.replace("One", "sign")),
        found("a.ru.vtt", chapters.replace("One", "слово")),
    )
    assert [(one.kind, one.made_by, one.forced) for one in desk.all()] == [
        ("caption", "human", False),
        ("caption", "machine", False),
        ("subtitle", "human", True),
        ("chapters", "human", False),
    ]


# --- edits ----------------------------------------------------------------------------------------


def test_an_edit_is_kept_in_order_recorded_and_told_to_the_search(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    with desk.catalogue.reading() as session:
        before = holdings.clip(session, desk.clip).search_rev
    desk.edit(1, 0, cue(5000, 6000, "late"), cue(2000, 2500, "[engine]", speaker="Anna"))
    assert desk.texts() == ["The ferry came", "[engine]", "and went", "late"]
    with desk.catalogue.reading() as session:
        assert holdings.clip(session, desk.clip).search_rev > before
    (change,) = desk.history()
    assert (change.actor, change.field) == ("anna", "cues")
    assert (desk.one.edited_by, desk.one.version) == ("anna", 2)


def test_every_change_can_be_taken_back_exactly(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    stages = [(desk.starts(), desk.texts())]
    edits = (
        (0, 1, [cue(1000, 1500, "The ferry"), cue(1500, 2000, "came")]),  # split
        (0, 3, [cue(1500, 2000, "x"), cue(2000, 2500, "y"), cue(3500, 4500, "z")]),
        (0, 3, [cue(1700, 2200, "x"), cue(2200, 2700, "y"), cue(3700, 4700, "z")]),  # a shift
        (1, 1, []),
        (0, 2, [cue(9000, 9100, "only")]),
        (1, 0, [cue(0, 10, "first")]),
    )
    for at, count, cues in edits:
        desk.edit(at, count, *cues)
        stages.append((desk.starts(), desk.texts()))
    entries = [one.id for one in desk.history() if one.field == "cues"]
    assert len(entries) == len(edits)
    # Each is counted from the newest of the first round; going back adds one entry each time.
    for number in range(len(edits)):
        with desk.catalogue.writing() as session:
            cue_edits.go_back(
                session,
                desk.clip,
                desk.one.id,
                entries[number],
                version=desk.one.version,
                actor="ben",
            )
        assert (desk.starts(), desk.texts()) == stages[len(edits) - number - 1]
    assert desk.one.edited_at is None  # the file's own words again


def test_a_shift_of_all_is_kept_small_in_the_history(desk: Desk) -> None:
    lines = "".join(SRT.format(f"line {n}", f"more {n}") for n in range(50))
    desk.reads(found("a.srt", lines))
    with desk.catalogue.reading() as session:
        cues = tracks.cues_of(session, desk.one.id)
    moved = [cue(one.start_ms + 250, one.end_ms + 250, one.text, id=one.id) for one in cues]
    desk.edit(0, len(cues), *moved)
    (change,) = desk.history()
    assert change.after == {"at": 0, "count": 100, "shift_ms": 250}
    assert desk.starts() == [one.start_ms + 250 for one in cues]


def test_a_stale_edit_is_refused_and_nothing_is_written(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    desk.edit(0, 1, cue(1000, 2000, "first"))
    with pytest.raises(StaleEditError):
        desk.edit(0, 1, cue(1000, 2000, "second"), version=1)
    assert desk.texts()[0] == "first"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (cue(2000, 1000, "x"), "ends before it starts"),
        (cue(-1, 1000, "x"), "time that no clip has"),
        (cue(0, 2**60, "x"), "time that no clip has"),
        (cue(0, 1000, " \n\0"), "has no text"),
        (cue(0, 1000, "x" * 60_000), "longer than"),
    ],
)
def test_what_cannot_be_a_cue_is_named(desk: Desk, bad: Cue, why: str) -> None:
    desk.reads(found("a.srt", FERRY))
    with pytest.raises(InvalidValueError, match=f"cue 2.*{why}"):
        desk.edit(0, 2, cue(0, 1, "fine"), bad)
    assert desk.texts() == ["The ferry came", "and went"]


def test_an_edit_beyond_the_end_or_of_another_clip_is_refused(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    with pytest.raises(InvalidValueError, match="beyond the end"):
        desk.edit(1, 2)
    splice = Splice(0, 0, ())
    with pytest.raises(NotFoundError), desk.catalogue.writing() as session:
        cue_edits.save(session, "other", desk.one.id, splice, version=1, actor="anna")


def test_a_whole_track_is_typed_at_once(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    typed = "WEBVTT\n\n00:00.500 --> 00:01.000 line:0\n<v Anna>Hello & goodbye</v>\n"
    with desk.catalogue.writing() as session:
        cue_edits.replace_all(session, desk.clip, desk.one.id, typed, version=1, actor="anna")
        (only,) = tracks.cues_of(session, desk.one.id)
    assert (only.text, only.speaker, only.settings) == ("Hello & goodbye", "Anna", "line:0")
    bad = "WEBVTT\n\n00:00.500 -> 00:01.000\nx\n"
    with pytest.raises(InvalidValueError, match="line 3"), desk.catalogue.writing() as session:
        cue_edits.replace_all(session, desk.clip, desk.one.id, bad, version=2, actor="anna")


# --- choices --------------------------------------------------------------------------------------


def choose(desk: Desk, encoding: str = "", language: str = "", kind: str = "") -> None:
    with desk.catalogue.writing() as session:
        cue_edits.choose(
            session,
            desk.clip,
            desk.one.id,
            encoding=encoding,
            language=language,
            kind=kind,
            actor="anna",
        )


def test_another_encoding_reads_the_kept_bytes_again(desk: Desk) -> None:
    data = SRT.format("Да", "Нет").encode("koi8_r")
    desk.reads(found("a.srt", data))
    choose(desk, "cp866")
    assert desk.texts() != ["Да", "Нет"]
    choose(desk, "koi8-r", language="ru")
    assert desk.texts() == ["Да", "Нет"]
    one = desk.one
    assert (one.encoding, one.encoding_confidence, one.language) == ("koi8-r", 1.0, "ru")
    assert [(c.field, c.after) for c in desk.history()][:2] == [
        ("language", "ru"),
        ("encoding", "koi8-r"),
    ]
    desk.reads(found("a.srt", data))  # an ordinary reading doesn't know the choice, and keeps it
    assert (desk.one.chosen_encoding, desk.one.language) == ("koi8-r", "ru")
    with desk.catalogue.reading() as session:
        assert tracks.chosen_encodings(session, desk.clip) == {("sidecar", "a.srt"): "koi8-r"}


def test_a_choice_that_is_none_is_refused(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    for named in ({"encoding": "klingon"}, {"language": "not a tag"}, {"kind": "song"}):
        with pytest.raises(InvalidValueError):
            choose(desk, **named)
    desk.edit(0, 1, cue(0, 1, "mine"))
    with pytest.raises(InvalidValueError, match="edited"):
        choose(desk, "cp1251")
    choose(desk, language="fr", kind="description")
    assert (desk.one.language, desk.one.kind, desk.texts()[0]) == ("fr", "description", "mine")
    choose(desk)
    assert (desk.one.language, desk.one.kind) == ("en", "caption")


# --- brought and removed by people ----------------------------------------------------------------


def bring(desk: Desk, session: Session, name: str, data: bytes) -> str:
    return cue_edits.bring(session, desk.clip, name=name, data=data, language="", actor="anna")


def test_an_uploaded_track_stays_whatever_is_found_beside_the_clip(desk: Desk) -> None:
    with desk.catalogue.writing() as session:
        track_id = bring(desk, session, "mine.srt", FERRY.encode())
    with pytest.raises(InvalidValueError, match="already"), desk.catalogue.writing() as session:
        bring(desk, session, "again.srt", FERRY.encode())
    with pytest.raises(InvalidValueError, match="empty"), desk.catalogue.writing() as session:
        bring(desk, session, "none.srt", b"")
    desk.reads()
    assert (desk.one.id, desk.one.origin, desk.one.state) == (track_id, "person", "here")
    desk.reads(found("mine.srt", FERRY, "person"))
    assert (desk.one.id, desk.one.version) == (track_id, 1)


def test_a_removed_track_stays_removed_until_it_is_put_back(desk: Desk) -> None:
    desk.reads(found("a.srt", FERRY))
    with desk.catalogue.writing() as session:
        cue_edits.remove(session, desk.clip, desk.one.id, actor="anna", back=False)
    desk.reads(found("a.srt", FERRY.replace("went", "left")))
    assert desk.one.state == "removed"
    desk.reads()
    assert desk.one.state == "removed"
    with desk.catalogue.writing() as session:
        cue_edits.remove(session, desk.clip, desk.one.id, actor="anna", back=True)
    assert (desk.one.state, desk.texts()[1]) == ("here", "and left")
    assert [one.after for one in desk.history()] == ["here", "removed"]
    with desk.catalogue.writing() as session:
        cue_edits.remove(session, desk.clip, desk.one.id, actor="anna", back=False)
        bring(desk, session, "a.srt", FERRY.replace("went", "left").encode())
    assert desk.one.state == "here"


def test_rows_of_before_are_carried_over(catalogue: Catalogue, desk: Desk) -> None:
    """A row that names nothing of what is new is a track that people wrote and nobody edited."""
    with catalogue.writing() as session:
        session.execute(
            text(
                "INSERT INTO tracks (id, clip_id, number, origin, origin_key, sha256, format, "
                "encoding, encoding_confidence, kind, searchable, problems) VALUES "
                "('t', :clip, 0, 'sidecar', 'a.srt', 'x', 'srt', 'utf-8', 1.0, 'caption', "
                "true, '[]')"
            ),
            {"clip": desk.clip},
        )
        session.execute(
            text("INSERT INTO cues (track_id, number, start_ms, end_ms, text) VALUES "
                 "('t', 0, 1, 2, 'old')")
        )  # fmt: skip
    one = desk.one
    assert (one.state, one.made_by, one.version, one.original_bytes) == ("here", "human", 1, None)
    assert desk.texts() == ["old"]
    desk.reads(found("a.srt", FERRY))
    assert (desk.one.id, desk.one.original_bytes) == ("t", len(FERRY))
