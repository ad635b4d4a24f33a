"""WebKitGTK, driven by Debian's WebKitWebDriver: the protocol's few calls that the tests need."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

NEEDED = {"WebKitWebDriver": "webkit2gtk-driver", "Xvfb": "xvfb"}


class Driver:
    """A browser window; see https://www.w3.org/TR/webdriver2/."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/session"
        options = {"webkitgtk:browserOptions": {"args": ["--automation"]}}
        made = self.call("POST", "", {"capabilities": {"alwaysMatch": options}})
        self.base += f"/{made['sessionId']}"
        self.call("POST", "/timeouts", {"script": 120_000})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=150) as reply:
            return json.load(reply)["value"]

    def go(self, address: str) -> None:
        self.call("POST", "/url", {"url": "about:blank"})
        self.call("POST", "/url", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run an asynchronous function's body; what it returns."""
        code = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...given) => {{{script}}})(...arguments)"
            ".then(done, error => done(`failed: ${error}`));"
        )
        return self.call("POST", "/execute/async", {"script": code, "args": list(arguments)})


@contextlib.contextmanager
def webkit() -> Iterator[Driver]:
    """A window of WebKitGTK on a screen of its own."""
    for command, package in NEEDED.items():
        if shutil.which(command) is None:
            assert "CI" not in os.environ, f"No {command}: .ci/run should have installed it."
            pytest.skip(f"No {command} here: apt-get install {package}.")
    with contextlib.ExitStack() as stack:
        read, write = os.pipe()
        screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1000x24"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        start(stack, screen, pass_fds=[write], **quiet)
        display = os.read(read, 16).decode().strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # Chromium's tests run without a sandbox, too: as root there is none.
        settings = {"DISPLAY": f":{display}", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        start(stack, ["WebKitWebDriver", f"--port={port}"], env=os.environ | settings, **quiet)
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            assert time.monotonic() < end, "WebKitWebDriver does not answer."
            time.sleep(0.1)
        driver = Driver(port)
        stack.callback(driver.call, "DELETE", "")
        yield driver


def start(stack: contextlib.ExitStack, command: list[str], **options: Any) -> None:
    process = subprocess.Popen(command, **options)
    stack.callback(process.wait)
    stack.callback(process.terminate)
