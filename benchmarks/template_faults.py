"""Rows that are silently wrong on TRL's chat templates, by kind, in this tree or in an earlier one.

Run as: python benchmarks/template_faults.py [OTHER_TREE]

Of the rows that are taken (not refused) it counts those whose rendering lacks something that they say, and those whose
reply, the supervised tokens themselves, is not read as the calls that stand in the row.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
ROWS = 12
TOOL = {
    "type": "function",
    "function": {
        "name": "find_zone",
        "description": "Tells the zone",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}, "rows": {"type": "integer"}}},
    },
}


def messages_of(draw: random.Random) -> list[dict[str, Any]]:
    """Draw a conversation that ends with a call: maybe a system or developer turn, text beside calls, two calls."""
    word = lambda: f"w{draw.randrange(10**6):06d}q"  # noqa: E731
    found: list[dict[str, Any]] = []
    if role := draw.choice(["", "system", "developer"]):
        found.append({"role": role, "content": word()})
    found.append({"role": "user", "content": word()})
    arguments = [{"town": word(), "rows": 3} for _ in range(draw.choice([1, 1, 2]))]
    calls = [
        {"type": "function", "id": f"call{at}abcd", "function": {"name": "find_zone", "arguments": each}}
        for at, each in enumerate(arguments)
    ]
    found.append({"role": "assistant", "content": draw.choice(["", word()]), "tool_calls": calls})
    return found


def count(folder: Path) -> Counter[str]:
    """Count the faults of the vibecoder that is importable."""
    import re

    from vibecoder.rendering import ChatTokenizer, render
    from vibecoder.types import Example

    found: Counter[str] = Counter()
    for model in sorted(folder.iterdir()):
        tokenizer = ChatTokenizer.load(model)
        draw = random.Random(model.name)
        for _ in range(ROWS):
            messages = messages_of(draw)
            found["tried"] += 1
            try:
                rendered = render(Example(messages=messages, tools=[TOOL], id="f" * 32), tokenizer)
            except Exception:
                found["refused"] += 1
                continue
            text = tokenizer.decode(rendered.ids.tolist())
            words = set(re.findall(r"w\d{6}q", str(messages)))
            lacking = words - set(re.findall(r"w\d{6}q", text)) or "Tells the zone" not in text
            found["taken, and something is left out"] += bool(lacking)
            if lacking:
                continue
            reply = tokenizer.decode(rendered.ids[rendered.loss_mask].tolist())
            expected = [call["function"] for call in messages[-1]["tool_calls"]]
            found["taken, and the reply's calls are not read"] += read(tokenizer, reply) != expected
    return found


def read(tokenizer: Any, reply: str) -> Any:
    """Read a reply's calls as this tree's evaluation does."""
    if hasattr(type(tokenizer), "calls"):
        return tokenizer.calls.read(reply, [TOOL])
    from vibecoder.toolcalls import tagged_calls

    return tagged_calls(reply)


def write_models(folder: Path) -> None:
    """Write a model folder for each of TRL's templates."""
    sys.path.append(str(HERE / "tests"))
    from support import templates

    for name in sorted(templates.trl_families()):
        source = templates.trl_template(name)
        assert source is not None
        templates.write_model(folder / name, source, stops=templates.stops_of(name))


def main() -> None:
    if place := os.environ.get("TEMPLATE_FAULTS"):
        for kind, number in sorted(count(Path(place)).items()):
            print(f"  {kind}: {number}")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_models(Path(folder))
        for tree in [*map(Path, sys.argv[1:]), HERE]:
            path = os.pathsep.join(str(tree.resolve() / root) for root in (".", "backends", "stages", "datasets_gen"))
            print(tree, flush=True)
            environment = {**os.environ, "PYTHONPATH": path, "TEMPLATE_FAULTS": folder}
            subprocess.run([sys.executable, __file__], env=environment, check=True)


if __name__ == "__main__":
    main()
