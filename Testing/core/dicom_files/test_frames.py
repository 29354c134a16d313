"""Frames: nothing becomes a pixel that the file does not hold, and nothing that it holds is taken for another image."""

import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import ExplicitVRBigEndian, RLELossless
from radiograph_files import ENCODERS, compressed, dataset, dicom, pattern, save
from stored_frames import stored_values

from Diff2CTCore.errors import ImageFileError

BASELINE, LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"


def with_frame(path, frame):
    """The file with another compressed frame in place of its own."""
    ds = dcmread(path)
    ds.PixelData = encapsulate([frame])
    ds["PixelData"].VR = "OB"
    return save(ds, path)


def frame_of(path):
    """The one compressed frame of a file."""
    return get_frame(dcmread(path).PixelData, 0, number_of_frames=1)


def run_length_coded(path, stored, **tags):
    """A file in DICOM's run-length encoding, made by pydicom."""
    ds = dataset(stored, **tags)
    ds.compress(RLELossless, encoding_plugin="pydicom")
    return save(ds, path)


def test_run_length_coding_gives_the_pixels_of_one_and_of_three_samples(tmp_path):
    np.testing.assert_array_equal(stored_values(run_length_coded(tmp_path / "a.dcm", pattern())), pattern())
    grey = pattern(bits=8).astype(np.uint8)
    ds = dataset(grey, bits=8, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    colours = np.stack([grey, 255 - grey, grey // 2], axis=-1)
    ds.PixelData = colours.tobytes()
    ds.compress(RLELossless, encoding_plugin="pydicom")
    np.testing.assert_array_equal(stored_values(save(ds, tmp_path / "b.dcm")), colours)


@pytest.mark.parametrize("cut", [2, 10, 300, 2000])
def test_a_run_length_coded_frame_that_is_too_short_is_not_filled_up(tmp_path, cut):
    path = run_length_coded(tmp_path / "a.dcm", pattern())
    with pytest.raises(ImageFileError, match="damaged or cut off"):
        stored_values(with_frame(path, frame_of(path)[:-cut]))


@pytest.mark.parametrize("syntax", sorted(ENCODERS))
def test_a_codestream_that_is_cut_and_closed_again_is_not_filled_up(tmp_path, syntax):
    bits = 8 if syntax == BASELINE else 12
    path = compressed(tmp_path / "a.dcm", syntax, pattern(bits=bits), bits=bits)
    frame = frame_of(path)
    with pytest.raises(ImageFileError, match="damaged or cut off"):
        stored_values(with_frame(path, frame[: len(frame) * 2 // 3] + b"\xff\xd9"))


@pytest.mark.parametrize("syntax", sorted(ENCODERS))
def test_a_second_image_behind_the_first_is_not_left_out_in_silence(tmp_path, syntax):
    bits = 8 if syntax == BASELINE else 12
    path = compressed(tmp_path / "a.dcm", syntax, pattern(bits=bits), bits=bits)
    frame = frame_of(path).rstrip(b"\0")
    with pytest.raises(ImageFileError, match="damaged or cut off"):
        stored_values(with_frame(path, frame + frame))
    padded = stored_values(with_frame(path, frame + bytes(6)))
    assert np.abs(padded - pattern(bits=bits).astype(int)).max() <= 16


@pytest.mark.parametrize("syntax", sorted(ENCODERS))
@pytest.mark.parametrize("behind", [b"\xff\xd9", b"\n\0", b"  ", b"\x17"])
def test_bytes_that_programs_leave_behind_a_codestream_are_no_damage(tmp_path, syntax, behind):
    bits = 8 if syntax == BASELINE else 12
    path = compressed(tmp_path / "a.dcm", syntax, pattern(bits=bits), bits=bits)
    clean, frame = stored_values(path), frame_of(path).rstrip(b"\0")
    np.testing.assert_array_equal(stored_values(with_frame(path, frame + behind)), clean)
    with pytest.raises(ImageFileError, match="damaged or cut off"):
        stored_values(with_frame(path, frame + b"rest" + behind))


@pytest.mark.parametrize("syntax", [syntax for syntax in sorted(ENCODERS) if syntax < "1.2.840.10008.1.2.4.90"])
@pytest.mark.parametrize("sampling", [0x22, 0x21, 0x12, 0x44])
def test_a_grey_jpeg_has_the_same_pixels_whatever_its_sampling(tmp_path, syntax, sampling):
    bits = 8 if syntax == BASELINE else 12
    path = compressed(tmp_path / "a.dcm", syntax, pattern(93, 75, bits), bits=bits)
    clean, frame = stored_values(path), bytearray(frame_of(path))
    start = next(place for marker in b"\xc0\xc1\xc3\xf7" if (place := frame.find(bytes((0xFF, marker)))) > 0)
    assert frame[start + 11] == 0x11
    frame[start + 11] = sampling
    np.testing.assert_array_equal(stored_values(with_frame(path, bytes(frame))), clean)
    frame[start + 11] = 0x05
    with pytest.raises(ImageFileError, match="damaged or cut off"):
        stored_values(with_frame(path, bytes(frame)))


@pytest.mark.parametrize(
    "tags",
    [
        {"Rows": 95},
        {"Columns": 79},
        {"Rows": 48},
        {"NumberOfFrames": 2},
        {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7},
    ],
)
def test_pixels_that_are_not_of_the_size_that_the_header_says_are_refused(tmp_path, tags):
    with pytest.raises(ImageFileError, match=r"not what its header announces|damaged or cut off"):
        stored_values(dicom(tmp_path / "a.dcm", **tags))


def test_frames_that_the_header_forgets_are_not_left_out_in_silence(tmp_path):
    ds = dataset(np.stack([pattern(), pattern() // 2]))
    del ds.NumberOfFrames
    with pytest.raises(ImageFileError, match="not what its header announces"):
        stored_values(save(ds, tmp_path / "a.dcm"))


def test_a_few_bytes_of_padding_are_no_further_image(tmp_path):
    ds = dataset(pattern())
    ds.PixelData = ds.PixelData + bytes(64)
    np.testing.assert_array_equal(stored_values(save(ds, tmp_path / "a.dcm")), pattern())


def test_no_frames_stated_as_zero_are_one(tmp_path):
    np.testing.assert_array_equal(stored_values(dicom(tmp_path / "a.dcm", NumberOfFrames=0)), pattern())
    with pytest.raises(ImageFileError, match="NumberOfFrames"):
        stored_values(dicom(tmp_path / "b.dcm", NumberOfFrames=-1))


def test_a_codestream_of_more_colours_than_the_header_says_is_refused(tmp_path):
    path = compressed(tmp_path / "a.dcm", BASELINE, pattern(bits=8), bits=8)
    colours = np.repeat(pattern(bits=8).astype(np.uint8)[..., None], 3, axis=-1)
    with pytest.raises(ImageFileError, match="not what its header announces"):
        stored_values(with_frame(path, imagecodecs.jpeg8_encode(colours, level=98)))


def test_the_arrangement_of_grey_colours_is_told_from_the_pixels(tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (96, 80), dtype=np.uint8)
    planes, pixels = np.stack([grey] * 3), np.stack([grey] * 3, axis=-1)
    tags = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
    for name, arranged, planar in (("pixels", pixels, 0), ("planes", planes, 1)):
        ds = dataset(grey, bits=8, **tags, PlanarConfiguration=planar)
        ds.PixelData = arranged.tobytes()
        np.testing.assert_array_equal(stored_values(save(ds, tmp_path / "a.dcm")), pixels, err_msg=name)
        ds.PlanarConfiguration = 1 - planar
        with pytest.raises(ImageFileError, match="not what its header announces"):
            stored_values(save(ds, tmp_path / "b.dcm"))
        del ds.PlanarConfiguration
        with pytest.raises(ImageFileError, match="PlanarConfiguration"):
            stored_values(save(ds, tmp_path / "c.dcm"))


def test_bytes_that_changed_places_in_pairs_are_refused(tmp_path):
    grey = pattern(bits=8).astype(np.uint8)
    ds = dataset(grey, bits=8)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    ds["PixelData"].VR = "OB"
    np.testing.assert_array_equal(stored_values(save(ds, tmp_path / "a.dcm")), grey)
    ds.PixelData = grey.reshape(-1, 2)[:, ::-1].tobytes()
    ds["PixelData"].VR = "OW"
    with pytest.raises(ImageFileError, match="byte order"):
        stored_values(save(ds, tmp_path / "b.dcm"))


@pytest.mark.parametrize("colours", ["YCBCR", "RGB"])
@pytest.mark.parametrize("stated", ["RGB", "YBR_FULL", "YBR_FULL_422"])
def test_grey_in_a_jpeg_of_three_colours_is_grey_whatever_the_header_calls_them(tmp_path, colours, stated):
    grey = pattern(bits=8).astype(np.uint8)
    ds = dataset(grey, bits=8, SamplesPerPixel=3, PhotometricInterpretation=stated, PlanarConfiguration=0)
    image = np.repeat(grey[..., None], 3, axis=-1)
    ds.PixelData = encapsulate([imagecodecs.jpeg8_encode(image, level=98, colorspace="RGB", outcolorspace=colours)])
    ds["PixelData"].VR = "OB"
    ds.file_meta.TransferSyntaxUID = BASELINE
    read = stored_values(save(ds, tmp_path / "a.dcm"))
    assert np.abs(read - image.astype(int)).max() <= 4
