"""Which Python runs the worker, and what it is told by its environment."""

from __future__ import annotations

import os
import shutil
import sys


def python_command() -> list[str]:
    """Slicer's Python interpreter; outside of Slicer the running one."""
    return [shutil.which("PythonSlicer") or sys.executable]


def worker_environment(package_parent: str | os.PathLike) -> dict[str, str]:
    """Variables that let the worker find Diff2CTCore in `package_parent` and write events at once, in UTF-8."""
    inherited = os.environ.get("PYTHONPATH")
    path = [str(package_parent), *([inherited] if inherited else [])]
    return {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
