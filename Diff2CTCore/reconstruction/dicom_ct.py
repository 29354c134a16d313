"""Write a reconstruction as a derived DICOM CT series.

CT Image Storage, one file for each axial slice, values in HU. Every slice says in its tags that it is
synthetic, derived and for research alone, which model made it, and from which radiographs; nothing is
burned into the pixels.
"""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import numpy as np

from ..errors import OutputError
from ..storage import (
    check_output_folder,
    code_item,
    decimal_string,
    folder_when_complete,
    hu_to_int16,
    new_dataset,
    store_grey_pixels,
    uid_of,
)
from .dicom_sources import SourceRadiograph, copy_patient_and_study, refer_to
from .identity import check_radiographs, check_volume

STATEMENT = "Synthetic volume. Research use only, not for clinical decisions."
SERIES_DESCRIPTION = "Diff2CT synthetic CT, research use only"
SERIES_NUMBER = 9001
"""High, so that it sorts behind the series of the study."""

BONE_WINDOW = (250, 1000)
"""Centre and width in HU."""


def write_ct_series(folder, image, report: dict, sources: list[SourceRadiograph]) -> list[str]:
    """Write a volume as a CT series: all slices or none.

    Args:
        folder: made; it must not exist or be empty, since a stale slice would be taken for one of the series.
        image: SimpleITK image in HU, LPS mm, with orthogonal axes.
        report: of the reconstruction, as `read_report` gives it; names program version, model and time.
        sources: radiographs that it was made from. The series joins the patient and study of the first that is a
            DICOM file; without any it belongs to an anonymous patient.

    Returns:
        Names of the files, from the first slice to the last.

    Raises:
        OutputError: the folder holds files already or cannot be written.
        VolumeError: the volume is not the one of the report.
        RadiographError: the radiographs are not those of the report.
    """
    folder = check_output_folder(folder)
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"Cannot write into {folder}: it holds files already; give a new or empty folder.")
    check_radiographs(report, sources)
    check_volume(report, image)
    # Both views may be frames of one file.
    dicom = {source.sha256: source for source in sources if source.header is not None}
    series = _Series(image, report, list(dicom.values()))
    names = [f"slice-{number:04d}.dcm" for number in range(1, len(series.slices) + 1)]
    with folder_when_complete(folder) as staged:
        for index, name in enumerate(names):
            series.dataset(index).save_as(Path(staged) / name, enforce_file_format=True)
    return names


class _Series:
    """What the slices of one series share, and each slice's own dataset."""

    def __init__(self, image, report: dict, sources: list[SourceRadiograph]):
        import SimpleITK as sitk

        self._image = image
        self._report = report
        self._sources = sources
        self.slices = hu_to_int16(sitk.GetArrayFromImage(image))
        # Equal content gives equal UIDs, so an export that is repeated makes no second series.
        digest = hashlib.sha256(self.slices.tobytes()).hexdigest()
        self._key = [digest, report, [source.sha256 for source in sources]]

    def dataset(self, index: int):
        """The pydicom dataset of a slice, counted from 0."""
        from pydicom.uid import CTImageStorage

        data = new_dataset(CTImageStorage, uid_of(self._key, "slice", index))
        self._describe_patient_and_study(data)
        self._describe_series(data)
        self._describe_origin(data)
        self._describe_place(data, index)
        self._store_pixels(data, index)
        return data

    def _describe_patient_and_study(self, data) -> None:
        # Elements that must be there but may be empty.
        for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"):
            setattr(data, keyword, "")
        for keyword in ("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"):
            setattr(data, keyword, "")
        if self._sources:
            copy_patient_and_study(data, self._sources[0].header)
            return
        data.SpecificCharacterSet = "ISO_IR 192"
        data.PatientName = "Anonymous"
        data.PatientID = f"DIFF2CT-{self._key[0][:12].upper()}"
        data.StudyInstanceUID = uid_of(self._key, "study")

    def _describe_series(self, data) -> None:
        made = datetime.datetime.fromisoformat(self._report["created"])
        data.Modality = "CT"
        data.SeriesInstanceUID = uid_of(self._key, "series")
        data.SeriesNumber = SERIES_NUMBER
        data.SeriesDescription = SERIES_DESCRIPTION
        for kind in ("Series", "Content"):
            setattr(data, kind + "Date", made.strftime("%Y%m%d"))
            setattr(data, kind + "Time", made.strftime("%H%M%S"))
        data.BodyPartExamined = "SPINE"
        data.PatientPosition = "HFS"
        data.Manufacturer = "Diff2CT"
        data.ManufacturerModelName = str(self._report["model"]["name"])[:64]
        data.SoftwareVersions = self._software()
        data.FrameOfReferenceUID = uid_of(self._key, "frame of reference")
        data.PositionReferenceIndicator = ""

    def _software(self) -> list[str]:
        model = self._report["model"]
        return [f"Diff2CT {self._report['version']}", f"{model['name']} {model['version']}"[:64]]

    def _describe_origin(self, data) -> None:
        from pydicom.dataset import Dataset

        model = self._report["model"]
        data.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        data.SyntheticData = "YES"
        data.ContentQualification = "RESEARCH"
        data.BurnedInAnnotation = "NO"
        data.ImageComments = STATEMENT
        data.DerivationDescription = (
            f"{STATEMENT} Reconstructed from two radiographs by Diff2CT {self._report['version']} with the model "
            f"{model['name']} {model['version']}, SHA-256 {model['sha256']}."
        )
        refer_to(data, self._sources, self._report["radiographs"].values())
        equipment = Dataset()
        equipment.PurposeOfReferenceCodeSequence = [code_item("109102", "DCM", "Processing Equipment")]
        equipment.Manufacturer = "Diff2CT"
        equipment.ManufacturerModelName = data.ManufacturerModelName
        equipment.SoftwareVersions = self._software()
        equipment.ContributionDescription = data.DerivationDescription
        data.ContributingEquipmentSequence = [equipment]

    def _describe_place(self, data, index: int) -> None:
        spacing = self._image.GetSpacing()
        direction = np.reshape(self._image.GetDirection(), (3, 3))
        position = self._image.TransformIndexToPhysicalPoint((0, 0, index))
        data.InstanceNumber = index + 1
        data.AcquisitionNumber = 1
        data.KVP = None
        data.ImagePositionPatient = [decimal_string(value) for value in position]
        data.ImageOrientationPatient = [decimal_string(value) for value in (*direction[:, 0], *direction[:, 1])]
        data.PixelSpacing = [decimal_string(spacing[1]), decimal_string(spacing[0])]
        data.SliceThickness = data.SpacingBetweenSlices = decimal_string(spacing[2])
        data.SliceLocation = decimal_string(float(np.dot(position, direction[:, 2])))

    def _store_pixels(self, data, index: int) -> None:
        store_grey_pixels(data, self.slices[index].astype(np.int16), "HU")
        data.WindowCenter, data.WindowWidth = (str(value) for value in BONE_WINDOW)
