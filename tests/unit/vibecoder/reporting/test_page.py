"""The report: every part of a realistic run on one page, in Markdown that holds whatever the samples contain."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from vibecoder import config
from vibecoder.errors import OutputError
from vibecoder.hub.files import collect
from vibecoder.reporting.page import write_report
from vibecoder.reporting.result import result_section
from vibecoder.runs.metrics import MetricsWriter, read_metrics
from vibecoder.runs.parts import CallCount, CallMeasurement, Data, Losses, Sample, StageRecord
from vibecoder.runs.record import RunRecord
from vibecoder.types import Evaluated, Stepped

CALL = [{"name": "read_file", "arguments": {"path": "a|b.py"}}]
RIGHT = f"<tool_call>\n{json.dumps(CALL[0])}\n</tool_call>"
NASTY = "# not a heading\n```json\n{}\n````\n| a | b |\n<b>bold</b>\n~~~\n> quote\n"


def settings_of_run() -> dict[str, Any]:
    settings = config.to_dict(config.Settings())
    settings["model"]["name"] = "nano"
    settings["train"]["learning_rate"] = 2e-3
    settings["lora"]["targets"] = ["q_proj", "v_proj"]
    return settings


def stage(real: RunRecord, name: str, rows: int, steps: int, before: float, after: float) -> StageRecord:
    """The stage of the real run with other figures."""
    return replace(
        real.stages[0],
        name=name,
        rows=rows,
        dropped={"over_length": 3 if name == "full" else 0, "unsupervised": 0, "refused": 0},
        supervised_share=0.383,
        steps=steps,
        memory=None,
        seconds=200.4,
        tokens_per_second=812.3,
        peak_memory=2040109465,
        best_step=steps - 10,
        best_loss=after,
        held_out_loss=Losses(before=before, after=after),
        gate=None,
    )


@pytest.fixture
def finished(real_record: RunRecord) -> RunRecord:
    """The real run as if it had three stages and round figures."""
    settings = settings_of_run()
    full = settings | {"train": settings["train"] | {"epochs": 2.0}}
    stages = [("tool-use", 612, 120, 2.512, 1.034), ("agentic", 80, 20, 1.6, 1.2), ("full", 900, 180, 1.2, 0.9)]
    return real_record.changed(
        name="20261121-nano",
        created="2026-11-21T04:00:00+00:00",
        finished="2026-11-21T04:11:00+00:00",
        command="vibecoder train --stage all --set 'data.path=`odd`.jsonl'",
        machine=replace(real_record.machine, memory=8 * 2**30),
        versions={"python": "3.11.2", "mlx": "0.32.4"},
        data=replace(
            real_record.data,
            sha256="ab" * 32,
            rows=1000,
            bad=2,
            held_out=150,
            counts={"tool-use": 700, "agentic": 200, "odd|name": 100},
        ),
        notices=("line 7 of dataset.jsonl: not JSON",),
        settings=settings,
        stage_settings={"tool-use": settings, "full": full},
        stages=tuple(stage(real_record, *figures) for figures in stages),
        tool_calls=(calls("base", 0, fenced=9), calls("tool-use", 40), calls("agentic", 38), calls("full", 44)),
        samples=SAMPLES,
    )


def calls(when: str, exact: int, total: int = 64, fenced: int = 0) -> CallMeasurement:
    by_category = {"tool-use": CallCount(exact=exact, total=total - 4), "powertools": CallCount(exact=0, total=4)}
    return CallMeasurement(when=when, exact=exact, fenced=fenced, total=total, by_category=by_category)


SAMPLES = (
    Sample(category="tool-use", user="Open a|b.py", expected=json.dumps(CALL), base=NASTY, tuned=RIGHT),
    Sample(category="*odd*", user=NASTY, expected=json.dumps(CALL), base="", tuned="x" * 2000),
)


def measured(run: RunRecord, folder: Path) -> list[dict[str, Any]]:
    with MetricsWriter(folder, tensorboard=False) as writer:
        for trained in run.stages:
            for step in range(1, (trained.steps or 0) + 1):
                loss = (trained.held_out_loss.before or 0.0) * 0.99**step
                writer.write(trained.name, Stepped(step, loss, 100, 300, 1e-3, 0.5, 0.1, 2**20))
                if step % 10 == 0:
                    writer.write(trained.name, Evaluated(step, loss + 0.1, True))
    return read_metrics(folder / "metrics.jsonl")


def parsed(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def tables(tokens: list[Token]) -> list[list[list[str]]]:
    found: list[list[list[str]]] = []
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            children = tokens[at + 1].children or []
            found[-1][-1].append("".join(child.content for child in children))
    return found


def headings(tokens: list[Token]) -> list[str]:
    return [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]


def text_of(run: RunRecord, folder: Path) -> str:
    return write_report(folder, run, []).read_text(encoding="utf-8")


@pytest.fixture
def report(finished: RunRecord, tmp_path: Path) -> Path:
    return write_report(tmp_path, finished, measured(finished, tmp_path))


def test_a_real_run_as_it_is_has_every_part(real_run: Path) -> None:
    tokens = parsed(real_run / "report.md")
    assert headings(tokens)[:9] == [
        "real", "Result", "The gate", "Tool calls", "Stages", "Data", "Settings", "Machine and versions", "Using it",
    ]  # fmt: skip
    assert "None" not in (real_run / "report.md").read_text(encoding="utf-8").split("## Samples")[0]


def test_the_page_has_every_part_once(report: Path) -> None:
    assert headings(parsed(report)) == [
        "20261121-nano",
        "Result",
        "Tool calls",
        "Stages",
        "Data",
        "Settings",
        "Machine and versions",
        "Using it",
        "Samples, before and after",
        "Sample 1: tool-use",
        r"Sample 2: \*odd\*",
    ]
    for picture in ("plots/loss.svg", "plots/tool_calls.svg"):
        assert f"]({picture})" in report.read_text()
        assert (report.parent / picture).read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.parametrize(("exact", "said"), [(60, "not reached"), (61, "reached"), (64, "reached")])
def test_the_goal_is_reached_from_95_percent_on(exact: int, said: str) -> None:
    text = result_section(RunRecord(tool_calls=(calls("base", 0), calls("full", exact))))[2]
    assert [line.split("|")[3].strip() for line in text.splitlines() if "goal" in line] == [said]


def test_the_tables_say_what_the_run_says(report: Path) -> None:
    result, tool_calls, stages, data, settings = tables(parsed(report))
    assert result == [
        ["", "before", "after"],
        ["Held-out tool calls exactly right", "0/64 = 0% (0–6%)", "44/64 = 69% (57–79%)"],
        ["the goal, at least 95% of them", "not reached", "not reached"],
        ["right, but in a json fence instead of a tool-call block", "9/64", "0/64"],
        ["Held-out loss, stage tool-use", "2.512", "1.034"],
        ["Held-out loss, stage agentic", "1.600", "1.200"],
        ["Held-out loss, stage full", "1.200", "0.900"],
    ]
    assert tool_calls[0] == ["measured", "exactly right", "powertools", "tool-use"]
    assert [row[0] for row in tool_calls[1:]] == ["before training", "after tool-use", "after agentic", "after full"]
    assert tool_calls[4][2:] == ["0/4 (0–49%)", "44/60 (61–83%)"]
    assert stages[1] == ["tool-use", "612", "0", "38%", "120", "110", "812", "1.9 GiB", "", "3:20"]
    assert stages[3][2] == "3 over length"
    assert data[1:] == [["tool-use", "700"], ["agentic", "200"], ["odd|name", "100"]]
    assert settings == [
        ["setting", "here", "default"],
        ["model.name", "nano", "Qwen/Qwen2.5-Coder-3B-Instruct"],
        ["lora.targets", "q_proj, v_proj", "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj"],
        ["train.learning_rate", "0.002", "1e-05"],
        ["train.epochs in stage full", "2", "1"],
    ]


def test_the_facts_of_data_and_machine_are_there(report: Path) -> None:
    text = report.read_text()
    for fact in (
        "SHA-256: `" + "ab" * 32,
        "Rows: 1,000, 150 of them held out",
        "Bad lines passed over: 2",
        "line 7 of dataset.jsonl: not JSON",
        "Memory: 8.0 GiB",
        "python 3.11.2, mlx 0.32.4",
        "Command: ``vibecoder train --stage all --set 'data.path=`odd`.jsonl'``",
        "`nano`, tuned in 3 stages (tool-use, agentic, full) by the mlx backend",
        "10:01 of training",
    ):
        assert fact in text, fact


def test_calls_asked_at_saves_are_told(finished: RunRecord, tmp_path: Path) -> None:
    with MetricsWriter(tmp_path, tensorboard=False) as writer:
        writer.write_probe("tool-use", 50, 2, 8)
        writer.write_probe("tool-use", 100, 5, 8)
    text = write_report(tmp_path, finished, read_metrics(tmp_path / "metrics.jsonl")).read_text()
    assert "- tool-use: step 50 2 of 8, step 100 5 of 8" in text


def test_samples_come_through_unharmed(report: Path) -> None:
    tokens = parsed(report)
    fences = [token.content for token in tokens if token.type == "fence"]
    call = json.dumps(CALL[0]) + "\n"
    assert fences[2:6] == ["Open a|b.py\n", call, NASTY, RIGHT + "\n"]
    assert fences[6:9] == [NASTY, call, "(nothing)\n"]
    assert fences[9] == "x" * 700 + "\n[... 1,300 more characters]\n"
    assert len(fences) == 10
    said = [t.content for t in tokens if t.type == "inline" and t.content.startswith(("Before", "After"))]
    assert said == [
        "Before (not exactly right):",
        "After (exactly right):",
        "Before (not exactly right):",
        "After (not exactly right):",
    ]


def test_no_line_of_a_sample_looks_like_one_of_the_page(report: Path) -> None:
    lines = report.read_text().splitlines()
    after = lines[lines.index("## Samples, before and after") + 1 :]
    assert all(line.startswith("### Sample") for line in after if line.startswith(("#", "`", "~", ">", "|", "<")))


def test_samples_stay_here_when_the_report_is_published(report: Path) -> None:
    adapter = report.parent / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "Qwen/Qwen2.5-Coder-0.5B"}))
    (adapter / "adapter_model.safetensors").write_bytes(b"")
    published = collect(report.parent, "alice/companion")["report.md"]
    assert isinstance(published, bytes)
    assert b"## Stages" in published
    assert b"not a heading" not in published
    assert b"xxxx" not in published


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0, 44, "**Exact held-out tool calls rose from 0/64 = 0% (0–6%) to 44/64 = 69% (57–79%).**"),
        (44, 10, "**Exact held-out tool calls fell from 44/64"),
        (20, 20, "**Exact held-out tool calls did not change: 20/64"),
        (20, 24, "The intervals overlap: 64 prompts do not settle"),
        (24, 20, "The intervals overlap: 64 prompts do not settle"),
    ],
)
def test_the_verdict_is_honest(tmp_path: Path, before: int, after: int, said: str) -> None:
    text = text_of(RunRecord(tool_calls=(calls("base", before), calls("full", after))), tmp_path)
    assert said in text
    assert ("overlap" in text) == (0 < abs(before - after) < 10)


def test_a_risen_loss_and_an_early_end_are_said(finished: RunRecord, tmp_path: Path) -> None:
    first, second, third = finished.stages
    second = replace(second, held_out_loss=Losses(before=1.2, after=1.3), stopped="interrupted")
    text = text_of(finished.changed(stages=(first, second, third)), tmp_path)
    assert "**Held-out loss rose in stage agentic, from 1.200 to 1.300.**" in text
    assert "Stage agentic ended early: interrupted." in text


@pytest.mark.parametrize("missing", [*(item.name for item in fields(RunRecord)), "everything"])
def test_what_is_missing_is_left_out(finished: RunRecord, tmp_path: Path, missing: str) -> None:
    kept = {key: value for key, value in finished.as_json().items() if key != missing and missing != "everything"}
    text = text_of(RunRecord.from_json(kept), tmp_path)
    assert text.startswith("# ")
    assert "None" not in text
    assert "\n\n\n" not in text


def test_missing_values_inside_the_parts_are_left_out(tmp_path: Path) -> None:
    run = RunRecord(
        stages=(StageRecord(name="full"), StageRecord()),
        tool_calls=(
            CallMeasurement(when="base", exact=1, fenced=0),
            CallMeasurement(when="full", exact=1, fenced=0, total=2),
        ),
        data=Data(rows=3),
    )
    text = text_of(run, tmp_path)
    assert "None" not in text
    assert "Tool calls were measured only once (full)." in text
    assert "Rows: 3\n" in text


def test_an_unfinished_run_says_how_to_go_on(finished: RunRecord, tmp_path: Path) -> None:
    assert "vibecoder train --resume" not in text_of(finished, tmp_path)
    assert f"vibecoder train --resume {tmp_path}" in text_of(RunRecord(), tmp_path)


def test_a_folder_that_cannot_be_written_is_named(finished: RunRecord, tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*report\.md: it is a folder"):
        write_report(tmp_path, finished, [])
