"""Takes a Markdown page of rules apart: sections with their items, steps and code, each as plain sentences"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Section", "plain", "sections"]

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^(\s*)(?:[-*+]|(\d+)[.)])\s+(?:\[[ xX]\]\s+)?(.*)$")
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*(\w*)")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_PICTURE = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE0F\u200D]+")
_WARNED = str.maketrans({"✅": "\u0001", "❌": "\u0002"})
_KEPT = str.maketrans({"\u0001": "✅", "\u0002": "❌"})


@dataclass(slots=True)
class Section:
    """What stands under one heading: `items` of lists, `steps` of numbered ones, `paragraphs`, and `code` blocks."""

    title: str
    items: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """Everything but code."""
        return [*self.paragraphs, *self.items, *self.steps]


def sections(text: str, title: str) -> list[Section]:
    """The sections of a page that say something; `title` names what stands before the first heading."""
    lines = text.removeprefix("\ufeff").splitlines()
    if lines and lines[0].strip() == "---" and "---" in (line.strip() for line in lines[1:]):
        lines = lines[next(at for at, line in enumerate(lines[1:], 1) if line.strip() == "---") + 1 :]
    found, is_new = [Section(title)], True
    target: list[str] | None = None
    at = 0
    while at < len(lines):
        line, section = lines[at], found[-1]
        fence, heading, item = _FENCE.match(line), _HEADING.match(line), _ITEM.match(line)
        at += 1
        if fence:
            block = []
            while at < len(lines) and not lines[at].strip().startswith(fence[1]):
                block.append(lines[at])
                at += 1
            at += 1
            section.code.append("\n".join(block))
            is_new = True
        elif heading:
            found.append(Section(plain(heading[2]) or title))
            is_new = True
        elif item:
            target = section.steps if item[2] and not item[1] else section.items
            target.append(item[3])
            is_new = False
        elif not line.strip() or _TABLE.match(line) or set(line.strip()) <= set("-*_= "):
            is_new = True
        elif is_new or target is None:
            target = section.paragraphs
            target.append(line.strip())
            is_new = False
        else:
            target[-1] += f" {line.strip()}"
    for section in found:
        for listed in (section.items, section.steps, section.paragraphs):
            listed[:] = [sentence for sentence in map(plain, listed) if sentence]
    return [section for section in found if section.said or section.code]


def plain(text: str) -> str:
    """A line without Markdown's emphasis, links and pictures; code spans and the marks of right and wrong stay."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text.translate(_WARNED))
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", r"\1", text)
    text = re.sub(r"<!--.*?-->", "", text)
    return re.sub(r"\s+", " ", _PICTURE.sub("", text)).translate(_KEPT).strip()
