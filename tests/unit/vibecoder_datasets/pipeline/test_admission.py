"""What is let in beside the rows that are there."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.pipeline.admission import Admission
from vibecoder_datasets.pipeline.plan import LIMIT


def test_the_gate_refuses_what_is_there() -> None:
    def row(text: str, identity: str, *functions: str) -> Example:
        said = [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]
        return Example(messages=said, id=identity, provenance={"project": "p", "functions": list(functions)})

    admission = Admission()
    text = "please have a look at the third file and tell me what it is for"
    admission.admit(row(text, "1", "a.py:f"))
    assert admission.refusal(row("other words", "1")) == "a row that is there already"
    assert admission.refusal(row(text + " now", "2")) == "a request much like another"
    for n in range(LIMIT - 1):
        assert not admission.refusal(row(f"another {n}", f"3{n}", "a.py:f"))
        admission.admit(row(f"another {n}", f"3{n}", "a.py:f"))
    assert admission.refusal(row("and more", "4", "a.py:f")) == "a function or test that other rows use"
    assert not admission.refusal(row("and more", "4", "a.py:g"))
