"""One notebook in a browser's page: open it, run it, and see whether anything is wrong.

notebook = Notebook(context.new_page(), server)
notebook.open("04_horizontal_hospitals.ipynb")
notebook.run_all()
notebook.assert_clean()
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .servers import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WINDOWS_BROWSERS = (("Google/Chrome", "chrome"), ("Chromium", "chrome"), ("Microsoft/Edge", "msedge"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
PATIENCE = 20  # seconds that an answer may take on a busy computer
HOME = "127.0.0.1"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
WIDGET = f"{PANEL} .fl"
STDERR = '[data-mime-type="application/vnd.jupyter.stderr"]'
ERROR = '[data-mime-type="application/vnd.jupyter.error"]'

IDLE = """() => {
  const notebook = window.jupyterapp?.shell?.currentWidget;
  return notebook?.sessionContext?.session?.kernel?.status === "idle" && notebook.context.isReady;
}"""
DONE = """() => {
  const notebook = window.jupyterapp.shell.currentWidget;
  if (notebook.sessionContext.session?.kernel?.status !== "idle") return false;
  return notebook.content.widgets.filter(cell => cell.model.type === "code" && cell.model.sharedModel.source.trim())
    .every(cell => cell.model.executionCount !== null && cell.model.executionState !== "running");
}"""
# What this page has asked the kernel and what is not answered yet; and how often a lab was drawn by the kernel.
WATCH = """() => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const unanswered = window.unanswered = new Set();
  window.drawn = 0;
  kernel.anyMessage.connect((_, { msg, direction }) => {
    const told = msg.channel === "iopub" ? msg.header.msg_type : "";
    if (direction === "send" && msg.channel === "shell") unanswered.add(msg.header.msg_id);
    if (told === "status" && msg.content.execution_state === "idle") unanswered.delete(msg.parent_header.msg_id);
    if (told === "comm_msg" && msg.content.data.state?.shown) window.drawn += 1;
  });
}"""
SETTLED = """() => {
  window.calm = window.unanswered.size ? 0 : window.calm + 1;
  return window.calm > 1;
}"""
# The command answers with a widget, which is no plain data: it must not come back here.
OPEN = """async path => { await window.jupyterapp.commands.execute("docmanager:open", { path }); }"""
OPENED = """name => {
  const notebook = window.jupyterapp.shell.currentWidget;
  return notebook?.context?.path === name && notebook.context.isReady;
}"""
CLOSE = """async () => {
  const { shell, serviceManager } = window.jupyterapp;
  for (const one of [...shell.widgets("main")]) one.dispose();
  await serviceManager.sessions.shutdownAll();
}"""
MESSAGES = """([selector]) => [...document.querySelectorAll(selector)].map(part => part.innerText.trim())"""

# Inside Lab's layers of clipped panels axe takes text for invisible, and it goes through all that Lab has in its page.
# So axe looks at a copy: the widgets alone, as they stand, in a page with the same styles.
COPY = """([selector, within]) => {
  const parts = [...document.querySelectorAll(selector)].filter(part => !within || within.contains(part));
  const outside = part => part.parentElement.closest(".fl");
  const whole = part => outside(part) ? whole(outside(part)) : part;
  parts.forEach(part => part.setAttribute("data-looked-at", ""));
  const html = [...new Set(parts.map(whole))].map(widget => widget.outerHTML).join("");
  parts.forEach(part => part.removeAttribute("data-looked-at"));
  const attributes = ({ attributes }) => [...attributes].map(({ name, value }) => [name, value]);
  return [html, attributes(document.documentElement), attributes(document.body)];
}"""
STYLES = """() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText).join(" ")"""
STYLED = """() => {
  const rules = [...document.styleSheets].map(sheet => sheet.cssRules.length);
  return [document.body.dataset.jpThemeName, ...rules].join();
}"""
PASTE = """([[html, ...attributes], styles]) => {
  [document.documentElement, document.body].forEach((part, k) => {
    for (const [name, value] of attributes[k]) part.setAttribute(name, value);
  });
  document.body.style.cssText = "position: static; overflow: visible; visibility: visible";
  if (styles !== null) document.querySelector("style").textContent = styles;
  document.querySelector("main").innerHTML = html;
}"""
AXE = """([selector, rules]) => {
  const all = [...document.querySelectorAll(selector)];
  const parts = all.filter(part => !all.some(other => other !== part && other.contains(part)));
  return axe.run({include: parts}, {resultTypes: ["violations"], ...(rules.length ? {runOnly: rules} : {})});
}"""


def browser_path() -> str | None:
    """The browser to drive: FEDLEARN_BROWSER if it is set, else the first on the path, else where it usually is."""
    named = os.environ.get("FEDLEARN_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return named or next((str(path) for path in usual_places(sys.platform) if path.is_file()), None)


def usual_places(system: str) -> list[Path]:
    """Where macOS and Windows keep browsers of Chromium's family: not on the path."""
    if system == "darwin":
        programs = [f"{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Chromium", "Microsoft Edge")]
        folders = [Path("/Applications"), Path.home() / "Applications"]
    elif system == "win32":
        programs = [f"{name}/Application/{file}.exe" for name, file in WINDOWS_BROWSERS]
        variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        folders = [Path(os.environ[name]) for name in variables if os.environ.get(name)]
    else:
        return []
    return [folder / program for program in programs for folder in folders]


class Notebook:
    """A notebook in a page, and everything that went wrong in it."""

    def __init__(self, page: Any, server: Server) -> None:
        self.page, self.server = page, server
        self.strangers: list[str] = []  # requests that left this computer
        self.console: list[str] = []
        self._listeners = {event: self._note_request for event in ("request", "websocket")}
        self._listeners["pageerror"] = self._note_error
        for event, listener in self._listeners.items():
            page.on(event, listener)

    def open(self, name: str, seconds: float = 60) -> None:
        """Show the notebook and wait until its kernel is idle; before that, widgets do not answer."""
        if self.server.app == "lab" and self.page.url.startswith(self.server.address):  # it is loaded already
            path = self.server.path(name)
            self.page.evaluate(OPEN, path)
            self.page.wait_for_function(OPENED, arg=path)
            self.page.evaluate("() => window.jupyterapp.shell.expandLeft()")
            self.set_theme("light")
        else:
            self.page.goto(self.server.url(name))
        self.page.wait_for_selector(f"{PANEL} .jp-Notebook", timeout=seconds * 1000)
        self.wait_until_idle(seconds)
        self.page.evaluate(WATCH)

    def run_all(self, seconds: float = 150) -> float:
        """Run every cell; how many seconds it took."""
        start = time.monotonic()
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(DONE, timeout=seconds * 1000)
        self.wait_until_idle(seconds)
        settle(self.page)
        return time.monotonic() - start

    def wait_until_idle(self, seconds: float = 60) -> None:
        self.page.wait_for_function(IDLE, timeout=seconds * 1000)

    def run_cell(self, source: str, seconds: float = 30) -> None:
        """Append a code cell, run it, wait."""
        self.page.evaluate(
            """async ([source]) => {
              const notebook = window.jupyterapp.shell.currentWidget.content;
              const cells = notebook.model.sharedModel;
              cells.insertCell(cells.cells.length, {cell_type: "code", source, metadata: {}});
              notebook.activeCellIndex = cells.cells.length - 1;
              await window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            [source],
        )
        self.page.wait_for_function(DONE, timeout=seconds * 1000)
        settle(self.page)

    def faults(self) -> list[str]:
        """What went wrong in cells, in widgets and in the page's own scripts, and every request that left."""
        shown = self.page.evaluate(MESSAGES, [f"{PANEL} {ERROR}, {PANEL} {STDERR}, {PANEL} .jupyter-widgets-error"])
        return [*shown, *self.console, *(f"left this computer: {address}" for address in self.strangers)]

    def set_theme(self, theme: str) -> None:
        """Turn everything "light" or "dark"."""
        chosen = f"JupyterLab {theme.capitalize()}"
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", chosen)
        wanted = f'body[data-jp-theme-light="{str(theme == "light").lower()}"]'
        self.page.wait_for_selector(wanted, state="attached")

    def resize(self, size: dict[str, int]) -> None:
        """Give the window another size, and wait until everything has been drawn for it."""
        self.page.set_viewport_size(size)
        self.page.wait_for_function("width => window.innerWidth === width", arg=size["width"])
        settle(self.page)

    def close_sidebars(self) -> None:
        """Leave the screen to the notebook; Notebook 7 has no sidebar open."""
        if self.server.app == "lab":
            self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
            self.page.locator("#jp-left-stack").wait_for(state="hidden")

    def close(self) -> None:
        """Shut the kernel down too, so that whoever opens this notebook next gets a fresh one; the page can stay."""
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        self.page.evaluate(CLOSE)

    def widgets(self, kind: str = "", **options: Any) -> Any:
        """Our widgets in this notebook, or those of one class."""
        return self.page.locator(f"{WIDGET}{kind}", **options)

    def assert_clean(self) -> None:
        assert not self.faults(), "\n".join(self.faults())

    def accessibility_faults(self, selector: str = WIDGET, *rules: str, within: Any = None) -> list[str]:
        """What axe-core finds inside our widgets, by these rules or by all; Lab's own chrome is not ours to mend."""
        results = axe(self._copy(selector, within), "[data-looked-at]", rules)
        return [
            f"{fault['id']}: {fault['help']}\n    {node['html'][:300]}\n    {node['failureSummary']}"
            for fault in results["violations"]
            for node in fault["nodes"]
        ]

    def _copy(self, selector: str, within: Any) -> Any:
        """A page with a copy of the widgets to look at; it stays, for it is made of much style."""
        page = self.page
        if not hasattr(page, "copy"):
            page.copy, page.styled = page.context.browser.new_context(viewport=page.viewport_size).new_page(), None
            page.copy.set_content("<!doctype html><html><head><style></style></head><body><main></main></body></html>")
        styled = page.evaluate(STYLED)
        styles = page.evaluate(STYLES) if styled != page.styled else None
        page.copy.evaluate(PASTE, [page.evaluate(COPY, [selector, within and within.element_handle()]), styles])
        page.styled = styled
        return page.copy

    def _note_error(self, error: Any) -> None:
        # Our modules run from blob: addresses, the widgets' machinery from /lab/extensions/; others are Jupyter's.
        if any(ours in error.stack for ours in ("blob:", "/lab/extensions/")):
            self.console.append(str(error))

    def _note_request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != HOME:
            self.strangers.append(request.url)


def settle(page: Any) -> None:
    """Wait until the kernel has answered all that the page has asked, and the page has drawn the answers."""
    page.evaluate("() => { window.calm = 0; }")
    page.wait_for_function(SETTLED, timeout=PATIENCE * 1000)


def axe(page: Any, selector: str, rules: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run axe-core on the parts of the page that the selector names; its script comes with a Python package."""
    import axe_playwright_python

    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    if not page.locator(selector).count():
        raise AssertionError(f"There is nothing to look at: {selector}")
    return page.evaluate(AXE, [selector, list(rules)])
