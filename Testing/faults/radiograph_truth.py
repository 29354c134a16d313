"""What became of a radiograph that the program accepted, beside what must have become of it."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from spoilt import UnclearError
from voxel_files import voxels_of

ANY, ASSUMED = "any", "assumed"
LINEAR, SCALED, RISING, SIMILAR = "linear", "scaled", "rising", "similar"


@dataclass(frozen=True)
class Told:
    """A value that the file does not give as it should: an assumption must name the element.

    Attributes:
        keyword: of the element; empty where any assumption about the value will do.
        value: what is right, too; None if nothing is.
    """

    keyword: str = ""
    value: object = None


@dataclass
class Expected:
    """What a radiograph is, in its canonical orientation.

    Attributes:
        pixels: (rows, columns), growing with the line integral; None where nothing is known of them.
        follow: how what was read depends on `pixels`: LINEAR (with slope 1), SCALED (with any), RISING, or
            SIMILAR (after lossy compression).
        compared: bool (rows, columns), the pixels that are compared; all of them if None.
        exposed: bool (rows, columns), what the mask must be; not compared if None.
        either_way: the polarity is for the program to choose, if it says so.
        geometry: values of the report's geometry by name, or ANY, ASSUMED (the program must have said so), or `Told`.
    """

    pixels: np.ndarray | None
    follow: str = LINEAR
    compared: np.ndarray | None = None
    exposed: np.ndarray | None = None
    either_way: bool = False
    geometry: dict = field(default_factory=dict)

    def turned(self, turn) -> "Expected":
        """With each image turned."""
        for name in ("pixels", "compared", "exposed"):
            image = getattr(self, name)
            setattr(self, name, None if image is None else turn(image))
        return self


def wrong_radiograph(path: Path, report: Path, expected: Expected, **reading) -> str | None:
    """What of a frontal radiograph that was read, and of the geometry in the run's report, is not as expected."""
    from Diff2CTCore.radiograph import read_radiograph

    told = json.loads(report.read_text(encoding="utf-8"))
    assumed = [(item["name"], item["why"]) for item in told["assumptions"]["frontal"]]
    wrong = _wrong_geometry(next(iter(told["geometry"].values())), assumed, expected.geometry)
    if wrong or expected.pixels is None:
        return wrong
    return _wrong_pixels(read_radiograph(path, **reading), {name for name, _ in assumed}, expected)


def _wrong_geometry(found: dict, assumed: list, expected: dict) -> str | None:
    for name, value in expected.items():
        if value == ANY:
            continue
        if value == ASSUMED or isinstance(value, Told):
            keyword = value.keyword if isinstance(value, Told) else ""
            if any(item == name and keyword in why for item, why in assumed):
                continue
            if value == ASSUMED or value.value is None or not _same(found[name], value.value):
                return f"{name} is {found.get(name)}, which {keyword or 'the file'} does not say, and that is not told"
        elif not _same(found[name], value):
            return f"{name} is {found[name]} instead of {value}"
    return None


def _same(found, value) -> bool:
    return found == value if isinstance(value, str) else np.allclose(found, value, rtol=1e-5, atol=1e-6)


def _wrong_pixels(read, assumed: set, expected: Expected) -> str | None:
    if read.pixels.shape != expected.pixels.shape:
        return f"{read.pixels.shape} pixels instead of {expected.pixels.shape}"
    mask = np.ones(read.pixels.shape, dtype=bool) if read.mask is None else read.mask
    if expected.exposed is not None and (mask != expected.exposed).any():
        return f"{mask.mean():.1%} of the pixels count as exposed instead of {expected.exposed.mean():.1%}"
    compared = mask if expected.compared is None else mask & expected.compared
    found, wanted = read.pixels[compared].astype(float), expected.pixels[compared].astype(float)
    if found.size < 2 or np.ptp(wanted) == 0.0:
        return None
    ways = (1, -1) if expected.either_way and "invert" in assumed else (1,)
    faults = [_unlike(found, way * wanted, expected.follow) for way in ways]
    return None if None in faults else f"the pixels {faults[0]}"


def _unlike(found: np.ndarray, wanted: np.ndarray, follow: str) -> str | None:
    if follow in (LINEAR, SCALED):
        found = found * (np.ptp(wanted) / np.ptp(found) if follow == SCALED and np.ptp(found) else 1.0)
        off = found - wanted
        off = np.abs(off - np.median(off))
        tolerance = 1e-4 * np.ptp(wanted) + 1e-6 * np.abs(found).max()
        return None if off.max() <= tolerance else f"differ in {np.mean(off > tolerance):.1%}, by up to {off.max():.4g}"
    if follow == RISING:
        order = np.argsort(wanted, kind="stable")
        falls = np.diff(found[order])[np.diff(wanted[order]) > 0] < -1e-6 * np.ptp(found)
        return f"do not rise with those of the file in {falls.mean():.1%}" if falls.any() else None
    correlation = np.corrcoef(found, wanted)[0, 1]
    return None if correlation > 0.999 else f"have a correlation of {correlation:.3f} with those of the file"


def expected_of_picture(path: Path) -> Expected:
    """What a file without radiographic tags is, by an independent reader: bright is dense, nothing else is said."""
    spacing = ASSUMED
    if path.suffix == ".png":
        values = _with_pillow(path)
    elif path.suffix == ".tif":
        values = _with_tifffile(path)
    else:
        voxels = voxels_of(path, placed=False)
        values = voxels.values.reshape([count for count in voxels.values.shape if count > 1] or [1, 1])
        steps = np.linalg.norm(voxels.axes, axis=0)
        # A spacing of 1 x 1 is what such files hold whose writers knew none.
        spacing = [round(float(step), 6) for step in steps[1::-1]] if (steps[:2] != 1.0).any() else ASSUMED
    return Expected(values, geometry={"pixel_spacing_mm": spacing, "sid_mm": ASSUMED, "view": ASSUMED})


def _with_pillow(path: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()
            values = np.asarray(image.convert("RGB") if image.mode in ("P", "RGBA", "LA") else image, dtype=float)
    except Exception as error:
        raise UnclearError(f"accepted although Pillow fails ({error!r})") from None
    return values if values.ndim == 2 else values[..., 1]


def _with_tifffile(path: Path) -> np.ndarray:
    """TIFF 6.0: what Photometric Interpretation and Orientation ask for is done here, tifffile does not."""
    import tifffile

    logging.getLogger("tifffile").disabled = True
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            values = page.asarray().astype(float)
            white_is_zero = page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
            turn = page.tags.get(274)
    except Exception as error:
        raise UnclearError(f"accepted although tifffile fails ({error!r})") from None
    values = values if values.ndim == 2 else values[..., 1]
    return turned_by_tiff(-values if white_is_zero else values, 1 if turn is None else int(turn.value))


def turned_by_tiff(stored: np.ndarray, orientation: int) -> np.ndarray:
    """As it is meant to be shown; the values of tag 274 say where the first row and the first column lie."""
    upright = {
        1: lambda image: image,
        2: lambda image: image[:, ::-1],
        3: lambda image: image[::-1, ::-1],
        4: lambda image: image[::-1],
        5: lambda image: image.T,
        6: lambda image: image.T[:, ::-1],
        7: lambda image: image.T[::-1, ::-1],
        8: lambda image: image.T[::-1],
    }
    if orientation not in upright:
        raise UnclearError(f"accepted although the orientation is {orientation}")
    return upright[orientation](stored)
