"""The picture of a dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.rows import CHAT, INFILL, PAIR, chat
from vibecoder.dataset.records import identified
from vibecoder.dataset.stats import measure
from vibecoder.dataset.stats_plot import stats_plot
from vibecoder.errors import OutputError
from vibecoder.rendering import ChatTokenizer


def test_the_picture(tokenizer: ChatTokenizer, tmp_path: Path) -> None:
    plain = [identified(row) for row in (CHAT, INFILL, PAIR)]
    odd = chat("Cost: $x^ {", category="$x^$", subcategory="$")
    for rows in ([*plain, identified(odd)], plain[-1:], []):
        stats_plot(measure(rows, tokenizer, 60), tmp_path / "new" / "a.png")
        assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        stats_plot(measure(plain, tokenizer, 60), tmp_path / "file" / "a.png")
