"""A CT becomes the radiographs that physics gives."""

import numpy as np
import pytest
from ball import BONE_HU, GEOMETRY, MU, chords, sphere_ct

from Diff2CTCore.ct.simulation import simulate_pair
from Diff2CTCore.errors import GeometryError, VolumeError
from Diff2CTCore.geometry import BiplanarGeometry, VolumeGrid


@pytest.mark.parametrize("place", [(0.0, 0.0, 0.0), (-12.0, 9.0, 50.0)])
def test_line_integrals_are_those_of_a_ball_wherever_it_is(place):
    pair = simulate_pair(sphere_ct(place), (0.0, 0.0, 0.0), GEOMETRY)
    for image, view in ((pair.frontal, GEOMETRY.frontal), (pair.lateral, GEOMETRY.lateral)):
        expected = MU * chords(view, place, 60.0)
        assert image.shape == (view.rows, view.columns)
        # Away from the rim, where the voxels blur a vertical edge.
        inside = expected > 0.5 * expected.max()
        np.testing.assert_allclose(image[inside], expected[inside], rtol=0.015)
        assert np.abs(image - expected).mean() < 0.004 * expected.max()


def test_the_radiographs_show_the_whole_ct_and_the_truth_only_its_grid():
    small = VolumeGrid((16, 16, 16), 2.0)
    pair = simulate_pair(sphere_ct(), (0.0, 0.0, 0.0), GEOMETRY, grid=small)
    assert pair.frontal.max() == pytest.approx(2 * 60.0 * MU, rel=0.01)
    assert pair.truth_hu.shape == small.shape
    np.testing.assert_allclose(pair.truth_hu, BONE_HU, atol=1.0)


def test_the_chosen_centre_is_seen_in_the_middle_of_both_radiographs():
    place = (20.0, -14.0, 32.0)
    pair = simulate_pair(sphere_ct(place, radius=15.0), place, GEOMETRY)
    for image in (pair.frontal, pair.lateral):
        row, column = (np.average(index, weights=image) for index in np.indices(image.shape))
        assert (row, column) == pytest.approx((45.0, 40.0), abs=0.1)
    assert pair.centre_ras_mm == place
    assert pair.truth_hu[63:65, 63:65, 63:65].min() > 250.0


def test_the_table_is_left_out_unless_it_is_wanted():
    ct = sphere_ct(radius=50.0, table=True)
    without = simulate_pair(ct, (0.0, 0.0, 0.0), GEOMETRY)
    expected = MU * chords(GEOMETRY.lateral, (0.0, 0.0, 0.0), 50.0)
    assert np.abs(without.lateral - expected).mean() < 0.004 * expected.max()
    assert without.truth_hu[:, 98:, :].max() == -1000.0
    kept = simulate_pair(ct, (0.0, 0.0, 0.0), GEOMETRY, keep_table=True)
    beside = np.s_[:, 59:65]
    assert kept.lateral[beside].max() > 1.5
    assert without.lateral[beside].max() == 0.0
    assert kept.truth_hu[:, 98:, :].max() > 100.0


def test_noise_follows_the_number_of_quanta_and_its_seed():
    ct, centre, photons = sphere_ct(), (0.0, 0.0, 0.0), 1e5
    clean = simulate_pair(ct, centre, GEOMETRY)
    first, again, other = (simulate_pair(ct, centre, GEOMETRY, photons=photons, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.frontal, again.frontal)
    assert not np.array_equal(first.frontal, other.frontal)
    # Poisson: the line integral's variance is one over the number of quanta behind the patient.
    standardised = (first.frontal - clean.frontal) * np.sqrt(photons * np.exp(-clean.frontal))
    assert standardised.std() == pytest.approx(1.0, abs=0.05)
    assert standardised.mean() == pytest.approx(0.0, abs=0.05)


def test_blur_spreads_the_transmitted_beam_and_keeps_its_amount():
    ct, centre = sphere_ct(radius=30.0), (0.0, 0.0, 0.0)
    sharp, soft = (simulate_pair(ct, centre, GEOMETRY, blur_mm=blur).frontal for blur in (0.0, 8.0))
    assert np.exp(-soft).mean() == pytest.approx(np.exp(-sharp).mean(), rel=1e-4)
    assert soft.max() < sharp.max()
    rows = np.arange(sharp.shape[0])[:, None] * 4.0

    def variance(image):
        lost = 1.0 - np.exp(-image)
        return np.average((rows - np.average(rows + 0 * lost, weights=lost)) ** 2 + 0 * lost, weights=lost)

    assert variance(soft) - variance(sharp) == pytest.approx(8.0**2, rel=0.03)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"centre_ras_mm": (0.0, 0.0, 900.0)}, VolumeError, "outside the CT"),
        ({"centre_ras_mm": (0.0, 0.0)}, VolumeError, "three numbers"),
        ({"centre_ras_mm": (0.0, np.nan, 0.0)}, VolumeError, "three numbers"),
        ({"centre_ras_mm": (0.0, 0.0, 0.0), "photons": 0.0}, GeometryError, "photons"),
        ({"centre_ras_mm": (0.0, 0.0, 0.0), "blur_mm": -1.0}, GeometryError, "blur"),
    ],
)
def test_impossible_wishes_are_refused_in_one_sentence(options, error, sentence):
    with pytest.raises(error, match=sentence):
        simulate_pair(sphere_ct(), geometry=GEOMETRY, **options)


def test_a_source_inside_the_patient_is_refused():
    # The centre near the back of a ball of 340 mm: its front reaches beyond the source at 300 mm.
    near = BiplanarGeometry(GEOMETRY.frontal.with_values(sod_mm=300.0), GEOMETRY.lateral)
    ball = sphere_ct(radius=170.0, size=(180, 180, 60))
    with pytest.raises(GeometryError, match="inside the patient"):
        simulate_pair(ball, (0.0, -150.0, 0.0), near)
