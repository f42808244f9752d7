from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.planted_secrets import SECRETS, leaks
from vibecoder.dataset.records import identified
from vibecoder.dataset.scrub.detectors import detectors
from vibecoder.dataset.scrub.patterns import PATTERNS, RUN
from vibecoder.dataset.scrub.records import scrub, scrub_text
from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example, Infill, Rated, Record, Task

KINDS = sorted(SECRETS)
AROUND = ("{}", "def f():\n    return 1\n\n+{}\n-x = 3\n", "The log said: {} and went on.")


def test_thirty_kinds_are_planted() -> None:
    assert len(SECRETS) >= 30
    assert all(leaks(line) for _, line in SECRETS.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("around", AROUND)
def test_a_secret_is_masked_by_its_kind_and_counted(kind: str, around: str) -> None:
    clean, counts = scrub_text(around.format(SECRETS[kind][1]))
    assert not leaks(clean)
    assert sum(counts.values()) == clean.count("<SECRET:") + clean.count("<EMAIL>") > 0
    assert scrub_text(clean) == (clean, {})


@pytest.mark.parametrize(
    ("kind", "name"),
    [("openai-project", "openai"), ("anthropic", "anthropic"), ("openrouter", "openrouter"), ("rsa", "private-key"),
     ("huggingface", "huggingface"), ("google", "google"), ("slack-bot", "slack"), ("github-fine", "github")],
)  # fmt: skip
def test_the_mask_names_the_kind(kind: str, name: str) -> None:
    secret, line = SECRETS[kind]
    assert scrub_text(line)[0].strip() == line.replace(secret, f"<SECRET:{name}>").strip()


def everywhere(line: str) -> list[Record]:
    turns = [{"role": "user", "content": "go"}, {"role": "assistant", "content": line}]
    call = {"type": "function", "function": {"name": "bash", "arguments": {"command": [line], "env": {line: 1}}}}
    calling = [{"role": "user", "content": line}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    tool = {"type": "function", "function": {"name": "bash", "description": line}}
    return [
        Example(messages=calling, tools=[tool], group=line, provenance={"author": {"by": line}}),
        Comparison(messages=turns[:1], chosen=turns[1:], rejected=[{"role": "assistant", "content": "no"}]),
        Rated(messages=turns[:1], completion=turns[1:], label=True, category=line),
        Task(messages=turns[:1], reference={"tests": {"a.py": line}}),
        Infill(prefix="a", middle="b", suffix="c", context=[{"path": "x", "text": line}], path=line),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_string_of_every_record_is_looked_at(kind: str) -> None:
    for record in everywhere(SECRETS[kind][1]):
        clean, counts = scrub(record)
        assert counts
        assert not leaks(repr(clean))
        assert type(clean) is type(record)


def test_a_value_is_masked_wherever_the_record_repeats_it() -> None:
    secret, line = SECRETS["dotenv"]
    turns = [{"role": "user", "content": line}, {"role": "assistant", "content": f"It is {secret}, is it not?"}]
    clean, counts = scrub(Example(messages=turns))
    assert clean.messages[1]["content"] == "It is <SECRET:password>, is it not?"
    assert counts == {"password": 2}


def test_ids_follow_the_content_and_clean_records_stay_the_same_object() -> None:
    plain = identified(Example(messages=[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]))
    assert scrub(plain)[0] is plain
    dirty = identified(Example(messages=[{"role": "user", "content": "hi"},
                                         {"role": "assistant", "content": SECRETS["github"][0]}]))  # fmt: skip
    clean = scrub(dirty)[0]
    assert clean.id == identified(clean).id != dirty.id


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_an_infill_stays_one_file(kind: str, data: st.DataObject) -> None:
    text = f"def before():\n    return 1\n\n{SECRETS[kind][1]}\n\ndef after():\n    return 2\n"
    first = data.draw(st.integers(0, len(text)))
    second = data.draw(st.integers(first, len(text)))
    clean, counts = scrub(Infill(prefix=text[:first], middle=text[first:second], suffix=text[second:]))
    assert clean.prefix + clean.middle + clean.suffix == scrub_text(text)[0]
    assert counts == scrub_text(text)[1]


ORDINARY = (
    'password = get_password(user)\nsecret: str = field(default="")\ntoken_ids = tokenizer.encode(text)\n',
    'parser.add_argument("--api-key", default=os.environ.get("API_KEY"))\nKEY = "user_id"\n',
    "@property\ndef f(x, w):\n    return x @ w.T + x@self.weight\n",
    "write to someone@example.com or git@github.com:me/app.git, see lodash@4.17.21",
    'alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"\nuuid = "123e4567-e89b-12d3-a456-426614174000"\n',
    "from vibecoder_datasets.importers.git.stream import running\nmax_tokens=2048, max_new_tokens: 512\n",
    'raise ValueError("password must have 8 characters")\nif key_pass != other_key_pass: pass\n',
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_code_stays(text: str) -> None:
    assert scrub_text(text) == (text, {})


def test_the_filter_before_the_patterns_loses_nothing() -> None:
    for _, line in SECRETS.values():
        for kind in (*PATTERNS, *detectors()):
            if kind.pattern.search(line):
                runs = "\n".join(RUN.findall(line))
                assert kind.possible(line.lower(), runs, runs.lower()), kind.name


def test_no_error_holds_a_secret() -> None:
    for secret, line in SECRETS.values():
        turns = [{"role": "user", "content": line}, {"role": "assistant", "content": "x", "logprob": float("nan")}]
        with pytest.raises(DataError) as caught:
            identified(scrub(Example(messages=turns))[0])
        assert secret not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    "part",
    ["password", "PASSWORD_", "ABCDEFGH" * 8 + "\n", "-----BEGIN PRIVATE KEY-----\n", "curl ", "secret='", "a@b."],
)
def test_repetitions_take_no_more_than_in_proportion(part: str) -> None:
    """The square of this length would take minutes."""
    text = part * (100_000 // len(part)) + " PRIVATE KEY -u"
    assert scrub_text(SECRETS["github"][0] + "\n" + text)[1]["github"] == 1


def test_a_password_far_into_a_long_line_is_found() -> None:
    secret, line = SECRETS["password"]
    assert secret not in scrub_text("x = 1; " * 2000 + line)[0]
