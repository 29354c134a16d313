"""The self-test where its packages are missing, and the modules of Slicer that this one is loaded after."""

import re
import unittest

import pytest
import slicer
from host import MODULE_FOLDER, NAME, lib

ALWAYS_BUILT = {
    *("Annotations", "Cameras", "Colors", "CropVolume", "Data", "Markups", "Models", "Plots", "Reformat", "SampleData"),
    *("SceneViews", "Segmentations", "Sequences", "SubjectHierarchy", "Tables", "Terminologies", "Texts", "Transforms"),
    *("Units", "ViewControllers", "VolumeRendering", "Volumes"),
}
"""Slicer's own modules that no option of its build leaves out; one that does not load takes its dependents along."""


@pytest.fixture
def without_torch(slicer_window, monkeypatch):
    """No PyTorch is installed, as where extensions are built."""
    dependencies = lib("worker.dependencies")
    monkeypatch.setattr(dependencies, "missing_packages", lambda comparison=False: [dependencies.TORCH])


def test_self_test_is_skipped_and_passes_where_torch_is_missing(without_torch):
    """As `slicer.testing.runUnitTest` runs it for ctest."""
    suite = unittest.TestLoader().loadTestsFromName(NAME)
    result = unittest.TestResult()
    suite.run(result)
    assert result.wasSuccessful(), result.errors + result.failures
    assert [reason for _test, reason in result.skipped] == [
        "torch not installed; press Reconstruct in the module once"
    ] * 2


def test_reload_and_test_says_skipped_where_torch_is_missing(without_torch, capsys):
    slicer.modules.selfTests[NAME]()
    assert capsys.readouterr().err.count("Skipped: torch not installed") == 2


def test_module_is_loaded_after_the_modules_of_slicer_that_it_uses(application):
    named = set(application.instance.parent.dependencies)
    assert named <= ALWAYS_BUILT
    sources = "".join(path.read_text(encoding="utf-8") for path in MODULE_FOLDER.rglob("*.py"))
    used = set(re.findall(r"slicer\.modules\.([a-z]+)\b", sources))
    assert used
    assert used <= {name.lower() for name in named}
