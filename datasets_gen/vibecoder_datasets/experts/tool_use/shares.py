"""Tool use: single calls, calls in parallel, several turns, recovery from a failure, and no call where none fits."""

from __future__ import annotations

from vibecoder_datasets.experts.tool_use import dialogues, irrelevance, recovery, retries, sequels
from vibecoder_datasets.experts.tool_use.parallel import COMMANDS, EDITS, PAIRS, TESTS, TRIPLES, parallel
from vibecoder_datasets.experts.tool_use.single import single
from vibecoder_datasets.material.kit import Share
from vibecoder_datasets.material.openings import either, fresh

__all__ = ["SHARES", "single"]

# Projects whose tests end within a second and whose asserts run alone.
TESTED = ("samples", "toolz")

_SHARES = (
    Share("single", 14, single("bash")),
    Share("single", 48, single("read", "span", "span", "grep_in", "grep_in", "grep", "glob", "list")),
    Share("single", 24, single("edit", "edit", "write")),
    Share("single", 20, single("test", "python"), TESTED),
    Share("single", 20, single("definition", "references", "functions", "stats")),
    Share("single", 14, single("text"), ("networkx", "sympy", "mpmath")),
    Share("parallel", 8, parallel(COMMANDS, "parallel command")),
    Share("parallel", 72, parallel(PAIRS, "parallel pair")),
    Share("parallel", 45, parallel(TRIPLES, "parallel triple")),
    Share("parallel", 35, parallel(EDITS, "parallel edit")),
    Share("parallel", 15, parallel(TESTS, "parallel test"), TESTED),
    Share("multi-turn", 15, dialogues.grep_then_read),
    Share("multi-turn", 15, dialogues.definition_then_read),
    Share("multi-turn", 12, dialogues.glob_then_read),
    Share("multi-turn", 12, dialogues.list_then_read),
    Share("multi-turn", 12, dialogues.functions_then_references),
    Share("multi-turn", 14, dialogues.references_then_read),
    Share("multi-turn", 10, dialogues.edit_then_test, TESTED),
    Share("multi-turn", 20, sequels.follow_up),
    Share("multi-turn", 25, sequels.conversation),
    Share("multi-turn", 10, sequels.narrowed),
    Share("multi-turn", 10, sequels.paged),
    Share("multi-turn", 12, sequels.change_of_mind),
    Share("multi-turn", 8, sequels.write_then_read),
    Share("error recovery", 8, retries.refused_command),
    Share("error recovery", 32, recovery.wrong_path),
    Share("error recovery", 26, recovery.wrong_name),
    Share("error recovery", 18, recovery.bad_pattern),
    Share("error recovery", 12, recovery.past_the_end),
    Share("error recovery", 10, either(retries.spaced_edit, recovery.bad_pattern)),
    Share("error recovery", 12, retries.ambiguous_edit),
    Share("error recovery", 8, retries.file_as_folder),
    Share("error recovery", 8, retries.wrong_test, TESTED),
    Share("error recovery", 6, retries.missing_import, TESTED),
    Share("irrelevance", 20, irrelevance.aside),
    Share("irrelevance", 18, irrelevance.unable),
    Share("irrelevance", 16, irrelevance.incomplete),
    Share("irrelevance", 16, irrelevance.pasted),
)

SHARES: tuple[Share, ...] = tuple(map(fresh, _SHARES))
