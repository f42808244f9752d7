"""Compare the calls that a served model's clients get with those that evaluation finds, prompt by prompt.

Run as: python benchmarks/served_calls.py --adapter runs/NAME/adapter   (--data FILE --engine mlx --quant Q8_0)

The prompts are those of the suite `tool-calls`, held out by the adapter's run; `--data` asks held-out rows of another.
Each is asked on the backend, as `vibecoder eval` does, and over HTTP by the client of OpenAI's API. A call that the
server had to repair counts as none, as in evaluation. Every prompt with other calls is printed.
"""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import openai
import uvicorn

from vibecoder.evaluate.asking import Asker, chunks
from vibecoder.evaluate.request import EvaluationRequest, plan_evaluation
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import ModelSpec, Prompt
from vibecoder_serve.app import Served, application
from vibecoder_serve.targets import find_target, open_served


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", type=Path, required=True)
    parser.add_argument("--data")
    parser.add_argument("--engine", default="llama.cpp")
    parser.add_argument("--quant", default="F16")
    parser.add_argument("--backend", default="mlx")
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    request = EvaluationRequest(
        adapter=given.adapter, suites=("tool-calls",), backend=given.backend, data=given.data, limit=given.limit
    )
    plan = plan_evaluation(request)
    tokenizer = ChatTokenizer.load(plan.model.folder)
    backend = plan.backend.open(ModelSpec(str(plan.model.folder)))
    start = time.perf_counter()
    asker = Asker(backend, tokenizer, given.adapter)
    replies = [reply for chunk in chunks(plan.prompts, 16) for reply in asker.ask(chunk)]
    asked = time.perf_counter() - start
    backend.close()
    target = find_target(str(given.adapter))
    served = open_served(target, given.engine, None, given.quant)
    client = openai.OpenAI(base_url=listen(served), api_key="none", max_retries=0)
    start, same, calling = time.perf_counter(), 0, 0
    for prompt, reply in zip(plan.prompts, replies, strict=True):
        expected = tokenizer.calls.read(reply.text, prompt.tools) or []
        found = over_http(client, next(iter(target.models)), prompt)
        same, calling = same + (found == expected), calling + bool(expected)
        if found != expected:
            print(f"{prompt.id}: evaluation {expected}, served {found}")
    took = time.perf_counter() - start
    print(f"{same} of {len(replies)} prompts alike, {calling} of them call; {asked:.1f} s asked, {took:.1f} s served")
    print(served.summary())


def listen(served: Served) -> str:
    """Start the server in a thread and return the address of its API."""
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    place.bind(("127.0.0.1", 0))
    place.listen(16)
    server = uvicorn.Server(uvicorn.Config(application(served), log_level="warning", lifespan="off"))
    threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True).start()
    return f"http://127.0.0.1:{place.getsockname()[1]}/v1"


def over_http(client: openai.OpenAI, model: str, prompt: Prompt) -> list[dict[str, Any]]:
    """Return the calls of a reply that needed no repair."""
    asked: Any = {"model": model, "messages": in_openais_form(prompt), "max_tokens": prompt.max_new_tokens}
    if prompt.tools:
        asked["tools"] = list(prompt.tools)
    answer = client.chat.completions.create(**asked)
    if (answer.model_extra or {}).get("vibecoder"):
        return []
    calls: Any = answer.choices[0].message.tool_calls or []
    return [{"name": call.function.name, "arguments": json.loads(call.function.arguments)} for call in calls]


def in_openais_form(prompt: Prompt) -> list[dict[str, Any]]:
    """Write the arguments of earlier calls as text."""
    found = []
    for message in prompt.messages:
        made = [call["function"] for call in message.get("tool_calls") or ()]
        calls = [
            {"id": f"c{at}", "type": "function", "function": {**call, "arguments": json.dumps(call["arguments"])}}
            for at, call in enumerate(made)
        ]
        found.append({**message, **({"tool_calls": calls} if calls else {})})
    return found


if __name__ == "__main__":
    main()
