"""A TIFF file that is damaged, contradicts itself, or has a layout that is not read, is refused in one sentence."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from radiograph_files import pattern
from refusal import refuse, write
from tiff_files import LONG, RATIONAL, SHORT, SIGNED_SHORT, grey_tags, tiff_bytes

from Diff2CTCore.radiograph import read_radiograph

GREY = pattern(bits=8).astype(np.uint8)
ONE_STRIP = [GREY.tobytes()]


def hand_made(path, blocks=None, counts=None, offsets=None, **changes):
    """An 8-bit grey file with changed tags, strips, byte counts or offsets."""
    blocks = ONE_STRIP if blocks is None else blocks
    return write(path, tiff_bytes(grey_tags(GREY, **changes), blocks, counts, offsets))


def test_the_file_that_the_refusals_start_from_is_read(tmp_path):
    np.testing.assert_array_equal(read_radiograph(hand_made(tmp_path / "a.tif")).pixels, GREY)


LAYOUTS = {
    "jpeg": ({"compression": "jpeg"}, GREY, "compressed by JPEG"),
    "zstd": ({"compression": "zstd"}, GREY, "compressed by Zstandard"),
    "jpeg 2000": ({"compression": "jpeg2000"}, GREY, "compressed by JPEG 2000"),
    "one bit": ({}, GREY > 90, "unsigned 1-bit values"),
    "64 bits": ({}, pattern().astype(np.uint64), "unsigned 64-bit values"),
    "complex": ({}, pattern().astype(np.complex64), "SampleFormat"),
    "float colours": (
        {"photometric": "rgb"},
        np.stack([pattern() / 7.0] * 3, axis=-1),
        "floating-point 64-bit colour values",
    ),
    "cmyk": ({"photometric": "separated"}, np.stack([GREY] * 4, axis=-1), "CMYK"),
    "lab": ({"photometric": "cielab"}, np.stack([GREY] * 3, axis=-1), "CIE"),
    "mask": ({"photometric": "mask"}, GREY, "mask"),
    "sensor": ({"photometric": "cfa"}, GREY, "unknown kind"),
    "stack": ({}, np.stack([GREY] * 3), "stack of 3"),
    "ImageJ stack": ({"imagej": True}, np.stack([GREY] * 3), "stack"),
    "open ended": ({"photometric": "minisblack", "contiguous": True}, np.stack([GREY] * 3), "stack"),
    "depth": ({"volumetric": True, "tile": (16, 32, 32)}, np.stack([GREY] * 16), "stack"),
    "many samples": ({"planarconfig": "contig"}, np.stack([GREY] * 6, axis=-1), "beside its colours"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_that_is_not_known_to_be_right_is_refused_by_name(tmp_path, layout):
    choices, stored, message = LAYOUTS[layout]
    choices = {"photometric": "minisblack", **choices}
    if layout == "ImageJ stack":
        choices.pop("photometric")
    tifffile.imwrite(tmp_path / "a.tif", stored, **choices)
    refuse(tmp_path / "a.tif", message)


def test_line_art_and_real_colour_are_refused(tmp_path):
    Image.fromarray(GREY > 90).save(tmp_path / "a.tif", compression="group4")
    refuse(tmp_path / "a.tif", "1-bit values")
    colours = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)
    tifffile.imwrite(tmp_path / "b.tif", colours, photometric="rgb", planarconfig="contig")
    refuse(tmp_path / "b.tif", "colour picture")
    palette = np.stack([np.arange(256), np.arange(256)[::-1], np.arange(256)]).astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "c.tif", GREY, photometric="palette", colormap=palette)
    refuse(tmp_path / "c.tif", "colour picture")
    Image.fromarray(colours).convert("YCbCr").save(tmp_path / "d.tif")
    refuse(tmp_path / "d.tif", "YCbCr|colour picture")


def test_transparency_is_refused(tmp_path):
    alpha = np.full_like(GREY, 255)
    alpha[:9] = 0
    path = tmp_path / "a.tif"
    for channels, colours in ((1, "minisblack"), (3, "rgb")):
        stored = np.stack([GREY] * channels + [alpha], axis=-1)
        tifffile.imwrite(path, stored, photometric=colours, extrasamples=["assocalpha"], planarconfig="contig")
        refuse(path, "transparent parts")
        # What is seen through everywhere is not seen either.
        stored[..., -1] = 7
        tifffile.imwrite(path, stored, photometric=colours, extrasamples=["unassalpha"], planarconfig="contig")
        refuse(path, "transparent parts")
    with tifffile.TiffWriter(path) as writer:
        writer.write(GREY, photometric="minisblack")
        writer.write(alpha > 0, subfiletype=4, photometric="mask")
    refuse(path, "transparency mask")


def test_further_images_are_refused_unless_they_are_smaller_copies(tmp_path):
    path = tmp_path / "a.tif"
    for first, second, message in (
        ({}, {}, "stack of 2"),
        ({"subfiletype": 2}, {"subfiletype": 2}, "stack of 2"),
        ({}, {"subfiletype": 1}, "stack of 2"),
        ({"subfiletype": 1}, {"subfiletype": 1}, "preview"),
    ):
        with tifffile.TiffWriter(path) as writer:
            writer.write(GREY, **first)
            writer.write(GREY[::-1], **second)
        refuse(path, message)
    with tifffile.TiffWriter(path) as writer:
        writer.write(GREY, subifds=1)
        writer.write(GREY[::2, ::2])
    refuse(path, "stack of 2")


TAGS = {
    "bits reversed": ({"FillOrder": (266, SHORT, [2])}, "FillOrder"),
    "no such orientation": ({"Orientation": (274, SHORT, [9])}, "Orientation that does not exist"),
    "unreadable orientation": ({"Orientation": (274, SIGNED_SHORT, [-6])}, "Orientation of .* cannot be read"),
    "two orientations": ({"Orientation": (274, SHORT, [1, 6])}, "Orientation of .* cannot be read"),
    "orientation twice": ({"a": (274, SHORT, [1]), "b": (274, SHORT, [6])}, "states its Orientation twice"),
    "no width": ({"ImageWidth": None}, "does not state its ImageWidth"),
    "no colours": ({"PhotometricInterpretation": None}, "does not state its PhotometricInterpretation"),
    "unreadable width": ({"ImageWidth": (256, RATIONAL, [80, 1])}, "ImageWidth of .* cannot be read"),
    "no bits": ({"BitsPerSample": None}, "1-bit values"),
    "fax coding": ({"Compression": (259, SHORT, [4])}, "CCITT"),
    "ten bits": ({"BitsPerSample": (258, SHORT, [10])}, "unsigned 10-bit values"),
    "floats of eight bits": ({"SampleFormat": (339, SHORT, [3])}, "floating-point 8-bit values"),
    "undefined values": ({"SampleFormat": (339, SHORT, [4])}, "SampleFormat"),
    "lone predictor": ({"Predictor": (317, SHORT, [2])}, "Predictor"),
    "floating predictor": ({"Predictor": (317, SHORT, [3]), "Compression": (259, SHORT, [8])}, "Predictor"),
    "unknown compression": ({"Compression": (259, SHORT, [77])}, "not supported .77."),
    "planes": ({"PlanarConfiguration": (284, SHORT, [3])}, "PlanarConfiguration"),
    "three samples": ({"SamplesPerPixel": (277, SHORT, [3])}, "do not fit its colours"),
    "unnamed sample": ({"SamplesPerPixel": (277, SHORT, [2])}, "do not fit its colours"),
    "too many strips": ({"RowsPerStrip": (278, SHORT, [48])}, "strips or tiles"),
    "empty strips": ({"RowsPerStrip": (278, SHORT, [0])}, "strips or tiles"),
    "tiles and strips": (
        {"a": (322, SHORT, [80]), "b": (323, SHORT, [96]), "c": (324, LONG, [8]), "d": (325, LONG, [7680])},
        "strips or tiles",
    ),
}


@pytest.mark.parametrize("case", TAGS)
def test_a_tag_that_is_absent_unreadable_or_contradictory_is_named(tmp_path, case):
    changes, message = TAGS[case]
    refuse(hand_made(tmp_path / "a.tif", **changes), message)


def test_pixels_that_are_not_square_need_a_spacing(tmp_path):
    resolutions = {"x": (282, RATIONAL, [204, 1]), "y": (283, RATIONAL, [98, 1])}
    path = hand_made(tmp_path / "a.tif", **resolutions)
    refuse(path, "not square")
    assert read_radiograph(path, pixel_spacing_mm=(0.4, 0.2)).pixel_spacing_mm == (0.4, 0.2)
    for unknown in ([0, 1], [0, 0], [204, 1]):
        resolutions["y"] = (283, RATIONAL, unknown)
        assert read_radiograph(hand_made(path, **resolutions)).pixel_spacing_mm is None


@pytest.mark.parametrize("rows", [95, 97])
def test_more_or_fewer_bytes_than_the_header_says_are_refused(tmp_path, rows):
    lines = np.resize(GREY, (rows, 80))
    lzw = imagecodecs.lzw_encode(lines.tobytes())
    for code, block in (
        (1, lines.tobytes()),
        (5, lzw),
        (8, zlib.compress(lines.tobytes())),
        (32773, imagecodecs.packbits_encode(lines.tobytes())),
    ):
        path = hand_made(tmp_path / "a.tif", [block], Compression=(259, SHORT, [code]))
        refuse(path, "more or fewer pixels|damaged")


def test_strips_beyond_the_file_or_on_top_of_each_other_are_refused(tmp_path):
    refuse(hand_made(tmp_path / "a.tif", offsets=[4000]), "cut off")
    refuse(hand_made(tmp_path / "a.tif", counts=[0]), "more or fewer pixels")
    halves = [GREY[:48].tobytes(), GREY[48:].tobytes()]
    rows = (278, SHORT, [48])
    refuse(hand_made(tmp_path / "a.tif", halves, offsets=[8, 8], RowsPerStrip=rows), "strips or tiles")


@pytest.mark.parametrize("code", [5, 8, 32773])
def test_damaged_compressed_pixels_are_refused(tmp_path, code):
    encoders = {5: imagecodecs.lzw_encode, 8: zlib.compress, 32773: imagecodecs.packbits_encode}
    whole = encoders[code](GREY.tobytes())
    path = tmp_path / "a.tif"
    for length in (0, 1, 2, len(whole) // 2, len(whole) - 6):
        refuse(hand_made(path, [whole[:length]], Compression=(259, SHORT, [code])), "damaged|more or fewer pixels")
    for content in (bytes(200), b"\xff" * 199, b"\x80\x3f" + bytes(99), b"\x80" * 300):
        refuse(hand_made(path, [content], Compression=(259, SHORT, [code])), "damaged|more or fewer pixels")


def test_directories_that_lead_nowhere_or_in_a_circle_are_refused(tmp_path):
    whole = tiff_bytes(grey_tags(GREY), ONE_STRIP)
    start = struct.unpack_from("<I", whole, 4)[0]
    refuse(write(tmp_path / "a.tif", whole[:-4] + struct.pack("<I", start)), "damaged")
    refuse(write(tmp_path / "a.tif", whole[:-4] + struct.pack("<I", 1 << 30)), "damaged")
    refuse(write(tmp_path / "a.tif", whole[:4] + struct.pack("<I", 1 << 31) + whole[8:]), "damaged")
    refuse(write(tmp_path / "a.tif", whole[:-2]), "damaged")
    refuse(write(tmp_path / "a.tif", b"II+\0" + whole[4:]), "damaged")
    refuse(write(tmp_path / "a.tif", b"II+\0" + struct.pack("<HHQ", 8, 0, 1 << 63) + whole), "damaged")
    refuse(write(tmp_path / "a.tif", whole[:start] + b"\0\0" + whole[start + 2 :]), "damaged")
