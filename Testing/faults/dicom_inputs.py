"""DICOM radiographs whose elements say unusual, unreadable or contradictory things; for `inputs.Kind.prepare`."""

import imagecodecs
import numpy as np
from mutations import raw_value
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from radiograph_files import dataset, pattern
from radiograph_truth import ANY, ASSUMED, Expected, Told
from reconstruction_inputs import read_as
from spoilt import ACCEPTED, EITHER, REFUSED
from whole_files import ANGLES, TAGS, save_named

DECIMALS = ("ImagerPixelSpacing", "DistanceSourceToDetector", "DistanceSourceToPatient", "PositionerPrimaryAngle")
DECIMALS += ("PositionerSecondaryAngle", "RescaleSlope", "RescaleIntercept")
NAMES = dict(zip(DECIMALS[1:5], ("sid_mm", "sod_mm", "primary_deg", "secondary_deg"), strict=True))
SOUND = {"sid_mm": 1150.0, "sod_mm": 950.0, "pixel_spacing_mm": [4.0, 3.5], "primary_deg": 4.0, "secondary_deg": -3.0}
TURNS = {
    "L\\F": lambda image: image,
    "R\\F": np.fliplr,
    "L\\H": np.flipud,
    "R\\H": lambda image: image[::-1, ::-1],
    "F\\L": np.transpose,
    "F\\R": lambda image: image.T[:, ::-1],
    "H\\L": lambda image: image.T[::-1],
    "H\\R": lambda image: image.T[::-1, ::-1],
}


def _sound(stored=None, **tags) -> Dataset:
    """Without a shutter, so that all pixels count."""
    tags = {
        name: value for name, value in {"ViewPosition": "AP", **TAGS, **ANGLES, **tags}.items() if value is not None
    }
    tags = {name: value for name, value in tags.items() if not name.startswith("Shutter")}
    return dataset(pattern() if stored is None else stored, **tags)


def _read(folder, data, pixels, about, must=EITHER, either_way=False, **geometry):
    path = save_named(data, folder / "ap.dcm")
    expected = Expected(pixels, either_way=either_way, geometry={**SOUND, **geometry})
    return read_as(folder, path, lambda: expected, must=must, about=about)


def element_values(folder, random):
    """One kind of trouble in one element, each with a known right answer."""
    kinds = (_charset, _precision, _comma, _unreadable, _absent, _zero, _orientation, _bits, _padding, _lookup)
    kinds += (_polarity, _aspect, _view)
    return kinds[random.integers(len(kinds))](folder, random)


def _charset(folder, random):
    """What pydicom warns of is nothing that a user could do anything about."""
    data = _sound()
    data.SpecificCharacterSet = "ISO_IR 100"
    text = ("ISO 2022 IR 999", "GB18030\\ISO_IR 100", "x", "\\ISO 2022 IR 149")[random.integers(4)]
    data["SpecificCharacterSet"] = raw_value(data["SpecificCharacterSet"], text.encode())
    data["PatientName"] = raw_value(data["PatientName"], b"\x1b$)C\xb1\xe8\xff")
    return _read(folder, data, pattern(), f"character set {text}", ACCEPTED)


def _precision(folder, random):
    """A codestream of 16 bits in a file that says 12: its own precision counts, or it is refused."""
    syntax, name = (("90", "jpeg2k"), ("80", "jpegls"), ("70", "ljpeg"))[random.integers(3)]
    stored, data = pattern(bits=16), _sound()
    options = {"jpeg2k": {"codecformat": "j2k", "reversible": True}, "ljpeg": {"bitspersample": 16}}.get(name, {})
    data.PixelData = encapsulate([getattr(imagecodecs, f"{name}_encode")(stored, **options)])
    data["PixelData"].VR = "OB"
    data.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2.4.{syntax}"
    return _read(folder, data, stored, f"{name} of 16 bits")


def _comma(folder, random):
    data = _sound(RescaleSlope="1.5", RescaleIntercept="-3.25", DistanceSourceToDetector="1150.0")
    keyword = DECIMALS[random.integers(len(DECIMALS))]
    element = data[keyword]
    values = element.value if element.VM > 1 else [element.value]
    text = "\\".join(f"{float(value):.2f}".replace(".", ",") for value in values)
    data[keyword] = raw_value(element, text.encode())
    return _read(folder, data, 1.5 * pattern(), f"{keyword} {text}")


def _unreadable(folder, random):
    data, keyword = _sound(), DECIMALS[random.integers(len(DECIMALS))]
    text = ("A1", "nan", "1150mm", "-", "1.1.1", "inf", "--4", "4 5", "0x10")[random.integers(9)]
    data[keyword] = raw_value(data[keyword], text.encode())
    # What a user can give as well may be told instead of refused.
    name = NAMES.get(keyword)
    said = {name: Told(keyword)} | ({"secondary_deg": ANY} if name == "primary_deg" else {}) if name else {}
    return _read(folder, data, pattern(), f"{keyword} {text}", EITHER if name else REFUSED, **said)


def _absent(folder, random):
    data, keyword = _sound(), DECIMALS[random.integers(5)]
    del data[keyword]
    name = NAMES.get(keyword, "pixel_spacing_mm")
    said = {name: ASSUMED} | ({"secondary_deg": ANY} if name == "primary_deg" else {})
    return _read(folder, data, pattern(), f"without {keyword}", ACCEPTED, **said)


def _zero(folder, random):
    """Zero is how many devices say that they do not know a distance; other numbers are no distances."""
    keyword = ("DistanceSourceToDetector", "DistanceSourceToPatient")[random.integers(2)]
    value = (0, -1150, 1.15, 115000)[random.integers(4)]
    said = {NAMES[keyword]: ASSUMED if value == 0 else Told(keyword)}
    return _read(folder, _sound(**{keyword: value}), pattern(), f"{keyword} {value}", **said)


def _orientation(folder, random):
    words = sorted(TURNS)[random.integers(len(TURNS))]
    data = _sound(PatientOrientation=words.split("\\"))
    spacing = [3.5, 4.0] if words[0] in "FH" else [4.0, 3.5]
    pixels = np.ascontiguousarray(TURNS[words](pattern()))
    return _read(folder, data, pixels, f"orientation {words}", ACCEPTED, pixel_spacing_mm=spacing)


def _bits(folder, random):
    bits = int(random.integers(9, 17))
    stored, signed = pattern(), bool(random.integers(2))
    data = _sound(stored, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(signed))
    # In a signed file of 12 bits the upper half of the values is negative; of fewer bits it is none of the file's.
    wanted = np.where(stored >= 2048, stored - 4096.0, stored) if signed and bits == 12 else stored
    return _read(folder, data, wanted, f"{bits} bits, signed {signed}", REFUSED if bits < 12 else ACCEPTED)


def _padding(folder, random):
    stored = pattern().astype(np.int16) - 2000
    stored[:20, :15] = -3000
    data = _sound(stored.view(np.uint16), BitsStored=16, HighBit=15, PixelRepresentation=1)
    data.add_new("PixelPaddingValue", ("US", "SS")[random.integers(2)], 0)
    data["PixelPaddingValue"] = raw_value(data["PixelPaddingValue"], (-3000).to_bytes(2, "little", signed=True))
    path = save_named(data, folder / "ap.dcm")
    exposed = stored != -3000
    expected = Expected(stored.astype(float), compared=exposed, exposed=exposed, geometry=SOUND)
    return read_as(folder, path, lambda: expected, must=EITHER, about=f"padding of VR {data['PixelPaddingValue'].VR}")


def _lookup(folder, random):
    """A modality LUT that rises or falls; what it gives is what Pixel Intensity Relationship Sign does not speak of."""
    falling, sign, inverse = bool(random.integers(2)), (-1, 1)[random.integers(2)], bool(random.integers(2))
    table = np.arange(4096, dtype=np.uint16)
    table = table[::-1] if falling else table
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4096, 0, 16])
    item.ModalityLUTType = "US"
    item.add_new("LUTData", "OW", table.tobytes())
    data = _sound(RescaleSlope=None, RescaleIntercept=None, PixelIntensityRelationshipSign=sign)
    data.PhotometricInterpretation = "MONOCHROME1" if inverse else "MONOCHROME2"
    data.PresentationIntentType = "FOR PROCESSING"
    data.ModalityLUTSequence = [item]
    # The sign speaks of stored values: -1 says that they are high where the beam is weak.
    shown = (-1.0 if inverse else 1.0) * (-1.0 if falling else 1.0)
    told = {"either_way": shown != -sign}
    return _read(folder, data, -sign * pattern().astype(float), f"LUT, {falling=}, {sign=}, {inverse=}", **told)


def _polarity(folder, random):
    """Without an intensity relationship MONOCHROME1 and the slope decide; a contradiction must be told."""
    slope, inverse = (1.0, -10.0)[random.integers(2)], bool(random.integers(2))
    data = _sound(RescaleSlope=slope, RescaleIntercept=3000, PixelIntensityRelationship=None)
    del data.PixelIntensityRelationshipSign
    data.PhotometricInterpretation = "MONOCHROME1" if inverse else "MONOCHROME2"
    shape = (None, "IDENTITY", "INVERSE")[random.integers(3)]
    if shape:
        data.PresentationLUTShape = shape
    contradicts = shape is not None and (shape == "INVERSE") != inverse
    pixels = slope * pattern().astype(float) * (-1.0 if inverse else 1.0)
    about = f"slope {slope}, {inverse=}, LUT shape {shape}"
    return _read(folder, data, pixels, about, either_way=contradicts)


def _aspect(folder, random):
    spacing = [[1.0, 25.0], [0.5, 0.02], [0.1, 4.0]][random.integers(3)]
    return _read(folder, _sound(ImagerPixelSpacing=spacing), pattern(), f"spacing {spacing}", REFUSED)


def _view(folder, random):
    text = ("", "XX", "LL", "AP\\PA", "ap", "OBLIQUE")[random.integers(6)]
    data = _sound()
    data["ViewPosition"] = raw_value(data["ViewPosition"], text.encode())
    said = {"primary_deg": ANY, "secondary_deg": ANY}
    must = REFUSED if text == "LL" else EITHER
    return _read(folder, data, pattern(), f"view {text}", must, view="AP" if text == "ap" else ANY, **said)
