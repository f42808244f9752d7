"""Plugins as pip leaves them: a module and the entry point that names it, in a folder of installed packages."""

from __future__ import annotations

from pathlib import Path

__all__ = ["install"]


def install(site: Path, name: str, source: str) -> Path:
    """Write the module `name` with its entry point into `site`, and return `site`; put it on the path to use it."""
    site.mkdir(parents=True, exist_ok=True)
    (site / f"{name}.py").write_text(source, encoding="utf-8")
    about = site / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(f"[vibecoder]\n{name} = {name}\n", encoding="utf-8")
    return site
