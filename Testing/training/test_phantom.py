"""The procedural patient: determinism, grid independence, HU, labels and published sizes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.phantom import LABELS, REGIONS, make_phantom, sample_patient
from training.phantom.canvas import Canvas
from training.phantom.scanner import add_scanner

SPACING_MM = 2.0


@pytest.fixture(scope="module")
def patients() -> dict:
    """Patients without hardware in the way, one per region, on the reconstruction's grid."""
    found = {}
    for region in REGIONS:
        for seed in range(100, 140):
            small = sample_patient(seed, region).description
            if not (small["screws"] or small["fractures"] or small["slips_mm"]) and small["cobb_deg"] < 10.0:
                found[region] = make_phantom(seed, region=region)
                break
    return found


def mask(phantom, *names: str) -> np.ndarray:
    return np.isin(phantom.labels, [LABELS[name] for name in names])


def test_a_seed_fixes_the_patient_and_another_seed_changes_it():
    first, again, other = (make_phantom(seed, shape=(40, 48, 48), region="lumbar") for seed in (5, 5, 6))
    assert np.array_equal(first.hu, again.hu)
    assert np.array_equal(first.labels, again.labels)
    assert first.description == again.description
    assert not np.array_equal(first.labels, other.labels)


def test_a_larger_grid_shows_the_same_anatomy():
    small = make_phantom(3, shape=(48, 64, 64), region="thoracolumbar")
    large = make_phantom(3, shape=(64, 96, 112), region="thoracolumbar")
    middle = large.labels[8:56, 16:80, 24:88]
    assert (small.labels == middle).mean() > 0.97
    spine = mask(small, "T11", "T12", "L1", "disc", "spinal_canal")
    assert (small.labels[spine] == middle[spine]).mean() > 0.985
    difference = np.abs(small.hu.astype(float) - large.hu[8:56, 16:80, 24:88])
    assert np.median(difference) < 40.0


def test_a_finer_grid_shows_the_same_anatomy():
    coarse = make_phantom(4, shape=(32, 48, 48), spacing_mm=2.0, region="lumbar")
    fine = make_phantom(4, shape=(64, 96, 96), spacing_mm=1.0, region="lumbar")
    for name in ("L2", "L3", "L4", "spinal_canal"):
        volume = (coarse.labels == LABELS[name]).sum() * 8.0
        if volume > 8000.0:
            assert (fine.labels == LABELS[name]).sum() == pytest.approx(volume, rel=0.06)


def test_the_arrays_have_the_stated_types_and_range():
    phantom = make_phantom(9, shape=(24, 40, 56))
    assert phantom.hu.dtype == np.int16
    assert phantom.labels.dtype == np.uint8
    assert phantom.hu.shape == phantom.labels.shape == (24, 40, 56)
    assert phantom.hu.min() >= -1000
    assert phantom.hu.max() <= 3000


def test_the_grid_is_centred_on_the_body_of_the_centre_level(patients):
    for region, phantom in patients.items():
        assert phantom.centre_level in REGIONS[region]
        assert phantom.labels[63:65, 63:65, 63:65].tolist() == [[[LABELS[phantom.centre_level]] * 2] * 2] * 2


def test_each_region_shows_its_structures(patients):
    everywhere = ("subcutaneous_fat", "muscle", "disc", "spinal_canal", "rib", "aorta", "liver", "vena_cava")
    shown = {
        "lumbar": ("L1", "L2", "L3", "L4", "L5", "sacrum", "hip", "kidney", "bowel", "visceral_fat", "gas"),
        "thoracolumbar": ("T10", "T11", "T12", "L1", "L2", "kidney", "spleen", "stomach", "lung"),
        "thoracic": ("T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "lung", "heart", "sternum", "costal_cartilage"),
    }
    for region, phantom in patients.items():
        present = set(np.unique(phantom.labels).tolist())
        missing = [name for name in (*everywhere, *shown[region]) if LABELS[name] not in present]
        assert not missing, (region, missing)


def test_every_label_has_its_own_value():
    assert len(set(LABELS.values())) == len(LABELS)
    assert max(LABELS.values()) < 256


# median HU of the inside of each tissue, with and without contrast agent (textbook CT numbers)
HU_RANGES = {
    "lung": (-920, -700),
    "subcutaneous_fat": (-130, -60),
    "muscle": (30, 75),
    "liver": (5, 180),
    "disc": (55, 170),  # thin ones among thick slices take up some of the end plates
    "spinal_canal": (-40, 50),
    "heart": (30, 290),
    "aorta": (30, 340),
    "kidney": (20, 300),
}


def test_tissues_have_their_hounsfield_units(patients):
    measured = 0
    for phantom in patients.values():
        for name, (low, high) in HU_RANGES.items():
            inside = ndimage.binary_erosion(phantom.labels == LABELS[name])
            if inside.sum() > 150:
                assert low <= np.median(phantom.hu[inside]) <= high, name
                measured += 1
    assert measured > 18


def test_vertebrae_have_a_dense_shell_around_a_trabecular_body(patients):
    for phantom in patients.values():
        bone = mask(phantom, phantom.centre_level)
        depth = ndimage.distance_transform_edt(bone) * SPACING_MM
        inside, shell = phantom.hu[depth > 7.0], phantom.hu[bone]
        trabecular = phantom.description["trabecular_hu"]
        assert np.median(inside) == pytest.approx(trabecular, rel=0.35)
        # real vertebrae at 2-3 mm: 95th percentile 400-610 HU, 99th 640-920 HU
        assert 330 < np.percentile(shell, 95) < 800
        assert 430 < np.percentile(shell, 99) < 1100


LEVELS = [name for name in LABELS if name[0] in "TL" and name[1:].isdigit()]


def spine_profile(phantom) -> np.ndarray:
    """Mean HU of the inner 14 mm of the spine's line, plane by plane, without its slow change."""
    centres = np.array(list(phantom.description["vertebra_centres_mm"].values()))[::-1]
    middle = (np.array(phantom.hu.shape) - 1) / 2.0
    planes = np.arange(16, phantom.hu.shape[0] - 16)
    line = np.interp((planes - middle[0]) * SPACING_MM, centres[:, 0], np.arange(len(centres)))
    rows, columns = (np.interp(line, np.arange(len(centres)), centres[:, axis]) / SPACING_MM for axis in (1, 2))
    means = []
    for plane, row, column in zip(planes, rows + middle[1], columns + middle[2], strict=True):
        distance = np.hypot(*np.ogrid[-row : len(phantom.hu[0]) - row, -column : phantom.hu.shape[2] - column])
        means.append(phantom.hu[plane][distance < 3.5].mean())
    return np.array(means) - ndimage.gaussian_filter1d(means, 12.0)


def test_vertebrae_and_discs_differ_along_the_spine_as_in_real_scans(patients):
    # 19 real scans at 2 mm: standard deviation 14 to 50 HU, median 34
    amplitudes = [spine_profile(phantom).std() for phantom in patients.values()]
    assert 14.0 < min(amplitudes) <= max(amplitudes) < 62.0
    assert 20.0 < np.median(amplitudes) < 50.0


def test_cancellous_bone_is_denser_in_the_chest_than_in_the_loin(patients):
    relative = {}
    for region, phantom in patients.items():
        depth = ndimage.distance_transform_edt(mask(phantom, *LEVELS)) * SPACING_MM
        relative[region] = np.median(phantom.hu[depth > 7.0]) / phantom.description["trabecular_hu"]
    assert relative["thoracic"] > 1.05 * relative["lumbar"]
    assert relative["lumbar"] == pytest.approx(1.0, abs=0.15)


def test_ribs_and_arches_are_filled_with_dense_bone(patients):
    for region in ("thoracic", "thoracolumbar"):
        phantom = patients[region]
        rib = phantom.labels == LABELS["rib"]
        inside = ndimage.binary_erosion(rib)
        assert np.median(phantom.hu[inside]) > 0.75 * np.median(phantom.hu[rib & ~inside])
        # real ribs: 90th percentile of what exceeds 150 HU is 280 to 870 HU, median 460
        assert 280.0 < np.percentile(phantom.hu[rib & (phantom.hu > 150)], 90) < 700.0
    for phantom in patients.values():
        bone = mask(phantom, *LEVELS)
        canal = np.nonzero(phantom.labels == LABELS["spinal_canal"])[1]
        arch = bone & (np.arange(bone.shape[1]) > np.percentile(canal, 90))[None, :, None]
        # real scans: 3 to 33 of 100 voxels behind the canal that exceed 200 HU exceed 600 HU, median 16
        dense = phantom.hu[arch & (phantom.hu > 200)]
        assert 0.02 < np.mean(dense > 600) < 0.40


def edge_width_mm(axis: int, seed: int) -> float:
    """From 10 to 90 % of a straight edge across an axis that the scanner has seen."""
    canvas = Canvas((64, 64, 64), 0.5)
    canvas.labels[:] = LABELS["muscle"]
    canvas.hu[:] = 0.0
    canvas.hu[(slice(None),) * axis + (slice(32, None),)] = 1000.0
    add_scanner(canvas, np.random.default_rng(seed), np.random.default_rng(seed + 100))
    profile = canvas.hu.mean(axis=tuple({0, 1, 2} - {axis}))[8:56]
    low, high = (np.interp(level, np.maximum.accumulate(profile), np.arange(48)) for level in (100.0, 900.0))
    return (high - low) * 0.5


def test_slices_are_thin_in_some_scans_and_thick_in_others():
    along, back, left = ([edge_width_mm(axis, seed) for seed in range(10)] for axis in range(3))
    # slices of 1.5 to 5 mm without gaps, interpolated: a box and a triangle, together 0.5 of the thickness as standard
    # deviation, whose edge is 2.56 times as wide
    assert 1.7 < min(along) < 3.0
    assert 5.0 < max(along) < 6.7
    assert 1.2 < min(back) <= max(back) < 4.4
    assert left == pytest.approx(back, abs=0.4)


def test_the_outside_of_the_body_is_air(patients):
    for phantom in patients.values():
        outside = ndimage.binary_erosion(phantom.labels == 0, iterations=3)
        if outside.any():
            assert np.median(phantom.hu[outside]) <= -985


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


def test_an_unknown_region_is_refused():
    with pytest.raises(ValueError, match="region must be one of"):
        make_phantom(0, region="tail")
