"""docs/configuration.md is what schema and descriptors generate, and says something about every setting."""

from __future__ import annotations

import dataclasses

from support import ROOT
from vibecoder import plugins
from vibecoder.config.keys import keys
from vibecoder.config.reference import honours, reference

BACKENDS = list(plugins.load().backends.values())


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == reference(BACKENDS), "run: make docs"


def test_every_setting_is_documented_and_has_a_cell_for_each_backend() -> None:
    page = reference(BACKENDS)
    for name, key in keys().items():
        assert key.doc.endswith(".")
        documented, honoured = (line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert key.doc.replace("|", "\\|") in documented
        assert honoured == f"| `{name}` | {' | '.join(honours(key, backend) for backend in BACKENDS)} |"


def test_a_cell_says_what_a_descriptor_says() -> None:
    cuda, mlx = (plugins.load().backend(name) for name in ("cuda", "mlx"))
    optimizer, checkpointing = keys()["train.optimizer"], keys()["model.checkpointing"]
    assert honours(optimizer, cuda) == honours(checkpointing, mlx) == "honoured"
    assert honours(optimizer, mlx) == "refuses `adamw-8bit`, `paged-adamw-8bit`: it has `adamw`"
    assert honours(checkpointing, dataclasses.replace(mlx, checkpointing=False)) == "refuses `true`: it has `false`"
    assert honours(keys()["hub.repo"], mlx) == "not concerned"
