"""TIFF radiographs are read with exactly the values that they store, whatever common program wrote them."""

import itertools
import zlib

import imagecodecs
import numpy as np
import pytest
import SimpleITK as sitk
import tifffile
from PIL import Image
from radiograph_files import pattern
from refusal import write
from tiff_files import SHORT, grey_tags, tiff_bytes

from Diff2CTCore.radiograph import read_radiograph

INTEGERS = ["u1", "u2", "u4", "i1", "i2", "i4"]
FLOATS = ["f2", "f4", "f8"]


def stored_values(kind, rows=96, columns=81):
    """An image without symmetry, rough enough to fill the tables of a compression, over most of a type's range."""
    smooth = pattern(rows, columns, 16) / 65535.0
    rough = smooth + np.random.default_rng(3).normal(0.0, 0.01, smooth.shape)
    unit = (rough - rough.min()) / np.ptp(rough)
    if kind[0] == "f":
        return (unit * 900.0 - 300.0).astype(kind)
    limits = np.iinfo(kind)
    # The pipeline counts in single precision, so a whole number is compared at its precision.
    return (limits.min + unit * (float(limits.max) - limits.min) * 0.999).astype(kind)


@pytest.mark.parametrize("kind", INTEGERS + FLOATS)
@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "packbits"])
def test_grey_values_of_every_type_and_order_are_read_exactly(tmp_path, kind, compression):
    stored = stored_values(kind)
    path = tmp_path / "a.tif"
    predictors = (False, True) if compression in ("lzw", "deflate") else (False,)
    blocks = ({"rowsperstrip": 96}, {"rowsperstrip": 17}, {"tile": (32, 48)})
    for order, big, predictor, block in itertools.product("<>", (False, True), predictors, blocks):
        choices = {"byteorder": order, "bigtiff": big, "predictor": predictor, "compression": compression, **block}
        tifffile.imwrite(path, stored, photometric="minisblack", **choices)
        read = read_radiograph(path)
        np.testing.assert_array_equal(read.pixels, stored.astype(np.float32), err_msg=str(choices))


@pytest.mark.parametrize("columns", [80, 81])
@pytest.mark.parametrize("order", "<>")
def test_values_packed_in_12_bits_are_read_exactly(tmp_path, columns, order):
    stored = pattern(96, columns, 12)
    lines = b"".join(imagecodecs.packints_encode(line, 12) for line in stored)
    tifffile.imwrite(
        tmp_path / "a.tif",
        iter([lines]),
        shape=stored.shape,
        dtype=np.uint16,
        bitspersample=12,
        byteorder=order,
        rowsperstrip=96,
        photometric="minisblack",
    )
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), stored)
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, stored)


# Which side of the picture the first stored row and the first stored column are (TIFF 6.0, tag 274).
SIDES = {
    # Scanners write 0 where they know none; the standard's default is 1.
    0: ("top", "left"),
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


@pytest.mark.parametrize("orientation", SIDES)
def test_an_image_is_turned_as_its_orientation_says_and_its_spacing_with_it(tmp_path, orientation):
    stored = pattern(bits=16)
    first_row, first_column = SIDES[orientation]
    turned = first_row in ("left", "right")
    shown = np.zeros(stored.shape[::-1] if turned else stored.shape)
    for row, column in np.ndindex(stored.shape):
        place = {first_row: row, first_column: column}
        down = place["top"] if "top" in place else shown.shape[0] - 1 - place["bottom"]
        along = place["left"] if "left" in place else shown.shape[1] - 1 - place["right"]
        shown[down, along] = stored[row, column]
    tifffile.imwrite(tmp_path / "a.tif", stored, extratags=[(274, "H", 1, orientation, True)])
    read = read_radiograph(tmp_path / "a.tif", pixel_spacing_mm=(0.2, 0.3))
    np.testing.assert_array_equal(read.pixels, shown)
    assert read.pixel_spacing_mm == ((0.3, 0.2) if turned else (0.2, 0.3))
    further = read_radiograph(tmp_path / "a.tif", rotate=90, flip="horizontal")
    np.testing.assert_array_equal(further.pixels, np.rot90(shown, -1)[:, ::-1])


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_an_image_that_shows_zero_as_white_is_inverted_once(tmp_path, kind):
    stored = stored_values(kind)
    stored.flat[7] = np.iinfo(kind).max if kind[0] == "u" else 600.0
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="miniswhite")
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, stored.max() - stored)
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif", invert=True).pixels, stored)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("opaque", [False, True])
def test_grey_content_in_colour_channels_is_read_exactly(tmp_path, planar, kind, opaque):
    grey = stored_values(kind)
    channels = [grey] * 3 + [np.full_like(grey, np.iinfo(kind).max)] * opaque
    stored = np.stack(channels, axis=0 if planar == "separate" else -1)
    for order, compression in itertools.product("<>", (None, "lzw", "deflate", "packbits")):
        choices = {"byteorder": order, "compression": compression, "predictor": compression in ("lzw", "deflate")}
        extra = {"extrasamples": ["unassalpha"]} if opaque else {}
        tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar, **choices, **extra)
        np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, grey, err_msg=str(choices))


def test_grey_with_an_opaque_channel_is_read_exactly(tmp_path):
    grey = stored_values("u1")
    stored = np.stack([grey, np.full_like(grey, 255)], axis=-1)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="minisblack", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, grey)


def test_a_palette_of_greys_gives_the_greys_that_it_stands_for(tmp_path):
    numbers = stored_values("u1")
    greys = np.random.default_rng(5).permutation(256).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", numbers, photometric="palette", colormap=np.stack([greys * 257] * 3))
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, greys[numbers])
    tifffile.imwrite(tmp_path / "a.tif", numbers, photometric="palette", colormap=np.stack([greys * 256] * 3))
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, greys[numbers] * 256)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_what_pillow_writes_is_read_exactly(tmp_path, compression, kind):
    stored = stored_values(kind)
    Image.fromarray(stored).save(tmp_path / "a.tif", compression=compression, dpi=(300, 300))
    read = read_radiograph(tmp_path / "a.tif")
    np.testing.assert_array_equal(read.pixels, stored)
    assert read.pixel_spacing_mm is None


@pytest.mark.parametrize("compressor", ["LZW", "Deflate", "PackBits"])
@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "f4"])
def test_what_itk_writes_is_read_exactly(tmp_path, compressor, kind):
    stored = stored_values(kind)
    writer = sitk.ImageFileWriter()
    writer.SetFileName(str(tmp_path / "a.tif"))
    writer.UseCompressionOn()
    writer.SetCompressor(compressor)
    writer.Execute(sitk.GetImageFromArray(stored))
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, stored)


def test_a_small_preview_behind_the_image_is_passed_over(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(pattern()[::4, ::4], subfiletype=1)
        writer.write(pattern(), subifds=1)
        writer.write(pattern()[::2, ::2], subfiletype=1)
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.tif").pixels, pattern())


def test_strips_may_lie_in_any_order_and_the_last_may_be_filled_up(tmp_path):
    stored = pattern()
    lines = stored.astype("<u2").tobytes()
    strips = [lines[start : start + 50 * 160] for start in (0, 50 * 160)]
    tags = grey_tags(stored, RowsPerStrip=(278, SHORT, [50]))
    path = tmp_path / "a.tif"
    content = tiff_bytes(tags, [strips[1], strips[0]], [len(strips[0]), len(strips[1])], [8 + len(strips[1]), 8])
    np.testing.assert_array_equal(read_radiograph(write(path, content)).pixels, stored)
    full = [strips[0], strips[1] + bytes(4 * 160)]
    np.testing.assert_array_equal(read_radiograph(write(path, tiff_bytes(tags, full))).pixels, stored)
    deflated = grey_tags(stored, RowsPerStrip=(278, SHORT, [50]), Compression=(259, SHORT, [8]))
    full = [zlib.compress(strip) for strip in full]
    np.testing.assert_array_equal(read_radiograph(write(path, tiff_bytes(deflated, full))).pixels, stored)
