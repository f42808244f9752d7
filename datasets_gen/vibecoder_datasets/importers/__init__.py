"""Importers: records out of a person's own work, one descriptor each; what they need is imported when they run."""

from __future__ import annotations

from collections.abc import Iterator

from vibecoder.types import Imported, ImporterSpec, ImportJob, ImportOption

__all__ = ["IMPORTERS"]

_REV = ImportOption("rev", "The branch, tag or commit to read from  [HEAD]", metavar="REV")


def _git(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.git.rows import rows

    return rows(job)


def _fim(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.fim.rows import rows

    return rows(job)


def _bugs(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.bugs.rows import rows

    return rows(job)


def _claude(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.claude.rows import rows

    return rows(job)


def _chat(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.chat import rows

    return rows(job)


def _rules(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.rules.rows import rows

    return rows(job)


def _telemetry(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.telemetry.rows import rows

    return rows(job)


def _sessions(job: ImportJob) -> int:
    from vibecoder_datasets.importers.claude.rows import sessions

    return len(sessions(job.source))


def _commits(job: ImportJob) -> int | None:
    from vibecoder_datasets.importers.git.repo import count_commits

    return count_commits(job.source, job.options.get("rev"))


GIT = ImporterSpec(
    name="git",
    summary="small commits of a git repository: an intent, and the diff that carries it out",
    source="repo",
    rows=_git,
    options=(
        ImportOption("max_files", "Leave out commits of more files.", "int", 3, 1, "N"),
        ImportOption("max_lines", "Leave out commits of more changed lines.", "int", 400, 1, "N"),
        _REV,
    ),
    exact=True,
    units=_commits,
    unit="commit",
    epilog="Examples: `vibecoder data from-git .`, `vibecoder data from-git ~/code/app --count 500 --into mine.jsonl`",
)
FIM = ImporterSpec(
    name="fim",
    summary="spans of a repository's files to fill in, between all that stands before and after",
    source="repo",
    rows=_fim,
    options=(
        ImportOption("per_file", "Spans of each file.", "int", 6, 1, "N"),
        ImportOption("max_bytes", "Leave out larger files.", "int", 32768, 1, "N"),
        ImportOption("context", "Other files of the repository shown before each.", "int", 0, 0, "N"),
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
    rows=_bugs,
    options=(
        ImportOption(
            "source", "Its own fixes, bugs put into tested functions, or both.", ("both", "fixes", "mutants"), "both"
        ),
        ImportOption("per_function", "Bugs put into each function.", "int", 1, 1, "N"),
        ImportOption("max_lines", "Leave out fixes of more changed lines.", "int", 60, 1, "N"),
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
    rows=_claude,
    options=(
        ImportOption("max_chars", "Characters of a row; exchanges that follow each other share one.", "int", 24000, 1),
        ImportOption("max_result", "Characters of a tool's result; of a longer one the middle goes.", "int", 4000, 100),
    ),
    units=_sessions,
    unit="session",
    epilog="Examples: `vibecoder data from-claude ~/.claude/projects`, `vibecoder data archive ~/.claude/projects`",
)
CHAT = ImporterSpec(
    name="chat",
    summary="conversations of other agents in OpenAI's format, with tool calls",
    source="file",
    rows=_chat,
    unit="conversation",
    epilog="Example: `vibecoder data from-chat agent.jsonl`",
)
RULES = ImporterSpec(
    name="rules",
    summary="rules, corrections, workflows and logs in Markdown: what is asked of the assistant, and who it is",
    source="folder",
    rows=_rules,
    options=(
        ImportOption(
            "name", "What the assistant calls itself; there are identity rows if it is given.", metavar="NAME"
        ),
        ImportOption("phrasings", "Ways in which each thing is asked.", "int", 3, 1, "N"),
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
    rows=_telemetry,
    options=(
        ImportOption("max_iterations", "Leave out interactions that needed more.", "int", 5, 1, "N"),
        ImportOption("per_pattern", "At most so many rows of one pattern.", "int", 20, 1, "N"),
        ImportOption("evidence", "Take only interactions whose outcome is known to be good.", "flag", False),
    ),
    unit="event",
    epilog="Example: `vibecoder data from-telemetry ralph-events.jsonl`, then `vibecoder data should-train`",
)
IMPORTERS: tuple[ImporterSpec, ...] = (GIT, FIM, BUGS, CLAUDE, CHAT, RULES, TELEMETRY)
