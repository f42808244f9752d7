"""Which backend is taken, and what is said where none can be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NoReturn

import pytest

from vibecoder.errors import PluginError, UserError
from vibecoder.hookspecs import hookimpl
from vibecoder.plugins import Registry, load
from vibecoder.plugins.choose import choose_backend
from vibecoder.types import BackendSpec


def never(*_: object) -> NoReturn:
    raise AssertionError("choosing a backend must not open it")


def backend(name: str, reason: str | None, world: int = 1) -> BackendSpec:
    return BackendSpec(
        name=name,
        summary=name,
        objectives=("sft",),
        optimizers=("adamw",),
        unusable=lambda: reason,
        open=never,
        rank_and_world=lambda: (0, world),
    )


def registry_of(**reasons: str | None) -> Registry:
    """A registry of backends by name and why each is unusable."""

    @hookimpl
    def vibecoder_backends() -> Sequence[BackendSpec]:
        return [backend(name, why) for name, why in reasons.items()]

    return load(SimpleNamespace(vibecoder_backends=vibecoder_backends), installed=False)


def test_auto_takes_the_first_that_runs() -> None:
    assert choose_backend(registry_of(cuda=None, mlx=None)).spec.name == "mlx"
    assert choose_backend(registry_of(other=None, cuda=None)).spec.name == "cuda"
    chosen = choose_backend(registry_of(cuda=None, mlx="no mlx; run: pip install it"))
    assert (chosen.spec.name, chosen.reason) == (
        "cuda",
        "the first that runs here; not mlx: no mlx; run: pip install it",
    )


def test_a_named_backend_is_taken_or_refused() -> None:
    registry = registry_of(cuda="no torch; run: pip install 'vibecoder[cuda]'", mlx=None)
    assert choose_backend(registry, "mlx").reason == "named"
    with pytest.raises(UserError, match=re.escape("the backend cuda cannot be used: no torch; run: pip install")):
        choose_backend(registry, "cuda")
    with pytest.raises(PluginError, match=r"unknown backend mlxx; did you mean mlx\?"):
        choose_backend(registry, "mlxx")


def test_several_processes_take_the_backend_that_shares_their_run() -> None:
    @hookimpl
    def vibecoder_backends() -> Sequence[BackendSpec]:
        return [backend("mlx", None), backend("cuda", None, world=4)]

    registry = load(SimpleNamespace(vibecoder_backends=vibecoder_backends), installed=False)
    assert choose_backend(registry).spec.name == choose_backend(registry, "cuda").spec.name == "cuda"
    with pytest.raises(UserError, match=r"mlx cannot be used: 4 processes were started .* use --backend cuda, or"):
        choose_backend(registry, "mlx")


def test_no_backend_at_all_says_why_of_each() -> None:
    with pytest.raises(UserError, match="no backend can be used here: not mlx: a; not cuda: b"):
        choose_backend(registry_of(cuda="b", mlx="a"))
    with pytest.raises(UserError, match="none is installed"):
        choose_backend(load(installed=False))
