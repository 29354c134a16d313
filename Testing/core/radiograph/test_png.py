"""PNG radiographs are read with exactly the samples that they store; what cannot be shown so is refused."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from png_files import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, chunk, png_bytes
from radiograph_files import pattern
from refusal import refuse, write
from tiff_files import SHORT, tiff_bytes

from Diff2CTCore.radiograph import read_radiograph

EIGHT = pattern(67, 70, 8).astype(np.uint8)
SIXTEEN = pattern(67, 70, 16)
EVERY_PREDICTION = (4, 3, 2, 1, 0, 4, 1, 3)


def rough(stored):
    """The image with noise, so that the prediction of a line errs in both directions."""
    noise = np.random.default_rng(2).integers(0, 40 if stored.itemsize == 1 else 9000, stored.shape)
    return (stored // 2 + noise).astype(stored.dtype)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("stored", [rough(EIGHT), rough(SIXTEEN)], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("colour", [GREY, GREY_ALPHA, RGB, RGBA])
def test_every_arrangement_of_grey_samples_is_read_exactly(tmp_path, stored, colour, interlaced):
    opaque = np.full_like(stored, np.iinfo(stored.dtype).max)
    channels = {GREY: [stored], GREY_ALPHA: [stored, opaque], RGB: [stored] * 3, RGBA: [*[stored] * 3, opaque]}
    pixels = np.stack(channels[colour], axis=-1)
    content = png_bytes(pixels, colour, EVERY_PREDICTION, interlaced)
    if stored.itemsize == 1 or colour == GREY:
        # Pillow, as an independent reader, vouches for the file.
        seen = np.array(Image.open(io.BytesIO(content)))
        np.testing.assert_array_equal(seen.reshape(pixels.shape), pixels)
    np.testing.assert_array_equal(read_radiograph(write(tmp_path / "a.png", content)).pixels, stored)


@pytest.mark.parametrize("prediction", range(5))
def test_every_prediction_of_lines_is_undone(tmp_path, prediction):
    stored = rough(SIXTEEN)
    path = write(tmp_path / "a.png", png_bytes(stored, predictions=(prediction,)))
    np.testing.assert_array_equal(read_radiograph(path).pixels, stored)


@pytest.mark.parametrize(("rows", "columns"), [(64, 301), (301, 64)])
def test_a_flat_or_a_steep_picture_by_pillow_is_read_exactly(tmp_path, rows, columns):
    stored = rough(pattern(rows, columns, 16))
    Image.fromarray(stored).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.png").pixels, stored)


@pytest.mark.parametrize("stored", [pattern(bits=12), pattern(bits=12) << 4], ids=["low bits", "high bits"])
def test_the_number_of_significant_bits_moves_no_sample(tmp_path, stored):
    path = write(tmp_path / "a.png", png_bytes(stored, before=[chunk(b"sBIT", b"\x0c")]))
    np.testing.assert_array_equal(read_radiograph(path).pixels, stored)


def test_what_is_said_about_screens_and_paper_changes_nothing(tmp_path):
    told = [
        chunk(b"gAMA", struct.pack(">I", 100_000)),
        chunk(b"sRGB", b"\0"),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(b"profile")),
        chunk(b"pHYs", struct.pack(">IIB", 5000, 5000, 1)),
        chunk(b"bKGD", b"\0\0"),
    ]
    read = read_radiograph(write(tmp_path / "a.png", png_bytes(SIXTEEN, before=told)))
    np.testing.assert_array_equal(read.pixels, SIXTEEN)
    assert read.pixel_spacing_mm is None


def test_pixels_that_are_not_square_need_a_spacing(tmp_path):
    told = chunk(b"pHYs", struct.pack(">IIB", 2, 1, 0))
    path = write(tmp_path / "a.png", png_bytes(EIGHT, before=[told]))
    refuse(path, "not square")
    assert read_radiograph(path, pixel_spacing_mm=(0.4, 0.2)).pixel_spacing_mm == (0.4, 0.2)


def test_a_palette_of_greys_gives_the_greys_that_it_stands_for(tmp_path):
    greys = np.random.default_rng(5).permutation(256).astype(np.uint8)
    palette = chunk(b"PLTE", np.repeat(greys, 3).tobytes())
    path = write(tmp_path / "a.png", png_bytes(EIGHT, PALETTE, before=[palette]))
    np.testing.assert_array_equal(read_radiograph(path).pixels, greys[EIGHT])
    # A colour that is seen through does no harm where no pixel has it.
    numbers = np.minimum(EIGHT, 254)
    opacity = chunk(b"tRNS", b"\xff" * 255 + b"\0")
    write(path, png_bytes(numbers, PALETTE, before=[palette, opacity]))
    np.testing.assert_array_equal(read_radiograph(path).pixels, greys[numbers])
    refuse(write(path, png_bytes(EIGHT, PALETTE, before=[palette, opacity])), "transparent parts")
    refuse(write(path, png_bytes(EIGHT, PALETTE, before=[chunk(b"PLTE", bytes(300))])), "damaged")
    refuse(write(path, png_bytes(EIGHT, PALETTE)), "damaged")


def test_transparency_is_refused_where_it_is_seen(tmp_path):
    path = tmp_path / "a.png"
    for value in (0, 65_535):
        refuse(write(path, png_bytes(SIXTEEN, before=[chunk(b"tRNS", struct.pack(">H", value))])), "transparent parts")
    stored = np.maximum(SIXTEEN, 1)
    write(path, png_bytes(stored, before=[chunk(b"tRNS", bytes(2))]))
    np.testing.assert_array_equal(read_radiograph(path).pixels, stored)
    for opacity in (np.full_like(EIGHT, 0), np.full_like(EIGHT, 254), EIGHT):
        refuse(write(path, png_bytes(np.stack([EIGHT, opacity], axis=-1), GREY_ALPHA)), "transparent parts")


def exif(orientation, mark=b""):
    return chunk(b"eXIf", mark + tiff_bytes([(274, SHORT, [orientation])], []))


def test_a_picture_that_asks_to_be_turned_is_refused(tmp_path):
    np.testing.assert_array_equal(
        read_radiograph(write(tmp_path / "a.png", png_bytes(EIGHT, before=[exif(1)]))).pixels, EIGHT
    )
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, after=[exif(6)])), "asks to be turned")
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, after=[chunk(b"eXIf", b"II*")])), "Exif entry of .* is a damaged")


def test_an_orientation_is_read_behind_the_mark_that_jpeg_files_have_and_zero_is_none(tmp_path):
    mark = b"Exif\0\0"
    for entry in (exif(0), exif(0, mark), exif(1, mark)):
        read = read_radiograph(write(tmp_path / "a.png", png_bytes(EIGHT, before=[entry])))
        np.testing.assert_array_equal(read.pixels, EIGHT)
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, before=[exif(6, mark)])), "asks to be turned")
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, before=[exif(9)])), "asks to be turned")


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("colour", [GREY, PALETTE])
def test_a_picture_of_few_levels_is_refused(tmp_path, bits, colour):
    packed = EIGHT[:, : -(-70 * bits // 8)]
    content = png_bytes(packed, size=(67, 70), header=(bits, colour, 0, 0, 0), before=[chunk(b"PLTE", bytes(48))])
    refuse(write(tmp_path / "a.png", content), f"{1 << bits} grey levels")


def test_an_animation_is_refused(tmp_path):
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, before=[chunk(b"acTL", bytes(8))])), "animation")


@pytest.mark.parametrize("rows", [66, 68])
def test_more_or_fewer_pixels_than_the_header_says_are_refused(tmp_path, rows):
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, size=(rows, 70))), "more or fewer pixels")


HEADERS = {
    "bits": (9, GREY, 0, 0, 0),
    "bits of a palette": (16, PALETTE, 0, 0, 0),
    "colours": (8, 5, 0, 0, 0),
    "compression": (8, GREY, 1, 0, 0),
    "prediction": (8, GREY, 0, 1, 0),
    "interlacing": (8, GREY, 0, 0, 2),
}


@pytest.mark.parametrize("wrong", HEADERS)
def test_a_header_that_the_standard_does_not_know_is_refused(tmp_path, wrong):
    refuse(write(tmp_path / "a.png", png_bytes(EIGHT, header=HEADERS[wrong])), "damaged")


def test_chunks_that_are_spoilt_out_of_place_or_unknown_are_refused(tmp_path):
    whole, path = png_bytes(EIGHT), tmp_path / "a.png"
    palette, unknown, transparency = chunk(b"PLTE", bytes(3)), chunk(b"CgBI", bytes(4)), chunk(b"tRNS", bytes(2))
    pixels = whole[33 : whole.index(b"IEND") - 4]
    for content in (
        whole[:20] + b"\1" + whole[21:],
        whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
        whole[:-12],
        whole[:8] + whole[33:],
        whole[:33] + whole[8:],
        whole[:33] + chunk(b"IEND", b""),
        png_bytes(EIGHT, predictions=(0,), before=[unknown]),
        png_bytes(EIGHT, before=[palette, palette]),
        png_bytes(EIGHT, after=[transparency]),
        png_bytes(EIGHT, before=[chunk(b"tRNS", bytes(3))]),
        png_bytes(np.stack([EIGHT] * 2, axis=-1), GREY_ALPHA, before=[transparency]),
        png_bytes(EIGHT, after=[chunk(b"tEXt", b"between"), pixels]),
    ):
        refuse(write(path, content), "damaged")
    lines = zlib.compress(b"\5" + bytes(70) + bytes(71 * 66))
    refuse(write(path, whole[:33] + chunk(b"IDAT", lines) + chunk(b"IEND", b"")), "damaged")
    half = len(pixels) // 2
    parts = zlib.compress(np.pad(EIGHT, ((0, 0), (1, 0))).tobytes())
    split = chunk(b"IDAT", parts[:half]) + chunk(b"IDAT", b"") + chunk(b"IDAT", parts[half:]) + chunk(b"IEND", b"")
    np.testing.assert_array_equal(read_radiograph(write(path, whole[:33] + split)).pixels, EIGHT)
