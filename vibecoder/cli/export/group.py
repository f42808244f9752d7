"""`vibecoder export`: write a tuned model in a form that other programs read."""

from __future__ import annotations

import click

from vibecoder.cli.lazy import LazyGroup

__all__ = ["export"]


@click.group(
    cls=LazyGroup,
    short_help="Write a tuned model as GGUF, safetensors or MLX, and prove it.",
    no_args_is_help=True,
    lazy={
        "merged": (
            "vibecoder.cli.export.merged:merged",
            "A folder of safetensors at full precision, for transformers, vLLM and mlx-lm.",
        ),
        "gguf": ("vibecoder.cli.export.gguf:gguf", "One file for llama.cpp, Ollama and LM Studio, quantized."),
        "mlx": ("vibecoder.cli.export.mlx:mlx", "A quantized folder for mlx-lm and LM Studio."),
        "verify": ("vibecoder.cli.export.verify:verify", "Hold a finished export against the trainer's model."),
        "lint": ("vibecoder.cli.export.lint:lint", "Check a Modelfile for Ollama."),
        "ollama": (
            "vibecoder.cli.export.ollama:ollama",
            "A GGUF file with its Modelfile, made into a model of Ollama.",
        ),
        "colab": (
            "vibecoder.cli.export.colab:colab",
            "A notebook that tunes on a free T4 and downloads the result.",
        ),
    },
)
def export() -> None:
    """Write a tuned model in a form that other programs read, and hold it against the trainer's model."""
