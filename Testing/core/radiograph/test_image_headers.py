"""What the header of a radiograph in NRRD, MetaImage or NIfTI says of its spacing, and what it leaves out."""

import gzip

import numpy as np
import pytest
import SimpleITK as sitk
from assumed import assumed
from hand_written_images import meta_image, nifti, nrrd
from radiograph_files import pattern
from refusal import refuse, write

from Diff2CTCore.radiograph import read_radiograph

PIXELS = pattern()
ENDS = f"{0.3 * PIXELS.shape[1]} {0.2 * PIXELS.shape[0]}"
CHOSEN = {"pixel_spacing_mm": (0.4, 0.5)}
NAN = float("nan")
KINDS = ("time", "3-gradient", "RGB-color")


def in_plane(steps):
    return nrrd(PIXELS, spacings=None, space_dimension=2, space_directions=steps)


ABSENT = {
    "b.nrrd": nrrd(PIXELS, spacings="nan nan"),
    "a.nrrd": nrrd(PIXELS, spacings=None),
    "a.mha": meta_image(PIXELS, ElementSpacing=None, TransformMatrix=None, Offset=None),
}
REFUSED = {
    "nan": ("a.nrrd", nrrd(PIXELS, spacings="0.8 nan"), "cannot be read as"),
    "words": ("a.nrrd", nrrd(PIXELS, spacings="0.8 wide"), "cannot be read as"),
    "one of two": ("a.nrrd", nrrd(PIXELS, spacings="0.8"), "contradict each other"),
    "negative": ("a.nrrd", nrrd(PIXELS, spacings="0.8 -0.8"), "zero or negative"),
    "zero": ("a.nrrd", nrrd(PIXELS, spacings=None, space_dimension=2, space_directions="(0,0) (0,1)"), "zero or neg"),
    "twice": ("a.nrrd", nrrd(PIXELS, space_dimension=2, space_directions="(1,0) (0,1)"), "contradict each other"),
    "a unit": ("a.nrrd", nrrd(PIXELS, units='"cm" "cm"'), "other than mm"),
    "a bare unit": ("a.nrrd", nrrd(PIXELS, units="cm cm"), "other than mm"),
    "one unit": ("a.nrrd", nrrd(PIXELS, units='"mm"'), "cannot be read as one unit for each axis"),
    "other ends": ("a.nrrd", nrrd(PIXELS, axis_mins="0 0", axis_maxs="6 9"), "spacings and axis maxs of"),
    "ends of what": ("a.nrrd", nrrd(PIXELS, spacings=None, axis_mins="0 0", axis_maxs="6 9"), "has no centers"),
    "equal ends": (
        "a.nrrd",
        nrrd(PIXELS, spacings=None, axis_mins="0 1", axis_maxs="6 1", centers="cell cell"),
        "axis mins and axis maxs of",
    ),
    "sheared": ("a.nrrd", in_plane("(0.2,0) (0.1,0.17)"), "not at right angles"),
    "parallel": ("a.nrrd", in_plane("(0.2,0) (0.2,0)"), "not at right angles"),
    "ragged": ("a.nrrd", in_plane("(0.2,0) (0,0.2,0)"), "cannot be read as"),
    "MHA sheared": ("a.mha", meta_image(PIXELS, TransformMatrix="1 0 0.5 0.8660254"), "not at right angles"),
    "MHA parallel": ("a.mha", meta_image(PIXELS, TransformMatrix="1 0 1 0"), "not at right angles"),
    "MHA nan": ("a.mha", meta_image(PIXELS, ElementSpacing="nan 0.2"), "cannot be read as"),
    "MHA zero": ("a.mha", meta_image(PIXELS, ElementSpacing="0 0.2"), "zero or negative"),
    "MHA twice": ("a.mha", meta_image(PIXELS, ElementSize="1 1"), "contradict each other"),
    "MHA unit": ("a.mha", meta_image(PIXELS, DistanceUnits="cm"), "other than mm"),
    "NIfTI nan": ("a.nii", nifti(PIXELS, pixdim=(1.0, NAN, 0.2)), "cannot be read as"),
    "NIfTI zero": ("a.nii", nifti(PIXELS, pixdim=(1.0, 0.0, 0.2)), "zero or negative"),
    "NIfTI negative": ("a.nii", nifti(PIXELS, pixdim=(1.0, -0.3, 0.2)), "zero or negative"),
    "NIfTI affine": ("a.nii", nifti(PIXELS, pixdim=(1.0, 0.5, 0.2)), "contradict each other"),
    "NIfTI unit": ("a.nii", nifti(PIXELS, xyzt_units=(4,)), "cannot be read as"),
}


@pytest.mark.parametrize("name", ABSENT)
def test_a_spacing_that_is_absent_is_left_to_an_assumption(tmp_path, name):
    read = read_radiograph(write(tmp_path / name, ABSENT[name]))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.pixel_spacing_mm is None
    assert "pixel_spacing_mm" not in assumed(read.assumptions)


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_spacing_that_is_there_and_wrong_is_refused_unless_the_user_chose_one(tmp_path, name, content, words):
    refuse(write(tmp_path / name, content), words)
    read = read_radiograph(tmp_path / name, **CHOSEN)
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.pixel_spacing_mm == (0.4, 0.5)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nrrd", nrrd(PIXELS)),
        ("a.nrrd", nrrd(PIXELS, spacings="0,3 0,2")),
        ("a.nrrd", nrrd(PIXELS, units="mm mm")),
        ("a.nrrd", in_plane("(0.18,0.24) (-0.16,0.12)")),
        ("a.nrrd", nrrd(PIXELS, spacings=None, axis_mins="0 0", axis_maxs=ENDS, centers="cell cell")),
        ("a.mha", meta_image(PIXELS, TransformMatrix="0.6 0.8 -0.8 0.6")),
        ("a.mha", b"Modality = MET_MOD_XR\n" + meta_image(PIXELS)),
        ("a.mha", b"\xef\xbb\xbfName = one\n" + meta_image(PIXELS)),
        ("a.nii", nifti(PIXELS, qform_code=(2,), qoffset=(900.0, 0.0, 0.0))),
        ("a.nrrd", nrrd(PIXELS, spacings=None, space_dimension=2, space_directions="(0.3,0) (0,0.2)")),
        ("a.mha", meta_image(PIXELS)),
        ("a.nii", nifti(PIXELS)),
        ("a.nii", nifti(PIXELS, pixdim=(1.0, 0.0003, 0.0002), xyzt_units=(1,), sform_code=(0,))),
    ],
)
def test_a_spacing_that_is_stated_holds(tmp_path, name, content):
    assert read_radiograph(write(tmp_path / name, content)).pixel_spacing_mm == pytest.approx((0.2, 0.3))


def test_the_radiograph_that_is_named_is_read_and_not_its_twin(tmp_path):
    write(tmp_path / "a.nii", nifti(PIXELS[::-1]))
    read = read_radiograph(write(tmp_path / "a.nii.gz", gzip.compress(nifti(PIXELS))))
    np.testing.assert_array_equal(read.pixels, PIXELS)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii"])
@pytest.mark.parametrize("channels", [3, 4])
def test_grey_in_colours_is_read_from_every_format(tmp_path, suffix, channels):
    grey = pattern(bits=8).astype(np.uint8)
    colours = np.stack([grey] * 3 + [np.full_like(grey, 255)] * (channels - 3), axis=-1)
    sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), str(tmp_path / f"a{suffix}"))
    np.testing.assert_array_equal(read_radiograph(tmp_path / f"a{suffix}").pixels, grey)


def test_frames_of_a_film_are_no_colours(tmp_path):
    frames = np.stack([PIXELS] * 3, axis=-1)
    film = {"dimension": 3, "sizes": f"3 {PIXELS.shape[1]} {PIXELS.shape[0]}", "data": frames.astype("<u2").tobytes()}
    as_kind = {kind: nrrd(PIXELS, kinds=f"{kind} domain domain", spacings="nan 0.3 0.2", **film) for kind in KINDS}
    refuse(write(tmp_path / "a.nrrd", as_kind["time"]), "volume or a stack of 3 x")
    refuse(write(tmp_path / "a.nrrd", as_kind["3-gradient"]), "neither grey nor colours")
    np.testing.assert_array_equal(read_radiograph(write(tmp_path / "a.nrrd", as_kind["RGB-color"])).pixels, PIXELS)


@pytest.mark.parametrize("scaling", [(-1.0, 255.0), (0.5, 0.0), (0.0, 7.0), (NAN, NAN)])
def test_a_scaling_does_not_apply_to_colours(tmp_path, scaling):
    grey = pattern(bits=8).astype(np.uint8)
    colours = {"data": np.stack([grey] * 3, axis=-1).tobytes(), "datatype": (128,), "bitpix": (24,)}
    content = nifti(grey, scl_slope=scaling[:1], scl_inter=scaling[1:], **colours)
    np.testing.assert_array_equal(read_radiograph(write(tmp_path / "a.nii", content)).pixels, grey)


def test_a_radiograph_with_too_many_bytes_is_refused(tmp_path):
    for name, make in (("a.nrrd", nrrd), ("a.mha", meta_image), ("a.nii", nifti)):
        refuse(write(tmp_path / name, make(PIXELS) + b"\0\0"), "more data than its header announces")
