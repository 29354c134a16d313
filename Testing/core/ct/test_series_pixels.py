"""Stored values become the Hounsfield units that the file means; nothing that is not in the file becomes a voxel."""

import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import block_image, enhanced_ct, save_slices, series_datasets
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless
from radiograph_files import ENCODERS

from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import VolumeError

BLOCK = block_image()
HU = sitk.GetArrayFromImage(BLOCK).astype(int)


def stored(hu_to_stored, kind="<i2", **tags):
    """The block as slices whose stored values are a function of HU."""
    slices = series_datasets(BLOCK)
    for data, plane in zip(slices, HU, strict=True):
        data.PixelRepresentation = int(kind == "<i2")
        for keyword, value in tags.items():
            setattr(data, keyword, value)
        data.PixelData = np.rint(hu_to_stored(plane)).astype(kind).tobytes()
    return slices


def read(folder, slices):
    save_slices(folder, slices)
    return sitk.GetArrayFromImage(read_ct(folder).image)


@pytest.mark.parametrize(
    ("hu_to_stored", "kind", "tags"),
    [
        (lambda hu: hu + 1024, "<u2", {"RescaleIntercept": -1024}),
        (lambda hu: -hu, "<i2", {"RescaleSlope": -1, "RescaleIntercept": 0}),
        (lambda hu: (hu + 1000) / 2, "<u2", {"RescaleSlope": 2, "RescaleIntercept": -1000}),
        (lambda hu: (hu + 1000) * 4, "<u2", {"RescaleSlope": 0.25, "RescaleIntercept": -1000}),
        (lambda hu: hu + 60000, "<u2", {"RescaleIntercept": -60000}),
        (lambda hu: hu, "<i2", {"RescaleIntercept": 0, "PhotometricInterpretation": "MONOCHROME1"}),
        (lambda hu: hu, "<i2", {"RescaleIntercept": 0, "RescaleType": "US", "BitsStored": 12, "HighBit": 11}),
    ],
)
def test_each_rescale_gives_hounsfield_units(tmp_path, hu_to_stored, kind, tags):
    np.testing.assert_array_equal(read(tmp_path, stored(hu_to_stored, kind, **tags)), HU)


@pytest.mark.parametrize("enhanced", [False, True])
def test_each_slice_has_its_own_rescale(tmp_path, enhanced):
    slices = series_datasets(BLOCK)
    for number, (data, plane) in enumerate(zip(slices, HU, strict=True)):
        data.RescaleSlope, data.RescaleIntercept = 0.5 + 0.125 * number, -1000 - number
        data.PixelData = np.rint((plane + 1000 + number) / data.RescaleSlope).astype("<u2").tobytes()
    found = read(tmp_path, [enhanced_ct(slices)] if enhanced else slices)
    np.testing.assert_allclose(found, HU, atol=2.0)


def test_values_beyond_16_bits_are_clipped_and_never_wrap_round(tmp_path):
    slices = stored(lambda hu: hu + 1024, "<u2", RescaleIntercept=-1024)
    slices[7].PixelData = slices[7].PixelData[:600] + b"\xff\xff" + slices[7].PixelData[602:]
    expected = HU.copy()
    expected[7].flat[300] = 3000
    np.testing.assert_array_equal(read(tmp_path, slices), expected)


@pytest.mark.parametrize(("kind", "written", "padding"), [("<i2", "SS", -2000), ("<i2", "US", 63536), ("<u2", "US", 5)])
def test_padding_becomes_air_outside_and_no_hole_inside(tmp_path, kind, written, padding):
    value = padding - 65536 if padding > 32767 else padding
    tags = {"RescaleIntercept": 0 if kind == "<i2" else -100 - 1000, "RescaleSlope": 1}
    slices = stored(lambda hu: hu - tags["RescaleIntercept"], kind, **tags)
    for data in slices:
        plane = np.frombuffer(data.PixelData, kind).reshape(24, 24).copy()
        plane[:2] = value
        data.PixelData = plane.tobytes()
        data.add_new("PixelPaddingValue", written, padding)
    expected = HU.copy()
    expected[:, :2] = -1000
    np.testing.assert_array_equal(read(tmp_path, slices), expected)


def test_padding_with_the_value_of_tissue_is_air_only_where_it_reaches_the_edge(tmp_path):
    slices = stored(lambda hu: np.where(hu == -1000, 40, hu), RescaleIntercept=0)
    for data in slices:
        plane = np.frombuffer(data.PixelData, "<i2").reshape(24, 24).copy()
        # A wall of skin, within which 40 is a true value.
        plane[4, 3:21] = plane[19, 3:21] = plane[4:20, 3] = plane[4:20, 20] = -80
        data.PixelData = plane.tobytes()
        data.add_new("PixelPaddingValue", "SS", 40)
    found = read(tmp_path, slices)
    assert (found[:, :4] == -1000).all()
    assert (found[:, 5:11, 4:9] == 40).all()
    assert (found[:, 13:16, 11:13] == 600).all()


@pytest.mark.parametrize("syntax", [RLELossless, *(end for end in ENCODERS if end.endswith((".70", ".90")))])
def test_compressed_slices_hold_the_same_values(tmp_path, syntax):
    slices = stored(lambda hu: hu + 1024, "<u2", RescaleIntercept=-1024)
    for data in slices:
        if syntax == RLELossless:
            data.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
            continue
        plane = np.frombuffer(data.PixelData, "<u2").reshape(24, 24)
        data.PixelData = encapsulate([ENCODERS[syntax](plane)])
        data["PixelData"].VR = "OB"
        data.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(read(tmp_path, slices), HU)


@pytest.mark.parametrize("missing", [2, 500])
@pytest.mark.parametrize("enhanced", [False, True])
def test_pixels_that_are_cut_off_are_told(tmp_path, missing, enhanced):
    slices = series_datasets(BLOCK)
    path = save_slices(tmp_path, [enhanced_ct(slices)] if enhanced else slices)[0]
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(VolumeError, match=f"The pixel data of {path.name} is damaged or cut off"):
        read_ct(tmp_path)
