"""What Snowball's stems do not say: plurals that it leaves apart from their singular, and words that it makes one.

In Romance languages a stem is what is left without -o and -a, so caso (case) and casa (house) are one. Gender is a
form of adjectives, participles and people; short nouns that differ by it are two words. So short stems keep their
gender, unless they are known to be one of the former.
"""

from __future__ import annotations

import re

# language → (ending of a plural, ending of its singular)
_PLURALS = {
    "pt": (
        (r"(?<=.)[õã]es$", "ão"), (r"(?<=..)ais$", "al"), (r"(?<=.)éis$", "el"), (r"(?<=.)óis$", "ol"),
        (r"(?<=[aeiou])ns$", "m"),
    ),
    "es": ((r"(?<=..)ces$", "z"),),
    "it": ((r"(?<=..)([cg])h(?=[ei]$)", r"\1"),),
    "ca": (
        (r"(?<=..)ges$", "ja"), (r"(?<=.)ques$", "ca"), (r"(?<=.)g[uü]es$", "ga"), (r"(?<=..)ces$", "ça"),
        (r"(?<=..)ons$", "ó"), (r"(?<=..)ins$", "í"), (r"(?<=..)es$", "a"),
    ),
    "nl": (
        (r"^(.*(?:in|voor|haven|hoofd|wereld)|)steden$", r"\1stad"), (r"schepen$", "schip"),
        (r"^((?:mede)?)leden$", r"\1lid"),
    ),
    "en": (
        (r"^(?!hymen)(.*[bdgklnprstwy]|(?:fire|police|fore)?)men$", r"\1man"), (r"women$", "woman"),
        (r"^(grand|step)?children$", r"\1child"), (r"^feet$", "foot"), (r"^teeth$", "tooth"), (r"^geese$", "goose"),
        (r"^mice$", "mouse"), (r"^((?:mid|house)?wi|kni|li)ves$", r"\1fe"),
        (r"^(wol|thie|hal|shel|cal|loa|shea)ves$", r"\1f"),
    ),
}  # fmt: skip
_LAST = {  # with what a plural ends at all
    "pt": ("es", "is", "ns"), "es": ("ces",), "it": ("he", "hi"), "ca": ("es", "ns"),
    "nl": ("eden", "epen"), "en": ("men", "children", "feet", "teeth", "geese", "mice", "ves"),
}  # fmt: skip
_RULES = {
    language: [(re.compile(plural), singular) for plural, singular in rules]
    for language, rules in _PLURALS.items()
}

# language → (ending that Snowball takes for another one, what it may be)
_ALSO_READ = {
    "it": ((re.compile("(?<=..)ano$"), "ani"),),  # romano is no parlano
    "pl": (
        (re.compile("(?<=..)icy$"), "ik"), (re.compile("(?<=..)([aey]n|[aiy]s)ci$"), r"\1t"),  # rolnicy, klienci
        (re.compile("(?<=..)by$"), "ba"),  # torby has no conditional particle
    ),
}  # fmt: skip
HAS_PLURALS, READ_TWICE = frozenset(_PLURALS), frozenset(_ALSO_READ)  # languages

# language → endings of the one gender, of the other, letters up to which a stem is short, those of which both are forms
_GENDERS = {
    "es": (
        ("o", "os"), ("a", "as"), 5, """nuev alt baj bell roj negr blanc viej larg cort llen vaci buen mal tod otr much
        poc terc cuart quint ultim propi sol muert viv san santo suci sec fri car barat rar ric medi ciert junt lent
        hond gord flac guap list limpi rot nin chic hij gat perr abuel ti niet vecin alumn amig espos novi chin rus
        grieg turc suiz suec polac cuban publi activ nativ unic clar estrech duro dur pur cier vari extran""",
    ),
    "it": (
        ("o", "i"), ("a", "e"), 5, """nuov alt bass ross ner bianc vecchi lung cort pien vuot buon brutt prim terz quart
        ultim stess altr tutt molt poc sol propri mort viv sacr sant ricc pover stran fredd cald car gross bell magr
        grass stanc giust fals cert zi figli nonn amic bimb spos alunn russ turc grec gatt svizzer unic pubblic tropp
        quant rar pur dur chiar""",
    ),
    "pt": (
        ("o", "os"), ("a", "as"), 5, """nov alt baix bel pret branc velh long curt chei vazi prim outr tod muit pouc
        propri mort viv sant sec fri car barat rar ric cert junt lent filh menin alun amig ti net vizinh espos noiv gat
        russ turc greg suic unic ultim quart quint clar pur dur""",
    ),
    "fr": (
        ("", "s"), ("e", "es"), 4, """vert fort haut gris bass noir bleu seul brun sain vain plat mort lent dur pur sur
        rond laid ronde nul mur ami tout cher fin clos""",
    ),
}  # fmt: skip
# of an adjective or a participle; in French, its last vowel
_OF_BOTH = {
    "es": re.compile("..[ai]d$|...(?:ic|iv|os)$"), "it": re.compile("..[aiu]t$|...(?:ic|iv|os)$"),
    "pt": re.compile("..[ai]d$|...(?:ic|iv|os)$"), "fr": re.compile("[aeiou]$"),
}  # fmt: skip
_BOTH = {language: frozenset(words.split()) for language, (_, _, _, words) in _GENDERS.items()}


def also_read(word: str, language: str) -> list[str]:
    """Return forms that a plain word may be as well as what Snowball takes it for."""
    return [ending.sub(other, word) for ending, other in _ALSO_READ.get(language, ()) if ending.search(word)]


def singular(word: str, language: str) -> str:
    """Return a plain word without a plural that Snowball does not undo."""
    if not word.endswith(_LAST.get(language, ())):
        return word
    for plural, ending in _RULES[language]:
        word, times = plural.subn(ending, word)
        if times:
            break
    return word


def are_forms(one: str, other: str, language: str) -> bool:
    """Tell whether two folded words of one stem may be forms of one word: short nouns keep their gender."""
    if language not in _GENDERS or one == other or (language == "it" and {one[-1], other[-1]} == {"e", "i"}):
        return True  # fiore, fiori are of either gender
    these, those, short, _ = _GENDERS[language]
    for first, second in ((these, those), (those, these)):
        bases = _bases(one, first) & _bases(other, second)
        if any(len(base) <= short and not _is_of_both(base, language) for base in bases):
            return False
    return True


def _bases(word: str, endings: tuple[str, ...]) -> set[str]:
    return {word.removesuffix(ending) for ending in endings if word.endswith(ending)}


def _is_of_both(base: str, language: str) -> bool:
    return base in _BOTH[language] or _OF_BOTH[language].search(base) is not None
