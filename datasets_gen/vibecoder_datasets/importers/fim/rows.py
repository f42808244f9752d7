"""Makes the rows of `from-fim`: spans of a commit's files to fill in; the three parts are the file, byte for byte."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any

from vibecoder.dataset.components import SHOWS
from vibecoder.types import Imported, ImportJob, Infill
from vibecoder_datasets.importers.fim.context import Context
from vibecoder_datasets.importers.fim.files import Entry, decoded, entries
from vibecoder_datasets.importers.fim.spans import spans
from vibecoder_datasets.importers.git.paths import looks_generated
from vibecoder_datasets.importers.git.repo import Repository, open_repository
from vibecoder_datasets.importers.git.stream import Blobs
from vibecoder_datasets.importers.git.syntax import parses

__all__ = ["rows"]

_AHEAD = 16


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` a file, in the order of the tree.

    Raises:
        DataError: there is no repository or no commit, or git stopped.
    """
    repo = open_repository(job.source, job.options.get("rev"))
    largest, per_file = int(job.options["max_bytes"]), int(job.options["per_file"])
    context = Context(repo, int(job.options["context"]), list(entries(repo, largest)) if job.options["context"] else [])
    ahead: deque[Entry] = deque()
    with Blobs.of(repo) as blobs, context:

        def finish(entry: Entry) -> Imported:
            if entry.reason:
                return Imported(skipped={entry.reason: 1})
            return _file(repo, entry, blobs.read(), per_file, job.seed, context)

        for entry in entries(repo, largest):
            ahead.append(entry)
            if not entry.reason:
                blobs.ask([entry.blob])
            if len(ahead) > _AHEAD:
                yield finish(ahead.popleft())
        while ahead:
            yield finish(ahead.popleft())


def _file(
    repo: Repository, entry: Entry, content: bytes | None, per_file: int, seed: int, context: Context
) -> Imported:
    if content is None:
        return Imported(skipped={"a file that this clone lacks": 1})
    if looks_generated(content):
        return Imported(skipped={"generated": 1})
    text = decoded(entry.path, content)
    if text is None:
        return Imported(skipped={"not text": 1})
    return _infills(repo, entry, content, *text, per_file, seed, context)


def _infills(
    repo: Repository, entry: Entry, content: bytes, text: str, encoding: str, per_file: int, seed: int, context: Context
) -> Imported:
    rng = Random(f"{seed} {entry.path} {entry.blob}")
    checked = parses(entry.path, content)
    around = context.of(entry, text)
    provenance: dict[str, Any] = {
        "importer": "fim", "repository": repo.name, "commit": repo.head, "encoding": encoding,
        **({SHOWS: [f"{repo.name}:{file['path']}" for file in around]} if around else {}),
    }  # fmt: skip
    found: list[Infill] = []
    for kind, start, end in spans(entry.path, text, per_file, rng):
        parts = text[:start], text[start:end], text[end:]
        assert "".join(parts).encode(encoding) == content
        found.append(
            Infill(
                prefix=parts[0], middle=parts[1], suffix=parts[2], path=entry.path, context=around,
                repository=repo.name if around else "", category="fim", subcategory=kind,
                group=f"{repo.name}:{entry.path}", provenance=provenance,
                verification="parsed" if checked else "imported",
            )
        )  # fmt: skip
    return Imported(found, {} if found else {"no span worth filling in": 1})
