"""What people read for the metrics: each has one label, and the way that it calls better is the better one."""

import re

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from Diff2CTCore.ct import METRIC_LABELS, evaluate, metrics_table
from Diff2CTCore.storage import resource_path

UNITS = {"_db": "dB", "_hu": "HU", "_mm": "mm"}


@pytest.fixture(scope="module")
def good_and_bad():
    """Metrics of the sample data's CT, blurred a little and much."""
    image = sitk.ReadImage(str(resource_path("SampleData", "truth.nrrd")))
    truth = sitk.GetArrayFromImage(image)[:, ::-1, ::-1].astype(np.float32)
    spacing = image.GetSpacing()[0]
    return [evaluate(ndimage.gaussian_filter(truth, sigma), truth, spacing) for sigma in (0.5, 5.0)]


def test_each_metric_has_one_label_and_no_two_share_it(good_and_bad):
    assert list(METRIC_LABELS) == list(good_and_bad[0])
    assert len({label.text for label in METRIC_LABELS.values()}) == len(METRIC_LABELS)


@pytest.mark.parametrize("name", METRIC_LABELS)
def test_better_is_what_a_better_volume_has(good_and_bad, name):
    good, bad = (found[name] for found in good_and_bad)
    assert METRIC_LABELS[name].better == ("higher" if good > bad else "lower")
    assert good != bad


@pytest.mark.parametrize("name", METRIC_LABELS)
def test_unit_is_the_one_in_the_name(name):
    ending = name[-3:]
    expected = UNITS.get(ending, "%" if name == "reprojection_error" else "")
    assert METRIC_LABELS[name].unit == expected


def test_table_has_label_value_unit_and_which_way_is_better_in_a_line(good_and_bad):
    lines = metrics_table({**good_and_bad[1], "level_profile": float("nan"), "reprojection_error": 0.1234}).splitlines()
    cells = [re.split(r"\s{2,}| (?=dB|HU|mm|%)", line) for line in lines]
    shown = {first: rest for first, *rest in cells}
    assert shown["Re-projection error, volume alone"] == ["12.3", "%", "lower is better"]
    assert shown["Level profile (vertebrae at their heights)"] == ["-", "higher is better"]
    assert shown["Bone surface distance (ASSD)"][1:] == ["mm", "lower is better"]
    assert float(shown["Bone overlap (Dice)"][0]) == pytest.approx(good_and_bad[1]["bone_dice"], abs=5e-4)
    assert max(map(len, lines)) < 85
