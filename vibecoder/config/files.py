"""Read settings from YAML files and `--set KEY=VALUE`, flattened to dotted keys and checked one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from vibecoder.config.keys import STAGE_SECTION, Key, keys, stage_key
from vibecoder.errors import ConfigError, suggestion

__all__ = ["check", "checked", "configs_folder", "find", "flatten", "parse_sets", "read_yaml"]


class _Loader(yaml.SafeLoader):
    """Safe YAML loader that refuses a key given twice, where PyYAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key_node.value} is there twice", problem_mark=key_node.start_mark
                )
            if isinstance(key_node, yaml.ScalarNode):
                seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def configs_folder() -> Path:
    """Find the shipped `configs/`: inside the package once installed, beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def read_yaml(path: Path, source: str) -> dict[str, Any]:
    """Read the mapping in a YAML file; an empty file is an empty mapping.

    Raises:
        ConfigError: it cannot be read, is not YAML, or is something else than a mapping.
    """
    try:
        document = yaml.load(path.read_bytes(), _Loader)
    except OSError as error:
        raise ConfigError(f"cannot read the settings in {path}: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{source} is not valid YAML: {_yaml_problem(error)}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{source} holds no settings; write lines such as `train: {{epochs: 2}}`")
    return document


def _yaml_problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else problem


def flatten(values: Mapping[Any, Any], source: str) -> dict[str, Any]:
    """Flatten nested sections to dotted keys; keys may be dotted already, an empty section adds nothing.

    Raises:
        ConfigError: one setting is given twice, nested and dotted.
    """
    flat: dict[str, Any] = {}
    for name, value in _leaves(values, ""):
        if name in flat:
            raise ConfigError(f"the setting {name} is there twice (from {source})")
        flat[name] = value
    return flat


def _leaves(values: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    sections = {name.split(".")[0] for name in keys()} | {"stages"}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{name}.")
        elif value is not None or name.split(".")[0] not in sections or (name in keys() or stage_key(name)):
            yield name, value


def parse_sets(sets: Sequence[str], source: str = "--set") -> dict[str, Any]:
    """Parse `KEY=VALUE` assignments into checked dotted settings, the last of a key winning; values are YAML or text.

    Raises:
        ConfigError: one has no `=`, names an unknown setting, or has a value that does not fit.
    """
    flat: dict[str, Any] = {}
    for assignment in sets:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ConfigError(f"{source} {assignment} is no assignment; write it as {source} train.epochs=2")
        key = find(name, source)
        value: Any = text
        if key.kind is not str:
            try:
                value = yaml.load(text, _Loader)
            except (yaml.YAMLError, ValueError) as error:
                raise ConfigError(f"{source} {assignment} is not valid YAML: {_yaml_problem(error)}") from error
        flat[name] = check(key, name, value, source)
    return flat


def checked(values: Mapping[Any, Any], source: str) -> dict[str, Any]:
    """Check nested or dotted settings and return them dotted.

    Raises:
        ConfigError: an unknown setting, or a value that does not fit.
    """
    return {name: check(find(name, source), name, value, source) for name, value in flatten(values, source).items()}


def find(name: str, source: str) -> Key:
    """Find the setting called `name`; for `stages.NAME.train.*` the one of `train.*`.

    Raises:
        ConfigError: there is none.
    """
    known = keys()
    of_stage = stage_key(name)
    if of_stage and of_stage[1] in known:
        return known[of_stage[1]]
    if name in known:
        return known[name]
    if name.startswith("stages."):
        stage = of_stage[0] if of_stage else name.split(".")[1] or "NAME"
        names = [f"stages.{stage}.{key}" for key in known if key.startswith(f"{STAGE_SECTION}.")]
    else:
        names = list(known)
    sections = {key.split(".")[0] for key in known if "." in key}
    if name in sections:
        raise ConfigError(f"{name} is a section, not a setting{suggestion(f'{name}.', names)} (from {source})")
    hint = suggestion(name, names)
    if "did you mean" not in hint:
        last = [key for key in names if key.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]]
        hint = f"; did you mean {last[0]}?" if last else "; `vibecoder config show` lists them"
    raise ConfigError(f"unknown setting {name}{hint} (from {source})")


def check(key: Key, name: str, value: Any, source: str) -> Any:
    """Convert the value to the setting's own type and check its bounds.

    Raises:
        ConfigError: it has another type, is none of the choices, or is out of bounds.
    """
    typed = _typed(key, value)
    if typed is None:
        fix = "; quote it" if key.kind is str and isinstance(value, (bool, int, float)) else ""
        found = "empty" if value is None else repr(value)
        raise ConfigError(f"{name} must be {_expected(key)}, not {found}{fix} (from {source})")
    if key.choices and typed not in key.choices:
        raise ConfigError(f"{name} cannot be {typed!r}{suggestion(typed, key.choices)} (from {source})")
    if bound := _broken_bound(key, typed):
        raise ConfigError(f"{name} must be {bound}, not {typed:g} (from {source})")
    return typed


def _broken_bound(key: Key, value: Any) -> str | None:
    if key.minimum is not None and value < key.minimum:
        return f"at least {key.minimum:g}"
    if key.maximum is not None and value > key.maximum:
        return f"at most {key.maximum:g}"
    if key.above is not None and value <= key.above:
        return f"above {key.above:g}"
    if key.below is not None and value >= key.below:
        return f"below {key.below:g}"
    return None


def _typed(key: Key, value: Any) -> Any:
    """Convert `value` to the type of `key`, or return None; YAML reads `1e-5` as text, so such text is a number."""
    if key.kind is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None
    if key.kind is int:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if key.kind in (str, bool):
        return value if isinstance(value, key.kind) else None
    items = value if isinstance(value, (list, tuple)) else ()
    return tuple(items) if items and all(isinstance(item, str) and item for item in items) else None


def _expected(key: Key) -> str:
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}
    return names.get(key.kind, "a list of names such as [q_proj, v_proj]")
