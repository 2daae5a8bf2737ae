"""One blueprint per area of the site; this list is all of them."""

from __future__ import annotations

from mediacatalog.web.pages import (
    article_add,
    articles,
    clip,
    frames,
    health,
    ingest,
    language,
    manifest,
    markers,
    media,
    occasion,
    proxy,
    review,
    saved,
    search,
    search_data,
    selection,
    tags,
    tracks,
    upload,
)

BLUEPRINTS = (
    search.bp,
    search_data.bp,
    selection.bp,
    saved.bp,
    clip.bp,
    frames.bp,
    markers.bp,
    media.bp,
    occasion.bp,
    proxy.bp,
    tracks.bp,
    article_add.bp,
    articles.bp,
    review.bp,
    ingest.bp,
    upload.bp,
    manifest.bp,
    tags.bp,
    language.bp,
    health.bp,
)
