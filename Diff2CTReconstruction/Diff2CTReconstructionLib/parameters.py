"""What the panel shows and the scene keeps: the module's parameter node."""

from __future__ import annotations

from typing import Annotated

from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTableNode
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper

FRONTAL = "frontal"
LATERAL = "lateral"
SIDES = (FRONTAL, LATERAL)

FROM_FILE = "From file"
NOMINAL_VIEWS = {FRONTAL: ("AP", "PA"), LATERAL: ("LL", "RL")}
SLOT_SCAN = {"Yes": True, "No": False}
QUALITY_STEPS = {"Fast": 1, "Balanced": 2, "Best": 6}
DEVICES = {"Automatic": "auto", "CPU": "cpu", "GPU": "cuda"}

ANGLE_NAMES = ("Primary", "Secondary", "Rotation")
CENTRE_NAMES = ("CentreColumn", "CentreRow")
LINE_NAMES = ("LineColumn1", "LineRow1", "LineColumn2", "LineRow2")
LENGTH_NAMES = (*LINE_NAMES, "KnownLength")
GEOMETRY_NAMES = (
    *("View", "Invert", "Rotate", "Flip", "Spacing", "SpacingRatio", "Sid", "Sod", "SlotScan", "Angles"),
    *ANGLE_NAMES,
    *CENTRE_NAMES,
    *LENGTH_NAMES,
)
"""Parameters of each side, prefixed with its name ("frontalView"), which the reset button restores."""


@parameterNodeWrapper
class Diff2CTReconstructionParameterNode:
    """The choices of the user and the nodes of the current result.

    Of a radiograph's geometry, 0 mm or pixel -1 means: as the file says, or the documented default.
    Frames count from 1; 0 stands for none chosen. Spacings, SID and SOD are in mm on the detector, centres in pixels
    of the canonical orientation. Angles are degrees off the nominal view and count only when `frontalAngles` or
    `lateralAngles` says so. `frontalSpacing` is that of the rows as the file stores them, and times its
    `frontalSpacingRatio` that of the columns. A line of `frontalKnownLength` mm in the patient has its ends in pixels
    of the canonical orientation. `frontalFound` says in JSON which of these values an accepted alignment found in the
    radiograph `frontalFoundIn`; see `worker.found_values`.
    """

    frontalVolume: vtkMRMLScalarVolumeNode
    frontalFrame: Annotated[int, WithinRange(0, 9999)] = 0
    frontalView: Annotated[str, Choice([FROM_FILE, *NOMINAL_VIEWS[FRONTAL]])] = FROM_FILE
    frontalInvert: bool = False
    frontalRotate: Annotated[str, Choice(["0", "90", "180", "270"])] = "0"
    frontalFlip: bool = False
    frontalSpacing: Annotated[float, WithinRange(0, 10)] = 0.0
    frontalSpacingRatio: Annotated[float, WithinRange(0.01, 100)] = 1.0
    frontalSid: Annotated[float, WithinRange(0, 5000)] = 0.0
    frontalSod: Annotated[float, WithinRange(0, 5000)] = 0.0
    frontalSlotScan: Annotated[str, Choice([FROM_FILE, *SLOT_SCAN])] = FROM_FILE
    frontalAngles: bool = False
    frontalPrimary: Annotated[float, WithinRange(-40, 40)] = 0.0
    frontalSecondary: Annotated[float, WithinRange(-40, 40)] = 0.0
    frontalRotation: Annotated[float, WithinRange(-40, 40)] = 0.0
    frontalCentreColumn: Annotated[float, WithinRange(-1, 20000)] = -1.0
    frontalCentreRow: Annotated[float, WithinRange(-1, 20000)] = -1.0
    frontalLineColumn1: Annotated[float, WithinRange(-1, 20000)] = -1.0
    frontalLineRow1: Annotated[float, WithinRange(-1, 20000)] = -1.0
    frontalLineColumn2: Annotated[float, WithinRange(-1, 20000)] = -1.0
    frontalLineRow2: Annotated[float, WithinRange(-1, 20000)] = -1.0
    frontalKnownLength: Annotated[float, WithinRange(0, 2000)] = 0.0
    frontalFound: str = ""
    frontalFoundIn: vtkMRMLScalarVolumeNode

    lateralVolume: vtkMRMLScalarVolumeNode
    lateralFrame: Annotated[int, WithinRange(0, 9999)] = 0
    lateralView: Annotated[str, Choice([FROM_FILE, *NOMINAL_VIEWS[LATERAL]])] = FROM_FILE
    lateralInvert: bool = False
    lateralRotate: Annotated[str, Choice(["0", "90", "180", "270"])] = "0"
    lateralFlip: bool = False
    lateralSpacing: Annotated[float, WithinRange(0, 10)] = 0.0
    lateralSpacingRatio: Annotated[float, WithinRange(0.01, 100)] = 1.0
    lateralSid: Annotated[float, WithinRange(0, 5000)] = 0.0
    lateralSod: Annotated[float, WithinRange(0, 5000)] = 0.0
    lateralSlotScan: Annotated[str, Choice([FROM_FILE, *SLOT_SCAN])] = FROM_FILE
    lateralAngles: bool = False
    lateralPrimary: Annotated[float, WithinRange(-40, 40)] = 0.0
    lateralSecondary: Annotated[float, WithinRange(-40, 40)] = 0.0
    lateralRotation: Annotated[float, WithinRange(-40, 40)] = 0.0
    lateralCentreColumn: Annotated[float, WithinRange(-1, 20000)] = -1.0
    lateralCentreRow: Annotated[float, WithinRange(-1, 20000)] = -1.0
    lateralLineColumn1: Annotated[float, WithinRange(-1, 20000)] = -1.0
    lateralLineRow1: Annotated[float, WithinRange(-1, 20000)] = -1.0
    lateralLineColumn2: Annotated[float, WithinRange(-1, 20000)] = -1.0
    lateralLineRow2: Annotated[float, WithinRange(-1, 20000)] = -1.0
    lateralKnownLength: Annotated[float, WithinRange(0, 2000)] = 0.0
    lateralFound: str = ""
    lateralFoundIn: vtkMRMLScalarVolumeNode

    simulationCt: vtkMRMLScalarVolumeNode
    simulationCentre: vtkMRMLMarkupsFiducialNode

    model: str = ""
    quality: Annotated[str, Choice(list(QUALITY_STEPS))] = "Fast"
    device: Annotated[str, Choice(list(DEVICES))] = "Automatic"
    samples: Annotated[int, WithinRange(1, 16)] = 1
    seed: Annotated[int, WithinRange(0, 999999)] = 0
    consistency: bool = True

    reconstruction: vtkMRMLScalarVolumeNode
    uncertainty: vtkMRMLScalarVolumeNode
    frontalMeasured: vtkMRMLScalarVolumeNode
    lateralMeasured: vtkMRMLScalarVolumeNode
    frontalReprojection: vtkMRMLScalarVolumeNode
    lateralReprojection: vtkMRMLScalarVolumeNode

    truthCt: vtkMRMLScalarVolumeNode
    truth: vtkMRMLScalarVolumeNode
    difference: vtkMRMLScalarVolumeNode
    metrics: vtkMRMLTableNode
    bone: vtkMRMLSegmentationNode
    reprojectionFade: Annotated[float, WithinRange(0, 100)] = 50.0
    boneThreshold: Annotated[float, WithinRange(-200, 1500)] = 200.0


def set_together(parameters, values: dict) -> None:
    """Set several parameters by their names; who follows them hears of it once."""
    modifying = parameters.StartModify()
    for name, value in values.items():
        parameters.setValue(name, value)
    parameters.EndModify(modifying)


def swap_sides(parameters) -> None:
    """Exchange the two radiographs, each with its frame, and with its known length where both are turned alike.

    Where an alignment was accepted, each takes along all that is chosen about it but the view.
    """
    names = ["Volume", "Frame"]
    turns = [(parameters.getValue(side + "Rotate"), parameters.getValue(side + "Flip")) for side in SIDES]
    if any(parameters.getValue(side + "Found") for side in SIDES):
        names += ["Found", "FoundIn", *(name for name in GEOMETRY_NAMES if name != "View")]
    elif turns[0] == turns[1]:
        names += LENGTH_NAMES
    sides = zip(SIDES, reversed(SIDES), strict=True)
    swapped = {side + name: parameters.getValue(other + name) for side, other in sides for name in names}
    set_together(parameters, swapped)
