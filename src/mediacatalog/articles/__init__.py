"""The stories that clips were published with: pages, texts, download records.

`read` takes bytes and gives an Article; no address is opened, nothing of a page is run. What is
not story is kept beside it as `removed`, each with the reason.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from mediacatalog.articles import cleaning, infojson, mentions, mhtml, page, plain
from mediacatalog.articles.sidecars import ArticleFile, beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediacatalog.values import Article

__all__ = ["READERS", "ArticleFile", "as_json", "beside", "read"]

READERS: dict[str, Callable[[str, str], Article]] = {
    ".info.json": infojson.read,
    ".description": plain.read_description,
    ".md": plain.read_markdown,
    ".markdown": plain.read_markdown,
    ".txt": plain.read_text,
}
"""By the end of the name; each takes the decoded text and the name. Pages need their bytes."""


def read(data: bytes, *, name: str) -> Article:
    """The story in `data`; `name` says which kind it is, content decides where it says nothing.

    Raises UnreadableArticleError for what is empty, binary, over 20 MB, or holds no story.
    """
    if data.startswith(b"\x1f\x8b"):
        data, name = cleaning.unpacked(data, name), name.removesuffix(".gz")
    lower = name.lower()
    if mhtml.looks_like(data[:4000], lower):
        return mhtml.read_page(data, name)[0]
    cleaning.check(data, name)
    if lower.endswith((".html", ".htm", ".xhtml")) or page.looks_like(data):
        return page.read(data, name)
    text = cleaning.decode(data, name)
    for suffix, reader in READERS.items():
        if lower.endswith(suffix):
            return reader(text, name)
    if text.lstrip()[:1] == "{":
        return infojson.read(text, name)
    return plain.read_text(text, name)


def as_json(article: Article) -> dict[str, object]:
    """What `mediacatalog article FILE --json` prints: the article, and what its text names."""
    return asdict(article) | asdict(mentions.of_article(article))
