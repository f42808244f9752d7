"""The table of objectives that this backend trains, each with the TRL trainer of its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch
from peft import PeftModel
from transformers import TrainerCallback

from vibecoder.types import SFT, ModelSpec, TrainJob
from vibecoder_cuda.objectives import sft
from vibecoder_cuda.objectives.sft import ScheduleTrainer

__all__ = ["OBJECTIVES", "BuildTrainer"]

BuildTrainer: TypeAlias = Callable[
    [PeftModel, TrainJob, ModelSpec, int, torch.optim.Optimizer, TrainerCallback],
    ScheduleTrainer,
]
"""From a model with an adapter to the trainer of the job's steps after the one that the fourth argument numbers."""

OBJECTIVES: Mapping[str, BuildTrainer] = {SFT.name: sft.build_trainer}
