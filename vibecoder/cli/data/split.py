"""`vibecoder data split`: train.jsonl, eval.jsonl and valid.jsonl, divided by group"""

from __future__ import annotations

from pathlib import Path

import click

from vibecoder.cli.data.rows import rows_of
from vibecoder.cli.options import PATH

__all__ = ["split"]


@click.command(
    short_help="Write train.jsonl, eval.jsonl and valid.jsonl, as mlx-lm and others want them.",
    epilog="Example: `vibecoder data split mlx-data`, then `mlx_lm.lora --train --model M --data mlx-data`",
)
@click.argument("folder", type=PATH)
@click.option("--data", "path", type=PATH, metavar="FILE", help="The dataset [dataset.jsonl, else the package's rows].")
@click.option(
    "--eval-frac",
    "--share",
    "share",
    default=0.15,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Held-out share of each category's groups.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the split, as `seed` of a training run.")
@click.option(
    "--against",
    "prompts",
    multiple=True,
    metavar="FILE|SUITE",
    help="More evaluation prompts whose words must not be in train.jsonl.",
)
@click.option("--suites/--no-suites", default=True, help="Those of all evaluation suites  [yes]")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
def split(
    folder: Path, path: Path | None, share: float, seed: int, prompts: tuple[str, ...], suites: bool, force: bool
) -> None:
    """Write the conversations of the dataset to FOLDER as train.jsonl, and those held out as eval.jsonl.

    valid.jsonl is eval.jsonl under the name that mlx-lm wants. No group of rows is divided, and every category gives
    its share: the rows that training holds out, too. Rows that show files or texts of both sides, as commits of several
    files may, are left out. Training rows that repeat ten words in a row of a prompt of an
    evaluation suite are left out. Other kinds of rows, such as infills, are left out: mlx-lm and TRL
    can't mix them with conversations.
    """
    from vibecoder.curation.decontaminate import decontaminate
    from vibecoder.curation.prompts import evaluation_prompts
    from vibecoder.curation.writing import refuse, write_records
    from vibecoder.dataset.split import split as divide
    from vibecoder.errors import DataError
    from vibecoder.types import Example, Record

    source, records = rows_of(path)
    train, held = divide(records, share, seed)
    between = len(records) - len(train) - len(held)
    if between:
        click.echo(f"{between} rows that show files or texts of both sides are left out")
    clean: list[Record] = list(train)
    if prompts or suites:
        clean, _ = decontaminate(train, evaluation_prompts(prompts, suites)[0])
    if len(clean) < len(train):
        click.echo(f"{len(train) - len(clean)} training rows that repeat an evaluation prompt are left out")
    parts: dict[str, list[Record]] = {"train": clean, "eval": held, "valid": held}
    chats = {name: [row for row in rows if isinstance(row, Example)] for name, rows in parts.items()}
    if not any(chats.values()):
        raise DataError(f"{source} holds no conversation; mlx-lm and TRL's SFTTrainer need rows with messages")
    refuse([folder / f"{name}.jsonl" for name in chats], force, "folder")
    for name, rows in chats.items():
        target = folder / f"{name}.jsonl"
        if not rows:
            target.unlink(missing_ok=True)
            click.echo(f"{target}: not written, no group could be held out")
            continue
        click.echo(f"{target}: {write_records(target, rows)} rows")
    others = sum(not isinstance(row, Example) for row in records)
    if others:
        click.echo(f"{others} rows that are no conversations are left out")
