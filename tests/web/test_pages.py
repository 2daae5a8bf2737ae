"""Every page answers, says what it must, and holds no user text unescaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories import make_clip, put_aperture

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from mediacatalog.settings import Settings
    from tests.web.archive import Archive


def test_an_empty_archive_says_where_to_put_videos(client: FlaskClient, settings: Settings) -> None:
    page = client.get("/").text
    assert "An empty archive" in page
    assert str(settings.media) in page


def test_a_search_shows_the_moment_that_matched(client: FlaskClient, ferry: str) -> None:
    page = client.get("/?q=night").text
    assert f"/clips/{ferry}?t=1.200" in page
    assert f"/clips/{ferry}/still.jpg?ms=1200" in page
    assert "<mark>night</mark>" in page


def test_the_clip_page_holds_what_the_player_needs(client: FlaskClient, ferry: str) -> None:
    page = client.get(f"/clips/{ferry}?t=0:01.5").text
    assert 'data-start-ms="1500"' in page
    assert 'data-frame-rate="25/1"' in page
    assert f'data-storyboard="/clips/{ferry}/storyboard.vtt"' in page
    assert 'data-seek-ms="1200"' in page
    assert 'lang="ar"' in page


def test_the_clip_page_says_what_of_the_stored_picture_is_shown(
    client: FlaskClient, archive: Archive, settings: Settings
) -> None:
    whole = make_clip(settings.media, "whole.mp4", shots=[("blue", 0.2)])
    edged = make_clip(settings.media, "edged.mp4", shots=[("red", 0.2)])
    put_aperture(edged, (300, 1, 170, 1, 0, 1, 0, 1))
    page = client.get(f"/clips/{archive.add(edged)}").text
    clean, stored = '<bdi dir="ltr">300×170</bdi>', '<bdi dir="ltr">320×180</bdi>'  # in Arabic, too
    assert f"{clean} of {stored}, from column 10 and line 5" in page
    assert f"{clean} <span" in page
    assert "Clean aperture" not in client.get(f"/clips/{archive.add(whole)}").text
