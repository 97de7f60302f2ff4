"""Chinese texts in figures: with an installed font that has the signs; where there is none, in English.

>>> from fedlearn_edu.i18n import say
>>> with figure_texts():
...     say("open")
'open'
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .i18n import language, speaking

CHINESE_FONTS = (
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC",
    "PingFang HK", "Hiragino Sans GB", "Heiti SC", "Heiti TC", "STHeiti", "Songti SC", "Arial Unicode MS",
    "Microsoft YaHei", "SimHei", "SimSun", "DengXian",
)  # fmt: skip


def chinese_fonts() -> list[str]:
    """The fonts with Chinese signs that matplotlib finds on this computer, the best first."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return [name for name in CHINESE_FONTS if name in installed]


@contextmanager
def figure_texts() -> Iterator[None]:
    """While a figure is drawn: the fonts that its language needs, or English where there is none."""
    if language() == "en":
        yield
        return
    fonts = chinese_fonts()
    if not fonts:
        with speaking("en"):
            yield
        return
    import matplotlib

    with _one_weight_will_do(), matplotlib.rc_context({"font.family": [*matplotlib.rcParams["font.family"], *fonts]}):
        yield


@contextmanager
def _one_weight_will_do() -> Iterator[None]:
    """Most Chinese fonts have one weight; that bold text comes out plain in them is nothing to warn a learner of."""
    logger = logging.getLogger("matplotlib.font_manager")
    logger.addFilter(_is_not_about_weight)
    try:
        yield
    finally:
        logger.removeFilter(_is_not_about_weight)


def _is_not_about_weight(record: logging.LogRecord) -> bool:
    return "Failed to find font weight" not in record.getMessage()
