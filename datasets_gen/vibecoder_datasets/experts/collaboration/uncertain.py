"""Writes rows in which the tools find nothing, and the answer says so instead of inventing something."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["unknown_name", "unmentioned", "unused"]

SUBCATEGORY = "honest uncertainty"
TRIES = 30
SUBJECTS = {
    "timeout": "deadline", "retry": "attempt", "password": "secret", "socket": "connection", "thread": "lock",
    "database": "cursor", "locale": "language", "checksum": "digest", "encrypt": "cipher", "gpu": "device",
    "checkpoint": "resume", "telemetry": "metric", "throttle": "delay", "unicode": "encoding", "currency": "money",
    "leap year": "calendar", "rollback": "undo", "deadlock": "mutex", "webhook": "callback", "migration": "upgrade",
    "heartbeat": "alive", "backoff": "pause", "sandbox": "isolate", "quota": "budget", "session": "login",
    "watermark": "stamp", "proxy": "gateway", "replica": "mirror", "audit": "journal", "consent": "privacy",
    "thumbnail": "preview", "invoice": "billing", "latency": "elapsed", "shard": "bucket", "token": "credential",
    "compress": "gzip", "notify": "email", "schedule": "cron", "profile": "benchmark", "rate limit": "requests per",
}  # fmt: skip
ABOUT = (
    "Where does {path} handle anything like {word}?", "What does {path} do about `{word}`? Search it.",
    "Does {path} say anything on {word}?", "I was told that {path} has an option called `{word}`. Where?",
    "Find the place in {path} that deals with {word}.", "How is `{word}` configured in {path}?",
    "Which line of {path} sets the {word}?", "Our wiki claims {path} supports {word}. Confirm, please.",
    "Is the {word} of {path} documented anywhere in it?", "Show me the {word} logic in {path}.",
    "What happens to the {word} in {path}, near `{name}`?", "Explain how `{name}` and the {word} in {path} relate.",
)  # fmt: skip
SECOND = ("No luck; another word for it, perhaps.", "Nothing. I try `{other}` as well.",
"Maybe it is called `{other}`.",
          "", "One more try under another name.")  # fmt: skip
NOTHING = (
    "I found neither `{word}` nor `{other}` in `{path}`, so I can't tell. It may have a third name or be elsewhere.",
    "Nothing in `{path}` mentions `{word}` or `{other}`. Either it is not there, or it is called something else.",
    "`{path}` has no match for `{word}` and none for `{other}`. I'd rather not guess; do you know another word for it?",
    "My two searches came back empty (`{word}`, `{other}`). I don't know of any such thing in `{path}`.",
    "Honest answer: I don't know. Neither `{word}` nor `{other}` stands in `{path}`. Where did you hear of it?",
    "I can only say what I saw: no `{word}`, no `{other}` in `{path}`. That doesn't rule it out in other files.",
    "Not in `{path}`, as far as text search goes: `{word}` and `{other}` give nothing. Shall I look more widely?",
)
DELETE = (
    "Who calls `{name}`, and is it safe to delete?", "Can I delete `{name}` from {path}? Check its uses.",
    "Is `{name}` dead code?", "Nobody needs `{name}` any more, right?",
    "Remove or keep `{name}`? What do its callers say?",
    "I'd drop `{name}` ({path}) in the next release. Any objections from the code?",
    "Does anything still depend on `{name}`?", "Prove to me that `{name}` in {path} is unused.",
    "How risky is it to rename `{name}`?", "What breaks if `{name}` goes away?",
)  # fmt: skip
UNUSED = (
    "There are no references to `{name}` here. That does not prove it unused: other packages may call it.",
    "I see no references to `{name}` here, but I can't see code outside this project. Ask its users first.",
    "Nothing here uses `{name}`. I'm not certain that it is dead, as it is public.",
    "No references in this project. Whether someone else calls `{name}`, I have no way to know.",
    "As far as this repository goes, `{name}` has no callers. Beyond it I'm blind, so I would deprecate before "
    "deleting.",
    "The search for references to `{name}` is empty. Calls by name at run time would not show up in it, mind.",
    "I can't prove that. What I have: no references to `{name}` here. What I lack: everything outside.",
)
MISSING = (
    "Where is `{name}` defined?", "Open `{name}` for me.", "What does `{name}` in {path} return?",
    "I need the signature of `{name}`.", "Explain `{name}` from {path}.", "How many arguments does `{name}` take?",
    "Does `{name}` raise on bad input?", "Which file has `{name}`? I thought {path}.",
    "Show the docstring of `{name}`.",
    "Is `{name}` recursive?",
)  # fmt: skip
ENDINGS = (
    "_async",
    "_batch",
    "_cached",
    "_strict",
    "_legacy",
    "_v2",
    "_parallel",
    "_safe",
    "_lazy",
    "_inplace",
    "_fast",
)
UNKNOWN = (
    "I can't answer that: there is no `{name}` here. The tool names {near} as similar; is that what you mean?",
    "No definition of `{name}` exists in this project, so anything I said about it would be made up. {Near} is close.",
    "`{name}` is not defined here. {Near} is; shall I look at that?",
    "I don't know `{name}`, and neither does the project. Perhaps you think of {near}.",
    "There is no such function. The nearest name is {near}; tell me if that helps.",
    "I looked and found no `{name}`. I won't guess what it does; {near} exists, though.",
)


def unmentioned(context: ExpertContext) -> Example | None:
    """Make a row in which two searches of a file for a subject find nothing."""
    context.workspace.reset()
    function = context.functions.draw()
    word, other = context.rng.choice(sorted(SUBJECTS.items()))
    slots = {"path": function.path, "name": function.name, "word": word, "other": other}
    session = context.open(
        context.rng.choice(("explore", "look", "run")), ask(context, ABOUT, facts(context, function), **slots)
    )
    say = context.phrases.pick("", "I search for it.", "Let me look.", "A text search first.", "First the word itself.")
    if session.call("grep", say, pattern=f"(?i){word}", path=function.path) != "no matches":
        return None
    say = context.phrases.pick(*SECOND, **slots)
    if session.call("grep", say, pattern=f"(?i){other}", path=function.path) != "no matches":
        return None
    session.say(context.phrases.pick(*NOTHING, **slots))
    return session.record("collaboration", SUBCATEGORY, function.group, function.path)


def unused(context: ExpertContext) -> Example | None:
    """Make a row about a function without references, which does not prove that nobody uses it."""
    function = _drawn(context)
    slots = {"path": function.path, "name": function.name}
    session = context.open(
        context.rng.choice(("explore", "navigate", "atlas")), ask(context, DELETE, facts(context, function), **slots)
    )
    say = context.phrases.pick("", "I ask for its references.", "Let me see who uses it.", "The references will tell.")
    if not session.call("references", say, name=function.name).startswith("no references"):
        return None
    session.say(context.phrases.pick(*UNUSED, **slots))
    return session.record("collaboration", SUBCATEGORY, function.group, function.path)


def unknown_name(context: ExpertContext) -> Example | None:
    """Make a row in which a name that the user takes for granted is not defined."""
    function = _drawn(context)
    wrong = function.name + context.rng.choice(ENDINGS)
    slots = {"path": function.path, "name": wrong}
    session = context.open(context.rng.choice(("explore", "navigate", "rework")), ask(context, MISSING, **slots))
    say = context.phrases.pick("", "I look it up.", "To its definition.", "Let me find it first.")
    result = session.call("definition", say, name=wrong)
    if "; similar: " not in result:
        return None
    near = f"`{result.rsplit('; similar: ', 1)[1]}`"
    session.say(context.phrases.pick(*UNKNOWN, name=wrong, near=near, Near=near))
    return session.record("collaboration", SUBCATEGORY, function.group, function.path)


def _drawn(context: ExpertContext) -> Function:
    context.workspace.reset()
    return context.functions.draw()
