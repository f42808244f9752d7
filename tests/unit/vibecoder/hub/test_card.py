"""The card says what is known, leaves out what is not, and warns where the base model is not for commercial use."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.hub.card import Base, Licence, base_of, licence_of, render_card
from vibecoder.runs.parts import CallCount, Data, GateStop, GateVerdict, Losses, Model, StageRecord
from vibecoder.runs.record import RunRecord

ADAPTER: dict[str, Any] = {
    "base_model_name_or_path": "Qwen/Qwen2.5-Coder-3B-Instruct",
    "r": 16,
    "lora_alpha": 32.0,
    "lora_dropout": 0.05,
    "target_modules": ["q_proj", "v_proj"],
}
FILES = ("adapter_config.json", "plots/loss.svg", "report.md")


@pytest.fixture
def run(real_record: RunRecord) -> RunRecord:
    """The real run, with round figures and a second stage that was not measured."""
    first = replace(
        real_record.stages[0],
        steps=36,
        rows=744,
        supervised_tokens=123456,
        counts={"tool-use": 595, "powertools": 149},
        held_out_loss=Losses(before=2.5, after=0.75),
        gate=GateVerdict(),
    )
    second = replace(
        first, name="agentic", steps=40, supervised_tokens=None, held_out_loss=Losses(after=0.5), gate=None
    )
    base, tuned = (
        replace(call, exact=exact, total=64, by_category={"tool-use": CallCount(exact=exact, total=60)})
        for call, exact in zip(real_record.measurements, (1, 48), strict=True)
    )
    data = Data(path="data.jsonl", sha256="ab" * 32, rows=2525, counts={"tool-use": 700, "powertools": 175})
    model = Model(name="Qwen/Qwen2.5-Coder-3B-Instruct", base_name="Qwen/Qwen2.5-Coder-3B-Instruct")
    return real_record.changed(stages=(first, second), tool_calls=(base, tuned), data=data, model=model)


@pytest.fixture
def card(run: RunRecord) -> str:
    return render_card(run, ADAPTER, "alice/companion", files=FILES)


def front_matter(card: str) -> dict[str, Any]:
    match = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    assert match
    return yaml.safe_load(match[1])


def card_of(base: str) -> str:
    return render_card(RunRecord(), {**ADAPTER, "base_model_name_or_path": base}, "alice/companion")


def test_front_matter_of_the_default_base(card: str):
    assert front_matter(card) == {
        "base_model": "Qwen/Qwen2.5-Coder-3B-Instruct",
        "base_model_relation": "adapter",
        "license": "other",
        "license_name": "qwen-research",
        "license_link": "https://huggingface.co/Qwen/Qwen2.5-Coder-3B/blob/main/LICENSE",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["code", "lora", "mlx", "tool-calling", "vibecoder"],
    }


def test_the_default_base_is_warned_about(card: str):
    assert "> [!WARNING]" in card
    assert "Non-commercial" in card
    assert "1.5B and 7B" in card


@pytest.mark.parametrize("size", ["0.5B", "1.5B", "7B", "14B", "32B"])
def test_the_other_sizes_are_apache(size: str):
    card = card_of(f"Qwen/Qwen2.5-Coder-{size}-Instruct")
    assert front_matter(card)["license"] == "apache-2.0"
    assert "WARNING" not in card


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mlx-community/Qwen2.5-Coder-3B-Instruct-4bit", "qwen-research"),
        ("unsloth/Qwen2.5-Coder-7B-Instruct-bnb-4bit", "apache-2.0"),
        ("Qwen/Qwen2.5-Coder-32B", "apache-2.0"),
        ("Qwen/Qwen2.5-72B-Instruct", None),
        ("somebody/Qwen2.5-Coder-3B-Instruct", None),
        ("meta-llama/Llama-3.2-3B", None),
    ],
)
def test_licences_of_bases_on_the_hub(name: str, expected: str | None):
    licence = licence_of(Base("hub", name))
    assert (licence.label if licence else None) == expected


def test_an_unknown_base_gets_a_notice_and_no_licence():
    card = card_of("somebody/something")
    assert "license" not in front_matter(card)
    assert front_matter(card)["base_model"] == "somebody/something"
    assert "not known here" in card


@pytest.mark.parametrize(
    ("stated", "licence"),
    [
        ("MIT", Licence("mit")),
        ({"license": "other", "license_name": "x-research", "license_link": "LICENSE"}, Licence("other", "x-research")),
        ({"license": "gemma", "license_link": "https://x.org/y"}, Licence("gemma", "", "https://x.org/y")),
        ({}, None),
        (None, None),
        (3, None),
    ],
)
def test_what_a_model_says_of_itself(stated: Any, licence: Licence | None):
    assert licence_of(Base("local", "mine"), stated) == licence


@pytest.mark.parametrize(
    ("licence", "restricted"),
    [
        (Licence("cc-by-nc-4.0"), True),
        (Licence("cc-by-nc-sa-4.0"), True),
        (Licence("other", "qwen-research"), True),
        (Licence("other", "My Non-Commercial License"), True),
        (Licence("apache-2.0"), False),
        (Licence("bsd-3-clause"), False),
        (Licence("ncsa"), False),
    ],
)
def test_which_licences_restrict(licence: Licence, restricted: bool):
    assert licence.non_commercial is restricted


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("Qwen/Qwen2.5-Coder-3B-Instruct", Base("hub", "Qwen/Qwen2.5-Coder-3B-Instruct")),
        ("nano", Base("nano", "nano")),
        ("/opt/x/site-packages/vibecoder/nano", Base("nano", "nano")),
        (r"C:\Lib\site-packages\vibecoder\nano", Base("nano", "nano")),
        ("/home/alice/models/mine", Base("local", "mine")),
        (r"C:\Users\Alice\mine", Base("local", "mine")),
        ("/c/hub/models--Qwen--Qwen2.5-Coder-7B/snapshots/0af3", Base("hub", "Qwen/Qwen2.5-Coder-7B")),
        ("", Base("unknown", "")),
        (None, Base("unknown", "")),
    ],
)
def test_bases(name: Any, base: Base):
    assert base_of(RunRecord(), {"base_model_name_or_path": name}) == base
    assert base_of(RunRecord(model=Model(base_name=name or "")), {}) == base


def test_nano_has_no_hub_id():
    card = card_of("/opt/site-packages/vibecoder/nano")
    assert "base_model" not in front_matter(card)
    assert "nano (embedded in vibecoder)" in card
    assert "site-packages" not in card
    assert "from vibecoder.models import NANO" in card


def test_stages_with_their_measurements(card: str):
    assert "| tool-use | 36 | 744 | 123,456 | 2.500 → 0.750 | 1/64 (2%) → 48/64 (75%) | kept |" in card
    assert "| agentic | 40 | 744 |  | ? → 0.500 | 48/64 (75%) → ? |  |" in card


def test_tool_calls_by_category_of_base_and_tuned(card: str):
    assert "| Category | Base | Tuned, after tool-use |" in card
    assert "| tool-use | 1/60 (2%) | 48/60 (80%) |" in card
    assert "| **all** | **1/64 (2%)** | **48/64 (75%)** |" in card


def test_a_card_of_a_real_run_as_it_is_shows_its_calls_and_the_gate(real_record: RunRecord):
    card = render_card(real_record, ADAPTER, "alice/companion")
    base, tuned = real_record.base_calls, real_record.final_calls
    assert base
    assert tuned
    shown = [f"{one.exact}/{one.total} ({one.exact / one.total:.0%})" for one in (base, tuned)]
    assert f"| tool-use | {shown[0]} | {shown[1]} |" in card
    assert real_record.stages[0].gate
    word = "kept" if real_record.stages[0].gate.kept else "refused"
    assert f"{shown[0]} → {shown[1]} | {word} |" in card


def test_what_the_gate_refused_is_said_with_its_reasons(run: RunRecord):
    gate = GateVerdict(kept=False, reasons=("the suite canary fell",))
    stages = (run.stages[0], replace(run.stages[1], gate=gate))
    stopped = run.changed(stages=stages, gate=GateStop(stage="agentic", reasons=gate.reasons))
    card = render_card(stopped, ADAPTER, "alice/companion")
    assert "- agentic: the suite canary fell" in card
    assert "The gate ended the run after stage agentic; this is the adapter before it." in card


def test_counts_by_category(card: str):
    assert "| powertools | 175 |" in card
    assert "| tool-use | 700 |" in card
    assert "2,525 rows in all." in card
    assert "ab" * 32 in card


def test_counts_come_from_the_stages_where_the_run_has_none(run: RunRecord):
    card = render_card(run.changed(data=Data()), ADAPTER, "alice/companion")
    assert "| powertools | 149 |" in card


def test_settings_and_versions(card: str):
    for line in (
        "| rank | 16 |",
        "| learning rate | 0.003 |",
        "| seed | 0 |",
        "| backend | mlx |",
        "| version of vibecoder | ",
    ):
        assert line in card


def test_report_and_plots_are_shown_when_they_are_there(card: str):
    assert "![loss](plots/loss.svg)" in card
    assert "[report.md](report.md)" in card
    assert "report.md" not in card_of("Qwen/Qwen2.5-Coder-7B")


@pytest.mark.parametrize("base", ["Qwen/Qwen2.5-Coder-3B-Instruct", "nano", "/home/alice/mine"])
def test_how_to_load_in_four_tools(base: str):
    card = card_of(base)
    for title in ("### PEFT and transformers", "### mlx-lm", "### Ollama", "### vibecoder"):
        assert title in card
    assert "hf download alice/companion --local-dir adapter" in card
    assert "/home/alice" not in card


@pytest.mark.parametrize("base", ["Qwen/Qwen2.5-Coder-3B-Instruct", "nano", "/home/alice/mine"])
def test_the_recipes_are_well_formed(base: str):
    for language, code in re.findall(r"```(\w+)\n(.*?)\n```", card_of(base), re.DOTALL):
        if language == "python":
            compile(code, "card", "exec")
        else:
            assert language == "sh"
            for line in code.splitlines():
                assert shlex.split(line)


def test_nothing_known_is_still_a_card():
    card = render_card(RunRecord(), {}, "alice/companion")
    assert front_matter(card)["library_name"] == "peft"
    for title in ("## Stages", "## Tool calls", "## Data", "## Settings", "## Report"):
        assert title not in card


def test_text_cannot_break_a_table():
    card = render_card(RunRecord(stages=(StageRecord(name="a|b\nc", steps=1),)), ADAPTER, "alice/companion")
    assert r"| a\|b c | 1 |" in card


odd = [None, True, -1, 2.5, float("nan"), "", "---\n|x", [], [None, "a", {"b": [1]}], {}, {"a": None}]


@given(adapter=st.dictionaries(st.sampled_from(sorted(ADAPTER)), st.sampled_from(odd)))
def test_any_adapter_config_gives_a_card_with_valid_front_matter(adapter: dict[str, Any]):
    assert front_matter(render_card(RunRecord(), adapter, "alice/companion"))["library_name"] == "peft"
