"""Carry out an export: write the files, hold each against the trainer's model, and hand on only what passes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibecoder import plugins
from vibecoder.errors import ConfigError
from vibecoder.export.merged import write_merged
from vibecoder.export.prepare import Prepared, prepare
from vibecoder.export.record import ExportRecord, check_replaceable, digest_of
from vibecoder.export.request import ExportRequest, check_installed, file_name
from vibecoder.export.truth.folder import check_folder
from vibecoder.export.truth.verdict import Truth
from vibecoder.models import read_config
from vibecoder.progress.display import Progress
from vibecoder.system.stored import stored_tensors
from vibecoder.system.units import memory

__all__ = ["ExportResult", "Exported", "export_gguf", "export_lora", "export_merged", "export_mlx", "stored_kind"]

_FAILED = ".failed"


@dataclass(frozen=True, slots=True)
class Exported:
    """One file or folder: its bytes, what is to be said of it, and what the truth test found, None if not asked."""

    path: Path
    quantization: str
    size: int
    about: dict[str, Any] = field(default_factory=dict)
    truth: Truth | None = None

    @property
    def passed(self) -> bool:
        return self.truth is None or self.truth.passed


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Everything that one export wrote into `folder`."""

    folder: Path
    form: str
    model: str
    adapter: Path | None
    files: tuple[Exported, ...]

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Build the form that is printed as JSON."""
        return {
            "form": self.form,
            "folder": str(self.folder),
            "model": self.model,
            "adapter": str(self.adapter) if self.adapter else None,
            "passed": self.passed,
            "files": [
                {"path": str(each.path), "quantization": each.quantization, "bytes": each.size, **each.about}
                | ({"truth": each.truth.as_dict()} if each.truth else {})
                for each in self.files
            ],
        }


def export_gguf(request: ExportRequest, progress: Progress) -> ExportResult:
    """Write a GGUF file for each quantization.

    Raises:
        UserError: what was asked for does not exist or does not fit.
    """
    check_installed("gguf", *(("xllamacpp",) if request.verify else ()))
    from vibecoder.export.gguf.architectures import find_architecture
    from vibecoder.export.gguf.mixture import find_quantization
    from vibecoder.export.gguf.writer import write_gguf
    from vibecoder.export.request import find_model
    from vibecoder.export.truth.gguf_file import check_gguf

    wanted = [find_quantization(name) for name in request.quantizations]
    base = find_model(request.model, request.adapter)
    find_architecture(read_config(base.folder), base.name)
    made = prepare(request, request.weigh and any(each.weighs for each in wanted), progress)
    files = []
    for each in wanted:
        target = request.output / f"{file_name(made.base, request.adapter)}-{each.name}.gguf"
        importance: Any = made.importance if each.weighs else None
        with progress.busy(f"writing {target.name}") as advance:
            written = write_gguf(
                made.base.folder, target, each.name, request.adapter, importance, counting(advance, made.base.folder)
            )
        mix = ", ".join(f"{count} {kind}" for kind, count in written.mix.items())
        rows = made.weighed_rows if importance else 0
        progress.notice(
            f"{target}: {memory(written.size)}, matrices of {mix}"
            f"{f', weighed by {rows} rows of the run' if rows else ''}"
        )
        truth = None
        if made.reference is not None:
            with progress.busy(f"testing {target.name} in llama.cpp"):
                truth = check_gguf(target, each.name, made.reference)
            _tell(truth, progress)
        path = _handed_on(target, truth)
        files.append(Exported(path, each.name, written.size, {"mix": dict(written.mix), "weighed_rows": rows}, truth))
    return _recorded(request, made, "gguf", tuple(files))


def export_lora(request: ExportRequest, progress: Progress) -> ExportResult:
    """Write the adapter alone as a GGUF file for each quantization; on the base's file it must be the merged model.

    Raises:
        UserError: what was asked for does not exist or does not fit.
    """
    check_installed("gguf", *(("xllamacpp",) if request.verify else ()))
    from vibecoder.export.gguf.lora import write_lora_gguf
    from vibecoder.export.truth.gguf_file import check_lora

    assert request.adapter is not None
    made = prepare(request, False, progress)
    files = []
    for name in request.quantizations:
        target = request.output / f"{file_name(made.base, request.adapter)}-lora-{name}.gguf"
        with progress.busy(f"writing {target.name}"):
            written = write_lora_gguf(made.base.folder, request.adapter, target, name)
        progress.notice(f"{target}: {memory(written.size)}")
        truth = None
        if made.reference is not None:
            with progress.busy(f"testing {target.name} on its base in llama.cpp"):
                truth = check_lora(target, made.base.folder, made.reference)
            _tell(truth, progress)
        files.append(Exported(_handed_on(target, truth), written.quantization, written.size, {}, truth))
    return _recorded(request, made, "lora", tuple(files))


def export_merged(request: ExportRequest, progress: Progress) -> ExportResult:
    """Write a folder with the adapter merged into the base at full precision.

    Raises:
        UserError: what was asked for does not exist or does not fit.
    """
    check_replaceable(request.output)
    made = prepare(request, False, progress)
    kind = stored_kind(made.base.folder)
    with progress.busy(f"writing {request.output}") as advance:
        written = write_merged(
            made.base.folder, request.output, request.adapter, advance=counting(advance, made.base.folder)
        )
    progress.notice(f"{request.output}: {memory(written.size)} in {len(written.shards)} files, {kind}")
    return _tested_folder(request, made, "merged", kind, made.backend, progress)


def export_mlx(request: ExportRequest, progress: Progress) -> ExportResult:
    """Write a folder that mlx-lm and LM Studio read, merged and quantized.

    Raises:
        UserError: what was asked for does not exist or does not fit.
    """
    quantization = request.quantizations[0] if request.quantizations else "4bit"
    spec = next((each for each in plugins.load().backends.values() if each.convert is not None), None)
    if spec is None or spec.convert is None:
        raise ConfigError("no installed backend converts models; install with: pip install 'vibecoder[mlx]'")
    if reason := spec.unusable():
        raise ConfigError(f"the backend {spec.name} cannot be used: {reason}")
    if quantization not in spec.quantizations or quantization == "none":
        known = ", ".join(each for each in spec.quantizations if each != "none")
        raise ConfigError(f"{spec.name} has no quantization {quantization}; it has {known}; use --quant")
    check_replaceable(request.output)
    made = prepare(request, False, progress)
    between = request.output.with_name(f".{request.output.name}.merged")
    try:
        with progress.busy(f"merging {made.base.name}") as advance:
            write_merged(made.base.folder, between, request.adapter, advance=counting(advance, made.base.folder))
        with progress.busy(f"writing {request.output}"):
            spec.convert(between, request.output, quantization)
    finally:
        shutil.rmtree(between, ignore_errors=True)
    return _tested_folder(request, made, "mlx", quantization, spec, progress)


def stored_kind(folder: Path) -> str:
    """Find the kind of number that most of a model's weights are stored in, such as `BF16`."""
    sizes: dict[str, int] = {}
    for tensor in stored_tensors(folder).values():
        sizes[tensor.kind] = sizes.get(tensor.kind, 0) + tensor.size
    return max(sizes, key=lambda kind: sizes[kind])


def counting(advance: Callable[[int, int], None], folder: Path) -> Callable[[int], None]:
    """Turn what a writer tells, bytes just written, into what a display takes, out of the base's bytes."""
    total, done = sum(tensor.size for tensor in stored_tensors(folder).values()), 0

    def count(by: int) -> None:
        nonlocal done
        done = min(done + by, total)
        advance(done, total)

    return count


def _tested_folder(
    request: ExportRequest, made: Prepared, form: str, quantization: str, spec: Any, progress: Progress
) -> ExportResult:
    size = sum(path.stat().st_size for path in request.output.iterdir())
    truth = None
    if made.reference is not None:
        with progress.busy(f"testing {request.output}"):
            truth = check_folder(request.output, quantization, made.reference, spec)
        _tell(truth, progress)
    _record(request, made, form, (Exported(request.output, quantization, size, {}, truth),))
    path = _handed_on(request.output, truth)
    return ExportResult(
        path.parent, form, made.base.name, request.adapter, (Exported(path, quantization, size, {}, truth),)
    )


def _tell(truth: Truth, progress: Progress) -> None:
    for check in truth.checks:
        line = f"{check.name}: {check.said}{f' ({check.note})' if check.note else ''}"
        if check.passed:
            progress.notice(f"  pass  {line}")
        else:
            progress.warning(f"  FAIL  {line}")


def _handed_on(path: Path, truth: Truth | None) -> Path:
    """Give a file or folder that failed another name, which nothing opens by mistake; return the name it has."""
    failed = path.with_name(path.name + _FAILED)
    if failed.is_dir():
        shutil.rmtree(failed)
    else:
        failed.unlink(missing_ok=True)
    return path if truth is None or truth.passed else path.rename(failed)


def _recorded(request: ExportRequest, made: Prepared, form: str, files: tuple[Exported, ...]) -> ExportResult:
    _record(request, made, form, files)
    return ExportResult(request.output, form, made.base.name, request.adapter, files)


def _record(request: ExportRequest, made: Prepared, form: str, files: tuple[Exported, ...]) -> None:
    ExportRecord(
        form=form,
        model=made.base.name,
        adapter=str(request.adapter) if request.adapter else None,
        adapter_sha256=digest_of(request.adapter),
        files={each.path.name: {"quantization": each.quantization, "bytes": each.size, **each.about} for each in files},
        truth={each.path.name: each.truth.as_dict() for each in files if each.truth},
    ).write(request.output)
