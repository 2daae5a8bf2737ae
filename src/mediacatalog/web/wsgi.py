"""`app` for any WSGI server, from the settings of the environment."""

from __future__ import annotations

from mediacatalog import settings
from mediacatalog.web.server import make_app

app = make_app(settings.load())
