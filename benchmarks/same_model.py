"""Count how often MLX opens another model than transformers, or an adapter that is another than PEFT's, without a word.

Run as: python benchmarks/same_model.py

The models are those of tests/flows/test_families.py, small ones with random weights in the form of transformers 5; the
adapters those of tests/flows/test_adapters_of_others.py on two layers of nano. A result is wrong where it differs and
nothing was said, or where the error is none of ours.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/flows")]


def outcome(differs: Callable[[], bool]) -> str:
    """Say how one case ended: the same, another, refused in a line, or an error that is none of ours."""
    from vibecoder.errors import VibecoderError

    try:
        return "another model" if differs() else "the same"
    except VibecoderError:
        return "refused"
    except Exception:
        return "internal error"


def families() -> Counter[str]:
    """Open every model of the tests with MLX and compare its logits with transformers'."""
    import mlx.core as mx
    from test_families import EQUAL, REFUSED, load_base, saved

    def differs(folder: Path, family: str, rope: str) -> bool:
        spec, ids, expected = saved(folder, family, rope)
        found = np.array(load_base(spec)(mx.array(ids.astype(np.int32)))[0])
        return bool(np.abs(found - expected).max() > 2e-3 * np.abs(expected).max())

    found: Counter[str] = Counter()
    for family, rope in (*EQUAL, *REFUSED):
        with tempfile.TemporaryDirectory() as scratch:
            found[outcome(lambda: differs(Path(scratch), family, rope))] += 1  # noqa: B023
    return found


def adapters() -> Counter[str]:
    """Read every adapter of the tests with both backends and compare log-probabilities with PEFT's."""
    from test_adapters_of_others import READ, REFUSED, ours, peft_log_probabilities, save_adapter

    from support.jobs import BACKENDS, reading_rows
    from support.small_nano import small_nano
    from vibecoder import plugins
    from vibecoder.types import ModelSpec

    row, found = reading_rows()[20], Counter[str]()
    opened = [plugins.load().backend(name).open(ModelSpec(str(small_nano()), precision="float32")) for name in BACKENDS]
    for keys in (*READ.values(), *REFUSED.values()):
        with tempfile.TemporaryDirectory() as scratch:
            folder = save_adapter(Path(scratch), **keys)
            expected = peft_log_probabilities(folder, row)
            for backend in opened:
                found[outcome(lambda: np.abs(ours(backend, folder, row) - expected).max() > 1e-3)] += 1  # noqa: B023
    return found


def main() -> None:
    print("| | tried | the same | refused | another model | internal error |\n|---|---:|---:|---:|---:|---:|")
    for name, count in (("models under MLX", families), ("adapters, both backends", adapters)):
        found = count()
        kinds = [found[kind] for kind in ("the same", "refused", "another model", "internal error")]
        print(f"| {name} | {found.total()} | {' | '.join(map(str, kinds))} |")


if __name__ == "__main__":
    main()
