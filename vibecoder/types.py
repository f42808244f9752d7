"""The vocabulary every part of vibecoder shares: records, rendered rows, schedules, jobs, events and descriptors.

This module imports nothing of ours, and everything may import it. All types are frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SFT",
    "Backend",
    "BackendSpec",
    "Batch",
    "Comparison",
    "Dimensions",
    "Evaluated",
    "Event",
    "Events",
    "Example",
    "GenerateJob",
    "Generated",
    "GeneratorSpec",
    "ImportJob",
    "ImportOption",
    "Imported",
    "ImporterSpec",
    "Infill",
    "Judgement",
    "LoraSpec",
    "LossSum",
    "MemoryModel",
    "MemorySetup",
    "ModelSpec",
    "Objective",
    "OptimizerSpec",
    "PrefixGroup",
    "Probe",
    "Prompt",
    "Rated",
    "Record",
    "Rendered",
    "RewardSpec",
    "Saved",
    "Schedule",
    "Stage",
    "Stepped",
    "SuiteJob",
    "SuiteSpec",
    "Task",
    "Teacher",
    "TrainJob",
    "TrainResult",
    "Verification",
    "Workload",
]

Message: TypeAlias = dict[str, Any]
Verification: TypeAlias = Literal["executed", "parsed", "imported", "none"]


# --- Records: one line of dataset.jsonl each -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What every record carries beside its content.

    `category` and `subcategory` say what it teaches, `group` is the unit a split never divides (repository + function),
    `provenance` where it comes from, `verification` how its claims were checked. `id` is the hash of the content
    alone (`vibecoder.records.content_id`), so the same content is the same record whatever its labels.
    """

    id: str = ""
    category: str = "uncategorised"
    subcategory: str = ""
    group: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    verification: Verification = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(_Record):
    """A conversation to imitate: OpenAI-style `messages`, tool-call `arguments` as dicts, and the offered `tools`."""

    messages: Sequence[Message]
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Infill(_Record):
    """A span of a file to fill in: `prefix + middle + suffix` is the file, byte for byte.

    `context` holds other files of the same `repository` that are shown before it, `{"path": ..., "text": ...}` each.
    """

    prefix: str
    middle: str
    suffix: str
    path: str = ""
    repository: str = ""
    context: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(_Record):
    """Two replies to one conversation, `chosen` better than `rejected`."""

    messages: Sequence[Message]
    chosen: Sequence[Message]
    rejected: Sequence[Message]
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(_Record):
    """One reply to a conversation with a thumb: `label` is True for up."""

    messages: Sequence[Message]
    completion: Sequence[Message]
    label: bool
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(_Record):
    """A prompt whose replies a reward function can score; `reference` is whatever that function needs."""

    messages: Sequence[Message]
    reference: Mapping[str, Any]
    tools: Sequence[Mapping[str, Any]] = ()


Record: TypeAlias = Example | Infill | Comparison | Rated | Task


# --- Rendered rows and their schedule --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rendered:
    """One record as the model reads it: `ids` [T] int32 and `loss_mask` [T] bool, True where a token is a target."""

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_]
    record_id: str = ""
    category: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def supervised(self) -> int:
        """Targets the loss counts; position 0 has nothing before it to predict it from."""
        return int(self.loss_mask[1:].sum())


@dataclass(frozen=True, slots=True)
class PrefixGroup:
    """Rows of a schedule that are computed together; their first `prefix` tokens are the same and computed once.

    No token of the prefix is a target, nor is the one after it, so every target is predicted inside a suffix.
    """

    rows: tuple[int, ...]
    prefix: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A packed group: `prefix` [P] int32, then the rows' suffixes padded to one width.

    `ids` [B, T] int32 and `loss_mask` [B, T] bool stand at positions P to P + T; `lengths` [B] int32 counts the tokens
    of each suffix. P is 0 where nothing is shared. The first token of a suffix is never a target.
    """

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_]
    lengths: NDArray[np.int32]
    prefix: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    @property
    def supervised(self) -> int:
        return int(self.loss_mask[:, 1:].sum())

    @property
    def tokens(self) -> int:
        """Tokens of the rows, each with its prefix, without padding."""
        return int(self.lengths.sum()) + len(self.prefix) * int((self.lengths > 0).sum())


@dataclass(frozen=True, slots=True)
class Schedule:
    """The whole training order, decided before training: `steps[s]` are the groups, one micro-batch each, of step s.

    Every step holds the same number of groups; empty ones fill it up. `widths` are the few lengths that suffixes are
    padded to. With `prefix_once` consecutive groups that have the same prefix are meant to compute it once.
    """

    rows: Sequence[Rendered]
    steps: Sequence[Sequence[PrefixGroup]]
    widths: Sequence[int]
    digest: str
    prefix_once: bool = False

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def micro_batches(self) -> int:
        return len(self.steps[0]) if self.steps else 0

    def step_rows(self, step: int) -> list[Rendered]:
        """The rows of a step, in order."""
        return [self.rows[i] for group in self.steps[step] for i in group.rows]


# --- Objectives and stages -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SFT:
    """Supervised fine-tuning: cross-entropy on every assistant token."""

    name: str = "sft"


Objective: TypeAlias = SFT


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the curriculum: which records (`categories`, None for all), which loss, which settings of its own.

    Stages run by ascending `order`, each from the adapter of the one before. `overrides` are dotted settings
    (`{"train.epochs": 2}`) that stand between the profile's values and the user's own.
    """

    name: str
    order: int
    summary: str
    categories: tuple[str, ...] | None = None
    objective: Objective = SFT()
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def takes(self, category: str) -> bool:
        """Whether records of a category belong to this stage."""
        return self.categories is None or category in self.categories


# --- Jobs: what a backend is asked to do -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The base model: `path` is a local folder or a hub id; `load_path` what a backend opens (equal unless embedded).

    `quantization` is `none`, `4bit` or `8bit`; `precision` is `auto`, `float32`, `bfloat16` or `float16`.
    """

    path: str
    quantization: str = "none"
    precision: str = "auto"
    checkpointing: bool = False
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class LoraSpec:
    """Low-rank adapters (Hu et al., 2106.09685) on every linear layer whose last name is in `targets`."""

    rank: int
    alpha: float
    dropout: float
    targets: tuple[str, ...]

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """AdamW with bias correction; `learning_rates` [steps] float64 holds one value per optimizer step.

    `name` is `adamw`, `adamw-8bit` or `paged-adamw-8bit`; `clip` bounds the global gradient norm, 0 turns it off.
    """

    name: str
    learning_rates: NDArray[np.float64]
    weight_decay: float
    clip: float
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8


@dataclass(frozen=True, slots=True)
class Probe:
    """A few prompts, as token ids, that show how a stage fares while it trains: greedy replies up to a `stop` token."""

    prompts: Sequence[Sequence[int]]
    max_new_tokens: int
    stop: Sequence[int]


@dataclass(frozen=True, slots=True)
class TrainJob:
    """One stage, decided completely.

    `start` is the adapter folder to begin from (None: fresh LoRA weights from `seed`). `folder` receives `adapter/`
    (the result), `best/` and `checkpoints/`. `resume` is a checkpoint folder of this same job. `keep` is `best` (lowest
    held-out loss) or `last`. `base_name` goes into the adapter as `base_model_name_or_path`. `probe` is answered at
    every save.
    """

    stage: str
    objective: Objective
    schedule: Schedule
    held_out: Sequence[Batch]
    lora: LoraSpec
    optimizer: OptimizerSpec
    seed: int
    folder: Path
    base_name: str
    start: Path | None = None
    resume: Path | None = None
    evaluate_every: int = 0
    save_every: int = 0
    keep_checkpoints: int = 1
    keep: Literal["best", "last"] = "best"
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class LossSum:
    """Cross-entropy summed over `tokens` supervised targets, in nats."""

    total: float
    tokens: int

    @property
    def mean(self) -> float:
        return self.total / max(1, self.tokens)


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How a stage ended: the `adapter` folder, the steps done, why it stopped early (None: it did not)."""

    adapter: Path
    steps: int
    best_step: int | None
    best_loss: float | None
    stopped: str | None


# --- Events: what a backend reports ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stepped:
    """One optimizer step is done. `loss` is the mean over the step's `tokens` supervised targets before the update.

    `seconds` is the step's wall time, `peak_memory` is in bytes since the job began,
    `total_tokens` counts input without padding.
    """

    step: int
    loss: float
    tokens: int
    total_tokens: int
    learning_rate: float
    grad_norm: float
    seconds: float
    peak_memory: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Mean held-out loss after `step` steps; `best` if it is the lowest of this stage."""

    step: int
    loss: float
    best: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint of `step` is complete on disk; `replies` are those of its weights to the job's `probe`, in order."""

    step: int
    path: Path
    replies: Sequence[Sequence[int]] = ()


Event: TypeAlias = Stepped | Evaluated | Saved


class Events(Protocol):
    """The host's side of a running job."""

    def emit(self, event: Event) -> None: ...

    def should_stop(self) -> str | None:
        """A reason to save and stop after the current step (Ctrl-C, a time limit), or None. Asked once a step."""


# --- Memory: what a peak is predicted from ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dimensions:
    """A decoder's sizes, as its `config.json` has them.

    `ff` is the feed-forward width, of one expert where there are several; `biases` counts those of one layer.
    """

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ff: int
    vocabulary: int
    tied: bool = False
    biases: int = 0
    experts: int = 1
    experts_used: int = 1

    @property
    def queries(self) -> int:
        """Numbers in the queries of one token and layer."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Numbers in the keys of one token and layer; the values have as many."""
        return self.kv_heads * self.head_dim


@dataclass(frozen=True, slots=True)
class Workload:
    """A micro-batch by size: `rows` of `width` tokens after `prefix` shared ones; `targets` of all are supervised.

    With `apart` of the prefix only keys and values are at hand, since other micro-batches have it as well.
    """

    rows: int
    width: int
    prefix: int
    targets: int
    apart: bool = False


@dataclass(frozen=True, slots=True)
class MemorySetup:
    """What stays the same from micro-batch to micro-batch. `device` is `apple`, `nvidia` or `cpu`."""

    dimensions: Dimensions
    model: ModelSpec
    lora: LoraSpec
    optimizer: str
    device: str


@dataclass(frozen=True, slots=True)
class MemoryModel:
    """How much memory a backend takes, in bytes by what for; calibrated by `benchmarks/fit.py`.

    `devices` are the kinds it computes on, best first. `standing` is there throughout training, `working` at the peak
    of one micro-batch.
    """

    devices: tuple[str, ...]
    standing: Callable[[MemorySetup], Mapping[str, int]]
    working: Callable[[MemorySetup, Workload], Mapping[str, int]]


# --- Plugin descriptors ----------------------------------------------------------------------------------------------


class Backend(Protocol):
    """A loaded base model that trains adapters. Opened by `BackendSpec.open`; owns its loop, reports `Event`s.

    With several processes every rank runs the same calls; a backend shares the work and keeps ranks equal.
    """

    def train(self, job: TrainJob, events: Events) -> TrainResult: ...

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum: ...

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        """log p of every target, one [B, T] float32 array a batch, 0 where there is no target; each prefix read once.

        The sum over a row is the log-probability of its reply: what preference and policy objectives are made of.
        """

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        """Greedy continuations without the prompt and without the stop token, in the order of `prompts`."""

    def peak_memory(self) -> int:
        """Bytes in use at most, since the process or its latest training job began."""

    def close(self) -> None:
        """Give memory back; the backend is not used afterwards."""


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """A backend at the door: cheap to build, nothing heavy imported until `open`.

    `unusable` says in one line why this machine cannot run it and the command that fixes that, or None.
    `rank_and_world` reads this process's rank and the number of processes from the launcher's environment. Without a
    `memory` model, runs are neither refused nor made to fit beforehand. `prefix_once` tells whether consecutive
    micro-batches of a step that have the same prefix compute it once.
    """

    name: str
    summary: str
    objectives: tuple[str, ...]
    unusable: Callable[[], str | None]
    open: Callable[[ModelSpec], Backend]
    rank_and_world: Callable[[], tuple[int, int]] = lambda: (0, 1)
    memory: MemoryModel | None = None
    prefix_once: bool = False


@dataclass(frozen=True, slots=True)
class Teacher:
    """A language model `model` at the OpenAI-compatible `url` that may reword rows; `cache` keeps what it answered."""

    url: str
    model: str
    cache: Path


@dataclass(frozen=True, slots=True)
class GenerateJob:
    """What a generator is asked for: up to `count` records (None: its default), the same ones for the same `seed`.

    `repo` is a git repository to make them from, `workers` the number of processes (0: one per CPU), which must not
    change the records. `made` holds the records of the batches that an earlier, interrupted job has finished, `others`
    all that the dataset had when the job began. A `teacher` may reword what users say and why calls are made, and
    nothing else.
    """

    count: int | None = None
    seed: int = 0
    repo: Path | None = None
    workers: int = 0
    made: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    others: Sequence[Record] = ()
    teacher: Teacher | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """A finished part of a job: its records, and why others were left out (`skipped`: reason -> how many).

    `batch` names the part: equal for equal work, different for any other seed, count or source.
    """

    batch: str
    records: Sequence[Record]
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """A source of records: `generate(count, seed)` yields up to `count` records (None: all it has by default).

    A generator that takes long offers `batches` as well, which is used instead: it yields parts in a fixed order, so
    that an interrupted job goes on where it was. `replay(records, job)` yields for each record, in order, what comes
    out otherwise when its stored calls are run again (nothing: all is as stored).
    """

    name: str
    category: str
    summary: str
    generate: Callable[[int | None, int], Iterator[Record]]
    default_count: int = 0
    batches: Callable[[GenerateJob], Iterator[Generated]] | None = None
    replay: Callable[[Sequence[Record], GenerateJob], Iterator[Sequence[str]]] | None = None


@dataclass(frozen=True, slots=True)
class ImportOption:
    """An option of one importer, `--name` of its command; `name` has underscores, as in `ImportJob.options`.

    `type` is `int`, `float`, `text`, `path`, `flag`, or a tuple of the values to choose from. `minimum` bounds numbers.
    """

    name: str
    help: str
    type: Literal["int", "float", "text", "path", "flag"] | tuple[str, ...] = "text"
    default: Any = None
    minimum: float | None = None
    metavar: str | None = None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """What an importer is asked for: records from `source`, the same ones for the same `seed` and source.

    `count` is the most records wanted (None: all); the host stops there, so it is only a hint of how far to plan.
    `options` has a value for every option of the importer. `done(unit)` says whether an earlier import into the same
    dataset has finished a unit, so that slow work need not be done again.
    """

    source: Path
    count: int | None = None
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    done: Callable[[str], bool] = lambda unit: False


@dataclass(frozen=True, slots=True)
class Imported:
    """What one unit of a source (a commit, a file, a session) gave.

    `records` may be empty; `skipped` says why others were left out (reason -> how many). `unit` names the unit the same
    way each time, "" where it is cheap to read again. `notes` are sentences for the user, each told once.
    """

    records: Sequence[Record] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    unit: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ImporterSpec:
    """Records out of a person's own work: the command `vibecoder data from-NAME SOURCE`.

    `rows(job)` yields one `Imported` a unit, in a fixed order and constant memory, and raises `DataError` for a source
    it cannot read. `units(job)` is how many units that will be, if it is cheap to know. `exact` marks rows whose bytes
    were checked (a diff that applies, a span that rebuilds its file): where a secret would have to be masked in one, it
    is dropped instead. `seeded` says that the seed changes what is chosen. `unit` is the name of one in the singular.
    """

    name: str
    summary: str
    source: Literal["repo", "folder", "file"]
    rows: Callable[[ImportJob], Iterator[Imported]]
    options: tuple[ImportOption, ...] = ()
    exact: bool = False
    units: Callable[[ImportJob], int | None] | None = None
    unit: str = "unit"
    seeded: bool = False
    epilog: str = ""


@dataclass(frozen=True, slots=True)
class RewardSpec:
    """A scorer of replies: `score(task, reply)` in [0, 1]."""

    name: str
    summary: str
    score: Callable[[Task, str], float]


# --- Evaluation: what a model is asked, and how its replies are judged ------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One thing to ask a model. `id` is unique over all suites and stable: comparisons pair verdicts by it.

    A chat prompt has `messages` (and the `tools` it offers), a fill-in-the-middle prompt `prefix` and `suffix`.
    `scorer` names what judges the reply, by `reference`. A `must_pass` prompt is a canary: no stage may lose it.
    """

    id: str
    suite: str
    category: str
    subcategory: str = ""
    messages: Sequence[Mapping[str, Any]] = ()
    tools: Sequence[Mapping[str, Any]] = ()
    prefix: str = ""
    suffix: str = ""
    scorer: str
    reference: Mapping[str, Any] = field(default_factory=dict)
    must_pass: bool = False
    max_new_tokens: int = 160


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a scorer says of a reply: `score` in [0, 1], 1 passes; `reason` in a line why it is less."""

    score: float
    reason: str = ""
    measures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.score >= 1


@dataclass(frozen=True, slots=True)
class SuiteJob:
    """What a suite is asked for: `held_out()` gives records that share no group with a row trained on.

    `path` is what the user wrote after the colon in `--suite NAME:PATH`; `seed` decides what is drawn.
    """

    held_out: Callable[[], Sequence[Record]] = lambda: ()
    path: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SuiteSpec:
    """Prompts under one name: `prompts(job)` gives the same ones in the same order for the same job.

    `scorers` are the suite's own, by the name that its prompts give; `takes_path` says that `--suite NAME:PATH` names
    a file. Raises `DataError` for a file it cannot read.
    """

    name: str
    summary: str
    prompts: Callable[[SuiteJob], Sequence[Prompt]]
    scorers: Mapping[str, Callable[[Prompt, str], Judgement]] = field(default_factory=dict)
    takes_path: bool = False
