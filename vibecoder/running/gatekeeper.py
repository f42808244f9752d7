"""Measures around every stage of a run and asks the gate; what was measured lies in the run's `evaluations/`.

Every process of a distributed run measures for itself: the replies are greedy and the adapters equal, so all of them
come to the same decision without talking.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vibecoder import plugins
from vibecoder.errors import DataError
from vibecoder.evaluate.asking import Asker, chunks
from vibecoder.evaluate.calls import CallScore
from vibecoder.evaluate.gate.label_fit import LabelFit, label_fit
from vibecoder.evaluate.gate.plain import plain_loss
from vibecoder.evaluate.gate.rule import Decision, GateLimits, StageEvidence, decide
from vibecoder.evaluate.results import EVALUATIONS, Results, read_results, write_results
from vibecoder.evaluate.running import BATCH, Scorer, judged
from vibecoder.evaluate.scoring.by_name import scorers_of
from vibecoder.evaluate.suites.by_name import choose_suites, prompts_of
from vibecoder.evaluate.suites.held_out import SUITE
from vibecoder.evaluate.types import Verdict
from vibecoder.models import read_config
from vibecoder.planning.plan import Plan
from vibecoder.rendering import ChatTokenizer
from vibecoder.runs.parts import BASE, Losses
from vibecoder.runs.versions import versions
from vibecoder.types import Backend, Prompt, Rendered, SuiteJob

__all__ = ["Gatekeeper", "refusal_lines"]

_UNLIKELY = 1e6
"""Nats in place of a loss that is not finite, which JSON can't hold."""


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """Measures into `folders[0]/evaluations` and reads what lies in any of `folders`, runs' folders all."""

    folders: Sequence[Path]
    tokenizer: ChatTokenizer
    limits: GateLimits
    about: Mapping[str, Any]
    asked: Sequence[Prompt] = ()
    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    longest: int = 1 << 30

    @classmethod
    def of(cls, plan: Plan, folder: Path) -> Gatekeeper:
        """Make the gate of `plan`, measuring into `folder`; a resumed run's measurements are read from the plan's."""
        options = plan.settings.evaluate
        chosen = [] if options.suites == ("none",) else choose_suites(options.suites, plugins.load())
        about = {
            "model": plan.model.name,
            "backend": plan.backend.name,
            "suites": [SUITE, *(suite.name for suite, _ in chosen)],
        }
        limits = GateLimits(options.margin, options.lost_canaries)
        folders = tuple(dict.fromkeys((folder, plan.folder)))
        return cls(
            folders,
            plan.tokenizer,
            limits,
            about,
            prompts_of(chosen, SuiteJob(seed=plan.settings.seed)),
            {
                **scorers_of(plan.tokenizer),
                **{name: scorer for suite, _ in chosen for name, scorer in suite.scorers.items()},
            },
            int(read_config(plan.model.folder).get("max_position_embeddings") or 1 << 30),
        )

    def measure(
        self,
        backend: Backend,
        adapter: Path | None,
        when: str,
        score: CallScore | None,
        held_out: Sequence[Rendered] = (),
    ) -> None:
        """Write the results folder `when` (`base`, then each stage): scored tool calls, and what the gate needs."""
        verdicts = list(score.verdicts) if score else []
        verdicts += self._ask(Asker(backend, self.tokenizer, adapter, self.longest))
        fit = label_fit(backend, held_out, adapter) if held_out else None
        try:
            plain = plain_loss(backend, self.tokenizer, adapter)
        except DataError:  # a template that refuses plain talk has no plain talk to lose
            plain = []
        plain = np.nan_to_num(plain, nan=_UNLIKELY, posinf=_UNLIKELY).tolist()
        about = {
            **self.about,
            "name": when,
            "adapter": str(adapter) if adapter else None,
            "versions": versions(),
            "plain_loss": plain,
            "label_fit": dataclasses.asdict(fit) if fit else None,
        }
        write_results(self.folders[0] / EVALUATIONS / when, about, verdicts)

    def judge(self, stages: Sequence[str], losses: Losses) -> Decision:
        """Judge the last of `stages` against the one before it, or the base.

        Plain talk is judged against the base: what a stage takes back of an earlier one's gain is nothing forgotten.
        """
        names = [BASE, *stages]
        measured = [self._read(name) for name in names]
        before, after = measured[-2:]
        shaky = {verdict.prompt for results in measured[:-1] for verdict in results.verdicts if not verdict.passed}
        fit = after.about.get("label_fit")
        evidence = StageEvidence(
            before=before.verdicts,
            after=after.verdicts,
            loss_before=losses.before,
            loss_after=losses.after,
            labels=LabelFit(**fit) if fit else None,
            plain_before=measured[0].about.get("plain_loss") or (),
            plain_after=after.about.get("plain_loss") or (),
            shaky=shaky,
        )
        return decide(evidence, self.limits)

    def _ask(self, asker: Asker) -> list[Verdict]:
        """Ask the suites' prompts and return the verdicts, each with what the user said."""
        found = []
        for part in chunks(self.asked, BATCH):
            for prompt, reply in zip(part, asker.ask(part), strict=True):
                verdict = judged(prompt, reply, self.scorers)
                said = [str(message["content"]) for message in prompt.messages if message["role"] == "user"]
                measures = {**verdict.measures, "user": said[-1] if said else prompt.prefix}
                found.append(dataclasses.replace(verdict, measures=measures))
        return found

    def _read(self, when: str) -> Results:
        places = [folder / EVALUATIONS / when for folder in self.folders]
        return read_results(next((place for place in places if place.exists()), places[0]))


def refusal_lines(stage: str, decision: Decision) -> list[str]:
    """Write the lines that explain a refused stage: the reasons, and the first failed prompts; none of a kept one."""
    lines = [f"the gate refuses stage {stage}: {reason}" for reason in decision.reasons]
    for failure in decision.failures[:3]:
        asked = " ".join((failure["user"] or failure["prompt"]).split())[:80]
        reply = " ".join(failure["after"].split())[:80]
        lines.append(f"failed: {asked!r}: {failure['reason']}; the reply was {reply!r}")
    return lines
