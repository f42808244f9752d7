"""Addresses of Ollama servers."""

from __future__ import annotations

import pytest

from vibecoder.errors import HubError
from vibecoder.export.ollama.server import OllamaServer


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("box", "http://box:11434"),
        ("box:80", "http://box:80"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("http://box", "http://box:80"),
        ("https://box/", "https://box:443"),
    ],
)
def test_addresses_are_read_as_ollama_reads_them(address: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", address)
    assert OllamaServer.at().url == url


@pytest.mark.parametrize("address", ["ftp://box", "box:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(HubError, match="no address"):
        OllamaServer.at(address)
