"""Stand-in for slicer.packaging: looks at what is installed, and installs where a test says and nowhere else."""

import importlib.metadata
import subprocess
import sys

from packaging.requirements import Requirement

_prefix = None


def load_requirements(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pip_check(req):
    requirements = req if isinstance(req, list) else [req]
    return all(_installed(r if isinstance(r, Requirement) else Requirement(r)) for r in requirements)


def _installed(requirement):
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return version in requirement.specifier


def pip_install(
    requirements,
    constraints=None,
    no_deps_requirements=None,
    skip_packages=None,
    blocking=True,
    show_progress=True,
    requester=None,
    logCallback=None,
    completedCallback=None,
):
    if _prefix is None:
        raise RuntimeError("The stand-in installs nothing unless it is given a place.")
    arguments = requirements.split() if isinstance(requirements, str) else requirements
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefix", _prefix]
    subprocess.run([*command, *arguments], check=True, capture_output=True)
