"""Names that a package hands on only when they are asked for, because their modules take seconds to import."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def late_names(package: str, **modules: tuple[str, ...]) -> Callable[[str], object]:
    """The `__getattr__` of a package (PEP 562): reading a radiograph must not wait for PyTorch.

    Args:
        package: its `__name__`.
        modules: names by the module in the package that holds them. No name may be a module's own.
    """
    where = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with _without_collection():
            value = getattr(importlib.import_module(f"{package}.{where[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find


@contextmanager
def _without_collection() -> Iterator[None]:
    """Importing PyTorch makes hundreds of thousands of objects that stay; they are not looked through meanwhile."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
