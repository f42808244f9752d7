"""Tool use of one call: the request says all that the call needs, and the answer says what came back."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.material.kit import Expert, Kit
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

    def expert(kit: Kit) -> Example | None:
        request = kit.rng.choice(requests)
        file = drawn(kit, request)
        ask = REQUESTS[request](kit, file)
        if ask is None:
            return None
        intent, slots, call = ask
        user = around(kit, kit.phrases.ask(intent, **slots), file, [str(slots.get("name"))])
        session = begin(kit, kit.rng.choice(OFFERED[request]), user)
        result = session.call(call[0], **call[1])
        if result.startswith("error: ") or "[exit " in result:
            return None
        if result.startswith("no ") and kit.rng.random() < 0.8:
            return None
        session.say(kit.about(call, result))
        return session.record(category, subcategory, file.group, file.path)

    expert.__name__ = f"single {'/'.join(requests)}"
    return expert
