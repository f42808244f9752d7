"""The doctor on the machine of the test: what it finds, and that what is wrong becomes a finding with its fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vibecoder.cli import main
from vibecoder.doctor import Package, diagnose
from vibecoder.errors import ConfigError


def texts(topic: str, **options: str) -> dict[str, str]:
    return {finding.text: finding.status for finding in diagnose(**options).findings if finding.topic == topic}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_TOKEN", raising=False)


def test_this_machine_can_train_nano() -> None:
    diagnosis = diagnose("cpu-nano")
    assert diagnosis.healthy, diagnosis.findings
    topics = {finding.topic for finding in diagnosis.findings}
    assert topics >= {"python", "machine", "profile", "backend", "model", "data", "disk", "git", "hub"}
    assert texts("model", profile="cpu-nano") == {"nano, on this machine": "ok"}


def test_a_wrong_file_is_a_finding() -> None:
    Path("vibecoder.yaml").write_text("train: {epohcs: 2}\n")
    diagnosis = diagnose("cpu-nano")
    assert not diagnosis.healthy
    message = "unknown setting train.epohcs; did you mean train.epochs? (from vibecoder.yaml)"
    assert texts("settings", profile="cpu-nano") == {message: "bad"}
    Path("vibecoder.yaml").write_text("stages: {tool_use: {train: {epochs: 2}}}\n")
    assert any("did you mean tool-use?" in text for text in texts("settings", profile="cpu-nano"))


def test_what_training_would_be_refused_for_is_a_finding() -> None:
    Path("vibecoder.yaml").write_text("backend: mlx\nstages: {full: {train: {optimizer: adamw-8bit}}}\n")
    refusal = "train.optimizer is adamw-8bit; the backend mlx has adamw; use --backend cuda or --set"
    assert any(text.startswith(refusal) and bad == "bad" for text, bad in texts("settings", profile="cpu-nano").items())
    assert not diagnose("cpu-nano").healthy


def test_a_wrong_option_is_an_error() -> None:
    with pytest.raises(ConfigError):
        diagnose("cpu-nano", ["train.epohcs=1"])


def test_models_and_data_are_looked_for() -> None:
    Path("empty").mkdir()
    Path("vibecoder.yaml").write_text("model: {name: empty}\ndata: {path: mine.jsonl}\n")
    Path("mine.jsonl").write_text("{}\n")
    assert list(texts("model").values()) == ["bad"]
    assert texts("data") == {"mine.jsonl, 0.0 MB": "ok"}
    Path("vibecoder.yaml").write_text("model: {name: someone/something}\n")
    assert texts("model") == {"someone/something, to be downloaded on first use": "ok"}
    Path("vibecoder.yaml").write_text("model: {name: a/b/c}\n")
    assert list(texts("model").values()) == ["bad"]


def test_an_unknown_backend_is_a_finding() -> None:
    Path("vibecoder.yaml").write_text("backend: mxl\n")
    assert "bad" in texts("backend", profile="cpu-nano").values()


def test_packages_of_a_version_that_was_not_tested_are_told() -> None:
    assert Package("torch", "cuda", "<2.14,>=2.9", "2.13.0+cpu").fits
    assert not Package("torch", "cuda", "<2.14,>=2.9", "2.14.1").fits
    assert not Package("torch", "cuda", "<2.14,>=2.9", None).fits
    assert {package.name for package in diagnose("cpu-nano").packages} >= {"click", "mlx-lm", "trl", "pytest"}


@pytest.mark.parametrize(("text", "status"), [("", 0), ("backend: mxl\n", 1)])
def test_the_command_ends_with_the_diagnosis(text: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    Path("vibecoder.yaml").write_text(text)
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", "--profile", "cpu-nano", "--json"])
    assert stopped.value.code == status
    document = json.loads(capsys.readouterr().out)
    assert document["healthy"] is (status == 0)
    with pytest.raises(SystemExit):
        main(["doctor", "--profile", "cpu-nano"])
    out = capsys.readouterr().out
    assert "ok   profile    cpu-nano: named" in out
    assert ("bad  backend" in out) is (status == 1)
