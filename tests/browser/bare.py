"""A widget of ours on a page with nothing around it: no Jupyter, no kernel, only its saved state. To measure it."""

from __future__ import annotations

import json
from typing import Any

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>bare</title>
<body data-jp-theme-light="true" style="margin: 8px"><main id="widget"></main><script type="module">
const state = STATE;
class Model {
  constructor(state) { Object.assign(this, { state, listeners: {}, sent: [] }); }
  get(name) { return this.state[name]; }
  set(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    for (const react of [...(this.listeners[`change:${name}`] ?? [])]) react();
  }
  save_changes() {}
  send(message) { this.sent.push(message); }
  on(event, react) { (this.listeners[event] ??= []).push(react); }
  off(event, react) { this.listeners[event] = (this.listeners[event] ?? []).filter(one => one !== react); }
}
const style = document.head.appendChild(document.createElement("style"));
style.textContent = state._css;
const { default: widget } = await import(URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" })));
window.widget = widget;
const model = window.model = new Model(JSON.parse(JSON.stringify(state)));
const start = performance.now();
widget.render({ model, el: document.getElementById("widget") });
document.body.getBoundingClientRect();
requestAnimationFrame(() => setTimeout(() => { window.opened = performance.now() - start; }));
</script></body></html>"""


def bare_page(browser: Any, widget: Any, **options: Any) -> Any:
    """Open a page with the widget alone on it; `window.model` holds its traits, `window.opened` the milliseconds."""
    dropped = ("layout", "tabbable", "tooltip")
    state = {name: value for name, value in widget.get_state().items() if name not in dropped}
    page = browser.new_context(viewport={"width": 1280, "height": 760}, **options).new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.set_content(PAGE.replace("STATE", json.dumps(state).replace("</", "<\\/")))
    page.wait_for_function("() => window.opened !== undefined")
    return page
