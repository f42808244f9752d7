"""Words how users ask: many phrasings of each intent, drawn evenly so that none repeats before all were used."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

__all__ = ["Deck", "Phrases"]

T = TypeVar("T")


class Deck(Generic[T]):
    """Items in a shuffled order, shuffled anew when all were dealt."""

    def __init__(self, rng: random.Random, items: Sequence[T]) -> None:
        if not items:
            raise ValueError("a deck needs items")
        self._rng = rng
        self._items = list(items)
        self._left: list[T] = []

    def draw(self) -> T:
        if not self._left:
            self._left = list(self._items)
            self._rng.shuffle(self._left)
        return self._left.pop()

    def __len__(self) -> int:
        return len(self._items)


# An order is said in one of the wrappers; what starts with `!` is a sentence of its own.
WRAPPERS = (
    "{}.", "{}.", "{}", "Please {}.", "Could you {}?", "Can you {}?", "{}, please.", "I'd like you to {}.",
    "Would you {}?", "Now {}.", "Quick one: {}.", "Go ahead and {}.", "Next, {}.", "Let's {}.", "I need you to {}.",
    "Please {} when you can.", "For my review, {}.",
    "Before we go on, {}.", "To begin with, {}.", "Do me a favour and {}.",
)  # fmt: skip
CLOSERS = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " Thanks.",
    " Thank you!",
    " No rush.",
    " I'm new to this code.",
    " It's for the notes.",
)

INTENTS: dict[str, tuple[str, ...]] = {
    "read": (
        "open {path}", "show me {path}", "read {path}", "print the top of {path}", "have a look at {path}",
        "pull up {path}", "display the beginning of {path}", "read the file {path} for me", "!What is in {path}?",
        "!What does {path} start with?", "!I want to see {path}.", "!Let me see {path}.", "!How does {path} begin?",
        "!Tell me what {path} is about.", "take a look into {path}", "!What's {path} for?",
    ),
    "range": (
        "show lines {a} to {b} of {path}", "read {path} from line {a} to line {b}", "print lines {a}-{b} of {path}",
        "open {path} at lines {a}-{b}", "read lines {a} through {b} in {path}", "display {path}, lines {a} to {b}",
        "!What do lines {a} to {b} of {path} say?", "!I want to see lines {a}-{b} in {path}.",
        "!Let me see {path}, lines {a} to {b}.", "!What happens in {path} between lines {a} and {b}?",
        "read me {path} lines {a} to {b}", "pull up lines {a} to {b} of {path}",
        "!In {path}, what's on lines {a} to {b}?", "quote lines {a}-{b} from {path}",
        "show just lines {a} to {b} in {path}", "look at {path}, lines {a}-{b}",
    ),
    "grep_in": (
        "search {path} for `{pattern}`", "grep for `{pattern}` in {path}", "look for `{pattern}` in {path}",
        "find every `{pattern}` in {path}", "search for `{pattern}` under {path}", "grep `{pattern}` in {path}",
        "!Where does `{pattern}` occur in {path}?", "!Which lines of {path} match `{pattern}`?",
        "!Does {path} contain `{pattern}`?", "!How often does `{pattern}` come up in {path}?",
        "list the lines with `{pattern}` in {path}", "check {path} for `{pattern}`", "scan {path} for `{pattern}`",
        "!I need all the lines with `{pattern}` in {path}.", "!Is there a `{pattern}` in {path}?",
        "find the text `{pattern}` in {path}",
    ),
    "grep": (
        "search the whole project for `{pattern}`", "grep for `{pattern}` everywhere",
        "search all files for `{pattern}`", "grep the repository for `{pattern}`",
        "!Which files contain `{pattern}`?", "!Where does the text `{pattern}` occur?",
        "find the text `{pattern}` anywhere in the code", "look through the code base for `{pattern}`",
        "!Any line with `{pattern}` in this project?", "grep `{pattern}`",
        "run a search for `{pattern}` over everything", "!I'm searching for `{pattern}`; grep it in the repository.",
        "text-search the code for `{pattern}`",
    ),
    "glob": (
        "list the files that match `{pattern}`", "find files matching `{pattern}`",
        "!Which files match `{pattern}`?", "glob for `{pattern}`", "!What matches the pattern `{pattern}`?",
        "give me all paths like `{pattern}`", "!Are there files that match `{pattern}`?",
        "look for files named `{pattern}`", "!Which paths fit `{pattern}`?", "expand `{pattern}` for me",
        "find every path that fits `{pattern}`", "!How many files match `{pattern}`?",
        "!I need the files matching `{pattern}`.", "show which files the glob `{pattern}` finds",
    ),
    "list": (
        "list the folder {path}", "list {path}", "show what's in the folder {path}", "!What files are in {path}?",
        "!What's inside the folder {path}?", "!Which files does the folder {path} hold?",
        "give me a listing of {path}", "list everything directly in {path}", "!What is in the directory {path}?",
        "list the directory {path}", "show me the contents of the folder {path}",
        "!How is the folder {path} laid out?", "do an ls of {path}",
    ),
    "edit": (
        "in {path}, replace `{old}` with `{new}`", "change `{old}` to `{new}` in {path}",
        "edit {path}: `{old}` becomes `{new}`", "replace `{old}` by `{new}` in {path}",
        "turn `{old}` into `{new}` in {path}", "update {path} so that `{old}` reads `{new}`",
        "!`{old}` in {path} should be `{new}`.", "!In {path} it says `{old}`; make that `{new}`.",
        "swap `{old}` for `{new}` in {path}", "fix {path}: write `{new}` instead of `{old}`",
        "!{path} has `{old}` and I want `{new}` there.", "rewrite `{old}` as `{new}` in {path}",
        "put `{new}` where {path} has `{old}`", "!We want `{new}` instead of `{old}` in {path}.",
        "correct {path}, changing `{old}` to `{new}`",
    ),
    "write": (
        "create {path} with the line `{content}`", "write `{content}` to a new file {path}",
        "make a file {path} that says `{content}`", "add a new file {path} containing `{content}`",
        "save `{content}` as {path}", "put `{content}` into a new file called {path}",
        "!I need a file {path} with the text `{content}`.", "start a file {path} whose only line is `{content}`",
        "create the file {path}; its text is `{content}`", "write a note `{content}` into {path}",
    ),
    "test": (
        "run {path}", "run the tests in {path}", "!Do the tests in {path} pass?", "execute the test file {path}",
        "!Is {path} green?", "run {path} and tell me the result", "check that {path} still passes",
        "test with {path}", "!Does {path} pass right now?", "!How many tests in {path} pass?", "give {path} a run",
        "!Are the tests of {path} fine?", "run pytest on {path}", "!What does {path} say at the moment?",
    ),
    "python": (
        "run `{code}`", "execute `{code}`", "!What does `{code}` print?", "!What is the output of `{code}`?",
        "try `{code}` and tell me what it prints", "run this Python: `{code}`", "!What do I get from `{code}`?",
        "evaluate this snippet: `{code}`", "run the snippet `{code}`", "!Does `{code}` work, and what comes out?",
    ),
    "definition": (
        "find the definition of `{name}`", "!Where is `{name}` defined?", "go to the definition of {name}",
        "!Which file defines {name}?", "locate the definition of `{name}`", "!In which file is `{name}` defined?",
        "show me where {name} is defined", "!Where does {name} come from?", "jump to the definition of `{name}`",
        "!I'm looking for the definition of {name}.", "take me to where `{name}` is defined",
        "!Where can I find the definition of `{name}`?", "!On which line is {name} defined?",
        "look up where {name} is defined", "!Who defines `{name}`?", "tell me the file and lines that define {name}",
    ),
    "references": (
        "find all references to `{name}`", "!Where is `{name}` used?", "list the uses of {name}",
        "!Who calls {name}?", "!Which code uses `{name}`?", "find the callers of `{name}`",
        "show every use of {name}", "!Is `{name}` used anywhere?", "!What depends on {name}?",
        "list all references to `{name}`", "!Where do we call `{name}`?", "!I'd change {name}; who uses it?",
        "look up the usages of `{name}`", "!How often is `{name}` used?", "!If I rename {name}, which lines use it?",
        "tell me where {name} is referenced",
    ),
    "functions": (
        "list the functions in {path}", "!Which functions does {path} define?", "!What functions are in {path}?",
        "give me the functions of {path}", "outline the functions of {path}", "!How many functions are in {path}?",
        "show the functions that {path} has", "!Which functions live in {path}?",
        "enumerate the functions in {path}", "!I need a list of the functions in {path}.",
        "print the function signatures of {path}", "!What can I call in {path}? List its functions.",
    ),
    "classes": (
        "list the classes in {path}", "!Which classes does {path} define?", "!What classes are in {path}?",
        "give me the classes of {path}", "!How many classes are in {path}?", "show the classes that {path} has",
        "!Which classes live in {path}?", "enumerate the classes in {path}",
        "!I need a list of the classes in {path}.", "!Does {path} define any classes?",
        "print the class names of {path}", "outline the classes of {path}",
    ),
    "stats": (
        "measure {path}", "give me the statistics of {path}", "!How large is {path}?",
        "!How many lines does {path} have?", "show the stats for {path}",
        "!How big is {path} in lines and functions?", "!What are the numbers for {path}?", "get stats on {path}",
        "!I need size figures for {path}.", "compute the stats of {path}",
    ),
    "index": (
        "index {path}", "index the folder {path}", "build an index of {path}",
        "!Index {path} so that we can navigate it.", "run the index over {path}",
        "!What does an index of {path} count?", "create the index for {path}", "!Please get {path} indexed.",
        "index everything under {path}", "!I'd like an index of {path}.", "!Is {path} indexed yet? Do it now.",
        "refresh the index for {path}", "!How many functions and classes does {path} hold in all?",
    ),
    "bash": (
        "run `{command}`", "execute `{command}`", "!What does `{command}` print?", "!Try `{command}`, what comes out?",
        "run the command `{command}`", "!I get nothing useful from `{command}`. Do you?", "call `{command}` for me",
        "type `{command}` and read me the output", "!In the shell: `{command}`.", "give `{command}` a go",
        "!`{command}`, and tell me the result.", "!What's the output of `{command}`?",
    ),
    "text": (
        "!Users see the message `{pattern}`. Where is it?", "!My log says `{pattern}`; which code writes that?",
        "find what produces the text `{pattern}`", "!Which line prints `{pattern}`?",
        "search the sources for `{pattern}`",
        "!The screen shows `{pattern}`. Find it in the code.", "track down the message `{pattern}`",
        "!`{pattern}` stands in a ticket; where in the code is this text?", "look for the wording `{pattern}`",
        "!Which file has the message `{pattern}`?",
    ),
    "text_in": (
        "!Users see `{pattern}`, it should be in {path}. Where?",
        "!My log says `{pattern}`. Which line of {path} is it?",
        "find the message `{pattern}` in {path}", "!Which line of {path} says `{pattern}`?",
        "search {path} for the wording `{pattern}`", "!{path} complains `{pattern}`; on which line is this text?",
        "locate the error text `{pattern}` in {path}", "!A ticket quotes `{pattern}`. Find this text in {path}.",
        "!Where does {path} keep the text `{pattern}`?", "look up the message `{pattern}` within {path}",
    ),
}  # fmt: skip


class Phrases:
    """Deals phrasings of the intents in `INTENTS`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._decks = {intent: Deck(rng, forms) for intent, forms in INTENTS.items()}
        self._wrappers = Deck(rng, WRAPPERS)
        self._closers = Deck(rng, CLOSERS)

    def ask(self, intent: str, **slots: object) -> str:
        """Write one whole sentence for an intent."""
        form = self._decks[intent].draw()
        sentence = form[1:] if form.startswith("!") else self._wrappers.draw().format(form)
        return self._capital(sentence).format(**slots) + self._closers.draw()

    def clause(self, intent: str, **slots: object) -> str:
        """Write an order to be used inside a sentence, without its end."""
        form = self._decks[intent].draw()
        while form.startswith("!"):
            form = self._decks[intent].draw()
        return form.format(**slots)

    def pick(self, *forms: str, **slots: object) -> str:
        """Choose one of the given sentences and fill it in."""
        return self._rng.choice(forms).format(**slots)

    @staticmethod
    def _capital(form: str) -> str:
        return form if form.startswith(("{", "`")) else form[0].upper() + form[1:]
