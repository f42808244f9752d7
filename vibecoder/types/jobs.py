"""What a backend is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vibecoder.types.batches import Batch, Schedule
from vibecoder.types.objectives import SFT, Objective

__all__ = [
    "LayerNames",
    "LoraSpec",
    "LossSum",
    "ModelSpec",
    "OptimizerSpec",
    "Probe",
    "Stage",
    "TrainJob",
    "TrainResult",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of the curriculum: which records (`categories`, None for all), which loss, which settings of its own.

    Stages run by ascending `order`, each from the adapter of the one before. `overrides` are dotted settings
    (`{"train.epochs": 2}`) that win over the profile's values and lose against the user's own.

    Raises:
        TypeError: `objective` is no object with a `name`.
    """

    name: str
    order: int
    summary: str
    categories: tuple[str, ...] | None = None
    objective: Objective = field(default_factory=SFT)
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(getattr(self.objective, "name", None), str):
            raise TypeError(f"stage {self.name}: objective must be an object such as SFT(), not {self.objective!r}")

    def takes(self, category: str) -> bool:
        """Tell whether records of a category belong to this stage."""
        return self.categories is None or category in self.categories


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The base model to open: the local folder `path`, and how its frozen weights are held and computed with.

    `quantization` is `none`, `4bit` or `8bit`; `precision` is `auto`, `float32`, `bfloat16` or `float16`. With
    `checkpointing` activations are computed again in the backward pass. `cache` is the folder for converted models
    (None: the parent of `path`).
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
class LayerNames:
    """What each library calls the text model of a base model: `peft` and `mlx` stand for our names' first `model.`.

    They differ where the text model lies in a wrapper: `model.layers.0` is `model.language_model.layers.0` in
    transformers' Gemma 3 and `language_model.model.layers.0` in mlx-lm's.
    """

    peft: str = "model."
    mlx: str = "model."


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
    held-out loss) or `last`. `base_name` goes into the adapter as `base_model_name_or_path`, and its layers are written
    under `layer_names`. `probe` is answered at every save.
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
    layer_names: LayerNames = LayerNames()


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
