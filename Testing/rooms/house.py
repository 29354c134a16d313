"""The rooms of each package, and what its modules import, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"Diff2CTCore": ROOT, "training": ROOT, "Diff2CTReconstructionLib": ROOT / "Diff2CTReconstruction"}


def room_of(module: str) -> tuple[str, str]:
    """A module's package, and its room there, or its own name where it lies on the ground floor; "" for the package."""
    package, room = (*module.split("."), "")[:2]
    return package, room


@dataclass(frozen=True)
class Import:
    """Attributes:
    importer, imported: modules by their dotted names.
    names: taken from the imported module; none where the module itself is.
    line: of the importer's file.
    """

    importer: str
    imported: str
    names: tuple[str, ...]
    line: int


class House:
    """All modules of all packages.

    Args:
        folders: that hold the packages; where they lie in this repository, if None.
    """

    def __init__(self, folders: dict[str, Path] | None = None):
        self.files: dict[str, Path] = {}
        for package, folder in (folders or FOLDERS).items():
            for path in sorted((folder / package).rglob("*.py")):
                parts = path.relative_to(folder).with_suffix("").parts
                self.files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        self.packages = {name for name, path in self.files.items() if path.name == "__init__.py"}
        self.imports = [found for name in self.files for found in self._imports_of(name)]

    def doors_between(self, importer: str, imported: str) -> str | None:
        """The package whose door lies between two modules; None where they are in the same room."""
        parts = imported.split(".")
        for depth in range(2, len(parts) + 1):
            room = ".".join(parts[:depth])
            if room in self.packages and importer != room and not importer.startswith(room + "."):
                return room
        return None

    def handed_on(self, package: str) -> set[str]:
        """`__all__` of a package."""
        for node in ast.parse(self.files[package].read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
                return set(ast.literal_eval(node.value))
        return set()

    def _imports_of(self, module: str) -> Iterator[Import]:
        for node in ast.walk(ast.parse(self.files[module].read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in self.files:
                        yield Import(module, alias.name, (), node.lineno)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(module, node)
                for alias in node.names:
                    whole = f"{base}.{alias.name}"
                    if whole in self.files and not self.doors_between(module, whole):
                        yield Import(module, whole, (), node.lineno)
                    elif base in self.files:
                        yield Import(module, base, (alias.name,), node.lineno)

    def _base(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        up = node.level - (module in self.packages)
        parts = parts[: len(parts) - up]
        return ".".join([*parts, *filter(None, [node.module])])
