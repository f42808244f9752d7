"""Secrets in the forms in which people hand them over, made at random; and lines that only look like them."""

from __future__ import annotations

import random
import string

__all__ = ["FORMS", "HARMLESS", "planted"]

_MIXED, _HEX = string.ascii_letters + string.digits, "0123456789abcdef"

FORMS: dict[str, tuple[str, ...]] = {
    "names that end in pass": (
        "DB_PASS={p}", "export MYSQL_PASS='{p}'", "SMTP_PASS={p} # mail", "ansible_become_pass: {p}", "  passwd: {p}",
        "ENV REDIS_PASS={p}", 'db_pass = "{p}"', "FTP_PASSWD={p}", "sudo_pass={p}",
    ),
    "letters alone": (
        "DB_PASSWORD={l}", "ADMIN_PASS={l}", "db:\n  password: {l}\n  port: 1", "  passwd: {l}",
        "PGPASSWORD={l} psql x",
        "mysql -u app -p{l} shop", "export KEYSTORE_PASSWORD='{l}'",
    ),
    "quoted with blanks": (
        'DB_PASSWORD="{p} {l}!7"', "SECRET_KEY='{p} x{p}'", 'export ADMIN_PASS="{l} {l} {l}"', 'APP_TOKEN="{p} {p}"',
    ),
    "flags": (
        "mysql -uroot -p{p} app", "mysqldump -h db -u x --password={p} app", "redis-cli -h r -a {p} ping",
        "gpg --batch --passphrase {p} -d f.gpg", "openssl enc -d -aes-256-cbc -pass pass:{p} -in f",
        "openssl rsa -in k.pem -passin pass:{p}", "openssl enc -aes-256-cbc -k {p} -in a", "sshpass -p {p} ssh a@b",
        "curl -u ann:{p} https://x.dev", "curl --user ann:{p} https://x.dev", "wget --http-password={p} https://x.dev",
        "docker login -u ann -p {p} r.x.dev", "az login --service-principal -u a -p {p} --tenant t",
        "aws configure set aws_secret_access_key {s40}", "mongosh -u root -p {p} db", "zip -P {p} a.zip b",
        "7z x -p{p} a.7z", "ldapsearch -D cn=a -w {p} -b x", "sqlcmd -S s -U sa -P {p} -Q x",
        "smbclient //h/s -U ann%{p}", "htpasswd -b f ann {p}", "echo 'ann:{p}' | chpasswd",
        "kubectl create secret generic x --from-literal=password={p}", "mc alias set m https://h:9000 ann {p}",
        "tool --api-key {s40}", "oc login https://h:6443 -u ann -p {p}", "lftp -u ann,{p} sftp://h",
        "heroku config:set STRIPE_SECRET={s40}", "createuser --pw {p}", "restic --password={l}",
    ),
    "headers and cookies": (
        "X-Auth-Key: {h}", "-H 'X-Auth-Token: {p}{p}'", "Cookie: sessionid={s40}", "Set-Cookie: PHPSESSID={h}; path=/",
        "curl -b 'session={s40}' https://x.dev", "PRIVATE-TOKEN: {p}{p}", '"x-goog-api-key": "{s40}"',
        "Cookie: a=b; connect.sid=s%3A{s40}", "Authorization: {s40}", "X-Vault-Token: {s40}",
    ),
    "XML": (
        "<password>{p}</password>", "<soap:Password>{l}</soap:Password>", "<apiKey>{s40}</apiKey>",
        '<add key="ClearTextPassword" value="{p}" />', '<dbPassword type="x">{p}</dbPassword>',
        "<clientSecret>{s40}</clientSecret>",
    ),
    "prefixed tokens": (
        "tailscale up --authkey tskey-" + "auth-{s12}CNTRL-{s40}", "gem push: rubygems" + "_{h48}", "pul" + "-{h40}",
        "pat" + "{s14}.{h64}", "pscale" + "_pw_{s40}", "ATBB" + "{s32}", "xkeysib" + "-{h64}-{s16}",
        "re" + "_{s8}_{s24}", "csk" + "-{a48}", "vercel" + "_blob_rw_{s16}_{s30}",
        "ops" + "_eyJ{s400}", "{s76}AZDO{s4}", "A3" + "-{u6}-{u11}-{u5}-{u5}-{u5}", "napi" + "_{a60}", "rnd" + "_{s32}",
    ),
}  # fmt: skip
"""By kind, lines with values to fill in: p a password, l letters, h hexadecimal, s letters and digits, u capitals."""

HARMLESS = (
    "password: string", "  password: required", "DB_PASSWORD=", "password = getpass.getpass()", "passwd: str = ''",
    "class Pass(Base):", "def bypass(self): pass", "n_pass = first_pass + 1", "--password PASSWORD", "--token TOKEN",
    "mysql -u root -p", "password: ${DB_PASSWORD}", "DB_PASSWORD=$PASSWORD", "<password>${pw}</password>",
    "PASSWORD=changeme", "Cookie: theme=dark", "compass: north", "  password: SecretStr", "token: Optional[str] = None",
    "redis-cli ping", "password_reset: enabled", "X-Request-Id: 7f1c1d0f-19fd", "docker login", "secret: null",
    "SECRET_KEY = os.environ['SECRET_KEY']", "pat = re.compile(r'x')", "re_compiled_patterns_for_everything = 1",
    "passphrase: your-passphrase-here", "the password is asked for at the prompt", "<token>...</token>",
)  # fmt: skip


def planted(form: str, rng: random.Random) -> tuple[str, list[str]]:
    """Fill a line's places with random values; return it and the values."""
    values: list[str] = []

    def fill(kind: str, length: int) -> str:
        alphabet = {
            "l": string.ascii_lowercase, "h": _HEX, "s": _MIXED, "u": string.ascii_uppercase + string.digits,
            "a": string.ascii_lowercase + string.digits,
        }  # fmt: skip
        if kind == "p":
            value = "".join(rng.choices(_MIXED, k=11)) + "7k"
        else:
            value = "".join(rng.choices(alphabet[kind], k=length or {"l": 14, "h": 37}.get(kind, 40)))
        values.append(value)
        return value

    out, at = "", 0
    while (start := form.find("{", at)) >= 0:
        end = form.index("}", start)
        out += form[at:start] + fill(form[start + 1], int(form[start + 2 : end] or 0))
        at = end + 1
    return out + form[at:], values
