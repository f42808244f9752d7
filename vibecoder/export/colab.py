"""Write the notebook that tunes a model on a free T4, with its parameters filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import OutputError

__all__ = ["write_notebook"]

_NAME = "colab.ipynb"


def write_notebook(target: Path, values: Mapping[str, Any]) -> Path:
    """Write the notebook to `target`, the lines `NAME = ...` of its cell of parameters changed to `values`.

    Raises:
        OutputError: the file cannot be written.
        KeyError: the notebook has no such parameter.
    """
    notebook = json.loads(_shipped().read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ()))
    text = "".join(cell["source"])
    for name, value in values.items():
        line = re.search(rf"^{name} = .*$", text, re.MULTILINE)
        if line is None:
            raise KeyError(name)
        text = f"{text[: line.start()]}{name} = {value!r}{text[line.end() :]}"
    cell["source"] = text.splitlines(keepends=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError.of(target, error) from error
    return target


def _shipped() -> Path:
    """Find the notebook: inside the package once installed, among the examples in a source tree."""
    here = Path(__file__).resolve().parent
    inside = here / _NAME
    return inside if inside.is_file() else here.parents[1] / "examples" / _NAME
