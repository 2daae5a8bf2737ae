"""Words as people search for them, whatever the script and whoever transliterated."""

from mediacatalog.text.fold import FOLD_VERSION, fold

__all__ = ["FOLD_VERSION", "fold"]
