"""Tables that are shown in the language in force, and hold the same English data whatever that is.

>>> table = ToldTable([["server", "update"]], columns=["from", "what"], index=[1])
>>> table
     from    what
1  server  update
>>> table.query("what == 'update'")["from"].tolist()
['server']

So a lesson's code, `table[table["what"] == "update"]`, means the same in every edition. What a learner types, the names
of columns, is shown as it is typed.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..i18n import language, retell


class ToldTable(pd.DataFrame):  # type: ignore[misc]
    """A table whose texts are retold when it is shown; what is cut out of it is one, too."""

    @property
    def _constructor(self) -> type[ToldTable]:
        return ToldTable

    def told(self) -> pd.DataFrame:
        """The same with its texts in the language in force."""
        plain = pd.DataFrame(self)
        if language() == "en":
            return plain
        return plain.map(lambda cell: retell(cell) if isinstance(cell, str) else cell).rename(index=_retold)

    def to_string(self, *args: Any, **options: Any) -> Any:
        """Write it down, retold."""
        return self.told().to_string(*args, **options)

    def to_html(self, *args: Any, **options: Any) -> Any:
        """Write it as HTML, retold."""
        return self.told().to_html(*args, **options)

    def _repr_html_(self) -> Any:
        return self.told()._repr_html_()


def _retold(name: object) -> object:
    return retell(name) if isinstance(name, str) else name
