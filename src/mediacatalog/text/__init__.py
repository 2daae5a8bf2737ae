"""Words as people search for them, whatever the script and whoever transliterated."""

from mediacatalog.text.fold import FOLD_VERSION, fold
from mediacatalog.text.words import Unit, Word, each_word, forms, spellings, units, words

__all__ = [
    "FOLD_VERSION",
    "Unit",
    "Word",
    "each_word",
    "fold",
    "forms",
    "spellings",
    "units",
    "words",
]
