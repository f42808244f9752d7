"""Which profile a machine gets, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.config import load_settings
from vibecoder.config.profiles import choose_profile, names
from vibecoder.errors import ConfigError
from vibecoder.system.machine import Gpu, Machine

GIB = 1024**3


def mac(memory: int, chip: str = "Apple M1 Pro") -> Machine:
    return Machine("Darwin", "arm64", memory * GIB, 10, chip)


def gpus(*found: Gpu) -> Machine:
    return Machine("Linux", "x86_64", 64 * GIB, 16, gpus=found)


@pytest.mark.parametrize(
    ("machine", "name", "said"),
    [
        (mac(16), "m1-pro-16gb", "Apple M1 Pro with 16 GB"),
        (mac(64, "Apple M3 Max"), "m1-pro-16gb", "the nearest profile is for 16 GB: there is room"),
        (mac(8, "Apple M1"), "m1-pro-16gb", "if memory runs out, lower data.max_length"),
        (gpus(Gpu("RTX 2080 Ti", 11 * GIB, (7, 5))), "rtx-2080ti-11gb", "RTX 2080 Ti with 11 GB"),
        (gpus(Gpu("RTX 2070", 8 * GIB, (7, 5))), "rtx-2080ti-11gb", "the nearest profile is for 11 GB: if memory"),
        (gpus(Gpu("RTX 3060", 12 * GIB, (8, 6))), "rtx-2080ti-11gb", "bfloat16, which it has"),
        (gpus(Gpu("Tesla T4", 15 * GIB, (7, 5))), "t4-16gb", "Tesla T4 with 15 GB"),
        (gpus(Gpu("RTX 3090", 24 * GIB, (8, 6))), "t4-16gb", "there is room"),
        (gpus(Gpu("GB10", 0, (12, 1))), "t4-16gb", "GB10"),
        (gpus(Gpu("A", 11 * GIB), Gpu("B", 16 * GIB)), "t4-16gb", "2 GPUs, the largest B with 16 GB"),
        (Machine("Linux", "x86_64", 512 * GIB, 64), "cpu-nano", "neither Apple silicon nor an NVIDIA GPU"),
        (Machine("Linux", "aarch64", GIB, 1), "cpu-nano", "neither"),
        (Machine("Darwin", "x86_64", 16 * GIB, 8, "Apple M1", translated=True), "cpu-nano", "under Rosetta"),
    ],
)
def test_the_nearest_profile_is_taken(machine: Machine, name: str, said: str) -> None:
    profile = choose_profile(machine)
    assert profile.name == name
    assert said in profile.reason


@pytest.mark.parametrize(("capability", "precision"), [((7, 5), "float16"), ((8, 0), "auto"), (None, "float16")])
def test_bfloat16_only_where_the_hardware_has_it(capability: tuple[int, int] | None, precision: str) -> None:
    profile = choose_profile(gpus(Gpu("X", 24 * GIB, capability)))
    assert load_settings(profile, None, ()).model.precision == precision


def test_a_profile_can_be_named() -> None:
    assert names() == ["cpu-nano", "m1-pro-16gb", "rtx-2080ti-11gb", "t4-16gb"]
    assert choose_profile(mac(16), "t4-16gb").values["train.accumulation"] == 24
    with pytest.raises(ConfigError, match=r"unknown profile t4; known: auto, cpu-nano"):
        choose_profile(mac(16), "t4")
    with pytest.raises(ConfigError, match=r"did you mean m1-pro-16gb\?"):
        choose_profile(mac(16), "m1-pro-16g")


def test_a_profile_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text("train: {batch_size: 64}\n")
    assert choose_profile(mac(16), str(path)).values == {"train.batch_size": 64}
    path.write_text("match: {kind: toaster, memory_gb: 1}\n")
    with pytest.raises(ConfigError, match="one of apple, nvidia, cpu"):
        choose_profile(mac(16), str(path))
    path.write_text("train: {batch: 64}\n")
    with pytest.raises(ConfigError, match=r"did you mean train.batch_size\? \(from .*lab.yaml\)"):
        choose_profile(mac(16), str(path))
