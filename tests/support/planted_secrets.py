"""Secrets of many kinds, made at random as their issuers make them, each in the line it is usually found in."""

from __future__ import annotations

import base64
import json
import random
import string

_RNG = random.Random(20261121)
_WORD = string.ascii_letters + string.digits


def _some(length: int, alphabet: str = _WORD) -> str:
    """Random characters, digits and capitals among them."""
    while True:
        found = "".join(_RNG.choices(alphabet, k=length))
        if any(c.isdigit() for c in found) and (alphabet in (string.digits, _HEX) or any(c.isupper() for c in found)):
            return found


_HEX = "0123456789abcdef"
_KEY_BODY = "\n".join(_some(64, _WORD + "+/") for _ in range(6))
_BEGIN, _END = "-----BEGIN {}PRIVATE KEY{}-----", "-----END {}PRIVATE KEY{}-----"


def _pem(kind: str = "", block: str = "") -> str:
    return f"{_BEGIN.format(kind, block)}\n{_KEY_BODY}\n{_END.format(kind, block)}"


def _jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": _some(12), "iat": 1700000000})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, _some(43)])


SECRETS: dict[str, tuple[str, str]] = {
    "openai-legacy": ((s := "sk-" + _some(20) + "T3Blbk" + "FJ" + _some(20)), f"OPENAI_API_KEY={s}"),
    "openai-project": ((s := "sk-" + "proj-" + _some(80)), f'client = OpenAI(api_key="{s}")'),
    "anthropic": ((s := "sk-" + "ant-api03-" + _some(93)), f"export ANTHROPIC_API_KEY={s}"),
    "openrouter": ((s := "sk-" + "or-v1-" + _some(64, _HEX)), f"curl -H 'Authorization: Bearer {s}' https://x.dev"),
    "huggingface": ((s := "hf" + "_" + _some(34)), f"login(token='{s}')"),
    "google": ((s := "AI" + "za" + _some(35)), f"maps key is {s}, keep it safe"),
    "google-oauth": ((s := "GOC" + "SPX-" + _some(28)), f'"client_secret": "{s}"'),
    "slack-bot": ((s := "xox" + "b-" + _some(12, string.digits) + "-" + _some(12, string.digits) + "-" + _some(24)), s),
    "slack-hook": (
        (s := f"T{_some(8).upper()}/B{_some(8).upper()}/{_some(24)}"),
        f"https://hooks.slack.com/services/{s}",
    ),
    "github": ((s := "gh" + "p_" + _some(36)), f"git clone https://{s}@github.com/me/app"),
    "github-fine": ((s := "github_" + "pat_" + _some(22) + "_" + _some(59)), f"GH_TOKEN={s} gh pr list"),
    "gitlab": ((s := "gl" + "pat-" + _some(20)), f"PRIVATE-TOKEN: {s}"),
    "aws-id": ((s := "AK" + "IA" + _some(16, string.ascii_uppercase + string.digits)), f"aws_access_key_id = {s}"),
    "aws-secret": ((s := _some(40, _WORD + "/+")), f"aws_secret_access_key = {s}"),
    "azure": (
        (s := _some(86, _WORD + "+/") + "=="),
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={s};x=y",
    ),
    "stripe": ((s := "sk" + "_live_" + _some(24)), f"stripe.api_key = '{s}'"),
    "sendgrid": ((s := "S" + "G." + _some(22) + "." + _some(43)), f"Mail({s})"),
    "twilio": ((s := "S" + "K" + _some(32, _HEX)), f"sid {s}"),
    "npm": ((s := "np" + "m_" + _some(36)), f"//registry.npmjs.org/:_authToken={s}"),
    "pypi": ((s := "py" + "pi-AgEIcHlwaS5vcmc" + _some(120)), f"  password = {s}"),
    "jwt": ((s := _jwt()), f"Authorization: Bearer {s}"),
    "telegram": ((s := _some(10, string.digits) + ":A" + _some(34)), f"bot = Bot({s})"),
    "discord": ((s := "M" + _some(23) + "." + _some(6) + "." + _some(27)), f"client.run({s})"),
    "mailchimp": ((s := _some(32, _HEX) + "-us" + "12"), f"mc = {s}"),
    "digitalocean": ((s := "do" + "p_v1_" + _some(64, _HEX)), f"doctl auth init -t {s}"),
    "docker": ((s := "dckr" + "_pat_" + _some(27)), f"docker login -p {s}"),
    "vault": ((s := "hv" + "s." + _some(90)), f"vault login {s}"),
    "square": ((s := "sq0" + "csp-" + _some(43)), f"secret: {s}"),
    "shopify": ((s := "shp" + "at_" + _some(32, _HEX)), f"X-Shopify-Access-Token: {s}"),
    "groq": ((s := "gs" + "k_" + _some(52)), f"GROQ={s}"),
    "rsa": ((s := _pem("RSA ")), f"cat id_rsa\n{s}\n"),
    "openssh": ((s := _pem("OPENSSH ")), s),
    "pgp": ((s := _pem("PGP ", " BLOCK")), s),
    "pkcs8-in-json": ((s := _pem().replace("\n", "\\n")), f'{{"type": "service_account", "private_key": "{s}\\n"}}'),
    "url": ((s := _some(14)), f"DATABASE_URL=postgres://app:{s}@db.internal:5432/app"),
    "password": ((s := _some(10) + "!"), f"password = '{s}'"),
    "dotenv": ((s := _some(24)), f"SESSION_SECRET={s}"),
    "yaml": ((s := _some(12)), f"db:\n  password: {s}\n"),
    "base64-string": ((s := _some(44, _WORD + "+/")), f"x = '{s}'"),
    "hex-string": ((s := _some(64, _HEX)), f'signing = "{s}"'),
    "basic-header": ((s := base64.b64encode(f"me:{_some(12)}".encode()).decode()), f"Authorization: Basic {s}"),
    "email": ((s := f"jane.{_some(5).lower()}@corp-mail.io"), f"Co-authored-by: Jane <{s}>"),
}
"""By kind: the secret, and the text around it."""


def leaks(text: str) -> list[str]:
    """The kinds of which a text still holds the secret, or a line of it."""
    return [
        kind
        for kind, (secret, _) in SECRETS.items()
        if any(
            part in text
            for part in secret.replace("\\n", "\n").split("\n")
            if len(part) > 7 and "PRIVATE KEY" not in part
        )
    ]
