"""Every setting of the schema, on both backends: changing it changes what a backend is handed or what the run does.

Each is changed in a real `vibecoder train`, whose backend trains nothing and notes what it is handed. A setting that
nothing reads fails here, and so does a new one that has no entry in `CHANGES`.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from support import recording
from support.installed import install
from support.recording import PREFIX, tidy
from support.rows import reading
from support.servers.hub import Hub
from vibecoder import plugins
from vibecoder.cli import main
from vibecoder.config import Settings
from vibecoder.config.honoured import LIMITED
from vibecoder.config.keys import STAGE_SECTION, keys
from vibecoder.config.reference import honours
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO

BACKENDS = ("mlx", "cuda")
BASE = {
    "data.held_out": "0.25",
    "evaluate.gate": "false",
    "evaluate.max_new_tokens": "8",
    "evaluate.prompts": "3",
    "evaluate.suites": "[consent]",
    "train.max_steps": "5",
    "train.batch_size": "4",
    "train.epochs": "2",
}
"""On top of the profile cpu-nano: a run of a moment."""
GATED = {"evaluate.gate": "true"}
PUSHED = {"hub.repo": "alice/companion"}
CHANGES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "backend": ({}, ("OTHER",)),
    "seed": ({}, ("1",)),
    "model.name": ({}, ("./copy-of-nano",)),
    "model.quantization": ({}, ("4bit", "8bit")),
    "model.precision": ({}, ("auto", "bfloat16", "float16")),
    "model.checkpointing": ({}, ("true",)),
    "data.path": ({}, ("other.jsonl",)),
    "data.shipped": ({"data.path": "dataset.jsonl", "data.max_length": "400", "train.max_steps": "1"}, ("curriculum",)),
    "data.generate": ({"data.path": "dataset.jsonl", "train.max_steps": "1"}, ("2",)),
    "data.max_length": ({}, ("190",)),
    "data.held_out": ({}, ("0.5",)),
    "lora.rank": ({}, ("4",)),
    "lora.alpha": ({}, ("8",)),
    "lora.dropout": ({}, ("0.1",)),
    "lora.targets": ({}, ("[q_proj]",)),
    "train.epochs": ({"train.max_steps": "0"}, ("1",)),
    "train.max_steps": ({}, ("2",)),
    "train.batch_size": ({}, ("2",)),
    "train.accumulation": ({}, ("2",)),
    "train.tokens": ({}, ("128",)),
    "train.share_prefixes": ({}, ("false",)),
    "train.learning_rate": ({}, ("1e-4",)),
    "train.warmup": ({}, ("0.9",)),
    "train.schedule": ({}, ("linear", "constant")),
    "train.weight_decay": ({}, ("0.3",)),
    "train.clip": ({}, ("0.5",)),
    "train.optimizer": ({}, ("adamw-8bit", "paged-adamw-8bit")),
    "train.evaluate_every": ({}, ("1",)),
    "train.save_every": ({}, ("1",)),
    "train.keep": ({}, ("last",)),
    "pace.max_hours": ({}, ("1e-9",)),
    "pace.throttle": ({"train.max_steps": "1"}, ("0.05",)),
    "evaluate.prompts": ({}, ("2",)),
    "evaluate.max_new_tokens": ({}, ("9",)),
    "evaluate.at_save": ({}, ("1",)),
    "evaluate.samples": ({}, ("1",)),
    "evaluate.gate": ({}, ("true",)),
    "evaluate.on_regression": (GATED, ("warn",)),
    "evaluate.margin": (GATED, ("0.9",)),
    "evaluate.suites": (GATED, ("[assent]", "[none]")),
    "evaluate.lost_canaries": (GATED, ("0",)),
    "output.folder": ({}, ("elsewhere",)),
    "output.tensorboard": ({}, ("false",)),
    "hub.repo": ({}, ("alice/companion",)),
    "hub.private": (PUSHED, ("false",)),
}
"""By setting: what is set beside it before and after, and the values that it is changed to, one after the other."""


@dataclass(frozen=True)
class Observed:
    """One run: its exit status and errors, what its backend was handed, what came of it."""

    status: int
    error: str
    handed: list[Any]
    done: dict[str, Any]


Observe = Callable[[str, dict[str, str]], Observed]


def rows(count: int, first: int = 0) -> list[Any]:
    return [identified(dataclasses.replace(reading(first + i), id="", group=f"g{i}")) for i in range(count)]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every run finds in its folder: two datasets, a copy of nano."""
    folder = tmp_path_factory.mktemp("material")
    Dataset(folder / "rows.jsonl").append(rows(24))
    Dataset(folder / "other.jsonl").append(rows(20, first=50))
    shutil.copytree(NANO, folder / "copy-of-nano")
    return folder


@pytest.fixture(scope="module")
def observe(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observe]:
    """Run `vibecoder train` with settings in a folder of its own; runs with the same settings are run once."""
    site = install(tmp_path_factory.mktemp("site"), "vibecoder_recording", "from support.recording import *\n")
    known: dict[str, Observed] = {}
    with pytest.MonkeyPatch.context() as patch, Hub() as hub:
        patch.syspath_prepend(site)
        patch.setattr(constants, "ENDPOINT", hub.url)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        patch.setenv("HF_TOKEN", "token-alice")

        def run(backend: str, settings: dict[str, str]) -> Observed:
            key = json.dumps([backend, settings], sort_keys=True)
            if key not in known:
                hub.repos.clear()
                folder = tmp_path_factory.mktemp("work")
                for path in material.iterdir():
                    (folder / path.name).symlink_to(path)
                patch.chdir(folder)
                known[key] = _observed(backend, settings, folder, hub)
            return known[key]

        yield run
    sys.modules.pop("vibecoder_recording", None)


def _observed(backend: str, settings: dict[str, str], folder: Path, hub: Hub) -> Observed:
    recording.OPENED.clear()
    given = {"backend": PREFIX + backend, "data.path": "rows.jsonl", **settings}
    sets = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    with pytest.MonkeyPatch.context() as patch:
        errors: list[str] = []
        patch.setattr("vibecoder.cli._print_error", errors.append)
        with pytest.raises(SystemExit) as stopped:
            main(["train", "--profile", "cpu-nano", "--stage", "tool-use", "--name", "one", "--json", *sets])
    assert isinstance(stopped.value.code, int)
    handed = [[opened.name, tidy(opened.model), tidy(opened.jobs)] for opened in recording.OPENED]
    done = {
        "asked": [opened.asked for opened in recording.OPENED],
        "files": sorted(_name(path, folder) for path in folder.rglob("*") if not path.is_symlink()),
        "rested": [opened.waited > 10 * recording.STEP_SECONDS for opened in recording.OPENED],
        "repositories": {name: repo.private for name, repo in hub.repos.items()},
        **_left(folder),
    }
    return Observed(stopped.value.code, " ".join(errors), handed, done)


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    return name.partition(".tfevents.")[0]


def _left(folder: Path) -> dict[str, Any]:
    """What `run.json` says beside the settings, which it repeats."""
    found = list(folder.glob("*/one/run.json"))
    if not found:
        return {}
    run = json.loads(found[0].read_text())
    gates = [stage.get("gate", {}) for stage in run["stages"]]
    return {
        "state": run["status"],
        "samples": len(run.get("samples", [])),
        "calls": [score["total"] for score in run["tool_calls"]],
        "gate": [[gate.get("kept"), gate.get("reasons"), sorted(gate.get("suites", ()))] for gate in gates],
    }


def test_every_setting_has_a_change_and_no_other_has() -> None:
    assert list(CHANGES) == list(keys()), "say in CHANGES how the new setting is changed"
    bare = [field.name for field in dataclasses.fields(Settings) if not field.metadata and field.name != "stages"]
    assert {name.split(".")[0] for name in keys() if "." in name} == set(bare), "a field without `setting(...)`"
    for name, (_, values) in CHANGES.items():
        assert not keys()[name].choices or len(set(values)) == len(keys()[name].choices) - 1, name


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_settings_give_the_same_observations(observe: Observe, backend: str) -> None:
    """Else everything would seem to change something. The key of a setting that nothing reads is what this shows."""
    one, other = observe(backend, BASE), observe(backend, {**BASE, "train.save_every": "50"})
    assert one.status == 0, one.error
    assert (one.handed, one.done) == (other.handed, other.done)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", keys())
def test_a_setting_changes_something_or_is_refused(observe: Observe, name: str, backend: str) -> None:
    given, values = CHANGES[name]
    before = observe(backend, BASE | given)
    assert before.status in (0, 1), before.error
    spec = plugins.load().backend(backend)
    for value in values:
        other = PREFIX + BACKENDS[backend == BACKENDS[0]]
        after = observe(backend, {**BASE, **given, name: value.replace("OTHER", other)})
        if name in LIMITED and value not in [str(offered).lower() for offered in LIMITED[name](spec)]:
            assert after.status == 2
            assert after.error.startswith(f"{name} is {value}; the backend {PREFIX}{backend} has ")
            assert not after.handed
            assert f"`{value}`" in honours(keys()[name], spec)
            continue
        assert after.status in (0, 1), after.error
        assert (after.handed == before.handed) == (honours(keys()[name], spec) == "not concerned"), name
        assert after.handed != before.handed or after.done != before.done, f"nothing reads {name}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_stage_s_own_settings_are_handed_on_as_those_of_all_stages(observe: Observe, backend: str) -> None:
    own = {name: values[0] for name, (_, values) in CHANGES.items() if name.startswith(f"{STAGE_SECTION}.")}
    own["train.optimizer"] = "adamw"
    everywhere = observe(backend, BASE | own)
    of_stage = observe(backend, BASE | {f"stages.tool-use.{name}": value for name, value in own.items()})
    of_another = observe(backend, BASE | {f"stages.full.{name}": value for name, value in own.items()})
    assert everywhere.status == 0, everywhere.error
    assert everywhere.handed == of_stage.handed != of_another.handed == observe(backend, BASE).handed
