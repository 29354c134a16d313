"""Builds the extension against a stand-in for Slicer's CMake package and installs it to an empty prefix."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Build:
    """The extension's build and install trees."""

    def __init__(self, folder):
        # The one that belongs to this Python comes first; the system's may be too old.
        beside = shutil.which("cmake", path=str(Path(sys.executable).parent))
        self.cmake = beside or shutil.which("cmake") or pytest.skip("needs CMake")
        self.tree = folder / "build"
        self.prefix = folder / "prefix"

    def configure(self, source=ROOT):
        """Run CMake; gives the finished process."""
        options = [
            f"-DSlicer_DIR={HERE / 'slicer_cmake'}",
            f"-DCMAKE_TOOLCHAIN_FILE={HERE / 'slicer_cmake' / 'no_compiler.cmake'}",
            f"-DPython3_EXECUTABLE={sys.executable}",
            "-DBUILD_TESTING=ON",
        ]
        return self._run("-S", str(source), "-B", str(self.tree), *options)

    def build(self):
        """Copy and compile the scripts."""
        return self._run("--build", str(self.tree))

    def install(self):
        """Install to the prefix."""
        return self._run("--install", str(self.tree), "--prefix", str(self.prefix))

    @property
    def modules(self):
        """The installed folder of scripted modules, which Slicer puts on sys.path."""
        return self.prefix / "lib" / "Slicer-5.12" / "qt-scripted-modules"

    def _run(self, *arguments):
        return subprocess.run([self.cmake, *arguments], capture_output=True, text=True, check=False)
