"""The whole way from two radiographs to a volume: on the bundled pair with the bundled model, and with a tiny one."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from small_model import save_small_model

from Diff2CTCore.ct import evaluate
from Diff2CTCore.errors import DeviceError, Diff2CTError, GeometryError, ModelError
from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry
from Diff2CTCore.models import LoadedModel, load_model
from Diff2CTCore.radiograph import read_radiograph
from Diff2CTCore.reconstruction import Settings, reconstruct

SAMPLE = Path(__file__).parents[3] / "Resources" / "SampleData"


@pytest.fixture(scope="module")
def pair():
    """The bundled radiographs and their geometry."""
    radiographs = [read_radiograph(SAMPLE / name) for name in ("ap.dcm", "lateral.dcm")]
    views = json.loads((SAMPLE / "geometry.json").read_text())
    by_view = {values["view"]: ViewGeometry.from_dict(values) for values in _geometries(views)}
    return *radiographs, BiplanarGeometry(by_view["AP"], by_view["LL"])


def _geometries(values) -> list[dict]:
    return [item for item in values.values() if isinstance(item, dict) and "view" in item]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> LoadedModel:
    """Untrained, but quick."""
    return load_model(save_small_model(tmp_path_factory.mktemp("models") / "small"))


def test_the_bundled_pair_gives_a_spine_where_the_truth_has_one(pair):
    result = reconstruct(*pair, load_model(), Settings(steps=8))
    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(SAMPLE / "truth.nrrd"))).astype(np.float32)
    assert result.hu.shape == truth.shape == (128, 128, 128)
    assert result.hu.dtype == np.float32
    values = evaluate(result.hu, truth, result.grid.spacing_mm)
    empty = evaluate(np.full_like(truth, -1000.0), truth, result.grid.spacing_mm)
    assert values["psnr_volume_db"] > empty["psnr_volume_db"] + 3.0
    # Bone density summed along the body has its peak at the spine, in the truth and in the reconstruction.
    column = [np.clip(hu, 0.0, 1500.0)[:, 40:110, 40:88].mean(0) for hu in (result.hu, truth)]
    assert np.corrcoef(column[0].ravel(), column[1].ravel())[0, 1] > 0.5
    assert max(result.reprojection_error.values()) < 0.35
    for radiograph, view in zip(pair[:2], ("AP", "LL"), strict=True):
        assert result.reprojections[view].shape == radiograph.pixels.shape
    model = result.provenance["model"]
    assert model["sha256"] == load_model().card.sha256


def test_the_same_seed_gives_the_same_volume_bit_for_bit(pair, tiny):
    volumes = [reconstruct(*pair, tiny, Settings(steps=3, seed=seed)).hu for seed in (5, 5, 6)]
    assert np.array_equal(volumes[0], volumes[1])
    assert not np.array_equal(volumes[0], volumes[2])


def test_samples_leave_the_volume_and_give_the_spread_of_volumes_from_pure_noise(pair, tiny, monkeypatch):
    single = reconstruct(*pair, tiny, Settings(steps=2, seed=1))
    several = reconstruct(*pair, tiny, Settings(steps=2, samples=32, seed=1))
    assert single.std_hu is None
    assert np.array_equal(single.hu, several.hu)
    monkeypatch.setattr("Diff2CTCore.reconstruction.samples.START_TIME", 1.0)
    alone = [reconstruct(*pair, tiny, Settings(steps=2, seed=100 + seed)).hu for seed in range(32)]
    spread = np.std(alone, axis=0, ddof=1)
    assert np.median(several.std_hu) == pytest.approx(np.median(spread), rel=0.05)


def test_progress_counts_every_network_evaluation(pair, tiny):
    told = []
    reconstruct(*pair, tiny, Settings(steps=3, samples=2), lambda *event: told.append(event))
    assert [event for event in told if event[0] == "sample" and event[1]] == [("sample", n, 7) for n in range(1, 8)]


def test_samples_take_the_steps_that_the_interval_was_calibrated_with(pair, tiny):
    calibration = {
        "interval": 0.9,
        "factor": 2.0,
        "samples": 2,
        "steps": 4,
        "calibrated_on": "nothing",
        "tested_on": {},
    }
    model = LoadedModel(replace(tiny.card, uncertainty_calibration=calibration), tiny.state_dict)
    told = []
    reconstruct(*pair, model, Settings(steps=1, samples=2), lambda *event: told.append(event))
    assert ("sample", 1 + 2 * 4, 1 + 2 * 4) in told


def test_consistency_lowers_the_reprojection_error(pair):
    model = load_model()
    with_it, without = (reconstruct(*pair, model, Settings(steps=4, consistency=on)) for on in (True, False))
    for view in ("AP", "LL"):
        assert with_it.reprojection_error[view] < without.reprojection_error[view]


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 100.0), (1e-12, 0.0), (1e25, 0.0)])
def test_gain_and_offset_of_the_radiographs_do_not_change_the_volume(pair, tiny, gain, offset):
    changed = [replace(item, pixels=item.pixels * np.float32(gain) + np.float32(offset)) for item in pair[:2]]
    volumes = [reconstruct(*radiographs, pair[2], tiny, Settings(steps=2)).hu for radiographs in (pair[:2], changed)]
    assert np.abs(volumes[0] - volumes[1]).mean() < 5.0


def test_views_that_miss_the_volume_are_refused(pair, tiny):
    elsewhere = pair[2].lateral.with_values(centre_px=(-4000.0, 400.0))
    with pytest.raises(GeometryError, match="The lateral radiograph shows almost nothing"):
        reconstruct(*pair[:2], BiplanarGeometry(pair[2].frontal, elsewhere), tiny, Settings(steps=2))


def test_a_model_of_another_architecture_is_refused(pair, tiny):
    other = replace(tiny.card, architecture={"name": "Other", "configuration": {}})
    with pytest.raises(ModelError, match="architecture 'Other'"):
        reconstruct(*pair, LoadedModel(other, tiny.state_dict), Settings(steps=2))


def test_weights_that_do_not_fit_the_card_are_refused(pair, tiny):
    weights = {name: value for name, value in tiny.state_dict.items() if "leave" not in name}
    with pytest.raises(ModelError, match="do not fit its card"):
        reconstruct(*pair, LoadedModel(tiny.card, weights), Settings(steps=2))


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "meta"])
def test_a_device_that_is_not_there_is_named(pair, tiny, device):
    with pytest.raises(DeviceError, match=device):
        reconstruct(*pair, tiny, Settings(steps=2, device=device))


@pytest.mark.parametrize("change", [{"steps": 0}, {"samples": 65}, {"seed": -1}])
def test_settings_out_of_range_are_refused(change):
    with pytest.raises(Diff2CTError, match=next(iter(change))):
        Settings(**change)
