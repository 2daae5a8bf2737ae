"""Tells webhooks what changed: signed as Standard Webhooks has it, tried again until it is taken.

What is to be told stands in the catalogue, and so does how far each webhook has come: a worker that
dies loses nothing. One address that hangs holds up the others for SECONDS at most.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mediacatalog.catalog import change_feed, webhooks

if TYPE_CHECKING:
    import threading

    from mediacatalog.catalog.change_feed import Feed
    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.catalog.webhooks import Webhook

SECONDS = 10.0
MOST_CHANGES = 100
"""Of one delivery."""


def tell_all(catalogue: Catalogue, stop: threading.Event) -> int:
    """Everything that webhooks don't know yet, as far as they take it; how many deliveries."""
    with catalogue.reading() as session:
        waiting = webhooks.due(session)
    told = 0
    for webhook, secret in waiting:
        at = webhook.position
        while not stop.is_set():
            with catalogue.seen_by(webhooks.SEES[webhook.sees]).reading() as session:
                feed = change_feed.after(session, change_feed.position(at), limit=MOST_CHANGES)
            if not feed.changes and not feed.clips:
                break
            why = deliver(webhook, secret, at, feed)
            with catalogue.writing() as session:
                if why:
                    webhooks.was_refused(session, webhook.id, why)
                    break
                at = str(feed.position)
                webhooks.was_taken(session, webhook.id, at)
            told += 1
    return told


def deliver(webhook: Webhook, secret: str, at: str, feed: Feed) -> str:
    """Send one part of the feed; why it wasn't taken, empty if it was.

    The id is that of the place in the feed: the same part, sent again, has the same id.
    """
    body = json.dumps(as_json(feed), ensure_ascii=False).encode()
    key = f"{webhook.id}.{at}"
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "mediacatalog",
        "webhook-id": key,
        "webhook-timestamp": moment,
        "webhook-signature": sign(secret, key, moment, body),
    }
    parts = urlsplit(webhook.url)
    host, path = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" * bool(parts.query))
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return "" if 200 <= status < 300 else f"answered {status}"


def sign(secret: str, key: str, moment: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA-256 of id, time and body in base64 (Standard Webhooks)."""
    signed = f"{key}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def as_json(feed: Feed) -> dict[str, object]:
    """As `GET /api/v1/changes` tells it."""
    return {
        "changes": [asdict(one) | {"at": one.at.isoformat()} for one in feed.changes],
        "clips": [{"clip": key, "state": state} for key, state in feed.clips],
        "next": str(feed.position),
        "more": feed.more,
    }
