"""Sources of articles, written by hand in the form in which the programs write them."""

from __future__ import annotations

import io

from mediacatalog.articles import sources
from mediacatalog.articles.sources import Gathered, Skipped

STORY = (
    "A single car ferry carried more than four hundred people across the Orla river on Friday "
    "after the water rose by two metres in one night, and went on through the night. Families "
    "were taken to the school in Upper Darvena, said the ferry's master between two crossings, "
    "and nobody was left on the east bank when the day broke over the valley."
)
PAGE = (
    f"<!DOCTYPE html><html lang=en><head><title>Ferry carries hundreds</title></head><body>"
    f"<article><h1>Ferry carries hundreds</h1><p>{STORY}</p><p>Sign up for our newsletter</p>"
    "</article></body></html>"
)


def gathered(data: bytes, name: str) -> tuple[list[Gathered], list[Skipped]]:
    both = list(sources.read(io.BytesIO(data), name))
    return (
        [one for one in both if isinstance(one, Gathered)],
        [one for one in both if isinstance(one, Skipped)],
    )
