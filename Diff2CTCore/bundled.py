"""Where the files that ship with Diff2CT are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[0]


def resource_path(*parts: str) -> Path:
    """Path of a bundled file or folder, such as `resource_path("Models")`.

    A wheel carries `Resources` inside the package; in a source checkout and in an installed 3D Slicer
    extension it lies beside the package.
    """
    inside = _PACKAGE / "Resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "Resources"
    return root.joinpath(*parts)
