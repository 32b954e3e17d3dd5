"""A letter to a mail server (RFC 5321), over TLS unless that is switched off.

No protocol without a memory on both sides can promise more than: at least once, or at most once. What is promised
here: a letter counts as sent only once the server has said that it took it, and `before` is called when the next step
could make it take it. Ending before that, nothing was sent; ending after, the server may or may not have it.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOOK_IT = 250
_OVER_QUOTA = (452, 552)


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    tls: str = "starttls"  # "starttls", "tls" or "off"
    username: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 60.0  # for one answer


def send_mail(
    server: MailServer, sender: str, to: str, letter: bytes, before: Callable[[], None] = lambda: None
) -> None:
    """Send a letter to one address; returns when the server has taken it.

    Raises:
        AggregatorError: it was not taken, with what the server said.

    """
    where = f"mail server {server.host}:{server.port}"
    with _told_plainly(where, to), _connected(server) as smtp:
        smtp.ehlo_or_helo_if_needed()
        for code, said in (smtp.mail(sender), smtp.rcpt(to)):
            if code // 100 != 2:  # noqa: PLR2004 - 2yz: done (RFC 5321, 4.2.1)
                raise smtplib.SMTPResponseException(code, said)
        before()
        code, said = smtp.data(letter)
        if code != _TOOK_IT:
            raise smtplib.SMTPResponseException(code, said)


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Connect, encrypt, log in; say goodbye (RFC 5321, 4.1.1.10), and wait for no answer: what counts has been said."""
    context = ssl.create_default_context()
    if server.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.seconds, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=server.seconds)
    try:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.username:
            smtp.login(server.username, server.password)
        yield smtp
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.putcmd("QUIT")
        smtp.close()


@contextmanager
def _told_plainly(where: str, to: str) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise AggregatorError(f"{where}: refuses the user name or password; check [mail]") from error
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        text = " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)).split())[
            :200
        ]
        cure = "the mailbox is full" if error.smtp_code in _OVER_QUOTA else "it was not taken"
        raise AggregatorError(f"{where}: {cure} for {to}: {error.smtp_code} {text}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise AggregatorError(f'{where}: {error}; try [mail] tls = "tls" or "off"') from error
    except smtplib.SMTPException as error:
        raise AggregatorError(f"{where}: {' '.join(str(error).split()) or 'hung up'}") from error
    except ssl.SSLError as error:
        raise AggregatorError(
            f"{where}: no safe connection: {error.reason or error}; check [mail] host and tls"
        ) from error
    except OSError as error:
        raise AggregatorError(
            f"{where}: cannot be reached: {error.strerror or error or 'no answer in time'}"
        ) from error
