"""A digest as a letter (RFC 5322, MIME): plain text and HTML, small enough that no mail program cuts it.

Everything in it follows from the digest and from who sends it to whom: the same edition is the same letter, with the
same Message-ID, however often it has to be sent. The letters of one digest answer one another, so that mail programs
show them as one thread, and carry one List-Id (RFC 2919), by which they can be sorted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aggregator.digest import wording
from aggregator.digest.clean import cut, one_line
from aggregator.digest.html import render_template
from aggregator.digest.shorten import fitting
from aggregator.digest.text import render_text
from aggregator.letters import coding, domain_of, hashed, new_letter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import EmailMessage

    from aggregator.models import Digest

MOST_BYTES: Final = 100_000  # of the whole letter as it is sent; Gmail cuts HTML of 102 KB
SENDER: Final = "aggregator <aggregator@localhost>"  # of a letter that only goes into a file or a Maildir
READER: Final = "reader@localhost"
_SUBJECT: Final = 150  # columns
_SLUG: Final = 40  # characters of a digest's name in an identity


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends which digest to whom."""

    sender: str = SENDER
    to: str = READER
    name: str = "digest"  # of the digest: its letters are one list and one thread
    attachments: Mapping[str, bytes] = field(default_factory=dict)  # file name → content

    @property
    def domain(self) -> str:
        return domain_of(self.sender)


def message_id(digest: Digest, envelope: Envelope) -> str:
    """Return the name of one edition's letter to one reader: the same whenever it is made."""
    parts = (envelope.name, str(digest.number), digest.until.isoformat(), envelope.to)
    return f"<{hashed(*parts)}.{_slug(envelope.name)}@{envelope.domain}>"


def render_mail(digest: Digest, envelope: Envelope) -> bytes:
    """Return the letter as it is sent; the same digest gives the same bytes."""
    attached = sum(len(content) for content in envelope.attachments.values())
    room = MOST_BYTES + (attached * 3 // 2)
    short = fitting(digest, lambda smaller: len(_message(smaller, envelope).as_bytes()) <= room)
    return _message(short, envelope).as_bytes()


def _message(digest: Digest, envelope: Envelope) -> EmailMessage:
    subject = cut(f"{one_line(digest.title)}: {wording.period(digest)}", _SUBJECT)
    identity = message_id(digest, envelope)
    message = new_letter(envelope.sender, envelope.to, subject, digest.until, identity)
    for name, value in _listing(envelope).items():
        message[name] = value
    text = render_text(digest)
    message.set_content(text, cte=coding(text))
    page = render_template("mail.html.j2", digest=digest, preview=_preview(digest))
    message.add_alternative(page, subtype="html", cte=coding(page))
    for name, content in envelope.attachments.items():
        message.add_attachment(content, maintype="application", subtype=_subtype(name), filename=name)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{hashed(identity, str(number))}")  # else it would be chance
    return message


def _listing(envelope: Envelope) -> dict[str, str]:
    """Return what makes the letters of one digest one list and one thread."""
    domain, slug = envelope.domain, _slug(envelope.name)
    thread = f"<{hashed('thread', envelope.name)}.{slug}@{domain}>"
    return {
        "In-Reply-To": thread,
        "References": thread,
        "List-Id": f"<{slug}.digest.{domain}>",
        "Precedence": "list",
    }


def _preview(digest: Digest) -> str:
    """Return the line that mail programs show beside the subject: the first headlines."""
    titles = [entry.title for section in digest.sections for entry in section.entries]
    return cut(" · ".join(titles[:4]), _SUBJECT) or wording.EMPTY


def _subtype(name: str) -> str:
    return "epub+zip" if name.endswith(".epub") else "octet-stream"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_SLUG].strip("-") or "digest"
