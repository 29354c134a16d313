"""Versions of what a result may depend on."""

from __future__ import annotations

import platform
from importlib import metadata

LIBRARIES = ("numpy", "torch", "SimpleITK", "pydicom", "safetensors", "scikit-image", "matplotlib")


def versions() -> dict[str, str | None]:
    """Versions of Python, the system and the libraries; None for a library that is not installed."""
    found = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = None
    return found
