"""Enhanced multi-frame CT files with spoilt functional groups; for `inputs.Kind.prepare`."""

import struct

from ct_folders import NUMBERS, TEXTS, read_by_a_command
from mutations import raw_value
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import EnhancedCTImageStorage, ExplicitVRLittleEndian
from scene import slices, wrong_scene
from spoilt import EITHER, REFUSED

GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def enhanced_ct() -> Dataset:
    """The scene as one file of many frames."""
    frames = slices()
    first = frames[0]
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = EnhancedCTImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = first.SOPInstanceUID
    for keyword in ("Modality", "ImageType", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(data, keyword, getattr(first, keyword))
    for keyword in (
        "SeriesNumber",
        "InstanceNumber",
        "Rows",
        "Columns",
        "SamplesPerPixel",
        "PhotometricInterpretation",
    ):
        setattr(data, keyword, getattr(first, keyword))
    for keyword in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        setattr(data, keyword, getattr(first, keyword))
    data.NumberOfFrames = len(frames)
    data.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(first, "PixelSpacing", "SliceThickness")],
            PlaneOrientationSequence=[item(first, "ImageOrientationPatient")],
            PixelValueTransformationSequence=[item(first, "RescaleIntercept", "RescaleSlope", "RescaleType")],
        )
    ]
    data.PerFrameFunctionalGroupsSequence = [
        item(
            FrameContentSequence=[item(FrameAcquisitionNumber=1, StackID="1", InStackPositionNumber=number + 1)],
            PlanePositionSequence=[item(frame, "ImagePositionPatient")],
        )
        for number, frame in enumerate(frames)
    ]
    data.PixelData = b"".join(frame.PixelData for frame in frames)
    data["PixelData"].VR = "OW"
    return data


def item(source: Dataset | None = None, *keywords: str, **values) -> Dataset:
    """An item of a sequence: elements of another dataset, and others by keyword."""
    made = Dataset()
    for keyword in keywords:
        setattr(made, keyword, getattr(source, keyword))
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def enhanced(folder, random):
    """One thing wrong with the groups, with how many frames there are, or with the pixels."""
    data, must = enhanced_ct(), EITHER
    kind = random.integers(6)
    if kind == 0:
        about = "sound"
    elif kind == 1:
        data.NumberOfFrames = int(random.choice([0, 1, 2, 19, 21, 4000]))
        about, must = f"{data.NumberOfFrames} frames", REFUSED
    elif kind == 2:
        data.PixelData = data.PixelData[: 2 * int(random.integers(len(data.PixelData) // 2))]
        about, must = "pixels cut off", REFUSED
    elif kind == 3:
        del data.PerFrameFunctionalGroupsSequence[int(random.integers(20))]
        about, must = "the groups of one frame missing", REFUSED
    else:
        about = spoil_group(data, random)
    (folder / "scan").mkdir()
    data.save_as(folder / "scan" / "enhanced.dcm", enforce_file_format=True)
    return read_by_a_command(folder, folder / "scan", random, wrong_scene, about=about, must=must)


def spoil_group(data: Dataset, random) -> str:
    """Remove, empty or replace one element, or a macro, of the groups of one frame or of those that all share."""
    groups = data[GROUPS[random.integers(2)]].value
    group = groups[int(random.integers(len(groups)))]
    macros = list(group.keys())
    macro = group[macros[random.integers(len(macros))]]
    if random.random() < 0.25:
        del group[macro.tag]
        return f"without {macro.keyword}"
    inner = macro.value[0]
    element = inner[list(inner.keys())[random.integers(len(inner))]]
    text = TEXTS[random.integers(len(TEXTS))]
    if element.VR == "US":
        text = int(NUMBERS[random.integers(len(NUMBERS))]).to_bytes(2, "little")
    elif element.VR in ("FL", "FD"):
        number = (0.0, -1.0, 1.5, 1e30, float("nan"))[random.integers(5)]
        text = struct.pack("<f" if element.VR == "FL" else "<d", number)
    if element.VR == "DS" and random.random() < 0.3:
        text = "\\".join(str(value).replace(".", ",") for value in _values(element)).encode()
    if random.random() < 0.2:
        del inner[element.tag]
        return f"without {element.keyword}"
    inner[element.tag] = raw_value(element, text)
    return f"{element.keyword} {text}"


def _values(element):
    return element.value if element.VM > 1 else [element.value]
