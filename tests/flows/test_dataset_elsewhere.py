"""The same dataset.jsonl in mlx-lm and in TRL: their own loaders read it, and get the ids that we render."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.records import to_json
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example, Infill, Record

_TEXT = ("id", "kind", "category", "subcategory", "group", "verification", "path", "prefix", "middle", "suffix")


def tool(name: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {
        "type": "function",
        "function": {"name": name, "description": f"The tool {name}.", "parameters": parameters},
    }


def calling(question: str, name: str, arguments: dict[str, Any], offered: list[dict[str, Any]]) -> Example:
    call = {"type": "function", "id": "c1", "function": {"name": name, "arguments": arguments}}
    return Example(
        messages=[
            {"role": "system", "content": "You edit code."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "ok: “fine”\u2028done"},
            {"role": "assistant", "content": f"That is {name}."},
        ],
        tools=offered,
        category="tool-use",
        provenance={"repository": question, **({"commit": 3} if name == "grep" else {})},
    )


STRING = {"type": "string"}
READ, GREP = tool("read", path=STRING), tool("grep", pattern=STRING, limit={"type": "integer", "enum": [1, 2]})
RUN = {"type": "function", "function": {"name": "run", "strict": True}}
CHATS: list[Record] = [
    calling("Open a.py", "read", {"path": "a.py"}, [READ, GREP]),
    calling("Open b.py", "read", {"path": "b.py", "lines": [1, 20]}, [READ]),
    calling("Find x", "grep", {"pattern": "x", "limit": 2, "flags": {"i": True, "none": None}}, [GREP]),
    calling("Run it", "run", {}, [RUN, READ]),
    calling("Run it all", "run", {"command": ["a", 1, {"deep": [1.5, None]}], "path": None}, [RUN]),
    Example(messages=[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "héllo ✓"}], category="full"),
]


def starter() -> list[Record]:
    generators = plugins.load().generators
    if "starter" not in generators:
        pytest.skip("no plugin offers starter rows")
    return list(generated_records(generators["starter"]))


@pytest.fixture(params=["own", "starter"])
def records(request: pytest.FixtureRequest) -> list[Record]:
    return CHATS if request.param == "own" else starter()


def chats(records: list[Record]) -> list[Example]:
    return [record for record in records if isinstance(record, Example)]


def test_mlx_lm_reads_the_file_and_renders_the_same_ids(
    tmp_path: Path, records: list[Record], tokenizer: ChatTokenizer
) -> None:
    """mlx-lm takes a folder with `train.jsonl` and `valid.jsonl`, and its form from the first row."""
    pytest.importorskip("mlx_lm")
    from mlx_lm.tuner.datasets import CacheDataset, load_local_dataset
    from mlx_lm.utils import load_tokenizer

    examples = chats(records)
    for name in ("train", "valid"):
        Dataset(tmp_path / f"{name}.jsonl").append(examples)
    theirs = load_tokenizer(NANO)
    train, valid, test = load_local_dataset(tmp_path, theirs, SimpleNamespace())
    assert len(train) == len(valid) == len(examples)
    assert len(test) == 0
    for loaded, example in zip((CacheDataset(train)[i] for i in range(len(train))), examples, strict=True):
        ids, offset = loaded
        assert list(ids) == render(example, tokenizer).ids.tolist()
        assert offset == 0


def load_for_trl(path: Path, folder: Path) -> Any:
    """With its columns named. Unnamed, they are guessed from the first 10 MB, and keys that only those rows have are
    filled in with None in all later ones."""
    from datasets import Features, Json, List, Value, load_dataset

    columns = {**dict.fromkeys(_TEXT, Value("string")), "provenance": Json(), "messages": List(Json())}
    features = Features({**columns, "tools": List(Json())})
    rows = load_dataset("json", data_files=str(path), split="train", features=features, cache_dir=str(folder))
    return rows.filter(lambda row: row["kind"] == "example").select_columns(["messages", "tools"])


def test_trl_reads_the_file_and_prepares_the_same_ids(
    tmp_path: Path, records: list[Record], tokenizer: ChatTokenizer
) -> None:
    pytest.importorskip("trl")
    path = tmp_path / "dataset.jsonl"
    infill = Infill(prefix="def f():\n", middle="    pass", suffix="\n", path="f.py")
    Dataset(path).append([*records[:1], infill, *records[1:]])
    rows = load_for_trl(path, tmp_path / "cache")
    examples = chats(records)
    assert len(rows) == len(examples)
    for row, example in zip(rows, examples, strict=True):
        wanted = to_json(example)
        assert row["messages"] == wanted["messages"]
        assert (row["tools"] or None) == wanted.get("tools")
    assert prepared(rows, tmp_path) == [render(example, tokenizer).ids.tolist() for example in examples]


def test_trl_reads_a_small_file_of_conversations_without_being_told_its_columns(
    tmp_path: Path, tokenizer: ChatTokenizer
) -> None:
    pytest.importorskip("trl")
    from datasets import load_dataset

    path = tmp_path / "dataset.jsonl"
    Dataset(path).append(CHATS)
    rows = load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert prepared(rows, tmp_path) == [render(example, tokenizer).ids.tolist() for example in chats(CHATS)]


def test_trl_reads_a_large_file_exactly(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    path = tmp_path / "dataset.jsonl"
    alike = [calling(f"{i} {'x' * 20_000}", "read", {"path": "a.py", "line": i}, [READ]) for i in range(600)]
    Dataset(path).append([*alike, *CHATS])
    assert path.stat().st_size > 10 << 20
    rows = load_for_trl(path, tmp_path / "cache")
    for row, example in zip(rows, [*alike, *chats(CHATS)], strict=True):
        assert (row["messages"], row["tools"] or ()) == (list(example.messages), example.tools or ())


def prepared(rows: Any, folder: Path) -> list[list[int]]:
    """The ids that an SFTTrainer makes of the rows, with TRL's defaults but a length that cuts none."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    arguments = SFTConfig(
        output_dir=str(folder / "out"), use_cpu=True, max_length=None, report_to="none", disable_tqdm=True, bf16=False
    )
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(NANO),
        args=arguments,
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(NANO),
    )
    return [row["input_ids"] for row in trainer.train_dataset]
