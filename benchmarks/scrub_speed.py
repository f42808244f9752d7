"""How fast scrubbing is, what it finds and what it masks wrongly, beside detect-secrets' own scan of a file.

Run as: python benchmarks/scrub_speed.py [FOLDER]   (default: the package's own source)

Recall is over the secrets of tests/support/planted_secrets.py, one text each, where a scan finds one if it reports any
line; then by the form in which people hand secrets over (tests/support/given_secrets.py), where every value must be
gone. False alarms are masks in 10,000 lines of installed packages, in which there are no secrets.
"""

from __future__ import annotations

import random
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from vibecoder.dataset.scrub.records import scrub_text

PACKAGES = ("huggingface_hub", "requests", "aiohttp", "jinja2", "fsspec", "click", "datasets")
LINES, TIMES = 10_000, 10
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))


def ours(path: Path) -> bool:
    return bool(scrub_text(path.read_text(errors="replace"))[1])


def theirs(path: Path) -> bool:
    return any(True for _ in scan_file(str(path)))


def measured(scan: Callable[[Path], bool], files: list[Path], planted: list[Path]) -> tuple[float, int, int]:
    """Measure megabytes a second over the files, how many of them are reported, and how many of the planted."""
    scan(files[0])
    begun = time.process_time()
    reported = sum(map(scan, files))
    spent = time.process_time() - begun
    return sum(path.stat().st_size for path in files) / 1e6 / spent, reported, sum(map(scan, planted))


def print_forms() -> None:
    """Print how many lines of every form are masked, each made `TIMES` times with other values."""
    from support.given_secrets import FORMS, HARMLESS, planted

    rng = random.Random(5)
    print("\n| form | lines masked |\n|---|---|")
    for kind, forms in FORMS.items():
        masked = 0
        for form in forms * TIMES:
            line, values = planted(form, rng)
            clean = scrub_text(f"x = 1\n{line}\nprint()\n")[0]
            masked += not any(value in clean for value in values if len(value) > 5)
        print(f"| {kind} | {masked} of {TIMES * len(forms)} |")
    print(f"| harmless lines | {sum(bool(scrub_text(line)[1]) for line in HARMLESS)} of {len(HARMLESS)} |")


def print_false_alarms() -> None:
    """Print how many masks there are in installed packages, and the pace on them."""
    where = Path(sysconfig.get_path("purelib"))
    files = [path for name in PACKAGES for path in sorted((where / name).rglob("*.py"))]
    random.Random(0).shuffle(files)
    lines, size, masks, begun = 0, 0, 0, time.process_time()
    for path in files:
        text = path.read_text(errors="replace")
        if lines + text.count("\n") <= LINES:
            lines, size = lines + text.count("\n"), size + len(text)
            masks += scrub_text(text)[1].total()
    pace = size / 1e6 / (time.process_time() - begun)
    print(f"\n{masks} masks in {lines:,} lines of installed packages, {pace:.2f} MB/s")


def main() -> None:
    from support.planted_secrets import SECRETS

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "vibecoder"
    files = sorted(folder.rglob("*.py"))
    with tempfile.TemporaryDirectory() as scratch, default_settings():
        planted = []
        for kind, (_, line) in SECRETS.items():
            path = Path(scratch) / f"{kind}.txt"
            path.write_text(f"{line}\n")
            planted.append(path)
        print("| | MB/s | files reported | planted found |\n|---|---|---|---|")
        for name, scan in (("vibecoder", ours), ("detect-secrets scan_file", theirs)):
            pace, reported, found = measured(scan, files, planted)
            print(f"| {name} | {pace:.2f} | {reported} of {len(files)} | {found} of {len(planted)} |")
    print_forms()
    print_false_alarms()


if __name__ == "__main__":
    main()
