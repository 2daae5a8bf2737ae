"""The pages and the API: Flask lives here and nowhere else.

`create_app` makes the application from settings, an open catalogue and a search index; `server`
runs it; `pages` hold one blueprint per area of the site.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from apiflask import APIFlask

from mediacatalog import __version__
from mediacatalog import settings as settings_module
from mediacatalog.text import encoder
from mediacatalog.web import (
    accounts,
    api,
    api_bringing,
    api_bulk,
    api_clips,
    api_collections,
    api_desk,
    api_grants,
    api_ingest,
    api_markers,
    api_media,
    api_purging,
    api_saved,
    api_sharing,
    api_stories,
    api_terms,
    api_tracks,
    bearers,
    covering,
    description,
    exposure,
    freshness,
    limits,
    once,
    problems,
    rights,
    security,
    tongue,
    tus,
    visits,
    words,
)
from mediacatalog.web.pages import BLUEPRINTS
from mediacatalog.web.services import Services

if TYPE_CHECKING:
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.search.index import SearchIndex
    from mediacatalog.settings import Settings

API = (
    api.bp,
    api_clips.bp,
    api_markers.bp,
    api_stories.bp,
    api_terms.bp,
    api_collections.bp,
    api_saved.bp,
    api_sharing.bp,
    api_bulk.bp,
    api_desk.bp,
    api_ingest.bp,
    api_tracks.bp,
    api_media.bp,
    api_bringing.bp,
    api_purging.bp,
    api_grants.bp,
    tus.bp,
)
FORM_BYTES = 2 * 2**20
"""Of any form but an upload, which is read as it comes."""


def _templates() -> Path:
    """In the wheel they lie beside the modules, in a checkout at its top."""
    packaged = Path(__file__).parents[1] / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "templates"


def create_app(settings: Settings, catalogue: Catalogue, index: SearchIndex) -> APIFlask:
    """The WSGI application over an open catalogue, whose tables must be at the newest revision."""
    app = APIFlask(
        "mediacatalog.web",
        title="mediacatalog",
        version=__version__,
        docs_path=None,
        spec_path="/api/v1/openapi.json",
        json_errors=False,
        template_folder=str(_templates()),
        static_folder=str(Path(__file__).parent / "static"),
    )
    secret = settings_module.secret_key(settings)
    encrypted = exposure.is_encrypted(settings)
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="__Host-mediacatalog" if encrypted else "mediacatalog",
        SESSION_COOKIE_SECURE=encrypted,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        AUTO_SERVERS=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    edits = freshness.Edits(catalogue, index)
    app.extensions["mediacatalog"] = Services(settings, catalogue, index, edits)
    app.jinja_env.globals["unsandboxed"] = settings.sandbox == "none"
    app.jinja_env.globals["compares_meanings"] = encoder.installed()
    app.jinja_env.globals["fetches_pages"] = settings.fetch_pages
    words.teach(app)
    covering.teach(app)
    tongue.teach(app)
    limits.hold(app, settings)
    bearers.heed(app)
    exposure.believe_proxy(app, settings)
    accounts.identify(app, settings)
    rights.hold(app)
    security.protect(app, settings)
    accounts.prepare(app, secret)
    problems.explain(app)
    description.complete(app)
    visits.record(app, catalogue)
    freshness.heed(app, edits)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for blueprint in API:
        app.register_blueprint(blueprint)
    once.guard(app)
    return app
