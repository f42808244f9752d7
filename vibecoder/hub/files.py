"""Collect what of a run goes to the hub: adapter, card, report and charts without local paths, data or checkpoints."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import yaml

from vibecoder.errors import ModelError
from vibecoder.hub.card import base_of, render_card
from vibecoder.runs.record import RUN_FILE, RunRecord

__all__ = ["Upload", "collect", "without_local_paths"]

Upload = dict[str, Path | bytes]

_WEIGHTS = ("adapter_model.safetensors", "adapters.safetensors")
_RUN = (
    "version", "name", "status", "created", "backend", "versions", "settings", "model", "data", "stages", "tool_calls",
    "gate",
)  # fmt: skip
_PERSONAL = {"argv", "command", "cwd", "host", "hostname", "node", "samples", "user", "username"}
_LOCAL = {"file", "folder", "output", "path"}
_SEGMENT = r"""[^\s/\\"'`<>|()\[\]{}]+"""
_PATH = re.compile(
    rf"(?<![\w.:/\\<~-])(?:~|[A-Za-z]:)?[/\\]+(?:{_SEGMENT}[/\\]+)+(?P<last>[^\s/\\\"'`<>|()\[\]{{}},;:]*)"
)
_SAMPLES = re.compile(r"sample|before and after|before/after", re.IGNORECASE)


def collect(folder: Path, repo: str) -> Upload:
    """Map paths in the repository to local files or ready bytes, for a run folder or a lone adapter folder.

    The report goes without its samples, which are rows of the dataset.

    Raises:
        ModelError: there is no finished adapter in `folder`.
    """
    adapter = folder if (folder / "adapter_config.json").is_file() else folder / "adapter"
    config = _read_json(adapter / "adapter_config.json")
    missing = [name for name in ("adapter_config.json", _WEIGHTS[0]) if not (adapter / name).is_file()]
    if missing or not config:
        reason = f"{missing[0]} is missing" if missing else "adapter_config.json is not JSON"
        raise ModelError(
            f"no finished adapter in {folder}: {reason}; give the folder of a run that has ended, or an adapter"
        )
    found = RunRecord.find(folder) if adapter != folder else None
    run = found or RunRecord()

    licence = _local_licence(config)
    config = without_local_paths({**config, "base_model_name_or_path": base_of(run, config).name or None})
    published = without_local_paths({key: value for key, value in _without_rows(run).as_json().items() if key in _RUN})
    upload: Upload = {name: adapter / name for name in _WEIGHTS if (adapter / name).is_file()}
    upload["adapter_config.json"] = _json(config)
    if found:
        upload[RUN_FILE] = _json(published)
    if adapter != folder:
        if (folder / "report.md").is_file():
            upload["report.md"] = _without_samples((folder / "report.md").read_text(encoding="utf-8")).encode()
        plots = [
            plot for kind in ("png", "svg") for where in ("", "plots/") for plot in folder.glob(f"{where}*.{kind}")
        ]
        upload |= {plot.relative_to(folder).as_posix(): plot for plot in sorted(plots)}
    card = render_card(RunRecord.from_json(published), config, repo, files=list(upload), stated_licence=licence)
    upload["README.md"] = card.encode()
    return dict(sorted(upload.items()))


def _without_rows(run: RunRecord) -> RunRecord:
    """Drop what holds rows of the dataset: samples, and prompts that failed at the gate."""
    kept = [
        dataclasses.replace(stage, gate=dataclasses.replace(stage.gate, failures=()) if stage.gate else None)
        for stage in run.stages
    ]
    return run.changed(stages=tuple(kept), samples=())


def without_local_paths(value: Any, key: str = "") -> Any:
    """Copy a JSON value, cutting absolute paths to their last part and dropping keys about the person."""
    if isinstance(value, Mapping):
        return {
            _text(str(k)): without_local_paths(v, str(k)) for k, v in value.items() if str(k).lower() not in _PERSONAL
        }
    if isinstance(value, list):
        return [without_local_paths(item, key) for item in value]
    if not isinstance(value, str):
        return value
    if key.lower() in _LOCAL or value.startswith(("..", "~")) or _absolute(value):
        return _last(value)
    return _text(value)


def _absolute(value: str) -> bool:
    return "\n" not in value and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute())


def _last(value: str) -> str:
    return re.split(r"[/\\]", value.rstrip("/\\"))[-1]


def _text(text: str) -> str:
    home = str(Path.home())
    text = text.replace(home, "~") if len(home) > 1 else text
    return _PATH.sub(lambda match: match["last"] or _last(match[0]), text)


def _without_samples(report: str) -> str:
    """Drop every section of the report, subsections included, whose heading speaks of samples."""
    kept: list[str] = []
    fenced, dropped = False, 0
    for line in report.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        heading = None if fenced else re.match(r"(#+) (.*)", line)
        if heading and (not dropped or len(heading[1]) <= dropped):
            dropped = len(heading[1]) if _SAMPLES.search(heading[2]) else 0
        if not dropped:
            kept.append(_text(line))
    return "\n".join(kept).rstrip() + "\n"


def _local_licence(config: Mapping[str, Any]) -> dict[str, Any]:
    """Read what the front matter of a local base's README says about its licence."""
    name = config.get("base_model_name_or_path")
    return _front_matter(Path(name) / "README.md") if isinstance(name, str) and Path(name).is_absolute() else {}


def _front_matter(readme: Path) -> dict[str, Any]:
    try:
        match = re.match(r"---\n(.*?)\n---", readme.read_text(encoding="utf-8"), re.DOTALL)
        matter = yaml.safe_load(match[1]) if match else None
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return (
        {k: matter[k] for k in ("license", "license_name", "license_link") if k in matter}
        if isinstance(matter, dict)
        else {}
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
