"""The wording of what stands around articles: datelines, credits, headings of lists, in the languages of many sites.

Data only; `furniture` decides where on a page a phrase counts.
"""

from __future__ import annotations

import re

_MONTH = (
    "jan|feb|mar|mär|apr|mai|may|maj|mei|jun|jul|ago|aug|aoû|sep|set|oct|okt|out|ott|nov|dec|dez|dic|déc|"
    "fév|avr|juin|juil|abr|ene|gen|mag|giu|lug"
)
_DATE = (
    rf"(?:\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?\d{{2,4}}|\d{{4}}-\d\d-\d\d|"
    rf"(?:\d{{1,2}}\.?\s+(?:de\s+)?)?(?:{_MONTH})\w*\.?,?\s+(?:de\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?\d{{4}})"
)
DATELINE = re.compile(
    r"\W*(?:(?:last\s+)?(?:published|updated|posted|veröffentlicht|aktualisiert|stand|publié|mis à jour|publicado|"
    r"actualizado|atualizado|pubblicato|aggiornato|gepubliceerd|geplaatst)(?:\s+\w{1,4})?\s*:?\s*)?(?:\w+,\s+)?"
    + _DATE
    + r"(?:[\s,|•\u2013-]*(?:at|um|à|a las|às|alle|om)?\s*\d{1,2}[:.h]\d\d\s*(?:am|pm|uhr|[a-z]{2,4})?)?\W*",
    re.IGNORECASE,
)
BARE_DATELINE = re.compile(  # the date itself was lost with its element
    r"\W*(?:published|updated|posted|last updated|veröffentlicht|aktualisiert|publié|publicado|actualizado|pubblicato|"
    r"aggiornato|gepubliceerd|geplaatst)(?:\s+(?:on|at|am|le|el|il|op))?\W*",
    re.IGNORECASE,
)
CREDIT = re.compile(
    r"(?:(?:photo|image|picture)(?:\s+(?:credit|by))?|credit|source|foto|fotos|bild|bilder|quelle|crédits?|"
    r"imagen|fuente|immagine|fonte|фото|источник)\s*[:/©].{1,80}",
    re.IGNORECASE,
)
BY = re.compile(r"(?:by|von|por|par|di|door|av|af)\s+", re.IGNORECASE)
IS = re.compile(
    r"(?:[^.]{0,40}?\s(?:is|was|has|covers|writes|ist|war|arbeitet|schreibt|est|es|è|é|är|er)"
    r"|\s(?:reports|teaches|works|lives|lebt|lehrt))\s",
    re.IGNORECASE,
)
COLOPHON = re.compile(
    r"\W*(?:©|\(c\)\s|copyright|advertisement|skip advertisement|anzeige|publicidad|publicité)", re.IGNORECASE
)
# Only what ends a page: "Read also" and its like stand in the middle of texts, too.
OTHERS = re.compile(
    r"""\W*(?:
    related(?:\ (?:articles?|content|posts?|stories|news|links|topics|reading|coverage))?
    | related\ articles\ and\ links | similar\ (?:articles|posts|stories)
    | more\ (?:from|on|stories|news|about|like\ this)\b.{0,30} | read\ next | other\ posts
    | recommended(?:\ (?:articles|for\ you|reading))? | you\ (?:may|might)\ also\ (?:like|enjoy|be\ interested\ in)
    | (?:about|meet)\ the\ (?:authors?|reviewer|writer|contributors?)
    | (?:post\ a\ |\d+\ )?comments? | comentar | more\ must-reads?\b.{0,30}
    | leave\ a\ (?:comment|reply) | join\ our\ commenting\ forum | share\ (?:this|the)\b.{0,30} | tags | filed\ under
    | ähnliche(?:\ (?:artikel|beiträge|themen))? | weiterführende\ links | mehr\ (?:zum\ thema|von|aus)\b.{0,30}
    | (?:das\ )?könnte\ (?:sie|dich)\ auch\ interessieren | kommentare? | kommentar\ abgeben
    | (?:die|der)\ autor(?:in)? | über\ (?:den|die)\ autor(?:in)? | zur\ person
    | à\ propos\ de\ l.auteur | sur\ le\ même\ (?:sujet|thème) | articles\ (?:similaires|liés) | commentaires
    | (?:noticias|artículos|temas)\ relacionad[oa]s | sobre\ (?:el|la|o|a)\ autora? | comentarios
    | articoli\ correlati | gerelateerde\ (?:artikelen|berichten) | reacties | relaterade\ artiklar | kommentarer
    | 関連記事 | 相关(?:阅读|新闻|文章) | 延伸閱讀 | 관련\s?기사
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)
# The heading of a list of teasers; it may be called like a section of a text, so what follows has to look like teasers.
TEASERS = re.compile(
    r"""\W*(?:
    trending(?:\ (?:now|on|in|stories|articles|topics)\b.{0,30})? | (?:most|now)\ (?:read|viewed|shared)\b.{0,20}
    | (?:most\ )?popular(?:\ (?:now|stories|articles|posts|on\b.{0,20}|in\b.{0,20}))? | (?:top|latest)\ (?:stories|news)
    | editors?.?s?\ picks? | (?:from\ )?around\ the\ web | (?:promoted|sponsored)\ (?:stories|links|content)
    | just\ for\ you | (?:also|in)\ other\ news | don.t\ miss
    | (?:am\ )?meistgelesen(?:e\ artikel)? | les?\ plus\ lus? | (?:lo|los|las)\ más\ (?:leíd[oa]s?|vist[oa]s?)
    | (?:as\ )?mais\ lidas | i?\s?più\ letti | meest\ gelezen | mest\ (?:läst|lest|læst)[ae]? | najczęściej\ czytane
    | самое\ читаемое | читаемое
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)
# What makers of consent banners put at the end of the page: the list of the site's cookies.
COOKIES = re.compile(r"\|\s*cookies?\s*\|.*", re.IGNORECASE)
# A line that leads to something else to read, in the midst of a text.
POINTER = re.compile(
    r"""[\W_]*(?:
    (?:see\ )?also\ read | read\ (?:also|more|next|this|on|the\ (?:full|rest))
    | related(?:\ (?:article|story|post|reading))?
    | (?:see|watch|listen)(?:\ (?:also|more|next))? | more\ (?:from|on)\b.{0,40} | don.t\ miss
    | recommended | in\ case\ you\ missed\ it
    | (?:lesen|sehen|hören)\ sie\b.{0,30} | lies\ (?:auch|mehr)
    | (?:das\ könnte\ .{0,20})?auch\ interessant | mehr\ zum\ thema | lesetipp
    | (?:à\ )?(?:lire|voir)(?:\ (?:aussi|également|plus))? | sur\ le\ même\ sujet
    | le[ea]\ (?:también|además|más) | te\ puede\ interesar | ver\ (?:también|más)
    | lei?a\ (?:também|mais) | veja\ (?:também|mais) | saiba\ mais | leggi\ anche | approfondisci
    | lees\ (?:ook|meer|verder)
    | läs\ (?:också|även|mer|mera) | les\ (?:også|mer) | læs\ (?:også|mere) | lue\ (?:myös|lisää)
    | (?:czytaj|zobacz)\ (?:też|także|również|więcej)
    | (?:читайте|смотрите)\ (?:также|ещё) | читайте\ також | čtěte\ (?:také|též|více) | přečtěte\ si
    | olvasta\ már | citește\ și
    | ayr\u0131ca\ (?:oku|bkz) | baca\ juga | lihat\ juga | xem\ thêm | あわせて読みたい | 関連記事 | 相关(?:阅读|新闻)
    | 延伸閱讀 | 관련\s?기사
    )\s*(?:[:>»|\]\u2013\u2014-].*)?""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
# The end of a paragraph that a list belongs to.
ANNOUNCES_LIST = re.compile(
    r"[:\uff1a]\s*$|\b(?:following|folgende\w*|suivante?s?|siguientes?|seguenti|seguintes?|volgende|następujące"
    r"|следующи\w+)\b[^.]{0,80}\.?\s*$",
    re.IGNORECASE,
)
# A line that a page sets among its paragraphs and that is none.
NOTICE = re.compile(
    r"""\W*(?:
    (?:skip\ )?(?:advertisement|advertising|sponsored(?:\ content)?|promoted) | ad
    | story\ continues(?:\ (?:below|after).{0,30})?
    | article\ content | continue\ reading(?:\ .{0,30})? | (?:recommended|related)\ videos?
    | loading\b.{0,30} | read\ more | show\ (?:more|less)
    | table\ of\ contents | in\ this\ article | on\ this\ page | jump\ to
    | share(?:\ this)?(?:\ (?:article|story|post|on\b.{0,20}))? | print | email | copy\ link
    | listen\ to\ (?:this\ )?article | \d+\ ?(?:min(?:ute)?s?)(?:\ read)? | reading\ time\b.{0,20}
    | \d+\ (?:comments?|shares?|views?)
    | anzeige | werbung | artikel\ (?:teilen|anhören|merken|drucken) | lesezeit\b.{0,20}
    | inhaltsverzeichnis | externer\ inhalt(?:\ nicht\ verfügbar)?
    | fehler\ gefunden.{0,30} | weitere\ (?:videos|artikel|themen) | publicité | partager(?:\ .{0,20})?
    | temps\ de\ lecture\b.{0,20} | sommaire
    | publicidad[e]? | compartir(?:\ .{0,20})? | compartilh(?:e|ar)(?:\ .{0,20})? | pubblicità
    | condividi | advertentie | annons | annonse | reklama | reklám | reklam
    | реклама | поделиться | 広告 | 广告 | 광고 | \(?end\)? | -+\ ?ends?\ ?-+ | 【?纠错】?
    | 【?\s*责任编辑\s*[:\uff1a].{0,20} | 責任編輯\s*[:\uff1a].{0,20} | (?:新規)?会員登録 | ログイン | 記事保存
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)
# An item of the bar of buttons that stands above or below a text; "" is what is left of one that was a picture.
BUTTON = re.compile(
    r"""\W*(?:
    (?:tweet|link|digg|share|print|email|e-mail|save|like|pin|post|send|bookmark)(?:\ (?:this|it|me|now))?
    | (?:share|tweet|post|pin|like|follow(?:\ us)?|save|send|teilen)\ (?:this\ )?(?:on|in|to|via|by|auf|per)\ \w{1,12}
    | facebook | twitter | x | linkedin | pinterest | reddit | whats\s?app | tumblr | google\s?(?:\+|plus)? | flipboard
    | xing | telegram | e-?mail | instagram | pocket | messenger | bluesky | threads | mastodon | copy\ (?:link|url)
    | reprints? | permalink | permissions | comments?(?:\ \(?\d+\)?)? | \d+\ comments? | filed\ under
    | (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\ \d{1,2},?\ \d{4}
    | \d{1,2}:\d\d(?:\s?[ap]\.?m\.?)? | drucken | teilen | merken | kommentare? | partager
    | imprimer | compartir | imprimir
    )?\W*""",
    re.IGNORECASE | re.VERBOSE,
)
# Who took a picture: agencies stand at the end, whatever the name before them.
AGENCY = re.compile(
    r"""[^.!?]{0,80}(?:
    (?:/|via\ |©\s?|\(|\bby\ |-\ )(?:getty(?:\ images)?|afp|ap(?:\ photo)?|reuters|dpa|epa(?:-efe)?|efe
    |ansa|apa|keystone|imago(?:\ images)?|picture\ alliance
      |shutterstock|istock(?:photo)?|unsplash|pexels|pixabay|bloomberg|wikimedia\ commons|flickr
      |zuma(?:\ press)?|tass|xinhua|pa(?:\ wire|\ images|\ media)?)
    | \bgetty\ images | \bap\ photo
    )\b\W{0,3}""",
    re.IGNORECASE | re.VERBOSE,
)
# Said of the text, not in it: at its end.
IMPRINT = re.compile(
    r"""\W*(?:
    (?:additional|further)\ reporting\ (?:by|from)\b
    | with\ (?:reporting|files|contributions?)\ (?:by|from)\b | (?:reporting|writing|editing)\ by\b
    | this\ (?:article|story|post|piece|interview|essay)\ (?:was|is|has|first
    |originally)\ (?:been\ )?(?:first\ |originally\ |also\ )?(?:published|appeared|produced|written
    |updated|corrected|syndicated|adapted)\b
    | (?:sign\ up|subscribe|register)\ (?:for|to|here|now|today)\b
    | (?:get|receive)\b.{0,80}\b(?:in|to)\ your\ (?:in)?box
    | (?:follow|like|find|join)\ (?:us|me)\ (?:on|at)\b
    | follow\ .{3,40}\ on\ (?:twitter|x|facebook|instagram|bluesky|threads|linkedin)\b
    | (?:do\ you\ have|got)\ a\ (?:story|news\ tip|tip)\b
    | (?:email|contact)\ (?:the\ )?(?:author|reporter|us)\b
    | support\ (?:our|independent|quality)\ journalism | our\ journalism\b
    | (?:the\ )?views?\ expressed\b | the\ opinions?\ expressed\b | copyright\b | all\ rights\ reserved
    | (?:as\ an\ amazon\ associate|we\ may\ earn)\b | read\ more\ (?:at|on|from)\b
    | click\ here\ (?:to|for)\b | have\ (?:something|an\ opinion)\ to\ say
    | (?:dieser|der)\ (?:artikel|text|beitrag)\ (?:ist|erschien|wurde)\b.{0,60}\b(?:erschienen
    |veröffentlicht|erstellt|aktualisiert)\b | dieser\ (?:artikel|text|beitrag)\ erschien\b
    | (?:mit\ material|quellen?)\b.{0,12}\b(?:von|der|dpa|afp)\b | fehler\ gefunden\b
    | folgen\ sie\ uns\b | (?:jetzt\ )?(?:den\ )?newsletter\ (?:abonnieren|bestellen)\b
    | (?:aus\ dem\ \w{4,15}\ von|übersetz(?:t|ung)(?:\ von|:))\b
    | abonnez-vous\b | inscrivez-vous\b | suivez-nous\b | (?:suscríbete|síguenos|apúntate)\b
    | (?:assine|siga-nos|inscreva-se)\b | (?:iscriviti|seguici)\b | (?:meld\ je\ aan|volg\ ons)\b
    | (?:подписывайтесь|подпишитесь|следите\ за)\b | (?:підписуйтесь|підпишіться)\b
    | (?:zapisz\ się|obserwuj\ nas)\b | (?:prenumerera|följ\ oss)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
ADDRESS = re.compile(r"\W*[\w.+-]+@[\w-]+(?:\.[\w-]+)+\W*")
