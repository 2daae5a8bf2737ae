"""One page from the open web, asked for by a process that has neither catalogue nor settings.

What may be asked is said by `mediacatalog.fetching`, in the child; here its answer is checked.
"""

from __future__ import annotations

import os
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from mediacatalog.articles import videos
from mediacatalog.errors import FetchRefusedError
from mediacatalog.fetching import MAX_BYTES, MAX_REDIRECTS, SECONDS, Fetched
from mediacatalog.media import runner
from mediacatalog.media.talking import Ear, GoneError, Patience

if TYPE_CHECKING:
    from mediacatalog.media.untrusted import Json

FETCHER: Final = "mediacatalog.apart.fetcher"
LIMITS: Final = runner.Limits(
    wall_seconds=-1, cpu_seconds=30, memory_bytes=2**30, file_bytes=1 << 16, open_files=64
)
_START_SECONDS: Final = 30.0
_NAMES: Final = tuple(
    f"/etc/{name}" for name in ("resolv.conf", "hosts", "nsswitch.conf", "host.conf", "gai.conf")
)
"""How the system finds the addresses of a name."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What may be asked besides the open web: nothing, unless it is said."""

    networks: tuple[str, ...] = ()
    any_port: bool = False


def fetch(url: str, beside: Beside | None = None, *, seconds: float = SECONDS) -> Fetched:
    """As `mediacatalog.fetching.fetch`: raises FetchRefusedError with the reason.

    Raises ToolMissingError where there is no sandbox.
    """
    allowed, trust = beside or Beside(), ssl.get_default_verify_paths()
    request: Json = {
        "look": "fetch",
        "url": url[:10_000],
        "networks": allowed.networks,
        "any_port": allowed.any_port,
        "seconds": seconds,
        "cafile": trust.cafile,
        "capath": trust.capath,
    }
    child = start(trust)
    ends = time.monotonic() + _START_SECONDS + seconds
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ear = Ear(child, "the fetcher")
        ear.send(request, nothing)
        patience = Patience(ends, _START_SECONDS + seconds)
        for said in ear.messages(patience):
            if "error" in said:
                raise FetchRefusedError(url, runner.escaped(str(said["error"])[:500]))
            if "page" in said:
                told = _Page.model_validate(said["page"])
                data = ear.taken(said, MAX_BYTES, patience)
                return Fetched(told.url, data, told.content_type, told.fetched_at, told.hops)
        raise FetchRefusedError(url, "the fetcher crashed")
    except GoneError as error:
        raise FetchRefusedError(url, str(error)) from error
    except ValidationError as error:
        raise FetchRefusedError(url, "the fetcher's answer is wrong") from error
    finally:
        os.close(nothing)
        child.end()


def start(trust: ssl.DefaultVerifyPaths | None = None) -> runner.Resident:
    """A child for one request. Raises ToolMissingError where there is no sandbox."""
    trust = trust or ssl.get_default_verify_paths()
    readable = [one for one in (trust.cafile, trust.capath, "/etc/ssl", *_NAMES) if one]
    return runner.start_python(FETCHER, limits=LIMITS, reads=readable, network=True)


def _web(value: str) -> str:
    if videos.web_address(value) is None:
        raise ValueError("is no address of the web")
    return value


_Address = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_web)]


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: _Address
    content_type: Literal["text/html", "application/xhtml+xml", "text/plain"]
    fetched_at: Annotated[
        str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", max_length=20)
    ]
    hops: Annotated[tuple[_Address, ...], Field(max_length=MAX_REDIRECTS + 2)]
