"""What in a page's text is no part of what it says: counters, clocks, share buttons; and typography.

A line is split where sites put their separators; a piece that is nothing but a counter, a clock or buttons is
furniture. "He died 5 years ago" in a sentence is a fact, and stays. A piece is judged word by word, never by one
large expression: the text is hostile, and expressions with repeats inside repeats take for ever on some of it.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_LONGEST = 160  # characters of a line of furniture
_MOST_WORDS = 14  # … and of a piece of it
_SEPARATORS = re.compile("[|·•●∙‧\u2013\u2014\t]| / |   +")
_PIECES = re.compile(r"\d[\d.,:]*|[^\W\d_]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_COUNTED = _set("""
    comment comments kommentar kommentare kommentarer commentaire commentaires comentario
    comentarios comentário comentários commento commenti reactie reacties reaction reactions
    komentarz komentarze komentarzy комментарий комментария комментариев коментарі коментарів 评论 評論
    条评论 コメント 件 댓글 yorum share shares geteilt partages compartidos condivisioni like likes views view
    aufrufe vues visitas visualizzazioni просмотров 阅读 reads read claps retweets reposts boosts
    tweets followers votes upvotes replies antworten responses ratings bewertungen
""")
_UNITS = _set("""
    s sec secs second seconds sekunde sekunden seconde secondes segundos secondi m min mins minute
    minutes minuten minuto minutos minuti minuut minut minuter minuta minuty minuuttia минут минуты
    минуту хвилин dakika 分 分钟 분 분전 h hr hrs hour hours std stunde stunden heure heures hora horas
    ora ore uur timme timmar timer tunti tuntia godzin godziny godzinę час часа часов годин saat 小时
    時間 시간 시간전 d day days tag tagen tage jour jours día días dia dias giorno giorni dag dagen dagar
    dage dni дня дней день gün 天 日 일 分前 分钟前 小时前 時間前 日前 天前 week weeks woche wochen semaine semaines
    semana semanas settimana settimane month months monat monaten mois mes meses mese mesi year
    years jahr jahren
""")
_AGO = _set("""
    ago vor y hace há geleden temu sedan siden sitten назад тому önce atrás fa 前 分前 分钟前 小时前 時間前 日前
    天前 전
""")
_SAID = _set("""
    updated published posted modified edited revised reviewed aktualisiert veröffentlicht stand
    geändert mis mise publié publiée modifié modifiée actualizado actualización publicado atualizado
    aggiornato aggiornamento pubblicato bijgewerkt gepubliceerd geüpdatet uppdaterad publicerad
    opdateret oppdatert publisert päivitetty julkaistu zaktualizowano opublikowano aktualizacja
    обновлено опубликовано оновлено güncelleme güncellendi 更新 发布 公開 수정 입력
""")
_NOW = _set("now moments moment gerade eben instant ahora adesso zojuist")
_READ = _set("read reading lesezeit lesedauer lecture lectura lettura leestijd lästid okuma")
_DATES = _set("""
    jan january januar janvier enero gennaio januari feb february februar février febrero febbraio
    februari mar march märz mars marzo maart apr april avril abril aprile may mai mayo maggio mei
    maj jun june juni juin junio giugno jul july juli juillet julio luglio aug august août agosto
    augustus augusti sep sept september septembre septiembre settembre oct october okt oktober
    octobre octubre ottobre nov november novembre noviembre dec december dez dezember décembre
    diciembre dicembre mon monday montag lundi lunes tue tuesday dienstag mardi martes wed wednesday
    mittwoch mercredi miércoles thu thursday donnerstag jeudi jueves fri friday freitag vendredi
    viernes sat saturday samstag samedi sábado sun sunday sonntag dimanche domingo am pm a p uhr utc
    gmt est edt cst cdt pst pdt bst cet cest mez mesz ist jst z 年 月 stycznia lutego marca kwietnia
    maja czerwca lipca sierpnia września października listopada grudnia января февраля марта апреля
    мая июня июля августа сентября октября ноября декабря
""")
_BUTTONS = _set("""
    share teilen partager compartir condividi delen dela tweet facebook twitter whatsapp linkedin
    email print drucken imprimer save merken listen anhören advertisement anzeige werbung publicité
    publicidad pubblicità advertentie loading subscribe
""")
_FILLERS = _set("""
    last first zuletzt dernière última ultimo on at um le à el il op den of de la las os o del and
    und et en est estimated about over just time tiempo temps tempo di ca k mio mn tsd no yet a an
    one einer einem eine une un uno una th st nd rd y leave add be the to join conversation
""")
_NUMBER = "0"
_KNOWN = (
    (_NUMBER,),
    _COUNTED,
    _UNITS,
    _AGO,
    _SAID,
    _NOW,
    _READ,
    _DATES,
    _BUTTONS,
    _FILLERS,
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?|\d{1,4}\.\d{1,2}\.\d{1,4}")


def without_furniture(line: str) -> str:
    """Return a line without the counters, clocks and buttons that stand in it by themselves."""
    if len(line) > _LONGEST or line.startswith(
        "|"
    ):  # a row of a table: its dates and numbers are what it says
        return line
    pieces = [piece for piece in _SEPARATORS.split(line) if piece.strip()]
    kept = [piece for piece in pieces if not _is_furniture(piece)]
    return line if len(kept) == len(pieces) else " ".join(kept)


def _is_furniture(piece: str) -> bool:
    words = _PIECES.findall(piece.casefold())
    if not 0 < len(words) <= _MOST_WORDS:
        return False
    told = {_NUMBER if word[0].isdigit() else word for word in words}
    if not all(any(word in known for known in _KNOWN) for word in told):
        return False
    counts = _NUMBER in told or bool(
        told & {"no", "leave", "add", "a", "an", "one", "einer", "einem", "une", "una"}
    )
    return (
        (counts and bool(told & _COUNTED))
        or (counts and bool(told & _UNITS) and bool(told & (_AGO | _READ | _SAID)))
        or (bool(told & _SAID) and (_NUMBER in told or bool(told & _NOW)))
        or (bool(told & _BUTTONS) and told <= _BUTTONS | {_NUMBER} | _FILLERS)
        or _is_instant(words, told)
    )


def _is_instant(words: list[str], told: set[str]) -> bool:
    """Tell whether a piece is only a date or a time of day."""
    has_clock = any(_CLOCK.fullmatch(word.rstrip(".,:")) for word in words)
    return _NUMBER in told and told <= _DATES | _FILLERS | {_NUMBER} and (has_clock or bool(told & _DATES))


# What a typesetter may choose: quotes, dashes, dots, bullets, and what is not seen at all.
_GONE = (
    "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033\u300c\u300d"
    "\u300e\u300f\u00ad\u200b\u200c\u200d\u2060\ufeff"
)
_BLANK = "\u2010\u2011\u2012\u2013\u2014\u2015\u2026\u00b7\u2022\u25cf\u25aa\u25e6\u25a0"
_TYPOGRAPHY = str.maketrans(dict.fromkeys(_GONE, "") | dict.fromkeys(_BLANK, " ") | {"\u2212": "-"})
_AS_DASH = re.compile(r"(?<=\w)-(?=\w)|(?<!\S)-+(?!\S)|\.\.\.+|--+")
_WORDS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # written without blanks
    r"|-?\d(?:[\d.,:]*\d)?|\w+|[^\w\s]"
)


def words_of(line: str) -> list[str]:
    """Return the words, numbers and signs of a line, typography aside."""
    plain = normalize("NFKC", line.translate(_TYPOGRAPHY))
    return _WORDS.findall(_AS_DASH.sub(" ", plain))
