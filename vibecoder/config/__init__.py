"""Settings: their schema, their layers, the machine profiles, and the generated reference."""

from __future__ import annotations

from vibecoder.config.load import (
    PROJECT_FILE,
    Layer,
    check_stage_names,
    find_project,
    from_dict,
    load_layers,
    load_settings,
    origins,
    stage_settings,
    to_dict,
)
from vibecoder.config.schema import Settings

__all__ = [
    "PROJECT_FILE",
    "Layer",
    "Settings",
    "check_stage_names",
    "find_project",
    "from_dict",
    "load_layers",
    "load_settings",
    "origins",
    "stage_settings",
    "to_dict",
]
