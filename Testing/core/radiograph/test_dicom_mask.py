"""Which pixels of a DICOM radiograph the beam has reached."""

import numpy as np
import pytest
from enhanced_files import enhanced, item, pixel_properties
from pydicom.data import get_testdata_file
from radiograph_files import dataset, dicom, pattern, save
from raw_elements import raw
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
        {"CenterOfCircularCollimator": [48, 40], "RadiusOfCircularCollimator": 30},
        {"VerticesOfThePolygonalCollimator": [1, 1, 1, 80, 96, 1]},
        {"CollimatorShape": "CIRCULAR", "CenterOfCircularCollimator": [48, 40], "RadiusOfCircularCollimator": -30},
    ],
)
def test_a_collimator_without_a_shape_or_a_size_is_told_and_not_used(tmp_path, tags):
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    assert read.mask is None
    assert [item.value for item in read.assumptions if item.name == "collimator"] == [None]


def test_a_circle_larger_than_any_number_squared_leaves_all_of_the_image(tmp_path):
    tags = {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [48, 40], "RadiusOfCircularShutter": 30}
    path = raw(dicom(tmp_path / "a.dcm", **tags), "RadiusOfCircularShutter", b"1e300", "IS")
    assert read_radiograph(path).mask is None


def rectangle(left, right, upper, lower):
    """The item of the macro of an enhanced file."""
    edges = {"LeftVertical": left, "RightVertical": right, "UpperHorizontal": upper, "LowerHorizontal": lower}
    return item(ShutterShape="RECTANGULAR", **{f"Shutter{edge}Edge": value for edge, value in edges.items()})


def test_of_several_shutters_of_a_frame_all_hold(tmp_path):
    one, other = rectangle(9, 71, 9, 91), rectangle(19, 79, 4, 81)
    group = item(FramePixelDataPropertiesSequence=pixel_properties(), FrameDisplayShutterSequence=[one, other])
    mask = read_radiograph(save(enhanced(pattern(), group), tmp_path / "a.dcm"), view="PA").mask
    row, column = np.mgrid[1:97, 1:81]
    np.testing.assert_array_equal(mask, (column > 19) & (column < 71) & (row > 9) & (row < 81))


def test_one_of_several_collimators_that_cannot_be_the_frames_is_told(tmp_path):
    circle = item(CollimatorShape="CIRCULAR", CenterOfCircularCollimator=[48, 40], RadiusOfCircularCollimator=30)
    group = item(
        FramePixelDataPropertiesSequence=pixel_properties(),
        CollimatorShapeSequence=[circle, item(CollimatorShape="ROUND")],
    )
    read = read_radiograph(save(enhanced(pattern(), group), tmp_path / "a.dcm"), view="PA")
    assert read.mask is None
    assert any("collimator" in note.why for note in read.assumptions)
