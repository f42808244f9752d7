"""Adds to vibecoder a generator of greetings, a stage that trains on them, and a reward for polite replies."""

from vibecoder.hookspecs import hookimpl
from vibecoder.types import Example, GeneratorSpec, RewardSpec, Stage

NAMES = ("Ada", "Grace", "Linus", "Guido", "Barbara", "Edsger", "Margaret", "Ken")


def greetings(count, seed):
    for name in NAMES[:count]:
        said = [{"role": "user", "content": f"I am {name}."}, {"role": "assistant", "content": f"Hello, {name}!"}]
        yield Example(messages=said, category="manners", group=f"manners/{name}")


@hookimpl
def vibecoder_generators():
    return [GeneratorSpec("greetings", "manners", "people who say who they are", greetings, len(NAMES))]


@hookimpl
def vibecoder_stages():
    return [Stage("manners", 40, "a friendly word", ("manners",), overrides={"train.epochs": 2.0})]


@hookimpl
def vibecoder_rewards():
    return [RewardSpec("polite", "begins with a greeting", lambda task, reply: float(reply.startswith("Hello")))]
