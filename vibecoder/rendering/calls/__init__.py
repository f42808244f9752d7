"""Tool calls read back from replies in the form that a model's own chat template writes them."""

from vibecoder.rendering.calls.reader import HERMES, CallReader

__all__ = ["HERMES", "CallReader"]
