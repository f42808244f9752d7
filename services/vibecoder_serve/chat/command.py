"""`vibecoder chat`: talk to a model, or to two side by side, in a terminal."""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from pathlib import Path

import click

__all__ = ["chat"]


@click.command()
@click.argument("target", metavar="MODEL|ADAPTER|GGUF")
@click.option("--adapter", "adapters", multiple=True, metavar="[NAME=]DIR", help="An adapter of the model.")
@click.option("--model", metavar="M", help="The model that a GGUF file was made of.")
@click.option("--engine", default="auto", show_default=True, metavar="E", help="llama.cpp, mlx, cuda or auto.")
@click.option("--compare", is_flag=True, help="Ask the base as well and show both replies side by side.")
@click.option("--workspace", metavar="DIR", type=click.Path(path_type=Path), help="Offer tools on a copy of a folder.")
@click.option("--tools", "set_name", default="repair", show_default=True, metavar="SET", help="Which tools, by set.")
@click.option("--system", metavar="TEXT", help="The system turn.  [default: the chat template's own]")
@click.option("--max-tokens", default=1024, show_default=True, type=click.IntRange(1), help="Of one reply.")
@click.option(
    "--votes",
    default="feedback.jsonl",
    show_default=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The dataset that /good, /bad and /fix append to.",
)
def chat(
    target: str,
    adapters: tuple[str, ...],
    model: str | None,
    engine: str,
    compare: bool,
    workspace: Path | None,
    set_name: str,
    system: str | None,
    max_tokens: int,
    votes: Path,
) -> None:
    """Talk to a model. Replies are streamed; /good, /bad and /fix keep them as rows to train on; /help lists more.

    With --workspace the model may call tools. They work on a copy of the folder, each call with your consent;
    /changes shows what they did and /apply writes it back.

    \b
    vibecoder chat runs/friday/adapter --compare
    vibecoder chat exports/friday/nano-tuned-Q4_K_M.gguf --workspace .
    """
    from vibecoder.errors import ConfigError

    if importlib.util.find_spec("starlette") is None:
        raise ConfigError("starlette is not installed; install it with: pip install 'vibecoder[serve]'")
    from rich.console import Console

    from vibecoder.dataset.store import Dataset
    from vibecoder_serve.chat.conversation import Conversation
    from vibecoder_serve.chat.hands import Hands, tools_of
    from vibecoder_serve.chat.loop import Chat
    from vibecoder_serve.targets import find_target, open_served

    found = find_target(target, adapters, model)
    first, *others = found.models
    if compare and not others:
        raise ConfigError("--compare shows a tuned model beside its base; give an adapter")
    tools = tools_of(set_name) if workspace else ()
    hands = Hands(workspace, lambda call: click.prompt(f"{call}\nrun it? y, n, a(lways)", "n")) if workspace else None
    served = open_served(found, engine)
    console = Console(highlight=False)
    console.print(f"{first} ({served.engine.name}); /help lists the commands", style="dim", markup=False)
    _remember_lines()
    talk = Conversation(served, tools, system, max_tokens)
    try:
        Chat(talk, first, console, _read, Dataset(votes), others[-1] if compare else None, hands).run()
    finally:
        served.engine.close()
        if hands:
            hands.close()


def _read(prompt: str) -> str | None:
    """Read a line; None at the end of the input."""
    try:
        return input(prompt)
    except EOFError:
        return None


def _remember_lines() -> None:
    """Keep what is typed for the next talk, where Python has readline."""
    with suppress(ImportError, OSError):
        import atexit
        import readline

        from vibecoder.models import cache_folder

        history = cache_folder() / "chat-history"
        history.parent.mkdir(parents=True, exist_ok=True)
        if history.exists():
            readline.read_history_file(history)
        readline.set_history_length(1000)
        atexit.register(readline.write_history_file, history)
