"""The server on loopback, asked by the real client of OpenAI's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette")
openai = pytest.importorskip("openai")

from support.rows import READ_FILE  # noqa: E402
from support.scripted import Scripted  # noqa: E402
from support.servers.models import listening  # noqa: E402
from vibecoder.models import NANO  # noqa: E402
from vibecoder.rendering import ChatTokenizer  # noqa: E402
from vibecoder_serve.app import Served  # noqa: E402
from vibecoder_serve.prompts import TrainedPrompts  # noqa: E402

TOKENIZER = ChatTokenizer.load(NANO)
ASKED = [{"role": "user", "content": "Read a.py"}]
CALL = '{"name": "read_file", "arguments": {"path": "a.py"}}'


@pytest.fixture(scope="module")
def engine() -> Scripted:
    return Scripted()


@pytest.fixture(scope="module")
def served(engine: Scripted) -> Served:
    return Served(engine, TrainedPrompts(TOKENIZER), {"tuned": "tuned", "nano": None})


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Any]:
    with listening(served) as url:
        yield openai.OpenAI(base_url=url, api_key="none", max_retries=0)


def parts(client: Any, **more: Any) -> tuple[str, list[Any], str]:
    text, calls, reason = "", [], ""
    for chunk in client.chat.completions.create(model="nano", messages=ASKED, stream=True, **more):
        for choice in chunk.choices:
            text += choice.delta.content or ""
            calls += choice.delta.tool_calls or []
            reason = choice.finish_reason or reason
    return text, calls, reason


def test_models_have_the_names_they_were_given(client: Any) -> None:
    assert [model.id for model in client.models.list()] == ["tuned", "nano"]


def test_text_comes_whole_and_as_a_stream(client: Any, engine: Scripted) -> None:
    engine.said = "Hello there."
    answer = client.chat.completions.create(model="tuned", messages=ASKED, max_tokens=7)
    assert answer.choices[0].message.content == "Hello there."
    assert answer.choices[0].finish_reason == "stop"
    assert engine.asked is not None
    assert (engine.asked.adapter, engine.asked.max_tokens) == ("tuned", 7)
    assert TOKENIZER.decode(engine.asked.prompt).endswith(
        "<|im_start|>user\nRead a.py<|im_end|>\n<|im_start|>assistant\n"
    )
    assert parts(client) == ("Hello there.", [], "stop")
    assert engine.asked.adapter is None


def test_calls_come_whole_and_as_a_stream(client: Any, engine: Scripted) -> None:
    engine.said = f"I look.\n<tool_call>\n{CALL}\n</tool_call><|im_end|>"
    answer = client.chat.completions.create(model="nano", messages=ASKED, tools=[READ_FILE])
    (call,) = answer.choices[0].message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("read_file", {"path": "a.py"})
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.model_extra.get("vibecoder") is None
    text, (streamed,), reason = parts(client, tools=[READ_FILE])
    assert (text, streamed.function.name, reason) == ("I look.", "read_file", "tool_calls")


def test_a_bare_call_is_repaired_told_of_and_counted(client: Any, engine: Scripted, served: Served) -> None:
    engine.said = CALL
    served.counts.clear()
    raw = client.chat.completions.with_raw_response.create(model="nano", messages=ASKED, tools=[READ_FILE])
    assert raw.headers["x-vibecoder-repaired-calls"] == "1"
    assert raw.parse().choices[0].message.tool_calls[0].function.name == "read_file"
    assert raw.parse().model_extra["vibecoder"] == {"repaired_calls": 1, "form": "bare"}
    assert parts(client, tools=[READ_FILE])[0] == ""
    assert served.summary() == "2 replies, 2 with tool calls, 2 of them repaired (hermes 0, fenced 0, bare 2)"


def test_the_middle_is_filled_in_and_a_text_continued(client: Any, engine: Scripted) -> None:
    engine.said = "return a"
    answer = client.completions.create(model="nano", prompt="def f(a):\n    ", suffix="\n\nf(1)\n")
    assert answer.choices[0].text == "return a"
    assert engine.asked is not None
    asked = TOKENIZER.decode(engine.asked.prompt)
    assert asked == "<|fim_prefix|>def f(a):\n    <|fim_suffix|>\n\nf(1)\n<|fim_middle|>"
    streamed = client.completions.create(model="nano", prompt="def f", stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed) == "return a"
    assert TOKENIZER.decode(engine.asked.prompt) == "def f"


def test_usage_is_told_of_at_the_end_of_a_stream_that_asks_for_it(client: Any, engine: Scripted) -> None:
    engine.said = "abc"
    more = {"stream": True, "stream_options": {"include_usage": True}}
    last = list(client.chat.completions.create(model="nano", messages=ASKED, **more))[-1]
    assert last.usage.completion_tokens == 1
    assert last.usage.prompt_tokens > 10


def test_what_an_engine_ignores_is_named(client: Any) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="nano", messages=ASKED, temperature=0.5, seed=1, presence_penalty=1
    )
    assert raw.headers["x-vibecoder-ignored"] == "presence_penalty,temperature,seed"


def test_requests_that_cannot_be_answered_say_why(client: Any, engine: Scripted) -> None:
    with pytest.raises(openai.NotFoundError, match="no model gpt-4 here; there are: tuned, nano"):
        client.chat.completions.create(model="gpt-4", messages=ASKED)
    with pytest.raises(openai.BadRequestError, match="n must be 1"):
        client.chat.completions.create(model="nano", messages=ASKED, n=2)
    with pytest.raises(openai.BadRequestError, match="too many for a context of 4096"):
        client.completions.create(model="nano", prompt="x y " * 4000)
    assert sent(client, b"{")[0] == 400
    assert "is not JSON" in sent(client, b"{")[1]


def sent(client: Any, body: bytes, **headers: str) -> tuple[int, str]:
    """Send bytes as they are and return the status and the text of the answer."""
    place = urlsplit(str(client.base_url))
    connection = HTTPConnection(place.hostname or "", place.port, timeout=20)
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    status, text = answer.status, answer.read().decode()
    connection.close()
    return status, text


def test_a_page_in_a_browser_can_ask_nothing(client: Any) -> None:
    body = b'{"prompt": "a", "max_tokens": 1}'
    assert sent(client, body)[0] == 200
    assert sent(client, body, **{"Content-Type": "text/plain"})[0] == 415
    assert sent(client, body, Host="evil.example")[0] == 400


def test_a_client_that_leaves_stops_the_generation(client: Any, engine: Scripted) -> None:
    engine.said = "x" * 30_000
    stream = client.completions.create(model="nano", prompt="a", stream=True)
    next(iter(stream))
    stream.response.close()
    engine.said = "Hello."
    assert client.completions.create(model="nano", prompt="a").choices[0].text == "Hello."


def test_several_ask_at_once(client: Any, engine: Scripted) -> None:
    engine.said = "Hello."
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(parts, client) for _ in range(12)]
        assert {one.result()[0] for one in asked} == {"Hello."}
