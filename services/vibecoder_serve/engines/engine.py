"""What an engine is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Asked", "Emit", "Ended", "Engine", "Prompt"]

Emit = Callable[[str], bool]
"""Take a further piece of a reply's text; returning True stops the generation."""


Prompt = list[int] | str
"""Token ids, or for a GGUF file alone a text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt for the adapter of this name (None: the base), and how to go on from it.

    `stop` are token ids that end the reply, `stop_texts` texts that do; neither is part of it. A `temperature` of 0
    takes the likeliest token each time.
    """

    prompt: Prompt
    adapter: str | None
    max_tokens: int
    stop: Sequence[int] = ()
    stop_texts: Sequence[str] = ()
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished reply: its whole text, its tokens, and whether it ended by itself rather than at `max_tokens`.

    `prompt` counts the prompt's tokens.
    """

    text: str
    tokens: int
    stopped: bool
    prompt: int


class Engine(Protocol):
    """A loaded base model with adapters by name; `generate` is called by one thread at a time."""

    @property
    def name(self) -> str:
        """Return what runs the model, in a word or two."""
        ...

    @property
    def context(self) -> int:
        """Return how many tokens prompt and reply may have together."""
        ...

    @property
    def samples(self) -> bool:
        """Tell whether `temperature`, `top_p` and `seed` have an effect."""
        ...

    def generate(self, asked: Asked, emit: Emit) -> Ended:
        """Generate a reply, telling `emit` of each piece as it comes."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
