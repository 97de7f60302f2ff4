"""Run notebooks from a fresh kernel and save them with their outputs: `python -m tests.notebooks.refresh [names]`.

Saved notebooks hold no execution times and no paths, so that a change in the file is a change in what it shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def refresh(path: Path) -> None:
    """Execute one notebook in its own folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, record_timing=False, resources={"metadata": {"path": path.parent}}).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_without_model(output) for output in cell.outputs if not _is_progress(output)]
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def _without_model(output: dict) -> dict:
    """A widget that also shows itself as HTML is saved as that: its model is gone when the notebook is opened again."""
    data = output.get("data", {})
    if "text/html" in data:
        data.pop("application/vnd.jupyter.widget-view+json", None)
    return output


def _is_progress(output: dict) -> bool:
    """A progress bar says how fast this machine was, and nothing to a reader."""
    bar = output.get("output_type") == "stream" and output.get("name") == "stderr" and "%|" in output.get("text", "")
    widget = "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    return bar or (widget and "it/s" in str(output["data"].get("text/plain", "")))


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for path in sorted(NOTEBOOKS.glob("*/*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts and (not wanted or any(name in str(path) for name in wanted)):
            print(path.relative_to(NOTEBOOKS))
            refresh(path)
