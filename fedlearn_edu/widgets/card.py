"""What exercises, questions and the table of progress have in common as widgets.

A card is whole without a kernel: everything it shows is in its synced traits. And it is whole without a front end: it
also shows itself as plain HTML, which is what GitHub, paper and a screen reader's browse mode get.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import traitlets

from ..errors import FedLearnError
from ..i18n import language, say
from .assets import module, stylesheet
from .drawn import Drawn


class Card(Drawn):
    """Base of the course's small widgets.

    A front end sends `{"do": name, ...}`; `does` names the method for it. Every message, whatever comes of it, is
    answered by a new number in `answered`: so the front end notices when nobody is there.
    """

    scripts: ClassVar[tuple[str, ...]] = ()

    words = traitlets.Dict().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        words = {**traits.pop("words", {}), "lang": language()}
        super().__init__(words=words, **traits)
        self.on_msg(self._on_message)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module("sentences.js", "dom.js", *self.scripts)

    @traitlets.default("_css")
    def _stylesheet(self) -> str:
        return stylesheet("questions and exercises", "a class")

    def does(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """Name what a front end may ask for."""
        return {}

    def static_html(self) -> str:
        """Write the card for places without widgets."""
        return ""

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        action = self.does().get(str(content.get("do"))) if isinstance(content, dict) else None
        try:
            if action is not None:
                self.notice = ""
                action(content)
        except FedLearnError as error:
            self.notice = str(error)
        except Exception as error:  # a fault of ours must not leave the learner with a button that does nothing
            self.notice = say("This did not work: {error}", error=f"{type(error).__name__}: {error}")
        finally:
            self.answered += 1

    def _repr_mimebundle_(self, **options: Any) -> Any:
        found: Any = super()._repr_mimebundle_(**options)
        data = found[0] if isinstance(found, tuple) else found
        plain = self.static_html()
        data["text/html"] = plain if language() == "en" else f'<div lang="{language()}">{plain}</div>'
        return found
