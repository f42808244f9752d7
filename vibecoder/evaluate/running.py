"""Carries an evaluation out: asks in batches, judges, writes each verdict as it is made, resumes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError, OutputError
from vibecoder.evaluate.asking import Asker, Reply, chunks
from vibecoder.evaluate.results import read_results
from vibecoder.evaluate.scoring.by_name import SCORERS
from vibecoder.evaluate.types import Verdict
from vibecoder.system.work_clock import worked_seconds
from vibecoder.system.writing import write_json
from vibecoder.types import Judgement, Prompt

__all__ = ["BATCH", "Scorer", "digest", "evaluate", "judged"]

BATCH = 16
"""Prompts asked at once. Part of what makes a run repeatable: another size may round otherwise."""
Scorer = Callable[[Prompt, str], Judgement]


def digest(prompts: Sequence[Prompt]) -> str:
    """Return the SHA-256 of all that is asked and how it is judged."""
    rows = [dataclasses.asdict(prompt) for prompt in prompts]
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False, default=list).encode()).hexdigest()


def evaluate(
    asker: Asker,
    prompts: Sequence[Prompt],
    folder: Path,
    about: Mapping[str, Any],
    *,
    scorers: Mapping[str, Scorer] = SCORERS,
    resume: bool = False,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Verdict, ...]:
    """Return verdicts on all prompts, in order, written to the folder `folder`; `eval.json` begins with `about`.

    With `resume`, what stands in the folder is kept. Batches are the same ones whether or not they were stopped, so a
    resumed evaluation gives what an uninterrupted one would have given.

    Raises:
        DataError: the folder holds the results of another evaluation.
        OutputError: the folder holds results and `resume` is not given, or it cannot be written.
    """
    about = {**about, "prompts": len(prompts), "sha256": digest(prompts), "batch": BATCH}
    done, spent = _begin(folder, about, resume)
    verdicts: list[Verdict] = []
    generated = sum(verdict.tokens for verdict in done.values())
    asking = spent
    advance(len(done), len(prompts))
    try:
        with open(folder / "results.jsonl", "a", encoding="utf-8") as file:
            for part in chunks(prompts, BATCH):
                missing = [prompt for prompt in part if prompt.id not in done]
                if missing:
                    started = worked_seconds()
                    replies = asker.ask(part)
                    asking += worked_seconds() - started
                    write_json(folder / "eval.json", {**about, "status": "running", "seconds_asking": round(asking, 3)})
                    for prompt, reply in zip(part, replies, strict=True):
                        if prompt.id in done:
                            continue
                        verdict = judged(prompt, reply, scorers)
                        file.write(json.dumps(dataclasses.asdict(verdict), ensure_ascii=False) + "\n")
                        file.flush()
                        done[prompt.id] = verdict
                        generated += verdict.tokens
                        advance(len(done), len(prompts))
                verdicts += [done[prompt.id] for prompt in part]
        end = {"status": "finished", "seconds_asking": round(asking, 3), "tokens": generated}
        rate = round(generated / asking, 2) if asking > 0 else None
        write_json(folder / "eval.json", {**about, **end, "tokens_per_second": rate})
    except OSError as error:
        raise OutputError.of(folder, error) from error
    return tuple(verdicts)


def judged(prompt: Prompt, reply: Reply, scorers: Mapping[str, Scorer] = SCORERS) -> Verdict:
    """Judge a reply and return the verdict, with the reply's text, its tokens and whether it stopped by itself."""
    if reply.refused:
        judgement = Judgement(0.0, reply.refused, {"refused": True})
    else:
        judgement = scorers[prompt.scorer](prompt, reply.state or reply.text)
    return Verdict(
        prompt=prompt.id,
        suite=prompt.suite,
        category=prompt.category,
        subcategory=prompt.subcategory,
        passed=judgement.passed,
        score=round(judgement.score, 6),
        reply=reply.text,
        tokens=reply.tokens,
        stopped=reply.stopped,
        reason=judgement.reason,
        must_pass=prompt.must_pass,
        measures=dict(judgement.measures),
    )


def _begin(folder: Path, about: Mapping[str, Any], resume: bool) -> tuple[dict[str, Verdict], float]:
    """Make the folder ready to go on, and return the verdicts that are there already and the seconds they took."""
    results = folder / "results.jsonl"
    if results.exists() and not resume:
        raise OutputError(f"{folder} already holds results; go on with --resume, or choose another --output")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not results.exists():
            write_json(folder / "eval.json", {**about, "status": "running"})
            results.touch()
            return {}, 0.0
        found = read_results(folder)
        for key in ("model", "adapter", "adapter_sha256", "backend", "quantization", "precision", "sha256", "batch"):
            if found.about.get(key) != about.get(key):
                raise DataError(
                    f"{folder} holds an evaluation with another {'set of prompts' if key == 'sha256' else key} "
                    f"({found.about.get(key)}, now {about.get(key)}); choose another --output"
                )
        text = results.read_bytes()
        if not text.endswith(b"\n"):  # a line that was cut off
            with open(results, "r+b") as file:
                file.truncate(text.rfind(b"\n") + 1)
    except OSError as error:
        raise OutputError.of(folder, error) from error
    return {verdict.prompt: verdict for verdict in found.verdicts}, float(found.about.get("seconds_asking") or 0.0)
