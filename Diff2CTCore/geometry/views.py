"""Cone-beam geometry of one view and of a pair.

Frame: patient RAS in millimetres, origin at the centre of the reconstructed volume. That centre is
the point which the user marks in both radiographs, so each view is placed by itself and two
exposures between which the patient moved need no common isocentre.

A radiograph is stored in its canonical orientation: rows run to the feet; columns run to the
patient's left (AP, PA) or to the posterior (LL, RL), however it was shown on screen.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace

import numpy as np

from ..errors import GeometryError
from .limits import MAX_DEVIATION_DEG, check_distances, check_pixels

VIEWS = ("AP", "PA", "LL", "RL")
FRONTAL_VIEWS = ("AP", "PA")
LATERAL_VIEWS = ("LL", "RL")

# Azimuth of the detector about the patient in degrees, as DICOM counts the positioner's primary
# angle: 0 in front of the patient, +90 at the patient's left.
NOMINAL_PRIMARY_DEG = {"PA": 0.0, "LL": 90.0, "AP": 180.0, "RL": -90.0}

DEFAULT_SID_MM = 1150.0
DEFAULT_SOD_MM = 950.0


def view_from_primary_angle(primary_deg: float) -> str:
    """The nominal view whose detector position is nearest to a DICOM positioner primary angle."""

    def distance(view: str) -> float:
        return abs((primary_deg - NOMINAL_PRIMARY_DEG[view] + 180.0) % 360.0 - 180.0)

    return min(VIEWS, key=distance)


def side_of(view: str) -> str:
    """ "frontal" for AP and PA, "lateral" for LL and RL: how a radiograph is called where people read."""
    return "frontal" if view in FRONTAL_VIEWS else "lateral"


@dataclass(frozen=True)
class ViewGeometry:
    """Source, detector and volume centre of one radiograph.

    Attributes:
        view: "AP", "PA" (named after the beam's way), "LL" or "RL" (left / right side at the detector).
        rows, columns: size of the radiograph in pixels.
        pixel_spacing_mm: (row, column) pitch on the detector in mm.
        sid_mm: source to detector along the principal ray.
        sod_mm: source to the volume's centre along the principal ray.
        primary_deg, secondary_deg: deviation from the nominal view; positive moves the detector as
            DICOM's positioner angles do (towards the patient's left from the front; cranially).
        rotation_deg: in-plane rotation of the detector about the principal ray, clockwise as seen
            in the canonical image.
        principal_point_px: (column, row) where the principal ray meets the detector; the centre of
            pixel (0, 0) is (0.0, 0.0). Default: the middle of the detector.
        centre_px: (column, row) where the centre of the volume is seen. Default: the principal point.
        slot_scan: source and a slot of the detector moved along the patient together, as EOS does: the beam is a fan
            across, and parallel along the patient. Then the row pitch is the step of the scan, the same in the
            patient as in the image, and the two angles that tilt rows (secondary, in-plane) must be zero.
    """

    view: str
    rows: int
    columns: int
    pixel_spacing_mm: tuple[float, float]
    sid_mm: float = DEFAULT_SID_MM
    sod_mm: float = DEFAULT_SOD_MM
    primary_deg: float = 0.0
    secondary_deg: float = 0.0
    rotation_deg: float = 0.0
    principal_point_px: tuple[float, float] | None = None
    centre_px: tuple[float, float] | None = None
    slot_scan: bool = False

    def __post_init__(self):
        middle = ((self.columns - 1) / 2.0, (self.rows - 1) / 2.0)
        if self.principal_point_px is None:
            object.__setattr__(self, "principal_point_px", middle)
        if self.centre_px is None:
            object.__setattr__(self, "centre_px", self.principal_point_px)
        self._validate()

    def _validate(self):
        if self.view not in VIEWS:
            raise GeometryError(f"The view {self.view!r} is not known; use one of {', '.join(VIEWS)}.")
        numbers = (
            *self.pixel_spacing_mm,
            self.sid_mm,
            self.sod_mm,
            self.primary_deg,
            self.secondary_deg,
            self.rotation_deg,
            *self.principal_point_px,
            *self.centre_px,
        )
        if not np.isfinite(numbers).all():
            raise GeometryError(
                f"The geometry of the {side_of(self.view)} view holds a value that is not a finite number."
            )
        check_pixels(side_of(self.view), self.rows, self.columns, *self.pixel_spacing_mm)
        check_distances(side_of(self.view), self.sid_mm, self.sod_mm)
        for name, value in (("primary", self.primary_deg), ("secondary", self.secondary_deg)):
            if abs(value) > MAX_DEVIATION_DEG:
                raise GeometryError(
                    f"The {name} angle of the {side_of(self.view)} view is {value:g} degrees off the nominal view; "
                    f"at most {MAX_DEVIATION_DEG:g} are supported."
                )
        if self.slot_scan and (self.secondary_deg or self.rotation_deg):
            raise GeometryError(
                f"The {side_of(self.view)} view is a slot scan, whose rows are level; its secondary angle and its "
                "in-plane rotation must be 0."
            )

    @property
    def frontal(self) -> bool:
        return self.view in FRONTAL_VIEWS

    @property
    def magnification(self) -> float:
        """Size on the detector divided by size at the volume's centre, along columns of a slot scan only."""
        return self.sid_mm / self.sod_mm

    @property
    def iso_spacing_mm(self) -> tuple[float, float]:
        """(row, column) pitch of the pixels at the volume's centre, in mm."""
        row_mm, column_mm = self.pixel_spacing_mm
        return (row_mm if self.slot_scan else row_mm / self.magnification), column_mm / self.magnification

    def frame(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors in RAS: principal ray (source to detector), column axis, row axis."""
        azimuth = np.deg2rad(NOMINAL_PRIMARY_DEG[self.view] + self.primary_deg)
        tilt = np.deg2rad(self.secondary_deg)
        horizontal = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        ray = np.cos(tilt) * horizontal + np.sin(tilt) * up
        down = np.sin(tilt) * horizontal - np.cos(tilt) * up
        # Columns run to the patient's left or posterior, whichever side the beam comes from.
        across = np.cross(up, horizontal) * (1.0 if self.view in ("PA", "LL") else -1.0)
        turn = np.deg2rad(self.rotation_deg)
        column_axis = np.cos(turn) * across + np.sin(turn) * down
        row_axis = np.cos(turn) * down - np.sin(turn) * across
        return ray, column_axis, row_axis

    def source_mm(self) -> np.ndarray:
        """Position of the X-ray source, RAS mm relative to the volume's centre, shape (3,).

        In a slot scan: where it is when it passes the height of the centre.
        """
        ray, column_axis, row_axis = self.frame()
        offset_column, offset_row = self._centre_offset_mm()
        return -self.sod_mm * ray - (offset_column * column_axis + offset_row * row_axis) / self.magnification

    def _centre_offset_mm(self) -> tuple[float, float]:
        row_mm, column_mm = self.pixel_spacing_mm
        return (
            (self.centre_px[0] - self.principal_point_px[0]) * column_mm,
            0.0 if self.slot_scan else (self.centre_px[1] - self.principal_point_px[1]) * row_mm,
        )

    def project(self, points_mm: np.ndarray) -> np.ndarray:
        """Pixels (column, row) of points given in RAS mm: shape (..., 3) to (..., 2).

        Hartley & Zisserman, Multiple View Geometry, chapter 6: x = K R (X - C). A slot scan is perspective along
        columns alone, a linear pushbroom camera (Gupta & Hartley, IEEE Trans. PAMI 19(9), 1997).
        """
        ray, column_axis, row_axis = self.frame()
        row_mm, column_mm = self.pixel_spacing_mm
        points = np.asarray(points_mm, dtype=float) - self.source_mm()
        stretch = self.sid_mm / (points @ ray)
        column = self.principal_point_px[0] + points @ column_axis * stretch / column_mm
        if self.slot_scan:
            row = self.centre_px[1] + points @ row_axis / row_mm
        else:
            row = self.principal_point_px[1] + points @ row_axis * stretch / row_mm
        return np.stack([column, row], axis=-1)

    def with_values(self, **changes) -> ViewGeometry:
        """A copy with some attributes replaced."""
        return replace(self, **changes)

    def to_dict(self) -> dict:
        """Plain values for a JSON report."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict) -> ViewGeometry:
        """Inverse of `to_dict`; unknown names are refused."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise GeometryError(f"The geometry has unknown entries: {', '.join(unknown)}.")
        for name in ("pixel_spacing_mm", "principal_point_px", "centre_px"):
            value = values.get(name, (0.0, 0.0))
            if value is not None and not (isinstance(value, (list, tuple)) and len(value) == 2):
                raise GeometryError(f"The geometry's {name} must be two numbers.")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


@dataclass(frozen=True)
class BiplanarGeometry:
    """A frontal and a lateral view of one patient, each with its own distances and angles."""

    frontal: ViewGeometry
    lateral: ViewGeometry
    views: tuple[ViewGeometry, ViewGeometry] = field(init=False, repr=False)

    def __post_init__(self):
        if not self.frontal.frontal:
            raise GeometryError(f"The first radiograph is a {self.frontal.view} view; give a frontal one (AP or PA).")
        if self.lateral.frontal:
            raise GeometryError(f"The second radiograph is a {self.lateral.view} view; give a lateral one (LL or RL).")
        object.__setattr__(self, "views", (self.frontal, self.lateral))

    def to_dict(self) -> dict:
        """Plain values for a JSON report: view to what `ViewGeometry.to_dict` gives."""
        return {view.view: view.to_dict() for view in self.views}

    @classmethod
    def from_dict(cls, values: dict) -> BiplanarGeometry:
        """Inverse of `to_dict`. GeometryError where it is anything but a frontal and a lateral view."""
        try:
            views = [ViewGeometry.from_dict(item) for item in values.values()]
            (frontal,) = (view for view in views if view.frontal)
            (lateral,) = (view for view in views if not view.frontal)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise GeometryError("The geometry does not describe one frontal and one lateral view.") from None
        return cls(frontal, lateral)
