"""vibecoder: tune a small open coding model into your own coding companion.

A plugin finds here all that a hook mentions: `from vibecoder import SFT, Stage, hookimpl`. Names are imported when
first used, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibecoder.errors import ConfigError as ConfigError
    from vibecoder.errors import DataError as DataError
    from vibecoder.errors import ModelError as ModelError
    from vibecoder.errors import UserError as UserError
    from vibecoder.errors import VibecoderError as VibecoderError
    from vibecoder.hookspecs import hookimpl as hookimpl
    from vibecoder.plugins.lazily import lazily as lazily
    from vibecoder.types import SFT as SFT
    from vibecoder.types import Backend as Backend
    from vibecoder.types import BackendSpec as BackendSpec
    from vibecoder.types import Batch as Batch
    from vibecoder.types import CommandSpec as CommandSpec
    from vibecoder.types import Comparison as Comparison
    from vibecoder.types import Dimensions as Dimensions
    from vibecoder.types import Evaluated as Evaluated
    from vibecoder.types import Event as Event
    from vibecoder.types import Events as Events
    from vibecoder.types import Example as Example
    from vibecoder.types import Generated as Generated
    from vibecoder.types import GenerateJob as GenerateJob
    from vibecoder.types import GeneratorSpec as GeneratorSpec
    from vibecoder.types import Imported as Imported
    from vibecoder.types import ImporterSpec as ImporterSpec
    from vibecoder.types import ImportJob as ImportJob
    from vibecoder.types import ImportOption as ImportOption
    from vibecoder.types import Infill as Infill
    from vibecoder.types import Inspectable as Inspectable
    from vibecoder.types import Judgement as Judgement
    from vibecoder.types import LayerNames as LayerNames
    from vibecoder.types import LoraSpec as LoraSpec
    from vibecoder.types import LossSum as LossSum
    from vibecoder.types import MemoryModel as MemoryModel
    from vibecoder.types import MemorySetup as MemorySetup
    from vibecoder.types import Message as Message
    from vibecoder.types import ModelSpec as ModelSpec
    from vibecoder.types import Objective as Objective
    from vibecoder.types import OptimizerSpec as OptimizerSpec
    from vibecoder.types import PrefixGroup as PrefixGroup
    from vibecoder.types import Probe as Probe
    from vibecoder.types import Prompt as Prompt
    from vibecoder.types import Rated as Rated
    from vibecoder.types import Record as Record
    from vibecoder.types import Rendered as Rendered
    from vibecoder.types import RewardSpec as RewardSpec
    from vibecoder.types import Saved as Saved
    from vibecoder.types import Schedule as Schedule
    from vibecoder.types import Stage as Stage
    from vibecoder.types import Stepped as Stepped
    from vibecoder.types import SuiteJob as SuiteJob
    from vibecoder.types import SuiteSpec as SuiteSpec
    from vibecoder.types import Task as Task
    from vibecoder.types import Teacher as Teacher
    from vibecoder.types import TrainJob as TrainJob
    from vibecoder.types import TrainResult as TrainResult
    from vibecoder.types import Verification as Verification
    from vibecoder.types import Workload as Workload

__all__ = [
    "SFT",
    "Backend",
    "BackendSpec",
    "Batch",
    "CommandSpec",
    "Comparison",
    "ConfigError",
    "DataError",
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
    "ModelError",
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
    "UserError",
    "Verification",
    "VibecoderError",
    "Workload",
    "__version__",
    "hookimpl",
    "lazily",
]

_HOMES = {
    "ConfigError": "vibecoder.errors",
    "DataError": "vibecoder.errors",
    "ModelError": "vibecoder.errors",
    "UserError": "vibecoder.errors",
    "VibecoderError": "vibecoder.errors",
    "hookimpl": "vibecoder.hookspecs",
    "lazily": "vibecoder.plugins.lazily",
}
"""Names that are not of `vibecoder.types`."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("vibecoder")
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "vibecoder.types")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
