"""Write docs/openapi.json anew: the description of the API, as the server gives it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from mediacatalog.catalog.database import open_catalogue
from mediacatalog.search import SearchIndex
from mediacatalog.settings import Settings
from mediacatalog.web import create_app

TARGET = Path(__file__).parents[1] / "docs" / "openapi.json"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), media=Path(folder))
        catalogue = open_catalogue(settings.catalogue_url)
        catalogue.upgrade()
        app = create_app(settings, catalogue, SearchIndex(settings.index))
        document = app.test_client().get("/api/v1/openapi.json").get_json()
        catalogue.close()
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True)
    TARGET.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
