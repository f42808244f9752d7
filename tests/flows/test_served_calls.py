"""Tuned nano's calls over HTTP are those that evaluation finds, prompt by prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("xllamacpp")
openai = pytest.importorskip("openai")

from support.servers.models import listening  # noqa: E402
from vibecoder.evaluate.asking import Asker, chunks  # noqa: E402
from vibecoder.evaluate.request import EvaluationRequest, plan_evaluation  # noqa: E402
from vibecoder.rendering import ChatTokenizer  # noqa: E402
from vibecoder.types import ModelSpec, Prompt  # noqa: E402
from vibecoder_serve.targets import find_target, open_served  # noqa: E402


def in_openais_form(messages: Any) -> list[dict[str, Any]]:
    found = []
    for message in messages:
        turn = dict(message)
        if turn.get("tool_calls"):
            made = [call["function"] for call in turn["tool_calls"]]
            turn["tool_calls"] = [
                {
                    "id": f"c{at}",
                    "type": "function",
                    "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
                }
                for at, call in enumerate(made)
            ]
        found.append(turn)
    return found


def over_http(client: Any, name: str, prompt: Prompt) -> list[Mapping[str, Any]]:
    """Return the calls of a reply that needed no repair."""
    answer = client.chat.completions.create(
        model=name,
        messages=in_openais_form(prompt.messages),
        tools=list(prompt.tools) or None,
        max_tokens=prompt.max_new_tokens,
    )
    if answer.model_extra.get("vibecoder"):
        return []
    calls = [call.function for call in answer.choices[0].message.tool_calls or []]
    return [{"name": call.name, "arguments": json.loads(call.arguments)} for call in calls]


@pytest.mark.parametrize("engine", ["llama.cpp", "mlx"])
def test_calls_over_http_are_those_of_evaluation(
    engine: str, real_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIBECODER_CACHE", str(tmp_path))
    monkeypatch.chdir(real_run.parent.parent)
    adapter = real_run / "adapter"
    plan = plan_evaluation(EvaluationRequest(adapter=adapter, suites=("tool-calls",), backend="mlx"))
    tokenizer = ChatTokenizer.load(plan.model.folder)
    backend = plan.backend.open(ModelSpec(str(plan.model.folder)))
    asker = Asker(backend, tokenizer, adapter)
    replies = [reply for chunk in chunks(plan.prompts, 16) for reply in asker.ask(chunk)]
    backend.close()
    expected = [
        tokenizer.calls.read(reply.text, prompt.tools) or []
        for prompt, reply in zip(plan.prompts, replies, strict=True)
    ]
    served = open_served(find_target(str(adapter)), engine)
    with listening(served) as url:
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        found = [over_http(client, "real", prompt) for prompt in plan.prompts]
    served.engine.close()
    assert sum(map(bool, expected)) > len(expected) // 2
    assert found == expected
