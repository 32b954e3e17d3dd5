"""A digest as one self-contained HTML page: no script, nothing loaded, made for a telephone first.

The template holds the words, the style sheet the looks; this file holds what keeps them safe. Autoescaping is
on and knows no exception; `finalize` cleans every string before it is escaped; the page forbids by its own
Content-Security-Policy what it does not contain.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from aggregator.digest import wording
from aggregator.digest.clean import language_tag, one_line, safe_href

if TYPE_CHECKING:
    from jinja2 import Template

    from aggregator.models import Digest


def render_html(digest: Digest) -> str:
    """Return the whole page; the same digest gives the same bytes."""
    return _template().render(digest=digest, wording=wording)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("aggregator.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(href=safe_href, language=language_tag)
    return environment.get_template("digest.html.j2")


def _cleaned(value: object) -> object:
    """Clean what an expression gives; what a macro of the template made is markup and clean already."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
