"""vibecoder: tune a small open coding model into your own coding companion.

What a plugin needs stands here: `from vibecoder import SFT, Stage, hookimpl`. Names are imported when first used, so
that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibecoder.errors import UserError as UserError
    from vibecoder.errors import VibecoderError as VibecoderError
    from vibecoder.hookspecs import hookimpl as hookimpl
    from vibecoder.types import SFT as SFT
    from vibecoder.types import Backend as Backend
    from vibecoder.types import BackendSpec as BackendSpec
    from vibecoder.types import Comparison as Comparison
    from vibecoder.types import Example as Example
    from vibecoder.types import Generated as Generated
    from vibecoder.types import GenerateJob as GenerateJob
    from vibecoder.types import GeneratorSpec as GeneratorSpec
    from vibecoder.types import Infill as Infill
    from vibecoder.types import Rated as Rated
    from vibecoder.types import RewardSpec as RewardSpec
    from vibecoder.types import Stage as Stage
    from vibecoder.types import Task as Task

__all__ = [
    "SFT",
    "Backend",
    "BackendSpec",
    "Comparison",
    "Example",
    "GenerateJob",
    "Generated",
    "GeneratorSpec",
    "Infill",
    "Rated",
    "RewardSpec",
    "Stage",
    "Task",
    "UserError",
    "VibecoderError",
    "__version__",
    "hookimpl",
]

_HOMES = {"UserError": "vibecoder.errors", "VibecoderError": "vibecoder.errors", "hookimpl": "vibecoder.hookspecs"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("vibecoder")
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "vibecoder.types")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
