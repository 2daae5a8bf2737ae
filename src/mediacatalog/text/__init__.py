"""Words as people search for them, whatever the script and whoever transliterated."""

from mediacatalog.text.entries import Entries, entries
from mediacatalog.text.fold import FOLD_VERSION, fold
from mediacatalog.text.ways import spellings, together
from mediacatalog.text.words import Unit, Word, forms, units, words

__all__ = [
    "FOLD_VERSION",
    "Entries",
    "Unit",
    "Word",
    "entries",
    "fold",
    "forms",
    "spellings",
    "together",
    "units",
    "words",
]
