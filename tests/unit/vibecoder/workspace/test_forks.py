"""A fork server answers requests of any size, and is gone after one that had to be stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder.workspace.environment import environment
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.forks import ForkServer
from vibecoder.workspace.lab import LONGEST


@pytest.fixture(scope="module")
def server(opened_samples: Workspace) -> Iterator[ForkServer]:
    found = ForkServer(opened_samples, environment(opened_samples))
    yield found
    found.close()


def asked(server: ForkServer, code: str) -> str:
    question = {"changes": {}, "code": code, "path": "", "text": ""}
    return server.ask(question, 4, kept=LONGEST).output


def test_a_long_question_comes_over_whole(server: ForkServer) -> None:
    assert asked(server, f"text = {'x' * 300_000!r}\nprint(len(text))") == '{"printed": "300000\\n"}'


def test_a_long_answer_comes_back_whole_and_a_longer_one_is_refused(server: ForkServer) -> None:
    assert len(asked(server, "print('y' * 50_000)")) == 50_000 + len('{"printed": "\\n"}')
    assert asked(server, "print('y' * 70_000)") == '{"error": "the answer is too long"}'


def test_each_request_has_a_process_of_its_own(server: ForkServer) -> None:
    assert "printed" in asked(server, "import json; json.seen = 1")
    assert asked(server, "import json; print(hasattr(json, 'seen'))") == '{"printed": "False\\n"}'


def test_a_program_reads_nothing_and_writes_nothing_outside(server: ForkServer) -> None:
    assert "EOFError" in asked(server, "input()")
    assert "nothing is written outside of the project" in asked(server, "open('../more.txt', 'w')")
    assert "no network here" in asked(server, "import socket; socket.create_connection(('127.0.0.1', 9))")
    assert asked(server, "import tempfile; print(tempfile.TemporaryFile().write(b'abc'))") == '{"printed": "3\\n"}'


def test_a_server_that_has_died_is_said(opened_samples: Workspace) -> None:
    server = ForkServer(opened_samples, environment(opened_samples))
    server.close()
    assert not server.is_alive
    with pytest.raises(OSError):  # noqa: PT011
        asked(server, "print(1)")


def test_it_ends_with_a_request_that_only_waits(opened_samples: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vibecoder.workspace.confined.WALL", 1)
    server = ForkServer(opened_samples, environment(opened_samples))
    ran = server.ask({"changes": {}, "code": "import time; time.sleep(60)", "path": "", "text": ""}, 1)
    assert ran.stopped == "after 1 s of waiting"
    assert not server.is_alive
