"""Modelfiles of models: what is in them, and what is said where something cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.templates import trl_template, write_model
from vibecoder.export.ollama.lint import lint
from vibecoder.export.ollama.modelfile import parse
from vibecoder.export.ollama.write import write_modelfile
from vibecoder.models import NANO


def of(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in parse(path.read_text()).instructions:
        found.setdefault(each.key or each.name, []).append(each.value)
    return found


def test_nanos_has_stops_context_system_and_template(tmp_path: Path) -> None:
    (tmp_path / "nano-Q8_0.gguf").touch()
    written = write_modelfile(tmp_path / "nano-Q8_0.gguf", NANO)
    said = of(written.path)
    assert written.notices == ()
    assert said["FROM"] == ["./nano-Q8_0.gguf"]
    assert set(said["stop"]) == {"<|im_end|>", "<|endoftext|>"}
    assert said["SYSTEM"] == ["You are Qwen, created by Alibaba Cloud. You are a helpful assistant."]
    assert said["num_ctx"] == ["4096"]
    assert said["temperature"] == ["0"]
    assert ".ToolCalls" in said["TEMPLATE"][0]
    assert ".Suffix" in said["TEMPLATE"][0]
    assert lint(written.path.read_text(), tmp_path) == []


def test_what_is_asked_for_replaces_what_the_model_says(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").touch()
    said = of(write_modelfile(tmp_path / "m.gguf", NANO, system="Be brief.", context=512, licence="MIT").path)
    assert (said["SYSTEM"], said["num_ctx"], said["LICENSE"]) == (["Be brief."], ["512"], ["MIT"])


def test_the_licence_is_the_models_own(tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(NANO, model, ignore=shutil.ignore_patterns("*.safetensors", "*.py", "__pycache__"))
    (model / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    assert of(write_modelfile(tmp_path / "m.gguf", model).path)["LICENSE"] == ["apache-2.0"]
    (model / "LICENSE").write_text("All of it\n")
    assert of(write_modelfile(tmp_path / "m.gguf", model).path)["LICENSE"] == ["All of it"]


def test_another_familys_template_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    model = write_model(tmp_path / "llama", trl_template("llama3") or "")
    (model / "config.json").write_text("{}")
    written = write_modelfile(tmp_path / "m.gguf", model)
    assert "TEMPLATE" not in of(written.path)
    assert "is not ChatML with Hermes tool calls" in written.notices[0]
