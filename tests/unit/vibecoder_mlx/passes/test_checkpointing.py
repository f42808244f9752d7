"""A model without blocks to recompute is refused; to ask for nothing changes nothing."""

from __future__ import annotations

import mlx.nn as nn
import pytest

from vibecoder.errors import ModelError
from vibecoder_mlx.passes.checkpointing import checkpointed


def test_what_has_no_layers_cannot_be_recomputed() -> None:
    with checkpointed(nn.Linear(2, 2), False):
        pass
    with pytest.raises(ModelError, match="has no layers to recompute"), checkpointed(nn.Linear(2, 2), True):
        pass
