"""Sound files of every kind: values and places are those that an independent library or the bytes themselves say."""

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import rotation
from hand_written_images import ORIGIN, SPACING, body, meta_image, nifti, nrrd

from Diff2CTCore.image_files import open_image

TYPES = [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.float32, np.float64]
PLACE = ((1.5, 2.5, 0.7), (-10.25, 3.0, 7.0), rotation((1.0, 2.0, 3.0), 25.0))
NAN = float("nan")
SMALL = (np.arange(4 * 5 * 6).reshape(4, 5, 6) % 120).astype(np.int16)


MARK = b"\xef\xbb\xbf"


def with_axis_of_one(place):
    """A NRRD of four axes; that at `place` counts one image."""
    sizes, kinds, steps = list(SMALL.shape[::-1]), ["domain"] * 3, ["(2,0,0)", "(0,2.5,0)", "(0,0,3)"]
    for words, one in ((sizes, 1), (kinds, "list"), (steps, "none")):
        words.insert(place, one)
    words = {"sizes": sizes, "kinds": kinds, "space_directions": steps}
    return nrrd(SMALL, dimension=4, **{field: " ".join(map(str, words[field])) for field in words})


def opened(path, content=None):
    if content is not None:
        path.write_bytes(content)
    return open_image(path, may_be_detached=True)


def assert_place(header, spacing, origin, direction, tolerance=1e-5):
    place = header.place()
    np.testing.assert_allclose(place.spacing_mm, spacing, atol=tolerance)
    np.testing.assert_allclose(place.origin_mm, origin, atol=tolerance)
    np.testing.assert_allclose(place.direction, direction, atol=tolerance)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("ending", ["nrrd", "nhdr", "mha", "mhd", "nii", "nii.gz"])
@pytest.mark.parametrize("kind", TYPES)
def test_what_simpleitk_writes_is_read_in_value_and_place(tmp_path, kind, ending, compressed):
    image = sitk.GetImageFromArray(SMALL.astype(kind))
    image.SetSpacing(PLACE[0])
    image.SetOrigin(PLACE[1])
    image.SetDirection(PLACE[2].ravel().tolist())
    path = tmp_path / f"a.{ending}"
    sitk.WriteImage(image, str(path), useCompression=compressed)
    header = opened(path)
    values = header.values()
    assert values.dtype == kind
    np.testing.assert_array_equal(values, SMALL)
    assert_place(header, *PLACE)


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("version", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("code", ["sform", "qform"])
def test_what_nibabel_writes_is_read_in_value_and_place(tmp_path, version, byte_order, code):
    affine = np.eye(4)
    affine[:3, :3] = PLACE[2] @ np.diag(PLACE[0])
    affine[:3, 3] = -10.25, 3.0, 7.0
    header = version.header_class(endianness=byte_order)
    header.set_data_dtype(np.int16)
    image = version(SMALL.T, affine, header)
    if code == "qform":
        image.set_qform(affine, 1)
        image.set_sform(affine, 0)
    nibabel.save(image, tmp_path / "a.nii")
    read = opened(tmp_path / "a.nii")
    np.testing.assert_array_equal(read.values(), SMALL)
    to_lps = np.diag([-1.0, -1.0, 1.0])
    assert_place(read, PLACE[0], to_lps @ affine[:3, 3], to_lps @ PLACE[2])


def test_the_scaling_of_a_nifti_is_applied(tmp_path):
    path = tmp_path / "a.nii"
    read = opened(path, nifti(SMALL, scl_slope=(0.5,), scl_inter=(-1000.0,)))
    np.testing.assert_array_equal(read.values(), SMALL * 0.5 - 1000.0)
    np.testing.assert_array_equal(read.values(), nibabel.load(path).get_fdata().T)
    np.testing.assert_array_equal(opened(path, nifti(SMALL, scl_slope=(0.0,))).values(), SMALL)


@pytest.mark.parametrize("scaling", [(NAN, 0.0), (NAN, NAN), (0.0, NAN)])
def test_a_scaling_of_nan_is_none_as_nibabel_says(tmp_path, scaling):
    read = opened(tmp_path / "a.nii", nifti(SMALL, scl_slope=scaling[:1], scl_inter=scaling[1:]))
    np.testing.assert_array_equal(read.values(), nibabel.load(tmp_path / "a.nii").get_fdata().T)


def test_the_scaling_of_a_meta_image_is_applied(tmp_path):
    scaled = {"ElementToIntensityFunctionSlope": "2", "ElementToIntensityFunctionOffset": "-1024"}
    read = opened(tmp_path / "a.mha", meta_image(SMALL, **scaled))
    np.testing.assert_array_equal(read.values(), SMALL * 2.0 - 1024.0)


@pytest.mark.parametrize(
    ("space", "flips"),
    [
        ("left-posterior-superior", (1, 1, 1)),
        ("LPS", (1, 1, 1)),
        ("right-anterior-superior", (-1, -1, 1)),
        ("RAS", (-1, -1, 1)),
        ("left-anterior-superior", (1, -1, 1)),
        ("Left-Anterior-Superior", (1, -1, 1)),
    ],
)
def test_each_space_of_a_nrrd_is_turned_to_the_patients(tmp_path, space, flips):
    header = opened(tmp_path / "a.nrrd", nrrd(SMALL, space=space))
    assert_place(header, SPACING, np.multiply(flips, ORIGIN), np.diag(flips))


@pytest.mark.parametrize(("code", "millimetres"), [(0, 1.0), (2, 1.0), (10, 1.0), (1, 1000.0), (3, 0.001)])
def test_the_unit_of_a_nifti_is_honoured(tmp_path, code, millimetres):
    header = opened(tmp_path / "a.nii", nifti(SMALL, xyzt_units=(code,)))
    assert_place(header, np.multiply(SPACING, millimetres), np.multiply(ORIGIN, millimetres), np.eye(3), 1e-2)
    np.testing.assert_allclose(header.spacing_mm(), np.multiply(SPACING[:2], millimetres), rtol=1e-6)


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("mha", meta_image(SMALL, ElementSpacing="2,0 2,5 3,0", Offset="-20,0 15,0 30,0")),
        ("mha", meta_image(SMALL, ElementSpacing=None, ElementSize="2 2.5 3")),
        ("mha", meta_image(SMALL, ElementSize="2 2.5 3", Position="-20 15 30", Rotation="1 0 0 0 1 0 0 0 1")),
        ("mha", meta_image(SMALL, AnatomicalOrientation="RAI", DistanceUnits="mm")),
        ("mha", meta_image(SMALL, AnatomicalOrientation="LPS")),
        ("mha", meta_image(SMALL, BinaryData=None, CompressedData=None)),
        ("mha", meta_image(SMALL, BinaryDataByteOrderMSB="True", data=SMALL.astype(">i2").tobytes())),
        ("mha", meta_image(SMALL, BinaryData="False", data=" ".join(map(str, SMALL.ravel())).encode())),
        ("mha", meta_image(SMALL, ElementSize="2 2.5 5")),
        ("mha", b"Comment = one\nComment = two\n" + meta_image(SMALL)),
        ("mha", b"Name = one\n" + meta_image(SMALL)),
        ("mha", b"Modality = MET_MOD_CT\n" + meta_image(SMALL)),
        ("mha", b"CompressedData = False\n" + meta_image(SMALL, CompressedData=None)),
        ("mha", MARK + meta_image(SMALL)),
        ("nrrd", MARK + nrrd(SMALL)),
        ("nrrd", nrrd(SMALL, space_units="mm mm mm", units="'mm' 'mm' 'mm'")),
        ("nrrd", nrrd(SMALL, spacings="nan NaN nan")),
        ("nrrd", nrrd(SMALL, spacings="nan nan 3")),
        ("nrrd", nrrd(SMALL, axis_mins="0 0 nan", axis_maxs="12 10 nan", centers="cell node cell")),
        ("nrrd", nrrd(SMALL, axis_mins="0 0 0", axis_maxs="12 10 9")),
        ("nrrd", with_axis_of_one(0)),
        ("nrrd", with_axis_of_one(2)),
        ("nrrd", with_axis_of_one(3)),
        ("nii", nifti(SMALL, scl_slope=(NAN,))),
        ("nii", nifti(SMALL, scl_slope=(NAN,), scl_inter=(NAN,))),
        ("nii", nifti(SMALL, scl_slope=(0.0,), scl_inter=(NAN,))),
        ("nrrd", nrrd(SMALL, encoding="gzip")),
        ("nrrd", nrrd(SMALL, endian="big", data=SMALL.astype(">i2").tobytes())),
        ("nrrd", nrrd(SMALL, encoding="ascii", data="\n".join(map(str, SMALL.ravel())).encode())),
        ("nrrd", nrrd(SMALL, space_units='"mm" "mm" "mm"', units='"mm" "mm" "mm"')),
        ("nrrd", nrrd(SMALL, spacings="2 2.5 3")),
        ("nrrd", nrrd(SMALL, line_skip=2, data=b"one\ntwo\n" + SMALL.tobytes())),
        ("nrrd", nrrd(SMALL, byte_skip=-1, data=b"what stands before" + SMALL.tobytes())),
        ("nrrd", nrrd(SMALL, encoding="gzip", byte_skip=4, data=gzip.compress(b"four" + SMALL.tobytes()))),
        ("nii.gz", gzip.compress(nifti(SMALL))),
        ("nii.gz", nifti(SMALL)),
        ("nii", gzip.compress(nifti(SMALL, qform_code=(1,)))),
        ("nii", nifti(SMALL, sform_code=(0,), qform_code=(1,))),
        ("nii", nifti(SMALL, vox_offset=(400.0,), data=bytes(48) + SMALL.tobytes())),
    ],
)
def test_other_ways_to_say_the_same_are_read_the_same(tmp_path, ending, content):
    header = opened(tmp_path / f"a.{ending}", content)
    np.testing.assert_array_equal(header.values(), SMALL)
    assert_place(header, SPACING, ORIGIN, np.eye(3))


@pytest.mark.parametrize(
    ("target", "following"),
    [
        ("a.raw", ""),
        ("LIST", "s0.raw\ns1.raw\ns2.raw\ns3.raw\n"),
        ("s%01d.raw 0 3 1", ""),
        ("s%d.raw 0 3 1 2", ""),
    ],
)
@pytest.mark.parametrize("form", ["nhdr", "mhd"])
def test_pixels_beside_their_header_are_read_in_their_order(tmp_path, form, target, following):
    (tmp_path / "a.raw").write_bytes(SMALL.tobytes())
    for index, plane in enumerate(SMALL):
        (tmp_path / f"s{index}.raw").write_bytes(plane.tobytes())
    if form == "nhdr":
        content = nrrd(SMALL, attached=False, data_file=target)[:-1] + following.encode()
    else:
        content = meta_image(SMALL, attached=False, ElementDataFile=target) + following.encode()
    header = opened(tmp_path / f"a.{form}", content)
    np.testing.assert_array_equal(header.values(), SMALL)
    assert_place(header, SPACING, ORIGIN, np.eye(3))


def test_the_file_that_is_named_is_read_and_not_its_twin(tmp_path):
    (tmp_path / "a.nii").write_bytes(nifti(SMALL + 7))
    header = opened(tmp_path / "a.nii.gz", gzip.compress(nifti(SMALL)))
    np.testing.assert_array_equal(header.values(), SMALL)


def test_the_format_is_told_by_the_content(tmp_path):
    for content, name in ((nrrd(SMALL), "NRRD"), (meta_image(SMALL), "MetaImage"), (nifti(SMALL), "NIfTI")):
        header = opened(tmp_path / "a.mha", content)
        assert header.file_format == name
        np.testing.assert_array_equal(header.values(), SMALL)


def test_a_sheared_affine_is_told_as_it_is(tmp_path):
    sheared = (-2.0, 0.0, 0.0, 20.0, 0.0, -2.5, 1.0, -15.0, 0.0, 0.0, 3.0, 30.0)
    # The spacing of the planes and not the step between voxels, as programs that straighten nothing write it.
    for fields in ({"srow": sheared}, {"srow": sheared, "qform_code": (1,)}):
        place = opened(tmp_path / "a.nii", nifti(body(), **fields)).place()
        np.testing.assert_allclose(place.spacing_mm, (2.0, 2.5, np.hypot(1.0, 3.0)), rtol=1e-6)
        np.testing.assert_allclose(place.direction * place.spacing_mm, [[2, 0, 0], [0, 2.5, -1], [0, 0, 3]], atol=1e-6)
