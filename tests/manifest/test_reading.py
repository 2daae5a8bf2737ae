"""Manifests as bytes: three formats, their dialects, and what is wrong with them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediacatalog import manifest
from mediacatalog.manifest import columns, rows, spreadsheet


def sheet(*lines: list[Any]) -> bytes:
    """An Excel workbook of one sheet."""
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr]
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def clean(data: bytes, name: str = "m.csv") -> tuple[list[columns.Row], list[str]]:
    table = manifest.read(data, name)
    cleaned = [one for raw in table.rows if (one := columns.clean(raw, table.faults))]
    return cleaned, [str(one) for one in table.faults.in_order()]


TEXT = "file,title,tags\na.mp4,Été à Tyr,night|ferry\nb.mp4,Öl,\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("utf-16"),
        ("sep=;\r\n" + TEXT.replace(",", ";").replace("\n", "\r\n")).encode(),
        TEXT.replace("\n", "\r").encode(),
        sheet(["file", "title", "tags"], ["a.mp4", "Été à Tyr", "night|ferry"], ["b.mp4", "Öl"]),
    ],
)
def test_the_same_rows_come_out_of_every_dialect(data: bytes) -> None:
    found, faults = clean(data)
    assert faults == []
    assert [(one.number, one.file, one.title, one.tags) for one in found] == [
        (2, "a.mp4", "Été à Tyr", ("night", "ferry")),
        (3, "b.mp4", "Öl", ()),
    ]


def test_arabic_in_an_old_encoding_is_read() -> None:
    text = "file;title\nvoiture.mp4;وصلت القافلة إلى العبّارة قبل حلول الليل\n"
    found, faults = clean(text.encode("cp1256"))
    assert faults == []
    assert found[0].title == "وصلت القافلة إلى العبّارة قبل حلول الليل"


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    data = b'file,description\na.mp4,"one\ntwo\r\nthree"\n\nb.mp4,x\n,y\n'
    found, faults = clean(data)
    assert [(one.number, one.description) for one in found] == [(2, "one\ntwo\nthree"), (4, "x")]
    assert faults == ["row 5, file: the row names no file and no sha256"]


def test_headers_go_by_other_names_in_any_case() -> None:
    found, faults = clean(b"File Name,HEADLINE,Keywords,Sub-titles,x_ours\na.mp4,T,k,,whatever\n")
    assert [fault.split(":")[0] for fault in faults] == ["row 1, Sub-titles"]
    found, faults = clean(b"File Name,HEADLINE,Keywords,x_ours\na.mp4,T,k,whatever\n")
    assert faults == []
    assert (found[0].title, found[0].tags) == ("T", ("k",))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the manifest: is empty"),
        (b"\n\n", "the manifest: is empty"),
        (b"title\nx\n", "neither a column file nor a column sha256"),
        (b"file,File\na,b\n", "row 1, File: a second column for file"),
        (b"file,colour\na,b\n", "row 1, colour: no column has this name"),
        (b"file,title\na,b,c\n", "row 2: there are more cells than the header has columns"),
        (b'file,title\na,"b\n', "row 2: can't be read as CSV"),
        (b"file,language\na,klingon\n", "row 2, language: “klingon” isn't a language tag"),
        (b"file,sha256\na,12ab\n", "row 2, sha256: isn't a SHA-256"),
        (b"file,title\na,x\0y\n", "row 2, title: holds a control character (U+0000)"),
        (b"file,tags\na,\xe2\x80\xae\n", "row 2, tags: holds a control character"),
        (b"file,title\na," + b"x" * 501 + b"\n", "row 2, title: is longer than 500 characters"),
        (b"file,captions_language\na,en\n", "row 2, captions_language: the row names no captions"),
        (b"file,captions,captions_language\na,1.srt|2.srt|3.srt,en|ar\n", "2 languages for 3"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old Excel workbook (.xls)"),
        (b"PK\x03\x04 nonsense", "can't be read as an Excel workbook"),
    ],
)
def test_a_fault_names_its_row_and_column(data: bytes, expected: str) -> None:
    faults = clean(data)[1]
    assert any(expected in fault for fault in faults), faults


def test_control_characters_of_a_header_reach_no_terminal() -> None:
    faults = clean("file,\x1b[31mred\u202e\na,b\n".encode())[1]
    assert "\\x1b" in faults[0]
    assert faults[0].isprintable()


def test_faults_are_counted_beyond_those_that_are_told() -> None:
    table = manifest.read(b"file,language\n" + b"a,qqqq\n" * 3000, "m.csv")
    for raw in table.rows:
        columns.clean(raw, table.faults)
    assert (table.faults.count, len(table.faults.kept)) == (3000, rows.MAX_FAULTS)


def test_too_many_rows_are_refused() -> None:
    table = manifest.read(b"file\n" + b"a\n" * (rows.MAX_ROWS + 1), "m.csv")
    assert [str(one) for one in table.faults.kept] == [
        f"row {rows.MAX_ROWS + 2}: there are more than {rows.MAX_ROWS} rows"
    ]


# --- Excel ----------------------------------------------------------------------------------------


def test_cells_of_any_type_are_texts() -> None:
    data = sheet(
        ["file", "title", "description", "source", "x_n"],
        ["a.mp4", 1984, date(2024, 5, 1), 2.5, "=1+1"],
    )
    found, faults = clean(data)
    assert faults == []
    one = found[0]
    assert (one.title, one.description, one.source) == ("1984", "2024-05-01", "2.5")


def test_formulas_and_errors_are_faults_of_their_cells() -> None:
    data = sheet(["file", "title"], ["a.mp4", "=HYPERLINK(A1)"], ["b.mp4", "#REF!"])
    assert clean(data)[1] == [
        "row 2, title: is a formula; put its value there",
        "row 3, title: is an error of the spreadsheet: #REF!",
    ]


def test_empty_rows_of_a_sheet_are_counted() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A7"] = "file", "late.mp4"  # type: ignore[index]
    found, faults = clean(saved(book))
    assert faults == []
    assert [one.number for one in found] == [7]


def test_only_the_first_sheet_is_read_and_that_is_said() -> None:
    book = openpyxl.Workbook()
    book.active.append(["file"])  # type: ignore[union-attr]
    book.active.append(["a.mp4"])  # type: ignore[union-attr]
    book.create_sheet("Other").append(["nonsense"])
    table = manifest.read(saved(book), "m.xlsx")
    assert len(table.rows) == 1
    assert "first sheet" in table.notes[0]


def rewritten(data: bytes, part: str, content: bytes) -> bytes:
    """The workbook with one part replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return file.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_not_opened() -> None:
    bomb = rewritten(sheet(["file"]), "xl/styles.xml", b" " * (spreadsheet.MAX_UNPACKED + 1))
    assert len(bomb) < 2**20
    assert clean(bomb)[1] == ["the manifest: the workbook unpacks to more than 256 MiB"]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_entities_of_a_workbook_are_not_expanded(part: str) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    found, faults = clean(rewritten(sheet(["file"], ["a.mp4"]), part, laughs))
    assert found == []
    assert "declares entities" in faults[0]


def test_a_sheet_that_claims_to_go_on_for_ever_ends() -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>file</t></is></c></row>'
        b'<row r="999999999"><c r="A999999999" t="inlineStr"><is><t>a.mp4</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    faults = clean(rewritten(sheet(["file"]), "xl/worksheets/sheet1.xml", far))[1]
    assert "goes on beyond" in faults[0]


# --- JSON lines -----------------------------------------------------------------------------------


def test_json_lines_take_texts_and_lists() -> None:
    data = (
        b'{"file": "a;b.mp4", "Tags": ["x|y", "z"], "captions": "1.srt|2.srt", "title": null}\n\n'
    )
    (one,), faults = clean(data, "m.jsonl")
    assert faults == []
    assert (one.file, one.tags, one.captions) == ("a;b.mp4", ("x|y", "z"), ("1.srt", "2.srt"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"file": "a", "file": "b"}', "line 1, file: a second value for file"),
        ('{"file": "a", "Path": "b"}', "line 1, Path: a second value for file"),
        ('{"file": 3}', "line 1, file: must be a text"),
        ('{"file": "a", "tags": [1]}', "line 1, tags: must be a text or a list of texts"),
        ('{"file": "a", "title": ["x"]}', "line 1, title: must be a text"),
        ('{"file": "a", "title": {"x": 1}}', "line 1, title: must be a text"),
        ('{"file": "a", "colour": 1}', "line 1, colour: no column has this name"),
        ('{"file": "a\\u0000"}', "line 1, file: holds a control character"),
        ('{"file": "\\ud800"}', "line 1, file: holds a control character"),
        ('["a"]', "line 1: isn't an object"),
        ('{"file": ', "line 1: isn't JSON"),
        ("[" * 100_000, "line 1: is nested too deeply"),
        ('{"file": ' + "9" * 5000 + "}", "line 1: holds a huge number"),
    ],
)
def test_a_fault_of_a_line_names_it(line: str, expected: str) -> None:
    faults = clean(line.encode(), "m.jsonl")[1]
    assert any(expected.replace("line", "row") in fault for fault in faults), faults


# --- properties -----------------------------------------------------------------------------------

PLAIN = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=40
).filter(str.strip)
LINES = st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=8)


@given(LINES, st.sampled_from(",;\t"), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_what_a_csv_writer_wrote_is_read(
    lines: list[tuple[str, str]], separator: str, encoding: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator)
    writer.writerows([("file", "title"), *lines])
    table = manifest.read(file.getvalue().encode(encoding), "m.csv")
    assert table.faults.count == 0
    assert [(one.values["file"], one.values["title"]) for one in table.rows] == lines


@given(LINES)
def test_what_json_wrote_is_read(lines: list[tuple[str, str]]) -> None:
    data = "\n".join(json.dumps({"file": one, "title": two}) for one, two in lines)
    table = manifest.read(data.encode(), "m.jsonl")
    assert [(one.values["file"], one.values["title"]) for one in table.rows] == lines


@given(st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=3))
def test_what_excel_wrote_is_read(lines: list[tuple[str, str]]) -> None:
    lines = [(f"f{one}", f"t{two}") for one, two in lines]  # a leading = would be a formula
    table = manifest.read(sheet(["file", "title"], *map(list, lines)), "m.xlsx")
    assert [(one.values["file"], one.values["title"]) for one in table.rows] == lines


@given(st.binary(max_size=300), st.sampled_from(["m.csv", "m.jsonl", "m.xlsx"]))
def test_no_bytes_break_a_reader(data: bytes, name: str) -> None:
    for prefix in (b"", b"file,title\n", b"PK", b"{"):
        clean(prefix + data, name)
