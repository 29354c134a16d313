"""What the worker needs beyond Slicer's own Python, and how it comes there: asked for, once, on the first click."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

REQUESTER = "Diff2CT"
TORCH_REQUIREMENT = ">=2.8"


@dataclass(frozen=True)
class Package:
    """A package the worker imports.

    Attributes:
        requirement: name and version as pip writes them.
        size_mb: what is downloaded, roughly, on a computer without a GPU.
    """

    requirement: str
    size_mb: int

    @property
    def name(self) -> str:
        return self.requirement.split(">")[0]


TORCH = Package("torch" + TORCH_REQUIREMENT, 200)
OTHERS = (Package("safetensors>=0.4", 1), Package("tqdm>=4.66.3", 1))
FOR_COMPARISON = (Package("scikit-image>=0.22", 15), Package("scipy>=1.11", 35))


def missing_packages(comparison: bool = False) -> list[Package]:
    """Packages that are not installed in a fitting version. Reads metadata; imports nothing."""
    import slicer.packaging

    needed = (TORCH, *OTHERS, *(FOR_COMPARISON if comparison else ()))
    return [package for package in needed if not slicer.packaging.pip_check(package.requirement)]


def question(missing: list[Package]) -> str:
    """What the user is asked before anything is installed."""
    lines = [f"– {package.requirement} ({_('about')} {package.size_mb} MB)" for package in missing]
    text = _(
        "Diff2CT needs {count} Python packages that are not installed yet:\n\n{packages}\n\n"
        "They are put into Slicer's own Python. With a GPU, torch is larger (up to 3 GB). Install them now?"
    )
    if len(missing) == 1:
        text = _(
            "Diff2CT needs a Python package that is not installed yet:\n\n{packages}\n\n"
            "It is put into Slicer's own Python. With a GPU, torch is larger (up to 3 GB). Install it now?"
        )
    return text.format(count=len(missing), packages="\n".join(lines))


def install(missing: list[Package], wheel_folder: str = "") -> None:
    """Install packages after the user's consent: PyTorch through its extension, the rest through `slicer.packaging`.

    Args:
        missing: from `missing_packages`.
        wheel_folder: a folder of wheels for all but PyTorch; nothing is fetched from the network then.

    Raises ValueError with a sentence for the user when it does not succeed.
    """
    try:
        if wheel_folder:
            _install_from_folder(missing, wheel_folder)
        else:
            _install_from_network(missing)
    except ValueError:
        raise
    except Exception as error:
        text = _(
            "The packages could not be installed ({reason}). Behind a proxy set HTTPS_PROXY before Slicer starts; "
            "offline choose a folder of wheels."
        )
        raise ValueError(text.format(reason=error.__class__.__name__)) from error


def _install_from_network(missing: list[Package]) -> None:
    if TORCH in missing:
        _install_torch()
    _install_others(missing, [])


def _install_torch() -> None:
    try:
        import PyTorchUtils
    except ModuleNotFoundError as error:
        text = _("The PyTorch extension is missing; install it in the Extensions Manager and restart Slicer.")
        raise ValueError(text) from error
    if PyTorchUtils.PyTorchUtilsLogic().installTorch(torchVersionRequirement=TORCH_REQUIREMENT) is None:
        raise ValueError(_("PyTorch was not installed, so there is nothing to reconstruct with."))


def _install_from_folder(missing: list[Package], folder: str) -> None:
    if not any(Path(folder).glob("*.whl")):
        text = _("There is no wheel file in {folder}; choose the folder that holds them.")
        raise ValueError(text.format(folder=folder))
    _install_others(missing, ["--no-index", "--find-links", str(folder)])
    if TORCH in missing:
        # The PyTorch extension chooses the build that fits the graphics card, but only from the network.
        text = _(
            "The other packages were installed. PyTorch comes through the PyTorch extension, which needs the network; "
            "without one, close Slicer, run the command below once, and start Slicer again:\n{command}"
        )
        command = f'PythonSlicer -m pip install --no-index --find-links "{folder}" "{TORCH.requirement}"'
        raise ValueError(text.format(command=command))


def _install_others(missing: list[Package], options: list[str]) -> None:
    import slicer.packaging

    requirements = [package.requirement for package in missing if package is not TORCH]
    if requirements:
        slicer.packaging.pip_install([*options, *requirements, *_frozen_torch()], requester=REQUESTER)


def _frozen_torch() -> list[str]:
    """The installed PyTorch as a requirement, so that no other package brings another one."""
    import importlib.metadata

    try:
        return [f"torch=={importlib.metadata.version('torch')}"]
    except importlib.metadata.PackageNotFoundError:
        return []
