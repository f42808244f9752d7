"""`vibecoder push`: put a finished run's adapter and its card on the Hugging Face hub."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vibecoder.cli.options import json_option
from vibecoder.errors import ModelError

__all__ = ["push"]


@click.command(short_help="Upload a trained adapter to Hugging Face.")
@click.argument("repo", metavar="[USER/REPO]", required=False)
@click.option(
    "--run", "run_folder", type=click.Path(path_type=Path), metavar="DIR", help="A finished run.  [default: the newest]"
)
@click.option(
    "--adapter", "adapter_folder", type=click.Path(path_type=Path), metavar="DIR", help="An adapter without its run."
)
@click.option(
    "--private/--public", default=None, help="Who may see a repository that this creates.  [default: hub.private]"
)
@click.option("--dry-run", is_flag=True, help="Print the files and the card, and send nothing.")
@json_option
@click.pass_context
def push(
    ctx: click.Context,
    repo: str | None,
    run_folder: Path | None,
    adapter_folder: Path | None,
    private: bool | None,
    dry_run: bool,
    json_output: bool,
) -> None:
    """Upload a finished run's adapter, with a model card, report and plots, to Hugging Face.

    Without USER/REPO it goes to the setting hub.repo. The dataset, checkpoints and local paths stay here. Pushing
    again sends only what changed. Sign in once with `hf auth login`, or set HF_TOKEN to a token with write access.

    \b
    vibecoder push alice/my-companion                          the newest run
    vibecoder push alice/my-companion --dry-run                what would go up, without a connection
    vibecoder push alice/my-companion --run runs/friday --public
    vibecoder push alice/my-companion --adapter runs/friday/adapter
    """
    if run_folder and adapter_folder:
        raise click.UsageError("--run and --adapter exclude each other; give one of them", ctx)

    from vibecoder import config
    from vibecoder.hub import push as publishing

    settings = config.load_settings(None, config.find_project(), ())
    repo = repo or settings.hub.repo
    if not repo:
        raise click.UsageError("where to? give USER/REPO, or set hub.repo in vibecoder.yaml", ctx)
    private = settings.hub.private if private is None else private
    folder = run_folder or adapter_folder or _newest_run(Path(settings.output.folder))
    if dry_run:
        _show(folder, repo, private, json_output)
        return
    pushed = publishing.push(folder, repo, private)
    if json_output:
        answer = {"repo": repo, "url": pushed.url, "commit": pushed.commit, "private": pushed.private}
        click.echo(json.dumps({**answer, "files": list(pushed.files)}, indent=2))
        return
    click.echo(
        f"{pushed.url} ({'private' if pushed.private else 'public'}) holds {len(pushed.files)} files of {folder}"
    )
    if pushed.private and not private:
        click.echo(f"It was private before and stays so; {pushed.url}/settings changes that.")


def _show(folder: Path, repo: str, private: bool, json_output: bool) -> None:
    from vibecoder.hub.files import collect
    from vibecoder.hub.push import check_repo

    check_repo(repo)
    upload = collect(folder, repo)
    sizes = {path: len(what) if isinstance(what, bytes) else what.stat().st_size for path, what in upload.items()}
    card = upload["README.md"]
    text = card.decode() if isinstance(card, bytes) else card.read_text(encoding="utf-8")
    if json_output:
        files = [{"path": path, "size": size} for path, size in sizes.items()]
        click.echo(
            json.dumps({"repo": repo, "private": private, "dry_run": True, "files": files, "card": text}, indent=2)
        )
        return
    click.echo(f"{folder} would go to {repo} ({'private' if private else 'public'}):")
    for path, size in sizes.items():
        click.echo(f"  {size:>12,}  {path}")
    click.echo(f"\n{text}", nl=False)


def _newest_run(root: Path) -> Path:
    """Return the run in `root` with the most recently written adapter.

    Raises:
        ModelError: there is none.
    """
    finished = [config.parent.parent for config in root.glob("*/adapter/adapter_config.json")]
    if not finished:
        raise ModelError(f"no finished run in {root}; train one with `vibecoder train`, or give --run or --adapter")
    return max(finished, key=lambda run: (run / "adapter" / "adapter_config.json").stat().st_mtime)
