"""The fetcher child: asks the web for one page and ends. It can open no file but the system's.

Started by `fetching` for each page. The request is `{"look": "fetch", "url": …}` with what may be
asked beside the open web; the answer `{"page": {…}, "bytes": n}` with the page after it, or
`{"error": reason}`.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING

from mediacatalog import fetching
from mediacatalog.errors import FetchRefusedError
from mediacatalog.media import breakout
from mediacatalog.media.talking import Voice, requests

if TYPE_CHECKING:
    from mediacatalog.media.untrusted import Json


def _rules(request: Json) -> fetching.Rules:
    networks = [ipaddress.ip_network(one) for one in request["networks"]]

    def may_connect(address: fetching.Address) -> bool:
        return fetching.is_public(address) or any(address in network for network in networks)

    return fetching.Rules(
        ports=None if request["any_port"] else fetching.Rules.ports,
        may_connect=may_connect,
        seconds=float(request["seconds"]),
        trust=ssl.create_default_context(cafile=request["cafile"], capath=request["capath"]),
    )


def main() -> None:
    line = socket.socket(fileno=0)
    voice = Voice(line.fileno())
    request, _ = next(requests(line))
    if request["look"] == "breakout":
        voice.say({"answer": breakout.attempts(request)})
        return
    try:
        found = fetching.fetch(str(request["url"]), _rules(request))
    except FetchRefusedError as error:
        voice.say({"error": error.reason})
        return
    told: Json = {"url": found.url, "content_type": found.content_type}
    told |= {"fetched_at": found.fetched_at, "hops": found.hops}
    voice.say({"page": told, "bytes": len(found.data)}, found.data)


if __name__ == "__main__":
    main()
