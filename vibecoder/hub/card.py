"""Write the card of a published adapter: its base, licence, stages, tool calls, data, and how to load it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import yaml

from vibecoder.hub.outcome import cell, number, stages_section, table, tool_calls_section
from vibecoder.hub.recipes import how_to_load
from vibecoder.runs.record import RunRecord

__all__ = ["Base", "Licence", "base_of", "licence_of", "render_card"]

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)
_CACHED = re.compile(r"models--(?P<owner>.+?)--(?P<name>.+)", re.ASCII)
_QWEN25 = re.compile(r"(?P<owner>[^/]+)/(?P<model>Qwen2\.5-(?:Coder-)?(?P<size>[\d.]+B))(?:-.+)?")
_QWEN25_APACHE = {"0.5B", "1.5B", "7B", "14B", "32B"}
_REPACKAGERS = {"Qwen", "lmstudio-community", "mlx-community", "unsloth"}
_RESTRICTED = re.compile(r"(^|[-_ ])nc([-_ ]|$)|research|non-?commercial", re.IGNORECASE)
_SETTINGS = ("epochs", "batch_size", "accumulation", "learning_rate", "warmup", "schedule", "weight_decay", "optimizer")


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms of a base model: `id` is the hub's identifier, or `other` for terms that `name` and `link` give."""

    id: str
    name: str = ""
    link: str = ""

    @property
    def non_commercial(self) -> bool:
        return bool(_RESTRICTED.search(self.id) or _RESTRICTED.search(self.name))

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Base:
    """What an adapter sits on: a `hub` id, the embedded `nano`, a `local` folder's last name, or `unknown`."""

    kind: str
    name: str


def base_of(run: RunRecord, adapter: Mapping[str, Any]) -> Base:
    """Name the base model that `run.json` and `adapter_config.json` state, without any local path."""
    stated = [adapter.get("base_model_name_or_path"), run.model.base_name, run.model.name]
    names = [name for name in stated if isinstance(name, str) and name.strip()]
    if any(_is_nano(name) for name in names):
        return Base("nano", "nano")
    if not names:
        return Base("unknown", "")
    cached = next((match for match in map(_CACHED.fullmatch, _parts(names[0])) if match), None)
    if cached:
        return Base("hub", f"{cached['owner']}/{cached['name']}")
    if _HUB_ID.fullmatch(names[0]):
        return Base("hub", names[0])
    return Base("local", _parts(names[0])[-1])


def licence_of(base: Base, stated: object = None) -> Licence | None:
    """Find the base's licence among the known ones, else in `stated`, else return None.

    `stated` is what the model says itself: an id, or a mapping with `license`, `license_name` and `license_link`.
    """
    if base.kind == "nano":
        return Licence("apache-2.0")
    match = _QWEN25.fullmatch(base.name) if base.kind == "hub" else None
    if match and match["owner"] in _REPACKAGERS:
        if match["size"] in _QWEN25_APACHE:
            return Licence("apache-2.0")
        if match["size"] == "3B":
            return Licence("other", "qwen-research", f"https://huggingface.co/Qwen/{match['model']}/blob/main/LICENSE")
    if isinstance(stated, str):
        return Licence(stated.strip().lower()) if stated.strip() else None
    words = _mapping(stated)
    known = str(words.get("license") or words.get("id") or "").strip().lower()
    link = str(words.get("license_link") or words.get("link") or "")
    name = str(words.get("license_name") or words.get("name") or "")
    return Licence(known, name, link if link.startswith("https://") else "") if known else None


def render_card(
    run: RunRecord, adapter: Mapping[str, Any], repo: str, *, files: Sequence[str] = (), stated_licence: object = None
) -> str:
    """Write the README.md of `repo` from a run's record and the contents of `adapter_config.json`.

    What neither of them tells is left out. `files` lists the paths uploaded beside the card, `stated_licence` is what
    a local base says of its licence (see `licence_of`). The front matter follows
    https://huggingface.co/docs/hub/model-cards.
    """
    base = base_of(run, adapter)
    licence = licence_of(base, stated_licence)
    blocks = [
        f"---\n{yaml.safe_dump(_front_matter(base, licence), sort_keys=False, allow_unicode=True)}---",
        f"# {repo.rsplit('/', 1)[-1]}",
        _introduction(base, adapter),
        *_licence_section(base, licence),
        *stages_section(run),
        *tool_calls_section(run),
        *_data_section(run),
        *_settings_section(run, adapter),
        *_files_section(files),
        how_to_load(base.kind, base.name, repo),
    ]
    return "\n\n".join(blocks) + "\n"


def _front_matter(base: Base, licence: Licence | None) -> dict[str, Any]:
    matter: dict[str, Any] = {}
    if base.kind == "hub":
        matter |= {"base_model": base.name, "base_model_relation": "adapter"}
    if licence:
        matter["license"] = licence.id
        if licence.id == "other":
            matter |= {"license_name": licence.name or "see-base-model"}
            if licence.link:
                matter["license_link"] = licence.link
    matter |= {"library_name": "peft", "pipeline_tag": "text-generation"}
    return matter | {"tags": ["code", "lora", "mlx", "tool-calling", "vibecoder"]}


def _introduction(base: Base, adapter: Mapping[str, Any]) -> str:
    named = {
        "hub": f"[{base.name}](https://huggingface.co/{base.name})",
        "nano": "nano (embedded in vibecoder), a model of a few million parameters for trying the training out",
        "local": f"the local model `{base.name}`, which is not on the hub under that name",
    }.get(base.kind, "a base model that its files do not name")
    rank = f" of rank {adapter['r']}" if isinstance(adapter.get("r"), int) else ""
    return f"A LoRA adapter{rank}, trained with vibecoder.\n\nBase model: {named}."


def _licence_section(base: Base, licence: Licence | None) -> list[str]:
    if licence is None:
        return [
            "## Licence",
            "> [!NOTE]\n> The base model's licence is not known here. It binds this adapter too: look it up.",
        ]
    label = f"[{licence.label}]({licence.link})" if licence.link else licence.label
    if not licence.non_commercial:
        return ["## Licence", f"{label}, as the base model."]
    warning = (
        f"> [!WARNING]\n> **Non-commercial.** The base model is under {label}, which does not allow commercial use. "
        "An adapter is of use only together with its base, so the same terms bind it."
    )
    if base.name.endswith("Qwen2.5-Coder-3B-Instruct"):
        warning += " The 1.5B and 7B models of the same family are under Apache-2.0."
    return ["## Licence", warning]


def _data_section(run: RunRecord) -> list[str]:
    counts = dict(run.data.counts)
    if not counts:
        for stage in run.stages:
            for name, count in stage.counts.items():
                counts[name] = max(counts.get(name, 0), count)
    rows = [[cell(name), number(count)] for name, count in sorted(counts.items())]
    lines = [f"{number(run.data.rows)} rows in all."] if run.data.rows is not None else []
    if run.data.sha256:
        lines.append(f"SHA-256 of the dataset: `{cell(run.data.sha256)}`.")
    if not rows and not lines:
        return []
    blocks = ["## Data", " ".join([*lines, "The dataset itself is not part of this repository."])]
    return [*blocks, table(["Category", "Rows"], rows)] if rows else blocks


def _settings_section(run: RunRecord, adapter: Mapping[str, Any]) -> list[str]:
    train = _section(run, "train")
    targets = adapter.get("target_modules")
    pairs = {
        "rank": adapter.get("r"),
        "alpha": adapter.get("lora_alpha"),
        "dropout": adapter.get("lora_dropout"),
        "layers": ", ".join(map(str, targets)) if isinstance(targets, list) else targets,
        "quantization of the base": _section(run, "model").get("quantization"),
        "longest row in tokens": _section(run, "data").get("max_length"),
        **{name.replace("_", " "): train.get(name) for name in _SETTINGS},
        "seed": run.settings.get("seed"),
        "backend": run.backend,
        "trained on": (run.created or "")[:10],
    }
    pairs |= {f"version of {name}": value for name, value in run.versions.items()}
    rows = [[cell(k), cell(v)] for k, v in pairs.items() if isinstance(v, (str, int, float)) and v != ""]
    return ["## Settings", table(["Setting", "Value"], rows)] if rows else []


def _section(run: RunRecord, name: str) -> Mapping[str, Any]:
    found = run.settings.get(name)
    return found if isinstance(found, Mapping) else {}


def _files_section(files: Sequence[str]) -> list[str]:
    blocks = [f"![{PurePosixPath(path).stem}]({path})" for path in files if path.endswith((".png", ".svg"))]
    if "report.md" in files:
        blocks.insert(0, "The whole report of the run: [report.md](report.md).")
    return ["## Report", *blocks] if blocks else []


def _parts(name: str) -> Sequence[str]:
    windows = "\\" in name or PureWindowsPath(name).drive
    return (PureWindowsPath(name) if windows else PurePosixPath(name)).parts or (name,)


def _is_nano(name: str) -> bool:
    return name == "nano" or tuple(_parts(name)[-2:]) == ("vibecoder", "nano")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
