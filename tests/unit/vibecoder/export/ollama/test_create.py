"""Creating models on a server, with uploads that are cut, disks that are full, and things that are missing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from support.servers.chat import serving
from support.servers.ollama import Ollama, ollama
from vibecoder.errors import DataError, HubError
from vibecoder.export.ollama.create import check_name, create
from vibecoder.export.ollama.server import OllamaServer

WEIGHTS = bytes(range(256)) * 20_000
MODELFILE = '''FROM ./m.gguf
PARAMETER num_ctx 4096
PARAMETER stop "<|im_end|>"
PARAMETER stop "<|endoftext|>"
PARAMETER temperature 0.5
SYSTEM """Be
brief."""
TEMPLATE """{{ range .Messages }}{{ .Content }}{{ end }}{{ .Tools }}"""
LICENSE MIT
MESSAGE user Hello
'''


@pytest.fixture
def modelfile(tmp_path: Path) -> Path:
    (tmp_path / "m.gguf").write_bytes(WEIGHTS)
    (tmp_path / "Modelfile").write_text(MODELFILE)
    return tmp_path / "Modelfile"


def make(modelfile: Path, server: Ollama, name: str = "coder") -> list[str]:
    told: list[str] = []
    create(name, modelfile, OllamaServer.at(server.url), lambda doing, by=0, total=None: told.append(doing))
    return told


def test_a_model_is_made_of_the_file_and_what_the_modelfile_says(modelfile: Path) -> None:
    with ollama() as server:
        told = make(modelfile, server)
    made = server.models["coder:latest"]
    assert made["files"] == {"m.gguf": f"sha256:{hashlib.sha256(WEIGHTS).hexdigest()}"}
    assert made["parameters"] == {"num_ctx": 4096, "stop": ["<|im_end|>", "<|endoftext|>"], "temperature": 0.5}
    assert made["system"] == "Be\nbrief."
    assert made["license"] == ["MIT"]
    assert made["messages"] == [{"role": "user", "content": "Hello"}]
    assert list(server.blobs.values()) == [WEIGHTS]
    assert told[-1] == "success"
    assert told.count("sending m.gguf") == 5  # a megabyte each


def test_an_upload_that_is_cut_is_begun_again(modelfile: Path) -> None:
    with ollama() as server:
        server.cut = {"upload": 1}
        told = make(modelfile, server)
    assert "the connection broke, sending again" in told
    assert "coder:latest" in server.models


def test_an_upload_that_is_always_cut_says_that_a_new_run_goes_on(modelfile: Path) -> None:
    with ollama() as server:
        server.cut = {"upload": 3}
        with pytest.raises(HubError, match=r"broke .* run again"):
            make(modelfile, server)
        make(modelfile, server)
    assert "coder:latest" in server.models


@pytest.mark.parametrize("place", ["create", "status"])
def test_what_arrived_whole_is_not_sent_again(modelfile: Path, place: str) -> None:
    with ollama() as server:
        server.cut = {place: 1}
        with pytest.raises(HubError, match="run again"):
            make(modelfile, server)
        assert not server.models
        make(modelfile, server)
    assert sum(asked.startswith("POST /api/blobs") for asked in server.asked) == 1
    assert "coder:latest" in server.models


def test_a_full_disk_of_the_server_is_named(modelfile: Path) -> None:
    with ollama() as server:
        server.full = True
        with pytest.raises(HubError, match="disk of Ollama's server is full; free space"):
            make(modelfile, server)


def test_no_server_and_another_server_are_told_apart(modelfile: Path) -> None:
    with ollama() as server:
        free = server.url
    with pytest.raises(HubError, match=r"no Ollama at .*start Ollama"):
        create("coder", modelfile, OllamaServer.at(free), lambda *_, **__: None)
    with serving(lambda turn: "") as other, pytest.raises(HubError, match=r"is no Ollama \(status 501\)"):
        create("coder", modelfile, OllamaServer.at(f"127.0.0.1:{other.server_port}"), lambda *_, **__: None)


def test_a_missing_file_and_a_wrong_line_are_found_before_anything_is_sent(modelfile: Path) -> None:
    (modelfile.parent / "m.gguf").unlink()
    with ollama() as server:
        with pytest.raises(DataError, match=r"line 1: FROM ./m.gguf: there is no such file"):
            make(modelfile, server)
        modelfile.write_text("FROM llama3.2\n")
        with pytest.raises(DataError, match="is no file"):
            make(modelfile, server)
        modelfile.write_text("FROM ./m.gguf\nPARAM stop x\n")
        with pytest.raises(DataError, match="and 1 more"):
            make(modelfile, server)
    assert not server.asked
    with pytest.raises(DataError, match="cannot be read"):
        create("coder", modelfile.with_name("none"), OllamaServer(), lambda *_, **__: None)


def test_names_get_a_tag_and_odd_ones_are_refused() -> None:
    assert check_name("me/coder") == "me/coder:latest"
    assert check_name("coder:v1") == "coder:v1"
    with pytest.raises(HubError, match="no name of a model"):
        check_name("my coder")
