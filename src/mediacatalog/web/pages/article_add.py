"""Bring in articles by hand: pages, crawls and exports as files, pasted text, an address.

Nothing of a page is shown as HTML, and no address is opened unless the operator turned it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for

from mediacatalog import gathering
from mediacatalog.catalog import stories
from mediacatalog.errors import FetchRefusedError, UnreadableArticleError
from mediacatalog.web import uploads
from mediacatalog.web.security import csrf
from mediacatalog.web.services import person, services
from mediacatalog.web.storing import safe_name

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage
    from werkzeug.wrappers import Response as BaseResponse

bp = APIBlueprint("article_add", __name__, url_prefix="/articles", enable_openapi=False)

MAX_BYTES = 256 * 2**20
"""Of all files of one form; a larger crawl is imported by the command."""
MAX_TEXT = 10 * 2**20
MAX_FILES = 500
SHOWN = 200


@bp.get("/add")
def form() -> str:
    return _page()


@bp.post("/add")
def take() -> str | BaseResponse | tuple[str, int]:
    limit = MAX_BYTES + MAX_TEXT + uploads.FORM_SLACK
    if (request.content_length or 0) > limit:
        abort(413, f"The files are larger than {MAX_BYTES // 2**20} MiB.")
    request.max_content_length = limit
    request.max_form_memory_size = MAX_TEXT
    uploads.check_token({"csrf_token": request.form.get("csrf_token", "")})
    files = [one for one in request.files.getlist("files") if one.filename][:MAX_FILES]
    text = request.form.get("html", "").strip() or request.form.get("text", "").strip()
    address = request.form.get("address", "").strip()
    own, actor = services(), person()
    try:
        if text:
            article_id = gathering.take_text(
                own.catalogue, text, url=address or None, actor=person()
            )
        elif address and not files and own.settings.fetch_pages:
            article_id = gathering.take_address(own.catalogue, address, actor=actor)
        else:
            article_id = ""
    except (FetchRefusedError, UnreadableArticleError) as error:
        return _page(trouble=f"Not taken: {error.reason}.", address=address), 422
    if article_id and not files:
        return _shown(article_id)
    if not files:
        return _page(trouble="Choose a file, or paste a text; no address is opened."), 422
    reports = [_report(one) for one in files]
    if article_id:
        reports.append(gathering.Report("Pasted text", "paste", 1, 1, [article_id]))
    if len(reports) == 1 and reports[0].found == 1 and not reports[0].error:
        return _shown(reports[0].articles[0])
    return _page(reports=reports)


# The token is checked above: the usual check would refuse a form as large as an export.
csrf.exempt(take)


def _report(given: FileStorage) -> gathering.Report:
    return gathered(cast("BinaryIO", given.stream), safe_name(given.filename or ""))


def gathered(file: BinaryIO, name: str) -> gathering.Report:
    """What a file of articles gave."""
    report = gathering.Report(name)
    gathering.gather(
        services().catalogue, file, report,
        name=name, folder=None, actor=person(), kind="upload",
    )  # fmt: skip
    return report


def _shown(article_id: str) -> BaseResponse:
    return redirect(url_for("articles.show", article_id=article_id), 303)


def _page(
    *, trouble: str = "", address: str = "", reports: list[gathering.Report] | None = None
) -> str:
    found = [article_id for one in reports or () for article_id in one.articles][:SHOWN]
    with services().catalogue.reading() as session:
        names = stories.titles(session, found)
    return render_template(
        "article_add.html",
        trouble=trouble,
        address=address,
        reports=reports,
        articles=[(one, names.get(one, one)) for one in found],
        left=sum(one.found for one in reports or ()) - len(found),
    )
