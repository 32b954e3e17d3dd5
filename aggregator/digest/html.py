"""A digest as HTML: a page that stands for itself, a fragment for a feed, a letter's body, a book's chapters.

The templates hold the words, the style sheets the looks; this file holds what keeps them safe. Autoescaping is
on and knows no exception; `finalize` cleans every string before it is escaped; the page forbids by its own
Content-Security-Policy what it does not contain. Nothing is loaded from anywhere, unless images were asked for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from aggregator.digest import wording
from aggregator.digest.clean import language_tag, one_line, safe_href
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.models import Digest


def render_html(digest: Digest) -> str:
    """Return the whole page; the same digest gives the same bytes."""
    return render_template("digest.html.j2", digest=digest, images=has_images(digest))


def render_fragment(digest: Digest) -> str:
    """Return the digest as plain HTML without a head, for a feed reader to style."""
    return render_template("fragment.html.j2", digest=digest)


def render_template(name: str, **context: object) -> str:
    """Render one of our own templates."""
    return _environment().get_template(name).render(wording=wording, **context)


def render_own(digest: Digest, template: str, name: str) -> str:
    """Render a digest with a user's own template, which is kept in a sandbox and escapes as ours do.

    Raises:
        UsageError: the template is wrong; the message names the line.

    """
    try:
        return _sandbox().from_string(template).render(digest=digest, wording=wording)
    except (TemplateError, SecurityError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        line = f", line {error.lineno}" if hasattr(error, "lineno") else ""
        raise UsageError(f"{name}{line}: this template cannot be used: {one_line(str(error))}") from error


def has_images(digest: Digest) -> bool:
    return any(entry.image for section in digest.sections for entry in section.entries)


@cache
def _environment() -> Environment:
    return _prepared(Environment(autoescape=True, loader=PackageLoader("aggregator.digest"), **_OPTIONS))


@cache
def _sandbox() -> Environment:
    return _prepared(ImmutableSandboxedEnvironment(autoescape=True, **_OPTIONS))


def _prepared(environment: Environment) -> Environment:
    environment.filters.update(href=safe_href, language=language_tag)
    return environment


def _cleaned(value: object) -> object:
    """Clean what an expression gives; what a macro of the template made is markup and clean already."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_OPTIONS: Final[dict[str, Any]] = {
    "undefined": StrictUndefined,
    "finalize": _cleaned,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
}
