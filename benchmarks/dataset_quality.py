"""Measure a generated dataset against what it promises and print every figure with its target.

Run as: python benchmarks/dataset_quality.py dataset.jsonl --replay --pace 200 --hostile --into docs/dataset.md
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from vibecoder import plugins
from vibecoder.dataset.similarity import share
from vibecoder.dataset.stats import DatasetStats, measure, prose, uses
from vibecoder.dataset.stats_plot import stats_plot
from vibecoder.dataset.store import Contents, Dataset
from vibecoder.models import resolve
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Example, GenerateJob
from vibecoder_datasets.checking import claims

PLAN: dict[str, dict[str, int] | int] = {
    "tool-use": {"single": 140, "parallel": 175, "multi-turn": 175, "error recovery": 140, "irrelevance": 70},
    "powertools": {"index": 20, "definition": 45, "references": 45, "functions": 25, "classes": 25, "stats": 15},
    "superpowers": {"collaboration": 150, "debugging": 100, "testing": 50, "problem-solving": 100, "architecture": 50},
    "agentic": {"tdd": 80, "debugging": 80, "planning": 80, "review": 80, "exploration": 80},
    "craftsmanship": {"dry": 100, "solid": 100, "clean code": 100, "refactoring": 100},
    "collaboration": dict.fromkeys(
        ("clarifying question", "progress", "trade-offs", "honest uncertainty", "proactive suggestion"), 40
    ),
    "problem-solving": 200,
}
"""Rows by category and sub-category; problem-solving is planned as a whole."""
BEGIN, END = "<!-- figures: benchmarks/dataset_quality.py -->", "<!-- end of figures -->"
LONGEST, MEDIAN, OF_ONE = 2048, (400, 1200), 3
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))


class Report:
    """Lines of a table: what is measured, its target, the figure, whether it is met (None: nothing to meet)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, bool | None]] = []

    def add(self, what: str, target: str, figure: str, met: bool | None = None) -> None:
        self.lines.append((what, target, figure, met))
        sign = {True: "yes", False: "NO", None: ""}[met]
        print(f"{what:44s} {target:>22s} {figure:>30s}  {sign}", flush=True)

    def markdown(self) -> str:
        rows = [f"| {what} | {target} | {figure} |" for what, target, figure, _ in self.lines]
        return "\n".join(["| what | target | measured |", "|---|---|---|", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path, help="the dataset")
    parser.add_argument("--model", default="nano", help="whose tokens lengths are counted in")
    parser.add_argument("--replay", action="store_true", help="run every stored call again")
    parser.add_argument("--pace", type=int, default=0, metavar="N", help="make N rows with 2 workers and with 1")
    parser.add_argument("--hostile", action="store_true", help="run the tests with hostile workspaces")
    parser.add_argument("--png", type=Path, help="where the picture goes")
    parser.add_argument("--into", type=Path, help="a page whose table of figures is replaced")
    options = parser.parse_args()
    contents = Dataset(options.path).read()
    rows = [record for record in contents.records if isinstance(record, Example)]
    stats = measure(contents.records, ChatTokenizer.load(resolve(options.model).folder), LONGEST)
    report = Report()
    counts(report, contents)
    validity(report, contents, rows, stats)
    words(report, stats, rows)
    lengths(report, stats)
    statements(report, rows)
    if options.replay:
        replayed(report, rows)
    if options.pace:
        pace(report, options.pace)
    if options.hostile:
        hostile(report)
    if options.png:
        stats_plot(stats, options.png)
    if options.into:
        put(options.into, report.markdown())
    sys.exit(any(met is False for *_, met in report.lines))


def counts(report: Report, contents: Contents) -> None:
    """Report the rows in all and of each category; a sub-category whose count differs is named."""
    found = Counter((record.category, record.subcategory) for record in contents.records)
    planned = {name: part if isinstance(part, int) else sum(part.values()) for name, part in PLAN.items()}
    total, wanted = len(contents.records), sum(planned.values())
    report.add("rows", f"{wanted:,}", f"{total:,}", total == wanted)
    for name, count in planned.items():
        mine = {sub: n for (category, sub), n in found.items() if category == name}
        parts = PLAN[name]
        named = {} if isinstance(parts, int) else {sub: parts.get(sub, 0) for sub in {*parts, *mine}}
        wrong = {sub: mine.get(sub, 0) for sub, wanted_of in named.items() if mine.get(sub, 0) != wanted_of}
        told = f" ({', '.join(f'{sub} {n}' for sub, n in sorted(wrong.items()))})" if wrong else ""
        made = sum(mine.values())
        report.add(f"rows of {name}", str(count), f"{made}{told}", made == count and not wrong)


def validity(report: Report, contents: Contents, rows: Sequence[Example], stats: DatasetStats) -> None:
    total = len(contents.records) + len(contents.bad)
    rate(report, "valid records", total - len(contents.bad), total)
    rate(report, "rendered by the model's template", len(stats.lengths), len(contents.records))
    rate(report, "rows whose calls fit their schemas", sum(not claims.misfits(row) for row in rows), len(rows))
    rate(report, "rows whose statements were shown", sum(not claims.unsupported(row) for row in rows), len(rows))
    checked = stats.verification.get("executed", 0) / max(1, stats.rows)
    report.add("executed", "at least 90%", f"{checked:.1%}", checked >= 0.9)


def words(report: Report, stats: DatasetStats, rows: Sequence[Example]) -> None:
    for role, words in stats.words.items():
        for (threshold, part), most in zip(words.near.items(), (0.02, 0.05), strict=True):
            target, met = (f"at most {most:.0%}", part <= most) if role == "user" else ("", None)
            report.add(f"{role} turns, near-duplicates at {threshold}", target, f"{part:.2%}", met)
        target, met = ("at least 0.40", words.distinct >= 0.4) if role == "user" else ("", None)
        report.add(f"{role} turns, distinct-2 of 400", target, f"{words.distinct:.2f}", met)
    requests = [" ".join(prose([row], "user")) for row in rows]
    for threshold in (0.85, 0.7):
        report.add(f"all a user says in a row, near at {threshold}", "", f"{share(requests, threshold):.2%}")
    for name, what in (("functions", "one function"), ("failing", "one failing test")):
        found = uses(rows, name)
        most = max(found.values(), default=0)
        figure, met = (f"{most} (of {len(found):,})", most <= OF_ONE) if found else ("rows name none", None)
        report.add(f"most rows of {what}", f"at most {OF_ONE}", figure, met)


def lengths(report: Report, stats: DatasetStats) -> None:
    longest, median = stats.percentile(100), stats.percentile(50)
    report.add("longest row, tokens", f"at most {LONGEST:,}", f"{longest:,}", longest <= LONGEST)
    report.add("median row, tokens", "{:,} to {:,}".format(*MEDIAN), f"{median:,}", MEDIAN[0] <= median <= MEDIAN[1])
    report.add("supervised share of tokens", "", f"{stats.supervised_share:.1%}")


def statements(report: Report, rows: Sequence[Example]) -> None:
    """Report how many rows made wrong on purpose the validator catches, by the way they were made wrong."""
    from support import spoiled

    made: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for row in rows:
        if not claims.problems(row):
            for way, wrong in spoiled.spoiled(row, random.Random(row.id)):
                made[way] += 1
                caught[way] += bool(claims.problems(wrong))
    for way, count in made.items():
        report.add(f"caught: {way}", "", f"{caught[way] / count:.2%} ({caught[way]:,}/{count:,})")


def replayed(report: Report, rows: Sequence[Example]) -> None:
    """Report how many rows give the same bytes when their stored calls are run again."""
    same = made = 0
    for spec in plugins.load().generators.values():
        mine = [row for row in rows if row.provenance.get("generator") == spec.name]
        if spec.replay and mine:
            made += len(mine)
            same += sum(not reasons for reasons in spec.replay(mine, GenerateJob()))
    rate(report, "rows that give the same bytes again", same, max(made, len(rows)))


def pace(report: Report, count: int) -> None:
    """Report rows a second with two workers, and whether one worker makes the same file."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{workers}.jsonl" for workers in (2, 1)]
        seconds = []
        for workers, path in zip((2, 1), files, strict=True):
            command = [sys.executable, "-m", "vibecoder", "data", "generate", "--count", str(count)]
            begun = time.monotonic()
            subprocess.run([*command, "--workers", str(workers), "--into", str(path)], check=True, capture_output=True)
            seconds.append(time.monotonic() - begun)
        per_second = count / seconds[0]
        report.add("rows a second on two workers", "at least 5", f"{per_second:.1f}", per_second >= 5)
        same = files[0].read_bytes() == files[1].read_bytes()
        report.add("one worker and two make the same file", "yes", "yes" if same else "no", same)


def hostile(report: Report) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "tests/flows/test_hostile_programs.py", "-p", "no:cacheprovider"]
    passed = subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    report.add("a hostile workspace costs one row", "yes", "yes" if passed else "no", passed)


def rate(report: Report, what: str, good: int, total: int) -> None:
    report.add(what, "100%", f"{good / max(1, total):.2%} ({good:,}/{total:,})", good == total)


def put(page: Path, table: str) -> None:
    """Replace what stands between the marks of a page."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{page} lacks the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
