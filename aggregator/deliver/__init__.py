"""What was rendered, brought to where it is read: a file, a stream, a Maildir, a mail server, a program.

An edge: it knows text, bytes and places, not digests. Every way says what a kill in its midst leaves behind: files and
Maildirs can be asked again without a second copy; a server and a program may have got what we never heard of.
"""

from aggregator.deliver.appending import append_once
from aggregator.deliver.command import run_command
from aggregator.deliver.files import open_file, write_bytes, write_file, write_stream
from aggregator.deliver.maildir import put_in_maildir
from aggregator.deliver.smtp import MailServer, send_mail

__all__ = [
    "MailServer",
    "append_once",
    "open_file",
    "put_in_maildir",
    "run_command",
    "send_mail",
    "write_bytes",
    "write_file",
    "write_stream",
]
