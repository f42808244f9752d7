"""Importers: records out of a person's own work, one descriptor each; what they need is imported when they run."""

from __future__ import annotations

from vibecoder.plugins.lazily import lazily
from vibecoder.types import ImporterSpec, ImportOption

__all__ = ["IMPORTERS"]

_REV = ImportOption(name="rev", help="The branch, tag or commit to read from  [HEAD]", metavar="REV")


GIT = ImporterSpec(
    name="git",
    summary="small commits of a git repository: an intent, and the diff that carries it out",
    source="repo",
    rows=lazily("vibecoder_datasets.importers.git.rows:rows"),
    options=(
        ImportOption(
            name="max_files", help="Leave out commits of more files.", type="int", default=3, minimum=1, metavar="N"
        ),
        ImportOption(
            name="max_lines",
            help="Leave out commits of more changed lines.",
            type="int",
            default=400,
            minimum=1,
            metavar="N",
        ),
        _REV,
    ),
    exact=True,
    units=lazily("vibecoder_datasets.importers.git.repo:count_commits"),
    unit="commit",
    epilog="Examples: `vibecoder data from-git .`, `vibecoder data from-git ~/code/app --count 500 --into mine.jsonl`",
)
FIM = ImporterSpec(
    name="fim",
    summary="spans of a repository's files to fill in, between all that stands before and after",
    source="repo",
    rows=lazily("vibecoder_datasets.importers.fim.rows:rows"),
    options=(
        ImportOption(name="per_file", help="Spans of each file.", type="int", default=6, minimum=1, metavar="N"),
        ImportOption(
            name="max_bytes", help="Leave out larger files.", type="int", default=32768, minimum=1, metavar="N"
        ),
        ImportOption(
            name="context",
            help="Other files of the repository shown before each.",
            type="int",
            default=0,
            minimum=0,
            metavar="N",
        ),
        _REV,
    ),
    exact=True,
    unit="file",
    seeded=True,
    epilog="Examples: `vibecoder data from-fim .`, `vibecoder data from-fim ~/code/app --context 2 --per-file 4`",
)
BUGS = ImporterSpec(
    name="bugs",
    summary="failing tests of a Python repository, and the smallest patch that makes them pass",
    source="repo",
    rows=lazily("vibecoder_datasets.importers.bugs.rows:rows"),
    options=(
        ImportOption(
            name="source",
            help="Its own fixes, bugs put into tested functions, or both.",
            type=("both", "fixes", "mutants"),
            default="both",
        ),
        ImportOption(
            name="per_function", help="Bugs put into each function.", type="int", default=1, minimum=1, metavar="N"
        ),
        ImportOption(
            name="max_lines",
            help="Leave out fixes of more changed lines.",
            type="int",
            default=60,
            minimum=1,
            metavar="N",
        ),
        _REV,
    ),
    exact=True,
    unit="bug",
    seeded=True,
    epilog="Runs the repository's own tests, without a network and under limits of time and memory. "
    "Examples: `vibecoder data from-bugs . --count 100`, `vibecoder data from-bugs ~/code/app --source fixes`",
)
CLAUDE = ImporterSpec(
    name="claude",
    summary="sessions of Claude Code: conversations with our tool names, and its edits as thumbs up or down",
    source="folder",
    rows=lazily("vibecoder_datasets.importers.claude.rows:rows"),
    options=(
        ImportOption(
            name="max_chars",
            help="Characters of a row; exchanges that follow each other share one.",
            type="int",
            default=24000,
            minimum=1,
        ),
        ImportOption(
            name="max_result",
            help="Characters of a tool's result; of a longer one the middle goes.",
            type="int",
            default=4000,
            minimum=100,
        ),
    ),
    units=lazily("vibecoder_datasets.importers.claude.rows:count_sessions"),
    unit="session",
    epilog="Examples: `vibecoder data from-claude ~/.claude/projects`, `vibecoder data archive ~/.claude/projects`",
)
CHAT = ImporterSpec(
    name="chat",
    summary="conversations of other agents in OpenAI's format, with tool calls",
    source="file",
    rows=lazily("vibecoder_datasets.importers.chat:rows"),
    unit="conversation",
    epilog="Example: `vibecoder data from-chat agent.jsonl`",
)
RULES = ImporterSpec(
    name="rules",
    summary="rules, corrections, workflows and logs in Markdown: what is asked of the assistant, and who it is",
    source="folder",
    rows=lazily("vibecoder_datasets.importers.rules.rows:rows"),
    options=(
        ImportOption(
            name="name", help="What the assistant calls itself; there are identity rows if it is given.", metavar="NAME"
        ),
        ImportOption(
            name="phrasings", help="Ways in which each thing is asked.", type="int", default=3, minimum=1, metavar="N"
        ),
    ),
    unit="file",
    seeded=True,
    epilog="Reads rules/*.md, memory/corrections.md, memory/logs.md and workflows/*.md below DIR, and an Alpaca file "
    "fine-tuning-file.json. Example: `vibecoder data from-rules .agent --name Antigravity`",
)
TELEMETRY = ImporterSpec(
    name="telemetry",
    summary="good interactions out of a log of events, no pattern more often than a cap",
    source="file",
    rows=lazily("vibecoder_datasets.importers.telemetry.rows:rows"),
    options=(
        ImportOption(
            name="max_iterations",
            help="Leave out interactions that needed more.",
            type="int",
            default=5,
            minimum=1,
            metavar="N",
        ),
        ImportOption(
            name="per_pattern",
            help="At most so many rows of one pattern.",
            type="int",
            default=20,
            minimum=1,
            metavar="N",
        ),
        ImportOption(
            name="evidence",
            help="Take only interactions whose outcome is known to be good.",
            type="flag",
            default=False,
        ),
    ),
    unit="event",
    epilog="Example: `vibecoder data from-telemetry ralph-events.jsonl`, then `vibecoder data should-train`",
)
IMPORTERS: tuple[ImporterSpec, ...] = (GIT, FIM, BUGS, CLAUDE, CHAT, RULES, TELEMETRY)
