"""A headless Chromium, JupyterLab in it, and what a reader sees there in red or raw."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from reading import MYST

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

# What a reader marks as wrong: MathJax, its red text for a macro that it lacks, KaTeX; and
# jupyterlab-myst, except for what stands in another file: a link's page, the bibliography.
WRONG = """
    [data-mjx-error], mjx-assistive-mml [mathcolor="red"], .katex-error,
    .myst :is(.text-yellow-600, pre)[title]:not(
        [title="Cross Reference Not Found"], [title="Citation Not Found"]
    )
"""
# Run in the page: for each text cell its prose, and its formulas in error.
LOOK = """wrong => [...document.querySelectorAll(
    ".jp-MarkdownCell .jp-RenderedMarkdown, .jp-MarkdownCell .myst, .jp-Cell .jp-RenderedHTMLCommon"
)].map(cell => {
    const errors = [...cell.querySelectorAll(wrong)].map(e => e.title || e.textContent);
    const text = cell.cloneNode(true);
    text.querySelectorAll("code, pre, mjx-container, .katex, svg").forEach(e => e.remove());
    return {errors, text: text.textContent};
})"""


@dataclass
class Seen:
    """What a reader showed of a notebook."""

    raw: list[str]  #: markup, as it stands in the source
    errors: list[str]  #: formulas that were not typeset
    cells: int  #: text cells with one of them
    unfolded: int  #: what ought to be closed and is open
    formulas: int


def look(page: Page) -> Seen:
    raw, errors, bad = [], [], 0
    for cell in page.evaluate(LOOK, WRONG):
        here = [found[0] for found in MYST.finditer(cell["text"])]
        here += ["unknown directive"] * cell["text"].count("Unknown Directive")
        loose = ["a formula between dollar signs"] if cell["text"].count("$") > 1 else []
        raw += here
        errors += cell["errors"] + loose
        bad += bool(here or loose or cell["errors"])
    return Seen(
        raw,
        errors,
        bad,
        page.locator("details[open]").count(),
        page.locator("mjx-container, .katex").count(),
    )


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        assert "CI" not in os.environ, "No Chromium: .ci/run should have installed it."
        pytest.skip("No Chromium here: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """A page that can reach this machine alone."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    local = re.compile(r"(?:file|data|blob):|http://127\.0\.0\.1:")
    page.route(lambda address: not local.match(address), lambda route: route.abort())
    return page


class Quiet(SimpleHTTPRequestHandler):
    """What `python -m http.server` does, without its log."""

    def log_message(self, *args) -> None:
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address at which a folder is served."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# ---------------------------------------------------------------- JupyterLab

# All cells are drawn, seen or not; and no news are asked for.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
OPEN = """async path => {
    const app = window.jupyterapp;
    [...app.shell.widgets("main")].forEach(widget => widget.dispose());
    const kernelPreference = {shouldStart: false, canStart: false, autoStartDefault: false};
    const options = {path, factory: "Notebook", kernelPreference};
    const widget = await app.commands.execute("docmanager:open", options);
    await widget.context.ready;
    await widget.revealed;
}"""
DRAWN = """() => {
    const all = s => document.querySelectorAll(".jp-Notebook " + s).length;
    const done = all(".jp-MarkdownCell") > 0
        && all(".jp-MarkdownCell") <= all(".jp-MarkdownOutput") + all(".myst");
    return done ? document.querySelector(".jp-Notebook").innerHTML.length : 0;
}"""


class Lab:
    """JupyterLab on a folder, in a browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        page.wait_for_selector(".jp-Launcher", timeout=120_000)

    def open(self, path: str) -> Seen:
        """Open a notebook, and look when it changes no more."""
        self.page.evaluate(OPEN, path)
        sizes: list[int] = []
        end = time.monotonic() + 120
        while len(sizes) < 3 or not sizes[-1] or len(set(sizes[-3:])) > 1:
            assert time.monotonic() < end, f"{path} is not drawn."
            time.sleep(0.3)
            sizes.append(self.page.evaluate(DRAWN))
        return look(self.page)

    def picture(self, file: Path) -> None:
        """The whole notebook as it is shown."""
        height = self.page.evaluate(
            'document.querySelector(".jp-WindowedPanel-outer").scrollHeight'
        )
        self.page.set_viewport_size({"width": 1300, "height": min(height + 150, 16_000)})
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=file)
        self.page.set_viewport_size({"width": 1300, "height": 1000})


@contextlib.contextmanager
def jupyter_lab(page: Page, root: Path, home: Path, myst: bool) -> Iterator[Lab]:
    """A server of its own; with or without the extension jupyterlab-myst."""
    config = home / "config" / "labconfig"
    settings = home / "settings"
    config.mkdir(parents=True)
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(SETTINGS))
    disabled = {} if myst else {"jupyterlab-myst": True}
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": disabled}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "run",
        "HOME": home,
    }
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [
                Path(sys.executable).with_name("jupyter-lab"),
                "--no-browser",
                "--allow-root",
                f"--port={port}",
                "--IdentityProvider.token=",
                f"--ServerApp.root_dir={root}",
                f"--LabApp.app_settings_dir={settings}",
                "--LabApp.expose_app_in_browser=True",
            ],
            env=os.environ | {name: str(folder) for name, folder in folders.items()},
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}/lab"
            wait_for(address, server, home / "log")
            yield Lab(page, address)
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 120
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        assert server.poll() is None and time.monotonic() < end, log.read_text()[-2000:]
        time.sleep(0.3)
