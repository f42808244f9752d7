"""What the truth test found: checks, each passed or not, with their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Check", "Truth"]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: `figures` are its numbers, `said` a line for people, `note` what to know though it passed."""

    name: str
    passed: bool
    said: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """All checks of one file or folder, called `subject`."""

    subject: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Build the form that is printed as JSON and kept in the export's record."""
        checks = {
            check.name: {"passed": check.passed, "said": check.said, **check.figures}
            | ({"note": check.note} if check.note else {})
            for check in self.checks
        }
        return {"passed": self.passed, "checks": checks}
