"""The anatomy of the procedural patient: published sizes, what lies where, implants, and how patients differ."""

from __future__ import annotations

import numpy as np
from phantom_masks import SPACING_MM, mask
from scipy import ndimage

from training.phantom import LABELS, REGIONS, make_phantom, sample_patient

# distance between the centres of neighbouring bodies in mm: body height plus disc height in adults, from Panjabi 1991
# and 1992 (smallest) to Zhou 2000 with Gilad and Nissan 1986 (largest), widened by 20 % for body size
LEVEL_SPACING_MM = {
    ("T5", "T6"): (16.0, 29.0),
    ("T8", "T9"): (18.0, 31.0),
    ("T11", "T12"): (20.0, 37.0),
    ("L1", "L2"): (24.0, 43.0),
    ("L2", "L3"): (25.0, 44.0),
    ("L3", "L4"): (25.0, 45.0),
    ("L4", "L5"): (25.0, 45.0),
}


def test_level_spacing_and_spine_shape_are_those_of_people():
    spans = []
    for seed in range(60):
        description = sample_patient(seed, "lumbar").description
        centres = {name: np.array(centre) for name, centre in description["vertebra_centres_mm"].items()}
        if description["fractures"] or description["slips_mm"]:
            continue
        for (upper, lower), (low, high) in LEVEL_SPACING_MM.items():
            assert low < np.linalg.norm(centres[upper] - centres[lower]) < high, (seed, upper)
        spans.append(np.linalg.norm(centres["T1"] - centres["L5"]))
        assert 15.0 <= description["lordosis_deg"] <= 85.0
        assert 8.0 <= description["kyphosis_deg"] <= 80.0
    # T1 to L5 in adults is 40-50 cm
    assert 380.0 < np.mean(spans) < 500.0
    assert np.std(spans) > 10.0


# volumes of whole vertebrae in ml measured with segmented CT (0.8 to 1.15 in length is 0.5 to 1.5 in volume)
VERTEBRA_VOLUME_ML = {"T6": (13.0, 42.0), "T11": (20.0, 62.0), "L3": (32.0, 100.0)}


def test_vertebrae_have_the_volume_of_real_ones(patients):
    names = {"thoracic": "T6", "thoracolumbar": "T11", "lumbar": "L3"}
    for region, name in names.items():
        volume = (patients[region].labels == LABELS[name]).sum() * SPACING_MM**3 / 1000.0
        low, high = VERTEBRA_VOLUME_ML[name]
        assert low < volume < high, (name, volume)


def test_the_spinal_canal_is_continuous_and_free_of_bone(patients):
    for phantom in patients.values():
        canal = phantom.labels == LABELS["spinal_canal"]
        _, count = ndimage.label(canal, structure=np.ones((3, 3, 3)))
        assert count == 1
        rows = np.flatnonzero(canal.any(axis=(1, 2)))
        spine = np.flatnonzero(mask(phantom, "T12", "L1", "L2", "T6", "T8").any(axis=(1, 2)))
        assert set(spine[2:-2]) <= set(rows)
        inside = ndimage.binary_erosion(canal)
        assert inside.any()
        assert np.percentile(phantom.hu[inside], 95) < 160


def test_left_and_right_follow_the_axes(patients):
    phantom = patients["thoracolumbar"]
    left = np.arange(128)[None, None, :] - 63.5
    assert (left * (phantom.labels == LABELS["liver"])).sum() < 0
    assert (left * (phantom.labels == LABELS["spleen"])).sum() > 0
    superior = np.arange(128)[:, None, None]
    heights = [
        (superior * (phantom.labels == LABELS[name])).sum() / (phantom.labels == LABELS[name]).sum()
        for name in ("L1", "T12", "T11")
    ]
    assert heights == sorted(heights)
    posterior = np.arange(128)[None, :, None]
    assert (posterior * (phantom.labels == LABELS["spinal_canal"])).sum() / (
        phantom.labels == LABELS["spinal_canal"]
    ).sum() > 66


def test_screws_are_metal_within_the_vertebrae_they_are_said_to_be_in():
    for seed in range(200, 260):
        screws = sample_patient(seed, "lumbar").description["screws"]
        if screws and {"L2", "L3"} & set(screws):
            break
    phantom = make_phantom(seed, region="lumbar")
    metal = phantom.labels == LABELS["implant"]
    assert metal.sum() > 150
    assert np.percentile(phantom.hu[metal], 90) > 1800
    near_bone = ndimage.binary_dilation(mask(phantom, *[name for name in screws if name in LABELS]), iterations=3)
    assert (metal & near_bone).sum() > 0.25 * metal.sum()


def test_patients_vary():
    descriptions = [sample_patient(seed).description for seed in range(80)]
    assert {item["region"] for item in descriptions} == set(REGIONS)
    for key in ("screws", "fractures", "slips_mm", "contrast_hu", "calcified_aorta", "female"):
        share = np.mean([bool(item[key]) for item in descriptions])
        assert 0.03 < share < 0.75, key
    assert np.std([item["trabecular_hu"] for item in descriptions]) > 25
    assert max(item["cobb_deg"] for item in descriptions) > 25
    assert 0.8 <= min(item["scale"] for item in descriptions) <= max(item["scale"] for item in descriptions) <= 1.15
