"""Translate settings and a model's config into the memory model's input, and predict for rows of full length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vibecoder.config.schema import Settings
from vibecoder.memory_model.budget import budget_of
from vibecoder.memory_model.dimensions import dimensions_of
from vibecoder.memory_model.fit import Fit, fit, refuse
from vibecoder.memory_model.predict import full_rows
from vibecoder.system.machine import Machine
from vibecoder.types import Dimensions, LoraSpec, MemoryModel, MemorySetup, ModelSpec

__all__ = ["fit_full_rows", "setup_of"]


def setup_of(settings: Settings, dimensions: Dimensions, device: str) -> MemorySetup:
    """Translate `settings` into the memory model's setup on `device`."""
    model, lora = settings.model, settings.lora
    return MemorySetup(
        dimensions,
        ModelSpec("", model.quantization, model.precision, model.checkpointing),
        LoraSpec(lora.rank, lora.alpha, lora.dropout, tuple(lora.targets)),
        settings.train.optimizer,
        device,
    )


def fit_full_rows(model: MemoryModel, machine: Machine, settings: Settings, config: Mapping[str, Any]) -> Fit:
    """Predict training memory if every row had `data.max_length` tokens, the most that `settings` allow.

    Raises:
        ModelError: the model's sizes are not in its config.
        ConfigError: not even one such row fits; the message has the settings that would make it fit.
    """
    budget = budget_of(machine, model)
    setup = setup_of(settings, dimensions_of(config), budget.device)
    longest = settings.data.max_length
    found = fit(model, setup, budget, settings.tokens_at_once, lambda tokens: [full_rows(tokens, longest)])
    if not found.fits:
        raise refuse(settings.model.name, model, setup, found, lambda length: [full_rows(0, length)])
    return found
