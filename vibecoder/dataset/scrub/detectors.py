"""detect-secrets' detectors as kinds of secrets: its patterns, its keywords, and strings of high entropy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.filters.heuristic import (
    is_indirect_reference,
    is_not_alphanumeric_string,
    is_potential_uuid,
    is_sequential_string,
    is_templated_secret,
)
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
from detect_secrets.plugins.keyword import DENYLIST, KeywordDetector

from vibecoder.dataset.scrub.patterns import Kind

__all__ = ["detectors", "entropy_spans", "keyword_spans"]

_OURS = {"Private Key", "Public IP (ipv4)", "JSON Web Token", "Basic Auth Credentials", "Secret Keyword"}
"""Found by our own kinds, in full where detect-secrets finds a part; and addresses, which are no secret."""
_ASSIGNED = ("key", "pwd", "pw", "pass", "token")
_NEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    "Artifactory Credentials": ((), r"AKC[a-zA-Z0-9]{10}|AP[0-9A-F][a-zA-Z0-9]{8}"),
    "AWS Access Key": (("akia", "asia", "abia", "acca", "a3t", "aws"), "[A-Z0-9]{20}|[0-9a-zA-Z/+]{40}"),
    "Azure Storage Account access key": (("accountkey=",), ""),
    "Cloudant Credentials": (("cl",), "(?i)[0-9a-f]{64}|[a-z]{24}"),
    "Discord Bot Token": ((), r"[a-zA-Z\d_-]{24}\.[a-zA-Z\d_-]{6}\."),
    "GitHub Token": (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), ""),
    "GitLab Token": (("gl", "gr1348941"), "[A-Za-z0-9_-]{25}"),
    "IBM Cloud IAM Key": (_ASSIGNED, "[a-zA-Z0-9_-]{44}"),
    "IBM COS HMAC Credentials": (("secret",), "(?i)[a-f0-9]{48}"),
    "Mailchimp Access Key": (("-us",), "[0-9a-z]{32}-us"),
    "NPM tokens": (("_authtoken",), ""),
    "OpenAI Token": (("t3blbkfj",), ""),
    "PyPI Token": (("pypi-age",), ""),
    "SendGrid API Key": (("sg.",), ""),
    "Slack Token": (("xox", "hooks.slack.com"), ""),
    "SoftLayer Credentials": ((*_ASSIGNED, "softlayer"), "(?i)[a-z0-9]{64}"),
    "Square OAuth Secret": (("sq0csp",), ""),
    "Stripe Access Key": (("k_live_",), ""),
    "Telegram Bot Token": ((), r"[0-9]{8,10}:[0-9A-Za-z_-]{35}"),
    "Twilio API Key": (("ac", "sk"), "(?:AC|SK)[a-z0-9]{32}"),
}
"""By detector: literals of which each of its matches holds one, and what stands in a run of its text then."""
_QUOTED = re.compile(r"(['\"`])([A-Za-z0-9+/\\_=\-]{20,})(?=\1)")
_LONGEST, _STEP = 600, 400
"""Longer lines are looked at in pieces of so many characters, so many apart: the patterns take the square of it."""
_QUOTE = re.compile("['\"`]")
_KEYWORDS = tuple({re.sub(r".*_\?", "", word) for word in DENYLIST})
"""What its names end with, `key` of `api_?key`."""


@lru_cache(maxsize=1)
def detectors() -> tuple[Kind, ...]:
    """Return the patterns of every detector that has some, and their literals; of a new detector, none."""
    found: list[Kind] = []
    classes: dict[str, Any] = get_mapping_from_secret_type_to_class()
    for name, cls in sorted(classes.items()):
        if name not in _OURS and issubclass(cls, RegexBasedDetector):
            kind = re.sub(r"[^a-z0-9]+", "-", name.lower().split(" (")[0]).strip("-")
            heads, needs = _NEEDS.get(name, ((), ""))
            patterns = cls().denylist
            found += [Kind(kind, p, heads, needs=re.compile(needs) if needs else None) for p in patterns]
    return tuple(found)


def keyword_spans(text: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """Quoted values of names like `password`, as detect-secrets' KeywordDetector finds them in code."""
    if not any(head in lower for head in _KEYWORDS):
        return
    detector, start = KeywordDetector(), 0
    for line in text.splitlines(keepends=True):
        for at in range(0, len(line), _STEP):
            piece = line[at : at + _LONGEST]
            lower = piece.lower()
            if _QUOTE.search(piece) and any(head in lower for head in _KEYWORDS) and not is_indirect_reference(piece):
                for value in set(filter(_is_value, detector.analyze_string(piece))):
                    found = re.finditer(re.escape(value), piece)
                    yield from ((start + at + m.start(), start + at + m.end(), "password") for m in found)
        start += len(line)


def entropy_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Quoted strings of 20 characters or more that look random by detect-secrets' limits."""
    for match in _QUOTED.finditer(text):
        value = match[2]
        if is_sequential_string(value) or is_potential_uuid(value):
            continue
        for name, detector in _ENTROPY:
            if set(value) <= set(detector.charset) and any(c.isdigit() for c in value):
                if detector.calculate_shannon_entropy(value) > detector.entropy_limit:
                    yield (*match.span(2), name)
                break


def _is_value(value: str) -> bool:
    """Tell whether a password's value may be one: not a word, a name of something, a sentence or a template."""
    if len(value) < 4 or is_templated_secret(value) or is_not_alphanumeric_string(value) or "<SECRET:" in value:
        return False
    return not (value.isidentifier() and not any(c.isdigit() for c in value)) and not re.search(
        r"\s|[{}$%]\w*[{(]", value
    )


_ENTROPY = (("hex", HexHighEntropyString()), ("base64", Base64HighEntropyString()))
