"""What nano learns from somebody's own work: held-out loss before and after a stage on imported rows.

Run as: python benchmarks/import_training.py [--fim 150] [--epochs 2] [--releases 0.8.2 0.9.0 ...]

Two real inputs: the history of the repository this file lies in, and one made by replaying pinned releases of toolz
from their source archives, a commit for each module that a release changed. Each goes through `vibecoder data
from-git`, `from-fim` and `from-bugs` into `vibecoder train --stage full`. Needs PyPI for the archives.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from git import Actor, Repo

from vibecoder.dataset.store import Dataset

RELEASES = ("0.7.4", "0.8.0", "0.8.2", "0.9.0", "0.10.0", "0.11.0", "0.12.0", "0.12.1", "1.0.0", "1.1.0")
AUTHOR = Actor("replay", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", nargs="+", default=RELEASES, help="versions of toolz, oldest first")
    parser.add_argument("--fim", type=int, default=150, help="spans to fill in")
    parser.add_argument("--bugs", type=int, default=40, help="bugs")
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--backend", default="mlx")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        replayed = replay(options.releases, Path(scratch))
        print(f"{'input':18} {'commits':>7} {'diffs':>6} {'spans':>6} {'bugs':>5} {'trained on':>10}   held-out loss")
        for name, repo in (("this repository", Path(__file__).parents[1]), ("toolz, replayed", replayed)):
            data, folder = Path(scratch) / f"{name}.jsonl", Path(scratch) / name
            vibecoder("data", "from-git", str(repo), "--into", str(data))
            vibecoder("data", "from-fim", str(repo), "--into", str(data), "--count", str(options.fim))
            vibecoder("data", "from-bugs", str(repo), "--into", str(data), "--count", str(options.bugs))
            vibecoder(
                *("train", "--stage", "full", "--model", "nano", "--backend", options.backend, "--data", str(data)),
                *("--set", f"stages.full.train.epochs={options.epochs}", "--set", "evaluate.gate=false"),
                *("--output", str(folder), "--name", "run"),
            )
            counts = [sum(row.category == kind for row in Dataset(data).read().records) for kind in KINDS]
            stage = json.loads((folder / "run" / "run.json").read_text())["stages"][0]
            loss = stage["held_out_loss"]
            print(
                f"{name:18} {sum(1 for _ in Repo(repo).iter_commits()):7} {counts[0]:6} {counts[1]:6} {counts[2]:5} "
                f"{stage['rows']:10}   {loss['before']:.3f} -> {loss['after']:.3f}",
                flush=True,
            )


KINDS = ("commit-diff", "fim", "bug-fix")


def vibecoder(*arguments: str) -> None:
    """Run a command of the program; its output is shown only where it fails."""
    done = subprocess.run([sys.executable, "-m", "vibecoder", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"vibecoder {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def replay(releases: Sequence[str], scratch: Path) -> Path:
    """Make a repository with one commit for each Python file of toolz that each release changed."""
    folder = scratch / "replayed"
    repo = Repo.init(folder, initial_branch="main")
    before: dict[str, str] = {}
    for version in releases:
        after = files_of(version, scratch)
        for path in sorted(before.keys() | after.keys()):
            if before.get(path) == after.get(path):
                continue
            if path in after:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(after[path], encoding="utf-8")
                repo.index.add([path])
            else:
                repo.index.remove([path], working_tree=True)
            repo.index.commit(intent(path, before.get(path, ""), after.get(path, "")), author=AUTHOR, committer=AUTHOR)
        before = after
    return folder


def files_of(version: str, scratch: Path) -> dict[str, str]:
    """Return the Python files of a release by their paths below `toolz/`'s parent."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--no-build-isolation", "--dest", str(scratch), f"toolz=={version}"], check=True)
    found = {}
    with tarfile.open(scratch / f"toolz-{version}.tar.gz") as archive:
        for member in archive.getmembers():
            path = member.name.partition("/")[2]
            file = archive.extractfile(member) if path.startswith("toolz/") and path.endswith(".py") else None
            if file and not path.endswith("_version.py"):
                found[path] = file.read().decode("utf-8")
    return found


def intent(path: str, before: str, after: str) -> str:
    """Say what a commit does, from the functions that differ: `Add countby and change groupby in itertoolz`."""
    old, new = functions(before), functions(after)
    parts = [
        f"{verb} {', '.join(sorted(names)[:3])}"
        for verb, names in (
            ("add", new.keys() - old.keys()),
            ("change", {name for name in new.keys() & old.keys() if new[name] != old[name]}),
            ("remove", old.keys() - new.keys()),
        )
        if names
    ]
    said = f"{' and '.join(parts) or 'tidy'} in {Path(path).stem}"
    return said[0].upper() + said[1:]


def functions(text: str) -> Mapping[str, str]:
    return {node.name: ast.dump(node) for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


if __name__ == "__main__":
    main()
