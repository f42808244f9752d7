"""A model's weights, tensor by tensor, with an adapter added to them where one is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.adapters.folder import Adapter, check_changes_something, check_fits, read_adapter
from vibecoder.adapters.names import text_layers
from vibecoder.errors import ModelError
from vibecoder.models import check_openable
from vibecoder.system.stored import StoredTensor, stored_tensors

__all__ = ["Weights", "open_weights"]

_WEIGHT = ".weight"


@dataclass(frozen=True, slots=True)
class Weights:
    """The tensors of a model by name; `adapter` is added by `read`, `targets` maps its layers to names of tensors."""

    tensors: Mapping[str, StoredTensor]
    adapter: Adapter | None
    targets: Mapping[str, str]

    def is_changed(self, name: str) -> bool:
        """Tell whether the adapter adds something to a tensor."""
        return name in self.targets

    def read(self, name: str) -> NDArray[np.float32]:
        """Read a tensor in float32, plus scale * B A of the adapter."""
        values = self.tensors[name].read()
        if self.adapter is not None and name in self.targets:
            a, b = self.adapter.weights[self.targets[name]]
            values = values + np.float32(self.adapter.lora.scale) * (b @ a)
        return values


def open_weights(folder: Path, adapter_folder: Path | None = None) -> Weights:
    """Open a model's folder at full precision, and the adapter that is to be added to it.

    Raises:
        ModelError: the weights are quantized, incomplete or damaged, or the adapter is another model's.
    """
    check_openable(folder, ())
    try:
        tensors = stored_tensors(folder)
    except ValueError as error:
        raise ModelError(f"the model {folder}: {error}") from error
    if adapter_folder is None:
        return Weights(tensors, None, {})
    adapter = read_adapter(adapter_folder)
    check_changes_something(adapter_folder, adapter)
    linear = [name for name, tensor in tensors.items() if name.endswith(_WEIGHT) and len(tensor.shape) == 2]
    layers = text_layers(name.removesuffix(_WEIGHT) for name in linear)
    shapes = {ours: tensors[name + _WEIGHT].shape for ours, name in layers.items()}
    check_fits(adapter_folder, adapter.weights, {ours: (shape[1], shape[0]) for ours, shape in shapes.items()})
    return Weights(tensors, adapter, {layers[ours] + _WEIGHT: ours for ours in adapter.weights})
