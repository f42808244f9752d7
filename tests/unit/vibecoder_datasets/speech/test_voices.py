"""A user does not say the same twice."""

from __future__ import annotations

from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask, facts


def test_a_user_does_not_say_the_same_twice(context: ExpertContext) -> None:
    clamp = context.code_index.by_name["clamp"]
    wishes = ("Look at `{name}`.", "What does `{name}` do?", "Explain `{name}`, please.")
    said = {ask(context, wishes, facts(context, clamp), name="clamp") for _ in range(200)}
    assert len(said) > 150
    assert all("`clamp`" in sentence and "{" not in sentence for sentence in said)
    assert not any("max(low" in fact for fact in facts(context, clamp, "return max(low, min(value, high))"))
