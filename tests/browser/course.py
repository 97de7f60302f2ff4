"""Every chapter in both languages, run in JupyterLab: `python -m tests.browser.course FOLDER [names]`.

Says for each what went wrong, which of our widgets are wider than the screen, and how long it took; leaves pictures of
its labs and stages as a projector (1280 × 720) and a telephone (390 wide) show them, for people to look at.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .hands import NARROW, TALL, WIDE, WIDE_PARTS
from .page import Notebook
from .screenshots import chromium
from .servers import CHECKOUT, Server, serve

KINDS = ("lab", "stage")


def main(folder: Path, wanted: list[str]) -> int:
    """Run them all; answer how many had a fault."""
    folder.mkdir(parents=True, exist_ok=True)
    faulty = 0
    with tempfile.TemporaryDirectory() as place, chromium() as browser, serve("lab", Path(place)) as server:
        for name in sorted(path.relative_to(CHECKOUT / "notebooks") for path in CHECKOUT.glob("notebooks/*/*.ipynb")):
            if not wanted or any(word in name.as_posix() for word in wanted):
                faults = list(looked_at(browser, server, name.as_posix(), folder))
                faulty += bool(faults)
                print(*(f"    {fault}" for fault in faults), sep="\n", flush=True)
    return faulty


def looked_at(browser: Any, server: Server, name: str, folder: Path) -> Iterator[str]:
    """Everything that is wrong with one notebook."""
    notebook = Notebook(browser.new_context(viewport=WIDE).new_page(), server)
    notebook.open(name)
    notebook.close_sidebars()
    print(f"{name}: {notebook.run_all():.0f} s", flush=True)
    yield from notebook.faults()
    for size, viewport in (("1280", WIDE), ("390", NARROW)):
        notebook.resize(viewport)
        yield from (f"at {size}: {part}" for part in notebook.page.evaluate(WIDE_PARTS, ".fl"))
        notebook.resize({**viewport, "height": TALL})  # Lab shows only what there is room for
        for kind in KINDS:
            for number, widget in enumerate(notebook.widgets(f".fl-{kind}").all(), start=1):
                picture = f"{name[:-6].replace('/', '-')}-{kind}-{number}-{size}.png"
                widget.scroll_into_view_if_needed()
                notebook.page.wait_for_timeout(300)  # transitions end
                widget.screenshot(path=folder / picture)
    notebook.close()


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]), sys.argv[2:]), 1))
