"""How a page says that its text is not the whole article: previews, cuts, what is still being written.

Data only; `judging` decides when it counts. Kept conservative, like `walls`, whose rules for phrases hold here, too.
"""
# ruff: noqa: E501, RUF001 - a phrase is one line, in the letters of its language

from __future__ import annotations

import re

from aggregator.extract.letters import phrases

# Said at the end of a preview, and of nothing else.
PAYWALL = phrases(
    r"""
subscribe (?:now |today )?(?:to (?:continue|keep|read (?:the|this|more|on)|unlock|get (?:full )?access)|for (?:full|unlimited) access)
(?:article|story|content|post) is (?:only |exclusively )?(?:reserved )?for (?:our )?(?:paid |paying |premium )?(?:subscribers|members)
(?:article|story|content|post) is (?:only )?(?:available |exclusive )?(?:only |exclusively )?to (?:our )?(?:paid |paying |premium )?(?:subscribers|members)
(?:for|to) (?:our )?(?:paid|paying) (?:subscribers|members)
already (?:a |an? existing |have a )(?:digital |paid |premium )?(?:subscriber|subscription|member)\b
subscribers? only
to (?:continue|keep) reading\b
(?:read|view|access|unlock) (?:the (?:rest|full|whole|entire) (?:of (?:this|the) )?)?(?:article|story|post|content),? (?:please )?(?:subscribe|log ?in|sign|register|become|you)
(?:want|wish|like) to read (?:the rest|more|on)\b.{0,60}(?:subscri|regist|sign|log ?in|member)
become a (?:paid |paying )?(?:subscriber|member) to
limit (?:of|for|on) (?:free|complimentary) (?:articles|access|stories)
(?:your|of your) complimentary access
(?:sign|log) ?in .{0,40}\bor (?:subscribe|purchase)\b
(?:reached|used|read) (?:your|all|the) .{0,30}(?:free|complimentary|monthly) (?:articles?|stories|limit)
free articles? (?:remaining|left)
(?:log|sign) ?in (?:or (?:subscribe|register|create an account) )?to (?:continue|keep|read|unlock)
(?:create|register for) (?:a |an |your )?(?:free )?account to (?:continue|keep|read|unlock)
nur für (?:unsere )?(?:digital-?|plus-?|premium-?)?abonnent
nur (?:mit|für|im) .{0,20}\babo\b
exklusiv für (?:abonnent|leser|plus|mitglieder)
(?:sie (?:haben|sind) |schon |noch )?(?:bereits|schon) (?:ein abo|abonnent|registriert)
(?:artikel|jetzt) (?:mit \S{1,20} )?weiterlesen (?:mit|und)
mit \S{1,12}(?:\+| ?plus| ?premium| ?abo) (?:weiter)?lesen
abo (?:abschließen|testen)
(?:diesen|den ganzen|den vollständigen) (?:artikel|text|beitrag) (?:lesen sie|können sie|gibt es) .{0,40}(?:abo|plus|premium|e-?paper)
réservée?s? (?:aux|à nos) (?:abonnés|lecteurs abonnés|membres)
il vous reste [\d.,]+ ?% de
abonnez-vous pour
pour (?:lire la suite|continuer (?:à lire|votre lecture)|accéder à (?:la suite|l'intégralité))
déjà abonnée?
(?:exclusivo|solo|sólo) para (?:nuestros )?(?:suscriptor|socios|abonad)
suscríbe(?:te|se) (?:ahora )?para
para (?:seguir|continuar) leyendo
ya (?:eres|soy|es) suscriptor
riservat[oa] agli abbonati
(?:abbonati|registrati) (?:per|e continua)
per continuare a leggere
sei già abbonato
(?:alleen|exclusief) (?:toegankelijk |beschikbaar )?voor (?:onze )?(?:abonnees|leden)
lees (?:dit artikel )?verder met
(?:verder|door) ?lezen\?? .{0,40}(?:abonnee|account|log)
(?:exclusivo|apenas|restrito) (?:para|a) assinantes
assine (?:já |agora )?para
já é assinante
para continuar (?:lendo|a ler)
(?:kun|bare) for abonnent
for (?:å|at) (?:lese|læse) (?:hele|videre|resten)
for abonnenter
(?:endast|bara|exklusivt) för prenumeranter
logga in för att läsa
redan prenumerant
bliv abonnent
vain tilaajille|tilaajille (?:tarkoitettu|vain)|jatka lukemista
(?:tylko|wyłącznie) dla (?:prenumeratorów|subskrybentów|zalogowanych)
(?:pozostało|zostało) .{0,20}(?:%|proc).{0,20}(?:artykułu|tekstu)
(?:jen|pouze) pro předplatitele
(?:csak|kizárólag) (?:az )?előfizetőink
только (?:для|по) подпис
(?:оформите|купите) подписку,? чтобы
тільки для передплатників
(?:sadece|yalnızca) aboneler
μόνο για συνδρομητές
למנויים בלבד|להמשך (?:ה)?קריאה
للمشتركين فقط|(?:اشترك|سجل) (?:الآن )?(?:لقراءة|لمتابعة) ا
有料会員|会員限定|続きを読むには|残り\s?[\d,]+\s?文字
(?:订阅|登录|訂閱|登入)[后後](?:可|即可)?(?:继续|繼續)?(?:阅读|查看|閱讀)|付费(?:阅读|内容)|(?:剩余|餘下|还有)\s?\d+\s?%|會員專享
유료 ?회원|구독자 전용|구독하고|(?:로그인|구독) ?후 (?:이용|계속)
"""
)

# Said there, too, and also under whole articles: counts only where the text is short.
PAYWALL_LOOSE = phrases(
    r"""
subscribe (?:now|today|for)\b
(?:start|begin) (?:your )?(?:\S+ )?(?:free )?(?:trial|subscription|membership)
(?:get|enjoy|for) (?:full|unlimited|complete) (?:digital )?access
premium (?:content|article|story|subscribers?)
(?:subscriber|member|premium)[- ](?:exclusive|only) (?:content|article|story)
(?:subscription|membership|registration|login) (?:is )?required
unlock (?:this|the) (?:article|story|post)
(?:per|a|/) ?(?:month|week|year)\b.{0,60}cancel any ?time
cancel any ?time
jetzt (?:kostenlos |gratis )?(?:testen|abonnieren|registrieren|freischalten)
monatlich kündbar|jederzeit kündbar
premium-?(?:artikel|inhalt)|plus-?(?:artikel|inhalt)
sans engagement|offre d'essai|contenu (?:payant|réservé)
contenido (?:exclusivo|premium)|hazte (?:socio|suscriptor)|suscríbete
contenuto (?:riservato|premium|esclusivo)|scopri le offerte|disdici quando vuoi
conteúdo exclusivo|assine (?:já|agora|por)|cancele quando
word (?:nu )?abonnee|maandelijks opzegbaar|probeer .{0,20}(?:gratis|voor €)
bli (?:prenumerant|abonnent|medlem)|avsluta när du vill|ingen bindningstid|ingen binding
tilaa (?:nyt|ja lue)|tilausjakso
(?:wykup|kup) (?:subskrypcję|dostęp|prenumeratę)|już od .{1,12} zł
předplatné|předplaťte
előfizet(?:és|ek|ni)
подписк\w+ (?:за|от) .{1,20}(?:руб|₽)|оформить подписку
abone ol
定期購読|会員登録|無料(?:会員|登録)
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

# At the beginning or the end of what is printed before it is finished.
UNFINISHED = re.compile(
    r"""\b(?:more\ (?:details\ |information\ |updates\ )?(?:to\ follow|soon\b)
    |(?:this\ is\ a\ |this\ )(?:breaking|developing)\ (?:news\ )?story|story\ is\ (?:developing|being\ updated)
    |(?:this\ )?(?:page|article|story)\ will\ be\ updated|refresh\ (?:this|the)\ page\ for
    |(?:meldung|artikel|text|beitrag)\ wird\ (?:laufend\ |fortlaufend\ |in\ kürze\ )?(?:aktualisiert|ergänzt)
    |(?:mehr|weitere\ (?:informationen|details))\ (?:in\ kürze|folgen)|plus\ d.informations\ (?:à\ (?:suivre|venir)|à\ suivre)
    |(?:noticia|información)\ en\ (?:desarrollo|ampliación)|habrá\ ampliación|(?:notizia\ )?in\ aggiornamento
    |(?:meer\ (?:informatie\ )?volgt|wordt\ aangevuld)|em\ atualização|(?:artikeln|texten)\ uppdateras
    |(?:saken|artikkelen)\ oppdateres|(?:artiklen|nyheden)\ opdateres|juttua\ päivitetään
    |(?:wkrótce\ więcej|więcej\ wkrótce|aktualizacja\ wkrótce)|(?:новость|материал)\ (?:дополняется|обновляется))""",
    re.IGNORECASE | re.VERBOSE,
)
