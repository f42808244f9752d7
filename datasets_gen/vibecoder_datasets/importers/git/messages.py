"""Tells which commit messages read like an intent, that intent in the imperative, and the reason a message gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Intent", "read_message"]

_VERBS = """
abort accept access activate adapt add address adjust adopt advertise align allow alter annotate append apply assert
assign assume attach avoid await backport balance batch bind block break build bundle cache calculate call cancel cap
capture cast catch change check choose clamp clarify clean clear clip clone close coerce collapse collect combine
compare compile complete compute condense configure confirm connect consolidate construct consume convert copy correct
count cover create cut deal debug decide declare decode decouple decrease deduplicate default defer define delay
delete deny depend deprecate derive describe detach detect determine disable disallow discard display do document
downgrade drop dump duplicate eliminate embed emit enable encapsulate encode encourage end enforce enhance ensure
enter escape establish evaluate exclude execute exit expand expect explain export expose express extend extract factor
fail fall fetch fill filter finalize find finish fix flag flatten flush follow forbid force format forward free freeze
gate generalize generate get give group guard guarantee guess halt handle harden hide highlight hold hook identify
ignore implement import improve include increase increment indent index infer inherit init initialize inject inline
insert inspect install instrument integrate introduce invalidate invert invoke isolate iterate join keep kill let
leave limit link list listen load localize lock log look loosen lower maintain make manage map mark mask match measure
memoize mention merge migrate minimize mirror mock model modernize modify monitor move mute name narrow negate
normalize note notify obey offer omit open optimize order organize output override pack pad parallelize parametrize
parse pass patch perform permit persist pick pin plot point poll populate port postpone prefer prefix prepare preserve
prevent print process produce prohibit promote propagate protect provide prune publish pull purge push put qualify
quit quote raise randomize read readd realign rearrange rebuild recalculate recognize record recover redirect redo
reduce refactor refer reference refine reflect refresh refuse regenerate register reimplement reinstate reject relax
reload relocate rely remove rename render reorder reorganize repair replace report represent require reserve reset
reshape resize resolve respect respond restore restrict restructure retain rethrow retire retry return reuse revamp
revise rewrite rework round route run sanitize satisfy save scale schedule scope search secure select send separate
serialize serve set share shift shorten show shrink shuffle silence simplify skip slice slim sort specialize specify
speed split standardize start state stop store stream streamline strengthen strip suggest support suppress surround
swap switch sync synchronize tag take terminate test throttle throw tidy tighten time toggle tolerate trace track
train transform translate treat trigger trim truncate try tune tweak type unify uninstall unlink unlock unpack unpin
unregister unset unwrap update upgrade use validate verify vectorize wait warn widen wire wrap write yield zip
"""
_IRREGULAR = {
    "bound": "bind", "broke": "break", "built": "build", "caught": "catch", "chose": "choose", "dealt": "deal",
    "did": "do", "fell": "fall", "found": "find", "froze": "freeze", "gave": "give", "got": "get", "hid": "hide",
    "held": "hold", "kept": "keep", "left": "leave", "made": "make", "ran": "run", "rebuilt": "rebuild",
    "redid": "redo", "rewrote": "rewrite", "sent": "send", "shrank": "shrink", "threw": "throw", "took": "take",
    "tried": "try", "wrote": "write", "does": "do", "goes": "go", "went": "go",
}  # fmt: skip
_TYPES = {
    "feat", "feature", "fix", "bugfix", "hotfix", "perf", "refactor", "docs", "doc", "test", "tests", "build", "ci",
    "style", "improvement", "security", "types", "bug", "enh", "maint",
}  # fmt: skip
_CHORES = {"chore", "wip", "bump", "release", "revert", "merge", "deps", "dep", "version", "fixup", "squash", "rel"}
_CONVENTIONAL = re.compile(r"^(?P<type>[A-Za-z]+)(?:\([^()]*\))?!?:\s*(?P<rest>.*)$")
_TAGS = re.compile(
    r"^(?:\[[^\]]*\]\s*|(?:gh|bpo|issue|bug|pr)[-#\s]?\d+:?\s*(?:--?|:)?\s*|#\d+\s*(?:--?|:)?\s*|[A-Z]{2,}-\d+:?\s+"
    r"|:[a-z_]+:\s*|[\w./,*{}-]+(?:\s[\w./-]+)?:\s+)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\s*(?:\((?:#|gh-)\d+(?:,\s*#\d+)*\)|\[#\d+\])\.?\s*$", re.IGNORECASE)
_NOT_WORK = (
    (re.compile(r"^merged?(?:$|\s+(?:branch|branches|pull request|remote|tags?|commits?|prs?|upstream|origin|"
                r"master|main|develop|trunk|in|from|with|changes|conflicts?|mr|#|!|'|[\w.-]+/[\w./-]+)\b|"
                r".*\s(?:into|from)\s)", re.I),
     "a merge"),
    (re.compile(r"^(?:wip\b|\[wip\]|work in progress|tmp\b|temp\b|checkpoint\b|save\b\W*$|backup\b)", re.I),
     "work in progress"),
    (re.compile(r"^(?:fixup!|squash!|amend!)", re.I), "a fixup"),
    (re.compile(r"^(?:revert\b|reapply\b)", re.I), "a revert"),
    (re.compile(r"^(?:bump(?:s|ed|ing)?\b|(?:update|upgrade)s? (?:deps|dependenc(?:y|ies)|version|lock ?file|"
                r"changelog)\b|(?:release|version|prepare\b.*\brelease|back to dev\w*)\b|v?\d+\.\d+[\w.]*$)", re.I),
     "a version bump or release"),
    (re.compile(r"^(?:initial (?:commit|import|version)|first commit|init)\b", re.I), "an initial commit"),
)  # fmt: skip
_TRAILER = re.compile(r"^(?:[A-Z][A-Za-z-]+(?:-[A-Za-z]+)*-by|co-authored-by|closes?|fix(?:es)?|refs?|see|part of|"
                      r"change-id|issue|bug|pr|cc|git-svn-id|reviewed|tested|acked)\b.{0,3}[:#]", re.I)  # fmt: skip
_SENTENCE = re.compile(r"^(.+?[.!?])(?:\s|$)", re.DOTALL)
_CONSONANT = "bcdfghjklmnpqrstvz"


@dataclass(frozen=True, slots=True)
class Intent:
    """Holds what a commit is for: `text` in the imperative, `reason` the first sentence of its body or ""."""

    text: str
    reason: str

    @property
    def aim(self) -> str:
        """Return the text without a conventional type, in small letters at its start."""
        found = _CONVENTIONAL.match(self.text)
        text = found["rest"] if found and found["type"].lower() in _TYPES else self.text
        return text[:1].lower() + text[1:] if text[1:2].islower() else text


def read_message(message: str, author: str = "") -> Intent | str:
    """Return the intent of a commit message, or in a few words why it is none."""
    if author.endswith("[bot]"):
        return "by a bot"
    subject, _, body = message.strip().partition("\n")
    subject = " ".join(subject.split())
    for pattern, reason in _NOT_WORK:
        if pattern.search(subject):
            return reason
    text = _NUMBERS.sub("", subject).rstrip(". ")
    found = _CONVENTIONAL.match(text)
    kind = found["type"].lower() if found else ""
    if kind in _CHORES:
        return "a chore"
    if found and kind in _TYPES:
        rest = found["rest"]
        for pattern, reason in _NOT_WORK:
            if pattern.search(rest):
                return reason
        if len(rest) < 4:
            return "a message that says nothing"
        return Intent(f"{text[: found.start('rest')]}{_imperative(rest) or rest}", _reason(body))
    while (tag := _TAGS.match(text)) and tag.end() < len(text) and not _base(text.split()[0]):
        text = text[tag.end() :]
    for pattern, reason in _NOT_WORK:
        if pattern.search(text):
            return reason
    imperative = _imperative(text)
    if imperative is None:
        return "a message that is not an imperative"
    if len(imperative.split()) < 2 or len(imperative) < 8:
        return "a message that says nothing"
    return Intent(imperative, _reason(body))


def _imperative(text: str) -> str | None:
    """Return the text with its first word as an imperative; None if that is no verb we know."""
    word, space, rest = text.partition(" ")
    base = _base(word)
    if base is None:
        return None
    if word.lower() != base:
        word = base.capitalize() if word[0].isupper() else base
    return f"{word}{space}{rest}"


def _base(word: str) -> str | None:
    return _forms().get(word.lower())


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    """Return every form of every verb -> its base."""
    forms: dict[str, str] = {}
    for verb in _VERBS.split():
        stem = verb[:-1] if verb.endswith("e") else verb
        if verb.endswith("y") and verb[-2] not in "aeiou":
            others = {f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"}
        else:
            double = verb[-1] in _CONSONANT and verb[-2] in "aeiou" and verb[-3:-2] not in tuple("aeiou")
            stems = {stem, stem + stem[-1]} if double else {stem}
            others = {f"{s}{end}" for s in stems for end in ("ed", "ing")}
            others.add(f"{verb}es" if verb.endswith(("s", "x", "z", "ch", "sh")) else f"{verb}s")
        forms.update({form: verb for form in others if form not in forms})
    forms.update(_IRREGULAR)
    forms.update({verb: verb for verb in _VERBS.split()})
    forms.update({verb.replace("ize", "ise"): verb.replace("ize", "ise") for verb in _VERBS.split() if "ize" in verb})
    return forms


def _reason(body: str) -> str:
    """Return the first sentence of the first paragraph of prose, in one line of at most 200 characters, else ""."""
    for paragraph in re.split(r"\n\s*\n", body.strip()):
        lines = [line.strip() for line in paragraph.splitlines()]
        if any(line.startswith(("-", "*", "#", ">", "|", "```", "+")) or _TRAILER.match(line) for line in lines):
            continue
        text = " ".join(lines)
        found = _SENTENCE.match(text)
        text = found[1] if found else text
        if 12 <= len(text) <= 200 and len(text.split()) >= 3 and "@" not in text and "://" not in text:
            return text
    return ""
