"""The stories that clips were published with: pages, texts, download records.

`read` takes bytes and gives an Article; no address is opened, nothing of a page is run. What is
not story is kept beside it as `removed`, each with the reason.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from mediacatalog.articles import cleaning
from mediacatalog.articles.sidecars import ArticleFile, beside

if TYPE_CHECKING:
    from mediacatalog.values import Article

__all__ = ["PAGES", "TEXTS", "ArticleFile", "as_json", "beside", "read"]

PAGES = (".html", ".htm", ".xhtml")
TEXTS = (".info.json", ".description", ".md", ".markdown", ".txt")
"""Ends of the names of what is read as text; pages need their bytes."""


def read(data: bytes, *, name: str) -> Article:
    """The story in `data`; `name` says which kind it is, content decides where it says nothing.

    Raises UnreadableArticleError for what is empty, binary, over 20 MB, or holds no story.
    """
    from mediacatalog.articles import infojson, mhtml, page, plain  # slow to load; few read

    if data.startswith(b"\x1f\x8b"):
        data, name = cleaning.unpacked(data, name), name.removesuffix(".gz")
    lower = name.lower()
    if mhtml.looks_like(data[:4000], lower):
        return mhtml.read_page(data, name)[0]
    cleaning.check(data, name)
    if lower.endswith(PAGES) or page.looks_like(data):
        return page.read(data, name)
    text = cleaning.decode(data, name)
    if lower.endswith(".description"):
        return plain.read_description(text, name)
    if lower.endswith((".md", ".markdown")):
        return plain.read_markdown(text, name)
    if lower.endswith(".info.json") or (not lower.endswith(".txt") and text.lstrip()[:1] == "{"):
        return infojson.read(text, name)
    return plain.read_text(text, name)


def as_json(article: Article) -> dict[str, object]:
    """What `mediacatalog article FILE --json` prints: the article, and what its text names."""
    from mediacatalog.articles import mentions

    return asdict(article) | asdict(mentions.of_article(article))
