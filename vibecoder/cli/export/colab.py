"""`vibecoder export colab`: the notebook for a free T4, with a model and settings filled in."""

from __future__ import annotations

from pathlib import Path

import click

from vibecoder.cli.options import PATH

__all__ = ["colab"]


@click.command(short_help="A notebook that tunes on a free T4 and downloads the result.")
@click.option("--model", metavar="M", help="A Hugging Face id.  [default: Qwen2.5-Coder-1.5B-Instruct]")
@click.option("--stage", "stages", metavar="NAME[,NAME]...", help="The stages to train.  [default: all]")
@click.option("--rows", type=click.IntRange(1), metavar="N", help="Rows to make where no dataset is given.")
@click.option("--quant", "quantization", metavar="Q", help="F16, Q8_0, Q6_K, Q5_K_M or Q4_K_M.  [default: Q4_K_M]")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="A setting of the training, such as seed=1.")
@click.option("--output", metavar="FILE", type=PATH, default=Path("vibecoder.ipynb"), show_default=True)
def colab(
    model: str | None,
    stages: str | None,
    rows: int | None,
    quantization: str | None,
    sets: tuple[str, ...],
    output: Path,
) -> None:
    """Write a notebook for Colab: it installs vibecoder, brings or makes rows, trains on a T4, exports and downloads.

    Open it at colab.research.google.com (File, Upload notebook), choose a T4 as runtime and run its cells in order.
    """
    from vibecoder.config.files import parse_sets
    from vibecoder.export.colab import write_notebook

    parse_sets(sets)
    given = {
        "MODEL": model,
        "STAGES": stages,
        "ROWS": rows,
        "QUANTIZATION": quantization,
        "SETTINGS": list(sets) or None,
    }
    click.echo(write_notebook(output, {name: value for name, value in given.items() if value is not None}))
