"""Single-file tools: they need no catalogue and no database, and take any file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediacatalog.values import Track, Viewing

FILE = click.argument("file", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
MAX_TEXT_BYTES = 50 * 2**20


def print_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


def print_facts(facts: Mapping[str, object]) -> None:
    """One fact a line, for people; nothing for facts that aren't known."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        if value not in (None, "", [], {}, ()):
            plain = json.dumps(value, ensure_ascii=False, default=str)
            text = value if isinstance(value, str) else plain
            click.echo(f"{name:<{width}}  {text}")


def _show(document: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        print_facts(document)


def existing(file: Path) -> Path:
    """The absolute path of a regular file. Raises UnreadableMediaError."""
    from mediacatalog.errors import UnreadableMediaError

    path = file.absolute()
    if not path.is_file():
        raise UnreadableMediaError(path, "no such file" if not path.exists() else "not a file")
    return path


def _bytes_of(path: Path) -> bytes:
    from mediacatalog.errors import UnreadableMediaError

    if path.stat().st_size > MAX_TEXT_BYTES:
        raise UnreadableMediaError(path, f"larger than {MAX_TEXT_BYTES // 2**20} MiB")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableMediaError(path, error.strerror or "can't be read") from error


@click.command()
@FILE
@AS_JSON
def probe(file: Path, *, as_json: bool) -> None:
    """Technical facts of a file, typed."""
    from mediacatalog.media import probe as reader

    _show(reader.as_json(reader.probe(existing(file))), as_json=as_json)


@click.command()
@FILE
@AS_JSON
def fingerprint(file: Path, *, as_json: bool) -> None:
    """SHA-256 of the bytes, and perceptual hashes of frames when there is a picture."""
    import tempfile

    from mediacatalog.errors import UnreadableMediaError
    from mediacatalog.media import fingerprint as reader
    from mediacatalog.media import viewing

    path = existing(file)
    source = reader.fingerprint(path)
    document: dict[str, object] = {"sha256": source.sha256, "bytes": source.byte_count}
    hashes: dict[str, object] | None = None
    with tempfile.TemporaryDirectory() as folder:
        try:
            seen = viewing.watch_through(path, Path(folder))
        except UnreadableMediaError as error:
            document["problems"] = [error.reason]
        else:
            hashes = {
                "time_base": str(seen.time_base),
                "frames": [[one.pts, f"{one.phash:016x}"] for one in seen.frame_hashes],
            }
    document["frame_hashes"] = hashes
    _show(document, as_json=as_json)


def _watch(file: Path, into: Path) -> Viewing:
    from mediacatalog.media import viewing

    return viewing.watch_through(existing(file), into)


@click.command()
@FILE
@AS_JSON
def shots(file: Path, *, as_json: bool) -> None:
    """Shots of a file: half-open, contiguous, in order."""
    import tempfile

    from mediacatalog.media import viewing
    from mediacatalog.values import timecode

    with tempfile.TemporaryDirectory() as folder:
        seen = _watch(file, Path(folder))
    if as_json:
        print_json(viewing.shots_as_json(seen))
        return
    for shot in seen.shots:
        click.echo(f"{timecode(shot.start_ms)}  {timecode(shot.end_ms)}  {shot.into}")


@click.command()
@FILE
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write to.")
def storyboard(file: Path, out: Path) -> None:
    """Sheets of small stills and their WebVTT index, `storyboard.vtt`."""
    import shutil
    import tempfile

    from mediacatalog.errors import UnreadableMediaError

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        board = _watch(file, Path(folder)).storyboard
        if board is None:
            raise UnreadableMediaError(file, "no picture to make a storyboard of")
        for written in (*board.sheets, board.index):
            shutil.move(Path(folder) / written.name, out / written.name)
            click.echo(out / written.name)


@click.command()
@FILE
@click.option(
    "--to", type=click.Choice(["json", "vtt", "srt", "txt"]), default="json", show_default=True
)
@click.option("--encoding", help="Read with this encoding instead of the one that is detected.")
@click.option("--track", help="Of a video: the track, as its number in the list or as “stream 2”.")
def captions(
    file: Path, to: Literal["json", "vtt", "srt", "txt"], encoding: str | None, track: str | None
) -> None:
    """Cues of a caption file or of a track inside a video, read faithfully and written anew.

    Of a video the first track is printed unless another one is chosen; JSON lists them all.
    """
    from mediacatalog import captions as reader
    from mediacatalog.media import whole

    path = existing(file)
    more: dict[str, object] = {}
    if track is not None or whole.check(path).container != "unknown" or _is_programme(path):
        found, more = _inside(path, track, encoding)
    else:
        found = reader.read(_bytes_of(path), name=path.name, encoding=encoding)
    if to == "json":
        print_json({**reader.as_json(found), **more})
    else:
        form: reader.To = "webvtt" if to == "vtt" else to
        label = reader.label_of(found.made_by, found.model)
        click.echo(reader.export(found.cues, form, regions=found.regions, label=label), nl=False)


def _is_programme(path: Path) -> bool:
    """An MPEG programme stream: its structure doesn't say whether it is whole."""
    with path.open("rb") as opened:
        return opened.read(4) == b"\0\0\1\xba"


def _inside(
    path: Path, wanted: str | None, encoding: str | None
) -> tuple[Track, dict[str, object]]:
    """A track inside a video, and the list of all. Raises UnknownCaptionFormatError for none."""
    from mediacatalog import captions as reader
    from mediacatalog.errors import UnknownCaptionFormatError
    from mediacatalog.media import inside
    from mediacatalog.media import probe as prober
    from mediacatalog.values import CaptionProblem, Track

    facts = prober.probe(path)
    rate = facts.video.frame_rate if facts.video else None
    listed: list[dict[str, object]] = []
    found: dict[str, Track] = {}
    for raw in inside.raw_tracks(path, facts):
        name = f"{raw.key}.{raw.format}"
        try:
            track = reader.read(
                raw.data, name=name, encoding=encoding, language=raw.language, frame_rate=rate
            )
        except UnknownCaptionFormatError:
            continue
        if track.cues:
            kind = track.kind if track.kind != "caption" else raw.kind
            found[raw.key] = replace(track, kind=kind)
            listed.append(_listed(raw.key, raw.codec, found[raw.key], raw.title))
    for one in inside.unread(facts):
        why = CaptionProblem(1, "present, not searchable: its text would have to be recognised")
        key, kind = f"stream {one.index}", one.kind
        found[key] = Track(one.codec, "", 1.0, one.language, kind, (), (why,))
        listed.append(_listed(key, one.codec, found[key], one.title))
    key = _chosen(wanted, list(found))
    if key not in found:
        names = ", ".join(found) or "none"
        why_not = "no captions inside" if wanted is None else f"no track {wanted!r}"
        raise UnknownCaptionFormatError(path.name, f"{why_not}; its tracks: {names}")
    return found[key], {"track": key, "tracks": listed}


def _listed(key: str, codec: str, track: Track, title: str | None) -> dict[str, object]:
    return {
        "track": key,
        "codec": codec,
        "language": track.language,
        "kind": track.kind,
        "title": title,
        "cues": len(track.cues),
        "searchable": bool(track.cues),
    }


def _chosen(wanted: str | None, keys: Sequence[str]) -> str:
    if wanted is None:
        return keys[0] if keys else ""
    if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= len(keys):
        return keys[int(wanted) - 1]
    return wanted


@click.command()
@click.argument("file_or_url")
@AS_JSON
def article(file_or_url: str, *, as_json: bool) -> None:
    """The story of a saved page or text: clean text, what was removed, what and whom it names."""
    from mediacatalog import articles
    from mediacatalog.apart import reading

    if file_or_url.lower().startswith(("http://", "https://")):
        from mediacatalog import settings
        from mediacatalog.apart import fetching
        from mediacatalog.errors import UnreadableArticleError

        if not settings.load().fetch_pages:
            raise UnreadableArticleError(
                file_or_url,
                "no page is fetched unless MEDIACATALOG_FETCH_PAGES is true; or save it and give "
                "the file's name",
            )
        found = fetching.fetch(file_or_url)
        story = reading.article(found.data, f"{found.url}.html")
    else:
        path = existing(Path(file_or_url))
        story = reading.article(_bytes_of(path), path.name)
    _show(articles.as_json(story), as_json=as_json)


COMMANDS: Sequence[click.Command] = (
    probe,
    fingerprint,
    shots,
    storyboard,
    captions,
    article,
)
