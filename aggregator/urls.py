"""Addresses: is it one we may ask, which host is it on, and its canonical form, the identity of an article.

Pure text work, no network. The canonical form is for comparing, not for fetching: the scheme is always
https and a final slash is dropped, because sites serve one article under all of these. What could tell two
articles apart (path, order and values of parameters) is left alone; a parameter goes only if its exact name, or its
name and value, is known to carry nothing but the reader's provenance. RFC 3986, section 6.2, gives the safe
normalisations. Any text has an answer here: nothing raises.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

# Exact names (lower case), each seen in the wild or documented by the tracker; written for this project.
TRACKING = frozenset(
    """
    utm_source utm_medium utm_campaign utm_term utm_content utm_id utm_name utm_reader utm_cid utm_brand
    utm_social utm_social-type utm_place utm_pubreferrer utm_swu utm_viz_id utm_userid utm_source_platform
    utm_creative_format utm_marketing_tactic
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mc_cid mc_eid mkt_tok
    _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id oly_anon_id oly_enc_id wickedid _openstat
    at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4 at_link_id at_link_origin at_link_type
    at_ptr_name at_bbc_team at_format
    xtor ocid cmpid cmp ncid guccounter guce_referrer guce_referrer_sig soc_src soc_trk __twitter_impression
    s_cid ns_mchannel ns_source ns_campaign ns_linkname ns_fee mbid tag_source wt_mc wt_zmc
    feature_source ref_src ref_url feedname feedtype
    pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid piwik_campaign piwik_kwd piwik_keyword
    mtm_campaign mtm_keyword mtm_kwd mtm_source mtm_medium mtm_content mtm_cid mtm_group mtm_placement
    matomo_campaign matomo_keyword matomo_source matomo_medium matomo_content matomo_cid matomo_group
    matomo_placement srsltid _ga _gl gad_source gad_campaignid
    _branch_match_id _bta_c _bta_tid _ke _kx dm_i ef_id epik gdffi gdfms gdftrk irclickid ndclid
    hsa_acc hsa_ad hsa_cam hsa_grp hsa_kw hsa_mt hsa_net hsa_src hsa_tgt hsa_ver
    mkcid mkevt mkrid mkwid redirect_log_mongo_id redirect_mongo_id s_kwcid sb_referer_host
    sms_click sms_source sms_uph trk_contact trk_module trk_msg trk_sid
    tw_adid tw_campaign tw_content tw_source tw_term vmcid
    """.split()
)
# Names that can mean anything, but not with this value.
_TRACKING_PAIRS = frozenset(f"{name}=rss" for name in ("ref", "source", "from", "partner", "emc"))

LONGEST_URL = 8_000  # characters; RFC 9110, 4.1, recommends that all accept this much
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORT = {"http": 80, "https": 443}
# What is an absolute address beyond doubt, and stays as it is: nearly all that feeds and pages hold.
_IS_ABSOLUTE = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]*\.)*[a-z0-9-]*[a-z0-9](?::[1-5]?[0-9]{1,4})?/[a-zA-Z0-9._~/%+,@-]*"
    r"(?:\?[a-zA-Z0-9._~/%+,@&=-]+)?(?:#[a-zA-Z0-9._~/-]+)?"
)
# What stands as it is behind the origin of any base, but for dot segments: how sites name their own pictures.
_IS_ROOTED = re.compile(r"/(?!/)[a-zA-Z0-9._~/%+,@-]*(?:\?[a-zA-Z0-9._~/%+,@&=-]+)?(?:#[a-zA-Z0-9._~/-]+)?")
# What has nothing to be normalised but its scheme and a final slash; ports below 1000 may be a scheme's own.
_IS_PLAIN = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9-]*\.)*[a-z0-9-]*[a-z0-9](?::[1-5]?[1-9][0-9]{3})?)(/[a-zA-Z0-9._~/-]*)"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_SURROGATES = re.compile("[\ud800-\udfff]")  # halves of a pair: cannot be encoded
_DOTS = ".\u3002\uff0e\uff61"  # all of them end a label: RFC 3490, section 3.1
_NOT_IN_HOST = re.compile(
    r"[\s\x00-\x20\x7f\"#%/<>?@\[\\\]^`{|}]"
)  # WHATWG URL, forbidden domain code points


@lru_cache(maxsize=4096)
def is_http(url: str) -> bool:
    """Tell whether `url` is an http or https address with a host."""
    parts = _split(url)
    return parts is not None and parts.scheme in _DEFAULT_PORT and _host(parts) != ""


@lru_cache(maxsize=4096)  # asked at every step of a request
def host_of(url: str) -> str:
    """Return the host in lower case, with its port if that is not the scheme's own; "" if there is none.

    This is the key of the host budget: http and https of one host share it, another port is another server.
    """
    if plain := _IS_PLAIN.fullmatch(url):
        return plain[1]
    parts = _split(url)
    host = _host(parts) if parts else ""
    if parts is None or not host:
        return ""
    port = parts.port
    return host if port is None or port == _DEFAULT_PORT.get(parts.scheme) else f"{host}:{port}"


def site_of(url: str) -> str:
    """Return the host as a reader would name it: without port and a leading "www."."""
    parts = _split(url)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def is_front_page(url: str) -> bool:
    """Tell whether `url` is the root of a host, asked for nothing; what is no http(s) address is no page at all."""
    parts = urlsplit(canonical_url(url))
    return parts.path == "/" and not parts.query  # a canonical path is never empty


def absolute(base: str, link: str) -> str:
    """Return `link` as an absolute http(s) address, or "" if it is none or cannot be one."""
    if _IS_ABSOLUTE.fullmatch(link):
        return link
    if _IS_ROOTED.fullmatch(link) and "/." not in link and (origin := _origin(base)):
        return origin + link
    try:
        joined = urljoin(base, _plain(link).replace(" ", "%20"))
    except ValueError:
        return ""
    return joined if is_http(joined) else ""


@lru_cache(maxsize=64)
def _origin(base: str) -> str:
    """Return scheme and host of an address that is absolute beyond doubt, or ""."""
    return "/".join(base.split("/", 3)[:3]) if _IS_ABSOLUTE.fullmatch(base) else ""


def without_tracking(url: str) -> str:
    """Return the address as a person would share it: no tracking parameters, no fragment, else unchanged."""
    parts = _split(url)
    if parts is None:
        return url
    kept = "&".join(each for each in parts.query.split("&") if not _is_tracking(each))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, kept, ""))


@lru_cache(maxsize=4096)  # asked several times for each entry of a document
def canonical_url(url: str) -> str:
    """Return the canonical form of an http(s) address, the identity of what it names; "" for anything else.

    Idempotent: the canonical form of a canonical form is itself.
    """
    if (plain := _IS_PLAIN.fullmatch(url)) and "/." not in plain[2]:
        return f"https://{plain[1]}{plain[2].rstrip('/') or '/'}"
    parts = _split(url)
    if parts is None or not is_http(url):
        return ""
    host = _host(parts)
    port = parts.port
    if port is not None and port not in _DEFAULT_PORT.values():
        host += f":{port}"
    path = _without_dots(_normal_percent(parts.path or "/")).rstrip("/")
    return urlunsplit(("https", host, path or "/", _kept_query(parts.query), ""))


def _split(url: str) -> SplitResult | None:
    """Split an address; None where the standard library would raise (bad port, bad brackets)."""
    try:
        parts = urlsplit(_plain(url))
        _ = parts.port
    except ValueError:
        return None
    return parts


def _plain(url: str) -> str:
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", url)).strip()


def _host(parts: SplitResult) -> str:
    """Return the host as it is asked for: ASCII where it can be, in lower case, no final dot; "" if it is none."""
    host = _ascii((parts.hostname or "").rstrip(_DOTS)).rstrip(".")
    if ":" in host:  # an IPv6 address; urlsplit has seen its brackets
        return f"[{host}]"
    # Readers disagree on what stands before a backslash: the host here is the password there.
    return "" if _NOT_IN_HOST.search(host) or "\\" in parts.netloc else host


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _kept_query(query: str) -> str:
    return "&".join(_normal_percent(each) for each in query.split("&") if each and not _is_tracking(each))


def _is_tracking(parameter: str) -> bool:
    plain = unquote_to_bytes(parameter).decode("utf-8", "replace").lower()
    return plain.partition("=")[0] in TRACKING or plain in _TRACKING_PAIRS


def _normal_percent(text: str) -> str:
    """Decode needless escapes, write the needed ones in capitals, escape what must be (RFC 3986, 6.2.2)."""

    def one(match: re.Match[str]) -> str:
        byte = int(match.group(1), 16)
        return chr(byte) if byte in _UNRESERVED else match.group().upper()

    escaped = quote(text, safe="%/:@!$&'()*+,;=-._~?[]|", errors="replace")
    return re.sub(r"%([0-9A-Fa-f]{2})", one, escaped)


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)
