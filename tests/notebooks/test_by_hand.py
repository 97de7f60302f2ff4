"""Chapter 03's cipher by hand: under a small n, a random r that shares a factor with it is not rare."""

import secrets
from math import gcd, lcm

from tests.notebooks.contract import NOTEBOOKS, Page, source


def cells():
    page = Page.read(NOTEBOOKS / "en" / "03_adding_what_you_cannot_read.ipynb")
    return {cell["id"]: source(cell) for cell in page.cells}


def test_a_draw_that_shares_a_factor_with_n_is_drawn_again(monkeypatch, capsys):
    there = {"gcd": gcd, "lcm": lcm, "secrets": secrets}
    exec(cells()["hand"], there)
    draws = iter([0, 293, 433, 5 * 293, 1234, 433, 777])
    monkeypatch.setattr(secrets, "randbelow", lambda n: next(draws))
    exec(cells()["hand-decrypt"], there)
    assert "opened: 2800 -350\nsum, opened: 2450\n" in capsys.readouterr().out
    assert next(draws, None) is None
