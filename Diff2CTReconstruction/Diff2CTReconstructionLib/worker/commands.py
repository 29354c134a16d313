"""The worker's command lines, from the panel's choices."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from ..parameters import ANGLE_NAMES, CENTRE_NAMES, DEVICES, FROM_FILE, NOMINAL_VIEWS, QUALITY_STEPS, SIDES, SLOT_SCAN

CORE = ["-m", "Diff2CTCore"]
INSPECTION_SCRIPT = Path(__file__).with_name("inspect_radiograph.py")
JSON = ["--progress", "json"]
OPTION_PREFIX = {"frontal": "ap", "lateral": "lateral"}

IN_PIXELS = ("principal_point_px", "centre_px")
"""Geometry in pixels of the upright image, lost when the image is cut, turned or mirrored."""

OF_VIEW = ("primary_deg", "secondary_deg", "rotation_deg", *IN_PIXELS)
"""Geometry that belongs to one view, and to no other one."""

RECONSTRUCTION_FILE = "reconstruction.nrrd"
SIMULATION_FOLDER = "simulation"
STD_FILE = "uncertainty.nrrd"
OVERLAY_FOLDER = "overlays"
PICTURE_FILE = "picture.png"
UPRIGHT_FILE = "upright.npy"


def reader_choices(parameters, side: str, reading: dict) -> dict:
    """What the user chose about one radiograph, as arguments of the reader; the file speaks where this is silent.

    Args:
        reading: how the pixels are stored, where no DICOM file holds them, and which frame of a file they are; the
            user's choices come on top.
    """
    from Diff2CTCore.radiograph import Orienter

    value = {name: parameters.getValue(side + name) for name in ("View", "Invert", "Rotate", "Flip", "Spacing")}
    choices: dict = {}
    if value["View"] != FROM_FILE:
        choices["view"] = value["View"]
    if value["Invert"] != reading.get("invert", False):
        choices["invert"] = True
    stored = Orienter().then(reading.get("rotate", 0), reading.get("flip"))
    rotate, flip = stored.then(int(value["Rotate"]), "horizontal" if value["Flip"] else None).as_choices()
    if rotate:
        choices["rotate"] = rotate
    if flip:
        choices["flip"] = flip
    if reading.get("intensity") == "linear":
        choices["intensity"] = "linear"
    if reading.get("frame"):
        choices["frame"] = reading["frame"]
    if value["Spacing"] > 0.0:
        choices["pixel_spacing_mm"] = value["Spacing"]
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
            text = _("The centre of the {side} radiograph has a column or a row alone; give both, or neither.")
            raise ValueError(text.format(side=side))
        choices["centre_px"] = centre
    return choices


def default_view(side: str) -> str:
    """The view of a radiograph when neither the file nor the user says."""
    return NOMINAL_VIEWS[side][0]


def inspection(parameters, side: str, path: Path, given: dict, folder: Path) -> dict:
    """The request of `inspect_radiograph`; what the user chose wins over what is given along with the file.

    Raises ValueError with a sentence for the user where choices contradict each other.
    """
    choices = reader_choices(parameters, side, given.get("reading", {}))
    geometry = {key: value for key, value in given.items() if key != "reading"}
    turned = parameters.getValue(side + "Rotate") != "0" or parameters.getValue(side + "Flip")
    other_view = choices.get("view", geometry.get("view")) != geometry.get("view")
    # As the reader does with what a file says itself.
    lost = OF_VIEW if other_view else IN_PIXELS if turned else ()
    geometry = {key: value for key, value in geometry.items() if key not in lost}
    geometry |= geometry_choices(parameters, side)
    if "view" in choices:
        geometry["view"] = choices["view"]
    # The reader takes it as the pixels are stored, like the command line; what the user chose is there already.
    if "pixel_spacing_mm" in geometry:
        choices.setdefault("pixel_spacing_mm", geometry.pop("pixel_spacing_mm"))
    return {
        "radiograph": str(path),
        "choices": choices,
        "geometry": geometry,
        "default_view": default_view(side),
        "picture": str(folder / PICTURE_FILE),
        "upright": str(folder / UPRIGHT_FILE),
    }


def reconstruct(
    parameters, radiographs: dict[str, tuple[Path, dict]], centre_ras_mm: list[float] | None, folder: Path
) -> list[str]:
    """Arguments of a reconstruction.

    Args:
        radiographs: each side's file, and what is given along with it.
        centre_ras_mm: where the volume's centre goes; the origin when None.
    """
    arguments = [*CORE, "reconstruct", *(str(radiographs[side][0]) for side in SIDES)]
    arguments += ["-o", str(folder / RECONSTRUCTION_FILE), "--reprojections", str(folder / OVERLAY_FOLDER), *JSON]
    if parameters.samples > 1:
        arguments += ["--std-output", str(folder / STD_FILE)]
    if centre_ras_mm is not None:
        arguments += ["--centre-ras", *_numbers(centre_ras_mm)]
    for side in SIDES:
        request = inspection(parameters, side, *radiographs[side], folder)
        arguments += _view_options(OPTION_PREFIX[side], {**request["choices"], **request["geometry"]})
    if parameters.model:
        arguments += ["--model", parameters.model]
    arguments += ["--steps", str(QUALITY_STEPS[parameters.quality]), "--samples", str(parameters.samples)]
    arguments += ["--seed", str(parameters.seed), "--device", DEVICES[parameters.device]]
    return arguments if parameters.consistency else [*arguments, "--no-consistency"]


def simulate(ct: Path, centre_ras_mm: list[float] | None, folder: Path) -> list[str]:
    """Arguments of a simulation into `folder`."""
    arguments = [*CORE, "simulate", str(ct), "-o", str(folder / SIMULATION_FOLDER), *JSON]
    return arguments if centre_ras_mm is None else [*arguments, "--centre", *_numbers(centre_ras_mm)]


def evaluate(reconstruction: Path, truth: Path) -> list[str]:
    """Arguments of a comparison."""
    return [*CORE, "evaluate", str(reconstruction), str(truth), *JSON]


def export_series(volume: Path, report: Path, radiographs: list[Path], folder: Path) -> list[str]:
    """Arguments of a DICOM export into `folder`."""
    arguments = [*CORE, "export", str(volume), "-o", str(folder), "--report", str(report), *JSON]
    return [*arguments, "--radiographs", *map(str, radiographs)] if radiographs else arguments


def _view_options(prefix: str, choices: dict) -> list[str]:
    names = {
        "pixel_spacing_mm": "spacing",
        "sid_mm": "sid",
        "sod_mm": "sod",
        "primary_deg": "primary",
        "secondary_deg": "secondary",
        "rotation_deg": "rotation",
        "principal_point_px": "principal-point",
        "centre_px": "centre",
        "slot_scan": "slot-scan",
    }
    options = []
    for key, value in choices.items():
        option = f"--{prefix}-{names.get(key, key)}"
        if value is True:
            options.append(option)
        elif value is False:
            options.append(f"--no-{prefix}-{names.get(key, key)}")
        elif key in IN_PIXELS:
            options += [option, *_numbers(value)]
        elif isinstance(value, (list, tuple)):
            options += [option, ",".join(str(item) for item in value)]
        else:
            options += [option, str(value)]
    return options


def _numbers(values) -> list[str]:
    return [f"{value:.4f}" for value in values]
