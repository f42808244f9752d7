"""`vibecoder serve` in a process of its own, asked, interrupted, and told what it cannot do."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from support.processes import environment
from support.small_nano import small_nano

pytest.importorskip("uvicorn")
pytest.importorskip("xllamacpp")
SERVE = [sys.executable, "-c", "from vibecoder_serve.command import serve; serve()"]


def test_it_says_where_it_listens_and_at_the_end_what_it_served(tmp_path: Path) -> None:
    words = [*SERVE, str(small_nano()), "--port", "0", "--engine", "llama.cpp", "--num-ctx", "512"]
    settings = environment() | {"VIBECODER_CACHE": str(tmp_path)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            with urlopen(f"{line.split()[0]}/models", timeout=20) as answer:
                assert [model["id"] for model in json.load(answer)["data"]] == ["nano"]
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert line.endswith("/v1  nano  (llama.cpp)\n")
    assert out == "0 replies, 0 with tool calls, 0 of them repaired (hermes 0, fenced 0, bare 0)\n"
    assert [path.name.split("-")[:2] for path in (tmp_path / "gguf").iterdir()] == [["nano", "F16"]]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    from vibecoder.errors import OutputError
    from vibecoder_serve.command import serve

    with socket.socket() as taken, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIBECODER_CACHE", str(tmp_path))
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(OutputError, match="choose another --port"):
            serve.main([str(small_nano()), "--engine", "llama.cpp", "--port", port], standalone_mode=False)
