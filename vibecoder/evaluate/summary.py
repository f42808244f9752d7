"""What an evaluation found, in figures: passed, score, format, stops and lengths by suite, category, sub-category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.evaluate.types import Verdict

__all__ = ["summary"]

_SHARES = ("format", "tagged", "served", "hermes", "fenced", "bare", "applies", "exact")
_MEANS = ("diff_lines", "files_touched", "code_lines", "turns")


def summary(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Summarise verdicts: a row a suite, followed by its categories and, where there are several, sub-categories.

    Shares are of the prompts that have the measure; `tokens` is the mean length of a reply.
    """
    rows = []
    for suite in dict.fromkeys(verdict.suite for verdict in verdicts):
        of_suite = [verdict for verdict in verdicts if verdict.suite == suite]
        rows.append(_row(of_suite, suite=suite, category="", subcategory=""))
        for category in dict.fromkeys(verdict.category for verdict in of_suite):
            of_category = [verdict for verdict in of_suite if verdict.category == category]
            rows.append(_row(of_category, suite=suite, category=category, subcategory=""))
            kinds = list(dict.fromkeys(verdict.subcategory for verdict in of_category))
            for kind in kinds if len(kinds) > 1 else ():
                of_kind = [verdict for verdict in of_category if verdict.subcategory == kind]
                rows.append(_row(of_kind, suite=suite, category=category, subcategory=kind))
    return rows


def _row(verdicts: Sequence[Verdict], **names: str) -> dict[str, Any]:
    count = len(verdicts)
    row: dict[str, Any] = {
        **names,
        "prompts": count,
        "passed": sum(verdict.passed for verdict in verdicts),
        "score": round(sum(verdict.score for verdict in verdicts) / count, 4),
        "stopped": round(sum(verdict.stopped for verdict in verdicts) / count, 4),
        "tokens": round(sum(verdict.tokens for verdict in verdicts) / count, 1),
    }
    for name in (*_SHARES, *_MEANS):
        found = _found([verdict.measures for verdict in verdicts], name)
        if found:
            row[name] = round(sum(found) / len(found), 4)
    return row


def _found(measures: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [float(each[name]) for each in measures if isinstance(each.get(name), (bool, int, float))]
