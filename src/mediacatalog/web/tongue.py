"""In which language a page speaks, and its texts in that language.

English is written in the templates and the code; `web/translations/*.po` hold the others. They
are read once, when the application is made: nothing has to be compiled. What the catalogue keeps
(titles, captions, names) stays in the language in which it was said; of reasons, `reasons` knows
the usual ones.
"""

from __future__ import annotations

from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request, session
from jinja2 import pass_eval_context
from markupsafe import Markup

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog
    from flask import Flask
    from jinja2.nodes import EvalContext

FOLDER = Path(__file__).parent / "translations"
TONGUES = {"en": "English", "ar": "العربية"}
"""What a person can choose, each named in itself; the first speaks where nothing was chosen."""


@cache
def _catalog(tag: str) -> Catalog:
    with (FOLDER / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


@cache
def _translations(tag: str) -> NullTranslations:
    if tag == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _catalog(tag))
    compiled.seek(0)
    return Translations(compiled)


@cache
def _script_texts(tag: str) -> dict[str, str | list[str]]:
    """What scripts say, by its English; of plurals all forms."""
    if tag == "en":
        return {}
    said: dict[str, str | list[str]] = {}
    for message in _catalog(tag):
        if any(name.endswith(".js") for name, _ in message.locations) and message.string:
            english = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string
            said[english] = forms if isinstance(forms, str) else list(forms)
    return said


def tongue() -> str:
    """Of this request: what the person chose, else what the browser asks for, else English."""
    if not has_request_context():
        return "en"
    known: str | None = g.get("tongue")  # a page asks for each of its texts
    if known is None:
        chosen = session.get("tongue")
        asked = [tag.lower() for tag in request.accept_languages.values()]
        known = chosen if chosen in TONGUES else negotiate_locale(asked, TONGUES, "-") or "en"
        g.tongue = known
    return known


def choose(tag: str) -> None:
    """From now on this person's pages speak it."""
    if tag in TONGUES:
        session["tongue"] = g.tongue = tag


def gettext(text: str, **values: object) -> str:
    """The text in the tongue of this request, its `%(name)s` filled in."""
    said: str = _translations(tongue()).gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The form that goes with the count, which is also there as `%(num)s`, with separators."""
    said: str = _translations(tongue()).ngettext(one, many, count)
    return said % {"num": f"{count:,}", **values}


def marked(text: str) -> str:
    """A text that is translated later, where it is shown; here only the extractor sees it."""
    return text


@lru_cache(maxsize=4096)
def _said(tag: str, text: str) -> Markup:
    """A text of ours in a tongue: a page of hits asks for 700."""
    return Markup(_translations(tag).gettext(text))  # noqa: S704 - from our own files


@pass_eval_context
def _of_template(context: EvalContext, text: str, **values: object) -> str:
    """`_` of templates: the text is ours and may hold markup, the values are escaped."""
    whole = _said(tongue(), text) if context.autoescape else _translations(tongue()).gettext(text)
    return whole % values if values else whole


@pass_eval_context
def _of_template_plural(
    context: EvalContext, one: str, many: str, count: int, **values: object
) -> str:
    said = _translations(tongue()).ngettext(one, many, count)
    whole = Markup(said) if context.autoescape else said  # noqa: S704 - from our own files
    return whole % {"num": f"{count:,}", **values}


def teach(app: Flask) -> None:
    """Give the templates `_` and `ngettext`, and `tongue`, `reads` and `script_texts`."""
    app.jinja_env.globals.update(_=_of_template, ngettext=_of_template_plural)

    @app.context_processor
    def _about() -> dict[str, object]:
        tag = tongue()
        return {
            "tongue": tag,
            "tongues": TONGUES,
            "reads": Locale(tag).text_direction,
            "script_texts": _script_texts(tag),
        }
