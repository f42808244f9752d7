"""Tool use of one call: the request says all that the call needs, and the answer says what came back."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.material.context import Expert, ExpertContext
from vibecoder_datasets.material.openings import begin, drawn
from vibecoder_datasets.speech.wording import around

__all__ = ["OFFERED", "single"]

# The sets of tools that a request may be made with.
OFFERED = {
    "read": ("look", "change", "run", "explore", "repair", "atlas", "shell"),
    "span": ("look", "change", "run", "explore", "trial", "atlas"),
    "grep_in": ("look", "run"),
    "grep": ("look", "run"),
    "glob": ("look",),
    "list": ("look",),
    "edit": ("change", "repair", "shell"),
    "write": ("change", "repair", "shell"),
    "test": ("change", "run", "repair", "trial"),
    "python": ("run", "trial"),
    "definition": ("navigate", "explore", "atlas", "repair"),
    "references": ("navigate", "explore", "atlas", "trial"),
    "functions": ("navigate", "explore", "atlas"),
    "classes": ("navigate", "atlas"),
    "stats": ("navigate", "atlas"),
    "index": ("navigate", "atlas"),
    "text": ("explore", "atlas"),
    "bash": ("shell",),
}


def single(*requests: str, category: str = "tool-use", subcategory: str = "single") -> Expert:
    """Make an expert that answers one of the requests with one call."""

    def expert(context: ExpertContext) -> Example | None:
        request = context.rng.choice(requests)
        file = drawn(context, request)
        ask = REQUESTS[request](context, file)
        if ask is None:
            return None
        intent, slots, call = ask
        user = around(context, context.phrases.ask(intent, **slots), file, [str(slots.get("name"))])
        session = begin(context, context.rng.choice(OFFERED[request]), user)
        result = session.call(call[0], **call[1])
        if result.startswith("error: ") or "[exit " in result:
            return None
        if result.startswith("no ") and context.rng.random() < 0.8:
            return None
        session.say(context.about(call, result))
        return session.record(category, subcategory, file.group, file.path)

    expert.__name__ = f"single {'/'.join(requests)}"
    return expert
