"""A real browser without a window, driven through its DevTools pipe: what a page does, and how it looks.

Chromium is no dependency: where it is missing, whoever asks is told to skip. Every request, dialog and navigation of
a page is noted; nothing that it asks for over a network is answered.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
LOCAL = ("data:", "file:", "about:", "chrome:")
PATIENCE = 30  # seconds for one answer


def find() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass
class Noted:
    """What a page did beyond being shown."""

    requests: list[str] = field(default_factory=list)  # of anything that is not the page itself
    dialogs: list[str] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)  # navigations away
    errors: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.requests or self.dialogs or self.visits)


class Browser:
    """`with Browser() as browser: noted = browser.open(path)`."""

    def __enter__(self) -> Self:
        program = find()
        assert program, "no browser"
        self._home = tempfile.TemporaryDirectory(prefix="aggregator-browser-", ignore_cleanup_errors=True)
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        words = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars",
            "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
            f"--user-data-dir={self._home.name}", "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            words,
            pass_fds=(3, 4),  # where it expects the pipe
            preexec_fn=lambda: _wire(theirs_in, theirs_out),  # noqa: PLW1509 - before any thread is begun
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self._count, self._session, self._buffer = 0, "", b""
        self.noted = Noted()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        self._page = ""
        return self

    def __exit__(self, *_: object) -> None:
        self._session = ""
        with suppress(OSError, EOFError):
            self.call("Browser.close")
        self._process.kill()
        self._process.wait()
        self._in.close()
        with suppress(OSError):
            self._out.close()
        self._home.cleanup()

    # -------------------------------------------------------------------------------------------- pages

    def open(self, path: Path, width: int = 1280, height: int = 900, *, dark: bool = False) -> Noted:
        """Show a file at a size; return what it did until it was loaded, and what it does from then on."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.noted = Noted()
        self._page = path.absolute().as_uri()
        self._loaded = False
        self.call("Page.navigate", url=self._page)
        while not self._loaded:
            self._next()
        return self.noted

    def run(self, script: str) -> Any:
        """Run a script in the page, whatever its policy says; return what it comes to."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def poke(self) -> Noted:
        """Hover over, focus and click everything that could be a trap, and wait a moment; return what was noted."""
        self.run(_POKE)
        return self.noted

    def picture(self, file: Path, *, whole: bool = False, height: int = 0) -> None:
        how: dict[str, Any] = {"captureBeyondViewport": whole}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            tall = min(size["height"], height or size["height"])
            how["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": tall, "scale": 1}
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **how)["data"]))

    def print(self, file: Path) -> None:
        self.call("Emulation.setEmulatedMedia", media="")
        printed = self.call(
            "Page.printToPDF",
            preferCSSPageSize=True,
            printBackground=False,
            paperWidth=8.27,
            paperHeight=11.7,
        )
        file.write_bytes(base64.b64decode(printed["data"]))

    # --------------------------------------------------------------------------------------------- pipe

    def call(self, method: str, **params: Any) -> Any:
        self._count += 1
        number = self._count
        self._send(number, method, params)
        while True:
            message = self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]

    def _send(self, number: int, method: str, params: dict[str, Any]) -> None:
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise TimeoutError("the browser says nothing any more")
            piece = os.read(self._in.fileno(), 1 << 16)
            if not piece:
                raise EOFError("the browser has ended")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Page.loadEventFired":
                self._loaded = True
            case "Page.javascriptDialogOpening":
                self.noted.dialogs.append(params["message"])
                self._answer("Page.handleJavaScriptDialog", accept=False)
            case "Fetch.requestPaused":
                self._judge(params)
            case "Page.frameNavigated" if params["frame"]["url"] not in {self._page, "about:blank"}:
                self.noted.visits.append(params["frame"]["url"])
            case "Runtime.exceptionThrown":
                self.noted.errors.append(str(params["exceptionDetails"].get("text")))
            case "Page.windowOpen":
                self.noted.visits.append(params["url"])

    def _judge(self, params: dict[str, Any]) -> None:
        url = params["request"]["url"]
        if url.partition("#")[0] == self._page:
            self._answer("Fetch.continueRequest", requestId=params["requestId"])
            return
        if params.get("resourceType") == "Document":
            self.noted.visits.append(url)
        else:
            self.noted.requests.append(url)
        self._answer("Fetch.failRequest", requestId=params["requestId"], errorReason="BlockedByClient")

    def _answer(self, method: str, **params: Any) -> None:
        self._count += 1
        self._send(self._count, method, params)


def _wire(reads: int, writes: int) -> None:
    """Put the ends of the pipe where the browser expects them, whatever stands there."""
    reads, writes = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (reads, writes))
    os.dup2(reads, 3)
    os.dup2(writes, 4)


_POKE = """
new Promise(done => {
  for (const one of document.querySelectorAll('*')) {
    for (const kind of ['mouseover', 'mouseenter', 'focus', 'pointerover', 'toggle', 'load', 'error', 'animationstart'])
      one.dispatchEvent(new Event(kind, {bubbles: true}));
    if (one.focus) one.focus();
    if (one.tagName === 'A' && !/^(https?:|#)/i.test(one.getAttribute('href') || '#')) one.click();
  }
  setTimeout(() => done(true), 150);
})
"""
