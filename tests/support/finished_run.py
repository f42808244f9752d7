"""A run folder as `vibecoder train` leaves it, and beside the result things that must not leave the machine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from vibecoder.adapters.folder import write_adapter
from vibecoder.adapters.initial import LoraWeights
from vibecoder.types import LoraSpec

__all__ = ["lora_weights", "make_run"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
REPORT = """# Report

Trained on /home/alice/secret-client/dataset.jsonl.

![loss](plots/loss.png)

## Samples

### One

a row of the dataset

```text
# not a heading
```

## Cost

Four minutes.
"""


def lora_weights() -> LoraWeights:
    rng = np.random.default_rng(0)
    layers = [f"model.layers.{i}.self_attn.{name}" for i in range(2) for name in ("q_proj", "v_proj")]
    return {
        layer: (rng.normal(size=(4, 16)).astype(np.float32), rng.normal(size=(16, 4)).astype(np.float32))
        for layer in layers
    }


def make_run(folder: Path, base_name: str = "Qwen/Qwen2.5-Coder-3B-Instruct") -> Path:
    """A run folder as `vibecoder train` leaves it, and beside the result things that must not leave the machine."""
    (folder / "adapter").mkdir(parents=True)
    write_adapter(folder / "adapter", lora_weights(), LoraSpec(4, 8.0, 0.0, ("q_proj", "v_proj")), base_name)
    run = {
        "name": folder.name,
        "created": "2026-11-21T04:00:00",
        "user": "alice-the-person",
        "command": ["vibecoder", "train", "--data", "/home/alice/secret-client/dataset.jsonl"],
        "versions": {"vibecoder": "0.1.0"},
        "settings": {"output": {"folder": str(folder.parent)}, "train": {"epochs": 1.0}, "seed": 0},
        "stages": [{"name": "tool-use", "steps": 3, "samples": ["a row of the dataset"]}],
        "model": {"name": base_name, "base_name": base_name},
        "data": {"path": "/home/alice/secret-client/dataset.jsonl", "rows": 9, "counts": {"tool-use": 9}},
    }
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "report.md").write_text(REPORT)
    (folder / "plots").mkdir()
    (folder / "plots" / "loss.png").write_bytes(PNG)
    (folder / "dataset.jsonl").write_text('{"messages": []}\n')
    (folder / "checkpoints" / "step-000003").mkdir(parents=True)
    (folder / "checkpoints" / "step-000003" / "state.json").write_text("{}")
    return folder
