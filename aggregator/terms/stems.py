"""The forms of one word: Snowball's stems (https://snowballstem.org), and what languages glue to their words.

An article's words are stemmed by its language. A query has no language that we know: its words are stemmed by
every language of their script, and only stems that articles of that language really have are used.
"""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import Stemmer

from aggregator.terms.inflection import HAS_PLURALS, READ_TWICE, also_read, singular
from aggregator.terms.letters import folded, is_katakana

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "fa": "persian", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_ALSO = {"no": "nb", "nn": "nb", "iw": "he", "ms": "id", "uk": "ru", "be": "ru", "mk": "bg"}
_BY_SCRIPT = (
    (re.compile("[\uac00-\ud7af]"), ("ko",)),
    (re.compile("[\u0590-\u05ff]"), ("he", "yi")),
    (re.compile("[\u0600-\u06ff]"), ("ar", "fa")),
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), ("el",)),
    (re.compile("[\u0400-\u052f]"), ("ru", "bg")),
    (re.compile("[\u0900-\u097f]"), ("hi", "ne")),
    (re.compile("[\u0b80-\u0bff]"), ("ta",)),
    (re.compile("[\u0530-\u058f]"), ("hy",)),
    (re.compile("[\u30a1-\u30fa]"), ("ja",)),
)
_HAS_SCRIPT = re.compile("|".join(script.pattern for script, _ in _BY_SCRIPT))
_LATIN = tuple(sorted(set(_SNOWBALL) - {"ar", "el", "fa", "hi", "hy", "ne", "ru", "ta", "yi"}))
_GLUING = frozenset(("de", "nl", "sv", "da", "nb"))  # Germanic compounds are written as one word
_SEVERAL_STEMS = READ_TWICE | {"nl"}  # whatever the word
_OLD_A = frozenset(("da", "nb"))  # that write å as aa as well
_SHORTEST_STEM = 2
_BULGARIAN_ARTICLE = re.compile("(?<=...)(?:та|то|те|ът|ят)$")
# the endings of Ukrainian and Belarusian, in letters that Snowball knows
_PERSIAN_LETTERS = str.maketrans("يك", "یک")
_AS_IN_RUSSIAN = str.maketrans("іїєґў", "ииегу")
_HAS_DIGIT = re.compile(r"\d")
_OWN_RULES = frozenset(("ko", "ja", "bg", "ru", "fa"))  # beside those of Snowball


def known_language(language: str, word: str = "") -> str:
    """Return the language by whose rules a word is stemmed; a script that has one language says it itself."""
    language = _plain_code(language)
    if word and not word.isascii():
        by_script = _of_script(word)
        if by_script and language not in by_script:
            return by_script[0]
    return language or "en"


@cache
def _plain_code(language: str) -> str:
    language = language.partition("-")[0].casefold()
    return _ALSO.get(language, language)


def languages_of(word: str) -> tuple[str, ...]:
    """Return the languages that a word of a query may be in."""
    return _of_script(word) or (*_LATIN, "vi")


def _of_script(word: str) -> tuple[str, ...]:
    if _HAS_SCRIPT.search(word) is None:
        return ()
    for script, languages in _BY_SCRIPT:
        if script.search(word):
            return languages
    return ()


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _SNOWBALL.get(language)
    return Stemmer.Stemmer(name, 0) if name else None  # 0: the callers remember


def stem(word: str, language: str) -> str:
    """Return what stands for all forms of a word (a plain one, before it is folded) in a language."""
    if _HAS_DIGIT.search(word):
        return folded(word)
    if language == "ko":
        return _without_particle(word)
    if language == "ja":
        return _without_long_end(folded(word))
    if language == "bg":
        word, language = _BULGARIAN_ARTICLE.sub("", word), "ru"
    if language == "ru":
        word = word.translate(_AS_IN_RUSSIAN)
    elif language == "fa":
        word = word.translate(_PERSIAN_LETTERS)
    else:
        word = singular(word, language)
    stemmer = _stemmer(language)
    if stemmer is None:
        return folded(word)
    found = folded(str(stemmer.stemWord(word)))
    return found if len(found) >= _SHORTEST_STEM else folded(word)


def stems_of(words: Sequence[str], language: str) -> list[str]:
    """Return what `stem` gives for each of these words, at half the cost."""
    stemmer = _stemmer(language)
    if stemmer is None or language in _OWN_RULES:
        return [stem(word, language) for word in words]
    if language in HAS_PLURALS:
        found = stemmer.stemWords([singular(word, language) for word in words])
    else:
        found = stemmer.stemWords(words)
    return [
        each if each.isascii() and len(each) >= _SHORTEST_STEM and word.isalpha() else stem(word, language)
        for word, each in zip(words, found, strict=True)
    ]


def _stems(word: str, form: str, language: str, known: str = "") -> set[str]:
    """Return the stems of a word, one of which may be known, with and without its marks."""
    stems = {known or stem(word, language)}
    if form != word:
        stems.add(stem(form, language))
    if (
        language == "nl"
    ):  # paden: Snowball's own stemmer takes it for paad (as boten is boot), Porter's for pad
        stems.add(folded(str(_dutch().stemWord(word))))
    if language in READ_TWICE:
        stems.update(stem(other, language) for other in also_read(word, language))
    return stems


@cache
def _dutch() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("dutch_porter", 0)


def keys_of(word: str, form: str, language: str, known: str) -> tuple[str, ...]:
    """Return the keys under which the form of a plain word, with its known stem, is found by other words."""
    if not word.isalpha() and _HAS_DIGIT.search(word):
        return ()
    if form == word and language not in _SEVERAL_STEMS:
        keys = [f"{language}:{known}"]
    else:
        keys = [f"{language}:{each}" for each in _stems(word, form, language, known)]
    if language in _GLUING:
        if len(form) >= _SHORTEST_COMPOUND:
            keys.append(f"{language}<{form}")
            keys += [f"{language}>{end[::-1]}" for end in _uninflected(form)]
    elif language in _MORE_KEYS:
        keys += _MORE_KEYS[language](word, form)
    return tuple(keys)


def asked_keys(word: str) -> tuple[str, ...]:
    """Return the keys that a plain word of a query is looked up by."""
    form = folded(word)
    keys: set[str] = set()
    for language in languages_of(word):
        if language == "vi":
            keys.add(f"vi:{form}" if form == word else f"vi={word}")
            continue
        keys.update(f"{language}:{each}" for each in _stems(word, form, language))
        if language in _OLD_A and "aa" in word:
            keys.add(f"{language}:{stem(word.replace('aa', 'å'), language)}")
        # what is typed may be shorter than its own stem: Turkish seçim, seçimler
        keys.add(f"{language}:{form}")
        if language == "tr" and "i" in form:  # typed in capitals, or without the dotless letter
            keys.add(f"tr:{stem(word.replace('i', 'ı'), 'tr')}")
        if language == "he" and form.startswith("ה") and len(form) > _LEFT_OF_HEBREW:
            keys.add(f"he:{form[1:]}")
        if language == "ar":
            keys.update(f"ar:{stem(bare, 'ar')}" for bare in _arabic_bare(word))
    return tuple(sorted(keys))


# ------------------------------------------------------------------------------------------- glued to words

_PARTICLES = frozenset(
    """은 는 이 가 을 를 의 에 에서 에게 께 께서 와 과 도 만 로 으로 부터 까지 보다 처럼 같이
    마다 조차 밖에 나 이나 라 이라 란 이란 든 며 이며 고 이고 다 이다 인 일 입니다 이었다 였다
    했다 한다 하는 하고 하며 해 할 한 하기 된 되는 됐다 되어 들 들이 들은 들을 들의 들에게 들과
    들도 에는 에도 에서는 에서도 으로는 로는 에게는 와의 과의 으로서 로서 으로써 로써 만의 까지의
    부터의 에서의 에 대한 측 측은 적 적인 적으로 이라는 라는 이라고 라고 하지 하면 했던 했으며 하여
    시 때 요 님 하다 합니다 되다 됩니다 였고 이었고 인가 이자 에선 에겐 랑 이랑 한테 한테서 이여
    씨 씨는 씨가 군 양""".split()
)
_LEFT_OF_KOREAN = 2  # syllables that are left of a word when its particle is taken off
_LEFT_OF_HEBREW = 3
_LEFT_OF_PREFIX = 2  # letters that are left of a Hebrew word
_HEBREW_PREFIX = re.compile("ו?[הבכלמש]|ו?ש?[הבלמ]ה?|וכש|כשה|ו")
_HEBREW_SUFFIX = re.compile("(?:ים|ות|יים|ית)$")
_ARABIC_PREFIX = re.compile("^(?:و|ف)?(?:(?:ب|ك)?ال|لل)|^[وف](?=....)")


def _without_long_end(form: str) -> str:
    """Return katakana without a long vowel at its end, which is written or not: コンピュータ(ー)."""
    return form.removesuffix("ー") if len(form) > _LEFT_OF_HEBREW else form


def _without_particle(word: str) -> str:
    for length in range(min(4, len(word) - _LEFT_OF_KOREAN), 0, -1):
        if word[-length:] in _PARTICLES:
            return word[:-length]
    return word


def _hebrew_bare(form: str) -> set[str]:
    """Return the word without the article, "and", "in", "to", "from", "that"; and without the plural."""
    found = {form}
    for length in (1, 2, 3):
        is_prefix = _HEBREW_PREFIX.fullmatch(form[:length])
        if is_prefix and len(form) - length >= _LEFT_OF_PREFIX:
            found.add(form[length:])
    singular = {_HEBREW_SUFFIX.sub("", each) for each in found}
    return found | {each for each in singular if len(each) >= _LEFT_OF_HEBREW}


def _arabic_bare(word: str) -> set[str]:
    bare = _ARABIC_PREFIX.sub("", word)
    return {bare} if len(bare) >= _LEFT_OF_HEBREW and bare != word else set()


# ---------------------------------------------------------------------------------------------- compounds

_SHORTEST_COMPOUND = 9  # letters; shorter ones are more often chance than compounds
_SHORTEST_PART = 4
# of words that ICU does not know the parts of: コンサートホール has ホール, オンライン has no ライン
_SHORTEST_KATAKANA_PART = 3
_SHORTEST_KATAKANA = _SHORTEST_KATAKANA_PART + _SHORTEST_PART
_JOINTS = ("", "s", "n", "en", "es", "er", "e")
_ENDINGS = {"e": ("e",), "n": ("n", "en"), "s": ("s", "es"), "r": ("er",)}  # of nouns, by their last letter
# Endings that make a word of another one; they are words as well, and no part of a compound.
_NO_PARTS = frozenset(
    """reich voll frei haft keit heit schaft ung lich isch arme weise fach fahig wert massig samt artig jahrig seitig
    gemass halber eren ende ends erin innen ungen ischen licher lichen""".split()
)


def ranges_of(form: str) -> tuple[str, ...]:
    """Return how the keys begin of words that may contain this one as a part."""
    if re.search("[\uac00-\ud7af]", form):
        return (f"ko<{form}",)
    if is_katakana(form) and len(form) >= _SHORTEST_KATAKANA_PART:
        return f"ja<{form}", f"ja>{form[::-1]}"
    if (
        len(form) < _SHORTEST_PART
        or not form.isalpha()
        or form in _NO_PARTS
        or languages_of(form)[0] != _LATIN[0]
    ):
        return ()
    return tuple(
        f"{language}{side}" for language in sorted(_GLUING) for side in (f"<{form}", f">{form[::-1]}")
    )


def _uninflected(form: str) -> set[str]:
    """Return a compound without what is added to nouns: endings that make another word of it stay."""
    endings = _ENDINGS.get(form[-1], ())
    return {form, *[form.removesuffix(ending) for ending in endings]}


def is_part(beginning: str, key: str) -> bool:
    """Tell whether the word of a key that begins so has the word that was looked for as a part."""
    tail = key[len(beginning) :]
    if beginning.startswith("ko"):
        is_long = min(len(tail), len(beginning) - len("ko<")) >= _LEFT_OF_KOREAN
        return not tail or tail in _PARTICLES or is_long
    if beginning.startswith("ja"):
        shorter, longer = sorted((len(tail), len(beginning) - len("ja<")))
        return shorter >= _SHORTEST_KATAKANA_PART and longer >= _SHORTEST_PART
    if beginning[2] == ">":  # it is the end of it
        return len(tail) >= _SHORTEST_PART and len(key) - len("de>") >= _SHORTEST_COMPOUND
    return any(
        tail.startswith(joint)
        and len(tail) - len(joint) >= _SHORTEST_PART
        and tail[len(joint) :] not in _NO_PARTS
        for joint in _JOINTS
    )


# -------------------------------------------------------------------------------------- by language

# Keys of a word that are none of its stems: without what is glued to it, or as a compound.
_MORE_KEYS: dict[str, Callable[[str, str], Iterable[str]]] = {
    "he": lambda _, form: [f"he:{bare}" for bare in _hebrew_bare(form)],
    "ar": lambda word, _: [f"ar:{stem(bare, 'ar')}" for bare in _arabic_bare(word)],
    "vi": lambda word, _: [f"vi:{folded(word)}"],
    "ko": lambda _, form: [f"ko<{form[at:]}" for at in range(len(form) - 1 or 1) if at != 1],
    "ja": lambda _, form: [f"ja<{form}", f"ja>{form[::-1]}"] if len(form) >= _SHORTEST_KATAKANA else [],
}
