"""What every form of an export begins with: the base model, its rows, and the answers of the trainer's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vibecoder import plugins
from vibecoder.errors import DataError
from vibecoder.export.request import ExportRequest, find_model
from vibecoder.export.rows import ExportRows, load_export_rows, rendered_rows
from vibecoder.export.truth.cases import make_cases
from vibecoder.export.truth.reference import Reference, ask_reference, open_reference
from vibecoder.models import ResolvedModel, read_config
from vibecoder.plugins.choose import choose_backend
from vibecoder.progress.display import Progress
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import BackendSpec, Inspectable

__all__ = ["Prepared", "prepare"]

_WEIGHED_ROWS, _LONGEST = 32, 768


@dataclass(frozen=True, slots=True)
class Prepared:
    """`reference` is None where nothing is to be tested; `squares` are a backend's `input_squares`, None unasked."""

    base: ResolvedModel
    adapter: Path | None
    backend: BackendSpec
    registry: plugins.Registry
    reference: Reference | None
    importance: Mapping[str, object] | None
    weighed_rows: int


def prepare(request: ExportRequest, weigh: bool, progress: Progress) -> Prepared:
    """Find the model, and let the trainer's model answer the cases and, to `weigh` columns, read rows of the run.

    Raises:
        UserError: what was asked for does not exist or does not fit.
    """
    base = find_model(request.model, request.adapter)
    registry = plugins.load()
    spec = choose_backend(registry, request.backend or "auto").spec
    if not request.verify and not weigh:
        return Prepared(base, request.adapter, spec, registry, None, None, 0)
    tokenizer = ChatTokenizer.load(base.folder)
    rows = _rows(request, registry)
    context = int(read_config(base.folder).get("max_position_embeddings") or 4096)
    importance, weighed = None, 0
    reference = None
    with progress.busy(f"asking {base.name} on {spec.name}"), open_reference(spec, base) as (backend, precision):
        if weigh:
            from vibecoder.export.importance import measure_importance

            assert isinstance(backend, Inspectable)
            read = rendered_rows(rows.learned, tokenizer, _WEIGHED_ROWS, min(_LONGEST, context))
            importance, weighed = measure_importance(backend, read, base.folder, request.adapter), len(read)
        if request.verify:
            cases = make_cases(tokenizer, rows.held_out, context)
            reference = ask_reference(backend, precision, tokenizer, cases, request.adapter)
    return Prepared(base, request.adapter, spec, registry, reference, importance, weighed)


def _rows(request: ExportRequest, registry: plugins.Registry) -> ExportRows:
    try:
        return load_export_rows(request.adapter, request.data, registry)
    except DataError as error:
        reason = str(error).split(";")[0]
        raise DataError(f"the rows to test the export with cannot be read: {reason}; give --data FILE") from error
