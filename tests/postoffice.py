"""A mail server on loopback that says what a test wants, keeps what it took, and counts how often it took it."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import threading
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class PostOffice:
    """`with PostOffice() as office: …; office.letters`. `answers`: command → what is said instead of yes."""

    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_after: str = ""  # this command, without an answer
    port: int = 0
    taken: list[tuple[str, bytes]] = field(
        default_factory=list
    )  # (recipient, letter), as often as it was taken

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(5)
        self._server.close()

    @property
    def letters(self) -> list[Any]:
        return [email.message_from_bytes(letter, policy=email.policy.default) for _, letter in self.taken]

    def _serve(self) -> None:
        while True:
            client, _ = self._server.accept()
            if self._closing:
                client.close()
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, client.makefile("rb") as lines:
            client.settimeout(20)
            client.sendall(b"220 office\r\n")
            to = ""
            for line in lines:
                command = line[:4].upper().decode("ascii", "replace").strip()
                if command == "RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                if command in {"QUIT", self.hangs_up_after}:
                    return
                client.sendall(f"{self.answers.get(command, _YES.get(command, '250 yes'))}\r\n".encode())
                if command == "DATA" and command not in self.answers:
                    letter = _letter(lines)
                    if letter is None:  # cut off: nobody has heard the whole
                        return
                    if self.hangs_up_after == "END":
                        return
                    answer = self.answers.get("END", "250 taken")
                    if answer.startswith("250"):
                        self.taken.append((to, letter))
                    if self.hangs_up_after == "TAKEN":
                        return
                    client.sendall(f"{answer}\r\n".encode())


_YES = {"DATA": "354 go on"}


def _letter(lines: Any) -> bytes | None:
    found = b""
    for line in lines:
        if line == b".\r\n":
            return found
        found += line.removeprefix(b".") if line.startswith(b"..") else line
    return None
