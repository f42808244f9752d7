"""The HTTP application: models, chat, completions."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from vibecoder.errors import DataError, VibecoderError
from vibecoder_serve.answers import Answer, Usage, event
from vibecoder_serve.engines.engine import Asked, Ended, Engine, Prompt
from vibecoder_serve.prompts import Prompts
from vibecoder_serve.replies import Parsed, ReplyStream, parse_reply, without_end
from vibecoder_serve.requests import BadRequest, Sampling, completion_prompt, read_chat, read_sampling

__all__ = ["Served", "application"]

_LOCAL = ("127.0.0.1", "localhost", "[::1]", "::1")


@dataclass
class Served:
    """What is served: an engine, what writes its prompts, and names of models: adapter's name or None for the base.

    `counts` has replies, replies with calls, and repaired replies by form.
    """

    engine: Engine
    prompts: Prompts
    models: Mapping[str, str | None]
    counts: Counter[str] = field(default_factory=Counter)
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "vibecoder-serve"))

    def adapter_of(self, body: Mapping[str, Any]) -> tuple[str, str | None]:
        """Return the model that a request names and its adapter.

        Raises:
            BadRequest: there is none of this name; a guess would compare the wrong ones.
        """
        name = body.get("model") or next(iter(self.models))
        if name not in self.models:
            raise BadRequest(f"no model {name} here; there are: {', '.join(self.models)}", 404, "model_not_found")
        return name, self.models[name]

    def summary(self) -> str:
        """Say in a line what was served."""
        count = self.counts
        forms = ", ".join(f"{form} {count[f'repaired {form}']}" for form in ("hermes", "fenced", "bare"))
        repaired = sum(count[f"repaired {form}"] for form in ("hermes", "fenced", "bare"))
        return f"{count['replies']} replies, {count['calling']} with tool calls, {repaired} of them repaired ({forms})"


@dataclass(frozen=True, slots=True)
class _Turn:
    """A request ready to be answered: `end` makes the parts of a whole reply, `watch` follows one as it comes."""

    asked: Asked
    sampling: Sampling
    answer: Answer
    watch: Callable[[], ReplyStream]
    end: Callable[[str], Parsed]


def application(served: Served, host: str = "127.0.0.1") -> Starlette:
    """Make the application that listens at `host`; it stops neither the engine nor itself.

    On a loopback address it answers only under this machine's names, and reads nothing but JSON: a page in a browser
    can send it no request then.
    """

    async def models(_: Request) -> Response:
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "vibecoder"} for name in served.models]
        return JSONResponse({"object": "list", "data": data})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "engine": served.engine.name, "counts": dict(served.counts)})

    async def chat(request: Request) -> Response:
        return await _respond(served, request, _chat_turn)

    async def completions(request: Request) -> Response:
        return await _respond(served, request, _completion_turn)

    routes = [
        Route("/v1/models", models),
        Route("/health", health),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/completions", completions, methods=["POST"]),
    ]
    hosts = [*_LOCAL] if host in _LOCAL else ["*"]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)])


def _chat_turn(served: Served, body: Mapping[str, Any]) -> _Turn:
    name, adapter = served.adapter_of(body)
    given = read_chat(body)
    reader = served.prompts.reader
    return _Turn(
        _asked(served, served.prompts.chat(given.messages, given.tools), adapter, given.sampling),
        given.sampling,
        Answer(name),
        lambda: ReplyStream(reader, given.tools),
        lambda text: parse_reply(text, reader, given.tools),
    )


def _completion_turn(served: Served, body: Mapping[str, Any]) -> _Turn:
    name, adapter = served.adapter_of(body)
    prompt, sampling = completion_prompt(body), read_sampling(body)
    ends: tuple[int, ...] = ()
    if body.get("suffix"):
        asked, end = served.prompts.infill(prompt, str(body["suffix"]))
        ends = (end,)
    else:
        asked = served.prompts.text(prompt)
    reader = served.prompts.reader
    return _Turn(
        _asked(served, asked, adapter, sampling, ends),
        sampling,
        Answer(name, chat=False),
        lambda: ReplyStream(reader, ()),
        lambda text: Parsed(without_end(text, reader.ends)),
    )


def _asked(
    served: Served, prompt: Prompt, adapter: str | None, sampling: Sampling, ends: tuple[int, ...] = ()
) -> Asked:
    room = served.engine.context - (0 if isinstance(prompt, str) else len(prompt))
    if room < 1:
        raise BadRequest(
            f"the prompt has {len(prompt)} tokens, too many for a context of {served.engine.context}",
            code="context_length_exceeded",
        )
    stop = tuple(dict.fromkeys((*served.prompts.stop, *ends)))
    most = min(sampling.max_tokens, room)
    return Asked(prompt, adapter, most, stop, sampling.stop, sampling.temperature, sampling.top_p, sampling.seed)


async def _respond(served: Served, request: Request, read: Callable[[Served, Mapping[str, Any]], _Turn]) -> Response:
    try:
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise BadRequest("the body must be sent as application/json", 415, "unsupported_media_type")
        body = await request.json()
        if not isinstance(body, dict):
            raise BadRequest("the body must be a JSON object")
        turn = read(served, body)
        headers = {}
        ignored = [*turn.sampling.unread]
        if not served.engine.samples:
            ignored += [name for name in turn.sampling.asked if body[name]]
        if ignored:
            headers["x-vibecoder-ignored"] = ",".join(ignored)  # a backend takes the likeliest token each time
        if turn.sampling.stream:
            return StreamingResponse(_parts(served, turn), media_type="text/event-stream", headers=headers)
        loop = asyncio.get_running_loop()
        ended = await loop.run_in_executor(served.thread, served.engine.generate, turn.asked, lambda _: False)
        parsed = turn.end(ended.text)
        _count(served, parsed)
        if parsed.repaired:
            headers["x-vibecoder-repaired-calls"] = str(len(parsed.calls))
        usage = Usage(ended.prompt, ended.tokens)
        return JSONResponse(turn.answer.whole(parsed, _finish(ended), usage), headers=headers)
    except BadRequest as error:
        return _refusal(error.message, error.status, error.code)
    except json.JSONDecodeError as error:
        return _refusal(f"the body is not JSON: {error}", 400, "invalid_request")
    except DataError as error:
        return _refusal(str(error), 400, "invalid_request")
    except VibecoderError as error:
        return _refusal(str(error), 500, "server_error")


async def _parts(served: Served, turn: _Turn) -> AsyncIterator[str]:
    """Yield the events of a streamed answer; a client that leaves stops the generation."""
    loop, pieces = asyncio.get_running_loop(), asyncio.Queue[str | None]()
    gone = False

    def emit(piece: str) -> bool:
        loop.call_soon_threadsafe(pieces.put_nowait, piece)
        return gone

    def generate() -> Ended:
        try:
            return served.engine.generate(turn.asked, emit)
        finally:
            loop.call_soon_threadsafe(pieces.put_nowait, None)

    answer, reply = turn.answer, turn.watch()
    work = loop.run_in_executor(served.thread, generate)
    try:
        if answer.chat:
            yield answer.part({"role": "assistant", "content": ""})
        while (piece := await pieces.get()) is not None:
            if shown := reply.add(piece):
                yield answer.part({"content": shown} if answer.chat else shown)
        ended = await work
        rest, parsed = reply.end()
        if rest:
            yield answer.part({"content": rest} if answer.chat else rest)
        if parsed.calls:
            yield answer.calls(parsed)
        _count(served, parsed)
        yield answer.part({} if answer.chat else "", "tool_calls" if parsed.calls else _finish(ended), parsed)
        if turn.sampling.usage:
            yield answer.usage(Usage(ended.prompt, ended.tokens))
        yield "data: [DONE]\n\n"
    except VibecoderError as error:
        yield event({"error": {"message": str(error), "type": "server_error", "code": "server_error"}})
    finally:
        gone = True


def _finish(ended: Ended) -> str:
    return "stop" if ended.stopped else "length"


def _count(served: Served, parsed: Parsed) -> None:
    served.counts["replies"] += 1
    served.counts["calling"] += bool(parsed.calls)
    if parsed.repaired:
        served.counts[f"repaired {parsed.repaired}"] += 1


def _refusal(message: str, status: int, code: str) -> JSONResponse:
    error = {"message": message, "type": "invalid_request_error" if status < 500 else "server_error", "code": code}
    return JSONResponse({"error": {**error, "param": None}}, status)
