"""A method that works on its cases in several processes."""

import numpy as np
import pytest
from cylinders import GRID, PLANE
from small_model import save_small_model

from training.evaluation import MethodSpec
from training.evaluation.runner import RunSettings, evaluate_method
from training.methods import Sampling


def test_processes_give_the_same_numbers_as_one(made_cases, tmp_path):
    spec = MethodSpec("small", save_small_model(tmp_path / "small"), Sampling(3))
    cases = sorted(made_cases.glob("phantom-*.npz"))
    alone, together = (evaluate_method(spec, cases, GRID, PLANE, RunSettings(workers)) for workers in (1, 2))
    assert [result.case for result in together] == [case.stem for case in cases]
    for one, other in zip(alone, together, strict=True):
        assert one.case == other.case
        for name in one.values.keys() - {"seconds", "peak_memory_mib"}:
            assert other.values[name] == pytest.approx(one.values[name], rel=1e-4, nan_ok=True), name
        np.testing.assert_allclose(other.features["frechet"], one.features["frechet"], rtol=1e-3, atol=1e-4)
        for planes in zip(one.planes, other.planes, strict=True):
            np.testing.assert_allclose(*planes, atol=1)
