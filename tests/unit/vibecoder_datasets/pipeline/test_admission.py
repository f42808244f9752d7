"""What is let in beside the rows that are there."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.pipeline.admission import Gate
from vibecoder_datasets.pipeline.plan import LIMIT


def test_the_gate_refuses_what_is_there() -> None:
    def row(text: str, identity: str, *functions: str) -> Example:
        said = [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]
        return Example(messages=said, id=identity, provenance={"project": "p", "functions": list(functions)})

    gate = Gate()
    text = "please have a look at the third file and tell me what it is for"
    gate.admit(row(text, "1", "a.py:f"))
    assert gate.refusal(row("other words", "1")) == "a row that is there already"
    assert gate.refusal(row(text + " now", "2")) == "a request much like another"
    for n in range(LIMIT - 1):
        assert not gate.refusal(row(f"another {n}", f"3{n}", "a.py:f"))
        gate.admit(row(f"another {n}", f"3{n}", "a.py:f"))
    assert gate.refusal(row("and more", "4", "a.py:f")) == "a function or test that other rows use"
    assert not gate.refusal(row("and more", "4", "a.py:g"))
