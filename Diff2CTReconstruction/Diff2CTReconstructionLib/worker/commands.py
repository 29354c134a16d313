"""The worker's command lines, from the panel's choices."""

from __future__ import annotations

from pathlib import Path

from ..parameters import DEVICES, NOMINAL_VIEWS, QUALITY_STEPS, SIDES
from .found_values import told_names
from .view_choices import IN_PIXELS, OF_VIEW, geometry_choices, known_length, reader_choices

CORE = ["-m", "Diff2CTCore"]
INSPECTION_SCRIPT = Path(__file__).with_name("inspect_radiograph.py")
JSON = ["--progress", "json"]
OPTION_PREFIX = {"frontal": "ap", "lateral": "lateral"}
OPTION_NAMES = {
    "pixel_spacing_mm": "spacing",
    "sid_mm": "sid",
    "sod_mm": "sod",
    "primary_deg": "primary",
    "secondary_deg": "secondary",
    "rotation_deg": "rotation",
    "principal_point_px": "principal-point",
    "centre_px": "centre",
    "slot_scan": "slot-scan",
    "known_length": "known-length",
}

RECONSTRUCTION_FILE = "reconstruction.nrrd"
SIMULATION_FOLDER = "simulation"
STD_FILE = "uncertainty.nrrd"
OVERLAY_FOLDER = "overlays"
PICTURE_FILE = "picture.png"
UPRIGHT_FILE = "upright.npy"


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
    arguments += _options_of_views(parameters, radiographs, folder, tell_found=True)
    # What an alignment finds is proposed first, and stands in the choices once it was accepted.
    arguments += ["--align", "off"]
    arguments += ["--steps", str(QUALITY_STEPS[parameters.quality]), "--samples", str(parameters.samples)]
    arguments += ["--seed", str(parameters.seed), "--device", DEVICES[parameters.device]]
    return arguments if parameters.consistency else [*arguments, "--no-consistency"]


def align(parameters, radiographs: dict[str, tuple[Path, dict]], folder: Path) -> list[str]:
    """Arguments of an alignment of the two views.

    Args:
        radiographs: each side's file, and what is given along with it.
    """
    arguments = [*CORE, "align", *(str(radiographs[side][0]) for side in SIDES), *JSON]
    return arguments + _options_of_views(parameters, radiographs, folder)


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


def view(volume: Path, report: Path, page: Path, options: dict[str, Path]) -> list[str]:
    """Arguments of a page.

    Args:
        options: files and folders by the names of their options ("truth", "metrics", "reprojections").
    """
    arguments = [*CORE, "view", str(volume), "--report", str(report), "-o", str(page), *JSON]
    return arguments + [text for name, path in options.items() for text in (f"--{name}", str(path))]


def _options_of_views(
    parameters, radiographs: dict[str, tuple[Path, dict]], folder: Path, tell_found: bool = False
) -> list[str]:
    """What is chosen about both views, and the model.

    Args:
        tell_found: whether the core is to know which values an alignment found.
    """
    options = []
    for side in SIDES:
        request = inspection(parameters, side, *radiographs[side], folder)
        choices = {**request["choices"], **request["geometry"]}
        length = known_length(parameters, side)
        if length:
            # The scene's spacing is the file's, which a known length takes the place of.
            choices.pop("pixel_spacing_mm", None)
            choices["known_length"] = length
        options += _view_options(OPTION_PREFIX[side], choices)
        given = {OPTION_NAMES.get(key, key) for key in choices}
        found = [name for name in told_names(parameters, side) if name in given]
        if tell_found and found:
            options += [f"--{OPTION_PREFIX[side]}-found", *found]
    return [*options, "--model", parameters.model] if parameters.model else options


def _view_options(prefix: str, choices: dict) -> list[str]:
    options = []
    for key, value in choices.items():
        name = OPTION_NAMES.get(key, key)
        option = f"--{prefix}-{name}"
        if value is True:
            options.append(option)
        elif value is False:
            options.append(f"--no-{prefix}-{name}")
        elif key in (*IN_PIXELS, "known_length"):
            options += [option, *_numbers(value)]
        elif isinstance(value, (list, tuple)):
            options += [option, ",".join(str(item) for item in value)]
        else:
            options += [option, str(value)]
    return options


def _numbers(values) -> list[str]:
    return [f"{value:.4f}" for value in values]
