"""What secrets look like: one pattern a kind, with the literals without which it cannot match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vibecoder.dataset.scrub.lines import lines_with

__all__ = ["DENSE", "PATTERNS", "RUN", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of secret: what is masked is the first group of its `pattern` that matched, else the whole match.

    Every match holds one of the lower-case `heads`; of a `token`, it is one run (`RUN`) that does; if there is a
    `needs`, it matches in some run of the text. `everywhere`: the value is masked wherever else the record repeats it.
    With `in_line` a match and a head of it lie in one line.

    A `vague` kind needs a value of letters and digits, or of signs; a `given` one any that is no placeholder.
    """

    name: str
    pattern: re.Pattern[str]
    heads: tuple[str, ...] = ()
    token: bool = False
    needs: re.Pattern[str] | None = None
    everywhere: bool = True
    vague: bool = False
    given: bool = False
    in_line: bool = False

    def possible(self, lower: str, runs: str, lower_runs: str) -> bool:
        """Tell whether a text may hold one; `lower` is it in lower case, `runs` its runs, one a line."""
        if self.heads and not any(head in (lower_runs if self.token else lower) for head in self.heads):
            return False
        return self.needs is None or self.needs.search(runs) is not None

    def matches(self, text: str, lower: str) -> Iterator[re.Match[str]]:
        """Find its matches in a text; `lower` is it in lower case."""
        if not self.in_line:
            yield from self.pattern.finditer(text)
            return
        for start, end in lines_with(self.heads, text, lower):
            yield from self.pattern.finditer(text, start, end)


RUN = re.compile(r"[A-Za-z0-9_\-.+/=:]{11,}")
"""What every token is found in: no blank, quote or bracket."""
DENSE = re.compile(r"[0-9]|[A-Za-z]{20}")
"""What a run holds that may be a token: a digit, or so many letters at once."""


def _kind(
    name: str, pattern: str, *heads: str, everywhere: bool = True, vague: bool = False, in_line: bool = False
) -> Kind:
    return Kind(name, re.compile(pattern), heads, everywhere=everywhere, vague=vague, in_line=in_line)


def _token(name: str, pattern: str, *heads: str) -> Kind:
    return Kind(name, re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})"), heads, token=True)


_NAMED = r"(?:api_?key|apikey|secret|token|passw(?:or)?d|passphrase|pwd|access_?key|private_?key|auth_?key|credential)"
_NAMES = ("key", "secret", "token", "passw", "passphrase", "pwd", "credential")
_VALUE = r"[^\s'\"`$<>{}()\[\],;\\|]"

_KEY = r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
_KEY_END = r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
_KEY_LINES = r"(?:[A-Za-z0-9+/=:,.\- \t\r\n\"'\\])*"
"""What may follow a key whose end was cut off: base64, headers, and the marks of diffs and string literals."""

PATTERNS: tuple[Kind, ...] = (
    _kind("private-key", rf"{_KEY}(?:[\s\S]{{0,20000}}?{_KEY_END}|{_KEY_LINES})", "private key"),
    _kind(
        "private-key",
        rf"(?m)^(?:[ \t+\-\"']{{0,20}}[A-Za-z0-9+/=]{{16,200}}[\"'\\n,]{{0,4}}\s{{1,4}}"
        rf"){{1,100}}[ \t+\-\"']*{_KEY_END}",
        "private key",
    ),
    _kind("private-key", r"PuTTY-User-Key-File-\d[\s\S]{0,20000}?(?:Private-MAC: ?[0-9a-f]+|\Z)", "putty-user-key"),
    _kind("private-key", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}", "age-secret-key-"),
    _token("anthropic", r"sk-ant-[A-Za-z0-9_-]{16,}", "sk-ant-"),
    _token("openrouter", r"sk-or-[A-Za-z0-9_-]{16,}", "sk-or-"),
    _token("langfuse", r"[sp]k-lf-[A-Za-z0-9-]{16,}", "k-lf-"),
    _token("openai", r"sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{16,}|[A-Za-z0-9]{20,})", "sk-"),
    _token("huggingface", r"hf_[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}", "hf_", "api_org_"),
    _token("google", r"AIza[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{20,}", "aiza", "gocspx-"),
    _token("google", r"ya29\.[A-Za-z0-9_-]{20,}|1//0[A-Za-z0-9_-]{30,}", "ya29.", "1//0"),
    _token("google", r"AQ\.Ab[A-Za-z0-9_-]{30,}", "aq.ab"),
    _token("slack", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}", "xox", "xapp-"),
    _kind("slack", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9_/+-]{20,})", "hooks.slack.com"),
    _token("github", r"gh[a-z]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{20,}", "gh", "github_pat_"),
    _token("gitlab", r"(?:gl[a-z]{2,5}-|GR1348941)[A-Za-z0-9_.-]{20,}", "gl", "gr1348941"),
    _token("aws", r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}", "akia", "asia", "abia", "acca", "a3t"),
    _kind("aws", r"(?i)aws[\w ]{0,20}(?:secret|sk)[\w ]{0,20}['\"]?\s*[=:]\s*['\"]?([A-Za-z0-9/+=]{40})", "aws"),
    _kind("azure", r"(?i)(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/=]{40,})", "accountkey=", "sharedaccesskey="),
    _kind("azure", r"[?&;]sig=([A-Za-z0-9%+/=_-]{30,})", "sig="),
    _token("stripe", r"[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}", "k_", "whsec_"),
    _token("sendgrid", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", "sg."),
    _token("twilio", r"(?:AC|SK)[0-9a-f]{32}(?![0-9a-f])", "ac", "sk"),
    _token("npm", r"npm_[A-Za-z0-9]{30,}", "npm_"),
    _kind("npm", r"_(?:authToken|auth|password)\s*=\s*['\"]?([A-Za-z0-9+/=_-]{16,})", "_auth", "_password"),
    _token("pypi", r"pypi-[A-Za-z0-9_-]{40,}", "pypi-"),
    _token("jwt", r"eyJ[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_.+/=-]*)?", "eyj"),
    _token("telegram", r"[0-9]{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", ":"),
    _kind("discord", r"discord(?:app)?\.com/api/webhooks/([0-9]+/[A-Za-z0-9_-]{40,})", "/api/webhooks/"),
    _token("digitalocean", r"do[a-z]_v1_[0-9a-f]{40,}", "_v1_"),
    _token("databricks", r"dapi[0-9a-f]{32}", "dapi"),
    _token("docker", r"dckr_[a-z]{3}_[A-Za-z0-9_-]{20,}", "dckr_"),
    _kind("docker", r"\"auth\"\s*:\s*\"([A-Za-z0-9+/=]{12,})\"", '"auth"'),
    _token("groq", r"gsk_[A-Za-z0-9]{30,}", "gsk_"),
    _token("xai", r"xai-[A-Za-z0-9]{30,}", "xai-"),
    _token("perplexity", r"pplx-[A-Za-z0-9]{30,}", "pplx-"),
    _token("replicate", r"r8_[A-Za-z0-9]{30,}", "r8_"),
    _token("notion", r"(?:ntn_|secret_)[A-Za-z0-9]{40,}", "ntn_", "secret_"),
    _token("linear", r"lin_(?:api|oauth)_[A-Za-z0-9]{30,}", "lin_"),
    _token("figma", r"fig[a-z]_[A-Za-z0-9_-]{30,}", "fig"),
    _token("postman", r"PMAK-[0-9a-f]{20,}-[0-9a-f]{30,}", "pmak-"),
    _token("shopify", r"shp[a-z]{2}_[0-9a-fA-F]{32}", "shp"),
    _token("square", r"sq0[a-z]{3}-[A-Za-z0-9_-]{20,}|EAAA[A-Za-z0-9_-]{50,}", "sq0", "eaaa"),
    _token("atlassian", r"AT[A-Z]TT3[A-Za-z0-9_=-]{30,}", "tt3"),
    _token("vault", r"hv[a-z]\.[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}", "hv", ".atlasv1."),
    _token("grafana", r"gl(?:c|sa)_[A-Za-z0-9_+/=]{30,}", "glc_", "glsa_"),
    _token("sentry", r"sntry[a-z]_[A-Za-z0-9_+/=-]{30,}", "sntry"),
    _token("newrelic", r"NR(?:AK|II|JS|RA)-[A-Za-z0-9]{20,}", "nrak-", "nrii-", "nrjs-", "nrra-"),
    _token("doppler", r"dp\.[a-z]{2,5}\.[A-Za-z0-9]{30,}", "dp."),
    _token("mailgun", r"key-[0-9a-f]{32}", "key-"),
    _token("supabase", r"sb[a-z]_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{20,}", "sb"),
    _token("netlify", r"nf[a-z]_[A-Za-z0-9]{36,}", "nf"),
    _token("heroku", r"HRKU-[A-Za-z0-9_-]{30,}", "hrku-"),
    _kind("url-password", r"://[^\s/:@'\"<>{}$]*:([^\s/@'\"<>{}$]{2,})@", "://", everywhere=False),
    _kind(
        "authorization", r"(?i)authorization['\"]?\s*[:=,]\s*['\"]?(?:bearer|basic|token|bot)\s+([\w.~+/=-]{8,})",
        "authorization",
    ),
    _kind("authorization", r"(?i)x-api-key['\"]?\s*[:=,]\s*['\"]?([\w.~+/=-]{8,})", "x-api-key"),
    _kind("password", r"(?i)login\s+\S{1,200}\s+password\s+(\S+)", "password", everywhere=False),
    _kind("password", r"(?i)--password[= ]['\"]?([^\s'\"$<{]{4,})", "--password", everywhere=False, vague=True),
    _kind(
        "password", r"(?:curl|wget)\b[^\n]{0,300}?\s-u\s*"
        r"['\"]?[^\s:'\"]+:([^\s'\"$<{]{4,})", " -u", everywhere=False,
    ),
    _kind("password", r"sshpass\s+-p\s*['\"]?([^\s'\"$<{]{3,})", "sshpass", everywhere=False),
    _kind(
        "password", rf"(?i){_NAMED}[\w.\-]{{0,40}}['\"]?\s*(?:=|:|=>|:=)\s*[@brfu]?['\"]([^\s'\"<>{{}}$]{{8,}})['\"]",
        *_NAMES, everywhere=False, vague=True,
    ),
    _kind(
        "password", rf"\b[A-Z0-9_]{{0,40}}(?i:{_NAMED})[A-Z0-9_]{{0,40}}[ \t]*[=:][ \t]*"
        rf"({_VALUE}{{8,}})(?=[\s'\"\\;,]|$)",
        *_NAMES, everywhere=False, vague=True, in_line=True,
    ),
    _kind(
        "password", rf"(?im)^[ \t+\-]{{0,80}}[\w.\-]{{0,40}}{_NAMED}[ \t]*[:=][ \t]*"
        rf"({_VALUE}{{6,}})[ \t]*(?:\#.*)?\r?$",
        *_NAMES, everywhere=False, vague=True, in_line=True,
    ),
)  # fmt: skip
