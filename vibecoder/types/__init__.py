"""The vocabulary every part of vibecoder shares: records, rendered rows, schedules, jobs, events and descriptors.

This package imports nothing else of ours, and everything may import it. All types are frozen.
"""

from vibecoder.types.backends import Backend, BackendSpec, Inspectable
from vibecoder.types.batches import Batch, PrefixGroup, Rendered, Schedule
from vibecoder.types.commands import CommandSpec
from vibecoder.types.events import Evaluated, Event, Events, Saved, Stepped
from vibecoder.types.generators import Generated, GenerateJob, GeneratorSpec, Teacher
from vibecoder.types.importers import Imported, ImporterSpec, ImportJob, ImportOption
from vibecoder.types.jobs import (
    LayerNames,
    LoraSpec,
    LossSum,
    ModelSpec,
    OptimizerSpec,
    Probe,
    Stage,
    TrainJob,
    TrainResult,
)
from vibecoder.types.memory import Dimensions, MemoryModel, MemorySetup, Workload
from vibecoder.types.objectives import SFT, Objective
from vibecoder.types.records import Comparison, Example, Infill, Message, Rated, Record, Task, Verification, is_learned
from vibecoder.types.suites import Judgement, Prompt, RewardSpec, SuiteJob, SuiteSpec

__all__ = [
    "SFT",
    "Backend",
    "BackendSpec",
    "Batch",
    "CommandSpec",
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
    "Inspectable",
    "Judgement",
    "LayerNames",
    "LoraSpec",
    "LossSum",
    "MemoryModel",
    "MemorySetup",
    "Message",
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
    "is_learned",
]
