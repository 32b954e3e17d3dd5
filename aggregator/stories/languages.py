"""Function words of the languages that news is often written in: which language a text is in, and what tells nothing.

Pure. An archive learns from its own texts which words are common; as long as it is young, or has few texts of a
language, these lists speak for it. They are short on purpose: a few dozen words are a third of most texts.
"""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS = {
    "ar": """في من على إلى عن أن إن التي الذي هذا هذه ذلك بعد قبل كان كانت قد لا ما لم مع بين كل أو ثم حيث كما
        خلال منذ عند هو هي وقال قال وفي ومن أي غير حتى لكن بعض أكثر وهو وأن عبر أنه""",
    "bg": "и в на за от да се че с по не е са до като при това който която които ще бе беше или след през между към",
    "ca": "el la els les de del dels i en a que per amb un una és són va han ha al als seu seva no es com més",
    "cs": """a v na se že je s z do o k i za po od pro ve ze by jeho která který které jako ale však jsou byl byla
        bylo už před při podle také jen než si své mezi když nebo proti""",
    "da": """og i at det en er til på af for med som den der de ikke har et var han fra sig men om vi ved også blev
        efter kan skal vil over hun være nu ud under siger""",
    "de": """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er
        hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur
        bis mehr durch man sein wurde sei hatte kann gegen vom können schon wenn habe seine ihre dann unter wir soll
        ich eines es diese dieser wieder keine seien sagte worden""",
    "el": """και το η ο να του της την των με για που από σε στην στη στο τα τον οι δεν θα είναι τις τους ότι ένα μια
        έχει στον αυτό κατά μετά ως αλλά έναν στις στα""",
    "en": """the of and to in a is that for on it with as was he at by be from are this have but not has had his they
        who an which or were their its will would been she said after her when more one also we you about there two
        if than him i up out into over could what so no can new other first all last some time year years people them
        says say while before between during against most where under since may us being now our just through only""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin
        sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está qué donde han
        quien durante contra ese eso según tras ante hace porque estos otros año""",
    "et": "ja on ei et see ka oli ta mis kui aga ning oma või tema nad seda pärast eest kes veel selle juba",
    "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز گفت شد شده می ها های بود اما کند دارد ما پس",
    "fi": """ja on ei että se oli hän ovat mukaan kun myös mutta joka jälkeen ole kanssa kuin olisi sekä sen vuoden
        jo nyt ollut tämä noin vain kertoo mitä niin saa""",
    "fr": """de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son
        aux d l s n qu c ses mais comme ou si leur y dont être été cette ont fait ces deux elle entre après sans sa
        même nous ans aussi lui tout où vous ils contre selon ainsi était depuis lors avant avait année""",
    "he": "של את על לא הוא כי עם זה גם היא אל או יותר כל בין אבל אם יש רק כך היה לאחר אמר שלא אך כדי עוד לפני",
    "hi": "के में की है से को का और ने पर कि यह भी नहीं हैं एक इस कर रहा गया था लिए बाद वह तो हो ही किया साथ कहा",
    "hr": """i u je na se da su za od s a će o kako iz što kao koji koja koje bi ne do nije ili sam više te nakon
        prema samo biti bio bila""",
    "hu": """a az és hogy nem is egy meg ez volt de csak el szerint már azt mint még ha van lesz után majd vagy
        amely ki pedig kell lett minden""",
    "id": """yang dan di dari untuk dengan ini itu dalam pada akan tidak ke oleh juga ada telah adalah kata sebagai
        lebih karena bisa saat para mereka tersebut dapat kepada hingga setelah menjadi sudah""",
    "it": """di e che la il un a per è in una del si della sono con non le da dei i nel alla al come più gli lo anche
        ha ma delle o su dal se ai dalla ed nella tra suo sua stato ha hanno dopo questo essere l d contro fra
        secondo due anni""",
    "ja": "",
    "lt": "ir į kad su iš yra buvo ne tai kaip už ar bet jis apie savo po nuo taip iki dar prie jau bus",
    "lv": "un ir par ka no ar uz to kas bet arī gada kā tika ne pie bija pēc šo lai vai savu gadu",
    "nl": """de het een van en in is dat op te zijn met voor die niet aan er om ook als bij door naar heeft uit over
        maar hij ze was tot nog dan wordt werd worden meer kan na zich hun deze tegen wel zegt jaar volgens""",
    "no": """og i det er på til som en å for av at med de den har ikke et om var han men fra seg vi ble også etter
        sier skal kan vil ut ved mot opp være når hun dette blir""",
    "pl": """w i na z się do nie że o jest to a za od po jak przez dla są ale co oraz tym już był ma który która
        które ich tego było być przed może także jego pod będzie czy lub roku przy jej podczas została został""",
    "pt": """de a o que e do da em um para com não uma os no se na por mais as dos como mas ao foi das tem à seu sua
        ou ser quando muito nos já está também só pelo pela até isso ele entre depois sem mesmo aos são ter após
        anos ano segundo contra sobre durante""",
    "ro": """de și în a la cu pe din care este nu că pentru un o au mai ce fost al prin sau ar după fi această
        lui ale acest dar către între când fără până""",
    "ru": """и в не на что с по к из у за о от для как это его но а до он так все при был было были или также
        во после быть со том году если их ее того об уже который которые может она них этом без через под более
        время лет сообщил заявил""",
    "sk": """a v na sa že je s z do o k aj za po od pre vo zo by jeho ktorá ktorý ktoré ako ale však sú bol bola
        bolo už pred pri podľa tiež len než si svoje""",
    "sr": "и у је на се да су за од с ће о како из што као који која које би не до није или више након према само",
    "sv": """och i att det som en på är av för med den till inte har de om ett han var men sig från vi så kan när
        enligt efter också ska vid nu över eller under säger hon även skulle hade blir mot""",
    "tr": """ve bir bu da de için ile olarak daha çok olan en sonra gibi kadar ne ise ya ancak ki olduğu dedi
        göre var ama her tarafından eden oldu etti yer üzerine yıl iki ilk""",
    "uk": """і в на що з не до за та у від про як це його для але а під час після він був було були або також
        які який яка з-за року її їх ще вже може щодо при через цього""",
    "vi": "và của là có cho được trong với các một những người đã không này để khi từ ra vào năm tại trên sẽ theo về",
    "zh": "",
}
STOPS = {code: frozenset(words.split()) for code, words in _WORDS.items()}
COMMON = frozenset(word for words in STOPS.values() for word in words)
_ENOUGH = 3  # function words of a language; fewer stand in headlines of its neighbours, too
_LEAD = 1.2  # times as many as of what the text is said to be in, before that is not believed
# The same words serve these: whoever says one of them is believed.
_ALIKE = {"nb": "no", "nn": "no", "bs": "hr", "in": "id", "ms": "id", "iw": "he"}
_BY_SCRIPT = (
    ("\u3040", "\u30ff", "ja"),
    ("\uac00", "\ud7af", "ko"),
    ("\u0e00", "\u0e7f", "th"),
    ("\u4e00", "\u9fff", "zh"),
)


@lru_cache(maxsize=4096)
def _speakers(word: str) -> tuple[str, ...]:
    return tuple(code for code, words in STOPS.items() if word in words)


def language_of(words: Iterable[str], start: str, claimed: str) -> str:
    """Return the language (ISO 639) of a text: of its lower-case words, of its first letters, as it claims.

    "" when nothing tells. What a feed claims is often only what its software was installed with, so the function
    words of the text are believed first.
    """
    said = claimed.casefold().partition("-")[0].partition("_")[0]
    said = _ALIKE.get(said, said)
    counts: dict[str, int] = {}
    for word in words:
        if word in COMMON:
            for code in _speakers(word):
                counts[code] = counts.get(code, 0) + 1
    if not counts or max(counts.values()) < _ENOUGH:
        return _by_script(start) or said
    most = max(sorted(counts), key=counts.__getitem__)
    return said if counts.get(said, 0) * _LEAD >= counts[most] else most


def _by_script(start: str) -> str:
    """Tell the language by letters that only it has; kana before Han, since Japanese has both."""
    for first, last, code in _BY_SCRIPT:
        if sum(first <= letter <= last for letter in start) * 5 > len(start.strip()):
            return code
    return ""
