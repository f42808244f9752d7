"""vibecoder/memory_model/logits.py: the positions of a chunk."""

from __future__ import annotations

from vibecoder.memory_model.logits import chunk_rows


def test_a_large_vocabulary_has_few_positions_at_once() -> None:
    assert chunk_rows(4096, cpu=True) == 1024
    assert chunk_rows(151_936, cpu=True) == 64
    assert chunk_rows(151_936, cpu=False) == 220
