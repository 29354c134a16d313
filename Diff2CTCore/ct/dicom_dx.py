"""Write line integrals as a DICOM Digital X-Ray image.

Digital X-Ray Image Storage - For Processing: nothing was done to the values that a vendor's display
processing does. Pixel Intensity Relationship LOG with sign -1 says that stored values grow linearly
with the line integral. DICOM fixes Rescale Slope and Intercept of this object to 1 and 0, so the
factor to line integrals stands in a Real World Value Mapping, in units of 1 (no unit).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..dicom_files import CarriedGeometry, store_carried_geometry
from ..geometry import NOMINAL_PRIMARY_DEG, ViewGeometry
from ..storage import code_item, decimal_string, new_dataset, store_grey_pixels, uid_of

LINE_INTEGRAL_STEP = 0.00025
"""Line integral of one stored grey level; 16 bits then reach 16.4, beyond what passes a patient."""

_MAX_STORED = 65535

_VIEW_CODES = {
    "AP": ("399348003", "antero-posterior"),
    "PA": ("272479007", "postero-anterior"),
    "LL": ("399173006", "left lateral"),
    "RL": ("399198007", "right lateral"),
}
_PATIENT_ORIENTATION = {"AP": ["L", "F"], "PA": ["L", "F"], "LL": ["P", "F"], "RL": ["P", "F"]}


@dataclass(frozen=True)
class DXStudy:
    """What the images of one simulated study have in common.

    Attributes:
        source_sha256: hash of the CT's voxels; it stands for the patient, who stays anonymous.
        centre_ras_mm: where the centre of the volume lies in the CT's frame.
        settings: plain values; equal ones give equal UIDs, so the same run gives the same files.
    """

    source_sha256: str
    centre_ras_mm: tuple[float, float, float]
    settings: dict = field(default_factory=dict)

    def uid(self, *parts) -> str:
        """A UID that depends on nothing but the study and `parts`."""
        return uid_of(self.source_sha256, self.settings, *parts)


def write_dx(path, line_integrals: np.ndarray, view: ViewGeometry, study: DXStudy, instance: int) -> None:
    """Write one view; see the module's head for what the values mean.

    In-plane rotation, a principal point or centre off the middle and the centre's place in the CT have no place in this
    object and go into a private block.

    Args:
        path: the file to write.
        line_integrals: float (rows, columns), canonical orientation; negative ones become 0.
        view: its geometry.
        study: what it shares with the other view.
        instance: its number in the study, from 1.
    """
    dx_dataset(line_integrals, view, study, instance).save_as(path, enforce_file_format=True)


def dx_dataset(line_integrals: np.ndarray, view: ViewGeometry, study: DXStudy, instance: int):
    """The pydicom dataset that `write_dx` writes."""
    from pydicom.uid import DigitalXRayImageStorageForProcessing

    if line_integrals.shape != (view.rows, view.columns):
        raise ValueError(f"image {line_integrals.shape} does not match the view {(view.rows, view.columns)}")
    data = new_dataset(DigitalXRayImageStorageForProcessing, study.uid("instance", instance))
    _describe_study(data, study, instance)
    _describe_image(data, view)
    _describe_geometry(data, view)
    stored = _store_pixels(data, line_integrals)
    carried = CarriedGeometry(view.rotation_deg, view.principal_point_px, view.centre_px, study.centre_ras_mm)
    store_carried_geometry(data, carried, stored)
    return data


def _describe_study(data, study: DXStudy, instance: int) -> None:
    from .. import __version__

    data.PatientName = "Anonymous^Simulated"
    data.PatientID = f"DIFF2CT-{study.source_sha256[:12].upper()}"
    data.PatientBirthDate = ""
    data.PatientSex = ""
    data.PatientIdentityRemoved = "YES"
    data.DeidentificationMethod = "Made from voxels alone"
    data.StudyInstanceUID = study.uid("study")
    # Dates stay empty: a simulation has none, and the same run is to give the same file.
    data.StudyDate = ""
    data.StudyTime = ""
    data.StudyID = "1"
    data.StudyDescription = "Radiographs simulated from CT"
    data.AccessionNumber = ""
    data.ReferringPhysicianName = ""
    data.Modality = "DX"
    data.PresentationIntentType = "FOR PROCESSING"
    data.SeriesInstanceUID = study.uid("series")
    data.SeriesNumber = 1
    data.SeriesDescription = "Simulated from CT, research use only"
    data.BodyPartExamined = "SPINE"
    data.Manufacturer = "Diff2CT"
    data.ManufacturerModelName = "Radiograph simulation"
    data.SoftwareVersions = __version__
    data.InstanceNumber = instance
    data.AcquisitionNumber = instance
    data.ContentDate = ""
    data.ContentTime = ""
    data.AcquisitionContextSequence = []


def _describe_image(data, view: ViewGeometry) -> None:
    data.ImageType = ["DERIVED", "PRIMARY", ""]
    data.DerivationDescription = "Line integrals simulated from CT; research use only, not for clinical decisions"
    data.SyntheticData = "YES"
    data.BurnedInAnnotation = "NO"
    data.LossyImageCompression = "00"
    data.PatientOrientation = _PATIENT_ORIENTATION[view.view]
    data.ImageLaterality = "U"
    data.AnatomicRegionSequence = [code_item("421060004", "SCT", "Spine")]
    data.ViewPosition = view.view
    view_code = code_item(_VIEW_CODES[view.view][0], "SCT", _VIEW_CODES[view.view][1])
    view_code.ViewModifierCodeSequence = []
    data.ViewCodeSequence = [view_code]


def _describe_geometry(data, view: ViewGeometry) -> None:
    data.ImagerPixelSpacing = [decimal_string(value) for value in view.pixel_spacing_mm]
    data.DistanceSourceToDetector = decimal_string(view.sid_mm)
    data.DistanceSourceToPatient = decimal_string(view.sod_mm)
    data.EstimatedRadiographicMagnificationFactor = decimal_string(view.magnification)
    data.DetectorType = "DIRECT"
    data.DetectorConfiguration = "SLOT" if view.slot_scan else "AREA"
    # The angles of a C-arm are the only ones that DICOM counts about the patient.
    data.PositionerType = "CARM"
    primary = (NOMINAL_PRIMARY_DEG[view.view] + view.primary_deg + 180.0) % 360.0 - 180.0
    data.PositionerPrimaryAngle = decimal_string(180.0 if primary == -180.0 else primary)
    data.PositionerSecondaryAngle = decimal_string(view.secondary_deg)


def _store_pixels(data, line_integrals: np.ndarray) -> np.ndarray:
    # Metal in a wide patient may go beyond the usual range; a coarser step then keeps everything.
    step = max(LINE_INTEGRAL_STEP, float(line_integrals.max()) / _MAX_STORED)
    stored = np.rint(np.maximum(line_integrals, 0.0) / step).clip(0, _MAX_STORED).astype(np.uint16)
    store_grey_pixels(data, stored, "US")
    data.PresentationLUTShape = "IDENTITY"
    data.PixelIntensityRelationship = "LOG"
    data.PixelIntensityRelationshipSign = -1
    data.RealWorldValueMappingSequence = [_mapping(step)]
    return stored


def _mapping(step: float):
    from pydicom.dataset import Dataset

    item = Dataset()
    item.add_new("RealWorldValueFirstValueMapped", "US", 0)
    item.add_new("RealWorldValueLastValueMapped", "US", _MAX_STORED)
    item.RealWorldValueIntercept = 0.0
    item.RealWorldValueSlope = step
    item.LUTExplanation = "Line integral of linear attenuation along the ray"
    item.LUTLabel = "LINE_INTEGRAL"
    item.MeasurementUnitsCodeSequence = [code_item("1", "UCUM", "no units")]
    return item
