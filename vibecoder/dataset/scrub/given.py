"""Secrets as people hand them over: .env lines, flags of commands, headers, cookies, XML, and prefixed tokens."""

from __future__ import annotations

import re

from vibecoder.dataset.scrub.patterns import Kind

__all__ = ["GIVEN", "is_placeholder"]

_GIVEN = r"['\"]?([^\s'\"$<>{}|;&()`]{%d,})"
_WORD = re.compile(
    r"(?i)(?:.*(?:password|passwd|passphrase|secret|token|example|placeholder|change_?me|your[-_]|redacted|hidden).*"
    r"|none|null|nil|true|false|undefined|required|optional|disabled|enabled|default|prompt|stdin|input|interactive"
    r"|str|string|text|value|bytes|bool|boolean|varchar|char|int|integer|number|object|unknown|any|self|auto|admin"
    r"|env|file|file:.*|vault|config|settings|dict|list|tuple|type|field|column|keyring|credentials?|user(?:name)?"
    r"|(?:x|\*|\.|-|_|#|0)+|.*\.\.\..*)"
)
_CODE = re.compile(
    r"[a-z_]+(?:\.[a-z_]+)+|[a-z]+(?:_[a-z]+)+|(?:[A-Z][a-z]+){1,4}|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][A-Z_]*|[A-Za-z.]+::.*"
)
"""Names in code: dotted, with underscores, in capitals, or of words joined by capitals."""


def is_placeholder(value: str) -> bool:
    """Tell whether a value after a name that says password is a word about it, a name of code, or left open."""
    if value[0] in "-%*@":
        return True
    if any(char.isdigit() for char in value):
        return False
    return bool(_WORD.fullmatch(value) or _CODE.fullmatch(value))


def _given(name: str, pattern: str, *heads: str, vague: bool = False) -> Kind:
    return Kind(name, re.compile(pattern), heads, everywhere=False, vague=vague, given=not vague, in_line=True)


def _token(name: str, pattern: str, *heads: str) -> Kind:
    return Kind(name, re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})"), heads, token=True)


_PASS = r"(?:passw(?:or)?d|passphrase|passwd|pass|pwd)"
_SAYS = ("pass", "pwd")
_FLAGS = r"(?i)\b%s\b[^\n|;&]{0,200}?\s%s" + _GIVEN % 4

GIVEN: tuple[Kind, ...] = (
    _given(
        "password",
        rf"(?m)^[ \t+\-]{{0,40}}(?:export[ \t]+|set[ \t]+|ENV[ \t]+|ARG[ \t]+)?(?:PG|(?:[A-Z0-9]+_)*)(?i:{_PASS})"
        rf"(?:_[A-Z0-9]+)?=['\"]?([^\s'\"$<>{{}}()\[\];\\]{{6,}})['\"]?(?=[ \t\r]|$)",
        *_SAYS,
    ),
    _given(
        "password",
        r"(?m)^[ \t+\-]{0,40}(?:export[ \t]+|set[ \t]+|ENV[ \t]+|ARG[ \t]+)?[A-Z0-9_]*"
        r"(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD|SECRET|TOKEN|KEY|CREDENTIALS?)"
        r"[ \t]?=[ \t]?(?:\"([^\"\n$`{}]{6,200})\"|'([^'\n`{}]{6,200})')[ \t]*(?:\#.*)?\r?$",
        "pass", "pwd", "secret", "token", "key", "credential", vague=True,
    ),
    _given(
        "password",
        r"(?m)^[ \t+\-]{0,40}(?:export[ \t]+)?(?:[A-Z0-9]+_)*(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD)"
        r"=(?:\"([^\"\n$`{}]*[ ][^\"\n$`{}]*)\"|'([^'\n`{}]*[ ][^'\n`{}]*)')[ \t]*\r?$",
        *_SAYS,
    ),
    _given(
        "password",
        rf"(?im)^[ \t+\-]{{0,60}}['\"]?(?:[\w\-]+[_.\-])?{_PASS}['\"]?:[ \t]+['\"]?([^\s'\"$<>{{}}()\[\],;|&*!]{{6,}})"
        r"['\"]?[ \t]*(?:\#.*)?\r?$",
        *_SAYS,
    ),
    _given(
        "password", r"\b(?:[A-Za-z0-9]+_)+(?i:pass|passwd)\b[ \t]*[=:][ \t]*" + _GIVEN % 6, "_pass", vague=True,
    ),
    _given(
        "password",
        r"(?i)(?<![\w-])--?(?:[a-z]+-)*(?:passw(?:or)?d|passwd|passphrase|pass|pwd|pw)[= ]" + _GIVEN % 4, *_SAYS, "-pw",
    ),
    _given(
        "password",
        r"(?i)(?<![\w-])--(?:[a-z]+-)*(?:token|secret|secret-key|api-?key|access-?key|auth-?key|client-secret)[= ]"
        + _GIVEN % 8,
        "--", vague=True,
    ),
    _given("password", r"(?i)(?<![\w-])-(?:pass|passin|passout)[= ]['\"]?pass:([^\s'\"$<{]{3,})", "pass:"),
    _given("password", r"(?i)\bopenssl\b[^\n|;&]{0,200}?\s-k\s+" + _GIVEN % 4, "openssl"),
    _given("password", r"(?i)\b(?:mysql|mariadb)[\w-]*\b[^\n|;&]{0,200}?\s-p" + _GIVEN % 3, "mysql", "mariadb"),
    _given("password", r"(?i)\bmongo\w*\b[^\n|;&]{0,200}?\s-p\s+" + _GIVEN % 3, "mongo"),
    _given("password", _FLAGS % ("redis-cli", r"-a\s+"), "redis-cli"),
    _given(
        "password",
        _FLAGS % (r"(?:docker|podman|helm|oc|az|skopeo|buildah|nerdctl|npm|heroku)\b[^\n|;&]{0,80}?\blogin", r"-p\s*"),
        "login",
    ),
    _given("password", _FLAGS % ("(?:zip|unzip)", r"-P\s*"), "zip "),
    _given("password", _FLAGS % ("(?:7z|7za|rar|unrar)", "-p"), "7z", "rar "),
    _given("password", _FLAGS % ("(?:ldapsearch|ldapadd|ldapmodify|ldapwhoami|ldappasswd)", r"-w\s*"), "ldap"),
    _given("password", _FLAGS % ("(?:sqlcmd|bcp|isql)", r"-P\s*"), "sqlcmd", "bcp ", "isql"),
    _given("password", r"(?i)\b(?:smbclient|mount\.cifs|rpcclient)\b[^\n|;&]{0,200}?-U\s*['\"]?[^\s%'\"]+%"
           r"([^\s'\"]{3,})", "smbclient", "mount.cifs", "rpcclient"),
    _given("password", r"(?i)\blftp\b[^\n|;&]{0,200}?-u\s+[^\s,]+,([^\s'\"]{3,})", "lftp"),
    _given("password", r"(?i)\bhtpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+" + _GIVEN % 3, "htpasswd"),
    _given("password", r"(?i)\becho\s+['\"]?\w[\w.-]*:([^\s'\"]{3,})['\"]?\s*\|\s*(?:sudo\s+)?chpasswd", "chpasswd"),
    _given("password", r"(?i)\bmc\s+alias\s+set\s+\S+\s+\S+\s+\S+\s+" + _GIVEN % 6, "mc alias"),
    _given("password", r"(?i)(?<![\w-])--(?:proxy-)?user[= ]['\"]?[^\s:'\"]+:([^\s'\"$<{]{3,})", "user"),
    _given("password", r"(?i)--from-literal[= ]['\"]?[\w.-]*(?:pass|secret|token|key)[\w.-]*=([^\s'\"$<{]{4,})",
           "--from-literal"),
    _given("aws", r"(?i)aws\s+configure\s+set\s+\S*(?:secret_access_key|session_token)\s+" + _GIVEN % 16,
           "aws configure"),
    _given("password", r"(?i)\b(?:heroku\s+config:set|fly(?:ctl)?\s+secrets\s+set)[^\n]{0,80}?\w*"
           r"(?:PASS|SECRET|TOKEN|KEY)\w*=" + _GIVEN % 6, "config:set", "secrets set"),
    _given("password", r"(?i)\b(?:vault|gh\s+auth)\s+login\s+" + _GIVEN % 16, "login", vague=True),
    _given(
        "password",
        r"(?i)<(?:[\w.-]+:)?[\w.-]*(?:password|passwd|passphrase|secret|token|api-?key)[\w.-]*(?:\s[^<>]{0,100})?>"
        r"\s*([^<>\s${}]{4,200})\s*</",
        "password>", "passwd>", "passphrase>", "secret>", "token>", "key>",
    ),
    _given(
        "cookie",
        r"(?i)cookie['\"]?\s*[:=,][^\n]{0,300}?\b[\w.-]*(?:sess(?:ion)?(?:[_-]?id)?|sid|auth|token|jwt|remember\w*)[\w.-]*="
        r"([A-Za-z0-9%._~+/=:-]{12,})",
        "cookie", vague=True,
    ),
    _given("cookie", r"(?i)(?:-b|--cookie)[= ]['\"]?[^'\"\n]{0,200}?\b[\w.-]*(?:sess\w*|sid|auth\w*|token)="
           r"([A-Za-z0-9%._~+/=:-]{12,})", " -b ", "--cookie", vague=True),
    _given(
        "authorization",
        r"(?i)\b(?:x-[\w-]{0,40}(?:key|token|secret|password|auth)|(?:private|job|deploy|access|auth)-token|api-?key"
        r"|api-token)['\"]?\s*[:=,]\s*['\"]?([\w.~+/=-]{8,})",
        "x-", "-token", "api-key", "apikey", vague=True,
    ),
    _given("authorization", r"(?i)authorization['\"]?\s*:\s*['\"]?(?:\w+\s+)?([\w.~+/=-]{16,})", "authorization",
           vague=True),
    _token("tailscale", r"tskey-[a-z]{2,12}-[A-Za-z0-9]{6,}-?[A-Za-z0-9]{10,}", "tskey-"),
    _token("rubygems", r"rubygems_[0-9a-f]{40,}", "rubygems_"),
    _token("pulumi", r"pul-[0-9a-f]{40}", "pul-"),
    _token("airtable", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}", "pat"),
    _token("planetscale", r"pscale_(?:tkn|pw|oauth|otkn)_[A-Za-z0-9_.=-]{20,}", "pscale_"),
    _token("bitbucket", r"ATBB[A-Za-z0-9_=.-]{24,}|BBDC-[A-Za-z0-9+/]{40,}", "atbb", "bbdc-"),
    _token("brevo", r"x(?:keysib|smtpsib)-[0-9a-f]{60,}-[A-Za-z0-9]{12,}", "sib-"),
    _token("resend", r"re_[A-Za-z0-9]{6,}_[A-Za-z0-9]{16,}", "re_"),
    _token("cerebras", r"csk-[a-z0-9]{40,}", "csk-"),
    _token("vercel", r"vercel_blob_rw_[A-Za-z0-9]{10,}_[A-Za-z0-9]{20,}|vc[a-z]_[A-Za-z0-9]{40,}", "vercel_", "vc"),
    _token("1password", r"ops_eyJ[A-Za-z0-9+/=_-]{60,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{22,}", "ops_", "a3-"),
    _token("azure-devops", r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", "azdo"),
    _token("fly", r"fm[12][a-z]?_[A-Za-z0-9+/=_-]{40,}|fo1_[\w-]{30,}", "fm1", "fm2_", "fo1_"),
    _token("neon", r"napi_[a-z0-9]{40,}", "napi_"),
    _token("render", r"rnd_[A-Za-z0-9]{28,}", "rnd_"),
    _token("posthog", r"ph[acex]_[A-Za-z0-9_-]{32,}", "ph"),
    _token("elevenlabs", r"sk_[0-9a-f]{48}", "sk_"),
    _token("cloudflare", r"v1\.0-[0-9a-f]{20,}-[0-9a-f]{100,}|cf(?:k|ut|at)_[A-Za-z0-9]{40,}", "v1.0-", "cf"),
)  # fmt: skip
