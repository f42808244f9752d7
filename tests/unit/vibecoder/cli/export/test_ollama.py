"""`vibecoder export ollama`, through the command line, and a server on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.servers.ollama import ollama
from support.small_nano import one_layer
from support.terminal import Terminal


def test_a_file_a_modelfile_and_a_model(tmp_path: Path, terminal: Terminal) -> None:
    pytest.importorskip("gguf")
    model = one_layer(tmp_path / "tiny")
    with ollama() as server:
        words = ("export", "ollama", "--model", model, "--quant", "Q8_0", "--output", tmp_path / "out", "--no-verify")
        said = terminal(*words, "--create", "--host", server.url)
    assert (tmp_path / "out" / "Modelfile").is_file()
    assert said.out.endswith("ollama run tiny:q8_0\n")
    made = server.models["tiny:q8_0"]
    assert list(made["files"]) == ["tiny-Q8_0.gguf"]
    assert set(made["parameters"]["stop"]) == {"<|im_end|>", "<|endoftext|>"}
    assert next(iter(server.blobs.values())).startswith(b"GGUF")


def test_a_file_that_is_there_gets_a_modelfile_beside_it(tmp_path: Path, terminal: Terminal) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    said = terminal("export", "ollama", "--model", "nano", "--gguf", file, "--name", "me/coder:v1")
    path = tmp_path / "Modelfile"
    read = terminal("export", "ollama", "--model", "nano", "--gguf", file, "--json")
    assert json.loads(read.out)["name"] == "m:latest"
    file.rename(tmp_path / "nano-tuned-Q8_0.gguf")
    read = terminal("export", "ollama", "--model", "nano", "--gguf", tmp_path / "nano-tuned-Q8_0.gguf", "--json")
    assert json.loads(read.out)["name"] == "nano-tuned:q8_0"
    assert said.out.splitlines() == [str(path), f"ollama create me/coder:v1 -f {path}", "ollama run me/coder:v1"]


def test_what_is_missing_is_said_before_a_file_is_made(tmp_path: Path, terminal: Terminal) -> None:
    assert "give --output DIR, or --gguf" in terminal("export", "ollama", "--model", "nano", status=2).err
    assert "what to export?" in terminal("export", "ollama", "--output", tmp_path, status=2).err
    gone = terminal("export", "ollama", "--model", "nano", "--gguf", tmp_path / "m.gguf", status=2).err
    assert "is no file; export one" in gone
    words = ("export", "ollama", "--model", "nano", "--output", tmp_path / "out", "--create")
    assert "no Ollama at http://127.0.0.1:9" in terminal(*words, "--host", "127.0.0.1:9", status=2).err
    assert not (tmp_path / "out").exists()
