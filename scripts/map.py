"""Write docs/map.md, every file with the first sentence it says of itself, and the table of packages in README.md.

Run as: python scripts/map.py   (a test compares both with what is on disk)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE, README = ROOT / "docs" / "map.md", ROOT / "README.md"
BEGIN, END = "<!-- packages: scripts/map.py -->\n", "<!-- end of packages -->"
SOURCES = {
    "vibecoder": "The host: plans, trains, evaluates and records. It names no backend and imports no plugin.",
    "backends": "The two ways to train, as plugins.",
    "stages": "The curriculum, as a plugin.",
    "datasets_gen": "Where rows come from, as a plugin.",
    "services": "What serves, as plugins.",
}
OTHERS = {
    "configs": "The defaults, and one file for each machine.",
    "tests": "Units in the tree of the code, flows that train, kill or fork, the repository itself, shared support.",
    "scripts": "Set-up and upkeep.",
    "benchmarks": "Measurements, each a script.",
    "examples": "A plugin to copy.",
    "docs": "Pages to read.",
}
WHOLE = {
    "vibecoder/nano": "The embedded model: weights, tokenizer, template.",
    "datasets_gen/vibecoder_datasets/projects/native": "Projects in Rust, TypeScript and Go that rows are made on.",
    "datasets_gen/vibecoder_datasets/projects/samples": "Small programs with tests that rows are made on.",
    "vibecoder/evaluate/suites/data": "The prompts of the suites that ship: static, canary, regression, identity.",
    "docs/decisions": "Why things are as they are, a page each.",
}
"""Folders that get one line instead of one for each file."""
NOT_LISTED = {"__pycache__", "unit", "flows", "repo"}
SUFFIXES = (".py", ".yaml", ".sh", ".md")


def page() -> str:
    """Write the text of docs/map.md."""
    parts = [
        "# Map\n\nEvery file and what it does, in its own words. Written by `python scripts/map.py`.\n",
        *(part for source in (*SOURCES, *OTHERS) if (ROOT / source).is_dir() for part in _folder(ROOT / source)),
    ]
    return "\n".join(parts)


def packages() -> str:
    """Write README's table: each package of the host and each plugin with its first sentence."""
    lines = ["| where | what |", "|---|---|"]
    for source in SOURCES:
        inner = [path for path in _inner(ROOT / source) if (path / "__init__.py").exists() and _name(path) not in WHOLE]
        lines += [f"| [`{_name(path)}/`]({_name(path)}) | {_said(path)} |" for path in inner]
    return "\n".join(lines) + "\n"


def _folder(folder: Path) -> Iterator[str]:
    """Yield a folder's heading with a line for each of its files, then the folders in it."""
    name = _name(folder)
    files = [path for path in sorted(folder.iterdir()) if _is_listed(path)]
    whole = [path for path in _inner(folder) if _name(path) in WHOLE]
    if files or whole or name in (SOURCES | OTHERS):
        yield f"## {name}/\n\n{_said(folder)}\n"
    if files or whole:
        lines = [f"- [{path.name}](../{_name(path)}): {_phrase(path)}" for path in files]
        lines += [f"- [{path.name}/](../{_name(path)}): {WHOLE[_name(path)]}" for path in whole]
        yield "\n".join(lines) + "\n"
    for path in _inner(folder):
        if _name(path) not in WHOLE:
            yield from _folder(path)


def _inner(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*/")) if path.name not in NOT_LISTED and not path.is_symlink()]


def _is_listed(path: Path) -> bool:
    if not path.is_file() or path.suffix not in SUFFIXES or path == PAGE:
        return False
    return path.name != "__init__.py" or path.parent.name == "vibecoder"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _said(folder: Path) -> str:
    name = _name(folder)
    return SOURCES.get(name) or OTHERS.get(name) or WHOLE.get(name) or _phrase(folder / "__init__.py")


def _phrase(path: Path) -> str:
    """Return a file's first sentence: of a module's docstring, a page's title, else of the first comment."""
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        said = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0]
    elif path.suffix == ".md":
        said = text.partition("\n")[0].lstrip("# ")
    else:
        said = next((line[2:] for line in text.splitlines() if line.startswith("# ")), "")
    sentence = re.split(r"(?<=[\w`)\"])\. (?=[A-Z`])", " ".join(said.split()))[0].rstrip(".")
    return f"{sentence}." if sentence else ""


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    README.write_text(f"{before}{BEGIN}{packages()}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
