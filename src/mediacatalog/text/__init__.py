"""Words as people search for them, whatever the script and whoever transliterated."""

from mediacatalog.text.fold import FOLD_VERSION, fold
from mediacatalog.text.words import Unit, Word, forms, spellings, units, words

__all__ = ["FOLD_VERSION", "Unit", "Word", "fold", "forms", "spellings", "units", "words"]
