"""Adds to vibecoder a generator of greetings, a stage that trains on them, and a command that greets."""

import click

from vibecoder import CommandSpec, Example, Generated, GeneratorSpec, Stage, hookimpl

NAMES = ("Ada", "Grace", "Linus", "Guido", "Barbara", "Edsger", "Margaret", "Ken")


def greetings(job):
    for name in NAMES[: job.count]:
        said = [{"role": "user", "content": f"I am {name}."}, {"role": "assistant", "content": f"Hello, {name}!"}]
        yield Generated(records=[Example(messages=said, category="manners", group=f"manners/{name}")])


@click.command()
@click.argument("name")
def greet(name):
    """Greet NAME."""
    click.echo(f"Hello, {name}!")


@hookimpl
def vibecoder_generators():
    summary = "people who say who they are"
    return [GeneratorSpec(name="greetings", category="manners", summary=summary, generate=greetings, default_count=8)]


@hookimpl
def vibecoder_stages():
    return [Stage(name="manners", order=40, summary="a friendly word", categories=("manners",))]


@hookimpl
def vibecoder_commands():
    return [CommandSpec(name="greet", summary="Greet somebody.", target="vibecoder_example:greet")]
