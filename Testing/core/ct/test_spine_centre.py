"""The spine is found on analytic bodies whose vertebrae are known, with everything beside them that misleads."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from Diff2CTCore.ct import read_ct, spine_centre
from Diff2CTCore.ct.reading import ct_from_image
from Diff2CTCore.ct.spine_centre import find_spine_centre
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.storage import resource_path

SPACING = 2.5
SHAPE = (90, 112, 150)
PERIOD_MM = 30.0
DISC_MM = 7.0


class Body:
    """A trunk in LPS mm about its middle, to which parts are added; later parts cover earlier ones."""

    def __init__(self):
        self.up, self.back, self.left = np.meshgrid(
            *((np.arange(n) - (n - 1) / 2) * SPACING for n in SHAPE), indexing="ij"
        )
        self.hu = np.full(SHAPE, -1000.0)
        self.cylinder(0, 0, 160, 110, 40)

    def cylinder(self, left, back, radius_left, radius_back, hu):
        """Along the body; `left` and `back` may be arrays over the voxels."""
        self.hu[((self.left - left) / radius_left) ** 2 + ((self.back - back) / radius_back) ** 2 <= 1.0] = hu

    def box(self, left, back, half_left, half_back, hu):
        self.hu[(np.abs(self.left - left) <= half_left) & (np.abs(self.back - back) <= half_back)] = hu

    def spine(self, left=0.0, back=45.0, trabecular=160.0):
        """Vertebral bodies in a cortical shell, discs, canal, arches and spinous processes."""
        phase = (self.up + PERIOD_MM / 2) % PERIOD_MM
        disc = (phase < DISC_MM / 2) | (phase > PERIOD_MM - DISC_MM / 2)
        self.cylinder(left, back + 25, 19, 13, np.where(disc, 60.0, 450.0)[self._inside(left, back + 25, 19, 13)])
        self.box(left, back + 45, 3.0, 9.0, 350.0)
        self.cylinder(left, back, 20, 15, 350.0)
        self.cylinder(left, back, 17.5, 12.5, trabecular)
        self.hu[disc & self._inside(left, back, 20, 15)] = 80.0
        self.cylinder(left, back + 22, 9, 7, 35.0)
        return self

    def _inside(self, left, back, radius_left, radius_back):
        return ((self.left - left) / radius_left) ** 2 + ((self.back - back) / radius_back) ** 2 <= 1.0

    def ct(self, direction=None):
        noisy = self.hu + np.random.default_rng(0).normal(0.0, 25.0, SHAPE) * (self.hu > -999)
        image = sitk.GetImageFromArray(np.rint(noisy).astype(np.int16))
        image.SetSpacing((SPACING,) * 3)
        image.SetOrigin([-(n - 1) / 2 * SPACING for n in SHAPE[::-1]])
        if direction is not None:
            image = sitk.DICOMOrient(image, direction)
        return ct_from_image(image, "phantom")


def plain(body):
    body.spine()


def thorax_with_contrast_and_ribs(body):
    """Lungs, a heart, an aorta and a pulmonary artery denser than bone, ribs and a sternum."""
    for side in (-1, 1):
        body.cylinder(side * 80, -10, 65, 80, -850.0)
    body.cylinder(20, -50, 50, 40, 330.0)
    body.cylinder(0, -95, 18, 6, 300.0)
    for rib in range(-4, 5):
        oblique = np.abs(body.up - 25.0 * rib + 0.5 * body.back) < 5.0
        shell = body._inside(0, 0, 150, 100) & ~body._inside(0, 0, 140, 90)
        body.hu[oblique & shell] = 500.0
    body.spine(trabecular=120.0)
    body.cylinder(22, 22, 12, 12, 400.0)


def abdomen_with_contrast_kidneys_and_arms(body):
    for side in (-1, 1):
        body.cylinder(side * 65, 40, 27, 30, 220.0)
        # An arm at the side: a ring of cortical bone about marrow.
        body.cylinder(side * 168, 10, 18, 30, 40.0)
        body.cylinder(side * 168, 10, 11, 11, 1000.0)
        body.cylinder(side * 168, 10, 6, 6, 0.0)
    body.cylinder(8, 18, 11, 11, 350.0)
    body.cylinder(40, -60, 30, 20, -950.0)
    body.spine()


def on_a_table(body):
    body.spine()
    for depth in (124, 136):
        body.box(0, depth, 170, 2.0, 800.0)


def osteoporotic(body):
    body.spine(trabecular=70.0)


def off_the_middle(body):
    body.spine(left=-35.0, back=30.0)


def with_screws_and_rods(body):
    body.spine()
    for side in (-1, 1):
        body.cylinder(side * 22, 75, 4, 4, 3000.0)
        screws = (np.abs(body.up % PERIOD_MM - PERIOD_MM / 2) < 4) & (np.abs(body.left - side * 14) < 4)
        body.hu[screws & (body.back > 40) & (body.back < 75)] = 3000.0


WHERE = {
    plain: (0.0, 45.0),
    thorax_with_contrast_and_ribs: (0.0, 45.0),
    abdomen_with_contrast_kidneys_and_arms: (0.0, 45.0),
    on_a_table: (0.0, 45.0),
    osteoporotic: (0.0, 45.0),
    off_the_middle: (-35.0, 30.0),
    with_screws_and_rods: (0.0, 45.0),
}


@pytest.mark.parametrize("build", WHERE, ids=lambda build: build.__name__)
def test_the_vertebral_body_is_found(build):
    body = Body()
    build(body)
    right, anterior, _ = find_spine_centre(body.ct())
    left, back = WHERE[build]
    assert abs(-right - left) <= 6.0
    assert abs(-anterior - back) <= 6.0


def test_the_point_lies_in_the_nearest_body_and_not_in_a_disc():
    for shift in (0.0, 15.0, 7.0):
        body = Body()
        body.up = body.up + shift
        superior = find_spine_centre(body.spine().ct())[2]
        # Bodies span 3.5 to 26.5 mm of each period of 30 mm, which starts 15 mm below the origin less the shift.
        phase = (superior + shift + PERIOD_MM / 2) % PERIOD_MM
        assert DISC_MM / 2 - 2 <= phase <= PERIOD_MM - DISC_MM / 2 + 2
        assert abs(superior) <= 9.0


def test_an_oblique_spine_is_cut_where_it_passes_the_middle():
    body = Body()
    body.spine(left=0.35 * body.up, back=45.0 - 0.3 * body.up)
    right, anterior, superior = find_spine_centre(body.ct())
    assert abs(-right - 0.35 * superior) <= 6.0
    assert abs(-anterior - (45.0 - 0.3 * superior)) <= 6.0


def test_the_storage_order_of_the_voxels_does_not_matter():
    body = Body()
    body.spine(left=-20.0)
    points = [find_spine_centre(body.ct(order)) for order in ("LPS", "RAS", "PIR")]
    np.testing.assert_allclose(points[1:], [points[0]] * 2, atol=3.0)


def test_a_body_without_a_spine_and_a_scan_of_air_are_told():
    with pytest.raises(VolumeError, match="No spine was found"):
        find_spine_centre(Body().ct())
    body = Body()
    body.hu[:] = -1000.0
    body.hu[:3, :3, :3] = 200.0
    with pytest.raises(VolumeError, match="no patient"):
        find_spine_centre(body.ct())


def test_the_spine_of_the_sample_patient_is_found():
    ct = read_ct(resource_path("SampleData", "truth.nrrd"))
    # The sample is centred in a vertebral body that was chosen by hand.
    found = find_spine_centre(ct) - ct.middle_ras_mm()
    assert np.abs(found[:2]).max() <= 8.0
    assert abs(found[2]) <= 18.0


@pytest.mark.parametrize("shape", [(3, 20, 31), (2, 41, 23)])
def test_planes_are_compared_with_patterns_as_in_a_direct_sum(shape):
    rng = np.random.default_rng(0)
    planes, patterns = rng.random(shape), rng.random((2, 9, 9))
    for found, pattern in zip(spine_centre._correlations(planes, patterns), patterns, strict=True):
        np.testing.assert_allclose(found, ndimage.correlate(planes, pattern[None], mode="constant"), atol=1e-12)


def test_transforms_have_lengths_that_are_quick():
    assert [spine_centre._fast_length(count) for count in (1, 7, 123, 128, 131, 146)] == [1, 8, 125, 128, 135, 150]
