"""The proxy of a clip: its bytes by ranges, and how far the making of it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from apiflask import APIBlueprint
from flask import Response, abort, jsonify

from mediacatalog.catalog import files, holdings, proxies
from mediacatalog.web import ranges, words
from mediacatalog.web.reasons import told
from mediacatalog.web.services import services
from mediacatalog.web.tongue import gettext

if TYPE_CHECKING:
    from mediacatalog.catalog.proxies import Shown

bp = APIBlueprint("proxy", __name__, enable_openapi=False)


@bp.get("/clips/<clip_id>/proxy.mp4")
def proxy(clip_id: str) -> Response:
    with services().catalogue.reading() as session:
        found = files.picture(session, clip_id, "proxy")
    try:
        opened = ranges.open_below(str(services().settings.derivatives), os.fsencode(found.path))
    except OSError:
        abort(404, "The proxy can't be reached now; it can be made again.")
    return ranges.respond(
        opened, b"proxy.mp4", files.Master(found.sha256, found.byte_count, "mp4", ())
    )


@bp.get("/clips/<clip_id>/proxy.json")
def state(clip_id: str) -> Response:
    """What the page of a clip asks while it waits."""
    with services().catalogue.reading() as session:
        shown = proxies.shown(session, holdings.clip(session, clip_id).id)
    response = jsonify(
        state=shown.state if shown else "none",
        progress=round(shown.progress, 3) if shown else 0,
        says=says(shown) if shown else "",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def says(shown: Shown) -> str:
    """One sentence for the facts of the file."""
    why = "; ".join(map(told, shown.reasons))
    error = told(shown.error or "")
    if shown.sha256:
        return gettext(
            "a proxy of the master (%(size)s; recipe %(recipe)s): %(why)s",
            size=f"{shown.width}×{shown.height}, {words.size(shown.byte_count)}",
            recipe=shown.recipe,
            why=why,
        )
    if shown.state == "making":
        done = f"{shown.progress * 100:.0f}"
        return gettext(
            "a proxy of the master is being made (%(done)s %%): %(why)s", done=done, why=why
        )
    if shown.state == "failed":
        return gettext("no proxy could be made: %(why)s", why=error or why)
    if error:
        return gettext(
            "a proxy of the master waits to be made (%(error)s): %(why)s", error=error, why=why
        )
    return gettext("a proxy of the master waits to be made: %(why)s", why=why)
