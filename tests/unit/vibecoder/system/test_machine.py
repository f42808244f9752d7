"""Facts about the machine, parsed from what nvidia-smi really prints, and detected on the machine of the test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vibecoder.system.machine import Gpu, Machine, detect, parse_nvidia_smi

GIB = 1024**3
TWO = "0, NVIDIA GeForce RTX 2080 Ti, 11264, 7.5\n1, NVIDIA GeForce GT 710, 2000, 3.5\n"


def test_gpus_are_parsed() -> None:
    assert parse_nvidia_smi(TWO) == (
        Gpu("NVIDIA GeForce RTX 2080 Ti", 11 * GIB, (7, 5)),
        Gpu("NVIDIA GeForce GT 710", 2000 * 1024**2, (3, 5)),
    )
    assert parse_nvidia_smi("0, NVIDIA GB10, [N/A], 12.1") == (Gpu("NVIDIA GB10", 0, (12, 1)),)
    assert parse_nvidia_smi("0, Tesla K80, 11441") == (Gpu("Tesla K80", 11441 * 1024**2, None),)
    assert parse_nvidia_smi("No devices were found") == ()


@pytest.mark.parametrize(
    ("visible", "count"),
    [(None, 2), ("0,1", 2), ("1", 1), ("", 0), ("-1", 0), ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", 2)],
)
def test_hidden_gpus_do_not_count(visible: str | None, count: int) -> None:
    assert len(parse_nvidia_smi(TWO, visible)) == count


def test_the_largest_gpu_counts() -> None:
    machine = Machine("Linux", "x86_64", GIB, 2, gpus=parse_nvidia_smi(TWO))
    assert machine.gpu is not None
    assert machine.gpu.name == "NVIDIA GeForce RTX 2080 Ti"
    assert str(machine) == "Linux x86_64, 2 cores, 1 GB, NVIDIA GeForce RTX 2080 Ti 11 GB, NVIDIA GeForce GT 710 2 GB"


def test_this_machine_is_detected() -> None:
    machine = detect()
    assert machine.system in ("Linux", "Darwin")
    assert machine.cores >= 1
    assert machine.memory > GIB / 4


def test_nvidia_smi_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver too old for compute_cap is asked once more without it."""
    command = tmp_path / "nvidia-smi"
    command.write_text(
        '#!/bin/sh\ncase "$1" in *compute_cap*) echo "not a valid field to query"; exit 2;; esac\n'
        'echo "0, Tesla K80, 11441"\n'
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert detect().gpus == (Gpu("Tesla K80", 11441 * 1024**2, None),)
