"""Predict the peak memory of a run from a model's `config.json` alone, and make the run fit the machine."""

from __future__ import annotations

from vibecoder.memory_model.budget import Budget, budget_of
from vibecoder.memory_model.dimensions import config_of, dimensions_of
from vibecoder.memory_model.fit import Fit, fit, refuse
from vibecoder.memory_model.predict import Prediction, full_rows, predict, workload, workloads
from vibecoder.memory_model.settings import fit_full_rows, setup_of

__all__ = [
    "Budget",
    "Fit",
    "Prediction",
    "budget_of",
    "config_of",
    "dimensions_of",
    "fit",
    "fit_full_rows",
    "full_rows",
    "predict",
    "refuse",
    "setup_of",
    "workload",
    "workloads",
]
