"""What is asked in a talk, and how it is stopped."""

from __future__ import annotations

import signal
import threading
import time

import pytest

pytest.importorskip("starlette")

from support.scripted import Scripted
from vibecoder.errors import DataError
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder_serve.app import Served
from vibecoder_serve.chat.conversation import Conversation
from vibecoder_serve.engines.engine import Asked, Emit, Ended
from vibecoder_serve.prompts import FilePrompts, TrainedPrompts

PROMPTS = TrainedPrompts(ChatTokenizer.load(NANO))


class Endless(Scripted):
    """Says x until it is stopped; Ctrl-C is pressed after the third one."""

    def generate(self, asked: Asked, emit: Emit) -> Ended:
        for number in range(500):
            if number == 3:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            if emit("x"):
                return Ended("x" * number, number, False, 1)
            time.sleep(0.01)
        raise AssertionError("nobody stopped it")


def test_ctrl_c_stops_a_reply_and_takes_back_what_was_said() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        stopped_by_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, before)


def stopped_by_ctrl_c() -> None:
    talk = Conversation(Served(Endless(), PROMPTS, {"nano": None}))
    talk.say("Go on for ever")
    shown: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        talk.ask("nano", shown.append)
    assert 3 <= len(shown) < 500
    talk.unsay()
    assert talk.messages == []


def test_the_model_that_is_named_is_asked() -> None:
    engine = Scripted()
    talk = Conversation(Served(engine, PROMPTS, {"tuned": "tuned", "nano": None}), max_tokens=9)
    talk.say("Hi")
    for name, adapter in (("tuned", "tuned"), ("nano", None)):
        assert talk.ask(name, lambda piece: None).model == name
        assert engine.asked is not None
        assert (engine.asked.adapter, engine.asked.max_tokens) == (adapter, 9)


def test_a_file_alone_fills_in_no_spans() -> None:
    with pytest.raises(DataError, match="serve it with --model"):
        FilePrompts("http://127.0.0.1:9").infill("a", "b")
