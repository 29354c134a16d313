"""What the user chose about a radiograph, as arguments of the core's reader and of its geometry."""

from __future__ import annotations

from slicer.i18n import tr as _

from ..parameters import ANGLE_NAMES, CENTRE_NAMES, FROM_FILE, LINE_NAMES, SLOT_SCAN

IN_PIXELS = ("principal_point_px", "centre_px")
"""Geometry in pixels of the upright image, lost when the image is cut, turned or mirrored."""

OF_VIEW = ("primary_deg", "secondary_deg", "rotation_deg", *IN_PIXELS)
"""Geometry that belongs to one view, and to no other one."""


def orientation(parameters, side: str, reading: dict):
    """How a radiograph's pixels are turned upright, after what its file says, as an `Orienter`.

    Args:
        reading: how the pixels are stored, where no DICOM file holds them.
    """
    from Diff2CTCore.radiograph import Orienter

    flip = "horizontal" if parameters.getValue(side + "Flip") else None
    stored = Orienter().then(reading.get("rotate", 0), reading.get("flip"))
    return stored.then(int(parameters.getValue(side + "Rotate")), flip)


def reader_choices(parameters, side: str, reading: dict) -> dict:
    """What the user chose about one radiograph, as arguments of the reader; the file speaks where this is silent.

    Args:
        reading: how the pixels are stored, where no DICOM file holds them, and which frame of a file they are; the
            user's choices come on top.
    """
    value = {name: parameters.getValue(side + name) for name in ("View", "Invert", "Spacing", "SpacingRatio")}
    choices: dict = {}
    if value["View"] != FROM_FILE:
        choices["view"] = value["View"]
    if value["Invert"] != reading.get("invert", False):
        choices["invert"] = True
    rotate, flip = orientation(parameters, side, reading).as_choices()
    if rotate:
        choices["rotate"] = rotate
    if flip:
        choices["flip"] = flip
    if reading.get("intensity") == "linear":
        choices["intensity"] = "linear"
    if reading.get("frame"):
        choices["frame"] = reading["frame"]
    if value["Spacing"] > 0.0:
        square = value["SpacingRatio"] == 1.0
        columns = value["Spacing"] * value["SpacingRatio"]
        choices["pixel_spacing_mm"] = value["Spacing"] if square else [value["Spacing"], columns]
    return choices


def geometry_choices(parameters, side: str) -> dict:
    """What the user chose about one view's geometry, as arguments of `view_geometry`."""
    choices: dict = {}
    for name, key in (("Sid", "sid_mm"), ("Sod", "sod_mm")):
        if parameters.getValue(side + name) > 0.0:
            choices[key] = parameters.getValue(side + name)
    slot_scan = SLOT_SCAN.get(parameters.getValue(side + "SlotScan"))
    if slot_scan is not None:
        choices["slot_scan"] = slot_scan
    if parameters.getValue(side + "Angles"):
        choices.update({name.lower() + "_deg": parameters.getValue(side + name) for name in ANGLE_NAMES})
    centre = [parameters.getValue(side + name) for name in CENTRE_NAMES]
    if max(centre) >= 0.0:
        if min(centre) < 0.0:
            text = _("The centre point of the {side} radiograph has a column or a row alone; give both, or neither.")
            raise ValueError(text.format(side=side))
        choices["centre_px"] = centre
    return choices


def known_length(parameters, side: str) -> list[float] | None:
    """Column and row of both ends of a line in the upright radiograph, and its length in the patient in mm, or None.

    Raises ValueError with a sentence for the user where it is not whole, or contradicts another choice.
    """
    line = [parameters.getValue(side + name) for name in LINE_NAMES]
    length = parameters.getValue(side + "KnownLength")
    drawn = min(line) >= 0.0
    text = ""
    if drawn and not length:
        text = _("The line of known length in the {side} radiograph has no length; type it, or remove the line.")
    elif length and not drawn:
        text = _("The known length of the {side} radiograph has no line; draw it, or set the length to none.")
    elif length and parameters.getValue(side + "Spacing") > 0.0:
        text = _("The {side} radiograph has a pixel spacing and a known length, which give two sizes; choose one.")
    if text:
        raise ValueError(text.format(side=side))
    return [*line, length] if length else None
