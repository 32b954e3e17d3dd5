"""How walls and dead ends say what they are, in the languages of the larger web.

Data only; `judging` decides when it counts. Kept conservative: phrases that a wall uses and prose seldom does. Each
line is a regular expression in small letters, matched against `folded` text.
"""
# ruff: noqa: E501, RUF001 - a phrase is one line, in the letters of its language

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.extract.letters import phrases
from aggregator.models import Verdict

if TYPE_CHECKING:
    import re


@dataclass(frozen=True, slots=True)
class Wall:
    verdict: Verdict
    reason: str
    most_words: int  # in a longer text it is none: walls have 10 to 90, those that ask for consent up to 350
    phrases: tuple[re.Pattern[str], ...]


ROBOT = Wall(
    Verdict.BLOCKED,
    "the site asks whether we are a robot",
    120,
    phrases(
        r"""
\bjust a moment\b
checking (?:if the site connection is secure|your browser)
\bcaptcha\b
(?:verify|verifying|confirm|prove|check|ensure|make sure)(?:ing)? (?:that )?you(?:'re| are) (?:a |an |not a |not an )?(?:human|real person|robot|bot|automated)
are you a (?:robot|human|bot)\b
\b(?:is|are|am) not a (?:robot|bot)\b
unusual (?:traffic|activity|requests|behaviou?r) from
detected (?:unusual|suspicious|automated|high) (?:traffic|activity|requests|behaviou?r|access)
(?:suspicious|malicious|automated) (?:traffic|activity|requests|queries|access|behaviou?r)\b
looks? like (?:a (?:robot|bot)|automated)
\bcloudflare ray id\b
ddos protection by
\bincapsula\b
pardon our interruption
(?:access|permission) (?:to (?:this|the requested) (?:page|site|website|resource|server|url)(?: on this server)? )?(?:has been |is |was )?(?:temporarily )?(?:denied|restricted|forbidden|blocked)\b
you (?:don't|do not) have (?:permission|authorization) to (?:access|view)
\bi'?m not a robot\b
you (?:have been|are being|were) (?:temporarily )?(?:blocked|rate limited)
(?:your|this) (?:request|ip|ip address|connection|browser|device) (?:has been|was|is|appears to be) (?:temporarily )?(?:blocked|denied|flagged|rejected|banned)
performance (?:&|and) security by
(?:complete|solve|pass) (?:the|this|a) (?:security check|challenge|puzzle|captcha|verification|following)
press (?:&|and) hold
security service to protect itself
(?:blocked|limited|denied) by the (?:site owner|administrator)
human verification
security (?:check|verification) (?:to|before|required|in progress|service)
the requested url was rejected
reference (?:id|#|number):? ?[#0-9a-f.-]{8,}
too many requests
\bkein (?:roboter|bot)\b
(?:ein|sie) mensch sind
(?:sie wurden|ihre (?:anfrage|ip-adresse|verbindung) (?:wurde|ist)) .{0,20}(?:blockiert|gesperrt)
zugriff (?:wurde )?(?:verweigert|gesperrt|blockiert|nicht erlaubt)
ungewöhnliche\w* (?:aktivität|datenverkehr|zugriff|anfrage)
sicherheits(?:überprüfung|abfrage|prüfung)
(?:ihr|der) browser wird (?:überprüft|geprüft)
(?:pas|êtes) (?:bien )?un (?:robot|(?:être )?humain)
vous avez été (?:temporairement )?bloqu
accès (?:a été |est )?(?:temporairement )?(?:refusé|bloqué|interdit|restreint)
(?:activité|trafic|comportement) (?:inhabituel|suspect|anormal)
vérification (?:de sécurité|que vous)
no (?:soy|eres|es) un robot
(?:eres|es|usted es) (?:un )?(?:ser )?humano
acceso (?:ha sido )?(?:denegado|bloqueado|restringido)
(?:tráfico|actividad) (?:inusual|sospechos)
(?:accesso|permesso) (?:è stato )?(?:negato|bloccato)
non (?:sono|sei) un robot
(?:traffico|attività) (?:insolit|anomal|sospett)
(?:geen|niet een) robot\b
of u een mens bent|dat u een mens bent
(?:beveiliging|sicherheit|sécurité|seguridad|segurança|sicurezza|security|bezpieczeństwo) (?:van|der|ihrer|de|da|della|of|tego)? ?(?:uw |votre |su |sua |tua |your |your )?(?:verbinding|verbindung|connexion|conexión|conexão|connessione|connection|połączenia)
toegang (?:is )?(?:geweigerd|ontzegd|geblokkeerd)
(?:não (?:sou|é) um robô|você é humano)
acesso (?:foi )?(?:negado|bloqueado)
(?:я|вы|что вы) (?:-|—)? ?не робот
доступ (?:к .{1,40} )?(?:был )?(?:ограничен|запрещ[её]н|заблокирован)
проверк\w+ (?:вашего )?браузера
доступ (?:заборонено|обмежено)
nie (?:jestem|jesteś) robotem|(?:jesteś|że jest) człowiekiem
(?:dostęp (?:został )?(?:zablokowany|zabroniony)|odmowa dostępu|brak dostępu)
(?:inte|ikke) en robot|en ole robotti|(?:åtkomst nekad|adgang nægtet|ingen tilgang|pääsy (?:estetty|evätty))
ne(?:jsem|jste) robot|přístup (?:byl )?(?:odepřen|zamítnut|zablokován)
nem vagy(?:ok|) robot|hozzáférés (?:megtagadva|letiltva)
(?:nu sunt|nu ești) (?:un )?robot
acces(?:ul)? (?:a fost )?(?:interzis|restricționat|blocat)
robot olmadığınız
insan olduğunuzu
erişim(?:iniz)? (?:engellen|reddedil|kısıtlan)
(?:لست|أنك لست) (?:روبوت|برنامج)|أنك إنسان
تم (?:رفض|حظر) (?:الوصول|وصولك|طلبك)
(?:من|شما) (?:یک )?(?:ربات|روبات) نیست
אני לא רובוט|הגישה (?:נדחתה|נחסמה)
δεν είμαι ρομπότ|δεν είστε ρομπότ
không phải (?:là )?(?:người máy|robot)|truy cập bị (?:từ chối|chặn)
bukan robot|akses (?:ditolak|diblokir)
ไม่ใช่โปรแกรมอัตโนมัติ|ไม่ใช่หุ่นยนต์
रोबोट नहीं
ロボットでは(?:ありません|ない)|アクセスが(?:拒否|制限|ブロック)
人机验证|安全验证|驗證您是(?:人類|真人)|不是机器人|访问(?:被拒绝|受限|过于频繁|异常)
로봇이 아닙니다|(?:접근|접속)이 (?:거부|차단|제한)
"""
    ),
)
SCRIPTS = Wall(
    Verdict.BLOCKED,
    "the page shows nothing without JavaScript",
    120,
    phrases(
        r"""
(?:enable|enabling|activate|turn on|switch on|allow|requires?|needs?|uses) (?:js|javascript)(?: and cookies)? (?:to (?:continue|run|view|use|access|see|load|display|work|read|proceed)|for (?:full|this))
(?:enable|activate|turn on|switch on|allow) (?:js|javascript)(?: and (?:disable|reload|cookies|refresh)| in your| on your|\.|$)
javascript (?:is|seems to be|has been|must be|needs to be|appears to be) (?:currently )?(?:disabled|not enabled|required|turned off|enabled|blocked|unavailable|off)
(?:you need|you must|you have) to (?:enable|have|allow|turn on) javascript
please (?:enable|turn on|activate|allow) (?:js|javascript)\b(?! to (?:view|see|post|read) (?:the |our )?comments)
(?:site|page|app|application|website|content) (?:requires|needs|relies on|depends on|works best with) javascript
(?:doesn't|does not|won't|cannot|can't) (?:work|run|load|function|display)(?: \w+)? without javascript
your browser (?:is not supported|is out of date|is outdated|does not support)
(?:aktivieren sie|bitte|einschalten)\b.{0,30}\bjavascript
javascript\b.{0,30}(?:deaktiviert|aktiviert|aktivieren|einschalten|benötigt|erforderlich)
(?:activer|activez|autoriser|autorisez) (?:le )?javascript
javascript (?:est|doit être|semble) (?:désactivé|activé|requis|nécessaire)
(?:active|activa|activar|habilite|habilita|habilitar|ative|ativar) (?:el |o )?javascript
javascript (?:está|debe estar|precisa estar) (?:des|in)?(?:activ|habilit|ativ)ad[oa]
(?:abilita|attiva)(?:re)? javascript
javascript (?:è|deve essere|risulta) (?:dis)?(?:abilitat|attivat)o
(?:schakel|zet) javascript
javascript (?:is uitgeschakeld|staat uit|inschakelen)
включ\w+ (?:поддержку )?javascript
javascript (?:отключ[её]н|выключен)
увімкн\w+ javascript
włącz\w* (?:obsługę )?javascript
(?:aktivera|slå på|aktiver|slå til|ota käyttöön|povolte|zapněte|activați|uključite|omogočite|lubage) (?:podporu )?javascript
javascript\w* (?:käyttöön|etkinleştir|engedélyez|povol|måste|skal være|må være)
(?:engedélyez|ενεργοποι)\w+ .{0,20}javascript
(?:تفعيل|تمكين|فعّل|يرجى) .{0,20}(?:جافا ?سكر[يِ]بت|javascript)
(?:bật|kích hoạt|aktifkan|mengaktifkan) javascript
javascript\s?を(?:有効|オン)
(?:启用|啟用|开启|開啟|打开) ?javascript
(?:자바스크립트|javascript)를
"""
    ),
)
CONSENT = Wall(
    Verdict.BLOCKED,
    "the site asks for consent first",
    400,
    phrases(
        r"""
before you continue to\b
we (?:value|care about|respect) your privacy
your privacy (?:is important|matters|choices)
(?:accept|allow|agree to) all(?: cookies)?\b
reject all\b
we and our (?:\d+ )?(?:trusted |selected )?(?:third[- ]party )?(?:partners|vendors)
(?:store|access|storing|accessing) (?:and/or (?:access |accessing )?)?information (?:on|from) (?:a|your) device
manage (?:your )?(?:cookie |consent |privacy )?(?:preferences|settings|choices)
(?:we|this (?:site|website)) uses? cookies\b.{0,80}(?:experience|traffic|ads|personali[sz]e|analy[sz]e)
by (?:clicking|continuing|using|selecting).{0,80}\b(?:you (?:agree|accept|consent)|consent to)
personali[sz]ed (?:ads|advertising|content)(?:,| and) (?:content |ad )?(?:measurement|audience)
wir und unsere (?:\d+ )?(?:partner|drittanbieter|dienstleister)
(?:alle |allen )?(?:cookies )?akzeptieren und (?:weiter|schließen)
mit werbung (?:und tracking )?(?:weiter|lesen|nutzen)
zustimmen (?:und|&) (?:weiter|lesen|schließen)
datenschutz-?einstellungen
mit (?:personalisierter )?werbung\b.{0,60}\b(?:werbe)?tracking
cookies? zustimmen|(?:cookies?|technologien) .{0,40}zustimm
(?:avec votre accord|en acceptant les cookies|utilis(?:ons|ent) des cookies)
(?:verwenden|nutzen|setzen) (?:wir )?cookies\b
(?:ihre |deine )?(?:einwilligung|zustimmung) (?:jederzeit )?(?:widerrufen|zu|erforderlich)
nous et nos (?:\d+ )?partenaires
(?:tout )?accepter (?:et (?:continuer|fermer)|les cookies)
continuer sans accepter
(?:tout|tous) (?:accepter|refuser)
nosotros y nuestros (?:\d+ )?socios
aceptar (?:y (?:continuar|cerrar)|todas? (?:las )?cookies|todo)
noi e i nostri (?:\d+ )?(?:partner|fornitori)
accetta (?:e continua|e chiudi|tutt)
wij en onze (?:\d+ )?partners
(?:alles|alle|cookies) accepteren
nós e (?:os )?nossos (?:\d+ )?parceiros
aceitar (?:e continuar|todos)
my i nasi (?:\d+ )?(?:zaufani )?partnerzy
(?:zaakceptuj|akceptuję) (?:wszystk|i przechodzę)
przejdź do serwisu
vi och våra (?:\d+ )?partner
(?:acceptera|godkänn) (?:alla|cookies)
vi og (?:våre|vores) (?:\d+ )?partnere
(?:godta|accepter|tillad) alle
hyväksy (?:kaikki|evästeet)
přijmout (?:vše|všechny|a (?:zavřít|pokračovat))
souhlas(?:ím|it) a (?:pokrač|zavřít)
összes (?:süti )?elfogadása|az összes elfogad
accept(?:ați|ă) (?:toate|și continu)
tümünü kabul et|çerezleri kabul
αποδοχή (?:όλων|και)
принять (?:все|и продолжить)(?: (?:файлы )?cookie)?
прийняти (?:всі|усі)
قبول (?:الكل|جميع)|(?:ملفات تعريف الارتباط)
cookie(?:s)?に同意|すべて(?:受け入れ|同意|許可)
接受(?:所有|全部)? ?cookie|全部接受
모두 (?:동의|수락|허용)
"""
    ),
)
LOGIN = Wall(
    Verdict.BLOCKED,
    "the page is for those who are logged in",
    120,
    phrases(
        r"""
(?:log|sign) ?in (?:or (?:sign up|register|create an account|join)(?: for free)? )?to (?:continue|view|read|see|access|your account|join|unlock)
you (?:must|need to|have to) (?:be (?:logged|signed) in|log in|sign in|register|have an account)
please (?:log|sign) ?in\b
(?:login|log-in|registration|authentication|sign-in) (?:is )?required
(?:join|members|users) only\b
(?:forgot(?:ten)?|lost) (?:your |my )?password
(?:requires|require) you to be (?:registered|logged in|a member)
this (?:content|page|group|account|profile) is (?:private|only (?:available|visible) (?:to|for))
(?:bitte )?melden sie sich (?:bitte )?an\b
(?:jetzt |bitte )?(?:anmelden|einloggen|registrieren),? um
(?:passwort|kennwort) vergessen
connectez-vous (?:pour|à|afin)
identifiez-vous
mot de passe oublié
inici[ae] sesión (?:para|o)
(?:olvidó|olvidado|olvidaste) (?:su|tu|la) contraseña
(?:accedi|effettua (?:il login|l'accesso)) (?:per|al)
password dimenticata
(?:log in|inloggen|meld je aan) (?:om|voor)
wachtwoord vergeten
(?:faça login|inicie sessão|entre) para
esqueceu (?:a|sua) senha
(?:войдите|авторизуйтесь|зарегистрируйтесь),? (?:чтобы|для)
забыли пароль
увійдіть,? щоб
zaloguj się,? (?:aby|żeby|by)
logga in för att
(?:log ind|logg inn) for (?:at|å)
kirjaudu (?:sisään )?(?:jatkaaksesi|nähdäksesi|lukeaksesi)
přihlaste se(?:,| pro)
jelentkez(?:zen|z) be
(?:giriş yap|oturum aç)(?:ın|manız|malısınız|mak)
(?:تسجيل|سجّ?ل) (?:الدخول|دخولك) (?:ل|من أجل)
ログインしてください|ログインが必要
请(?:先)?登[录陆]|請(?:先)?登入
로그인이? 필요|로그인(?:해|하)
"""
    ),
)
GONE = Wall(
    Verdict.GONE,
    "the page says that it is not there",
    120,
    phrases(
        r"""
\bpage (?:was |could |can )?not (?:be )?(?:found|available|exist)\b
\bpage (?:is )?(?:unavailable|missing|gone|removed)\b
\b404\b.{0,20}\b(?:error|not found|page)\b
\b(?:error|http|fehler|erreur|errore|erro|błąd|ошибка|помилка|chyba|hata|fel|feil|fejl|virhe)[\s:-]{1,3}404\b
(?:can't|cannot|can not|couldn't|could not|unable to|wasn't able to) (?:seem to )?(?:find|locate) (?:the |that |this |what )?(?:page|article|story|post|content|file|you)
(?:page|article|story|post|link|content|address|url) (?:that )?(?:you(?:'re| are)? (?:are )?(?:looking for|requested|trying to|followed|tried).{0,50} )?(?:does not|doesn't|no longer|might not|may not) exists?
(?:article|page|story|post|content|item|listing|video) (?:you.{0,40} )?(?:is|are) (?:no longer|not|currently not) (?:available|online|accessible|here)
(?:article|page|story|post|content) (?:you.{0,40} )?(?:(?:has|may have|might have) been|was) (?:removed|deleted|moved|unpublished|withdrawn|renamed)
nothing (?:was |has been )?found (?:here|at this (?:location|address))
(?:seite|artikel|beitrag|inhalt|adresse)\w* .{0,60}(?:nicht (?:mehr )?(?:gefunden|verfügbar|vorhanden|erreichbar|auffindbar|finden)|existiert (?:nicht|leider nicht)|gelöscht|entfernt)
nicht gefunden(?: \(404\)| – 404)?$
(?:page|article|contenu) .{0,60}(?:introuvable|non trouvée?|n'existe (?:pas|plus)|n'est (?:pas|plus) (?:disponible|accessible)|a été supprimée?)
(?:página|artículo|contenido|noticia) .{0,60}(?:no (?:se (?:ha )?)?encontr|no (?:fue )?encontrad|no existe|ya no está|no está disponible)
(?:pagina|articolo|contenuto) .{0,60}(?:non (?:è (?:stat[ao] )?)?(?:trovat|disponibil|più disponibil)|non esiste|inesistente)
(?:pagina|artikel) .{0,60}(?:niet (?:meer )?(?:gevonden|beschikbaar)|bestaat niet)
(?:página|artigo|conteúdo) .{0,60}(?:não (?:foi )?(?:encontrad|existe|está (?:mais )?dispon)|indisponível)
(?:страниц|материал|документ|стать)\w* .{0,60}(?:не (?:найден|существует|обнаружен)|удал[её]н|недоступ)
(?:сторінк|матеріал)\w* .{0,60}(?:не (?:знайден|існує)|видален)
(?:strona|strony|artykuł\w*|stronę) .{0,60}(?:nie (?:została |został )?(?:znalezion|istnieje|odnalezion)|usunięt)|nie (?:znaleziono|odnaleziono|można znaleźć) (?:strony|artykułu)
(?:stránka|stránku|článek) .{0,60}(?:nebyl[ao]? nalezen|neexistuje|nenalezen|nelze najít)
(?:sidan|artikeln) .{0,60}(?:kunde inte hittas|hittades inte|finns inte|hittar inte)
(?:siden|artikkelen|artiklen) .{0,60}(?:ikke (?:fundet|funnet|findes|finnes)|findes ikke|finnes ikke|kunne ikke findes)
(?:sivua|artikkelia) ei (?:löyd|ole|valitettavasti)
(?:oldal|cikk) .{0,40}nem (?:található|létezik|elérhető)
pagin[aă] .{0,40}nu (?:a fost găsit|există|mai)
(?:sayfa|haber|içerik)\w* .{0,40}(?:bulunamadı|mevcut değil|kaldırıl)
(?:η )?σελίδα .{0,40}δεν (?:βρέθηκε|υπάρχει)
(?:الصفحة|المقال|الصفحه) .{0,40}(?:غير موجود|لم يتم|محذوف|غير متاح)|لم يتم العثور على الصفحة
(?:העמוד|הדף|הכתבה) .{0,30}(?:לא נמצא|אינו קיים|לא קיים)
صفحه .{0,30}(?:یافت|پیدا|وجود) ن
không tìm thấy (?:trang|nội dung)|trang .{0,30}không tồn tại
halaman .{0,30}tidak (?:ditemukan|tersedia|ada)
ไม่พบหน้า
(?:पेज|पृष्ठ) .{0,10}नहीं मिल
ページが(?:見つかりません|存在しません)|お探しのページ|(?:ページ|記事)は.{0,20}(?:削除|存在しません|終了)
页面(?:不存在|未找到|已(?:被)?删除|找不到)|頁面(?:不存在|找不到)|找不到(?:该|您|此|這個)?.{0,8}(?:页面|頁面|网页)|(?:文章|内容)(?:不存在|已(?:被)?删除)
페이지를 찾을 수 없|존재하지 않는 페이지|(?:삭제된|없는) (?:페이지|기사)
"""
    ),
)
REGION = Wall(
    Verdict.BLOCKED,
    "the site is not shown where we are",
    200,
    phrases(
        r"""
(?:un|not |not currently )available (?:in|to|for) (?:your|most|some|certain) (?:european |eu )?(?:region|country|countries|location|area|visitors)
unavailable (?:due to|for) legal reasons
(?:attempting to access|accessing) this (?:web)?site from a country (?:belonging to|in|within) the (?:european|eu|eea)
unavailable to (?:visitors|users|readers) (?:from|in)
(?:our|the) european (?:visitors|readers|users) (?:are important|.{0,60}unavailable)
general data protection regulation.{0,120}(?:access cannot|cannot be granted|not available|unavailable)
in (?:ihrem|deinem) land (?:leider )?nicht verfügbar
(?:pas|n'est) disponible dans votre (?:pays|région)
no (?:está )?disponible en (?:su|tu) (?:país|región)
недоступ\w+ в ваше(?:й|м) (?:стране|регионе)
"""
    ),
)
BLOCKER = Wall(
    Verdict.BLOCKED,
    "the site asks to turn off an ad blocker",
    150,
    phrases(
        r"""
(?:disable|turn off|deactivate|pause|switch off|whitelist|using|have|detected) (?:your |an |the |any )?ad[- ]?block
ad[- ]?block(?:er|ing)?(?: software)? (?:is |was |has been )?(?:detected|enabled|active|on)\b
(?:whitelist|allow ads on) (?:our|this) (?:site|website)
(?:adblocker|werbeblocker) (?:deaktivieren|ausschalten|erkannt|aktiv)
désactive[rz] (?:votre )?(?:bloqueur|adblock)
desactiv[ae]r? (?:su|tu|el) (?:bloqueador|adblock)
disattiva(?:re)? (?:il tuo |l')?ad ?block
(?:wyłącz|odblokuj|korzystasz z|używasz) .{0,20}ad ?block
(?:you(?:'re| are) blocking|to block|turning off your) ad(?:s\b|[- ]?block)
отключите .{0,20}(?:блокировщик|adblock)
"""
    ),
)
WALLS = (ROBOT, SCRIPTS, CONSENT, BLOCKER, REGION, LOGIN, GONE)
