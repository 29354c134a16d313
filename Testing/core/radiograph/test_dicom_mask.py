"""Which pixels of a DICOM radiograph the beam has reached."""

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from radiograph_files import dataset, dicom, pattern, save
from refusal import refuse

from Diff2CTCore.radiograph import read_radiograph


def test_padding_counts_as_air_and_is_masked(tmp_path):
    stored = pattern() // 2 + 100
    stored[:, :10] = 4095
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored, PixelPaddingValue=4095))
    assert not read.mask[:, :10].any()
    assert read.mask[:, 10:].all()
    assert read.pixels[:, :10].max() == stored[:, 10:].min()


@pytest.mark.parametrize("representation", ["US", "SS"])
@pytest.mark.parametrize("bits", [12, 16])
def test_padding_of_signed_pixels_is_known_whatever_representation_it_is_written_with(tmp_path, representation, bits):
    values = pattern().astype(np.int32) // 2 - 1000
    values[:, :10] = -2000
    written = -2000 if representation == "SS" else 63536
    ds = dataset(values & 0xFFFF, bits=bits, PixelRepresentation=1)
    ds.add_new("PixelPaddingValue", representation, written)
    read = read_radiograph(save(ds, tmp_path / "a.dcm"))
    assert not read.mask[:, :10].any()
    assert read.mask[:, 10:].all()
    assert read.pixels[:, 10:].max() == values.max()


def test_a_range_of_padding_is_masked(tmp_path):
    stored = pattern() // 2 + 100
    stored[:, :5], stored[:, 5:10] = 4000, 4095
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored, PixelPaddingValue=4095, PixelPaddingRangeLimit=4000))
    assert not read.mask[:, :10].any()
    assert read.mask[:, 10:].all()


def test_the_end_of_a_range_without_its_beginning_is_refused(tmp_path):
    refuse(dicom(tmp_path / "a.dcm", PixelPaddingRangeLimit=4000), "PixelPaddingRangeLimit")


@pytest.mark.parametrize(
    ("tags", "inside"),
    [
        (
            {
                "ShutterShape": "RECTANGULAR",
                "ShutterLeftVerticalEdge": 10,
                "ShutterRightVerticalEdge": 71,
                "ShutterUpperHorizontalEdge": 20,
                "ShutterLowerHorizontalEdge": 91,
            },
            lambda row, column: (column >= 10) & (column < 70) & (row >= 20) & (row < 90),
        ),
        (
            {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [49, 41], "RadiusOfCircularShutter": 30},
            lambda row, column: (row - 48) ** 2 + (column - 40) ** 2 <= 900,
        ),
        (
            {"CollimatorShape": "POLYGONAL", "VerticesOfThePolygonalCollimator": [1, 1, 1, 80, 96, 1]},
            lambda row, column: row / 95 + column / 79 <= 1.0,
        ),
    ],
)
def test_what_lies_outside_the_shutter_or_collimator_is_masked(tmp_path, tags, inside):
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    expected = inside(*np.mgrid[0:96, 0:80])
    assert (read.mask != expected).mean() < 0.03
    assert read.provenance["exposed_fraction"] == pytest.approx(expected.mean(), abs=0.03)


def test_a_collimator_in_millimetres_about_the_centre_is_not_believed():
    read = read_radiograph(get_testdata_file("RG1_UNCR.dcm"), pixel_spacing_mm=0.2)
    assert read.mask is None


@pytest.mark.parametrize(
    "tags",
    [
        {"CollimatorLeftVerticalEdge": 10, "CollimatorRightVerticalEdge": 70},
        {"CollimatorShape": "CIRCULAR", "CenterOfCircularCollimator": [48, 40], "RadiusOfCircularCollimator": -30},
    ],
)
def test_a_collimator_without_a_shape_or_a_size_is_told_and_not_used(tmp_path, tags):
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    assert read.mask is None
    assert [item.value for item in read.assumptions if item.name == "collimator"] == [None]
