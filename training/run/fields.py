"""Nested dataclasses from the tables of a TOML file; what is unknown or of another type is refused."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from Diff2CTCore.errors import Diff2CTError


class ConfigError(Diff2CTError):
    """A training configuration that cannot be used."""

    kind = "configuration"


def build(cls: type, values: dict, prefix: str = "") -> Any:
    """An instance of a dataclass; `prefix` names it in messages, such as "data."."""
    hints = get_type_hints(cls)
    names = [item.name for item in fields(cls)]
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise ConfigError(
            f"The configuration has the unknown field {prefix}{unknown[0]}; known here are: {', '.join(names)}."
        )
    return cls(**{name: _convert(hints[name], value, prefix + name) for name, value in values.items()})


def _convert(hint: Any, value: Any, name: str) -> Any:
    if hint is Any:
        return value
    if is_dataclass(hint):
        return build(hint, require_table(value, name), name + ".")
    if get_origin(hint) is tuple:
        return _convert_tuple(get_args(hint), value, name)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise ConfigError(f"The configuration's {name} must be of type {hint.__name__}, not {type(value).__name__}.")
    return value


def _convert_tuple(hints: tuple, value: Any, name: str) -> tuple:
    if not isinstance(value, list):
        raise ConfigError(f"The configuration's {name} must be a list.")
    if hints[-1] is not Ellipsis and len(value) != len(hints):
        raise ConfigError(f"The configuration's {name} must have {len(hints)} entries, not {len(value)}.")
    return tuple(_convert(hints[0], item, name) for item in value)


def require_table(value: Any, name: str) -> dict:
    """The value, if it is a table."""
    if not isinstance(value, dict):
        raise ConfigError(f"The configuration's {name} must be a table.")
    return value
