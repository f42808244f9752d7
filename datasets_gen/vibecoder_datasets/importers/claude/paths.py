"""Shorten the paths of a session: below its working folder to relative ones, and home folders to `~`.

Only what begins an absolute path is shortened: `/app/` in `src/app/page.tsx` and `/Users/` in `/api/Users/list` are
parts of other paths. In the text of files a working folder that names nobody, such as `/app`, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["Paths"]

_BEGINS = r"(?<![\w.\-~/\\@$%}\])*+#?&])(?<![\w})][\"'`])"
"""Nothing of a path, a variable or an address comes before, nor before a quote: `"$DIR"/app/x` is another path."""
_VERBS = "".join(rf"(?<!\b{verb} )" for verb in ("GET", "PUT", "POST", "HEAD", "PATCH", "DELETE", "OPTIONS"))
_END = r"(?![\w.\-])"
_ROOTS = (
    r"(?:(?:/mnt|/cygdrive)?/[A-Za-z]|[A-Za-z]:|/System/Volumes/Data)?[/\\]+Users",
    r"(?:/var|/usr|/export)?/home",
    r"\\\\+wsl(?:\$|\.localhost)\\+\w[\w.\-]*\\+home",
)
"""What home folders are in on macOS, Windows and its shells, Linux, BSD and WSL."""
_NOBODY = r"(?!(?:Shared|Public|Default|linuxbrew)\b|lost\+found)"
_OF_PATH = re.compile(rf"(?:{'|'.join(_ROOTS)})[/\\]+{_NOBODY}[^/\\\n]+")
_ANY = re.compile(
    rf"(?:{_BEGINS}{_VERBS}|(?<=file://))(?:{'|'.join(_ROOTS)})[/\\]+{_NOBODY}[A-Za-z_][\w.+\-]*(?=[/\\]+[^\s/\\\"'])"
)
"""A home folder by its place alone, with something in it: `/home/settings` may be an address."""


class Paths:
    """Makes paths relative to a session's working folder, and takes names out of home folders.

    `others` are more folders of the session, of which the home folders are known.
    """

    def __init__(self, cwd: str, others: Iterable[str] = ()) -> None:
        self._cwd = cwd.rstrip("/\\")
        found = {match[0] for path in (cwd, *others) for match in [_OF_PATH.match(path)] if match}
        self._homes = sorted(found, key=len, reverse=True)
        self._is_private = _OF_PATH.match(self._cwd) is not None

    def relative(self, path: str) -> str:
        """Return the path of a file or folder from the working folder, or from `~`."""
        if self._cwd and re.fullmatch(_spelt(self._cwd) + r"[/\\]*", path):
            return "."
        return self.text(path)

    def text(self, text: str) -> str:
        """Text that people, commands and tools write, with its paths shortened."""
        return self.content(self._from_folder(text))

    def content(self, text: str) -> str:
        """Return the text of a file, without names of home folders."""
        if self._is_private:
            text = self._from_folder(text)
            if _may_hold(self._cwd, text):
                text = _itself(self._cwd).sub(".", text)
        for home in self._homes:
            if _may_hold(home, text):
                text = _known(home).sub("~", text)
        return _ANY.sub("~", text) if "home" in text or "Users" in text else text

    def _from_folder(self, text: str) -> str:
        return _below(self._cwd).sub(_relative, text) if self._cwd and _may_hold(self._cwd, text) else text


def _may_hold(path: str, text: str) -> bool:
    """Tell whether a text may hold a path; looked at before slower patterns are."""
    return re.split(r"[/\\]", path)[-1].lower() in text.lower()


def _relative(match: re.Match[str]) -> str:
    """Return "" before a name that follows, `./` where none does or it would read as an option."""
    return "" if re.match(r"[\w.@(\[*]", match.string[match.end() : match.end() + 1]) else "./"


def _spelt(path: str) -> str:
    """Return a pattern of a path; of one of Windows, with any of its separators and in any case."""
    if not re.match(r"[A-Za-z]:|\\\\", path):
        return re.escape(path)
    drive, *steps = re.split(r"[/\\]+", path)
    first = f"(?:{re.escape(drive)}|(?:/mnt|/cygdrive)?/{re.escape(drive[:1])})" if drive else ""
    return "(?i:" + r"[/\\]+".join([first, *map(re.escape, steps)]) + ")"


@lru_cache(maxsize=64)
def _below(path: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEGINS}{_VERBS}{_spelt(path)}[/\\]+")


@lru_cache(maxsize=64)
def _itself(path: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEGINS}{_spelt(path)}{_END}")


@lru_cache(maxsize=64)
def _known(home: str) -> re.Pattern[str]:
    """Return a home folder that is known: after `file://`, an option's letter, and the `@` of a mention too."""
    before = rf"{_BEGINS}|(?<=file://)|(?<=\s@)|(?<=^@)|(?<=\s-[A-Za-z])"
    return re.compile(rf"(?:{before}){_spelt(home)}{_END}", re.MULTILINE)
