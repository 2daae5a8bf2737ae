"""The languages of the pages: which is spoken, and that nothing of a page is left out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from mediacatalog.web import tongue, words
from tests.web.forms import send

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.testing import FlaskClient

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
ARABIC = {"Accept-Language": "ar-SY, en;q=0.5"}
CALL = re.compile(r"""\b(?:_|ngettext)\((?:"[^"]*"|'[^']*'|[^()]|\((?:[^()]|\([^()]*\))*\))*\)""")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')
TAG = re.compile(r"<[^<>]*>")
UNSPOKEN = re.compile(r"<(code|pre|svg|script|kbd)\b.*?</\1>|<meta .*?>", re.DOTALL)
SAME_EVERYWHERE = {"mediacatalog", "API", "SHA", "Hz", "LUFS", "ms", "UTC"}
"""Names and units."""
HOLE = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_what_a_template_says_can_be_said_in_another_language(path: Path) -> None:
    text = CALL.sub("", path.read_text(encoding="utf-8"))
    text = re.sub(r"\{% block page %\}.*?\{% endblock %\}", "", text)
    text = UNSPOKEN.sub(" ", JINJA.sub(" ", text))
    said = set(re.findall(r"[^\W\d_]{2,}", TAG.sub(" ", ATTRIBUTE.sub(" ", text))))
    assert said - SAME_EVERYWHERE == set()


def test_everything_that_pages_say_is_said_in_arabic() -> None:
    """After a new text: `make texts`, and translate what is empty in the .po file."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        ROOT,
        [(one["pattern"], one["method"]) for one in mappings],
        keywords={**DEFAULT_KEYWORDS, "marked": None},
    )
    with (tongue.FOLDER / "ar.po").open("rb") as file:
        catalog = read_po(file, locale="ar")
    texts = {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}
    said = {one.id if isinstance(one.id, str) else one.id[0] for one in catalog if one.string}
    assert len(texts) > 500
    assert sorted(texts - said) == []


def test_a_translation_fills_the_same_holes() -> None:
    with (tongue.FOLDER / "ar.po").open("rb") as file:
        catalog = read_po(file, locale="ar")
    for message in catalog:
        if not message.id:
            continue
        forms = (message.id,) if isinstance(message.id, str) else message.id
        said = (message.string,) if isinstance(message.string, str) else message.string
        known = {hole for form in forms for hole in HOLE.findall(form)}
        for form in said:
            assert set(HOLE.findall(form)) <= known, message.id
            assert re.findall(r"</?\w+", form) == re.findall(r"</?\w+", forms[0]) or not form
        if isinstance(message.id, str):
            assert set(HOLE.findall(said[0])) == known, message.id


def test_a_page_speaks_what_the_browser_asks_for(client: FlaskClient) -> None:
    english, arabic = client.get("/").text, client.get("/", headers=ARABIC).text
    assert '<html lang="en" dir="ltr">' in english
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "أرشيف فارغ" in arabic
    assert "An empty archive" not in arabic


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("file name", "اسم الملف"),
        ("container", "الحاوية"),
        ("a person", "شخص"),
        ("article the container.html", "مقال the container.html"),
    ],
)
def test_where_a_title_comes_from_is_said_in_arabic(app: APIFlask, origin: str, said: str) -> None:
    with app.test_request_context("/", headers=ARABIC):
        assert words.origin(origin) == said


def test_a_choice_outlives_the_page(client: FlaskClient) -> None:
    client.environ_base["HTTP_REFERER"] = "http://localhost/tags?q=1"
    assert send(client, "/language", language="ar").location == "/tags?q=1"
    assert 'lang="ar" dir="rtl"' in client.get("/upload").text
    send(client, "/language", language="xx")
    assert 'lang="ar" dir="rtl"' in client.get("/upload").text


@pytest.mark.parametrize(
    "came_from", ["http://elsewhere/x", "http://localhost//elsewhere", "http://localhost/\\\\e", ""]
)
def test_a_choice_leads_nowhere_else(client: FlaskClient, came_from: str) -> None:
    client.environ_base["HTTP_REFERER"] = came_from
    answer = send(client, "/language", language="ar")
    assert re.fullmatch(r"/(elsewhere|e)?", answer.location)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "لا مقاطع"),
        (1, "مقطع واحد"),
        (2, "مقطعان"),
        (3, "3 مقاطع"),
        (11, "11 مقطعًا"),
        (100, "100 مقطع"),
    ],
)
def test_arabic_counts_in_six_forms(app: APIFlask, count: int, said: str) -> None:
    with app.test_request_context("/", headers=ARABIC):
        assert tongue.ngettext("%(num)s clip", "%(num)s clips", count) == said


def test_a_hostile_value_is_escaped_in_every_language(app: APIFlask) -> None:
    template = app.jinja_env.from_string("{{ _('around %(place)s', place=name) }}")
    for headers in ({}, ARABIC):
        with app.test_request_context("/", headers=headers):
            assert "&lt;b&gt;" in template.render(name="<b>")


def test_what_the_upload_page_translates_is_what_the_server_says() -> None:
    web = ROOT / "src/mediacatalog/web"
    server = "".join((web / f"{one}.py").read_text() for one in ("resumable", "storing", "uploads"))
    texts = re.findall(r'marked\("([^"]+)"\)', (web / "static/upload-job.js").read_text())
    assert texts
    for text in texts:
        assert text.replace("%(name)s", "{stored.name}") in server
