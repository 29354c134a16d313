"""Fragments of compressed frames: the frame that is asked for is the one that is read, or none is."""

import struct

import imagecodecs
import numpy as np
import pytest
from radiograph_files import dataset, pattern, save
from stored_frames import stored_values

from Diff2CTCore.errors import ImageFileError

JPEG_LS = "1.2.840.10008.1.2.4.80"
FRAMES = np.stack([pattern(), pattern()[::-1], pattern()[:, ::-1]])
CODED = [imagecodecs.jpegls_encode(np.ascontiguousarray(frame)) for frame in FRAMES]
CODED = [frame + b"\0" * (len(frame) % 2) for frame in CODED]
LENGTHS = [len(frame) for frame in CODED]
PLACES = [0, 8 + LENGTHS[0], 16 + LENGTHS[0] + LENGTHS[1]]
"""Where the items of three fragments lie, counted from the first."""


def item(content):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def encapsulated(path, fragments, table=(), frames=3, closed=True, **tags):
    """A file of three frames whose Pixel Data is put together byte by byte."""
    ds = dataset(FRAMES, **tags)
    ds.NumberOfFrames = frames
    ds.PixelData = b"".join(map(item, (struct.pack(f"<{len(table)}I", *table), *fragments)))
    ds.PixelData += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    ds["PixelData"].VR = "OB"
    ds.file_meta.TransferSyntaxUID = JPEG_LS
    save(ds, path)
    if not closed:
        path.write_bytes(path.read_bytes().removesuffix(struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)))
    return path


def split(number):
    """The fragments of three frames, the one with this number in two pieces."""
    return [
        piece
        for index, frame in enumerate(CODED)
        for piece in ([frame[:400], frame[400:]] if index == number else [frame])
    ]


@pytest.mark.parametrize("table", [(), PLACES])
@pytest.mark.parametrize("closed", [True, False])
def test_each_frame_is_the_one_of_its_number(tmp_path, table, closed):
    path = encapsulated(tmp_path / "a.dcm", CODED, table, closed=closed)
    for index, frame in enumerate(FRAMES):
        np.testing.assert_array_equal(stored_values(path, index), frame)


@pytest.mark.parametrize("table", [(), (0, PLACES[1], PLACES[2] + 8)])
def test_a_frame_in_several_fragments_is_put_together(tmp_path, table):
    path = encapsulated(tmp_path / "a.dcm", split(1), table)
    for index, frame in enumerate(FRAMES):
        np.testing.assert_array_equal(stored_values(path, index), frame)


@pytest.mark.parametrize(
    ("fragments", "table", "frames"),
    [
        (CODED, (0, PLACES[2], PLACES[1]), 3),
        (CODED, (PLACES[1], PLACES[2], 0), 3),
        (CODED, (PLACES[1], PLACES[2], PLACES[2] + 8 + LENGTHS[2]), 3),
        (CODED, (0, PLACES[1]), 3),
        (CODED, (0, 0, 0), 3),
        (CODED, (0, PLACES[1] + 2, PLACES[2]), 3),
        (CODED, (), 2),
        (CODED, (), 4),
        (CODED, PLACES, 4),
        (split(1), (PLACES[1],), 2),
        (split(1), PLACES, 3),
    ],
)
def test_a_table_or_a_number_of_frames_that_does_not_fit_the_fragments_is_refused(tmp_path, fragments, table, frames):
    path = encapsulated(tmp_path / "a.dcm", fragments, table, frames)
    for index in range(frames):
        with pytest.raises(ImageFileError, match="not what its header announces"):
            stored_values(path, index)


@pytest.mark.parametrize(
    ("places", "lengths", "sound"),
    [
        (PLACES, LENGTHS, True),
        (PLACES, [length - 1 for length in LENGTHS], True),
        ([PLACES[1], 0, PLACES[2]], [LENGTHS[1], LENGTHS[0], LENGTHS[2]], False),
        (PLACES, [LENGTHS[0] - 8, *LENGTHS[1:]], False),
        (PLACES[:2], LENGTHS[:2], False),
    ],
)
def test_the_extended_table_has_to_fit_as_well(tmp_path, places, lengths, sound):
    tables = {
        "ExtendedOffsetTable": struct.pack(f"<{len(places)}Q", *places),
        "ExtendedOffsetTableLengths": struct.pack(f"<{len(lengths)}Q", *lengths),
    }
    path = encapsulated(tmp_path / "a.dcm", CODED, **tables)
    if sound:
        np.testing.assert_array_equal(stored_values(path, 1), FRAMES[1])
        return
    with pytest.raises(ImageFileError, match="not what its header announces"):
        stored_values(path, 1)


@pytest.mark.parametrize("spoil", [lambda whole: whole[:-1000], lambda whole: whole.replace(item(b""), item(b"")[:4])])
def test_fragments_that_are_cut_off_are_refused(tmp_path, spoil):
    path = encapsulated(tmp_path / "a.dcm", CODED)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ImageFileError, match=r"damaged or cut off|not what its header announces"):
        stored_values(path, 2)


def _syntax_element(uid):
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return struct.pack("<HH2sH", 2, 0x10, b"UI", len(value)) + value


@pytest.mark.parametrize("implicit", [True, False])
def test_values_whose_types_are_written_otherwise_than_the_syntax_says_are_read(tmp_path, implicit):
    syntaxes = {True: "1.2.840.10008.1.2", False: "1.2.840.10008.1.2.1"}
    ds = dataset(pattern())
    ds.file_meta.TransferSyntaxUID = syntaxes[implicit]
    path = save(ds, tmp_path / "a.dcm")
    written, said = (_syntax_element(syntaxes[key]) for key in (implicit, not implicit))
    whole = path.read_bytes()
    assert whole.count(written) == 1
    # The length of the group stands behind the preamble and changes with that of its last but one element.
    total = struct.unpack_from("<I", whole, 140)[0] + len(said) - len(written)
    path.write_bytes(whole[:140] + struct.pack("<I", total) + whole[144:].replace(written, said))
    np.testing.assert_array_equal(stored_values(path), pattern())
