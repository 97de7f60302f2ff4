"""The widgets' own files: one stylesheet for all, and ES modules put together from readable parts.

>>> "export default { render }" in module("charts.js", "lab.js")
True

A widget's module must be one file, because notebooks load it as text and nothing may come from a CDN. So the parts are
plain scripts that share one scope, joined in the order given; the last one exports `{ render }`.
"""

from __future__ import annotations

from importlib.resources import files


def module(*names: str) -> str:
    """Join scripts of this folder into the text of one ES module; the last ends with `export default { render }`."""
    return "\n".join(files(__package__).joinpath(name).read_text(encoding="utf-8") for name in names)


def stylesheet(*sections: str) -> str:
    """The stylesheet that all widgets share; of its sections only those named, if any are: a card needs little.

    >>> "fl-mark-right" in stylesheet("questions and exercises"), "fl-scene" in stylesheet("questions and exercises")
    (True, False)

    A section begins with its name after three dashes; what stands before the first one belongs to every widget.
    """
    whole = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    if not sections:
        return whole
    shared, *parts = whole.split("/* --- ")
    return shared + "".join("/* --- " + part for part in parts if part.startswith(sections))
