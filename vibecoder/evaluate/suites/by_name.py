"""The suites by name: those that come with the package, as YAML in `data/`, and those of plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from vibecoder.errors import DataError, PluginError, suggestion
from vibecoder.evaluate.scoring.by_name import SCORERS
from vibecoder.evaluate.suites.held_out import call_suite
from vibecoder.evaluate.suites.published import bfcl, humaneval
from vibecoder.plugins import Registry
from vibecoder.types import Prompt, SuiteJob, SuiteSpec

__all__ = ["BUILT_IN", "DEFAULT", "available", "choose_suites", "prompts_of", "read_suite"]

_FIELDS = (
    "id", "category", "subcategory", "system", "ask", "messages", "tools", "prefix", "suffix", "scorer", "reference",
    "max_new_tokens", "solution", "wrong",
)  # fmt: skip


def read_suite(name: str, text: str) -> list[tuple[Prompt, Mapping[str, Any]]]:
    """Read the prompts of a suite in YAML, each with its whole entry, which also has a `solution` and a `wrong` reply.

    The document has `max_new_tokens`, `must_pass` and `prompts`; `ask` is short for one message of the user's.

    Raises:
        DataError: it is not such a document, a field is unknown, an id stands there twice.
    """
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        entries = document["prompts"]
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise DataError(f"the suite {name} is no YAML with prompts: {error}") from error
    found: dict[str, tuple[Prompt, Mapping[str, Any]]] = {}
    for entry in entries:
        for key in entry:
            if key not in _FIELDS:
                raise DataError(f"the suite {name}: unknown field {key} of {entry.get('id')}{suggestion(key, _FIELDS)}")
        prompt = _prompt(name, entry, document)
        if prompt.id in found:
            raise DataError(f"the suite {name}: two prompts {prompt.id}; ids must differ")
        found[prompt.id] = (prompt, entry)
    return list(found.values())


def _prompt(suite: str, entry: Mapping[str, Any], document: Mapping[str, Any]) -> Prompt:
    messages = list(entry.get("messages") or ())
    if "ask" in entry:
        messages.append({"role": "user", "content": entry["ask"].strip()})
    if "system" in entry:
        messages.insert(0, {"role": "system", "content": entry["system"].strip()})
    reference = entry.get("reference") or {}
    if entry["scorer"] == "infill":
        reference = {"middle": entry["solution"], **reference}
    return Prompt(
        id=f"{suite}/{entry['id']}",
        suite=suite,
        category=entry["category"],
        subcategory=entry.get("subcategory", ""),
        messages=messages,
        tools=entry.get("tools") or (),
        prefix=entry.get("prefix", ""),
        suffix=entry.get("suffix", ""),
        scorer=entry["scorer"],
        reference=reference,
        must_pass=bool(document.get("must_pass")),
        max_new_tokens=entry.get("max_new_tokens", document.get("max_new_tokens", 160)),
    )


def _packaged(name: str, job: SuiteJob) -> list[Prompt]:
    text = (files("vibecoder.evaluate.suites") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    return [prompt for prompt, _ in read_suite(name, text)]


def _of_package(name: str, summary: str) -> SuiteSpec:
    return SuiteSpec(name=name, summary=summary, prompts=partial(_packaged, name))


BUILT_IN: Mapping[str, SuiteSpec] = {
    spec.name: spec
    for spec in (
        _of_package("static", "infilling, stack traces, components, routes, types, failing tests: 40 prompts"),
        SuiteSpec(
            name="tool-calls", summary="the calls of held-out rows, by category and sub-category", prompts=call_suite
        ),
        _of_package("canary", "20 plain prompts that no stage may lose"),
        _of_package("regression", "general coding, conversations with tools, and chat, to catch forgetting"),
        _of_package("identity", "the house rules, such as files of at most 300 lines, checked mechanically"),
        SuiteSpec(
            name="bfcl",
            summary="Berkeley Function Calling Leaderboard, in its own files",
            prompts=bfcl,
            takes_path=True,
        ),
        SuiteSpec(name="humaneval", summary="OpenAI's HumanEval, in its own file", prompts=humaneval, takes_path=True),
    )
}
DEFAULT = tuple(name for name, spec in BUILT_IN.items() if not spec.takes_path)


def available(registry: Registry) -> dict[str, SuiteSpec]:
    """Return every suite by name.

    Raises:
        PluginError: a plugin's suite has the name of a built-in one.
    """
    for name in registry.suites:
        if name in BUILT_IN:
            source = registry.sources["vibecoder_suites", name]
            raise PluginError(f"the plugin {source} offers the suite {name}, which vibecoder has; rename it")
    return {**BUILT_IN, **registry.suites}


def choose_suites(names: Sequence[str], registry: Registry) -> list[tuple[SuiteSpec, Path | None]]:
    """Return the suites that `--suite` names, each `NAME` or `NAME:PATH`; all that need no file where none is named.

    Raises:
        PluginError: there is none of that name.
        DataError: it needs a file and none is given, or the other way round.
    """
    suites = available(registry)
    given = [part for name in names for part in ([name] if ":" in name else name.split(",")) if part]
    if not given or "all" in given:
        given = [*(name for name in given if name != "all"), *(n for n, spec in suites.items() if not spec.takes_path)]
    chosen: dict[str, tuple[SuiteSpec, Path | None]] = {}
    for each in given:
        name, _, path = each.partition(":")
        if name not in suites:
            raise PluginError(f"unknown suite {name}{suggestion(name, [*suites, 'all'])}")
        if suites[name].takes_path and not path:
            raise DataError(f"the suite {name} needs its published file; give --suite {name}:PATH")
        if path and not suites[name].takes_path:
            raise DataError(f"the suite {name} takes no file; give --suite {name}")
        chosen[each] = (suites[name], Path(path).expanduser() if path else None)
    return list(chosen.values())


def prompts_of(
    chosen: Sequence[tuple[SuiteSpec, Path | None]], job: SuiteJob, limit: int | None = None
) -> list[Prompt]:
    """Return the prompts of the chosen suites in order; of each at most `limit`, spread evenly over it.

    Raises:
        DataError: a file cannot be read, a scorer is unknown, or two prompts have one id.
    """
    prompts: dict[str, Prompt] = {}
    for spec, path in chosen:
        found = list(spec.prompts(SuiteJob(job.held_out, path, job.seed)))
        if limit is not None and len(found) > limit:
            found = [found[at * len(found) // limit] for at in range(limit)]
        for prompt in found:
            if prompt.scorer not in SCORERS and prompt.scorer not in spec.scorers:
                known = [*SCORERS, *spec.scorers]
                raise DataError(f"prompt {prompt.id}: unknown scorer {prompt.scorer}{suggestion(prompt.scorer, known)}")
            if prompt.id in prompts:
                raise DataError(f"two prompts have the id {prompt.id}; a suite's ids must differ from all others")
            prompts[prompt.id] = prompt
    return list(prompts.values())
