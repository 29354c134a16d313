"""Volumes on another scale than HU are refused by their histogram, and sound CT is not, whatever is around or in it."""

import numpy as np
import pytest
import SimpleITK as sitk

from Diff2CTCore.ct import read_ct
from Diff2CTCore.ct.plausibility import check_hounsfield
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.storage import resource_path

SHAPE = (40, 60, 80)
NOISE_HU = 15.0


def chest(seed=0):
    """A body in air with fat, muscle, lungs and a spine, and with a scanner's noise, as floating point HU (S, P, L)."""
    back, left = np.meshgrid(np.linspace(-1.2, 1.2, SHAPE[1]), np.linspace(-1.2, 1.2, SHAPE[2]), indexing="ij")
    radius = np.hypot(back, left)
    plane = np.where(radius < 1.0, -90.0, -1000.0)
    plane[radius < 0.85] = 55.0
    plane[(np.hypot(back + 0.1, np.abs(left) - 0.42) < 0.3) & (radius < 0.85)] = -850.0
    spine = np.hypot(back - 0.5, left) < 0.16
    hu = np.repeat(plane[None], SHAPE[0], axis=0)
    hu[:, spine] = 250.0
    hu[::8, spine] = 60.0
    hu[:, np.abs(np.hypot(back - 0.5, left) - 0.16) < 0.02] = 650.0
    return hu + np.random.default_rng(seed).normal(0.0, NOISE_HU, SHAPE)


def crop(hu):
    """Of the inside of the body, without air around and without lung."""
    return hu[:, 38:52, 25:55]


def padded(hu, padding):
    """What lies beyond the round field of view is no measurement."""
    back, left = np.meshgrid(np.linspace(-1.2, 1.2, SHAPE[1]), np.linspace(-1.2, 1.2, SHAPE[2]), indexing="ij")
    return np.where(np.hypot(back, left)[None] > 1.1, padding, hu)


def with_metal(hu):
    changed = hu.copy()
    changed[10:14, 40:50, 38:42] = 12_000.0
    changed[10:14, 35:40, 30:50] -= 1500.0
    return changed


def with_contrast(hu):
    changed = hu.copy()
    changed[:, 20:26, 36:44] = 380.0
    return changed


def smooth(hu):
    """As a scanner shows it: edges pass through all values between."""
    return sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(hu), 1.0))


def drawn(hu):
    """One value for each tissue, and two for the water of a phantom."""
    values = np.array([-1000.0, -850.0, -90.0, 0.0, 250.0, 650.0])
    return values[np.abs(hu[..., None] - values).argmin(axis=-1)]


SOUND = {
    "a chest": lambda hu: hu,
    "integers": lambda hu: np.rint(hu).astype(np.int16),
    "padding of -2000": lambda hu: padded(hu, -2000.0),
    "padding of -3024": lambda hu: padded(hu, -3024.0),
    "padding of -32768": lambda hu: padded(hu, -32768.0),
    "air at -1024": lambda hu: np.where(hu < -950.0, -1024.0, hu),
    "cut off where metal begins": lambda hu: np.minimum(with_metal(hu), 1500.0),
    "metal": with_metal,
    "contrast agent": with_contrast,
    "a crop without air": crop,
    "lungs alone": lambda hu: hu[:, 20:36, 18:36],
    "vertebrae alone": lambda hu: hu[:, 32:56, 28:52],
    "noise": lambda hu: hu + np.random.default_rng(1).normal(0.0, 60.0, hu.shape),
    "smooth": smooth,
    "drawn": drawn,
    "drawn without air": lambda hu: crop(drawn(hu)),
    "cut off where it does no harm": lambda hu: np.clip(smooth(hu) * (1.0 + (hu > 500.0)), -1000.0, 1000.0),
    "screws in a tight crop": lambda hu: np.where(np.arange(30) == 8, 3000.0, crop(hu)),
    "a small body in a large field": lambda hu: np.pad(hu[:, ::4, ::4], ((0, 0), (30, 30), (40, 40)), "edge"),
}
SCALES = {
    "plus 1024": (lambda hu: hu + 1024.0, r"HU \+ 1024"),
    "plus 1000": (lambda hu: hu + 1000.0, r"HU \+ 1024"),
    "minus 1024": (lambda hu: hu - 1024.0, "HU - 1024"),
    "times 10": (lambda hu: hu * 10.0, "HU x 10"),
    "by 10": (lambda hu: hu / 10.0, "HU / 10"),
    "inverted": (lambda hu: -hu, "inverted"),
    "unsigned": (lambda hu: np.rint(hu).astype(np.int16).astype(np.uint16), "unsigned"),
    "inverted in its range": (lambda hu: hu.max() + hu.min() - hu, "Hounsfield"),
    "a window of 0 to 255": (lambda hu: np.rint(np.clip((hu + 160.0) / 400.0, 0.0, 1.0) * 255.0), "Hounsfield"),
    "a window of HU": (lambda hu: np.clip(hu, -160.0, 240.0), "window for display"),
    "0 to 1": (lambda hu: (hu + 1000.0) / 4000.0, "Hounsfield"),
    "bytes in the wrong order": (lambda hu: np.rint(hu).astype("<i2").view(">i2").astype(np.int16), "Hounsfield"),
}


WINDOWS = {
    "of bone": ((-450.0, 1050.0), "-450|soft tissue seems to lie"),
    "of the abdomen": ((-110.0, 190.0), "-110"),
    "from fat up": ((-100.0, 400.0), "-100"),
    "of all but bone": ((-1000.0, 300.0), "300"),
    "of lung": ((-1350.0, 150.0), "150"),
}
SHIFTS = {
    "plus 100": (lambda hu: hu + 100.0, r"air around the body seems to lie near -90\d"),
    "plus 200": (lambda hu: hu + 200.0, "seems to lie near"),
    "minus 100": (lambda hu: hu - 100.0, "lighter than fat"),
    "half": (lambda hu: hu / 2.0, "seem to lie near"),
    "a third": (lambda hu: hu / 3.0, "seem to lie near .*convert it first"),
    "a quarter": (lambda hu: hu / 4.0, "seem to lie near .*convert it first"),
    "water around the body": (lambda hu: np.where(hu < -950.0, 0.0, hu), "around the body lies 0"),
}


@pytest.mark.parametrize(("window", "cut"), WINDOWS.values(), ids=WINDOWS)
def test_a_window_is_told_and_no_other_reading_of_it_proposed(window, cut):
    with pytest.raises(VolumeError, match=rf"({cut}).*use it as it was before the window") as caught:
        check_hounsfield(np.clip(smooth(chest()), *window), "scan")
    assert "perhaps" not in str(caught.value)


@pytest.mark.parametrize(("change", "words"), SHIFTS.values(), ids=SHIFTS)
def test_values_that_lie_elsewhere_are_refused(change, words):
    with pytest.raises(VolumeError, match=words):
        check_hounsfield(change(smooth(chest())), "scan")


def test_tissues_of_a_volume_that_a_model_made_may_lie_elsewhere_but_not_on_another_scale():
    hu = smooth(chest()) - 100.0
    with pytest.raises(VolumeError, match="lighter than fat"):
        check_hounsfield(hu, "scan")
    check_hounsfield(hu, "scan", generated=True)
    with pytest.raises(VolumeError, match="Hounsfield"):
        check_hounsfield(hu + 1124.0, "scan", generated=True)


@pytest.mark.parametrize("change", SOUND.values(), ids=SOUND)
def test_a_sound_ct_is_accepted(change):
    check_hounsfield(change(chest()), "scan")


@pytest.mark.parametrize("padding", [None, -1000.0, -1024.0, -2000.0, -3024.0])
@pytest.mark.parametrize(("scale", "words"), SCALES.values(), ids=SCALES)
def test_another_scale_is_refused_whatever_pads_it(scale, words, padding):
    changed = scale(chest())
    if padding is not None:
        changed = padded(changed.astype(float), padding)
    with pytest.raises(VolumeError, match="not a CT in Hounsfield units") as caught:
        check_hounsfield(changed, "scan")
    if padding is None:
        with pytest.raises(VolumeError, match=words):
            check_hounsfield(changed, "scan")
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", ["plus 1024", "times 10", "inverted", "a window of 0 to 255", "unsigned"])
def test_another_scale_is_refused_in_a_crop_without_air(name):
    with pytest.raises(VolumeError, match="not a CT in Hounsfield units"):
        check_hounsfield(SCALES[name][0](crop(chest())), "scan")


def test_the_sentence_says_where_the_soft_tissue_lies():
    with pytest.raises(VolumeError, match=r"soft tissue seems to lie near 10[78]\d"):
        check_hounsfield(chest() + 1024.0, "scan")


def test_a_few_voxels_of_padding_and_of_metal_make_no_ct():
    picture = np.clip((chest() + 160.0) / 400.0, 0.0, 1.0) * 255.0
    picture[0, 0, 0], picture[0, 0, 1] = -1000.0, 3000.0
    with pytest.raises(VolumeError, match="Hounsfield"):
        check_hounsfield(picture, "scan")


def test_the_sample_ct_is_accepted_and_its_raw_values_are_not(tmp_path):
    image = read_ct(resource_path("SampleData", "truth.nrrd")).image
    sitk.WriteImage(image + 1024, str(tmp_path / "raw.nrrd"))
    with pytest.raises(VolumeError, match=r"HU \+ 1024"):
        read_ct(tmp_path / "raw.nrrd")
