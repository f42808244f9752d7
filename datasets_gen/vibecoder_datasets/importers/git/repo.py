"""Opens a git repository as importers read it: by GitPython, asked in ways that none of its settings sways."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from vibecoder.errors import DataError
from vibecoder.types import ImportJob

__all__ = ["LARGEST", "Repository", "count_commits", "open_repository"]

LARGEST = 1 << 20
"""Bytes of the largest file that is read; git treats larger ones as binary, so a huge diff is never made."""
_SETTINGS = {
    "core.quotePath": "false", "core.bigFileThreshold": str(LARGEST), "core.fsmonitor": "false",
    "diff.algorithm": "myers", "diff.suppressBlankEmpty": "false", "diff.interHunkContext": "0",
    "core.deltaBaseCacheLimit": "16m", "core.packedGitLimit": "64m", "core.packedGitWindowSize": "4m",
    "log.showSignature": "false", "color.ui": "false", "protocol.allow": "never",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repository:
    """Describes an opened repository: its `folder` (or git directory), a `name` to show, the `head` to read from."""

    folder: Path
    name: str
    head: str
    shallow: bool

    def command(self, *arguments: str) -> list[str]:
        """Return a git command line that ignores the repository's aliases, pagers, external diffs and replacements."""
        settings = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
        return ["git", "--no-pager", "--no-replace-objects", "--literal-pathspecs", "-C", str(self.folder), *settings,
                *arguments]  # fmt: skip

    def ask(self, *arguments: str) -> bytes:
        """Return the output of one short command.

        Raises:
            DataError: git failed; its own words are in the message.
        """
        done = subprocess.run(self.command(*arguments), capture_output=True, env=environment(), check=False)
        if done.returncode:
            raise DataError(f"git {arguments[0]} failed in {self.folder}: {said(done.stderr)}")
        return done.stdout


def open_repository(path: Path, rev: str | None = None) -> Repository:
    """Return the repository at `path` or above it, with the commit that `rev` (HEAD) names.

    Raises:
        DataError: git is missing, there is no repository, it has no commit, or none of that name.
    """
    try:
        import git
    except ImportError as error:  # GitPython looks for git when it is imported
        raise DataError("git is not installed; install it to import from repositories") from error
    try:
        with git.Repo(path, search_parent_directories=True) as repo:
            folder = Path(repo.working_tree_dir or repo.git_dir)
            if not (folder / ".git").exists():  # bare, whether its configuration says so or not
                folder = Path(repo.git_dir)
            remotes = {remote.name: next(iter(remote.urls), "") for remote in repo.remotes}
            shallow = (Path(repo.common_dir) / "shallow").exists()
    except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
        raise DataError(f"{path} is not in a git repository; give a folder that `git clone` made") from error
    except git.GitCommandError as error:
        remotes, shallow = {}, False
        if "safe.directory" in str(error) or "dubious ownership" in str(error):
            raise DataError(
                f"{path} belongs to another user; git config --global --add safe.directory {path}"
            ) from error
    found = Repository(folder, _name(remotes, folder), "", shallow)
    wanted = rev or "HEAD"
    done = subprocess.run(
        found.command("rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted}^{{commit}}"),
        capture_output=True, env=environment(), check=False,
    )  # fmt: skip
    head = done.stdout.decode().strip()
    if done.returncode or not re.fullmatch(r"[0-9a-f]{40,64}", head):
        if rev:
            raise DataError(f"{path} has no branch, tag or commit {rev}; see `git branch -a`")
        if b"dubious" in done.stderr:
            raise DataError(f"{path} belongs to another user; git config --global --add safe.directory {folder}")
        raise DataError(f"{path} has no commit yet; commit something, or name a branch with --rev")
    return Repository(folder, found.name, head, shallow)


def count_commits(job: ImportJob) -> int | None:
    """Count the commits to read; None if that cannot be told."""
    try:
        found = open_repository(job.source, job.options.get("rev"))
        return int(found.ask("rev-list", "--count", found.head))
    except (DataError, ValueError):
        return None


@lru_cache(maxsize=1)
def environment() -> dict[str, str]:
    """Variables for git: English, no prompt, no fetching of what a partial clone lacks, no one else's repository."""
    others = (key for key in os.environ if key.startswith("GIT_") and not key.startswith("GIT_CONFIG"))
    kept = {key: os.environ[key] for key in os.environ.keys() - set(others)}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0",
            "GIT_EXTERNAL_DIFF": "", "GIT_ASKPASS": "true"}  # fmt: skip


def said(stderr: bytes) -> str:
    """Git's complaint in one line, without its prefix."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    text = next(
        (line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "no reason given"
    )
    return text.removeprefix("fatal:").removeprefix("error:").strip()[:300]


def _name(remotes: dict[str, str], folder: Path) -> str:
    """Return `owner/name` of the remote it was cloned from, else the folder's name: no user, no token, no full path."""
    url = remotes.get("origin") or next(iter(remotes.values()), "")
    if "://" in url and not url.startswith("file:"):
        path = urlsplit(url).path
    else:
        path = url.partition(":")[2] if re.match(r"^[\w.@-]+:(?!\\)", url) else ""
    parts = [part for part in path.removesuffix(".git").strip("/").split("/") if part]
    if parts:
        return "/".join(parts[-2:])
    return folder.parent.name if folder.name == ".git" else folder.name.removesuffix(".git")
