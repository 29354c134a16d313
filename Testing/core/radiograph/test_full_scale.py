"""A few extreme pixels change neither the logarithm of all others nor whether a picture counts as grey."""

import numpy as np
import pytest
import SimpleITK as sitk
import tifffile
from radiograph_files import pattern
from refusal import refuse

from Diff2CTCore.radiograph import read_radiograph


def intensity():
    """A 12-bit image proportional to the intensity, dense parts dark, nowhere below 40."""
    return 40 + pattern(bits=12).astype(np.int32) * 4000 // 4095


def line_integrals(path, invert):
    """Their differences, which do not depend on the unattenuated intensity; without the first row."""
    pixels = read_radiograph(path, intensity="linear", invert=invert).pixels[1:]
    return pixels - pixels.min()


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32])
@pytest.mark.parametrize("extreme", [-1, -9999])
def test_a_few_negative_pixels_do_not_shift_the_intensities(tmp_path, kind, extreme):
    stored = intensity().astype(kind)
    stored[0, :3] = extreme
    tifffile.imwrite(tmp_path / "a.tif", stored)
    truth = np.log(intensity().max() / intensity())[1:]
    np.testing.assert_allclose(line_integrals(tmp_path / "a.tif", invert=True), truth - truth.min(), atol=1e-4)


def test_unsigned_intensities_stored_as_signed_are_shifted_back(tmp_path):
    unsigned = 2000 + intensity() * 15
    tifffile.imwrite(tmp_path / "a.tif", (unsigned - 32768).astype(np.int16))
    truth = -np.log(unsigned)[1:]
    np.testing.assert_allclose(line_integrals(tmp_path / "a.tif", invert=True), truth - truth.min(), atol=1e-4)


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_a_few_white_markers_do_not_flatten_the_logarithm(tmp_path, kind):
    inverted = (4095 - intensity()).astype(kind)
    if kind == np.float32:
        inverted[1, 1] = 4095.0
    tifffile.imwrite(tmp_path / "clean.tif", inverted)
    inverted[0, :5] = 65_535
    tifffile.imwrite(tmp_path / "marked.tif", inverted)
    clean, marked = (line_integrals(tmp_path / f"{name}.tif", invert=False) for name in ("clean", "marked"))
    np.testing.assert_allclose(marked, clean, atol=1e-4)
    assert np.ptp(marked) > 4.0


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_colour_is_found_beside_a_few_extreme_pixels(tmp_path, kind):
    grey = pattern(bits=12) / 4095.0 * (0.01 if kind == np.float32 else 4095)
    colours = np.stack([grey, grey[::-1], grey[:, ::-1]], axis=-1).astype(kind)
    colours[0, :2] = 65_535
    sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), str(tmp_path / "a.nrrd"))
    refuse(tmp_path / "a.nrrd", "colour picture")


def test_a_number_that_is_none_is_found_in_every_channel(tmp_path):
    colours = np.stack([pattern() / 7.0] * 3, axis=-1).astype(np.float32)
    colours[5, 5, 0] = np.nan
    sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), str(tmp_path / "a.nrrd"))
    refuse(tmp_path / "a.nrrd", "finite")
