"""What sort of page it is, if it is none to read as one text: a list of others, a video, a gallery, a product.

Pure judgement of what the markup tells (`signs`). No single sign is believed: themes call every page an article,
and articles stand among lists. A page with a long text of its own is an article, whatever it calls itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.extract.facts.linked_data import ARTICLE_TYPES
from aggregator.urls import is_front_page

if TYPE_CHECKING:
    from aggregator.extract.verdict.signs import Signs

# Words.
LONG = 300  # of prose: such a page is not asked what it is, unless it is a front page
_ABOUT_FILM, _ABOUT_PICTURES, _ABOUT_PRODUCT = 150, 150, 400
_NO_PROSE, _LITTLE_PROSE, _MUCH_PROSE = 60, 150, 400
# Shares.
_MANY_LINKED, _MOSTLY_LINKED, _ALL_LINKED = (
    0.45,
    0.65,
    0.8,
)  # of the letters on the page; articles among menus reach 0.6
_MANY_TEASERS = 5
_MANY_PICTURES = 8
_ENOUGH = 4  # points

# Pages that are read as one text, though schema.org calls them something else.
_ARTICLES = ARTICLE_TYPES | {"qapage", "recipe", "review"}
_LISTS = frozenset("collectionpage itemlist searchresultspage og:product.group offercatalog".split())
_FILMS = frozenset(
    "videoobject og:video og:video.other og:video.movie og:video.episode og:video.tv_show movie".split()
)
_SOUNDS = frozenset("audioobject og:music.song og:music.album musicrecording musicalbum".split())
_GALLERIES = frozenset("imagegallery mediagallery".split())
_PRODUCTS = frozenset("product og:product productgroup og:og:product".split())
# As the common systems name the layout of a page (WordPress, Drupal, Magento, Shopify, phpBB, vBulletin, Discourse).
_LIST_CLASSES = re.compile(
    r"(?:home|front|frontpage|page-front|path-frontpage|blog|archive|category|tag|search|search-results|date|paged|"
    r"author-archive|post-type-archive|catalog-category-view|catalogsearch-result-index|template-collection|"
    r"template-index|template-search|template-blog|section-index|section-viewforum|forumhome|forumdisplay|"
    r"is-home|is-archive|category-page|tag-page|list-page|listing|index|index-page|home-page|homepage|"
    r"(?:category|tag|tax|term)-[\w-]{1,60})"
)
_ARTICLE_CLASSES = re.compile(
    r"(?:single|single-post|article|post|postid-\d+|node-type-(?:article|story|news)|story)"
)
_PRODUCT_CLASSES = frozenset(("single-product", "template-product", "catalog-product-view", "product-page"))
_LIST_PATH = re.compile(
    r"/(?:tags?|topics?|themen?|thema|category|categories|kategorien?|categorie|categoria|rubriken?|rubrique|seccion|"
    r"authors?|autor|auteur|search|suche|recherche|buscar|ricerca|collections?|product-category|catalog)"
    r"(?:/[^/]{1,80}){0,2}/?$|/(?:archives?|archiv|latest|newest|all|list|listing|page/\d+)(?:[/\d-]{0,12}/?|/[^/]{0,8}/?)$",
    re.IGNORECASE,
)
_SEARCH_QUERY = re.compile(r"(?:^|&)(?:s|q|query|search|suche|keywords?)=", re.IGNORECASE)
_FILM_PATH = re.compile(r"/(?:videos?|watch|mediathek|tv|clips?|v)(?:/|$)|^/watch", re.IGNORECASE)
_PICTURE_PATH = re.compile(
    r"/(?:galler(?:y|ies)|galeri[ea]s?|photos?|photo-?galler\w+|fotos|fotostrecken?|bildergalerien?|bilder|diaporamas?|"
    r"slideshows?|images?|pictures|in-pictures|fotogaler\w+)(?:/|$|-)",
    re.IGNORECASE,
)

LIST = "a list of other pages, not an article"
FILM = "a video, not an article"
SOUND = "a sound, not an article"
PICTURES = "a gallery of pictures, not an article"
PRODUCT = "a product in a shop, not an article"
ASKED = "a page of search results, not an article"


def may_be_list(url: str) -> bool:
    """Tell whether the address is one that lists have: then also a long text is looked at."""
    parts = urlsplit(url)
    return is_front_page(url) or bool(_LIST_PATH.search(parts.path) or _SEARCH_QUERY.search(parts.query))


def is_article_type(types: frozenset[str]) -> bool:
    """Tell whether the declared types name an article beyond what themes say of every page."""
    return bool(types & _ARTICLES)


def sort_of(signs: Signs, url: str, words: int, prose: int) -> str:
    """Return what the page is instead of an article, as a reason; "" if it may be one.

    `words` of text were found on it, `prose` of them in sentences.
    """
    is_article = bool(signs.types & _ARTICLES) or "og:article" in signs.types
    film = _film(signs, url, words, is_article=is_article)
    if film:
        return film
    if _is_list(signs, url, words, prose):
        asked = "searchresultspage" in signs.types or _SEARCH_QUERY.search(urlsplit(url).query)
        return ASKED if asked else LIST
    is_product = signs.types & _PRODUCTS or signs.classes & _PRODUCT_CLASSES
    if is_product and not signs.types & _ARTICLES and prose < _ABOUT_PRODUCT:
        return PRODUCT
    return ""


def _film(signs: Signs, url: str, words: int, *, is_article: bool) -> str:
    """Return which medium the page is there for."""
    path = urlsplit(url).path
    declared_only = not signs.types & _ARTICLES
    if words < _ABOUT_FILM and (
        (signs.types & _FILMS and declared_only)
        or (_FILM_PATH.search(path) and (signs.films or not is_article))
    ):
        return FILM
    if words < _ABOUT_FILM // 3 and signs.types & _SOUNDS and declared_only:
        return SOUND
    pictured = signs.images >= _MANY_PICTURES and _PICTURE_PATH.search(path)
    if words < _ABOUT_PICTURES and (
        (signs.types & _GALLERIES and declared_only) or (pictured and declared_only)
    ):
        return PICTURES
    return ""


def _is_list(signs: Signs, url: str, words: int, prose: int) -> bool:
    """Weigh what speaks for a list of other pages against what speaks for an article.

    Articles among many menus have most of these signs; so either the site says that it is a list, by its address,
    its layout or its types, or the page is next to nothing but links.
    """
    parts = urlsplit(url)
    said = 2 * (
        is_front_page(url)
        + bool(_LIST_PATH.search(parts.path) or _SEARCH_QUERY.search(parts.query))
        + any(map(_LIST_CLASSES.fullmatch, signs.classes))
        + bool(signs.types & _LISTS)
    )
    seen = (
        (signs.linked_share >= _MANY_LINKED)
        + (signs.linked_share >= _MOSTLY_LINKED)
        + (signs.teasers >= _MANY_TEASERS)
        + (prose < _LITTLE_PROSE)
        + (prose < _NO_PROSE)
        + (prose * 2 < words)
    )
    denied = 3 * (bool(signs.types & _ARTICLES) or any(map(_ARTICLE_CLASSES.fullmatch, signs.classes)))
    denied += prose >= _MUCH_PROSE
    return said + seen - denied >= _ENOUGH and (said > 0 or signs.linked_share >= _ALL_LINKED)
