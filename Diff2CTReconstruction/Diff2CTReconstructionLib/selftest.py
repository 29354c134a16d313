"""The self-test: the way of a user through the panel, in Slicer as it is or in the stand-in of the test suite.

Slicer loads this file when it starts; what the tests need is imported when they run.
"""
# ruff: noqa: PT009 - self-tests of Slicer are unittest classes

from __future__ import annotations

import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

TIME_LIMIT_SECONDS = 600.0


class Diff2CTReconstructionTest(ScriptedLoadableModuleTest):
    """Sample data, reconstruction with the smallest setting, nodes, geometry, metrics, cancel, save and load."""

    def setUp(self):
        """Start from an empty scene; skip where the worker would not run, as where extensions are built."""
        from .worker import dependencies

        missing = ", ".join(package.name for package in dependencies.missing_packages(comparison=True))
        if missing:
            self.skipTest(f"{missing} not installed; press Reconstruct in the module once")
        slicer.mrmlScene.Clear(0)

    def runTest(self):
        """Run both tests: for "Reload and Test", which takes a skipped test for a failed one."""
        for test in (self.test_reconstruction, self.test_cancel):
            try:
                self.setUp()
                test()
            except unittest.SkipTest as reason:
                self.delayDisplay(f"Skipped: {reason}")

    def test_reconstruction(self):
        """From the sample pair to a compared volume, which a saved scene brings back."""
        from .logic import Diff2CTReconstructionLogic
        from .parameters import SIDES
        from .scene import results

        self.delayDisplay("Reconstructing the sample pair")
        logic, parameters = self._sample()
        self._run(logic.reconstruct, parameters)
        volume = parameters.reconstruction
        self.assertIsNotNone(volume)
        grid = results.provenance_of(volume)["grid"]
        self.assertEqual(list(volume.GetImageData().GetDimensions()), grid["shape"][::-1])
        self.assertEqual([round(value, 6) for value in volume.GetSpacing()], [grid["spacing_mm"]] * 3)
        values = slicer.util.arrayFromVolume(volume)
        self.assertTrue(np.isfinite(values).all())
        self.assertGreaterEqual(int(values.min()), -1000)
        self.assertIn("model", results.provenance_of(volume))
        for side in SIDES:
            self.assertIsNotNone(parameters.getValue(side + "Reprojection"))

        self.delayDisplay("Comparing with the true CT")
        self._run(logic.compare, parameters)
        self.assertGreater(parameters.metrics.GetNumberOfRows(), 3)
        self.assertLess(float(np.abs(_centre(parameters.truth) - _centre(volume)).max()), 1e-3)

        self.delayDisplay("Saving and loading the scene")
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.util.saveScene(path))
            slicer.mrmlScene.Clear(0)
            slicer.util.loadScene(path)
        again = Diff2CTReconstructionLogic().getParameterNode()
        self.assertEqual(again.quality, "Fast")
        self.assertIn("model", results.provenance_of(again.reconstruction))
        self.assertTrue(np.array_equal(slicer.util.arrayFromVolume(again.reconstruction), values))
        self.delayDisplay("Passed")

    def test_cancel(self):
        """A cancelled reconstruction leaves neither node nor process."""
        self.delayDisplay("Cancelling a reconstruction")
        logic, parameters = self._sample()
        nodes = slicer.mrmlScene.GetNumberOfNodes()
        outcomes = []
        logic.reconstruct(parameters, lambda event: None, outcomes.append)
        self._wait(lambda: logic.workerPid is not None)
        started = time.monotonic()
        logic.cancel()
        self._wait(lambda: outcomes)
        self.assertEqual(outcomes[0].kind, "cancelled")
        self.assertLess(time.monotonic() - started, 3.0)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), nodes)
        self.assertFalse(logic.busy)
        self.delayDisplay("Passed")

    def _sample(self):
        from .logic import Diff2CTReconstructionLogic
        from .scene import sample_data

        logic = Diff2CTReconstructionLogic()
        parameters = logic.getParameterNode()
        nodes = sample_data.load_sample()
        parameters.frontalVolume = nodes["frontal"]
        parameters.lateralVolume = nodes["lateral"]
        parameters.truthCt = nodes["truth"]
        parameters.quality = "Fast"
        parameters.device = "CPU"
        return logic, parameters

    def _run(self, start, parameters):
        outcomes = []
        start(parameters, lambda event: None, outcomes.append)
        self._wait(lambda: outcomes)
        self.assertTrue(outcomes[0].succeeded, outcomes[0].message + outcomes[0].log)

    def _wait(self, condition):
        deadline = time.monotonic() + TIME_LIMIT_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, "the job did not end in time")
            slicer.app.processEvents()
            time.sleep(0.01)


def _centre(node) -> np.ndarray:
    bounds = [0.0] * 6
    node.GetRASBounds(bounds)
    return np.array(bounds).reshape(3, 2).mean(axis=1)
