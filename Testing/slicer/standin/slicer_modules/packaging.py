"""Stand-in for slicer.packaging: looks at what is installed, installs nothing."""

import importlib.metadata

from packaging.requirements import Requirement


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


def pip_ensure(
    requirements,
    constraints=None,
    skip_packages=None,
    prompt_install=True,
    prompt_restart=True,
    requester=None,
    skip_in_testing=True,
    show_progress=True,
):
    raise RuntimeError("The stand-in installs nothing.")


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
    raise RuntimeError("The stand-in installs nothing.")
