"""Keeps the tree in README.md: each file with the phrase its own first line gives it.

Run as: python scripts/tree.py   (writes the tree anew; a test compares it)
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- tree: scripts/tree.py -->\n", "<!-- end of tree -->"
FOLDERS = {
    "vibecoder": "the host: names no backend, imports no plugin",
    "backends": "the two ways to train, as plugins",
    "stages": "the curriculum, as a plugin",
    "datasets_gen": "where training rows come from, as a plugin",
    "configs": "the defaults and one file per machine",
    "scripts": "set-up and upkeep",
    "scripts/nano": "how nano was made",
    "benchmarks": "measurements, each a script",
    "examples": "a plugin to copy",
    "examples/vibecoder_example": "the plugin of docs/plugins.md, a distribution of its own",
    "docs": "pages to read",
}
WHOLE = {
    "vibecoder/nano": "the embedded model: weights, tokenizer, template",
    "datasets_gen/vibecoder_datasets/sandbox/guard": "what every Python program that a tool runs loads: no sockets",
    "datasets_gen/vibecoder_datasets/projects/native": "projects in Rust, TypeScript and Go, which rows are built on",
    "datasets_gen/vibecoder_datasets/projects/samples": "small programs with tests, which rows are built on",
    "docs/decisions": "why things are as they are",
}
"""Folders that get one line instead of one for every file."""
TOP = {
    "Makefile": "`make train`, `make test` and the developer's commands",
    "pyproject.toml": "the distribution: dependencies, extras, entry points, tools",
    "tests": "the tests, in the same tree",
}
WIDTH = 36
LONGEST = 100


def tree() -> str:
    """The whole tree as text, a line for every file."""
    lines = [line for folder in FOLDERS if "/" not in folder for line in _folder(ROOT / folder, 0)]
    return "\n".join([*lines, *(_line(name, phrase, 0) for name, phrase in TOP.items())])


def _folder(folder: Path, depth: int) -> list[str]:
    name = folder.relative_to(ROOT).as_posix()
    phrase = FOLDERS.get(name) or WHOLE.get(name) or (_phrase(folder / "__init__.py") if depth else "")
    lines = [_line(folder.name + "/", phrase, depth)]
    if name in WHOLE:
        return lines
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if path.is_dir() and any(path.rglob("*.py" if name != "docs" else "*.md")) and path.name != "__pycache__":
            lines += _folder(path, depth + 1)
        elif path.suffix in (".py", ".yaml", ".sh", ".md") and not (path.name == "__init__.py" and depth):
            lines.append(_line(path.name, _phrase(path), depth + 1))
    return lines


def _line(name: str, phrase: str, depth: int) -> str:
    return f"{'  ' * depth + name:{WIDTH}}{phrase}".rstrip()


def _phrase(path: Path) -> str:
    """What a file says of itself: a module's docstring, a page's title, else the first comment."""
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        said = ast.get_docstring(ast.parse(text)) or ""
    elif path.suffix == ".md":
        said = text.partition("\n")[0].lstrip("# ")
    else:
        said = next((line[2:] for line in text.splitlines() if line.startswith("# ")), "")
    return _short(" ".join(said.split("\n\n")[0].split()))


def _short(sentence: str) -> str:
    """The sentence; a long one up to its first pause, where what stands before that says enough."""
    sentence = re.split(r"(?<=\w)[.;] ", sentence)[0].rstrip(".")
    head = sentence.partition(": ")[0]
    return sentence if len(sentence) <= LONGEST or len(head.split()) < 2 else head


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}```\n{tree()}\n```\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
