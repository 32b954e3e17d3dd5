"""What all our letters have in common (RFC 5322, MIME): bytes that pass any server, headers nobody breaks out of.

Pure. A letter has no chance and no clock in it: the same one has the same bytes and the same Message-ID, however
often it has to be sent, so that mail stores drop a second copy.
"""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from aggregator.checks import address_of

if TYPE_CHECKING:
    from datetime import datetime

_POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)


def new_letter(sender: str, to: str, subject: str, at: datetime, message_id: str) -> EmailMessage:
    """Return a letter without a text; `sender` and `to` are mailboxes as `checks.address_of` reads them."""
    letter = EmailMessage(policy=_POLICY)
    letter["From"], letter["To"] = address_of(sender), address_of(to)
    letter["Subject"] = subject.replace("=?", "= ?")  # an encoded word (RFC 2047) would be decoded
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = message_id
    letter["Auto-Submitted"] = "auto-generated"
    return letter


def coding(text: str) -> str:
    """Return the transfer encoding that is shorter: quoted-printable takes 3 bytes for one, base64 4 for three."""
    encoded = text.encode()
    escaped = sum(byte > ord("~") or byte == ord("=") for byte in encoded)
    return "quoted-printable" if 2 * escaped < len(encoded) // 3 else "base64"


def hashed(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def domain_of(sender: str) -> str:
    """Return the right side of our identities (RFC 5322, 3.6.4)."""
    return address_of(sender).domain or "localhost"
