"""Makes the rows of a category: quotas become units of work for processes, whose rows are taken in one fixed order.

Whatever the number of processes and machines, the same seed gives the same rows in the same order.
"""

from __future__ import annotations

import atexit
import hashlib
import math
import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib import metadata
from pathlib import Path

from vibecoder import workspace
from vibecoder.dataset.records import to_line
from vibecoder.errors import DataError
from vibecoder.types import Example, Generated, GenerateJob, Record
from vibecoder_datasets.pipeline.admission import Admission, uses_of
from vibecoder_datasets.pipeline.cluster import Cluster
from vibecoder_datasets.pipeline.plan import MODULES, counts, per_project, quotas
from vibecoder_datasets.pipeline.pool import Pool
from vibecoder_datasets.pipeline.tasks import Tasks
from vibecoder_datasets.pipeline.units import ROWS, Check, UnitResult, WorkUnit
from vibecoder_datasets.projects.catalogue import PYTHON, REPO, RESERVES, project
from vibecoder_datasets.teaching.teacher import taught

__all__ = ["batches", "generate_taught", "replay"]

PASSES = 6
"""How often the material of a project is gone through at most."""


@dataclass(slots=True)
class _QuotaQueue:
    """Queues the units of one quota on one project: the planned ones, then spare ones."""

    first: WorkUnit
    wanted: int
    next: int = 0
    fruitless: int = 0

    @property
    def planned(self) -> list[WorkUnit]:
        return [replace(self.first, number=number) for number in range(self.first.slices)] if self.wanted else []

    @property
    def is_dry(self) -> bool:
        """Tell whether all of the material was gone through without a row, or often enough."""
        return self.fruitless >= self.first.slices or self.next >= PASSES * self.first.slices

    def draw(self) -> WorkUnit:
        self.next += 1
        return replace(self.first, number=self.next - 1)


def generate_taught(category: str, job: GenerateJob) -> Iterator[Generated]:
    """Make the rows of a category, reworded by the job's teacher if it has one."""
    return taught(job, partial(batches, category))


def batches(category: str, job: GenerateJob, plain: bool = False) -> Iterator[Generated]:
    """Make the rows of a category, unit by unit; what `job.made` has is not made again.

    No function and no failing test is used more often than `LIMIT` by these and the dataset's `job.others` together.
    In `plain` rows users ask without asides.

    Raises:
        DataError: a project is not installed, or `job.repo` is no git repository.
    """
    job = replace(job, workers=job.workers or os.cpu_count() or 1, repo=job.repo.resolve() if job.repo else None)
    others = [row for row in job.others if isinstance(row, Example) and row.category != category]
    uses = _earlier_uses(category, others)
    groups = _quota_queues(category, job, uses, plain)
    digest = _digest(job, {queue.first.project for group in groups for queue in group}, uses)
    planned = [unit for group in groups for queue in group for unit in queue.planned]
    pool = _pool(job.workers, job.cluster)
    pool.begin([unit for unit in planned if f"{unit.name} {digest}" not in job.made])
    work = _OrderedUnits(pool, job, digest, set(planned))
    for row in others:
        work.admission.admit(row)
    left: Counter[str] = Counter()
    for group in groups:
        subcategory = quotas(category)[group[0].first.quota].subcategory
        left[subcategory] += yield from work.rows(group)
    for group in groups:  # what one expert finds no material for, another of its sub-category makes
        subcategory = quotas(category)[group[0].first.quota].subcategory
        if left[subcategory]:
            group[0].wanted = left[subcategory]
            left[subcategory] = yield from work.rows(group)
    for subcategory, missing in left.items():
        if missing:
            yield Generated(skipped={f"no material is left for {subcategory}": missing})


@dataclass(slots=True)
class _OrderedUnits:
    """Takes the rows of units in their fixed order, and admits or refuses each."""

    pool: Tasks
    job: GenerateJob
    digest: str
    submitted: set[WorkUnit]
    admission: Admission = field(default_factory=Admission)

    def rows(self, group: Sequence[_QuotaQueue]) -> Generator[Generated, None, int]:
        """Yield the rows of a quota, queue by queue; return how many are missing in the end."""
        missing = 0
        queues = [queue for queue in group if queue.first.project not in RESERVES]
        for queue in [*queues, *group]:  # a second time for what later projects could not give
            queue.wanted, missing = queue.wanted + missing, 0
            while queue.wanted and not queue.is_dry:
                part = self._unit(queue.draw(), queue.wanted)
                queue.wanted -= len(part.records)
                queue.fruitless = 0 if part.records else queue.fruitless + 1
                yield part
            missing, queue.wanted = queue.wanted, 0
        return missing

    def _unit(self, unit: WorkUnit, wanted: int) -> Generated:
        name = f"{unit.name} {self.digest}"
        if name in self.job.made:
            rows = [row for row in self.job.made[name] if isinstance(row, Example)]
            for row in rows:
                self.admission.admit(row)
            return Generated(batch=name, records=rows)
        if unit not in self.submitted:
            spare = [replace(unit, number=unit.number + more) for more in range(self.pool.size)]
            self.pool.submit(spare)
            self.submitted.update(spare)
        rows, skipped = _admitted(self.pool.result(unit), wanted, self.admission)
        return Generated(batch=name, records=rows, skipped=skipped)


def replay(records: Sequence[Record], job: GenerateJob) -> Iterator[Sequence[str]]:
    """Run the calls of records again on fresh copies of their projects; list for each what is otherwise than stored.

    A row of another version of a project, or of a repository that is not given, cannot be run; that is told as well.
    """
    repo = job.repo.resolve() if job.repo else None
    sources: dict[str, str] = {}
    checks: list[Check | str] = []
    for at, record in enumerate(records):
        name, made_from = str(record.provenance.get("project")), record.provenance.get("source")
        try:
            sources[name] = sources.get(name) or project(name, repo).source
        except (DataError, metadata.PackageNotFoundError) as error:
            checks.append(f"cannot be run again: {error}")
            continue
        if sources[name] != made_from:
            checks.append(f"cannot be run again: made from {made_from}, here is {sources[name]}")
        else:
            checks.append(Check(at, name, (to_line(record),), repo if name == REPO else None))
    pool = _pool(job.workers or os.cpu_count() or 1, job.cluster)
    pool.begin([check for check in checks if isinstance(check, Check)])
    for check in checks:
        yield [check] if isinstance(check, str) else pool.result(check)[0]


def _admitted(made: UnitResult, wanted: int, admission: Admission) -> tuple[list[Example], Counter[str]]:
    rows: list[Example] = []
    skipped = Counter(made.skipped)
    for row in made.rows:
        if len(rows) == wanted:
            break
        if refusal := admission.refusal(row):
            skipped[refusal] += 1
        else:
            admission.admit(row)
            rows.append(row)
    return rows, skipped


def _earlier_uses(category: str, others: Iterable[Example]) -> Counter[str]:
    """Count the uses by rows of the categories before this one: all there are when everything is made at once."""
    order = list(MODULES)
    earlier = order[: order.index(category)]
    return Counter(use for row in others if row.category in earlier for use in uses_of(row))


def _quota_queues(category: str, job: GenerateJob, uses: Mapping[str, int], plain: bool) -> list[list[_QuotaQueue]]:
    """Build the queues of each quota; all rows are wanted of the user's repository first, if there is one."""
    groups = []
    for at, (quota, count) in enumerate(zip(quotas(category), counts(category, job.count), strict=True)):
        wanted = per_project(quota, count)
        if job.repo and set(quota.projects or PYTHON) & set(PYTHON):
            wanted = {REPO: count, **dict.fromkeys(wanted, 0)}
        if set(wanted) & set(PYTHON):
            wanted |= dict.fromkeys(RESERVES, 0)
        group = []
        for name, rows in wanted.items():
            slices = max(1, math.ceil(rows / ROWS))
            unit = WorkUnit(
                category, at, name, 0, slices, math.ceil((rows or ROWS) / slices), job.seed, None, uses, plain
            )
            group.append(_QuotaQueue(replace(unit, repo=job.repo) if name == REPO else unit, rows))
        if count:
            groups.append(group)
    return groups


def _digest(job: GenerateJob, names: Iterable[str], uses: Mapping[str, int]) -> str:
    """Hash what a unit's rows depend on beside its name."""
    sources = [project(name, job.repo).digest for name in sorted(names)]
    known = (_code(), job.count, job.seed, str(job.repo or ""), sources, sorted(uses.items()))
    return hashlib.sha256(repr(known).encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def _code() -> str:
    """Hash the code that rows depend on: this package, and the workspace with its tools."""
    found = hashlib.sha256()
    for root in (Path(__file__).parents[1], Path(workspace.__file__).parent):
        for path in sorted(root.rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


@lru_cache(maxsize=1)
def _pool(workers: int, cluster: str) -> Tasks:
    """Return one pool for all categories, so that workspaces are opened once; it ends with this process."""
    pool: Tasks = Cluster(cluster) if cluster else Pool(workers)
    atexit.register(pool.close)
    return pool
