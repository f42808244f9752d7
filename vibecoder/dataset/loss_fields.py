"""Which turns a row's author excluded from the loss, read from the fields that trainers have for it.

`weight` is OpenAI's, Mistral's and Together's; `train` and `train_detail` Axolotl's; `loss` ms-swift's; `masked`
torchtune's; `trainable` tinker's. A turn is learned whole or not at all: one that is not keeps `"weight": 0`, all other
forms are normalised to that or refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vibecoder.errors import DataError

__all__ = ["check_row_weights", "with_weight"]

_LEARNED = (
    "weight", "loss_weight", "loss_scale", "loss_mask", "loss", "train", "train_on_turn", "trainable", "training",
    "supervised",
)  # fmt: skip
_EXCLUDED = ("masked", "ignore", "ignore_loss", "no_loss")
_UNCLEAR = ("mask", "train_detail", "training_detail", "train_on", "weights", "loss_weights")
_ROW = (
    "weight", "weights", "loss_weight", "loss_weights", "loss_mask", "loss_scale", "sample_weight", "train",
    "train_on_turn", "trainable",
)  # fmt: skip


def with_weight(turn: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Replace a turn's loss fields by `"weight": 0` where one excludes an assistant's turn, by nothing otherwise.

    Raises:
        DataError: a field says something else than a whole turn, contradicts another, or asks for a loss on a turn
            that is not the assistant's; `name` is the turn's name in the message.
    """
    kept, said = dict(turn), dict[str, bool]()
    for key in (*_LEARNED, *_EXCLUDED, *_UNCLEAR):
        if key not in kept:
            continue
        value = kept.pop(key)
        if key in _UNCLEAR or not isinstance(value, (bool, int, float)) or value not in (0, 1):
            shown = f"{key} {value}" if isinstance(value, (bool, int, float, str)) else key
            raise DataError(f"{name} has {shown[:60]}; a turn is learned whole or not at all: write weight 1 or 0")
        said[key] = bool(value) != (key in _EXCLUDED)
    if len(set(said.values())) > 1:
        raise DataError(f"{name} has {' and '.join(said)}, which contradict each other; keep one of them")
    if not said:
        return kept
    if all(said.values()):
        if kept.get("role") != "assistant":
            raise DataError(f"{name} ({kept.get('role')}) has {next(iter(said))}; only assistant turns can be learned")
        return kept
    return {**kept, "weight": 0} if kept.get("role") == "assistant" else kept


def check_row_weights(row: Mapping[str, Any]) -> None:
    """Refuse a row of another tool that has a weight of its own, since all rows count the same.

    Raises:
        DataError: a field of the row weighs it other than 1.
    """
    for key in _ROW:
        value = row.get(key)
        if value is not None and not (isinstance(value, (bool, int, float)) and value == 1):
            raise DataError(
                f"the row has {key}, and all rows count the same; leave it out, or write weight 0 in a turn"
            )
