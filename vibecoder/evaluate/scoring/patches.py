"""Judges patches: `git apply` in a copy of the files, then the tests, with the size of the change measured."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vibecoder.evaluate.scoring.replies import diff_of
from vibecoder.types import Judgement, Prompt
from vibecoder.workspace import programs

__all__ = ["apply", "judge_patch"]

_SECONDS = 20
_PATH = re.compile(r"^\+\+\+ (?:b/)?(\S+)|^--- (?:a/)?(\S+)", re.M)


def judge_patch(prompt: Prompt, reply: str) -> Judgement:
    """Judge a reply's diff on `reference["files"]` by `reference["tests"]`; a patch of the tests is refused.

    Measured: `diff_lines` added and removed, `files_touched`, and whether the patch `applies`.
    """
    diff = diff_of(reply)
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++ ", "--- "))]
    touched = {name for pair in _PATH.findall(diff) for name in pair if name and name != "/dev/null"}
    measures = {"format": bool(diff), "diff_lines": len(lines), "files_touched": len(touched), "applies": False}
    if not diff:
        return Judgement(0.0, "no diff in the reply", measures)
    allowed = prompt.reference.get("may_touch")
    if allowed is not None and (wrong := sorted(touched - set(allowed))):
        return Judgement(0.0, f"changes {', '.join(wrong)[:80]}, which it was not to", measures)
    with tempfile.TemporaryDirectory(prefix="vibecoder-eval-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if reason := programs.put(folder, prompt.reference["files"]) or apply(folder, diff):
            return Judgement(0.0, reason, measures)
        outcome = programs.run_in(folder, str(prompt.reference["tests"]))
    return Judgement(float(outcome.passed), outcome.reason, {**measures, "applies": True})


def apply(folder: Path, diff: str) -> str:
    """Apply a diff to the files in `folder`; why that is impossible, or nothing. Git refuses paths that lead out.

    Where it does not apply as it is, the line counts of its hunks are not relied on: models miscount.
    """
    reason = _apply(folder, diff)
    if reason and _apply(folder, diff, "--recount"):
        return reason
    return "makes a symbolic link" if any(path.is_symlink() for path in folder.rglob("*")) else ""


def _apply(folder: Path, diff: str, *options: str) -> str:
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", *options, "-"]
    try:
        done = subprocess.run(
            command, cwd=folder, input=diff, capture_output=True, text=True, timeout=_SECONDS, env=_environment(folder)
        )
    except FileNotFoundError:
        return "git is not installed"
    except subprocess.TimeoutExpired:
        return f"git apply took more than {_SECONDS} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        return f"does not apply: {lines[0].removeprefix('error: ')[:120]}"
    return ""


def _environment(folder: Path) -> Mapping[str, str]:
    """Return an environment for git without a repository around the folder and without the user's settings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(folder),
        "LC_ALL": "C",
    }
