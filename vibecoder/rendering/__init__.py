"""From a record and a model's own chat template to token ids and a loss mask."""

from vibecoder.rendering.render import prompt_ids, render, spans
from vibecoder.rendering.tokenizer import ChatTokenizer

__all__ = ["ChatTokenizer", "prompt_ids", "render", "spans"]
