"""Terms: how words are written in the index, and which words are forms of each other. Pure.

The index holds forms: words as they stand in a text, folded (`letters`); unspaced scripts as pairs of letters.
What belongs together is kept beside it, once for each form and not for each text: a list from keys to forms, with
Snowball's stems, glued particles and the parts of compounds (`stems`). So what is put in quotes finds forms alone,
a word finds its forms in every column, and the dear rules run once for each new form.
"""

from aggregator.terms.signs import signs_in
from aggregator.terms.stems import asked_keys, is_part, keys_of, known_language, languages_of, ranges_of
from aggregator.terms.texts import Term, asked_terms, places, spellings, terms_of

# Counts the rules of this room: an index made by other rules is made anew.
RULES = 1

__all__ = [
    "RULES",
    "Term",
    "asked_keys",
    "asked_terms",
    "is_part",
    "keys_of",
    "known_language",
    "languages_of",
    "places",
    "ranges_of",
    "signs_in",
    "spellings",
    "terms_of",
]
