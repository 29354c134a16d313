"""An independent reading of a small DICOM radiograph, element by element, by what PS3.3 says of each."""

import logging
import re
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from radiograph_files import pattern
from radiograph_truth import ANY, ASSUMED, LINEAR, RISING, SIMILAR, Expected, Told
from spoilt import UnclearError

UNKNOWN = "unknown"
_DS = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_LAYOUT = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel")
_POLARITY = ("PhotometricInterpretation", "PixelIntensityRelationship", "PixelIntensityRelationshipSign")
_SHUTTER = ("ShutterLeftVerticalEdge", "ShutterRightVerticalEdge", "ShutterUpperHorizontalEdge")
_SHUTTER += ("ShutterLowerHorizontalEdge", "ShutterShape")
_VIEWS = {"AP": "AP", "PA": "PA", "LL": "LL", "RL": "RL"}
_NOMINAL_DEG = {"AP": 180.0, "PA": 0.0, "LL": 90.0, "RL": -90.0}
"""Positioner Primary Angle of the detector (PS3.3, C.8.7.5.1.2): 0 in front of the patient, 90 at the left."""


def stated(data, keyword: str):
    """What an element says: a list of numbers or a text; empty where it is absent, UNKNOWN where its type is another.

    UnclearError where it is there and cannot be read.
    """
    if keyword not in data:
        return []
    raw, vr = data.get_item(keyword), dictionary_VR(keyword)
    if not isinstance(raw, RawDataElement):
        return UNKNOWN
    if raw.VR not in (None, vr) and not (raw.VR in ("US", "SS") and vr in ("US", "SS", "US or SS")):
        return UNKNOWN
    content = (raw.value or b"").strip(b" \0")
    if raw.value is None or (vr in ("DS", "IS", "CS") and not content):
        return []
    try:
        return _decoded(content if vr in ("DS", "IS", "CS") else raw.value, vr, raw.VR)
    except ValueError:
        raise UnclearError(f"accepted although {keyword} is {raw.value[:40]!r}") from None


def _decoded(content: bytes, vr: str, written_vr: str | None):
    if vr in ("DS", "IS"):
        words = [word.strip() for word in content.decode("ascii").split("\\")]
        if not all(_DS.fullmatch(word) for word in words):
            raise ValueError
        return [float(word.replace(",", ".")) for word in words]
    if vr == "CS":
        return content.decode("ascii")
    return np.frombuffer(content, "<i2" if "SS" in (vr, written_vr) else "<u2").astype(float).tolist()


def expected_of_dicom(path: Path, sound: Path) -> Expected:
    """What a spoilt copy of a sound file is; where a layout is beyond this reader, nothing is said of the pixels."""
    data, before = _read(path), _read(sound)
    geometry = _distances(data) | _view(data)
    expected = _pixels(data, before, lossy=sound.name == "jpeg.dcm")
    geometry |= expected.geometry
    expected.geometry = geometry
    return _upright(expected, data, geometry)


def _read(path: Path):
    logger = logging.getLogger("pydicom")
    disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(path, force=True)
    except Exception as error:
        raise UnclearError(f"accepted although pydicom fails ({error!r})") from None
    finally:
        logger.disabled = disabled


def _one(data, keyword: str, least: float = -np.inf):
    found = stated(data, keyword)
    if found in ([], UNKNOWN):
        return ASSUMED if found == [] else ANY
    if len(found) > 1 or found[0] < least or not np.isfinite(found[0]):
        raise UnclearError(f"accepted although {keyword} is {found}")
    return found[0]


def _told(data, keyword: str):
    """The value of an element that a user can give as well; where it makes no sense the program says so."""
    try:
        value = _one(data, keyword)
    except UnclearError:
        return Told(keyword)
    return value if value in (ANY, ASSUMED) else Told(keyword, value)


def _distances(data) -> dict:
    sid, sod = (_told(data, f"DistanceSourceTo{end}") for end in ("Detector", "Patient"))
    # Zero is how many devices say that they do not know.
    sid, sod = (
        ASSUMED if value == Told(f"DistanceSourceTo{end}", 0.0) else value
        for value, end in ((sid, "Detector"), (sod, "Patient"))
    )
    spacing = stated(data, "ImagerPixelSpacing")
    if spacing == UNKNOWN or ("PixelSpacing" in data and not spacing):
        return {"sid_mm": sid, "sod_mm": ANY, "pixel_spacing_mm": ANY}
    if spacing and (len(spacing) != 2 or not np.isfinite(spacing).all() or min(spacing) <= 0.0):
        raise UnclearError(f"accepted although ImagerPixelSpacing is {spacing}")
    # The SOD of a DX file is told as an assumption even where it is stated: it may end at the table.
    return {"sid_mm": sid, "sod_mm": sod, "pixel_spacing_mm": spacing or ASSUMED}


def _view(data) -> dict:
    view = _VIEWS.get(stated(data, "ViewPosition") or "", ASSUMED)
    primary, secondary = _told(data, "PositionerPrimaryAngle"), _told(data, "PositionerSecondaryAngle")
    if isinstance(primary, Told) and primary.value is None:
        return {"view": ANY, "primary_deg": primary, "secondary_deg": ANY}
    primary, secondary = (item.value if isinstance(item, Told) else item for item in (primary, secondary))
    if view == ASSUMED or isinstance(primary, str):
        return {"view": view if view != ASSUMED else ANY, "primary_deg": ANY, "secondary_deg": ANY}
    deviation = (primary - _NOMINAL_DEG[view] + 180.0) % 360.0 - 180.0
    believed = abs(deviation) < 30.0 and not (isinstance(secondary, float) and abs(secondary) > 30.0)
    if not believed:
        return {"view": view, "primary_deg": ANY, "secondary_deg": ANY}
    return {"view": view, "primary_deg": deviation, "secondary_deg": secondary if isinstance(secondary, float) else ANY}


def _same(data, before, keywords) -> bool:
    raws = [[item.get_item(keyword) if keyword in item else None for keyword in keywords] for item in (data, before)]
    values = [[getattr(raw, "value", None) for raw in item] for item in raws]
    return values[0] == values[1]


def _pixels(data, before, lossy: bool) -> Expected:
    syntax = data.file_meta.get("TransferSyntaxUID") if "file_meta" in dir(data) else None
    layout = [stated(data, keyword) for keyword in _LAYOUT]
    if any(value == UNKNOWN for value in layout) or "ModalityLUTSequence" in data or "NumberOfFrames" in data:
        return Expected(None)
    same_layout = _same(data, before, (*_LAYOUT, "PhotometricInterpretation", "PlanarConfiguration"))
    pixels = getattr(data.get_item("PixelData") if "PixelData" in data else None, "value", None)
    if before.file_meta.TransferSyntaxUID != "1.2.840.10008.1.2.1":
        whole = same_layout and pixels == before.get_item("PixelData").value
        if not whole or syntax != before.file_meta.TransferSyntaxUID:
            return Expected(None)
        stored = pattern(bits=int(before.BitsStored)).astype(float)
    else:
        stored = _uncompressed(pixels, layout, syntax)
        if stored is None:
            return Expected(None)
    return _scaled(data, stored, SIMILAR if lossy else LINEAR)


def _uncompressed(pixels, layout, syntax) -> np.ndarray | None:
    rows, columns, allocated, bits, _, signed, samples = [value[0] if len(value) == 1 else None for value in layout]
    if syntax not in (None, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2") or samples not in (None, 1):
        return None
    if None in (rows, columns, allocated) or allocated not in (8, 16) or pixels is None:
        return None
    count = int(rows * columns)
    if len(pixels) < count * allocated // 8:
        raise UnclearError(f"accepted although {len(pixels)} bytes are no {rows:g} x {columns:g} pixels")
    stored = np.frombuffer(pixels, "u1" if allocated == 8 else "<u2", count).astype(float)
    bits = allocated if bits is None else bits
    if stored.max() >= 2**bits:
        # In a signed file the bits above repeat the sign; an overlay may lie there in old files.
        return None if signed else _above(stored, bits)
    stored = np.where(stored >= 2 ** (bits - 1), stored - 2**bits, stored) if signed else stored
    return stored.reshape(int(rows), int(columns))


def _above(stored: np.ndarray, bits: float):
    raise UnclearError(f"accepted although values reach {stored.max():g} and Bits Stored is {bits:g}")


def _scaled(data, stored: np.ndarray, follow: str) -> Expected:
    slope, intercept = _one(data, "RescaleSlope"), _one(data, "RescaleIntercept")
    if ANY in (slope, intercept):
        return Expected(None)
    slope = 1.0 if slope == ASSUMED else slope
    if slope == 0.0:
        raise UnclearError("accepted although the slope is zero")
    relation, sign = stated(data, "PixelIntensityRelationship") or "", stated(data, "PixelIntensityRelationshipSign")
    inverse = stated(data, "PhotometricInterpretation") == "MONOCHROME1"
    if sign == UNKNOWN or len(sign) > 1:
        return Expected(None)
    dense = -1.0 if inverse else 1.0
    stated_sign = relation in ("LIN", "LOG") and sign in ([1.0], [65535.0], [-1.0])
    measured = (-1.0 if sign == [1.0] else 1.0) * np.sign(slope)
    exposed, doubtful = _exposed(data, stored.shape)
    return Expected(
        dense * slope * stored,
        RISING if relation == "LIN" and follow == LINEAR else follow,
        compared=exposed,
        exposed=exposed,
        either_way=stated_sign and measured != dense,
        geometry={"shutter": ASSUMED} if doubtful else {},
    )


def _exposed(data, shape) -> tuple[np.ndarray | None, bool]:
    """The exposed pixels; and whether the file speaks of them in a way that must be told to be of no use."""
    try:
        edges = [stated(data, keyword) for keyword in _SHUTTER]
    except UnclearError:
        return None, "ShutterShape" in data
    if UNKNOWN in edges or edges[4] != "RECTANGULAR":
        return None, False
    if any(len(edge) != 1 for edge in edges[:4]):
        return None, True
    left, right, upper, lower = (edge[0] for edge in edges[:4])
    row, column = np.ogrid[1 : shape[0] + 1, 1 : shape[1] + 1]
    inside = (column > left) & (column < right) & (row > upper) & (row < lower)
    sensible = 0 <= left < right <= shape[1] + 1 and 0 <= upper < lower <= shape[0] + 1 and inside.mean() > 0.1
    return (inside, False) if sensible else (None, True)


def _upright(expected: Expected, data, geometry: dict) -> Expected:
    """Turned so that rows run to the feet and columns to the left, or to the back in a lateral view."""
    orientation = stated(data, "PatientOrientation")
    words = [word.strip()[:1] for word in orientation.split("\\")] if isinstance(orientation, str) else []
    if len(words) != 2 or not set("".join(words)) <= set("LRAPHF") or geometry["view"] in (ANY, ASSUMED):
        expected.pixels = None if orientation else expected.pixels
        if not orientation:
            expected.geometry["rotate"] = ASSUMED
        return expected
    if words[0] in "HF":
        words = words[::-1]
        expected = expected.turned(np.transpose)
        if isinstance(geometry["pixel_spacing_mm"], list):
            geometry["pixel_spacing_mm"] = geometry["pixel_spacing_mm"][::-1]
    if words[0] in "RA":
        expected = expected.turned(np.fliplr)
    return expected.turned(np.flipud) if words[1] == "H" else expected
