"""`vibecoder export`: write a tuned model in a form that other programs read."""

from __future__ import annotations

import click

from vibecoder.cli.lazy import LazyGroup

__all__ = ["export"]


@click.group(
    cls=LazyGroup,
    short_help="Write a tuned model as GGUF for llama.cpp, Ollama and LM Studio.",
    no_args_is_help=True,
    lazy={
        "gguf": ("vibecoder.cli.export.gguf:gguf", "One file for llama.cpp, Ollama and LM Studio, quantized."),
        "lint": ("vibecoder.cli.export.lint:lint", "Check a Modelfile for Ollama."),
        "ollama": (
            "vibecoder.cli.export.ollama:ollama",
            "A GGUF file with its Modelfile, made into a model of Ollama.",
        ),
    },
)
def export() -> None:
    """Write a tuned model in a form that other programs read."""
