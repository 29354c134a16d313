"""A file that was read, and the radiograph that it becomes once its view, orientation and polarity are settled."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import RadiographError
from ..geometry import MAX_DEVIATION_DEG, NOMINAL_PRIMARY_DEG, VIEWS
from .collimator import COLLIMATOR, field_mask, find_borders, told
from .image import CHOSEN, Assumption, Radiograph, Source
from .orientation import Orienter, check_choices, fits_view, from_patient_orientation, plane_of
from .polarity import line_integral_like


@dataclass(frozen=True, eq=False)
class OpenedRadiograph:
    """A file that was read once, to be settled in one way or another.

    Attributes:
        path: of the file.
        source: what it says.
    """

    path: Path
    source: Source
    _format: str
    _digest: str

    def settled(
        self,
        *,
        invert: bool | None = None,
        view: str | None = None,
        rotate: int = 0,
        flip: str | None = None,
        collimator: str = "auto",
    ) -> Radiograph:
        """The radiograph; arguments and errors as of `read_radiograph`."""
        check_choices(rotate, flip)
        if view is not None and view not in VIEWS:
            raise RadiographError(f"The view {view!r} is not known; use one of {', '.join(VIEWS)}.")
        if collimator not in COLLIMATOR:
            raise RadiographError(f"The collimator {collimator!r} is not known; use 'auto' or 'off'.")
        source = replace(self.source, assumptions=list(self.source.assumptions))
        _settle_view(self.path.name, source, view)
        return _assemble(source, self._format, self._digest, invert, rotate, flip, collimator == "auto")

    def as_stored(self) -> np.ndarray:
        """float32 (rows, columns), dense = bright as far as the file tells, as its pixels are stored."""
        source = self.source
        return line_integral_like(
            source.values, source.full_scale, source.levels, source.dense_is_high, source.linear_intensity
        )

    def orienter(self, frontal: bool) -> tuple[Orienter, bool]:
        """How the file says that its pixels are to be turned if it shows such a view, and whether it says so at all."""
        orientation = self.source.patient_orientation
        if orientation and (plane_of(orientation) == "frontal") == frontal:
            return from_patient_orientation(orientation), True
        orienter = Orienter() if orientation else self.source.orienter
        return orienter, orienter != Orienter()


def _settle_view(name: str, source: Source, view: str | None):
    """The user's view wins; a file that contradicts itself is not guessed about."""
    if view:
        source.view, source.view_source = view, CHOSEN
        source.drop_assumption("view")
    orientation = source.patient_orientation
    if orientation is None:
        why = "The file does not say how the patient is shown; taken as upright, left (or back) on the right-hand side."
        source.assume("rotate", 0, source.orientation_doubt or why)
        return
    if source.view is None or fits_view(orientation, source.view):
        return
    if not view:
        raise RadiographError(
            f"{name} says {source.view} in {source.view_source} but its PatientOrientation belongs to another view; "
            "choose the view."
        )
    source.patient_orientation = None
    source.assume("rotate", 0, "The file's PatientOrientation does not fit the chosen view, so it is not used.")


def _assemble(
    source: Source,
    file_format: str,
    digest: str,
    invert: bool | None,
    rotate: int,
    flip: str | None,
    find_collimator: bool,
) -> Radiograph:
    if invert is not None:
        source.drop_assumption("invert")
    dense_is_high = source.dense_is_high != bool(invert)
    pixels = line_integral_like(source.values, source.full_scale, source.levels, dense_is_high, source.linear_intensity)
    orienter = from_patient_orientation(source.patient_orientation) if source.patient_orientation else source.orienter
    orienter = orienter.then(rotate, flip)
    pixels = orienter.apply(pixels)
    mask, mask_source = _settle_mask(source, orienter, pixels, find_collimator)
    if mask is not None:
        # Unexposed pixels count as air: what they hold is the collimator's shadow or a filler.
        pixels[~mask] = pixels[mask].min()
    carried = _carried(source, turned=orienter != Orienter())
    primary, secondary = _deviation(source)
    provenance = {
        "format": file_format,
        "sha256": digest,
        "stored_rows": int(source.values.shape[0]),
        "stored_columns": int(source.values.shape[1]),
        "polarity": "inverted by the user" if invert else source.polarity_source,
        "dense_is_high_in_file": bool(dense_is_high),
        "logarithm_taken": bool(source.linear_intensity),
        "orientation": orienter.describe(),
        "patient_orientation": list(source.patient_orientation or ()) or None,
        "view_source": source.view_source or "not stated",
        "spacing_source": source.spacing_source,
        "exposed_fraction": 1.0 if mask is None else round(float(mask.mean()), 4),
        "mask_source": mask_source,
        "laterality": source.laterality,
        "burned_in_annotation": source.burned_in_annotation,
        **source.provenance,
    }
    return Radiograph(
        pixels=pixels,
        view=source.view,
        pixel_spacing_mm=orienter.spacing(source.pixel_spacing_mm),
        spacing_source=source.spacing_source,
        object_spacing_mm=orienter.spacing(source.object_spacing_mm),
        sid_mm=source.sid_mm,
        sod_mm=source.sod_mm,
        magnification=source.magnification,
        primary_deg=primary,
        secondary_deg=secondary,
        **carried,
        slot_scan=source.slot_scan,
        mask=mask,
        burned_in_annotation=source.burned_in_annotation,
        laterality=source.laterality,
        patient=source.patient,
        assumptions=tuple(_turned(item, orienter) for item in source.assumptions),
        provenance=provenance,
    )


def _settle_mask(
    source: Source, orienter: Orienter, pixels: np.ndarray, find_collimator: bool
) -> tuple[np.ndarray | None, str]:
    """The exposed field of the upright picture, None when that is all of it, and in words what says so."""
    if source.field_stated:
        return (None if source.mask is None else orienter.apply(source.mask)), "the file"
    if not find_collimator:
        return None, "not looked for"
    dense_is_sure = all(item.name != "invert" for item in source.assumptions)
    borders = find_borders(pixels, dense_is_sure)
    if not borders:
        return None, "none found"
    source.assume("collimator", [border.side for border in borders], told(borders))
    return field_mask(pixels.shape, borders), "the picture"


def _carried(source: Source, turned: bool) -> dict:
    """What the file carries of the geometry of a simulation, whose images are stored in the canonical orientation."""
    if source.carried is None:
        return {}
    if turned:
        source.assume(
            "carried_geometry",
            None,
            "The image is turned or mirrored, so the geometry it was simulated with is not used.",
        )
        return {}
    return asdict(source.carried)


def _turned(assumption: Assumption, orienter: Orienter) -> Assumption:
    if assumption.name != "pixel_spacing_mm":
        return assumption
    return replace(assumption, value=orienter.spacing(assumption.value))


def _deviation(source: Source) -> tuple[float | None, float | None]:
    """Positioner angles relative to the nominal view.

    Devices whose tube hangs on a column write angles that are not about the patient; those are far
    from the view that the file states, and are left out.
    """
    if source.positioner_deg is None or source.view is None:
        return None, None
    primary, secondary = source.positioner_deg
    deviation = float((primary - NOMINAL_PRIMARY_DEG[source.view] + 180.0) % 360.0 - 180.0)
    if source.view_source != "PositionerPrimaryAngle" and abs(deviation) > MAX_DEVIATION_DEG:
        why = "The file's positioner angles do not belong to its view, so they are not used."
        source.drop_assumption("secondary_deg")
        source.assume("primary_deg", 0.0, why)
        source.assume("secondary_deg", 0.0, why)
        return None, None
    return deviation, float(secondary)
