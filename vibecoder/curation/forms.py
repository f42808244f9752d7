"""Rows in the forms that other tools read: Alpaca, OpenAI's, TRL's and mlx-lm's.

Alpaca is instruction, input and output (github.com/tatsu-lab/stanford_alpaca), with `system` and `history` as
LLaMA-Factory has them. OpenAI's are fine-tuning messages with arguments as JSON strings, and its preference rows. TRL's
are `messages` for SFT, prompt/completion/label for KTO and prompt/chosen/rejected for DPO (TRL's dataset formats).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example, Rated, Record, is_learned

__all__ = ["FORMS", "alpaca", "mlx", "openai", "trl"]

_Row = dict[str, Any]


def alpaca(record: Record) -> tuple[str, _Row]:
    """Convert an Example without tools into an Alpaca row; turns before the last exchange become `history`.

    Raises:
        DataError: Alpaca cannot say it; the message is the reason.
    """
    if not isinstance(record, Example):
        raise DataError(f"Alpaca has no form for {_a(record)}")
    turns = list(record.messages)
    if any("weight" in turn for turn in turns):
        raise DataError("Alpaca has no form for turns of weight 0")
    if record.tools or any("tool_calls" in turn or turn["role"] == "tool" for turn in turns):
        raise DataError("Alpaca has no form for tool calls")
    system = turns.pop(0)["content"] if turns[0]["role"] in ("system", "developer") else ""
    if len(turns) < 2 or [turn["role"] for turn in turns] != ["user", "assistant"] * (len(turns) // 2):
        raise DataError("Alpaca needs turns of user and assistant by turns")
    said = [turn["content"] for turn in turns]
    given = record.provenance.get("input")
    instruction, extra = said[-2], ""
    if isinstance(given, str) and given and instruction.endswith(f"\n\n{given}"):
        instruction, extra = instruction.removesuffix(f"\n\n{given}"), given
    elif given and instruction == given:
        instruction, extra = "", given
    row: _Row = {"instruction": instruction, "input": extra, "output": said[-1]}
    if system:
        row["system"] = system
    if len(said) > 2:
        row["history"] = [said[at : at + 2] for at in range(0, len(said) - 2, 2)]
    return "sft", row


def openai(record: Record) -> tuple[str, _Row]:
    """Convert a conversation, with its `metadata` if it has some, or a pair of replies into OpenAI's row.

    Raises:
        DataError: there is no form for its kind.
    """
    if isinstance(record, Example):
        metadata = record.provenance.get("metadata")
        about = {"metadata": dict(metadata)} if isinstance(metadata, Mapping) else {}
        return "sft", {"messages": _spelt(record.messages), **_tools(record), **about}
    if isinstance(record, Comparison):
        prompt = {"messages": _spelt(record.messages), **_tools(record)}
        return "preference", {
            "input": prompt, "preferred_output": _spelt(record.chosen), "non_preferred_output": _spelt(record.rejected),
        }  # fmt: skip
    raise DataError(f"OpenAI's fine-tuning has no form for {_a(record)}")


def trl(record: Record) -> tuple[str, _Row]:
    """Convert a record into a row of TRL's: `messages` for SFTTrainer, a thumb for KTO, a pair for DPO.

    A conversation of whose assistant turns only the last is learned becomes `prompt` and `completion`, a file of its
    own, since SFTTrainer knows no weights. Calls and tools stay objects: load rows with `json`, since an Arrow struct
    gives every call the arguments of all.

    Raises:
        DataError: there is no form for its kind.
    """
    if isinstance(record, Example):
        learned = [at for at, turn in enumerate(record.messages) if is_learned(turn)]
        if not any("weight" in turn for turn in record.messages):
            return "sft", {"messages": _plain(record.messages), **_tools(record)}
        if learned != [len(record.messages) - 1]:
            raise DataError("TRL's SFTTrainer has no form for turns of weight 0 but before the last")
        unweighted = [{key: value for key, value in turn.items() if key != "weight"} for turn in record.messages]
        return "sft-completion", {"prompt": unweighted[:-1], "completion": unweighted[-1:], **_tools(record)}
    if isinstance(record, Rated):
        thumb = {"completion": _plain(record.completion), "label": record.label}
        return "kto", {"prompt": _plain(record.messages), **thumb, **_tools(record)}
    if isinstance(record, Comparison):
        pair = {"chosen": _plain(record.chosen), "rejected": _plain(record.rejected)}
        return "dpo", {"prompt": _plain(record.messages), **pair, **_tools(record)}
    raise DataError(f"TRL's trainers have no form for {_a(record)}")


def mlx(record: Record) -> tuple[str, _Row]:
    """Convert a conversation into a row of mlx-lm's chat data.

    Raises:
        DataError: there is no form for its kind.
    """
    if not isinstance(record, Example):
        raise DataError(f"mlx-lm has no form for {_a(record)}")
    if any("weight" in turn for turn in record.messages):
        raise DataError("mlx-lm has no form for turns of weight 0")
    return "sft", {"messages": _plain(record.messages), **_tools(record)}


FORMS: dict[str, Callable[[Record], tuple[str, _Row]]] = {"alpaca": alpaca, "openai": openai, "trl": trl, "mlx": mlx}
"""By name: from a record to what it is for (`sft`, `kto`, `dpo`, `preference`) and its row."""


def _plain(messages: Iterable[Mapping[str, Any]]) -> list[_Row]:
    return [dict(message) for message in messages]


def _spelt(messages: Iterable[Mapping[str, Any]]) -> list[_Row]:
    """Write the arguments of calls as JSON strings, and give each call an id that its result names."""
    spelt: list[_Row] = []
    open_calls: list[str] = []
    made = 0
    for message in messages:
        turn = dict(message)
        if turn.get("tool_calls"):
            open_calls, calls = [], []
            for call in turn["tool_calls"]:
                made += 1
                function = call["function"]
                arguments = json.dumps(function["arguments"], ensure_ascii=False)
                identity = call.get("id") or f"call_{made}"
                open_calls.append(identity)
                calls.append({"id": identity, "type": "function", "function": {**function, "arguments": arguments}})
            turn["tool_calls"] = calls
        elif turn["role"] == "tool":
            given = turn.get("tool_call_id")
            turn["tool_call_id"] = given if given in open_calls else open_calls[0] if open_calls else f"call_{made}"
            if turn["tool_call_id"] in open_calls:
                open_calls.remove(turn["tool_call_id"])
        spelt.append(turn)
    return spelt


def _tools(record: Example | Comparison | Rated) -> _Row:
    return {"tools": [dict(tool) for tool in record.tools]} if record.tools else {}


def _a(record: Record) -> str:
    name = type(record).__name__.lower()
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
