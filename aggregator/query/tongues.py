"""Languages as people name them, in English and in the language itself → ISO 639-1."""

# ruff: noqa: RUF001  letters of other scripts are what this is about

from __future__ import annotations

_NAMES = """
af afrikaans; am amharic አማርኛ; ar arabic العربية عربي; az azerbaijani azərbaycanca; be belarusian беларуская;
bg bulgarian български; bn bengali bangla বাংলা; bs bosnian bosanski; ca catalan català catala; cs czech
čeština cestina česky; cy welsh cymraeg; da danish dansk; de german deutsch allemand alemán tedesco; el greek
ελληνικά; en english englisch anglais inglés; eo esperanto; es spanish español espanol castellano spanisch; et
estonian eesti; eu basque euskara; fa persian farsi فارسی; fi finnish suomi; fr french français francais
französisch; ga irish gaeilge; gl galician galego; gu gujarati ગુજરાતી; he hebrew עברית; hi hindi हिन्दी
हिंदी; hr croatian hrvatski; hu hungarian magyar; hy armenian հայերեն; id indonesian bahasa; is icelandic
íslenska; it italian italiano italienisch; ja japanese 日本語 日文; ka georgian ქართული; kk kazakh қазақша; km
khmer ខ្មែរ; kn kannada ಕನ್ನಡ; ko korean 한국어; ku kurdish kurdî; lo lao ລາວ; lt lithuanian lietuvių; lv latvian
latviešu; mk macedonian македонски; ml malayalam മലയാളം; mn mongolian монгол; mr marathi मराठी; ms malay
melayu; mt maltese malti; my burmese မြန်မာ; ne nepali नेपाली; nl dutch nederlands flemish vlaams; no nb nn
norwegian norsk bokmål nynorsk; pa punjabi ਪੰਜਾਬੀ; pl polish polski; ps pashto پښتو; pt portuguese português
portugues; ro romanian română romana; ru russian русский; si sinhala සිංහල; sk slovak slovenčina; sl slovene
slovenian slovenščina; sq albanian shqip; sr serbian српски srpski; sv swedish svenska; sw swahili kiswahili;
ta tamil தமிழ்; te telugu తెలుగు; th thai ไทย ภาษาไทย; tl tagalog filipino; tr turkish türkçe turkce; uk
ukrainian українська; ur urdu اردو; uz uzbek oʻzbek; vi vietnamese việt; yi yiddish ייִדיש; zh chinese
mandarin 中文 汉语 漢語 普通话; zu zulu
"""

CODES = {name: words[0] for words in (one.split() for one in _NAMES.split(";")) for name in words}


def code_of(name: str) -> str:
    """Return the ISO 639-1 code of a language by its name or code (de, de-AT, German, Deutsch); "" if unknown."""
    known = name.casefold().replace("_", "-")
    return CODES.get(known) or CODES.get(known.partition("-")[0], "")
