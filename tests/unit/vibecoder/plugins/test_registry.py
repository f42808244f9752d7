"""Every hook, and every way a plugin can be wrong: the good ones stay, the broken ones are named with their reason."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from vibecoder import plugins
from vibecoder.errors import PluginError
from vibecoder.hookspecs import hookimpl
from vibecoder.types import (
    BackendSpec,
    CommandSpec,
    Example,
    Generated,
    GenerateJob,
    GeneratorSpec,
    Imported,
    ImporterSpec,
    RewardSpec,
    Stage,
    SuiteSpec,
)

BACKEND = BackendSpec(
    name="abacus",
    summary="beads on rods",
    objectives=("sft",),
    optimizers=("adamw",),
    unusable=lambda: "no beads",
    open=lambda model: None,  # type: ignore[arg-type,return-value]
)
STAGE = Stage(name="manners", order=40, summary="a friendly word", categories=("manners",))
REWARD = RewardSpec(
    name="polite", summary="begins with a greeting", score=lambda task, reply: float(reply.startswith("Hello"))
)


def hello(job: GenerateJob) -> Iterator[Generated]:
    said = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    yield Generated(records=[Example(messages=said)])


GENERATOR = GeneratorSpec(name="greetings", category="manners", summary="one greeting", generate=hello, default_count=1)
IMPORTER = ImporterSpec(
    name="diary", summary="what was written down", source="file", rows=lambda job: iter([Imported()])
)
SUITE = SuiteSpec(name="courtesy", summary="does it say please", prompts=lambda job: ())
COMMAND = CommandSpec(name="greet", summary="say hello", target="greetings:greet")
OFFERS = {
    "backends": BACKEND,
    "stages": STAGE,
    "generators": GENERATOR,
    "rewards": REWARD,
    "importers": IMPORTER,
    "suites": SUITE,
    "commands": COMMAND,
}


def plugin(module: str, **answers: Any) -> ModuleType:
    """A plugin module whose hooks give these answers; an exception as an answer is raised."""

    def hook(answer: Any) -> Any:
        def give() -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return hookimpl(give)

    made = ModuleType(module)
    for name, answer in answers.items():
        setattr(made, f"vibecoder_{name}", hook(answer))
    return made


@pytest.mark.parametrize("kind", OFFERS)
def test_each_hook_adds_its_descriptor(kind: str) -> None:
    offer = OFFERS[kind]
    registry = plugins.load(plugin("mine", **{kind: [offer]}), installed=False)
    assert getattr(registry, kind) == {offer.name: offer}
    assert registry.sources == {(f"vibecoder_{kind}", offer.name): "mine"}
    assert registry.broken == ()
    assert all(not getattr(registry, other) for other in OFFERS if other != kind)


def test_the_hooks_tested_here_are_all_there_are() -> None:
    from vibecoder import hookspecs

    assert {f"vibecoder_{kind}" for kind in OFFERS} == {n for n in hookspecs.__all__ if n != "hookimpl"}


def test_without_plugins_there_is_nothing() -> None:
    registry = plugins.load(installed=False)
    assert not any(getattr(registry, kind) for kind in OFFERS)
    with pytest.raises(PluginError, match="no stage to train"):
        registry.select_stages(["all"])


@pytest.mark.parametrize("kind", OFFERS)
def test_two_of_one_name_are_an_error_that_names_both(kind: str) -> None:
    one, two = (plugin(name, **{kind: [OFFERS[kind]]}) for name in ("first", "second"))
    with pytest.raises(PluginError) as caught:
        plugins.load(one, two, installed=False)
    message = str(caught.value)
    assert message.startswith(f"two plugins offer the {kind.removesuffix('s')} {OFFERS[kind].name}: ")
    assert "first" in message
    assert "second" in message


@pytest.mark.parametrize("kind", OFFERS)
def test_an_answer_of_the_wrong_type_breaks_that_plugin_alone(kind: str) -> None:
    wrong = next(offer for other, offer in OFFERS.items() if other != kind)
    good = plugin("good", **{kind: [OFFERS[kind]]})
    registry = plugins.load(plugin("bad", **{kind: [wrong]}), good, installed=False)
    assert list(getattr(registry, kind)) == [OFFERS[kind].name]
    (broken,) = registry.broken
    assert broken.name == "bad"
    assert (
        broken.reason
        == f"TypeError: vibecoder_{kind} answered with {type(wrong).__name__}, not {type(OFFERS[kind]).__name__}"
    )


@pytest.mark.parametrize("kind", OFFERS)
def test_a_hook_that_raises_or_returns_nothing_breaks_that_plugin_alone(kind: str) -> None:
    good = plugin("good", **{kind: [OFFERS[kind]]})
    bad = plugin("bad", **{kind: RuntimeError("the rods are bent\nand more")})
    registry = plugins.load(bad, plugin("silent", **{kind: None}), good, installed=False)
    assert list(getattr(registry, kind)) == [OFFERS[kind].name]
    reasons = {broken.name: broken.reason for broken in registry.broken}
    assert reasons["bad"] == "RuntimeError: the rods are bent"
    assert reasons["silent"].startswith("TypeError: ")


def test_a_plugin_keeps_the_hooks_that_work() -> None:
    registry = plugins.load(plugin("half", stages=[STAGE], rewards=ValueError("no")), installed=False)
    assert list(registry.stages) == ["manners"]
    assert [broken.name for broken in registry.broken] == ["half"]


def test_a_misspelt_hook_is_reported() -> None:
    registry = plugins.load(plugin("typo", stage=[STAGE]), plugin("good", rewards=[REWARD]), installed=False)
    assert list(registry.rewards) == ["polite"]
    (broken,) = registry.broken
    assert broken.name == "typo"
    assert "unknown hook 'vibecoder_stage'" in broken.reason


def test_a_hook_that_wants_an_unknown_argument_is_reported() -> None:
    class Eager:
        @hookimpl
        def vibecoder_stages(self, manager: object) -> list[Stage]:
            return [STAGE]

    registry = plugins.load(Eager(), installed=False)
    assert not registry.stages
    assert "manager" in registry.broken[0].reason or "vibecoder_stages" in registry.broken[0].reason


def test_an_object_can_be_a_plugin() -> None:
    class Bench:
        @hookimpl
        def vibecoder_stages(self) -> list[Stage]:
            return [STAGE]

    assert list(plugins.load(Bench(), installed=False).stages) == ["manners"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        ("def oops(:", "SyntaxError: "),
        ("raise RuntimeError('not today')", "RuntimeError: not today"),
    ],
)
def test_an_installed_plugin_that_cannot_be_imported_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    name = f"broken_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    entries = [EntryPoint("broken", name, "vibecoder"), EntryPoint("stages", "vibecoder_stages", "vibecoder")]
    monkeypatch.setattr("vibecoder.plugins.registry.entry_points", lambda group: entries)
    registry = plugins.load()
    assert "tool-use" in registry.stages
    (broken,) = registry.broken
    assert (broken.name, broken.source) == ("broken", name)
    assert broken.reason.startswith(reason)


def test_an_unknown_name_gets_a_suggestion_and_the_broken_plugins() -> None:
    registry = plugins.load(plugin("mine", backends=[BACKEND], stages=[STAGE]), installed=False)
    assert registry.backend("abacus") is BACKEND
    with pytest.raises(PluginError, match=r"^unknown backend abakus; did you mean abacus\?$"):
        registry.backend("abakus")
    with pytest.raises(PluginError, match=r"^unknown stage maners; did you mean manners\?$"):
        registry.select_stages(["maners"])
    hurt = plugins.load(plugin("typo", stage=[STAGE]), installed=False)
    with pytest.raises(PluginError, match=r"broken plugins: typo; see `vibecoder plugins`"):
        hurt.backend("abacus")


def test_stages_come_in_their_order_and_once() -> None:
    stages = [Stage(name=name, order=order, summary="") for name, order in (("last", 9), ("first", 1), ("middle", 5))]
    registry = plugins.load(plugin("mine", stages=stages), installed=False)

    def chosen(*names: str) -> list[str]:
        return [stage.name for stage in registry.select_stages(names)]

    assert chosen("all") == ["first", "middle", "last"]
    assert chosen("last", "first") == ["first", "last"]
    assert chosen("last,first", "last") == ["first", "last"]
    assert chosen("all", "first") == ["first", "middle", "last"]


def test_registries_do_not_share_anything() -> None:
    plugins.load(plugin("mine", stages=[STAGE]), installed=False)
    assert not plugins.load(installed=False).stages


def test_what_is_installed_here_is_whole() -> None:
    registry = plugins.load()
    assert registry.broken == ()
    assert {"mlx", "cuda"} <= set(registry.backends)
    assert {"tool-use", "agentic", "full"} <= set(registry.stages)
    assert "starter" in registry.generators


@pytest.mark.parametrize("module", ["vibecoder_mlx", "vibecoder_cuda", "vibecoder_stages", "vibecoder_datasets"])
def test_each_built_in_comes_through_its_entry_point(module: str) -> None:
    assert module in set(plugins.load().sources.values())


def test_two_entry_points_of_one_name_lose_neither_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [EntryPoint("same", "vibecoder_stages", "vibecoder"), EntryPoint("same", "no_such_module", "vibecoder")]
    monkeypatch.setattr("vibecoder.plugins.registry.entry_points", lambda group: entries)
    registry = plugins.load()
    assert "tool-use" in registry.stages
    assert [broken.source for broken in registry.broken] == ["no_such_module"]
