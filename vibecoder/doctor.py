"""Diagnose an installation: which backend, profile and model a run would use, what is missing and its fix.

Everything is asked of metadata and of the system; neither a backend nor a model is imported or opened.
"""

from __future__ import annotations

import ctypes.util
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from vibecoder import memory_model, models, plugins
from vibecoder.config import Layer, check_stage_names, find_project, load_layers, profiles, stage_settings
from vibecoder.config.schema import Settings
from vibecoder.dataset import first_rows
from vibecoder.errors import ModelError, UserError
from vibecoder.gguf_base import smollm2
from vibecoder.planning.stage import check_stage
from vibecoder.plugins.choose import choose_backend
from vibecoder.system import machine as machines
from vibecoder.system.machine import GIB, Machine
from vibecoder.system.units import memory

__all__ = ["Diagnosis", "Finding", "Package", "diagnose"]

_ROOM = {"nano": 1, "other": 15}
"""GB of free disk a run needs: checkpoints, and the download and conversion of a model outside the package."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding on a `topic`; `status` is `ok`, `note` for what could be better, `bad` for what stops a run."""

    topic: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Package:
    """A requirement: the `extra` that brings it ("" for all runs), the versions `wanted`, the one `installed`."""

    name: str
    extra: str
    wanted: str
    installed: str | None

    @property
    def fits(self) -> bool:
        return self.installed is not None and SpecifierSet(self.wanted).contains(self.installed, prereleases=True)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, and every package that a run on this platform may need."""

    findings: tuple[Finding, ...]
    packages: tuple[Package, ...]

    @property
    def healthy(self) -> bool:
        """Tell whether a run could start."""
        return all(finding.status != "bad" for finding in self.findings)


def diagnose(profile: str = "auto", sets: Sequence[str] = (), model: str | None = None) -> Diagnosis:
    """Diagnose this machine, this installation and the settings in effect in the current folder.

    Only for a `model` that is named here is a config.json downloaded, to predict its memory.

    Raises:
        ConfigError: `profile` or one of `sets` is wrong; what is wrong in files becomes a finding instead.
        PluginError: two plugins offer the same name.
    """
    machine = machines.detect()
    registry = plugins.load()
    chosen = profiles.choose_profile(machine, profile)
    sets = [*sets, f"model.name={model}"] if model else list(sets)
    layers = load_layers(chosen, None, sets)
    findings = [
        Finding("vibecoder", "ok", f"{metadata.version('vibecoder')} in {Path(__file__).parent}"),
        Finding("python", "ok", f"{platform.python_version()}, {sys.executable}"),
        Finding("machine", "ok", str(machine)),
        Finding("profile", "ok", f"{chosen.name}: {chosen.reason}"),
    ]
    project = find_project()
    try:
        with_project = load_layers(chosen, project, sets)
        check_stage_names(with_project, registry.stages)
        stage_settings(with_project)
        layers = with_project
        if project:
            findings.append(Finding("settings", "ok", f"{project} is read"))
    except UserError as error:
        findings.append(Finding("settings", "bad", str(error)))
    settings = stage_settings(layers)

    findings += [*_backends(registry, settings), *_lacking(registry, layers, settings)]
    findings += _blas(machine.system)
    findings += [
        Finding("plugin", "note", f"{broken.name} is broken: {broken.reason}; reinstall or uninstall {broken.source}")
        for broken in registry.broken
    ]
    packages = _packages()
    findings += _misfits(packages)
    findings += [_model(settings), *_memory(registry, machine, settings, fetch=model is not None)]
    findings += [_data(settings), _disk(settings), _git(), _hub()]
    return Diagnosis(tuple(findings), packages)


def _backends(registry: plugins.Registry, settings: Settings) -> list[Finding]:
    try:
        chosen = choose_backend(registry, settings.backend)
        used, findings = chosen.spec.name, [Finding("backend", "ok", f"{chosen.spec.name} is used: {chosen.reason}")]
    except UserError as error:
        used, findings = "", [Finding("backend", "bad", str(error))]
    for name, spec in registry.backends.items():
        reason = spec.unusable()
        if name not in (used, settings.backend):
            findings.append(Finding("backend", "note" if reason else "ok", f"{name}: {reason or 'usable'}"))
    return findings


def _lacking(registry: plugins.Registry, layers: Sequence[Layer], settings: Settings) -> list[Finding]:
    """Report what training would be refused for: objectives and settings that the backend lacks, each once."""
    try:
        backend = choose_backend(registry, settings.backend).spec
    except UserError:
        return []  # said by the finding on backends
    lacking: dict[str, Finding] = {}
    for stage in registry.stages.values():
        try:
            check_stage(stage, stage_settings(layers, stage), backend, registry.backends.values())
        except UserError as error:
            lacking[str(error)] = Finding("settings", "bad", str(error))
    return list(lacking.values())


def _blas(system: str) -> list[Finding]:
    """Report the BLAS of MLX's Linux build; its backend looks for MKL or OpenBLAS, ten times as fast as its own."""
    if system != "Linux" or _version("mlx") is None:
        return []
    if _version("mkl"):
        return [Finding("blas", "ok", f"mkl {_version('mkl')}, for MLX on the CPU")]
    library = ctypes.util.find_library("openblas")
    if library:
        return [Finding("blas", "ok", f"{library}, for MLX on the CPU")]
    fix = "pip install mkl" if platform.machine() == "x86_64" else "apt-get install libopenblas0"
    return [Finding("blas", "note", f"MLX computes with its reference BLAS, about ten times slower; run: {fix}")]


def _model(settings: Settings) -> Finding:
    name = settings.model.name
    if name == smollm2.NAME:
        try:
            return Finding("model", "ok", f"{name}, from {smollm2.file().name}")
        except ModelError as error:
            return Finding("model", "bad", str(error))
    if name.lower().endswith(".gguf"):
        there = Path(name).expanduser().is_file()
        return Finding("model", "ok" if there else "bad", f"{name}, {'a GGUF file' if there else 'which is not there'}")
    if name == "nano" or Path(name).expanduser().is_dir():
        folder = models.NANO if name == "nano" else Path(name).expanduser()
        if (folder / "config.json").is_file():
            return Finding("model", "ok", f"{name}, on this machine")
        return Finding("model", "bad", f"{name}: there is no config.json in {folder}; give another --model")
    from huggingface_hub import try_to_load_from_cache

    try:
        cached = isinstance(try_to_load_from_cache(name, "config.json"), str)
    except ValueError:
        return Finding("model", "bad", f"{name} is neither a folder nor a Hugging Face id (USER/NAME)")
    return Finding("model", "ok", f"{name}, {'downloaded' if cached else 'to be downloaded on first use'}")


def _memory(registry: plugins.Registry, machine: Machine, settings: Settings, fetch: bool) -> list[Finding]:
    """Predict the peak memory of training, if the model's sizes are known and the backend has a memory model."""
    try:
        named = settings.backend != "auto"
        spec = registry.backend(settings.backend) if named else choose_backend(registry).spec
    except UserError:
        return []  # said by the finding on backends
    try:
        config = memory_model.config_of(settings.model.name, fetch=fetch)
        if spec.memory is None or config is None:
            return []
        found = memory_model.fit_full_rows(spec.memory, machine, settings, config)
    except ModelError as error:
        return [Finding("memory", "bad" if fetch else "note", str(error))]
    except UserError as error:
        return [Finding("memory", "bad", str(error))]
    budget = found.budget
    text = f"{spec.name} takes {found.prediction} of {memory(budget.bytes)} ({budget.reason})"
    return [Finding("memory", "ok", f"{text}, {found.at_once:,} tokens at once")]


def _data(settings: Settings) -> Finding:
    path = Path(settings.data.path)
    if path.is_file():
        return Finding("data", "ok", f"{path}, {path.stat().st_size / 1e6:.1f} MB")
    if first_rows.are_wanted(settings):
        return Finding("data", "ok", f"no {path}: {settings.data.generate} rows are made before training")
    return Finding("data", "ok", f"no {path}: the {settings.data.shipped} rows of the package are used")


def _disk(settings: Settings) -> Finding:
    folder = Path(settings.output.folder).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / GIB
    needed = _ROOM["nano" if settings.model.name == "nano" else "other"]
    text = f"{free:.0f} GB free at {folder}"
    if free < needed:
        return Finding(
            "disk", "note", f"{text}; {needed} GB are safe: free some, or choose another folder with --output"
        )
    return Finding("disk", "ok", text)


def _git() -> Finding:
    found = shutil.which("git")
    if found:
        return Finding("git", "ok", found)
    return Finding("git", "note", "git is not installed; generating data from repositories needs it")


def _hub() -> Finding:
    from huggingface_hub import get_token

    if get_token():
        return Finding("hub", "ok", "a Hugging Face token is set")
    return Finding("hub", "note", "no Hugging Face token; only `push` and gated models need one: hf auth login")


def _packages() -> tuple[Package, ...]:
    """List every requirement for this platform, with or without an extra."""
    found = []
    for text in metadata.requires("vibecoder") or ():
        requirement = Requirement(text)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", text)
        name = extra[1] if extra else ""
        if requirement.marker is None or requirement.marker.evaluate({"extra": name}):
            found.append(Package(requirement.name, name, str(requirement.specifier), _version(requirement.name)))
    return tuple(found)


def _misfits(packages: Sequence[Package]) -> list[Finding]:
    findings = []
    for package in packages:
        if package.installed and not package.fits:
            extra = f"[{package.extra}]" if package.extra else ""
            text = f"{package.name} {package.installed} is installed, but {package.wanted} is what was tested"
            findings.append(Finding("package", "note", f"{text}; run: pip install 'vibecoder{extra}'"))
    return findings


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
