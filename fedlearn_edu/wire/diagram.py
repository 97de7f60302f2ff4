"""The sequence diagram of a transcript: a figure, and Mermaid text, in the language in force."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..fonts import figure_texts
from ..i18n import retell, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .transcript import Message

OPEN, CLOSED, INK = "#b35900", "#00608a", "#222222"  # told apart by line and arrow, too: not by colour alone
ROW_INCHES, COLUMN_INCHES = 0.34, 2.1


@dataclass(frozen=True)
class SequenceDiagram:
    """Parties as columns, messages as arrows from top to bottom; shown as a picture in a notebook.

    Parameters
    ----------
    parties : names, from left to right
    messages : pairs (message, what protects it; "" for nothing)
    left_out : how many further messages are not drawn
    """

    parties: Sequence[str]
    messages: Sequence[tuple[Message, str]]
    left_out: int = 0

    @property
    def mermaid(self) -> str:
        """The same as Mermaid text: solid arrows are in the clear, dashed arrows are encrypted."""
        lines = ["sequenceDiagram"]
        lines += [f'    participant p{i} as "{_plain(retell(party))}"' for i, party in enumerate(self.parties)]
        for message, cover in self.messages:
            ends = f"p{self._column(message.sender)}{'-->>' if cover else '->>'}p{self._column(message.receiver)}"
            lines.append(f"    {ends}: {_plain(_caption(message))}")
        if self.left_out:
            lines.append(f"    Note over p0: {_plain(say('and {count} more messages', count=self.left_out))}")
        return "\n".join(lines) + "\n"

    def figure(self) -> Figure:
        """The diagram as a matplotlib figure, 2.1 inches a party and 0.34 inches a message."""
        with figure_texts():
            return self._drawn()

    def _drawn(self) -> Figure:
        from matplotlib.figure import Figure

        rows = len(self.messages) + (1 if self.left_out else 0)
        figure = Figure(
            figsize=(COLUMN_INCHES * len(self.parties) + 0.6, ROW_INCHES * (rows + 2.3)), layout="constrained"
        )
        axes = figure.add_subplot()
        axes.set(xlim=(-0.6, len(self.parties) - 0.4), ylim=(rows + 1.0, -0.9))
        axes.axis("off")
        for column, party in enumerate(self.parties):
            axes.plot([column, column], [-0.2, rows + 0.5], color="#bbbbbb", linewidth=1, zorder=0)
            axes.text(
                column, -0.5, retell(party), ha="center", va="center", fontsize=11, fontweight="bold", color=INK,
                parse_math=False,
            )  # fmt: skip
        for row, (message, cover) in enumerate(self.messages):
            self._draw(axes, row + 0.5, message, cover)
        if self.left_out:
            more = say("… and {count} more messages", count=self.left_out)
            axes.text(0, rows - 0.3, more, fontsize=9, style="italic", color=INK)
        legend = say("dashed: encrypted, masked or sealed · solid: everybody on the way can read it")
        axes.text(0, rows + 0.6, legend, fontsize=8, color=INK, va="top")
        return figure

    def _draw(self, axes: Any, y: float, message: Message, cover: str) -> None:
        start, end = self._column(message.sender), self._column(message.receiver)
        look = {"arrowstyle": "-|>", "color": CLOSED if cover else OPEN, "linestyle": "--" if cover else "-"}
        axes.annotate(
            "", xy=(end, y), xytext=(start, y), arrowprops={**look, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
        )
        axes.text(
            (start + end) / 2, y - 0.06, _caption(message), ha="center", va="bottom", fontsize=8, color=INK,
            parse_math=False, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip

    def _column(self, party: str) -> int:
        return list(self.parties).index(party)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        picture = io.BytesIO()
        with figure_texts():
            self._drawn().savefig(picture, format="png", dpi=110)
        return {"image/png": picture.getvalue(), "text/plain": self.mermaid}


def _caption(message: Message) -> str:
    parts = ["" if message.step is None else str(message.step), retell(message.label)]
    return " · ".join(part for part in (*parts, say("too late") if message.late else "") if part)


def _plain(text: str) -> str:
    """Mermaid ends a caption at a semicolon or a hash, a name at a quotation mark, and both at a line's end."""
    return " ".join(text.replace(";", ",").replace("#", "no. ").replace('"', "'").split())
