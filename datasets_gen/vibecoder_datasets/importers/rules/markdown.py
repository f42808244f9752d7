"""Takes a Markdown page of rules apart: sections with their items, steps and code, each as plain sentences"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

__all__ = ["Section", "plain", "sections"]

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^(\s*)(?:[-*+]|(\d+)[.)])\s+(?:\[[ xX]\]\s+)?(.*)$")
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*(\w*)")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_RULER = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*$")
_NUMBER = re.compile(r"^(?:[❌✅]\s*)?(?:\d+(?:\.\d+)*[.)]\s+)?")
_PICTURE = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE0F\u200D]+")
_WARNED = str.maketrans({"✅": "\u0001", "❌": "\u0002"})
_KEPT = str.maketrans({"\u0001": "✅", "\u0002": "❌"})


@dataclass(slots=True)
class Section:
    """Holds the text below one heading: `items` of lists, `steps` of numbered ones, `paragraphs`, `code` blocks."""

    title: str
    items: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """Return everything but code."""
        return [*self.paragraphs, *self.items, *self.steps]


def sections(text: str, title: str) -> list[Section]:
    """Return the sections of a page that say something; `title` names what stands before the first heading.

    Code that follows a sentence which ends with a colon belongs to that sentence. A row of a table is an item.
    """
    lines = _body(text)
    found, is_new, at = [Section(title)], True, 0
    target: list[str] | None = None
    shown: list[tuple[list[str], int, str]] = []
    while at < len(lines):
        line, section = lines[at], found[-1]
        fence, heading, item = _FENCE.match(line), _HEADING.match(line), _ITEM.match(line)
        at += 1
        if fence:
            start = at
            while at < len(lines) and not lines[at].strip().startswith(fence[1]):
                at += 1
            code = textwrap.dedent("\n".join(lines[start:at])).strip("\n")
            at += 1
            if target and target[-1].rstrip().endswith(":"):
                shown.append((target, len(target) - 1, f"\n```{fence[2]}\n{code}\n```"))
                target = None
            elif code.strip():
                section.code.append(code)
            is_new = True
        elif heading:
            found.append(Section(_NUMBER.sub("", plain(heading[2])) or title))
            target, is_new = None, True
        elif item:
            target = section.steps if item[2] and not item[1] else section.items
            target.append(item[3])
            is_new = False
        elif _TABLE.match(line):
            is_head = at < len(lines) and _RULER.match(lines[at])
            if not is_head and not _RULER.match(line):
                first, *rest = (cell.strip() for cell in line.strip().strip("|").split("|"))
                section.items.append(f"{first}: {'; '.join(rest)}" if rest else first)
            is_new = True
        elif not line.strip() or set(line.strip()) <= set("-*_= "):
            is_new = True
        elif is_new or target is None:
            target = section.paragraphs
            target.append(line.strip())
            is_new = False
        else:
            target[-1] += f" {line.strip()}"
    for section in found:
        for listed in (section.items, section.steps, section.paragraphs):
            listed[:] = map(plain, listed)
    for listed, place, code in shown:
        listed[place] += code
    for section in found:
        for listed in (section.items, section.steps, section.paragraphs):
            listed[:] = filter(None, listed)
    return [section for section in found if section.said or section.code]


def _body(text: str) -> list[str]:
    """Return the lines of a page without its front matter."""
    lines = text.removeprefix("\ufeff").splitlines()
    if lines and lines[0].strip() == "---":
        end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        lines = lines[end + 1 :]
    return lines


def plain(text: str) -> str:
    """Return a line without Markdown's emphasis, links and pictures.

    Code spans and the marks of right and wrong stay.
    """
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text.translate(_WARNED))
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", r"\1", text)
    text = re.sub(r"<!--.*?-->", "", text)
    return re.sub(r"\s+", " ", _PICTURE.sub("", text)).translate(_KEPT).strip()
