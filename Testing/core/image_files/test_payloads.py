"""The pixels of a file are as many as its header announces, each of them from the file, or there are none."""

import gzip
import zlib

import numpy as np
import pytest
from hand_written_images import body, meta_image, nifti, nrrd

from Diff2CTCore.errors import ImageFileError
from Diff2CTCore.image_files import open_image

HU = body()
RAW = HU.tobytes()
TEXT = " ".join(map(str, HU.ravel()))


def read(path, content):
    path.write_bytes(content)
    return open_image(path, may_be_detached=True).values()


def in_each_way(data):
    """Files of every kind that hold `data` behind a header for `HU`."""
    return {
        "a.nrrd": nrrd(HU, data=data),
        "gz.nrrd": nrrd(HU, data=gzip.compress(data), encoding="gzip"),
        "a.mha": meta_image(HU, data=data),
        "z.mha": meta_image(HU, data=zlib.compress(data), CompressedData=True),
        "a.nii": nifti(HU, data=data),
        "a.nii.gz": gzip.compress(nifti(HU, data=data)),
    }


@pytest.mark.parametrize("name", in_each_way(b""))
def test_one_byte_too_few_is_refused_and_one_too_many_too(tmp_path, name):
    np.testing.assert_array_equal(read(tmp_path / name, in_each_way(RAW)[name]), HU)
    for data in (b"", RAW[:-1], RAW[: len(RAW) // 2]):
        with pytest.raises(ImageFileError, match="cut short"):
            read(tmp_path / name, in_each_way(data)[name])
    for data in (RAW + b"\0", RAW * 2):
        with pytest.raises(ImageFileError, match="more data than its header announces"):
            read(tmp_path / name, in_each_way(data)[name])


@pytest.mark.parametrize("name", ["gz.nrrd", "z.mha", "a.nii.gz"])
def test_compressed_data_that_are_cut_or_spoilt_are_refused(tmp_path, name):
    whole = in_each_way(RAW)[name]
    for content in (whole[:-1], whole[:-9], whole[:-200]):
        with pytest.raises(ImageFileError, match="damaged"):
            read(tmp_path / name, content)
    spoilt = bytearray(whole)
    spoilt[-30] ^= 0xFF
    for content in (bytes(spoilt), whole + b"something"):
        with pytest.raises(ImageFileError, match=r"damaged|more data"):
            read(tmp_path / name, content)


def test_a_stated_length_of_compressed_data_is_kept_to(tmp_path):
    data = zlib.compress(RAW)
    right = meta_image(HU, data=data, CompressedData=True, CompressedDataSize=len(data))
    np.testing.assert_array_equal(read(tmp_path / "a.mha", right), HU)
    for length in (len(data) - 1, len(data) + 1):
        with pytest.raises(ImageFileError):
            read(tmp_path / "a.mha", meta_image(HU, data=data, CompressedData=True, CompressedDataSize=length))


@pytest.mark.parametrize(
    "text", [TEXT[:-4], TEXT + " 7", TEXT.replace(" 506 ", " 5.5 ", 1), TEXT.replace("-1000", "70000", 1), TEXT + " x"]
)
def test_numbers_in_text_are_all_there_and_of_their_type(tmp_path, text):
    for content in (
        nrrd(HU, encoding="ascii", data=text.encode()),
        meta_image(HU, BinaryData="False", data=text.encode()),
    ):
        with pytest.raises(ImageFileError):
            read(tmp_path / "a.mha", content)


def in_slices(folder):
    """Each plane in a file of its own; their names, a line each."""
    for index, plane in enumerate(HU):
        (folder / f"s{index:02d}.raw").write_bytes(plane.tobytes())
    return "".join(f"s{index:02d}.raw\n" for index in range(len(HU)))


@pytest.mark.parametrize("form", ["a.mhd", "a.nhdr"])
def test_a_list_of_slices_is_complete_or_refused(tmp_path, form):
    def listed(lines):
        if form == "a.mhd":
            return meta_image(HU, attached=False, ElementDataFile="LIST") + lines.encode()
        return nrrd(HU, attached=False, data_file="LIST")[:-1] + lines.encode()

    lines = in_slices(tmp_path)
    np.testing.assert_array_equal(read(tmp_path / form, listed(lines)), HU)
    for wrong in (lines[:-8], lines + "s00.raw\n", ""):
        with pytest.raises(ImageFileError, match="where its sizes ask for"):
            read(tmp_path / form, listed(wrong))
    (tmp_path / "s03.raw").write_bytes(HU[3].tobytes()[:-2])
    with pytest.raises(ImageFileError, match="cut short"):
        read(tmp_path / form, listed(lines))
    (tmp_path / "s03.raw").unlink()
    with pytest.raises(ImageFileError, match="not there"):
        read(tmp_path / form, listed(lines))


@pytest.mark.parametrize("form", ["a.mhd", "a.nhdr"])
@pytest.mark.parametrize("pattern", ["s%02d.raw 0 18 1", "s%02d.raw 0 20 1", "s%02d.raw 0 19 0", "s%s.raw 0 19 1"])
def test_a_pattern_names_each_slice_once_or_is_refused(tmp_path, form, pattern):
    in_slices(tmp_path)

    def make(target):
        if form == "a.mhd":
            return meta_image(HU, attached=False, ElementDataFile=target)
        return nrrd(HU, attached=False, data_file=target)

    np.testing.assert_array_equal(read(tmp_path / form, make("s%02d.raw 0 19 1")), HU)
    with pytest.raises(ImageFileError):
        read(tmp_path / form, make(pattern))


@pytest.mark.parametrize("target", ["../a.raw", "/a.raw", "C:\\a.raw", "b/../../a.raw", "..\\a.raw"])
def test_a_header_does_not_lead_out_of_its_folder(tmp_path, target):
    (tmp_path / "a.raw").write_bytes(RAW)
    folder = tmp_path / "in"
    folder.mkdir()
    for name, content in (
        ("a.mhd", meta_image(HU, attached=False, ElementDataFile=target)),
        ("a.nhdr", nrrd(HU, attached=False, data_file=target)),
    ):
        with pytest.raises(ImageFileError, match="out of its folder"):
            read(folder / name, content)


@pytest.mark.parametrize("target", ["loop.raw", "x" * 300, "a.mhd/a.raw"], ids=["loop", "long", "below a file"])
@pytest.mark.parametrize("lines", [0, 1])
def test_pixels_that_cannot_be_opened_are_told_by_the_name_of_their_file(tmp_path, target, lines):
    (tmp_path / "loop.raw").symlink_to("loop.raw")
    for name, content in (
        ("a.mhd", meta_image(HU, attached=False, ElementDataFile=target)),
        ("a.nhdr", nrrd(HU, attached=False, data_file=target, line_skip=lines)),
    ):
        with pytest.raises(ImageFileError) as caught:
            read(tmp_path / name, content)
        assert f"The file {target.split('/')[-1]}, in which {name} keeps its pixels, cannot be read (" in str(
            caught.value
        )
        assert "damaged" not in str(caught.value)


def test_sizes_beyond_the_file_take_no_memory(tmp_path):
    for name, content in (
        ("a.nrrd", nrrd(HU, sizes="90000 90000 90000")),
        ("b.nrrd", nrrd(HU, sizes="90000 90000 90000", encoding="gzip")),
        ("a.mha", meta_image(HU, DimSize="90000 90000 90000", CompressedData=True)),
        ("a.nii", nifti(HU, dim=(3, 30000, 30000, 30000))),
        ("a.nii.gz", gzip.compress(nifti(HU, dim=(3, 30000, 30000, 30000)))),
    ):
        with pytest.raises(ImageFileError, match="cut short"):
            read(tmp_path / name, content)


def test_the_first_bytes_of_pixels_may_lie_behind_a_header_of_their_own(tmp_path):
    (tmp_path / "a.raw").write_bytes(b"0123456789" + RAW)
    for skipped in (10, -1):
        entries = {"ElementDataFile": "a.raw", "HeaderSize": skipped}
        np.testing.assert_array_equal(read(tmp_path / "a.mhd", meta_image(HU, attached=False, **entries)), HU)
    with pytest.raises(ImageFileError, match="more data"):
        read(tmp_path / "a.mhd", meta_image(HU, attached=False, ElementDataFile="a.raw"))
