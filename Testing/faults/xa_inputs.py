"""Runs of angiography, rotational and enhanced, with spoilt angles and functional groups; for `inputs.Kind.prepare`."""

import re

import numpy as np
from ct_multiframe import item, spoil_group
from mutations import raw_value
from pydicom.uid import EnhancedXAImageStorage
from radiograph_files import dataset, pattern
from radiograph_truth import ANY, ASSUMED, Expected, Told
from reconstruction_inputs import read_as
from spoilt import ACCEPTED, EITHER, REFUSED
from whole_files import save_named

FRAMES = np.stack([pattern(), pattern()[::-1], pattern()[:, ::-1]])
INCREMENTS = (0.0, 5.0, 12.0)
GEOMETRY = {"sid_mm": 1150.0, "pixel_spacing_mm": [4.0, 3.5]}


def _read(folder, data, frame: int, about: str, must, either_way=False, **geometry):
    path = save_named(data, folder / "run.dcm")
    expected = Expected(FRAMES[frame - 1], either_way=either_way, geometry={**GEOMETRY, **geometry})
    options = ["--ap-frame", str(frame), "--ap-view", "AP"]
    return read_as(folder, path, lambda: expected, options, {"frame": frame, "view": "AP"}, must=must, about=about)


def rotational(folder, random):
    """A run whose angle grows from frame to frame; the increments are right, unreadable, too few or gone."""
    frame, kind = int(random.integers(1, 4)), random.integers(6)
    data = dataset(FRAMES, "XA", PatientOrientation=["L", "F"], ImagerPixelSpacing=[4.0, 3.5])
    data.DistanceSourceToDetector, data.DistanceSourceToPatient = 1150, 950
    data.PixelIntensityRelationship, data.PixelIntensityRelationshipSign = "LOG", -1
    data.PositionerMotion = "DYNAMIC"
    data.PositionerPrimaryAngle, data.PositionerSecondaryAngle = -178, -3
    data.PositionerPrimaryAngleIncrement, data.PositionerSecondaryAngleIncrement = list(INCREMENTS), [0, 0, 0]
    said, must = {"primary_deg": 2.0 + INCREMENTS[frame - 1], "secondary_deg": -3.0}, ACCEPTED
    if kind == 1:
        text = ("A\\B\\C", "0\\5", "0\\nan\\12", "0\\5\\12\\20")[random.integers(4)]
        data["PositionerPrimaryAngleIncrement"] = raw_value(data["PositionerPrimaryAngleIncrement"], text.encode())
        said = _told_or(said)
        must = EITHER
    elif kind == 2:
        element = data["PositionerPrimaryAngleIncrement"]
        data["PositionerPrimaryAngleIncrement"] = raw_value(element, b"0,0\\5,0\\12,0")
    elif kind == 3:
        del data.PositionerPrimaryAngleIncrement
        said = {"primary_deg": Told(value=2.0) if frame == 1 else ASSUMED, "secondary_deg": Told(value=-3.0)}
        must = EITHER
    elif kind == 4:
        data.NumberOfFrames = int(random.choice([2, 4, 300]))
        must = EITHER if data.NumberOfFrames == 2 and frame < 3 else REFUSED
        said = _told_or(said)
    elif kind == 5:
        data.PixelData = data.PixelData[: int(random.integers(len(data.PixelData)))]
        must = REFUSED
    about = ["sound", "increments", "commas", "no increments", "number of frames", "cut"][kind]
    return _read(folder, data, frame, f"{about}, frame {frame}", must, **said)


def _told_or(said: dict) -> dict:
    """The angles, or the increments are told to be of no use."""
    primary = Told("PositionerPrimaryAngleIncrement", said["primary_deg"])
    return {"primary_deg": primary, "secondary_deg": Told(value=said["secondary_deg"])}


def enhanced_xa(folder, random):
    """An enhanced file, all of whose geometry stands in functional groups."""
    frame, kind = int(random.integers(1, 4)), random.integers(4)
    data = dataset(FRAMES, "XA", PresentationIntentType="FOR PROCESSING")
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = EnhancedXAImageStorage
    properties = item(
        FrameType=["ORIGINAL", "PRIMARY", "SINGLE PLANE", "UNDISTORTED"],
        ImagerPixelSpacing=[4.0, 3.5],
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=-1,
        GeometricalProperties="UNIFORM",
    )
    data.SharedFunctionalGroupsSequence = [
        item(
            FramePixelDataPropertiesSequence=[properties],
            XRayGeometrySequence=[item(DistanceSourceToIsocenter=950, DistanceSourceToDetector=1150)],
            PatientOrientationInFrameSequence=[item(PatientOrientation=["L", "F"])],
            PixelValueTransformationSequence=[item(RescaleIntercept=0, RescaleSlope=1, RescaleType="US")],
        )
    ]
    data.PerFrameFunctionalGroupsSequence = [
        item(
            FrameContentSequence=[item(FrameAcquisitionNumber=1, FrameReferenceDateTime="20260101120000")],
            PositionerPositionSequence=[item(PositionerPrimaryAngle=more - 178, PositionerSecondaryAngle=-3)],
        )
        for more in INCREMENTS
    ]
    said = {"primary_deg": 2.0 + INCREMENTS[frame - 1], "secondary_deg": -3.0}
    about, must = "sound", EITHER
    if kind == 1:
        del data.PerFrameFunctionalGroupsSequence[int(random.integers(3))]
        about, must = "the groups of one frame missing", REFUSED
    elif kind > 1:
        about = spoil_group(data, random)
        # What is gone or unreadable may be assumed; another number that is as good cannot be noticed.
        values = {**GEOMETRY, **said}
        said = {name: ANY if _is_number(about) else Told(value=value) for name, value in values.items()}
    return _read(folder, data, frame, f"{about}, frame {frame}", must, either_way=True, **said)


def _is_number(about: str) -> bool:
    return re.search(r"b'[-0-9.e\\]+'$", about) is not None or about.startswith("DistanceSourceToIsocenter")
