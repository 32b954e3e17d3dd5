"""Templated notices: the texts that newsrooms print from one form every day, and that are never one text.

Markets, weather, results, obituaries, lottery, traffic, earnings, courts, in six languages. Two notices of one form
share most of their words, and differ in what they tell: numbers and names, here and there only a word. Some forms
carry more boilerplate than news. Everything is drawn from a seed: the same notices in every run.
"""
# ruff: noqa: RUF001  Chinese is printed with its own commas

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_SLOT = re.compile(r"\{(\w+)(?::(\d+):(\d+))?\}")


@dataclass(frozen=True, slots=True)
class Notice:
    form: str  # notices of one form are from one site
    day: int
    text: str


# What may stand in a slot, by its name. A name ending in a digit is another draw from the same list.
_POOLS = {
    "person": """Margaret Ellison|Thomas Okafor|Ruth Abernathy|Harold Jennings|Dolores Whitcomb|Samuel Ortiz|
        Eleanor Pruitt|Walter Nakamura|Josephine Callahan|Raymond Petrosky|Beatrice Lindqvist|Curtis Holloway|
        Agnes McTavish|Leonard Fitzgerald|Irene Kowalczyk|Clifford Barnes|Norma Villanueva|Eugene Stratton""",
    "town": """Leeds|Bradford|Huddersfield|Wakefield|Halifax|Barnsley|Doncaster|Rotherham|York|Harrogate|Skipton|
        Selby|Ripon|Scarborough|Whitby|Goole|Keighley|Batley""",
    "church": """St Mary's|Grace Lutheran|First Baptist|Holy Trinity|St Joseph's|Bethel Methodist|Zion|Calvary|
        Our Lady of Sorrows|Trinity Presbyterian""",
    "team": """Rovers|United|Athletic|Wanderers|Albion|County|Rangers|Thistle|Harriers|Borough|Orient|Argyle""",
    "company": """Northfield Energy|Calder Foods|Brightwater Holdings|Ostrava Steel|Pemberton Logistics|Lumen Health|
        Sable Mining|Arden Semiconductor|Kestrel Airlines|Hollis Retail|Tamar Software|Veldt Resources|Quay Capital""",
    "sector": """mining|banking|energy|technology|retail|pharmaceutical|industrial|consumer|telecom|utility""",
    "sky": """sunny spells|broken cloud|heavy showers|patchy rain|thick cloud|hazy sunshine|drizzle|sleet""",
    "wind": """north-westerly|southerly|easterly|south-westerly|light and variable|northerly|westerly""",
    "weekday": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December",
    "move": "rose|fell|gained|lost|climbed|slipped|advanced|retreated",
    "road": "M62|A64|M1|A1(M)|A61|M18|A59|A170|A19|M606",
    "cause": """a broken-down lorry|a two-vehicle collision|an oil spill|overrunning roadworks|a burst water main|
        fallen trees|a police incident|flooding""",
    "dept": "Leicht|Meier|Brandt|Vogel|Krüger|Lindner|Schuster|Hofmann|Seidel|Arnold|Bauer|Pohl",
    "ort": """Göttingen|Kassel|Marburg|Fulda|Erfurt|Jena|Weimar|Gotha|Eisenach|Suhl|Nordhausen|Goslar|Celle|Peine""",
    "wetter": "heiter|wolkig|stark bewölkt|regnerisch|sonnig|neblig|wechselhaft|trüb",
    "richtung": "Nordwest|Südwest|Ost|Nord|Süd|Südost|West",
    "firma": """Allgeier Technik|Nordmetall|Hansa Chemie|Rheinkraft|Bavaria Bau|Elbe Reederei|Sachsen Solar|Weser Stahl|
        Donau Versicherung|Main Logistik""",
    "ville": """Angers|Tours|Le Mans|Nantes|Rennes|Vannes|Quimper|Brest|Laval|Cholet|Saumur|Blois|Orléans|Niort""",
    "temps": "ensoleillé|couvert|pluvieux|brumeux|orageux|variable|nuageux",
    "nom": """Jeanne Le Goff|Marcel Tanguy|Yvette Moreau|René Guillou|Simone Bertin|André Kerbrat|Paulette Rousseau|
        Lucien Fournier|Odette Garnier|Roger Lemoine""",
    "equipo": """Deportivo Azul|Atlético Norte|Unión Central|Real Costa|Racing Sur|
        Estrella Roja|Club Minero|Puerto FC""",
    "jugador": """Ramírez|Quintana|Salcedo|Ibarra|Montoya|Villalba|Orozco|Cárdenas|Pacheco|Zúñiga""",
    "empresa": """Cementos del Valle|Banco Austral|Energía Andina|Textiles Norte|Pesquera Sur|
        Minera Alta|Aerolíneas Delta""",
    "shi": "北京|上海|广州|深圳|成都|武汉|南京|西安|杭州|重庆|天津|苏州",
    "tianqi": "晴|多云|阴|小雨|中雨|雷阵雨|雾|霾",
    "gongsi": "华远科技|东方能源|长江实业|蓝海物流|金桥医药|北辰钢铁|南岭银行|天和食品",
    "gorod": "Воронеж|Липецк|Тамбов|Курск|Орёл|Брянск|Тула|Калуга|Рязань|Пенза",
    "pogoda": "ясно|облачно|пасмурно|небольшой дождь|сильный дождь|туман|гроза|мокрый снег",
}  # fmt: skip

_FORMS = {
    "markets-en": """{market} shares {move} on {weekday}, led by {sector} stocks, as investors weighed
        the latest inflation figures. The benchmark index {move2} {int:1:99} points, or 0.{int:1:9} per
        cent, to close at {int:6100:8400}.{int:0:9}. Turnover stood at {int:2:9}.{int:1:9} billion.
        Advancing issues numbered {int:200:900} against {int:200:900} that declined. {company} {move3}
        {int:1:9}.{int:1:9} per cent to {int:100:900} pence after a trading update, while {company2}
        {move4} {int:1:9}.{int:1:9} per cent. Sterling traded at 1.{int:10:40} against the dollar and at
        1.{int:10:25} against the euro. Brent crude {move5} to {int:60:110} dollars a barrel, and gold
        {move6} to {int:1700:2400} dollars an ounce. Figures are delayed by at least fifteen minutes.
        The value of investments can go down as well as up, and past performance is not a guide to the
        future. This report was produced automatically from exchange data.""",
    "weather-en": """Forecast for {town} and the surrounding area. {weekday} will start with {sky},
        turning to {sky2} by early afternoon. Highs of {int:2:29} degrees, feeling more like {int:1:27}
        in the {wind} wind. Tonight {sky3} with lows of {int:0:15} degrees. Tomorrow {sky4} at first,
        then {sky5} in the evening, with temperatures between {int:1:14} and {int:15:29} degrees and a
        {wind2} breeze. The outlook for the weekend is for {sky6}. Pollen levels are {level} and the UV
        index is {level2}. Sunrise is at {int:4:8}.{int:10:59} and sunset at {int:16:21}.{int:10:59}.
        For warnings and the five-day forecast visit our weather page. The forecast is updated every
        three hours by our partners at the regional weather centre.""",
    "results-en": """{town} {team} {int:0:5}-{int:0:5} {town2} {team2}. A goal from {surname} in the
        {int:2:44}th minute set the tone at a ground that saw {int:900:9800} spectators through the
        turnstiles, before {surname2} levelled on {int:46:70} minutes. {surname3} was booked late on.
        The home side are now {nth} in the table with {int:10:80} points from {int:12:40} games, while
        the visitors stay {nth2} with {int:10:80}. On {weekday} {town3} {team3} are the next opponents.
        Referee: {person}. Attendance: {int:900:9800}. Half-time: {int:0:2}-{int:0:2}. Live scores,
        fixtures and tables for every division can be found in our results centre, which is updated as
        goals go in. Ticket office lines open at nine on weekdays.""",
    "obituary-en": """{person}, {int:61:99}, of {town}, passed away peacefully on {weekday}, {month}
        {int:1:28}, at {church} Hospice, surrounded by family. Born in {town2} in {int:1925:1960}, the
        child of {person2} and {person3}, {first} worked for {int:12:44} years at {company} and was a
        faithful member of {church2} Church. Survivors include {int:1:6} children, {int:2:14}
        grandchildren and a sister, {person4} of {town3}. Visitation will be held from {int:2:4} to
        {int:5:8} p.m. on {weekday2} at the funeral home, with services at {int:9:11} a.m. on {weekday3}
        at {church3} Church, the Rev. {person5} officiating. Burial will follow in {town4} Cemetery. In
        lieu of flowers, memorial contributions may be made to a charity of the donor's choice. Online
        condolences may be left for the family on our website. Arrangements are by the family's funeral
        directors, who have served the county for three generations.""",
    "lottery-en": """Here are the winning numbers in {weekday} night's draw. The numbers drawn were
        {int:1:12}, {int:13:22}, {int:23:34}, {int:35:46}, {int:47:58} and {int:59:69}, and the bonus
        ball was {int:1:26}. The multiplier was {int:2:5}x. {players} matched all six numbers to win the
        jackpot, which stood at an estimated {int:20:900} million dollars. {int:1:9} tickets matched
        five numbers for a prize of one million dollars. To play, choose five numbers and a bonus
        number, or let the computer pick them for you. Tickets cost two dollars and can be bought at any
        authorised retailer until one hour before the draw. The game is played in forty-five states, the
        District of Columbia and two territories. Drawings take place every Monday, Wednesday and
        Saturday night at eleven Eastern time. Prizes must be claimed within one year of the draw.
        Players must be eighteen or older. If you or someone you know has a gambling problem, help is
        available day and night.""",
    "traffic-en": """Motorists are facing delays of up to {int:15:90} minutes on the {road} near {town}
        this {daytime} because of {cause}. One lane is closed {bound} between junction {int:10:24} and
        junction {int:25:39}, and queues stretch back for {int:2:9} miles. Highways officials said that
        normal conditions were expected to return between {int:6:11}.{int:10:59} and
        {int:12:20}.{int:10:59}. Drivers are advised to allow extra time for their journey or to use the
        {road2} through {town2} instead. Police were called at {int:5:11}.{int:10:59}. We will update
        this page as we receive more information. If you are affected by the delays, and it is safe and
        legal to do so, you can send your pictures and comments to our newsdesk.""",
    "earnings-en": """{company} reported {quarter} quarter earnings of {int:10:99} cents per share,
        against analysts' expectations of {int:10:99} cents. Revenue {move} {int:1:30} per cent to
        {int:100:990} million dollars from a year earlier. Net income was {int:10:99} million dollars.
        For the full year the company expects revenue of between {int:1000:1900} and {int:2000:2900}
        million dollars. Chief executive {person} said the results reflected {mood} demand in the
        {sector} business. Shares in {company_same} {move2} {int:1:9}.{int:1:9} per cent in extended
        trading and have {move3} {int:2:60} per cent since the start of the year. The analysts'
        consensus is the mean of the estimates collected by the data provider; a positive surprise is no
        guarantee of future returns. This story was generated from data and has not been edited. The
        information is not intended as investment advice. Read more about how our automated stories are
        made, and report an error if you find one. Our terms of use and our policy on corrections apply
        to all automated content.""",
    "missing-en": """Police are appealing for help to find {person}, who has been reported missing from
        {town}. Concern is growing for the welfare of {person_same}, who was last seen in the {part} of
        the town on {weekday} {daytime}. Officers have been carrying out enquiries throughout the day
        and would like to hear from anyone who believes that they may have seen someone matching the
        description, or who has any information that may help with the search. Anyone with information
        is asked to contact the control room, speak to an officer in person or use the form on the
        force's website. In an emergency always dial the usual number. You can also pass on what you
        know to the independent charity, without giving your name. The force covers the whole of the
        county and works with partners to keep people safe, and thanks the public for sharing.""",
    "court-en": """{person}, aged {int:18:80}, of {street} {road_kind}, {town}, pleaded guilty to
        {offence} on the {road} on {month} {int:1:28}. Fined {int:80:900} pounds, ordered to pay a
        surcharge of {int:30:90} pounds and costs of {int:85:300} pounds. Disqualified from driving for
        {int:3:36} months. The case was heard at {town2} Magistrates' Court on {weekday}. Names and
        addresses are published as they are given in open court, and are taken from the court's own
        register. It is the policy of this newspaper to publish the outcome of every case; editors
        cannot be asked to leave out a result for any reason, and magistrates alone may lift or impose
        an order on what may be reported. Corrections are printed as soon as the court confirms them.""",
    "wetter-de": """Das Wetter für {ort} und Umgebung am {wochentag}. Am Vormittag ist es {wetter}, am
        Nachmittag {wetter2}. Die Temperaturen erreichen {int:3:31} Grad, in der Nacht kühlt es auf
        {int:0:15} Grad ab. Der Wind weht mit {int:5:60} Kilometern pro Stunde aus {richtung}. Die
        Regenwahrscheinlichkeit liegt bei {int:5:95} Prozent. Morgen wird es {wetter3} bei Höchstwerten
        um {int:3:31} Grad, in {ort2} um {int:3:31} Grad. Die Sonne geht um {int:5:8}:{int:10:59} Uhr
        auf und um {int:16:21}:{int:10:59} Uhr unter. Die weiteren Aussichten: {wetter4}, später
        {wetter5}. Dieser Text wurde auf der Basis von Daten des Wetterdienstes automatisch erstellt und
        wird mehrmals am Tag auf den neuesten Stand gebracht.""",
    "aktie-de": """Die Aktie von {firma} notiert am {wochentag} {tendenz}. Das Papier kostete zuletzt
        {int:10:250},{int:10:99} Euro, ein Unterschied von {int:0:6},{int:10:99} Prozent gegenüber dem
        Schlusskurs des Vortags. Damit gehört der Wert zu den {gruppe} im Index, der derzeit bei
        {int:11000:18000} Punkten steht. Das Tageshoch lag bei {int:10:250},{int:10:99} Euro, bisher
        wurden {int:1000:99000} Stücke gehandelt. Im Vergleich zum Jahreshoch vom {int:1:28}. {monat}
        fehlen dem Papier {int:3:60} Prozent. Analysten sehen den fairen Wert im Mittel bei
        {int:10:250},{int:10:99} Euro. Am {int:1:28}. {monat2} legt das Unternehmen seine Zahlen vor.
        Die hier angezeigten Kurse sind um fünfzehn Minuten verzögert. Alle Angaben sind ohne Gewähr und
        keine Aufforderung zum Kauf oder Verkauf von Wertpapieren.""",
    "polizei-de": """{ort} (ots) - Am {wochentag} gegen {int:0:23}.{int:10:59} Uhr kam es auf der
        {strasse} in {ort2} zu einem Verkehrsunfall. Ein {int:18:89}-jähriger Fahrer aus {ort3} übersah
        beim Abbiegen einen entgegenkommenden Wagen, an dessen Steuer {jemand} aus {ort4} saß. Verletzt
        {wurde}. Der Sachschaden wird auf rund {int:1000:40000} Euro geschätzt. Die Fahrbahn war für
        {int:20:180} Minuten gesperrt. Zeugen, die Hinweise zum Hergang geben können, werden gebeten,
        sich bei der nächsten Dienststelle zu melden. Rückfragen bitte an die Pressestelle der
        Polizeiinspektion, Sachbearbeiter {dept}, Telefon {int:1000:9999} / {int:100:999}-0.
        Original-Content von der zuständigen Polizeiinspektion, übermittelt durch den
        Presseportal-Dienst.""",
    "meteo-fr": """Bulletin météo pour {ville} et ses environs. Ce {jour}, le ciel sera {temps} le matin
        puis {temps2} dans l'après-midi. Les températures atteindront {int:3:33} degrés, contre
        {int:3:33} degrés la veille à la même heure. La nuit prochaine, le mercure descendra à
        {int:0:17} degrés. Le vent soufflera à {int:5:80} kilomètres par heure. Demain, temps {temps3}
        avec des maximales de {int:3:33} degrés à {ville2} et de {int:3:33} degrés à {ville3}. Indice de
        confiance : {int:1:5} sur 5. Lever du soleil à {int:5:8} h {int:10:59}, coucher à {int:17:21} h
        {int:10:59}. Retrouvez les prévisions détaillées, heure par heure, sur notre site et dans notre
        application. Ce bulletin est produit automatiquement à partir des données de l'observatoire.""",
    "deces-fr": """{ville}, {ville2}. Ses enfants, ses petits-enfants et toute la famille ont la
        tristesse de vous faire part du décès de {nom}, survenu le {int:1:28} {mois} à l'âge de
        {int:61:99} ans. La cérémonie religieuse sera célébrée le {jour} {int:1:28} {mois2} à {int:9:16}
        h {int:10:50} en l'église de {ville3}, suivie de l'inhumation au cimetière de {ville4}. {prenom}
        repose à la chambre funéraire, où les visites sont possibles tous les jours de {int:9:11} h à
        {int:17:20} h. Les fleurs naturelles seules seront acceptées. La famille remercie par avance
        toutes les personnes qui s'associeront à sa peine, ainsi que le personnel soignant pour sa
        gentillesse et son dévouement. Cet avis tient lieu de faire-part et de remerciements.""",
    "futbol-es": """{equipo} y {equipo2} se enfrentaron este {dia} por la fecha {int:1:38} del
        campeonato, con resultado final de {int:0:5} a {int:0:5}. {jugador} abrió el marcador a los
        {int:2:40} minutos y {jugador2} convirtió a los {int:46:89}. Fue expulsado {jugador3}.
        Asistieron {int:900:38000} espectadores. Con este resultado el local suma {int:5:80} puntos y
        ocupa el lugar {int:1:20} de la tabla, mientras que la visita queda con {int:5:80} unidades. En
        la próxima jornada {equipo3} recibirá a {equipo4} el {dia2} a las {int:12:21} horas. El árbitro
        del encuentro fue {jugador4}. Consulte la tabla de posiciones, el calendario completo y las
        estadísticas de cada jugador en nuestra sección de deportes.""",
    "bolsa-es": """La bolsa cerró este {dia} con {signo} del {int:0:3},{int:10:99} por ciento, hasta los
        {int:3000:6900} puntos. Entre los valores más negociados, {empresa} {vario} un
        {int:0:9},{int:10:99} por ciento y {empresa2} {vario2} un {int:0:9},{int:10:99} por ciento. El
        volumen operado llegó a {int:50:400} millones. El dólar se cotizó a {int:700:990} pesos para la
        compra y a {int:700:990} pesos para la venta. El cobre se transó a {int:3:4},{int:10:99} dólares
        la libra en los mercados internacionales. Las cifras son preliminares y pueden ser corregidas al
        cierre de la jornada. La información no constituye una recomendación de inversión.""",
    "tianqi-zh": """{shi}市气象台今天发布天气预报：预计今天白天{tianqi}转{tianqi2}，最高气温{int:5:38}摄氏度，
        夜间{tianqi3}，最低气温{int:0:22}摄氏度，风力{int:1:6}级。明天{tianqi4}，气温在{int:0:15}到{int:16:38}摄氏度之间
        ，相对湿度百分之{int:20:95}。空气质量指数为{int:20:290}。气象专家提醒市民，早晚温差较
        大，请注意及时增减衣物，外出时关注最新的预警信息，驾车出行请保持安
        全车距，老人和儿童应尽量减少在户外停留的时间。本台将根据天气变化及
        时更新预报内容。""",
    "gupiao-zh": """{gongsi}今日收盘报{int:3:90}.{int:10:99}元，涨跌幅为百分之{int:0:9}.{int:10:99}，
        成交额{int:1:90}亿元，换手率百
        分之{int:1:20}。截至收盘，上证综合指数报{int:2800:3500}点，深证成份指数报{int:9000:13000}点。公司此前
        发布公告称，前三季度实现营业收入{int:10:900}亿元，归属于上市公司股东的净利润
        {int:1:90}亿元。融资余额为{int:1:40}亿元，较前一交易日变动{int:1:9000}万元。以上内容由系统根
        据公开数据自动生成，仅供参考，不构成任何投资建议，股市有风险，投资
        需谨慎。""",
    "pogoda-ru": """Прогноз погоды на {den} для города {gorod}. Утром ожидается {pogoda}, днём
        {pogoda2}. Температура воздуха составит от {int:0:12} до {int:13:33} градусов, ночью столбик
        термометра опустится до {int:0:12} градусов. Ветер {int:1:18} метров в секунду. Атмосферное
        давление {int:730:770} миллиметров ртутного столба, влажность воздуха {int:20:99} процентов.
        Завтра {pogoda3}, местами {pogoda4}, до {int:10:33} градусов тепла. Восход солнца в {int:4:8}
        часов {int:10:59} минут, заход в {int:16:21} час {int:10:59} минут. Следите за обновлениями
        прогноза на нашем сайте. При объявлении штормового предупреждения не оставляйте машины под
        деревьями.""",
}  # fmt: skip

_POOLS |= {
    "market": "London|Sydney|Toronto|Johannesburg|Dublin|Singapore",
    "level": "low|moderate|high|very high",
    "surname": "Hughes|Barlow|Adeyemi|Novak|Fletcher|Okoro|Sorensen|Drummond|Hale|Costa|Whelan|Briggs",
    "nth": "second|third|fifth|seventh|ninth|eleventh|fourteenth|eighteenth|bottom|top",
    "first": "Maggie|Tom|Ruth|Harry|Dolly|Sam|Ellie|Walt|Josie|Ray|Bea|Curt",
    "players": "No players|One player|Two players|Three players",
    "daytime": "morning|afternoon|evening",
    "bound": "northbound|southbound|eastbound|westbound",
    "quarter": "first|second|third|fourth",
    "mood": "strong|weak|steady|record|slowing|better than expected",
    "part": "north|south|east|west|centre",
    "street": "Chapel|Mill|Station|Albert|Victoria|Park|Church|Moor|Bridge|Canal",
    "road_kind": "Road|Street|Lane|Avenue|Close|Terrace",
    "offence": "drink-driving|speeding|driving without insurance|using a phone at the wheel|careless driving",
    "wochentag": "Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag",
    "tendenz": "fester|schwächer|kaum verändert|deutlich im Plus|leicht im Minus",
    "gruppe": "Gewinnern|Verlierern|Spitzenwerten|Schlusslichtern",
    "monat": "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
    "strasse": "Hauptstraße|Bundesstraße|Bahnhofstraße|Landesstraße|Kreisstraße|Umgehungsstraße",
    "jemand": "eine junge Frau|ein Rentner|ein Paar|eine Familie|ein Fahrschüler",
    "wurde": "wurde niemand|wurden beide Fahrer|wurde eine Person leicht|wurden drei Insassen",
    "jour": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "mois": "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
    "prenom": "Jeanne|Marcel|Yvette|René|Simone|André|Paulette|Lucien",
    "dia": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    "signo": "un alza|una baja|una ganancia|una pérdida",
    "vario": "subió|bajó|avanzó|cedió",
    "den": "понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье",
}
FORMS = tuple(_FORMS)


def notices(each: int, seed: int = 0) -> list[Notice]:
    """Return `each` notices of every form, one a day, in order of days."""
    chance = random.Random(seed)
    return [Notice(form, day, fill(form, chance)) for day in range(each) for form in _FORMS]


def fill(form: str, chance: random.Random) -> str:
    """Return one notice of a form, its slots filled by chance. A slot `x_same` repeats what `x` was."""
    drawn: dict[str, str] = {}

    def draw(slot: re.Match[str]) -> str:
        name, low, high = slot.groups()
        if name == "int":
            return str(chance.randint(int(low), int(high)))
        if name.endswith("_same"):
            return drawn[name.removesuffix("_same")]
        drawn[name] = chance.choice(_choices(name))
        return drawn[name]

    return _SLOT.sub(draw, ("" if form.endswith("-zh") else " ").join(_FORMS[form].split()))


def _choices(name: str) -> list[str]:
    return [" ".join(choice.split()) for choice in _POOLS[name.rstrip("0123456789")].split("|")]
