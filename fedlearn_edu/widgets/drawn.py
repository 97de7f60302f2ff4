"""What labs, stages and cards have in common: a script, the stylesheet, and the size of their type."""

from __future__ import annotations

import anywidget
from traitlets import Bool, Unicode, default

from ..classroom import on_projector
from .assets import stylesheet


class Drawn(anywidget.AnyWidget):
    """Base of the course's widgets; each says by a default which script `_esm` draws it."""

    _esm = Unicode().tag(sync=True)
    _css = Unicode().tag(sync=True)
    projector = Bool(help="large type, and less at a time; as `set_classroom` says when it is made").tag(sync=True)

    @default("_css")
    def _stylesheet(self) -> str:
        return stylesheet()

    @default("projector")
    def _large(self) -> bool:
        return on_projector()
