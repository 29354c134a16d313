"""What the reader yields."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..dicom_files import CarriedGeometry
from .orientation import Orienter

CHOSEN = "chosen by the user"
"""Where a value comes from that the user gave the reader."""

UNSTATED_INTENSITY = "The file does not say how its values follow the beam's intensity; taken as its logarithm."


@dataclass(frozen=True)
class Assumption:
    """A value that no file and no user stated; it is shown to the user together with its reason.

    Attributes:
        name: the option that overrides it ("sid_mm", "view", "invert", ...).
        value: the value in use, plain (number, text, list or None).
        why: one sentence.
    """

    name: str
    value: object
    why: str

    def to_dict(self) -> dict:
        """Plain values for a JSON report."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"name": self.name, "value": value, "why": self.why}


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One radiograph in its canonical orientation (see `Diff2CTCore.geometry.views`).

    Attributes:
        pixels: float32 (rows, columns), finite. Grows with the line integral of attenuation (dense is
            bright) and is linear in it as far as the file tells; scale and offset are the file's own.
        view: "AP", "PA", "LL", "RL", or None when neither file nor user said.
        pixel_spacing_mm: (row, column) pitch on the detector in mm, as it is stated there, or None.
        spacing_source: where the spacing comes from, in words.
        object_spacing_mm: (row, column) pitch in the patient's plane, for files that were calibrated there, whatever
            the distances; None otherwise.
        sid_mm, sod_mm: source to detector and source to patient in mm, or None.
        magnification: size on the detector divided by size in the patient, where the file states it by itself or by
            two spacings; None otherwise. What the user says of the distances is settled in `view_geometry`.
        primary_deg, secondary_deg: deviation from the nominal view in degrees, positive towards the
            patient's left seen from the front, and cranially; None when the file is silent.
        rotation_deg, principal_point_px, centre_px: as in `Diff2CTCore.geometry.ViewGeometry`, where the file carries
            them; None otherwise.
        centre_ras_mm: where the file says that the centre of the volume lies, RAS mm of the CT that was projected.
        slot_scan: whether source and detector moved along the patient; then a row's pitch in `object_spacing_mm` and in
            `pixel_spacing_mm` is the step of the scan.
        mask: bool (rows, columns), True where the detector was exposed, as the file states or as the picture shows;
            None when all of it was.
        burned_in_annotation: what the file says about text burned into the pixels, or None.
        laterality: "L", "R", "B", "U" or None.
        patient: hashes, under a salt of this process, of what the file says of the patient, as `same_patient` of
            `Diff2CTCore.dicom_files` compares them; None where the file has no place for it.
        assumptions: what the reader had to assume.
        provenance: plain values without the patient's identity.
    """

    pixels: np.ndarray
    view: str | None
    pixel_spacing_mm: tuple[float, float] | None
    spacing_source: str
    object_spacing_mm: tuple[float, float] | None = None
    sid_mm: float | None = None
    sod_mm: float | None = None
    magnification: float | None = None
    primary_deg: float | None = None
    secondary_deg: float | None = None
    rotation_deg: float | None = None
    principal_point_px: tuple[float, float] | None = None
    centre_px: tuple[float, float] | None = None
    centre_ras_mm: tuple[float, float, float] | None = None
    slot_scan: bool = False
    mask: np.ndarray | None = None
    burned_in_annotation: bool | None = None
    laterality: str | None = None
    patient: tuple[str, ...] | None = None
    assumptions: tuple[Assumption, ...] = ()
    provenance: dict = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.pixels.shape[0]

    @property
    def columns(self) -> int:
        return self.pixels.shape[1]

    @property
    def sha256(self) -> str:
        """SHA-256 of the file."""
        return self.provenance["sha256"]


@dataclass
class Source:
    """What one file says, before orientation and polarity are settled. Internal to the reader.

    `values` are the file's values after its modality transformation, float32 (rows, columns) as
    stored; `full_scale` is the (lowest, highest) value that the file could have stored, `levels` the
    number of grey levels between the two. `field_stated` is whether the file says by a shutter, a collimator or padding
    what was exposed, `mask` what it says, None for all of the image. `described` is the view in a free text and the
    text's keyword. `positioner_deg` are DICOM's (primary, secondary) angles. `orienter` is how a picture file says that
    its pixels are to be turned; `patient_orientation` takes its place in DICOM, and `orientation_doubt` is the sentence
    about one that is there and cannot be used.
    """

    values: np.ndarray
    full_scale: tuple[float, float]
    levels: int
    dense_is_high: bool
    linear_intensity: bool = False
    polarity_source: str = ""
    mask: np.ndarray | None = None
    field_stated: bool = False
    pixel_spacing_mm: tuple[float, float] | None = None
    spacing_source: str = "not stated"
    object_spacing_mm: tuple[float, float] | None = None
    sid_mm: float | None = None
    sod_mm: float | None = None
    magnification: float | None = None
    view: str | None = None
    view_source: str = ""
    positioner_deg: tuple[float, float] | None = None
    slot_scan: bool = False
    carried: CarriedGeometry | None = None
    patient_orientation: tuple[str, str] | None = None
    orientation_doubt: str = ""
    orienter: Orienter = field(default_factory=Orienter)
    described: tuple[str, str] | None = None
    burned_in_annotation: bool | None = None
    laterality: str | None = None
    patient: tuple[str, ...] | None = None
    assumptions: list[Assumption] = field(default_factory=list)
    provenance: dict = field(default_factory=dict)

    def assume(self, name: str, value, why: str):
        self.assumptions.append(Assumption(name, value, why))

    def drop_assumption(self, name: str):
        """Forget what the user has settled."""
        self.assumptions = [item for item in self.assumptions if item.name != name]
