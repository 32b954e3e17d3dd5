"""How pages say that they are not the article: walls, previews, dead ends, in the languages of the larger web.

Data only; `verdict` decides when it counts. Kept conservative: phrases that a wall uses and prose seldom does. Each
line is a regular expression, matched regardless of case in text with white space collapsed and plain apostrophes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.models import Verdict


def _phrases(lines: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(line, re.IGNORECASE) for line in lines.strip().splitlines())


@dataclass(frozen=True, slots=True)
class Wall:
    verdict: Verdict
    reason: str
    most_words: (
        int  # a longer text is no such wall: they have 10 to 90 words, those that ask for consent up to 350
    )
    phrases: tuple[re.Pattern[str], ...]


WALLS = (
    Wall(
        Verdict.BLOCKED,
        "the site asks whether we are a robot",
        120,
        _phrases(
            r"""
\bjust a moment\b
checking (?:if the site connection is secure|your browser)
\bcaptcha\b
verify(?:ing)? (?:that )?you(?:'re| are) (?:a |not a )?(?:human|robot|bot)
are you a (?:robot|human)\?
unusual (?:traffic|activity) from your
\bcloudflare ray id\b
ddos protection by
\bincapsula\b
pardon our interruption
(?:access|permission) (?:to this page has been )?denied\b
\bi'?m not a robot\b
you (?:have been|are being) (?:blocked|rate limited)
performance (?:&|and) security by
\bkein roboter\b
zugriff verweigert
\bpas un robot\b
accès refusé
no soy un robot
acceso denegado
accesso negato
non sono un robot
geen robot\b
não sou um robô
acesso negado
я не робот
доступ (?:ограничен|запрещ[её]н)
nie jestem robotem
ロボットではありません
人机验证|安全验证|驗證您是人類
로봇이 아닙니다
"""
        ),
    ),
    Wall(
        Verdict.BLOCKED,
        "the page shows nothing without JavaScript",
        120,
        _phrases(
            r"""
(?:enable|activate|turn on|requires?|need) (?:js|javascript)(?: and cookies)? to (?:continue|run|view th|use|access|see)
(?:enable|activate|turn on) (?:js|javascript) (?:and (?:disable|reload)|in your browser)
javascript (?:is|seems to be|has been) (?:disabled|not enabled|required)
you need to enable javascript
please (?:enable|turn on) (?:js|javascript)\b(?! to (?:view|see|post|read) (?:the |our )?comments)
(?:aktivieren sie|bitte)\b.{0,20}\bjavascript
javascript (?:ist|muss).{0,20}(?:deaktiviert|aktiviert)
(?:activer|activez) (?:le )?javascript
(?:active|activa|habilite|habilita|ative) (?:el |o )?javascript
(?:abilita|attiva)(?:re)? javascript
(?:schakel|zet) javascript
включ\w+ (?:поддержку )?javascript
włącz\w* (?:obsługę )?javascript
javascript\s?を有効
(?:启用|啟用|开启) ?javascript
자바스크립트를
"""
        ),
    ),
    Wall(
        Verdict.BLOCKED,
        "the site asks for consent first",
        400,
        _phrases(
            r"""
before you continue to\b
we (?:value|care about|respect) your privacy
accept all (?:cookies)?
we and our (?:\d+ )?(?:partners|vendors)
(?:store|access) (?:and/or access )?information on a device
manage (?:your )?(?:cookie |consent |privacy )?(?:preferences|settings|choices)
wir und unsere (?:\d+ )?(?:partner|drittanbieter)
(?:alle |allen )?(?:cookies )?akzeptieren und (?:weiter|schließen)
mit werbung (?:weiter|lesen|nutzen)
zustimmen (?:und|&) (?:weiter|lesen)
datenschutz-?einstellungen
nous et nos (?:\d+ )?partenaires
(?:tout )?accepter (?:et (?:continuer|fermer)|les cookies)
continuer sans accepter
nosotros y nuestros (?:\d+ )?socios
aceptar (?:y continuar|todas? (?:las )?cookies)
noi e i nostri (?:\d+ )?(?:partner|fornitori)
accetta (?:e continua|tutti)
wij en onze (?:\d+ )?partners
(?:alles|cookies) accepteren
nós e os nossos (?:\d+ )?parceiros
aceitar (?:e continuar|todos)
my i nasi (?:\d+ )?(?:zaufani )?partnerzy
vi och våra (?:\d+ )?partner
vi og våre (?:\d+ )?partnere
принять все (?:файлы )?cookie
cookie(?:s)?に同意
"""
        ),
    ),
    Wall(
        Verdict.BLOCKED,
        "the page is for those who are logged in",
        120,
        _phrases(
            r"""
(?:log|sign) ?in (?:or (?:sign up|register|create an account) )?to (?:continue|view|read|see|access)
you (?:must|need to) (?:be logged in|log in|sign in)
please (?:log|sign) in\b
login required
(?:bitte )?melden sie sich (?:bitte )?an\b
(?:jetzt )?anmelden,? um
connectez-vous (?:pour|à)
identifiez-vous
inici[ae] sesión para
(?:accedi|effettua il login) per
log in om
faça login para
войдите,? чтобы
zaloguj się,? aby
ログインしてください
请(?:先)?登录
로그인이? 필요
"""
        ),
    ),
    Wall(
        Verdict.GONE,
        "the page says that it is not there",
        120,
        _phrases(
            r"""
\bpage (?:was |could )?not (?:be )?found\b
\b404\b.{0,20}\b(?:error|not found)\b
\b(?:error|http) 404\b
(?:page|article|story) (?:you (?:are looking|requested).{0,30} )?(?:does not|doesn't|no longer) exists?
(?:article|page|story) is no longer available
seite (?:wurde )?(?:leider )?nicht gefunden
page (?:est )?introuvable
página no encontrada
pagina non trovata
pagina (?:is )?niet gevonden
página não encontrada
страница не найдена
nie znaleziono strony
ページが見つかりません
页面不存在|找不到(?:该|您|此)?页面
페이지를 찾을 수 없습니다
"""
        ),
    ),
)

# Said at the end of a preview.
PAYWALL = _phrases(
    r"""
subscribe (?:now |today )?(?:to (?:continue|keep|read|unlock|get (?:full )?access)|for (?:full|unlimited) access)
(?:article|story|content|post) is (?:only |exclusively )?(?:reserved )?for (?:our )?(?:subscribers|members)
(?:article|story|content|post) is (?:only )?available (?:only |exclusively )?to (?:our )?(?:subscribers|members)
(?:for|to) (?:our )?(?:paid|paying) (?:subscribers|members)
already (?:a|have a) (?:subscriber|subscription|member)\b
subscribers? only
to (?:continue|keep) reading\b
become a (?:subscriber|member) to
limit of free articles
free articles? (?:remaining|left)
nur für abonnent
exklusiv für (?:abonnent|leser|plus)
(?:sie (?:haben|sind) )bereits (?:ein abo|abonnent)
(?:artikel|jetzt) (?:mit \S{1,20} )?weiterlesen (?:mit|und)
mit \S{1,12}(?:\+| ?plus) weiterlesen
abo (?:abschließen|testen)
réservée?s? aux abonnés
il vous reste [\d.,]+ ?% de
abonnez-vous pour
déjà abonné
(?:exclusivo|solo) para suscriptor
suscríbe(?:te|se) para
para seguir leyendo
ya (?:eres|soy) suscriptor
riservat[oa] agli abbonati
abbonati (?:per|e continua)
sei già abbonato
(?:alleen|exclusief) voor abonnees
lees (?:dit artikel )?verder met
(?:exclusivo|apenas) para assinantes
assine para
já é assinante
(?:kun|bare) for abonnent
for abonnenter
endast för prenumeranter
logga in för att läsa
bliv abonnent
tylko dla prenumeratorów
jen pro předplatitele
только (?:для|по) подпис
тільки для передплатників
有料会員|会員限定|続きを読むには
(?:订阅|登录)后(?:可)?(?:阅读|查看)|付费(?:阅读|内容)
유료 ?회원|구독자 전용|구독하고
"""
)

# The last words of a text that goes on elsewhere.
CUT = re.compile(
    r"""(?:\[(?:…|\.\.\.)\]|
    \b(?:read\ (?:more|on|the\ (?:full|rest))|continue\ reading|(?:hier\ |jetzt\ )?weiterlesen|mehr\ lesen
    |lire\ (?:la\ suite|plus)|leer\ más|seguir\ leyendo|continua\ a\ leggere|leggi\ tutto|lees\ (?:verder|meer)
    |ler\ mais|continue\ lendo|läs\ mer|les\ mer|læs\ (?:mere|videre)
    |czytaj\ (?:dalej|więcej)|читать\ (?:далее|полностью)|читати\ далі)\b.{0,60}
    |続きを読む|(?:阅读|閱讀)(?:全文|更多)|더\ ?보기)\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
ELLIPSIS = re.compile(r"(?:…|\.\.\.)[\"'”\u2019»]?$")
