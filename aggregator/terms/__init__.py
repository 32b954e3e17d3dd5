"""Terms: how words are written in the index, and which words are forms of each other. Pure.

The index holds forms: words as they stand in a text, folded (`letters`); unspaced scripts as pairs of letters, with
what is known of their words (`breaks`).
What belongs together is kept beside it, once for each form and not for each text: a list from keys to forms, with
Snowball's stems, glued particles and the parts of compounds (`stems`, `inflection`). So what is put in quotes finds
forms alone, a word finds its forms in every column, and the dear rules run once for each new form.
"""

from aggregator.terms.breaks import ACROSS, across_in, is_word
from aggregator.terms.inflection import are_forms
from aggregator.terms.signs import signs_in
from aggregator.terms.stems import asked_keys, is_part, keys_of, known_language, languages_of, ranges_of
from aggregator.terms.texts import Counted, Term, asked_terms, counted, forms_of, places, spellings

# Counts the rules of this room: an index made by other rules is made anew.
RULES = 2

__all__ = [
    "ACROSS",
    "RULES",
    "Counted",
    "Term",
    "across_in",
    "are_forms",
    "asked_keys",
    "asked_terms",
    "counted",
    "forms_of",
    "is_part",
    "is_word",
    "keys_of",
    "known_language",
    "languages_of",
    "places",
    "ranges_of",
    "signs_in",
    "spellings",
]
