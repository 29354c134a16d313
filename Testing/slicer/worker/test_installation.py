"""What is missing is named, and installed after consent: PyTorch by its extension, the rest by Slicer's installer."""

import importlib.metadata
import subprocess
import sys
import types
import zipfile

import pytest
import qt
import slicer.packaging
from host import ROOT, answer_dialog, lib, wait_for
from packaging.requirements import Requirement


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder that packages are installed into."""
    monkeypatch.setattr(slicer.packaging, "_prefix", str(tmp_path / "installed"))
    return tmp_path / "installed"


@pytest.fixture
def wheels(tmp_path):
    """A folder with one small wheel."""
    folder = tmp_path / "folder of wheels"
    folder.mkdir()
    info = "diff2ct_probe-1.5.dist-info"
    with zipfile.ZipFile(folder / "diff2ct_probe-1.5-py3-none-any.whl", "w") as wheel:
        wheel.writestr("diff2ct_probe.py", "here = True\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: diff2ct-probe\nVersion: 1.5\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"diff2ct_probe.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return folder


@pytest.fixture
def pytorch_extension(monkeypatch):
    """The PyTorch extension's module; `installed` has the requirements that it was asked for."""
    asked = []

    class PyTorchUtilsLogic:
        answer = types.ModuleType("torch")

        def installTorch(
            self,
            askConfirmation=False,
            forceComputationBackend=None,
            torchVersionRequirement=None,
            torchvisionVersionRequirement=None,
        ):
            asked.append(torchVersionRequirement)
            return self.answer

    module = types.ModuleType("PyTorchUtils")
    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    module.asked = asked
    monkeypatch.setitem(sys.modules, "PyTorchUtils", module)
    return module


def probe():
    """The small wheel's package, as one that is missing."""
    return lib("worker.dependencies").Package("diff2ct-probe>=1.0", 1)


def press(button_text):
    """How a person answers a message box."""
    return lambda box: next(button for button in box.buttons() if button.text == button_text).click()


def missing(monkeypatch, *packages):
    """Let packages be missing until they were installed."""
    dependencies = lib("worker.dependencies")
    left = list(packages)
    monkeypatch.setattr(dependencies, "missing_packages", lambda comparison=False: list(left))
    install = dependencies.install

    def install_and_find(*arguments):
        install(*arguments)
        left.clear()

    monkeypatch.setattr(dependencies, "install", install_and_find)


def test_all_that_is_missing_is_found_without_importing_it():
    dependencies = lib("worker.dependencies")
    names = [package.name for package in dependencies.missing_packages(comparison=True)]
    assert names == []
    assert not slicer.packaging.pip_check("diff2ct-probe>=1.0")


def test_module_asks_for_the_versions_that_the_package_asks_for():
    tomllib = pytest.importorskip("tomllib", reason="a part of Python since 3.11")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {*project["dependencies"], *project["optional-dependencies"]["evaluate"]}
    dependencies = lib("worker.dependencies")
    asked = {item.requirement for item in (dependencies.TORCH, *dependencies.OTHERS, *dependencies.FOR_COMPARISON)}
    # Slicer brings the rest itself.
    assert {Requirement(item).name for item in wanted - asked} == {"numpy", "SimpleITK", "pydicom"}
    assert asked <= wanted


@pytest.mark.real_worker
def test_consent_installs_from_a_folder_and_the_reconstruction_starts(window, place, wheels, monkeypatch):
    missing(monkeypatch, probe())
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(wheels))
    window.ui.loadSampleButton.click()
    answer_dialog(press("Install from a folder of wheels…"))
    window.ui.reconstructButton.click()
    assert list(place.rglob("diff2ct_probe.py"))
    assert window.widget.logic.busy
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status.startswith("Done in"), window.status


def test_not_now_installs_nothing(window, place, monkeypatch):
    missing(monkeypatch, probe())
    window.ui.loadSampleButton.click()
    answer_dialog(press("Not now"))
    window.ui.reconstructButton.click()
    assert window.status == "Nothing was installed. Diff2CT needs these packages to reconstruct."
    assert not place.exists()
    assert not window.widget.logic.busy


def test_torch_comes_through_its_extension_and_is_not_replaced(place, wheels, pytorch_extension, monkeypatch):
    dependencies = lib("worker.dependencies")
    commands = []
    monkeypatch.setattr(slicer.packaging, "pip_install", lambda arguments, requester: commands.append(arguments))
    dependencies.install([dependencies.TORCH, probe()])
    assert pytorch_extension.asked == [">=2.8"]
    ((name, frozen),) = commands
    assert name == "diff2ct-probe>=1.0"
    assert frozen == f"torch=={importlib.metadata.version('torch')}"


def test_folder_of_wheels_never_installs_torch_and_says_how(place, wheels, pytorch_extension):
    dependencies = lib("worker.dependencies")
    with pytest.raises(ValueError, match="PythonSlicer -m pip install --no-index --find-links") as told:
        dependencies.install([dependencies.TORCH, probe()], str(wheels))
    assert f'"{wheels}" "torch>=2.8"' in str(told.value)
    assert pytorch_extension.asked == []
    assert list(place.rglob("diff2ct_probe.py"))


def test_missing_pytorch_extension_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    dependencies = lib("worker.dependencies")
    with pytest.raises(ValueError, match="The PyTorch extension is missing; install it in the Extensions Manager"):
        dependencies.install([dependencies.TORCH])


def test_declined_torch_is_told(pytorch_extension):
    pytorch_extension.PyTorchUtilsLogic.answer = None
    dependencies = lib("worker.dependencies")
    with pytest.raises(ValueError, match="PyTorch was not installed"):
        dependencies.install([dependencies.TORCH])


def test_network_that_fails_is_told_with_the_ways_out(monkeypatch):
    def fail(*_arguments, **_options):
        raise subprocess.CalledProcessError(1, "pip install")

    monkeypatch.setattr(slicer.packaging, "pip_install", fail)
    with pytest.raises(
        ValueError, match="Behind a proxy set HTTPS_PROXY before Slicer starts; offline choose a folder"
    ):
        lib("worker.dependencies").install([probe()])


def test_folder_without_the_wanted_wheel_is_told(place, wheels):
    other = lib("worker.dependencies").Package("diff2ct-other>=1.0", 1)
    with pytest.raises(ValueError, match="could not be installed"):
        lib("worker.dependencies").install([other], str(wheels))


def test_folder_without_wheels_is_told(tmp_path):
    dependencies = lib("worker.dependencies")
    with pytest.raises(ValueError, match="There is no wheel file"):
        dependencies.install([dependencies.TORCH], str(tmp_path))
