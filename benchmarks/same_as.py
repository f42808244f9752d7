"""Compare what this tree makes with what another commit makes: adapter bytes, losses, dataset bytes, commands' output.

Run as: python benchmarks/same_as.py 51ee82e --seeds 0 1 2   (--only train generate commands; --rows 35; --steps 3)

Both trees run in the same Python, one after the other for each seed, on the same input. A refactoring changes nothing
here; a line that differs is shown with both sides. Times, sizes of memory and scratch paths are left out of texts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE_ROOTS = (".", "backends", "stages", "datasets_gen", "services")
COMMANDS = (
    *(f"{name} --help" for name in ("", "train", "eval", "compare", "bench", "runs", "push", "doctor", "plugins")),
    "config --help",
    "config show --json",
    "plugins --json",
    "data --help",
    *(f"data {name} --help" for name in ("show", "stats", "validate", "generate", "from-git", "convert", "split")),
    "data show 1 --json",
    "data show 680",
    "data lengths --json",
    "train --dry-run",
    "train --dry-run --json",
    "train --stage nosuch",
    "train --set train.epohcs=2 --dry-run",
    "eval --model nano --suite canary --limit 3 --json",
)
_MOVING = (
    (re.compile(r"/tmp/[\w./-]+|/[\w./-]*same-as-[\w./-]+"), "PATH"),
    (
        re.compile(r'"(seconds|[a-z_]*_per_second|[a-z_]*memory|[a-z_]*bytes|took|time|begun|ended)": [^,}\n]+'),
        r'"\1": N',
    ),
    (re.compile(r"\b\d+:\d\d(:\d\d)?\b"), "TIME"),
    (re.compile(r"\d[\d.,]*k? (tok/s|tokens/s|GiB|MiB|ms|s)\b"), r"N \1"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("commit", help="what this tree is compared with")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--only", nargs="+", choices=("train", "generate", "commands"), default=None)
    parser.add_argument("--rows", type=int, default=35, help="rows of each generated dataset")
    parser.add_argument("--steps", type=int, default=3, help="steps of each stage")
    options = parser.parse_args()
    wanted = options.only or ("train", "generate", "commands")
    with tempfile.TemporaryDirectory(prefix="same-as-") as folder:
        other = Path(folder) / "other"
        git("worktree", "add", "--quiet", "--detach", str(other), options.commit)
        try:
            differing = sum(_told(line) for line in compared(other, Path(folder), wanted, options))
        finally:
            git("worktree", "remove", "--force", str(other))
    sys.exit(1 if differing else 0)


def compared(other: Path, folder: Path, wanted: list[str], options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield (what was compared, how it differs or "") for each artefact."""
    trees = {"here": ROOT, "there": other}
    for seed in options.seeds:
        if "generate" in wanted:
            made = {
                name: generated(tree, folder / f"{name}-{seed}.jsonl", seed, options.rows)
                for name, tree in trees.items()
            }
            yield f"seed {seed}: {made['here'].count(chr(10))} generated rows", difference(made["here"], made["there"])
        if "train" in wanted:
            for backend in ("mlx", "cuda"):
                runs = {
                    tree: trained(tree, folder / f"{name}-{backend}-{seed}", backend, seed, options.steps)
                    for name, tree in trees.items()
                }
                here, there = (digests(run / "adapter", tree) for tree, run in runs.items())
                yield f"seed {seed}, {backend}: {len(here.splitlines())} files of the adapter", difference(here, there)
                here, there = (losses(run) for run in runs.values())
                yield f"seed {seed}, {backend}: {len(here.splitlines())} losses and replies", difference(here, there)
    if "commands" in wanted:
        for command in COMMANDS:
            here, there = (said(tree, folder, command) for tree in trees.values())
            yield f"vibecoder {command}", difference(here, there)


def run(tree: Path, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(tree / root) for root in SOURCE_ROOTS),
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "COLUMNS": "100",
    }
    command = [sys.executable, "-m", "vibecoder", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def generated(tree: Path, path: Path, seed: int, rows: int) -> str:
    done = run(tree, ["data", "generate", "--count", str(rows), "--seed", str(seed), "--into", str(path)], path.parent)
    assert done.returncode == 0, done.stderr
    return path.read_text(encoding="utf-8")


def trained(tree: Path, folder: Path, backend: str, seed: int, steps: int) -> Path:
    settings = [f"train.max_steps={steps}", "evaluate.prompts=6", "train.keep=last", "data.held_out=0.02"]
    sets = [part for item in settings for part in ("--set", item)]
    starter = tree / "datasets_gen" / "vibecoder_datasets" / "starter.jsonl"
    folder.mkdir()
    if not starter.exists():  # they are compressed now
        packed = starter.parent / "shipped" / f"{starter.name}.xz"
        starter = folder / starter.name
        starter.write_bytes(lzma.decompress(packed.read_bytes()))
    arguments = ["train", "--backend", backend, "--profile", "cpu-nano", "--data", str(starter), "--seed", str(seed)]
    done = run(tree, [*arguments, "--on-regression", "warn", "--output", str(folder), "--name", "run", *sets], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "run"


def digests(folder: Path, tree: Path) -> str:
    """List the SHA-256 of each file's bytes; nano's own path, which an adapter names as its base, is left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    contents = [path.read_bytes().replace(str(tree).encode(), b"TREE") for path in files]
    return "\n".join(
        f"{path.name} {hashlib.sha256(content).hexdigest()}" for path, content in zip(files, contents, strict=True)
    )


def losses(run: Path) -> str:
    """List the losses of every step and evaluation of a run, and what the tuned model replied, without times."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = [{key: line[key] for key in ("type", "stage", "step", "loss", "exact") if key in line} for line in lines]
    return "\n".join(json.dumps(line) for line in kept)


def said(tree: Path, folder: Path, command: str) -> str:
    """Run a command and return its status, output and errors, without what differs between any two runs."""
    done = run(tree, command.split(), folder)
    text = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}".replace(str(tree), "TREE")
    for pattern, put in _MOVING:
        text = pattern.sub(put, text)
    return text


def difference(here: str, there: str) -> str:
    """Find the first lines that differ, or return "" where none does."""
    if here == there:
        return ""
    ours, theirs = here.splitlines(), there.splitlines()
    for number in range(max(len(ours), len(theirs))):
        pair = [lines[number] if number < len(lines) else "(nothing)" for lines in (ours, theirs)]
        if pair[0] != pair[1]:
            return f"line {number + 1}\n    here:  {pair[0][:300]}\n    there: {pair[1][:300]}"
    return "line ends differ"


def git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


def _told(line: tuple[str, str]) -> bool:
    what, how = line
    print(f"{what}: {'DIFFERENT at ' + how if how else 'the same'}", flush=True)
    return bool(how)


if __name__ == "__main__":
    main()
