"""The single reasons to believe that an article belongs to a clip.

Each gives its kind, what a person reads, how fully it is there (0 to 1), and where in the text it
stands. What a kind weighs is said in `weights`.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from mediacatalog.articles.videos import identify
from mediacatalog.linking import circumstances, meaning, names, texts
from mediacatalog.linking.addresses import bare_address, file_of, is_generic, is_id_in
from mediacatalog.linking.reasons import Reason
from mediacatalog.text import fold

if TYPE_CHECKING:
    from mediacatalog.articles import ArticleFile
    from mediacatalog.linking.facts import ClipFacts, Rarity, Story
    from mediacatalog.values import Article


def gather(
    clip: ClipFacts, story: Story, beside: ArticleFile | None, rarity: Rarity | None
) -> list[Reason]:
    """All reasons, unsorted; empty if nothing connects the two."""
    article = story.article
    return [
        *_by_place(clip, beside),
        *_by_id(clip, article),
        *_by_file(clip, article),
        *names.compare(clip, article),
        *texts.compare(clip, story, rarity),
        *meaning.compare(clip, story),
        *circumstances.compare(clip, story),
        *_by_copy(clip, story),
    ]


def _by_place(clip: ClipFacts, beside: ArticleFile | None) -> list[Reason]:
    if beside is None:
        return []
    name = beside.path.name
    said = {
        "same name": f"has the same name as the clip: {name}",
        "download record": f"is the record that was saved with the download: {name}",
        "description": f"is the description that was saved with the download: {name}",
        "same folder": f"stands in the same folder: {name}",
        "names the file": f"{name} lies in the same folder and names the file",
    }
    if beside.kind == "names the file":
        return [
            Reason("page names the file", said[beside.kind], 0.6 if is_generic(clip.name) else 1)
        ]
    return [Reason(beside.kind, said[beside.kind])]


def _by_id(clip: ClipFacts, article: Article) -> list[Reason]:
    """The page shows a video whose id stands in the file's name or among the clip's addresses."""
    stems = [PurePath(name).stem for name in (clip.name, *clip.other_names)]
    own = {known.id for url in clip.urls if (known := identify(url))}
    addresses = {bare_address(url) for url in clip.urls}
    for video in article.videos:
        if bare_address(video.url) in addresses:
            return [Reason("address", f"the page shows the clip's own address: {video.url}")]
        if not video.id:
            continue
        if video.id in own:
            return [Reason("video id", f"the page shows the video {video.id}, the clip's own id")]
        if any(is_id_in(video.id, stem) for stem in stems):
            detail = f"the page shows the video {video.id}, and the file's name holds this id"
            return [Reason("video id", detail)]
    for url in clip.urls:
        if article.url and bare_address(url) == bare_address(article.url):
            return [Reason("address", f"the clip was taken from this page: {url}")]
    return []


def _by_file(clip: ClipFacts, article: Article) -> list[Reason]:
    """The page plays a file of this name, or the story names it."""
    wanted = fold(clip.name)
    for video in article.videos:
        name = file_of(video.url)
        if name and fold(name) == wanted:
            detail = f"the page plays a file of this name: {name}"
            common = is_generic(clip.name)
            return [Reason("plays a file of a common name" if common else "plays the file", detail)]
    if not is_generic(clip.name) and len(clip.name) > 8:
        at = article.text.casefold().find(clip.name.casefold())
        if at >= 0:
            detail = f"the story names the file {clip.name}"
            return [Reason("names the file", detail, 1, at, at + len(clip.name))]
    return []


def _by_copy(clip: ClipFacts, story: Story) -> list[Reason]:
    if story.id and story.id in clip.near_linked:
        return [Reason("near copy", "a near copy of this clip is linked to it")]
    return []
