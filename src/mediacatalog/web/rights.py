"""What each role may do: one table, in which every route of the site stands.

`tests/web/test_rights.py` compares it with the routes: one that is left out is answered by nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, current_app, redirect, request, url_for

from mediacatalog.catalog.accounts import ADMIN, ARCHIVIST, RESEARCHER, REVIEWER, WORKER
from mediacatalog.web import problems
from mediacatalog.web.accounts import viewer_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from werkzeug.wrappers import Response as BaseResponse

    from mediacatalog.catalog.accounts import Viewer

ANYBODY = "anybody"
"""Signed in or not."""
SIGNED_IN = "signed in"
"""Whoever has an account, a worker too."""
NOBODY = "nobody"
"""Parts of a library that aren't used here."""

GROUPS: Mapping[str, str] = {
    ANYBODY: """
        static health.alive health.ready language.choose
        shared.show shared.unlock shared.film shared.still shared.captions_of shared.original
        security.wan_signin security.wan_signin_response
        security.login security.two_factor_token_validation security.mf_recovery
    """,
    SIGNED_IN: """
        security.logout security.verify security.change_password security.two_factor_setup
        security.two_factor_setup_validate security.mf_recovery_codes
        security.wan_register security.wan_register_response security.wan_delete
        account.show account.end account.end_others
    """,
    RESEARCHER: """
        search.index search_data.as_table search_data.as_document openapi.spec
        api.search api.search_dates api.search_places api.complete api.clip api.article
        api_stories.named api_stories.occasion
        api_markers.listed api_markers.add api_markers.edit api_markers.remove api_markers.undo
        api_saved.listed api_saved.save api_saved.rename api_saved.forget api_saved.look
        api_desk.listed api_desk.feed api_desk.review_of
        api_media.master api_media.proxy_of api_media.poster api_media.still api_media.captions
        api_media.original_captions api_media.original_article
        api_media.storyboard api_media.storyboard_sheet api_media.waveform api_media.frame_at
        api_media.frame api_media.frame_still
        api_ingest.poster api_tracks.listed api_tracks.one api_tracks.cues
        api_clips.terms api_clips.texts api_clips.warnings api_markers.one api_saved.one
        api_collections.listed api_collections.make api_collections.one api_collections.change
        api_collections.remove api_collections.items api_collections.item api_collections.add
        api_collections.change_item api_collections.take
        api_terms.listed api_terms.one api_terms.suggest api_terms.export
        articles.show articles.original
        care.choose care.keyframe care.poster care.still
        clip.show frames.find frames.show frames.still frames.times
        picture_text.as_table markers.add markers.as_table markers.edit markers.remove markers.undo
        media.keyframe media.master media.poster media.still media.storyboard
        media.storyboard_sheet media.waveform proxy.proxy proxy.state
        tracks.show tracks.file tracks.cues_as_json tracks.original
        collections.show collections.one collections.make collections.describe collections.change
        collections.suggest
        collections.remove collections.add
        history.show history.name
        saved.show saved.save saved.delete saved.open_one saved.rename
        tags.show tags.one tags.suggest tags.export
    """,
    REVIEWER: """
        api_clips.warn api_clips.unwarn api_clips.dismiss_text
        api_desk.review api_desk.review_clips api_desk.review_copies api_desk.decide_copy
        api_stories.review api_stories.decide_links api_stories.undo_links
        api_stories.decide_mention
        articles.decide care.add care.remove care.undo picture_text.decide
        review.show review.decide review.decide_one review.undo
        reviewing.change reviewing.listed reviewing.show_copies reviewing.decide_copy
        reviewing.failed
    """,
    ARCHIVIST: """
        api.ingest api_desk.undo_batch api_desk.undo_entry
        api_ingest.file api_ingest.decide api_ingest.roots api_ingest.root api_ingest.change_root
        api_ingest.proxy api_ingest.rerun api_ingest.pin api_ingest.undo_poster
        api_tracks.bring api_tracks.change api_tracks.remove api_tracks.act api_tracks.splice
        api_tracks.save_text api_bringing.keep api_bringing.manifest api_bringing.apply
        api_bringing.add_article api_bringing.add_articles
        api_bulk.begin api_bulk.planned api_bulk.preview api_bulk.apply
        access.confirm access.set_level access.withdraw api_clips.access api_clips.set_access
        api_clips.add_term api_clips.describe api_clips.take_term
        api_terms.change api_terms.merge api_terms.split api_terms.put_within api_terms.take_from
        api_terms.add_alias api_terms.remove_alias api_terms.take
        api_stories.enter_date api_stories.enter_place api_stories.take_back
        article_add.form article_add.take
        bulk.show bulk.begin bulk.preview bulk.apply
        clip.describe clip.pin clip.change_poster clip.add_term clip.remove_term
        history.undo_batch history.undo_entry
        ingest.show ingest.file ingest.decide ingest.proxy ingest.steer ingest.watch_as
        manifest.form manifest.take manifest.show manifest.apply
        occasion.set_date occasion.set_place occasion.remove
        sharing.show sharing.make sharing.one sharing.revoke
        api_sharing.listed api_sharing.make api_sharing.one api_sharing.views api_sharing.revoke
        selection.add_term
        tags.change tags.add_alias tags.take
        tracks.bring tracks.act tracks.save tracks.choose tracks.save_text
        tus.capabilities tus.create tus.show tus.append tus.cancel tus.overridden
        upload.show upload.take
    """,
    ADMIN: """
        api_desk.undo_since api_ingest.accept_loss history.undo_since ingest.accept_loss
        api_purging.asked api_purging.purge api_purging.tombstones
        grants.show grants.give api_grants.listed api_grants.of_collection api_grants.change
        purged.show purged.ask purged.confirm purged.withdraw
    """,
    NOBODY: """
        security.two_factor_rescue security.tf_select
    """,
}
LEAST: Mapping[str, str] = {
    endpoint: least for least, endpoints in GROUPS.items() for endpoint in endpoints.split()
}
"""The least role by endpoint."""
WORKERS = frozenset(
    "api.ingest tus.capabilities tus.create tus.show tus.append tus.cancel tus.overridden".split()
)
"""What a worker may do besides."""


def may(viewer: Viewer | None, endpoint: str) -> bool:
    """Whether somebody may use a route; nobody may use one that stands in no group."""
    least = LEAST.get(endpoint, NOBODY)
    if least in (ANYBODY, NOBODY):
        return least == ANYBODY
    if viewer is None:
        return False
    if least == SIGNED_IN:
        return viewer.account_id is not None
    return viewer.may(least) or (viewer.role == WORKER and endpoint in WORKERS)


def hold(app: Flask) -> None:
    """Answer no request that its sender may not make. After `accounts.identify`."""
    app.before_request(refuse)
    app.context_processor(lambda: {"may": lambda endpoint: may(viewer_or_none(), endpoint)})


def refuse() -> BaseResponse | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None  # there is no such page
    viewer = viewer_or_none()
    if may(viewer, endpoint):
        return None
    least = LEAST.get(endpoint, NOBODY)
    if least == NOBODY or (viewer is not None and least == SIGNED_IN):
        abort(404)
    if viewer is not None:
        abort(403, f"This takes the role of {least}; yours is {viewer.role}.")
    return _sign_in_first()


def _sign_in_first() -> BaseResponse:
    asks_for_page = request.method in ("GET", "HEAD") and not problems.wants_problem()
    there = url_for("security.login", next=request.full_path.rstrip("?") if asks_for_page else None)
    if asks_for_page and "HX-Request" not in request.headers:
        return redirect(there, 303)
    response = current_app.make_response(problems.answer(401, "Nobody is signed in."))
    response.headers["WWW-Authenticate"] = 'Bearer realm="mediacatalog"'
    if "HX-Request" in request.headers:
        response.headers["HX-Redirect"] = there
    return response
