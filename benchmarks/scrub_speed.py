"""How fast scrubbing is and what it finds, beside detect-secrets' own scan of a file.

Run as: python benchmarks/scrub_speed.py [FOLDER]   (default: the package's own source)

Recall is over the secrets of tests/support/planted_secrets.py, one text each; a scan finds one if it reports any line.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from vibecoder.dataset.scrub.records import scrub_text

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


if __name__ == "__main__":
    main()
