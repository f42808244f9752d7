"""An engine whose replies a test decides, for what no real model can be made to say on demand."""

from __future__ import annotations

from dataclasses import dataclass, field

from vibecoder_serve.engines.engine import Asked, Emit, Ended

__all__ = ["Scripted"]


@dataclass
class Scripted:
    """Says `said`, or the next of `queue`, in pieces of three characters, and remembers what it was asked."""

    said: str = "Hello there."
    queue: list[str] = field(default_factory=list)
    name: str = "scripted"
    context: int = 4096
    samples: bool = False
    asked: Asked | None = None

    def generate(self, asked: Asked, emit: Emit) -> Ended:
        self.asked = asked
        said = self.queue.pop(0) if self.queue else self.said
        for at in range(0, len(said), 3):
            if emit(said[at : at + 3]):
                break
        return Ended(said, len(said) // 3, True, len(asked.prompt))

    def close(self) -> None:
        pass
