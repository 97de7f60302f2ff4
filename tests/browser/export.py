"""A notebook as one HTML page with everything it needs beside it: it plays without a kernel, and without a network.

    export(cells, folder)      # folder/page.html, and the scripts that draw saved widgets

The scripts are those of ipywidgets for pages without Jupyter: two npm packages, fetched once with the npm client as the
machine has it set up, and not kept in the repository. anywidget's own script is in its Python package.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

PACKAGES = {  # what is fetched, and which file of it is needed
    "requirejs@2.3.8": "package/require.js",
    "@jupyter-widgets/html-manager@1.0.15": "package/dist",
}
SECONDS = 90


def npm() -> str | None:
    """The npm client, if there is one."""
    return shutil.which("npm")


def fetch_scripts(folder: Path) -> Path:
    """Fetch what draws saved widgets into the folder; answer the folder."""
    command = [str(npm()), "pack", "--silent", *PACKAGES]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
    for archive in folder.glob("*.tgz"):
        with tarfile.open(archive) as packed:
            wanted = [one for one in packed.getmembers() if one.name.startswith(tuple(PACKAGES.values()))]
            packed.extractall(folder, members=wanted, filter="data")
        archive.unlink()
    import anywidget

    shutil.copy(Path(anywidget.__file__).parent / "nbextension" / "index.js", folder / "anywidget.js")
    return folder


def export(cells: Sequence[str], folder: Path, scripts: Path) -> Path:
    """Run the cells in a kernel, keep what their widgets show, and write it all as a page."""
    import nbformat
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import ExecutePreprocessor
    from traitlets.config import Config

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    ExecutePreprocessor(timeout=SECONDS, kernel_name="python3").preprocess(notebook, {})
    for name in ("package", "anywidget.js"):
        _lend(scripts / name, folder / name)
    settings = Config()
    settings.HTMLExporter.require_js_url = "package/require.js"
    settings.HTMLExporter.widget_renderer_url = "package/dist/embed-amd.js"
    settings.HTMLExporter.mathjax_url = ""
    page = folder / "page.html"
    page.write_text(HTMLExporter(config=settings).from_notebook_node(notebook)[0], encoding="utf-8")
    return page


def _lend(original: Path, place: Path) -> None:
    """Link it; Windows lets few users do so, and the others get a copy."""
    try:
        place.symlink_to(original)
    except OSError:
        (shutil.copytree if original.is_dir() else shutil.copy)(original, place)
