"""How fast and in how much memory `vibecoder data from-git` reads a history, against one `git diff` per commit.

Run as: pip install unidiff; python benchmarks/import_speed.py [--commits 5000] [--sample 200] [REPO ...]

Makes repositories of N and 2 N commits by `git fast-import`. The other way is the usual sketch: GitPython, two git
processes a commit, on a sample of the newest. Both see the same filters and must accept the same commits.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from git import Repo
from unidiff import PatchSet

from vibecoder.types import Example, Imported, ImportJob, Infill
from vibecoder_datasets.importers import FIM, GIT
from vibecoder_datasets.importers.git.messages import read_message
from vibecoder_datasets.importers.git.paths import refusal

FILES = 240
OPTIONS = {"max_files": 3, "max_lines": 400, "rev": None}
MESSAGES = (
    "Fix {name} for empty input", "Add a limit to {name}", "fix: {name}", "Refactor {name} into smaller steps",
    "Speed up {name}", "WIP", "Bump version to 1.{n}.0", "chore: tidy", "Improve the message of {name}",
    "thoughts about {name}", "Merge branch 'topic-{n}'", "perf({name}): Avoid a copy",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repos", nargs="*", type=Path, help="repositories to measure as well")
    parser.add_argument("--commits", type=int, default=5000)
    parser.add_argument("--sample", type=int, default=200, help="commits that the other way reads")
    parser.add_argument("--checks", type=int, default=300, help="rows of each repository that git itself checks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = [_synthetic(Path(scratch) / f"{n}", n) for n in (arguments.commits, 2 * arguments.commits)]
        print(
            f"{'repository':20} {'commits':>8} {'rows':>6} {'commits/s':>10} {'GitPython':>10} {'times':>6} "
            f"{'by CPU':>7} {'command/s':>10} {'peak MiB':>9}  same commits"
        )
        repos = [*made, *arguments.repos]
        for repo in repos:
            _measure(repo, arguments.sample, Path(scratch))
        for repo in repos:
            _check(repo, arguments.checks, Path(scratch))


def _measure(repo: Path, sample: int, scratch: Path) -> None:
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for _ in range(3):  # in turn, so that both meet the same load
        with _timed(found["ours"]):
            accepted, commits = _accepted(repo)
        with _timed(found["theirs"]):
            theirs, seen = _sketch(repo, sample)
    same = theirs == [sha for sha in accepted if sha in set(seen)]
    ours, sketch = (min(found[name]) for name in ("ours", "theirs"))
    cpu = {name: min(cpu for _, cpu in taken) for name, taken in found.items()}
    times = (commits / ours[0]) / (len(seen) / sketch[0])
    by_cpu = (commits / cpu["ours"]) / (len(seen) / cpu["theirs"])

    target = scratch / f"{repo.name}.jsonl"
    begun = time.perf_counter()
    peak = _peak([sys.executable, "-m", "vibecoder", "data", "from-git", str(repo), "--into", str(target)])
    command = commits / (time.perf_counter() - begun)
    print(
        f"{repo.resolve().name[-20:]:20} {commits:>8,} {len(accepted):>6,} {commits / ours[0]:>10,.0f} "
        f"{len(seen) / sketch[0]:>10,.1f} {times:>6.1f} {by_cpu:>7.1f} {command:>10,.0f} {peak:>9.0f}  "
        f"{'yes' if same else 'NO'} ({len(theirs)} of {len(seen)})",
        flush=True,
    )


@contextmanager
def _timed(into: list[tuple[float, float]]) -> Iterator[None]:
    """Append seconds of the clock and of the processor, ended children's included."""
    begun, used = time.perf_counter(), _used()
    yield
    into.append((time.perf_counter() - begun, _used() - used))


def _used() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _accepted(repo: Path) -> tuple[list[str], int]:
    """Return the commits that give rows, and how many commits there are."""
    found, commits = [], 0
    unit: Imported
    for unit in GIT.rows(ImportJob(repo, options=OPTIONS)):
        commits += 1
        found += [str(record.provenance["commit"]) for record in unit.records]
    return found, commits


def _sketch(path: Path, sample: int) -> tuple[list[str], list[str]]:
    """Read commits the usual way: `c.stats` and a `git diff` a commit by GitPython, parsed by unidiff.

    Returns the commits it accepts and those it has seen.
    """
    with Repo(path) as repo:
        accepted, seen = [], []
        for commit in repo.iter_commits(max_count=sample):
            seen.append(commit.hexsha)
            if len(commit.parents) != 1:
                continue
            if commit.stats.total["files"] > OPTIONS["max_files"]:
                continue
            if isinstance(read_message(str(commit.message), commit.author.name or ""), str):
                continue
            diff = repo.git.diff(commit.parents[0].hexsha, commit.hexsha, unified=3, find_renames=True)
            if _is_wanted(PatchSet(diff)):
                accepted.append(commit.hexsha)
    return accepted, seen


def _is_wanted(patch: PatchSet) -> bool:
    """Tell whether what a diff holds passes the filters; nothing is applied or parsed."""
    kept, changed, before, after = [], 0, "", ""
    for file in patch:
        if refusal(file.path) or refusal(file.source_file.removeprefix("a/")):
            continue
        if file.is_binary_file or "Subproject commit" in str(file):
            return False
        kept.append(len(file) > 0 and not file.is_added_file and not file.is_removed_file)
        changed += file.added + file.removed
        before += "".join(line.value for hunk in file for line in hunk.source_lines())
        after += "".join(line.value for hunk in file for line in hunk.target_lines())
    return any(kept) and changed <= OPTIONS["max_lines"] and before.split() != after.split()  # type: ignore[operator]


def _check(repo: Path, most: int, scratch: Path) -> None:
    """Say how many diffs `git apply --check` takes at their parents, and how many spans rebuild their files."""
    diffs = [record for unit in GIT.rows(ImportJob(repo, options=OPTIONS)) for record in unit.records][:most]
    applied = sum(_applies(repo, record, scratch / "index") for record in diffs if isinstance(record, Example))
    options = {option.name: option.default for option in FIM.options}
    spans = [record for unit in FIM.rows(ImportJob(repo, options=options)) for record in unit.records][:most]
    rebuilt = sum(_rebuilds(repo, record) for record in spans if isinstance(record, Infill))
    print(
        f"{repo.resolve().name[-20:]:20} {applied} of {len(diffs)} diffs apply, {rebuilt} of {len(spans)} spans rebuild"
    )


def _applies(repo: Path, row: Example, index: Path) -> bool:
    reply = str(row.messages[2]["content"])
    fence = reply.split("diff\n", 1)[0]
    diff = reply.split("diff\n", 1)[1].rsplit(f"{fence}\nReason: ", 1)[0]
    environment = {**os.environ, "GIT_INDEX_FILE": str(index)}
    git = ["git", "-C", str(repo)]
    subprocess.run([*git, "read-tree", str(row.provenance["parent"])], env=environment, check=True)
    command = [*git, "apply", "--cached", "--check", "-"]
    return subprocess.run(command, env=environment, input=diff.encode(), capture_output=True).returncode == 0


def _rebuilds(repo: Path, row: Infill) -> bool:
    command = ["git", "-C", str(repo), "show", f"{row.provenance['commit']}:{row.path}"]
    content = subprocess.run(command, capture_output=True, check=True).stdout
    return (row.prefix + row.middle + row.suffix).encode(str(row.provenance["encoding"])) == content


def _peak(command: list[str]) -> float:
    """Measure in MiB the largest process among a command and its children; what it prints is dropped."""
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _synthetic(folder: Path, commits: int) -> Path:
    """Write a repository of modules of about 120 lines that grow by small edits; some commits are none of ours."""
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    process = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert process.stdin
    for part in _stream(commits):
        process.stdin.write(part)
    process.stdin.close()
    if process.wait():
        raise SystemExit("git fast-import failed")
    return folder


def _stream(commits: int) -> Iterator[bytes]:
    rng = random.Random(0)
    texts = {
        f"app/part{n % 12}/module{n}.py": [
            line
            for k in range(30)
            for line in (f"def step_{k}(value):", f"    value = value + {k}", "    return value", "")
        ]
        for n in range(FILES)
    }
    for mark in range(1, commits + 1):
        names = list(texts) if mark == 1 else rng.sample(list(texts), rng.choice((1, 1, 1, 2, 3, 5)))
        for name in names if mark > 1 else ():
            lines = texts[name]
            at = rng.randrange(len(lines) // 4) * 4
            if rng.random() < 0.7:
                lines[at + 1] = f"    value = value * {mark} + {rng.randrange(1000)}"
            else:
                lines[at:at] = [f"def extra_{mark}(value):", f"    value = value - {mark}", "    return value", ""]
            if len(lines) > 200:
                del lines[:40]
        subject = (
            rng.choice(MESSAGES).format(name=names[0].rpartition("/")[2][:-3], n=mark) if mark > 1 else "Initial commit"
        )
        who = f"Ada <ada@example.org> {1_600_000_000 + mark * 60} +0000\n"
        head = f"commit refs/heads/main\nmark :{mark}\nauthor {who}committer {who}data {len(subject)}\n{subject}\n"
        yield (head + (f"from :{mark - 1}\n" if mark > 1 else "")).encode()
        for name in names:
            content = "\n".join(texts[name]).encode() + b"\n"
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(content), content)
        yield b"\n"


if __name__ == "__main__":
    main()
