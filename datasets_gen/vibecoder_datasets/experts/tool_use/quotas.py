"""Tool use: single calls, calls in parallel, several turns, recovery from a failure, and no call where none fits."""

from __future__ import annotations

from vibecoder_datasets.experts.tool_use import dialogues, irrelevance, recovery, retries, sequels
from vibecoder_datasets.experts.tool_use.parallel import COMMANDS, EDITS, PAIRS, TESTS, TRIPLES, parallel
from vibecoder_datasets.experts.tool_use.single import single
from vibecoder_datasets.material.context import Quota
from vibecoder_datasets.material.openings import either, fresh

__all__ = ["QUOTAS", "single"]

# Projects whose tests end within a second and whose asserts run alone.
TESTED = ("samples", "toolz")

_SHARES = (
    Quota("single", 14, single("bash")),
    Quota("single", 48, single("read", "span", "span", "grep_in", "grep_in", "grep", "glob", "list")),
    Quota("single", 24, single("edit", "edit", "write")),
    Quota("single", 20, single("test", "python"), TESTED),
    Quota("single", 20, single("definition", "references", "functions", "stats")),
    Quota("single", 14, single("text"), ("networkx", "sympy", "mpmath")),
    Quota("parallel", 8, parallel(COMMANDS, "parallel command")),
    Quota("parallel", 72, parallel(PAIRS, "parallel pair")),
    Quota("parallel", 45, parallel(TRIPLES, "parallel triple")),
    Quota("parallel", 35, parallel(EDITS, "parallel edit")),
    Quota("parallel", 15, parallel(TESTS, "parallel test"), TESTED),
    Quota("multi-turn", 15, dialogues.grep_then_read),
    Quota("multi-turn", 15, dialogues.definition_then_read),
    Quota("multi-turn", 12, dialogues.glob_then_read),
    Quota("multi-turn", 12, dialogues.list_then_read),
    Quota("multi-turn", 12, dialogues.functions_then_references),
    Quota("multi-turn", 14, dialogues.references_then_read),
    Quota("multi-turn", 10, dialogues.edit_then_test, TESTED),
    Quota("multi-turn", 20, sequels.follow_up),
    Quota("multi-turn", 25, sequels.conversation),
    Quota("multi-turn", 10, sequels.narrowed),
    Quota("multi-turn", 10, sequels.paged),
    Quota("multi-turn", 12, sequels.change_of_mind),
    Quota("multi-turn", 8, sequels.write_then_read),
    Quota("error recovery", 8, retries.refused_command),
    Quota("error recovery", 32, recovery.wrong_path),
    Quota("error recovery", 26, recovery.wrong_name),
    Quota("error recovery", 18, recovery.bad_pattern),
    Quota("error recovery", 12, recovery.past_the_end),
    Quota("error recovery", 10, either(retries.spaced_edit, recovery.bad_pattern)),
    Quota("error recovery", 12, retries.ambiguous_edit),
    Quota("error recovery", 8, retries.file_as_folder),
    Quota("error recovery", 8, retries.wrong_test, TESTED),
    Quota("error recovery", 6, retries.missing_import, TESTED),
    Quota("irrelevance", 20, irrelevance.aside),
    Quota("irrelevance", 18, irrelevance.unable),
    Quota("irrelevance", 16, irrelevance.incomplete),
    Quota("irrelevance", 16, irrelevance.pasted),
)

QUOTAS: tuple[Quota, ...] = tuple(map(fresh, _SHARES))
