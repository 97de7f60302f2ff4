"""The pictures in the READMEs: `python -m tests.browser.stage_pictures [folder [language]]`.

They are taken of the real thing: a lab and two stages alone on a page, and a notebook as exported HTML, without a
kernel.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import fedlearn_edu as fl

from .bare import bare_page
from .export import PAGE, export
from .screenshots import chromium
from .servers import CHECKOUT

COLOURS = 160  # of a picture: flat drawings need few, and a README should load fast
STAGE, LAB = {"width": 1180, "height": 640}, {"width": 1116, "height": 760}
SIZES = {"stage_pastures": STAGE, "stage_server_eyes": STAGE, "lab_04": LAB}
EXPORTED = [
    """import fedlearn_edu as fl
train, test = fl.split_train_test(fl.load("breast_cancer"), seed=7)
hospitals = fl.split_rows(train, parties=3, seed=7)
hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.masked_sum())).result
run = fl.play(fl.fedavg(hospitals, rounds=2, aggregation=fl.masked_sum()))
fl.stage(run, eyes="eavesdropper", round=1, step=3)"""
]


def main(folder: Path, language: str = "en") -> None:
    """Take all pictures into the folder; those of another language say so in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    fl.set_language(language)
    edition = "" if language == "en" else f"_{language}"
    widgets = {"stage_pastures": pastures(), "stage_server_eyes": server_eyes(), "lab_04": two_hospitals()}
    with chromium() as browser, tempfile.TemporaryDirectory() as place:
        for name, shown in widgets.items():
            page = bare_page(browser, shown)
            page.set_viewport_size(SIZES[name])
            page.wait_for_timeout(300)
            keep(page.locator("#widget > *").first.screenshot(), folder / f"{name}{edition}.png")
        page_file = export({language: EXPORTED}, Path(place)) / language / f"{PAGE}.html"
        keep(exported(browser, page_file), folder / f"stage_exported{edition}.png")


def pastures() -> Any:
    """One model walks from pasture to pasture."""
    owners = fl.split_rows(fl.load("digits"), parties=4, skew=1.0, name="pasture", missing_classes="allow", seed=1)
    shown = fl.stage(fl.play(fl.travelling(owners, model="softmax", tours=1)), theme="pastures")
    while not (shown.beat and shown.beat.messages):
        shown.forward()
    return shown


def server_eyes() -> Any:
    """Federated averaging with the real key size, an upload opened by the server."""
    hospitals = fl.split_rows(fl.load("breast_cancer"), parties=4, seed=7)
    hospitals = fl.play(fl.standardise(hospitals, aggregation=fl.plain_sum())).result
    run = fl.play(fl.fedavg(hospitals, rounds=1, aggregation=fl.paillier_sum()))
    shown = fl.stage(run, eyes="server", round=1, step=3)
    shown.opened = shown.beat.messages[0].number
    return shown


def two_hospitals() -> Any:
    """The lab of chapter 04 after its run: what one of two hospitals deduces."""
    lab = fl.lab("04", scene="two-hospitals")
    lab.run()
    return lab


def exported(browser: Any, page_file: Path) -> bytes:
    """The page opened from the disk: its cell, and the stage below."""
    page = browser.new_context(viewport={"width": 1180, "height": 800}).new_page()
    page.goto(page_file.as_uri())
    page.locator(".fl-stage").wait_for()
    page.locator(".jp-CodeCell").evaluate("node => node.scrollIntoView()")
    page.wait_for_timeout(300)
    return page.screenshot()


def keep(picture: bytes, path: Path) -> None:
    """Write a picture with as few colours as it needs."""
    from PIL import Image

    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(path, f"{path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "notebooks" / "images", *sys.argv[2:3])
