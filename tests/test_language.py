"""The language of a text, and when a text is believed against what its page declares."""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.languages import believed_language, language_of, likely_language

SAID = {
    "en": "The river rose again on Monday and it was the third time in a week that the bridge had to be closed.",
    "de": "Der Fluss ist am Montag wieder gestiegen, und die Brücke wurde zum dritten Mal in einer Woche für den "
    "Verkehr gesperrt, weil das Wasser nicht mehr von den Wiesen ablaufen konnte.",
    "es": "El río volvió a crecer el lunes y es la tercera vez en una semana que el puente se cierra para los coches "
    "porque no hay otra salida del valle.",
    "tr": "Nehir pazartesi günü yine yükseldi ve köprü bir hafta içinde üçüncü kez trafiğe kapatıldı, çünkü su çok "
    "yüksek ve köy için daha güvenli bir yol yok; bu hafta sonra da böyle gibi.",
    "ru": "Река снова поднялась в понедельник, и мост закрыли в третий раз за неделю, так как вода не ушла с лугов, "
    "а другой дороги для жителей долины нет, сообщил он по телефону из деревни.",
    "ar": "ارتفع النهر مرة أخرى يوم الاثنين وأغلق الجسر للمرة الثالثة في أسبوع لأن المياه لم تنسحب من الحقول على "
    "الضفة التي كان الناس قد زرعوها بعد المطر في هذا العام من قبل",
    "ja": "川は月曜日に再び増水し、橋は一週間で三度目の通行止めとなった。",
    "zh": "周一河水再次上涨，大桥一周内第三次关闭，因为水没有从草地上退去。",
    "ko": "월요일에 강물이 다시 불어나 다리가 일주일 만에 세 번째로 폐쇄되었다.",
    "th": "แม่น้ำสูงขึ้นอีกครั้งในวันจันทร์และสะพานถูกปิดเป็นครั้งที่สามในหนึ่งสัปดาห์",
    "el": "Ο ποταμός φούσκωσε ξανά τη Δευτέρα και η γέφυρα έκλεισε για τρίτη φορά.",
    "he": "הנהר עלה שוב ביום שני והגשר נסגר בפעם השלישית השבוע.",
}


@pytest.mark.parametrize("language", SAID)
def test_the_language_of_a_few_sentences(language: str) -> None:
    assert language_of(SAID[language]) == language


def test_a_word_says_nothing() -> None:
    assert language_of("Rain") == ""


def test_a_theme_that_claims_english_for_all_is_not_believed() -> None:
    assert believed_language("en-us", " ".join([SAID["de"]] * 4)) == "de"


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Schweres Erdbeben im Süden von Peru", "en-US", "de"),
        ("Vela-3", "sv_SE", "sv"),
        ("Vela-3", "nn", "nb"),
        ("Vela-3", "", ""),
        ("भारत में भूकंप के झटके", "en", "hi"),
        ("重庆暴雨", "en", "zh"),
        ("Han fra Oslo", "nb", "nb"),
        ("Han fra Oslo", "da", "da"),
    ],
)
def test_a_headline_lets_guess(text: str, declared: str, language: str) -> None:
    """Where a guess will do, a few words are enough, and what is declared decides between neighbours."""
    assert likely_language(declared, text) == language


def test_what_is_declared_stays_in_doubt() -> None:
    """A short text, and a neighbour that says the same with other letters, contradict nobody."""
    assert believed_language("en-gb", SAID["en"]) == "en-gb"
    assert believed_language("no", SAID["de"][:40]) == "no"
    assert believed_language("fr", "") == "fr"


@given(st.text(max_size=300), st.sampled_from(("", "en", "zh-hant")))
def test_any_text_has_an_answer(text: str, declared: str) -> None:
    assert believed_language(declared, text) or not declared
