"""From where the pages can be reached, and what that asks for before anything is served.

On loopback a system without accounts belongs to whoever sits at the machine. At any other address
it wants an account, and that what is said can't be read on the way.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from mediacatalog.catalog import accounts
from mediacatalog.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from mediacatalog.catalog.database import Catalogue
    from mediacatalog.settings import Settings

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_FORWARDED",
)


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local(settings: Settings) -> bool:
    """Whether only this machine reaches the pages."""
    return (is_loopback(settings.host) or settings.published_on_loopback) and not (
        settings.trusted_proxy
    )


def is_encrypted(settings: Settings) -> bool:
    """Whether browsers come by HTTPS: to us, or to a proxy that was named."""
    return bool(settings.tls_certificate or settings.trusted_proxy)


def refuse_unsafe(settings: Settings, catalogue: Catalogue) -> None:
    """Raises SettingsError, saying what is missing. The tables must be there."""
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise SettingsError("MEDIACATALOG_TLS_CERTIFICATE and MEDIACATALOG_TLS_KEY go together")
    _networks(settings.trusted_proxy)
    if is_local(settings):
        return
    with catalogue.reading() as session:
        if not accounts.are_there(session):
            raise SettingsError(
                f"the pages would be open to everybody who reaches {settings.host}: make an "
                "account first (mediacatalog user create NAME --role admin)"
            )
    if not is_encrypted(settings):
        raise SettingsError(
            f"passwords could be read on their way to {settings.host}: set "
            "MEDIACATALOG_TLS_CERTIFICATE and MEDIACATALOG_TLS_KEY, or with "
            "MEDIACATALOG_TRUSTED_PROXY the address of the proxy that speaks HTTPS"
        )


def believe_proxy(app: Flask, settings: Settings) -> None:
    """Take what a proxy says of its client only from the proxy that was named."""
    inner = app.wsgi_app
    behind = ProxyFix(inner, x_for=1, x_proto=1, x_host=1)
    networks = _networks(settings.trusted_proxy)

    def outermost(environ: dict[str, object], start: Callable[..., object]) -> Iterable[bytes]:
        if networks and _is_in(str(environ.get("REMOTE_ADDR", "")), networks):
            return behind(environ, start)  # type: ignore[arg-type]
        for name in FORWARDED:
            environ.pop(name, None)
        return inner(environ, start)  # type: ignore[arg-type]

    app.wsgi_app = outermost  # type: ignore[method-assign, assignment]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(given: str) -> list[Network]:
    try:
        return [ipaddress.ip_network(one) for one in given.replace(",", " ").split()]
    except ValueError as error:
        raise SettingsError(f"MEDIACATALOG_TRUSTED_PROXY: {error}") from error


def _is_in(address: str, networks: list[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in one for one in networks)
