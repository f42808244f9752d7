"""Pushing with the real client to a hub on loopback, and fetching back what arrived."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from huggingface_hub import constants, hf_hub_download, snapshot_download
from safetensors.numpy import load_file

from support.real_run import with_base
from support.servers import hub
from vibecoder.adapters.folder import read_adapter
from vibecoder.cli.commands.push import push as push_command
from vibecoder.errors import HubError, ModelError
from vibecoder.hub import push as publishing
from vibecoder.hub.files import collect
from vibecoder.runs.record import RunRecord


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(publishing, "WAITS", (0.0, 0.0))
    with hub.Hub() as running:
        yield running


@pytest.fixture
def no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(tmp_path / "no-tokens"))


@pytest.fixture
def run(finished_run: Path) -> Path:
    """The real run as if tuned on Qwen, beside it things that must not leave the machine."""
    (finished_run / "dataset.jsonl").write_text('{"messages": []}\n')
    (finished_run / "checkpoints" / "step-000003").mkdir(parents=True)
    (finished_run / "checkpoints" / "step-000003" / "state.json").write_text("{}")
    record = RunRecord.read(with_base(finished_run, "Qwen/Qwen2.5-Coder-3B-Instruct"))
    data = replace(record.data, path="/home/alice/secret-client/dataset.jsonl")
    record.changed(data=data, command="vibecoder train --data /home/alice/secret-client/dataset.jsonl").write(
        finished_run
    )
    return finished_run


def send(server: Any, folder: Path, repo: str = "alice/companion", private: bool = True, token: str = "token-alice"):
    return publishing.push(folder, repo, private, token=token, endpoint=server.url)


def is_one_line(error: pytest.ExceptionInfo[BaseException]) -> bool:
    return "\n" not in str(error.value) and str(error.value) != ""


def test_what_was_pushed_comes_back_byte_for_byte(server: Any, run: Path, tmp_path: Path):
    pushed = send(server, run)
    assert pushed.url == f"{server.url}/alice/companion"
    assert pushed.commit == server.repos["alice/companion"].head
    assert pushed.private
    assert server.repos["alice/companion"].private

    how = {"endpoint": server.url, "token": "token-alice", "cache_dir": tmp_path / "cache"}
    one = hf_hub_download("alice/companion", "adapter_model.safetensors", **how)
    assert Path(one).read_bytes() == (run / "adapter" / "adapter_model.safetensors").read_bytes()

    fetched = Path(snapshot_download("alice/companion", **how))
    expected = collect(run, "alice/companion")
    names = {path.relative_to(fetched).as_posix() for path in fetched.rglob("*") if path.is_file()}
    assert names == {*expected, ".gitattributes"} == {*pushed.files, ".gitattributes"}
    for name, content in expected.items():
        assert (fetched / name).read_bytes() == (content if isinstance(content, bytes) else content.read_bytes())
    again = read_adapter(fetched)
    assert again.base_name == "Qwen/Qwen2.5-Coder-3B-Instruct"
    for layer, (a, b) in read_adapter(run / "adapter").weights.items():
        np.testing.assert_array_equal(again.weights[layer][0], a)
        np.testing.assert_array_equal(again.weights[layer][1], b)


def test_large_files_go_through_lfs_and_are_verified(server: Any, run: Path):
    send(server, run)
    assert server.asked["POST /alice/companion.git/info/lfs/objects/batch"] == 1
    assert sum(n for request, n in server.asked.items() if request.startswith("PUT /lfs/")) == 2
    assert server.asked["POST /lfs-verify"] == 2


def test_nothing_of_the_person_or_the_data_leaves(server: Any, run: Path):
    send(server, run)
    everything = b"\n".join(server.repos["alice/companion"].files.values())
    rows = [sample.user.encode() for sample in RunRecord.read(run).samples]
    for secret in (b"secret-client", *rows, str(run.parent).encode()):
        assert secret not in everything
    assert not [name for name in server.repos["alice/companion"].files if "checkpoint" in name or "jsonl" in name]


def test_pushing_again_makes_no_commit_and_a_change_makes_one(server: Any, run: Path):
    first = send(server, run)
    assert send(server, run).commit == first.commit
    (run / "report.md").write_text("# Another\n")
    assert send(server, run).commit != first.commit
    assert len(server.repos["alice/companion"].commits) == 3
    assert sum(n for request, n in server.asked.items() if request.startswith("PUT /lfs/")) == 2


def test_an_adapter_folder_alone(server: Any, run: Path):
    pushed = send(server, run / "adapter")
    assert set(pushed.files) == {
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "adapters.safetensors",
    }


def test_an_own_repository_and_one_of_an_organisation_are_reused(server: Any, run: Path):
    for name in ("alice/companion", "guild/companion"):
        server.create(name, private=True)
        send(server, run, name)
        assert len(server.repos[name].commits) == 2


def test_a_public_push_is_public(server: Any, run: Path):
    assert not send(server, run, private=False).private
    assert not server.repos["alice/companion"].private


def test_a_private_repository_stays_private(server: Any, run: Path):
    server.create("alice/companion", private=True)
    assert send(server, run, private=False).private


def test_a_private_upload_does_not_go_to_a_public_repository(server: Any, run: Path):
    server.create("alice/companion", private=False)
    with pytest.raises(HubError, match=r"is public.*--public") as error:
        send(server, run)
    assert is_one_line(error)
    assert len(server.repos["alice/companion"].commits) == 1


@pytest.mark.usefixtures("no_token")
def test_no_token(server: Any, run: Path):
    with pytest.raises(HubError, match=r"no Hugging Face token.*hf auth login.*HF_TOKEN") as error:
        publishing.push(run, "alice/companion", True, endpoint=server.url)
    assert is_one_line(error)
    assert not server.asked


def test_a_bad_token_is_refused_and_not_shown(server: Any, run: Path):
    with pytest.raises(HubError, match=r"refuses the token \(401\).*hf auth login") as error:
        send(server, run, token="hf_wrong")
    assert is_one_line(error)
    assert "hf_wrong" not in str(error.value)


def test_another_ones_namespace(server: Any, run: Path):
    with pytest.raises(HubError, match=r"bob/companion cannot be written \(403\).*alice/companion") as error:
        send(server, run, "bob/companion")
    assert is_one_line(error)
    assert "bob/companion" not in server.repos


@pytest.mark.parametrize("private", [True, False])
def test_an_existing_repository_of_another(server: Any, run: Path, private: bool):
    server.create("bob/companion", private=private)
    with pytest.raises(HubError, match=r"bob/companion cannot be written \(40[34]\)") as error:
        send(server, run, "bob/companion", private=False)
    assert is_one_line(error)
    assert len(server.repos["bob/companion"].commits) == 1


@pytest.mark.parametrize("exists", [True, False])
def test_a_token_that_may_only_read(server: Any, run: Path, exists: bool):
    server.users["token-alice"].writes = False
    if exists:
        server.create("alice/companion", private=True)
    with pytest.raises(HubError, match=r"no permission.*\(403.*write access.*settings/tokens") as error:
        send(server, run)
    assert is_one_line(error)


@pytest.mark.parametrize(
    "name", ["companion", "alice/my/companion", "", "alice/", "alice/a b", "../x", "alice/x--y", "alice/.x"]
)
def test_names_that_are_no_repository(server: Any, run: Path, name: str):
    with pytest.raises(HubError, match="USER/REPO"):
        send(server, run, name)
    assert not server.asked


def test_a_server_that_is_down(run: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "WAITS", (0.0, 0.0))
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(HubError, match=r"no usable answer from http.*check the connection.*repeated") as error:
            publishing.push(run, "alice/companion", True, token="token-alice", endpoint=endpoint)
    assert is_one_line(error)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_server_that_never_answers(run: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "WAITS", (0.0,))
    monkeypatch.setattr(publishing, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(HubError, match="no usable answer") as error:
            publishing.push(run, "alice/companion", True, token="token-alice", endpoint=endpoint)
    assert is_one_line(error)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /api/whoami",
        "POST /api/repos/create",
        "POST /api/validate-yaml",
        "POST .*/commit/",
        "PUT /lfs/",
        "GET /api/models/",
    ],
)
def test_a_server_that_fails_and_recovers(server: Any, run: Path, request_line: str):
    server.fail(request_line, 500)
    send(server, run)
    assert len(server.repos["alice/companion"].commits) == 2


def test_a_server_that_keeps_failing_is_given_up(server: Any, run: Path):
    server.fail("POST /api/repos/create", 503, times=99)
    with pytest.raises(HubError, match=r"failed after 3 attempts: the hub answers 503.*repeated") as error:
        send(server, run)
    assert is_one_line(error)
    assert server.asked["POST /api/repos/create"] == 3


def test_a_commit_whose_answer_is_lost_is_not_made_twice(server: Any, run: Path):
    server.fail("POST .*/commit/", 504, after=True)
    pushed = send(server, run)
    assert len(server.repos["alice/companion"].commits) == 2
    assert pushed.commit == server.repos["alice/companion"].head


def test_an_upload_that_broke_off_is_continued(server: Any, run: Path):
    weights = (run / "adapter" / "adapters.safetensors").read_bytes()
    key = hub._oid("adapters.safetensors", weights)
    server.fail(f"PUT /lfs/{key}", 400)
    with pytest.raises(HubError, match=r"the hub answers 400.*repeated") as error:
        send(server, run)
    assert is_one_line(error)
    assert len(server.repos["alice/companion"].commits) == 1
    send(server, run)
    assert len(server.repos["alice/companion"].commits) == 2
    counts = sorted(n for request, n in server.asked.items() if request.startswith("PUT /lfs/"))
    assert counts == [1, 2]


def test_sign_in_names_the_account(server: Any):
    assert publishing.sign_in("token-alice", server.url) == publishing.Account("alice", ("guild",))


def test_a_folder_without_an_adapter(server: Any, tmp_path: Path):
    with pytest.raises(ModelError, match=r"no finished adapter.*adapter_config.json is missing"):
        send(server, tmp_path)
    assert not server.asked


# --- The command ---


def test_the_command_in_a_process_of_its_own(server: Any, run: Path, tmp_path: Path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    environment |= {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-c", "from vibecoder.cli import main; main()", "push", "alice/companion", "--json"]
    signed_in = environment | {"HF_TOKEN": "token-alice"}
    done = subprocess.run(command, cwd=run.parent.parent, env=signed_in, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["commit"] == server.repos["alice/companion"].head
    assert answer["url"] == f"{server.url}/alice/companion"
    assert answer["private"] is True

    failed = subprocess.run(
        command, cwd=run.parent.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert re.fullmatch(r"error: no Hugging Face token .*hf auth login.*\n", failed.stderr)


@pytest.mark.usefixtures("no_token")
def test_dry_run_needs_neither_token_nor_connection(run: Path):
    arguments = ["alice/companion", "--run", str(run), "--dry-run"]
    shown = CliRunner().invoke(push_command, arguments, catch_exceptions=False)
    assert shown.exit_code == 0
    assert "adapter_model.safetensors" in shown.output
    assert "license_name: qwen-research" in shown.output
    answer = json.loads(CliRunner().invoke(push_command, [*arguments, "--json"], catch_exceptions=False).output)
    assert {file["path"] for file in answer["files"]} == set(collect(run, "alice/companion"))


def test_the_newest_run_is_the_default(run: Path, monkeypatch: pytest.MonkeyPatch):
    older = Path(shutil.copytree(run, run.parent / "thursday"))
    os.utime(older / "adapter" / "adapter_config.json", (1, 1))
    monkeypatch.chdir(run.parent.parent)
    shown = CliRunner().invoke(push_command, ["alice/companion", "--dry-run"], catch_exceptions=False)
    assert shown.output.startswith(f"runs{os.sep}friday would go to alice/companion (private)")


def test_no_run_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(push_command, ["alice/companion", "--dry-run"])
    assert isinstance(result.exception, ModelError)
    assert "vibecoder train" in str(result.exception)


def test_run_and_adapter_exclude_each_other():
    assert CliRunner().invoke(push_command, ["alice/x", "--run", "a", "--adapter", "b"]).exit_code == 2


def test_help_has_examples():
    shown = CliRunner().invoke(push_command, ["--help"])
    assert shown.exit_code == 0
    assert "vibecoder push alice/my-companion --dry-run" in shown.output
    assert "hf auth login" in shown.output


def test_settings_give_the_repository_and_who_sees_it(run: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(run.parent.parent)
    assert CliRunner().invoke(push_command, ["--dry-run"]).exit_code == 2
    Path("vibecoder.yaml").write_text("hub: {repo: guild/companion, private: false}\n")
    shown = CliRunner().invoke(push_command, ["--dry-run"], catch_exceptions=False)
    assert "would go to guild/companion (public)" in shown.output


def test_the_command_imports_nothing_heavy():
    code = (
        "import sys, vibecoder.cli.commands.push, vibecoder.hub.push; "
        "assert not {'huggingface_hub', 'torch', 'mlx', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_tensors_are_uploaded_in_both_layouts(server: Any, run: Path, tmp_path: Path):
    send(server, run)
    files = server.repos["alice/companion"].files
    for name in ("adapter_model.safetensors", "adapters.safetensors"):
        (tmp_path / name).write_bytes(files[name])
    peft, mlx = load_file(tmp_path / "adapter_model.safetensors"), load_file(tmp_path / "adapters.safetensors")
    layer = "model.layers.0.self_attn.q_proj"
    np.testing.assert_array_equal(peft[f"base_model.model.{layer}.lora_A.weight"].T, mlx[f"{layer}.lora_a"])
