"""Hold a finished export against the trainer's model once more, by what its record says of it."""

from __future__ import annotations

from pathlib import Path

from vibecoder.errors import ModelError
from vibecoder.export.prepare import Prepared, prepare
from vibecoder.export.record import RECORD, ExportRecord
from vibecoder.export.request import ExportRequest, check_installed
from vibecoder.export.truth.folder import check_folder
from vibecoder.export.truth.verdict import Truth
from vibecoder.progress.display import Progress
from vibecoder.types import BackendSpec

__all__ = ["verify_export"]


def verify_export(
    path: Path, model: str | None, adapter: Path | None, backend: str | None, data: str | None, progress: Progress
) -> list[Truth]:
    """Test the GGUF file at `path`, or everything in the export's folder there.

    Raises:
        ModelError: there is nothing, or nobody says what it was made from.
    """
    if not path.exists():
        raise ModelError(f"no file or folder {path}; give what `vibecoder export` wrote")
    folder = path if path.is_dir() else path.parent
    record = ExportRecord.read(folder) if (folder / RECORD).exists() else None
    if record is None and (path.is_dir() or model is None):
        raise ModelError(f"{folder} has no {RECORD}; give a GGUF file, and the model it was made from as --model")
    if record is not None and model is None:
        model, adapter = record.model, adapter or (Path(record.adapter) if record.adapter else None)
    if path.is_file():
        check_installed("gguf", "xllamacpp")
        _quantization(path)
    request = ExportRequest(output=folder, model=model, adapter=adapter, backend=backend, data=data)
    made = prepare(request, False, progress)
    assert made.reference is not None
    found = []
    if record is None or record.form in ("gguf", "lora"):
        check_installed("gguf", "xllamacpp")
        files = [path] if path.is_file() else [folder / name for name in record.files] if record else []
        for file in files:
            found.append(_gguf(file, made, progress, is_adapter=record is not None and record.form == "lora"))
    else:
        form = record.files[next(iter(record.files))]
        with progress.busy(f"testing {folder}"):
            found.append(check_folder(folder, str(form["quantization"]), made.reference, _reader(record.form, made)))
    for truth in found:
        for check in truth.checks:
            (progress.notice if check.passed else progress.warning)(f"  {truth.subject} {check.name}: {check.said}")
    return found


def _gguf(path: Path, made: Prepared, progress: Progress, is_adapter: bool) -> Truth:
    from vibecoder.export.truth.gguf_file import check_gguf, check_lora

    assert made.reference is not None
    quantization = _quantization(path)
    with progress.busy(f"testing {path.name} in llama.cpp"):
        if is_adapter:
            return check_lora(path, made.base.folder, made.reference)
        return check_gguf(path, quantization, made.reference)


def _quantization(path: Path) -> str:
    from vibecoder.export.gguf.mixture import quantization_of

    return quantization_of(path)


def _reader(form: str, made: Prepared) -> BackendSpec:
    if form == "mlx":
        return next(spec for spec in made.registry.backends.values() if spec.convert is not None)
    return made.backend
