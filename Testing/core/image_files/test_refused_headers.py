"""What a CT's header leaves out, says unreadably or says twice is told in three different sentences."""

import numpy as np
import pytest
from hand_written_images import body, meta_image, nifti, nrrd

from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import VolumeError

HU = body()
NAN = float("nan")
INFINITE = float("inf")
TURNED = (0.0, 2.5, 0.0, 20.0, 2.0, 0.0, 0.0, -15.0, 0.0, 0.0, 3.0, 30.0)
FLAT = "(2,0,0) (4,0,0) (0,0,3)"

ABSENT = {
    "space directions": ["nrrd", {"space directions": None}],
    "no vector for an axis": ["nrrd", {"space directions": "(2,0,0) (0,2.5,0) none"}],
    "spacings alone": ["nrrd", {"space directions": None, "spacings": "2 2.5 3"}],
    "space": ["nrrd", {"space": None}],
    "a number of axes for a space": ["nrrd", {"space": None, "space dimension": "3"}],
    "space origin": ["nrrd", {"space origin": None}],
    "endian": ["nrrd", {"endian": None}],
    "ElementSpacing": ["mha", {"ElementSpacing": None}],
    "TransformMatrix": ["mha", {"TransformMatrix": None}],
    "Offset": ["mha", {"Offset": None}],
    "BinaryDataByteOrderMSB": ["mha", {"BinaryDataByteOrderMSB": None}],
    "neither code": ["nii", {"sform_code": (0,)}],
}
UNREADABLE = {
    "a step of nan": ["nrrd", {"space directions": "(nan,0,0) (0,2.5,0) (0,0,3)"}],
    "a step of two numbers": ["nrrd", {"space directions": "(2,0) (0,2.5,0) (0,0,3)"}],
    "steps in one plane": ["nrrd", {"space directions": FLAT}],
    "commas for points": ["nrrd", {"space directions": "(2,0,0,0) (0,2,5,0) (0,0,3)"}],
    "no brackets": ["nrrd", {"space directions": "2 2.5 3"}],
    "an origin in words": ["nrrd", {"space origin": "(left,0,0)"}],
    "an origin of inf": ["nrrd", {"space origin": "(inf,0,0)"}],
    "sizes": ["nrrd", {"sizes": "16 18 twenty"}],
    "some spacings of nan": ["nrrd", {"space directions": None, "spacings": "2 nan 3"}],
    "two units for three axes": ["nrrd", {"space units": '"mm" "mm"'}],
    "one unit for all axes": ["nrrd", {"units": '"mm"'}],
    "units with a lone quotation mark": ["nrrd", {"space units": '"mm" "mm" "mm'}],
    "a data file with a zero byte": ["nrrd", {"data file": "a\0b.raw"}],
    "ElementDataFile with a zero byte": ["mha", {"ElementDataFile": "a\0b.raw"}],
    "a pattern with a zero byte": ["mha", {"ElementDataFile": "a\0%d.raw 0 19 1"}],
    "a kind of axis": ["nrrd", {"kinds": "domain domai~ domain"}],
    "type": ["nrrd", {"type": "block"}],
    "endian": ["nrrd", {"endian": "middle"}],
    "ElementSpacing of nan": ["mha", {"ElementSpacing": "2 nan 3"}],
    "ElementSpacing of two numbers": ["mha", {"ElementSpacing": "2 2.5"}],
    "TransformMatrix of eight numbers": ["mha", {"TransformMatrix": "1 0 0 0 1 0 0 0"}],
    "TransformMatrix with a scale": ["mha", {"TransformMatrix": "2 0 0 0 1 0 0 0 1"}],
    "AnatomicalOrientation": ["mha", {"AnatomicalOrientation": "ABC"}],
    "ElementType": ["mha", {"ElementType": "MET_OTHER"}],
    "BinaryDataByteOrderMSB": ["mha", {"BinaryDataByteOrderMSB": "perhaps"}],
    "a slope of zero": ["mha", {"ElementToIntensityFunctionSlope": "0"}],
    "pixdim of nan": ["nii", {"pixdim": (1.0, NAN, 2.5, 3.0)}],
    "pixdim of inf": ["nii", {"pixdim": (1.0, INFINITE, 2.5, 3.0)}],
    "srow of nan": ["nii", {"srow": (NAN, *TURNED[1:])}],
    "a quaternion that is none": ["nii", {"sform_code": (0,), "qform_code": (1,), "quatern": (1.0, 1.0, 1.0)}],
    "a qoffset of nan": ["nii", {"sform_code": (0,), "qform_code": (1,), "qoffset": (NAN, 0.0, 0.0)}],
    "a handedness of 3": ["nii", {"sform_code": (0,), "qform_code": (1,), "pixdim": (3.0, 2.0, 2.5, 3.0)}],
    "scl_slope": ["nii", {"scl_slope": (INFINITE,)}],
    "scl_inter": ["nii", {"scl_inter": (NAN,)}],
    "a unit of time": ["nii", {"xyzt_units": (5,)}],
    "datatype": ["nii", {"datatype": (32,), "bitpix": (64,)}],
    "vox_offset": ["nii", {"vox_offset": (0.0,)}],
    "vox_offset of nan": ["nii", {"vox_offset": (NAN,)}],
    "dim": ["nii", {"dim": (3, 16, -18, 20)}],
}
NOT_POSITIVE = {
    "a step of zero": ["nrrd", {"space directions": "(0,0,0) (0,2.5,0) (0,0,3)"}],
    "negative spacings": ["nrrd", {"spacings": "2 -2.5 3"}],
    "ElementSpacing of zero": ["mha", {"ElementSpacing": "2 0 3"}],
    "negative ElementSpacing": ["mha", {"ElementSpacing": "2 2.5 -3"}],
    "pixdim of zero": ["nii", {"pixdim": (1.0, 2.0, 0.0, 3.0)}],
    "negative pixdim": ["nii", {"pixdim": (1.0, 2.0, 2.5, -3.0)}],
    "srow of zeros": ["nii", {"srow": (0.0,) * 12}],
}
CONTRADICTORY = {
    "spacings and space directions": ["nrrd", {"spacings": "1 1 1"}],
    "spacings that are known and space directions": ["nrrd", {"spacings": "nan nan 1"}],
    "axis maxs and space directions": ["nrrd", {"axis mins": "0 0 0", "axis maxs": "32 45 20"}],
    "dimension and sizes": ["nrrd", {"dimension": 2}],
    "space and its dimension": ["nrrd", {"space dimension": 2}],
    "ElementSpacing and ElementSize": ["mha", {"ElementSize": "1 1 1"}],
    "Offset and Position": ["mha", {"Position": "0 0 0"}],
    "Offset and Origin": ["mha", {"Origin": "0 0 0"}],
    "TransformMatrix and Orientation": ["mha", {"Orientation": "-1 0 0 0 1 0 0 0 1"}],
    "AnatomicalOrientation and TransformMatrix": ["mha", {"AnatomicalOrientation": "RAS"}],
    "letters in another order": ["mha", {"AnatomicalOrientation": "ARI"}],
    "NDims and DimSize": ["mha", {"NDims": 2}],
    "two byte orders": ["mha", {"ElementByteOrderMSB": "True"}],
    "sform and qform turned": ["nii", {"qform_code": (1,), "quatern": (0.0, 0.0, 0.0)}],
    "sform and qform shifted": ["nii", {"qform_code": (1,), "qoffset": (20.0, -15.0, 40.0)}],
    "sform and pixdim": ["nii", {"pixdim": (1.0, 1.0, 1.0, 1.0)}],
    "datatype and bitpix": ["nii", {"bitpix": (8,)}],
    "an intercept without a slope": ["nii", {"scl_slope": (0.0,), "scl_inter": (-1024.0,)}],
    "an intercept with a slope of nan": ["nii", {"scl_slope": (NAN,), "scl_inter": (-1024.0,)}],
}
UNSUPPORTED = {
    "another space": ["nrrd", {"space": "scanner-xyz"}, "space"],
    "metres": ["nrrd", {"space units": '"m" "m" "m"'}, "space units other than mm"],
    "centimetres": ["nrrd", {"units": '"cm" "cm" "cm"'}, "units other than mm"],
    "micrometres without quotation marks": ["nrrd", {"space units": "um um um"}, "space units other than mm"],
    "centimetres in single quotation marks": ["nrrd", {"space units": "'cm' 'cm' 'cm'"}, "space units other than mm"],
    "bare centimetres": ["nrrd", {"units": "cm cm cm"}, "units other than mm"],
    "hex": ["nrrd", {"encoding": "hex"}, "encoded"],
    "a misspelt field": ["nrrd", {"spacing": "2 2.5 3"}, "no field"],
    "micrometres": ["mha", {"DistanceUnits": "um"}, "DistanceUnits other than mm"],
    "a tube": ["mha", {"ObjectType": "Tube"}, "another object"],
}


def refuse(folder, kind, fields, words):
    make = {"nrrd": nrrd, "mha": meta_image, "nii": nifti}[kind]
    path = folder / f"a.{kind}"
    path.write_bytes(make(HU, **fields))
    with pytest.raises(VolumeError, match=words) as caught:
        read_ct(path)
    text = str(caught.value)
    assert text.startswith(("a.", "The ")) or " of a." in text
    assert text.endswith(".")
    assert "\n" not in text


def cases(table):
    return pytest.mark.parametrize("case", table.values(), ids=table)


@pytest.mark.parametrize(("kind", "make"), [("nrrd", nrrd), ("mha", meta_image), ("nii", nifti)])
def test_without_any_of_these_faults_the_file_is_read(tmp_path, kind, make):
    (tmp_path / f"a.{kind}").write_bytes(make(HU))
    ct = read_ct(tmp_path / f"a.{kind}")
    assert ct.image.GetSpacing() == pytest.approx((2.0, 2.5, 3.0))
    assert ct.image.GetOrigin() == pytest.approx((-20.0, 15.0, 30.0))
    assert ct.image[8, 9, 10] == HU[10, 9, 8]


@cases(ABSENT)
def test_what_is_absent_is_told_as_absent(tmp_path, case):
    refuse(tmp_path, *case, r"does not state .* its header has no ")


@cases(UNREADABLE)
def test_what_is_unreadable_is_told_as_unreadable(tmp_path, case):
    refuse(tmp_path, *case, "is there but cannot be read as")


@cases(NOT_POSITIVE)
def test_a_spacing_that_is_not_positive_is_told_so(tmp_path, case):
    refuse(tmp_path, *case, "zero or negative")


@cases(CONTRADICTORY)
def test_what_contradicts_itself_is_told_as_a_contradiction(tmp_path, case):
    refuse(tmp_path, *case, "contradict each other")


@cases(UNSUPPORTED)
def test_what_is_not_read_is_told_as_such(tmp_path, case):
    refuse(tmp_path, *case)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nrrd", nrrd(HU).replace(b"endian: little\n", b"endian: little\nendian: big\n")),
        ("a.mha", meta_image(HU).replace(b"Offset", b"Offset = 0 0 0\nOffset")),
    ],
)
def test_a_field_that_stands_twice_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VolumeError, match="more than once"):
        read_ct(tmp_path / name)


def test_rounding_in_a_header_is_no_contradiction(tmp_path):
    path = tmp_path / "a.nii"
    nearly = {"qform_code": (1,), "quatern": (0.0, 0.0, 0.9999999), "qoffset": (20.001, -15.0, 30.0)}
    path.write_bytes(nifti(HU, pixdim=(1.0, 2.0001, 2.5, 3.0), **nearly))
    assert read_ct(path).image.GetOrigin() == pytest.approx((-20.0, 15.0, 30.0))


def test_a_header_in_the_wrong_byte_order_never_gives_voxels(tmp_path):
    path = tmp_path / "a.nrrd"
    path.write_bytes(nrrd(HU, endian="big"))
    with pytest.raises(VolumeError, match="Hounsfield"):
        read_ct(path)


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii", "a.nii.gz"])
@pytest.mark.parametrize("content", [b"", b"NRRD", b"NRRD0009\n", b"ObjectType = Image\n", b"n+1" * 200, bytes(1000)])
def test_what_is_no_image_is_told_as_damaged(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VolumeError, match=r"cannot be read: it is damaged, cut short"):
        read_ct(tmp_path / name)


def test_no_text_of_the_file_stands_in_a_sentence(tmp_path):
    for kind, fields in (
        ("nrrd", {"space": "Zelda"}),
        ("nrrd", {"type": "Zelda"}),
        ("nrrd", {"Zelda": "1"}),
        ("mha", {"ElementType": "Zelda"}),
        ("mha", {"ElementSpacing": "Zelda"}),
        ("mha", {"ElementDataFile": "../Zelda.raw"}),
    ):
        make = nrrd if kind == "nrrd" else meta_image
        (tmp_path / f"a.{kind}").write_bytes(make(HU, **fields))
        with pytest.raises(VolumeError) as caught:
            read_ct(tmp_path / f"a.{kind}")
        assert "zelda" not in str(caught.value).lower()


@pytest.mark.parametrize("far", [1.1e5, 1e9, 1e20, 3e38])
@pytest.mark.parametrize("kind", ["nrrd", "mha", "nii"])
def test_an_origin_where_no_patient_lies_is_refused(tmp_path, kind, far):
    fields = {
        "nrrd": {"space origin": f"({far},2,3)"},
        "mha": {"Offset": f"1 {-far} 3"},
        "nii": {"sform_code": (0,), "qform_code": (1,), "qoffset": (1.0, 2.0, far)},
    }[kind]
    if far > 1e30 and kind != "nii":
        refuse(tmp_path, kind, fields, "numbers of a sensible size")
    else:
        refuse(tmp_path, kind, fields, "more than 100 m from the origin")


def test_an_origin_far_away_is_kept(tmp_path):
    (tmp_path / "a.nrrd").write_bytes(nrrd(HU, **{"space origin": "(-9e4,2,3)"}))
    assert read_ct(tmp_path / "a.nrrd").image.GetOrigin() == (-9e4, 2.0, 3.0)


def test_four_axes_are_read_when_the_last_has_one_volume(tmp_path):
    one = {"dim": (4, *HU.shape[::-1], 1)}
    (tmp_path / "a.nii").write_bytes(nifti(HU, **one))
    assert read_ct(tmp_path / "a.nii").image.GetSize() == HU.shape[::-1]
    two = {"dim": (4, *HU.shape[::-1], 2)}
    (tmp_path / "a.nii").write_bytes(nifti(HU, data=np.concatenate([HU, HU]).tobytes(), **two))
    with pytest.raises(VolumeError, match="4 dimensions"):
        read_ct(tmp_path / "a.nii")
