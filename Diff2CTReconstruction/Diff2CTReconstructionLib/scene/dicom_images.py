"""The radiographs in Slicer's DICOM database, image by image: AP and lateral often share a series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import slicer

from ..parameters import FRONTAL, LATERAL

MODALITIES = ("CR", "DX", "RG", "RF", "XA", "SC", "OT")

_INSTANCE_NUMBER, _VIEW_POSITION, _FRAMES = "0020,0013", "0018,5101", "0028,0008"
_WORDS = {
    FRONTAL: ("AP", "PA", "FRONTAL", "ANTEROPOSTERIOR", "POSTEROANTERIOR"),
    LATERAL: ("LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT"),
}


@dataclass
class DicomImage:
    """One image of the database.

    Attributes:
        study, series, instance: UIDs.
        patient, date, modality, description: what the database's own tables say.
        view: its View Position; empty where there is none, None until `read_details` has looked.
        number: its Instance Number.
        frames: how many it has.
    """

    study: str
    series: str
    instance: str
    patient: str
    date: str
    modality: str
    description: str
    view: str | None = None
    number: str = ""
    frames: int = 1

    @property
    def path(self) -> str:
        """Its file; empty where the database has it no more."""
        return slicer.dicomDatabase.fileForInstance(self.instance)

    @property
    def title(self) -> str:
        """What it is called where it stands alone; without the patient."""
        number = f"({self.number})" if self.number else ""
        return " ".join(filter(None, (self.description or self.modality, self.view, number)))

    @property
    def side(self) -> str | None:
        """ "frontal" or "lateral" by View Position, else by the description; None where they do not tell."""
        return _side_in(self.view or "") or _side_in(self.description)


def open_database():
    """Slicer's DICOM database; None where there is none or it is closed."""
    database = getattr(slicer, "dicomDatabase", None)
    return database if database is not None and database.isOpen else None


def radiographs_in_database(most: int) -> list[DicomImage]:
    """At most so many radiographs; asks the database's tables alone and opens no file."""
    database = open_database()
    found: list[DicomImage] = []
    for patient in database.patients() if database is not None else ():
        name = database.displayedNameForPatient(patient) or database.nameForPatient(patient)
        for study in database.studiesForPatient(patient):
            date = database.fieldForStudy("StudyDate", study)
            for series in database.seriesForStudy(study):
                modality = database.fieldForSeries("Modality", series)
                if modality not in MODALITIES:
                    continue
                description = database.descriptionForSeries(series)
                for instance in database.instancesForSeries(series, most - len(found)):
                    found.append(DicomImage(study, series, instance, name, date, modality, description))
                if len(found) >= most:
                    return found
    return found


def read_details(image: DicomImage) -> Iterator[None]:
    """Fill view, number and frames in; between two yields at most one file's header is read."""
    database = open_database()
    if database is None or image.view is not None:
        return
    image.number = database.instanceValue(image.instance, _INSTANCE_NUMBER)
    yield
    frames = database.instanceValue(image.instance, _FRAMES)
    image.frames = max(int(frames), 1) if frames.isdecimal() else 1
    yield
    image.view = database.instanceValue(image.instance, _VIEW_POSITION).upper()


def counterpart(image: DicomImage, images: list[DicomImage]) -> DicomImage | None:
    """The one image of the same study that is seen from the other side; None where there is none, or several."""
    if image.side is None:
        return None
    wanted = LATERAL if image.side == FRONTAL else FRONTAL
    others = [other for other in images if other.study == image.study and other.side == wanted]
    return others[0] if len(others) == 1 else None


def frontal_of(first: DicomImage, second: DicomImage) -> DicomImage | None:
    """Which of two images is the frontal one; None where their views do not tell."""
    if first.side == second.side:
        return None
    for image, other in ((first, second), (second, first)):
        if image.side == FRONTAL or other.side == LATERAL:
            return image
    return None


def _side_in(text: str) -> str | None:
    """The side that a text names; None where it names neither or both."""
    words = set(re.findall(r"[A-Z]+", text.upper()))
    named = [side for side, known in _WORDS.items() if words.intersection(known)]
    return named[0] if len(named) == 1 else None
