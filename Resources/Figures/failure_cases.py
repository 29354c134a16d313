"""What can be wrong with a pair of radiographs: the bundled pair, spoilt in one way each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from Diff2CTCore.commands.misaligned import displaced_lateral
from Diff2CTCore.ct import spine_line
from Diff2CTCore.ct.dicom_dx import LINE_INTEGRAL_STEP
from Diff2CTCore.geometry import VolumeGrid, hu_to_attenuation, project
from Diff2CTCore.radiograph import read_radiograph, view_geometry
from Diff2CTCore.reconstruction import RadiographInput
from Diff2CTCore.storage import sample_file

FILES = {"frontal": "ap.dcm", "lateral": "lateral.dcm"}
VIEWS = {"frontal": "AP", "lateral": "LL"}
DISTANCES = {"sid_mm": 1150.0, "sod_mm": 950.0}
"""The true ones."""

SID_ERROR, SPACING_ERROR = 1.15, 0.75
OTHER_VERTEBRA_MM, ANGLE_DEG = 24.0, 15.0

METAL_HU = 3000.0
"""What a CT of this program holds where titanium is: the most that it can hold."""

TITANIUM_MU_PER_MM = 0.345
"""Of titanium at 60 keV (NIST XCOM: 0.766 cm2/g at 4.51 g/cm3), which the radiographs show."""

ROD_MM, ROD_APART_MM, ROD_BEHIND_MM, ROD_HALF_MM = 3.0, 24.0, 30.0, 60.0
"""Radius; distance of each of the two from the middle; how far behind that of the vertebral bodies; half the length."""


@dataclass(frozen=True)
class Case:
    """A pair with one thing wrong.

    Attributes:
        name: of the picture, and of the place on the page.
        title: of the picture; empty for a case that has numbers alone.
        frontal, lateral: what is given to the program.
        alone: the same without what the user says; None where the program could not find out by itself.
        metal: whether the true CT holds rods.
    """

    name: str
    title: str
    frontal: RadiographInput
    lateral: RadiographInput
    alone: tuple[RadiographInput, RadiographInput] | None = None
    metal: bool = False


def cases(folder: Path, truth_hu: np.ndarray, grid: VolumeGrid) -> list[Case]:
    """The pair as it should be ("right"), then each fault; files are written to the folder."""
    pixels = {
        side: read_radiograph(sample_file(name)).pixels * np.float32(LINE_INTEGRAL_STEP) for side, name in FILES.items()
    }
    files = {side: _write(folder / f"{side}.nrrd", image) for side, image in pixels.items()}
    right = Case("right", "", *(_given(side, files[side]) for side in FILES))
    one, other = right.frontal, right.lateral
    negative = _write(folder / "negative.nrrd", pixels["frontal"].max() - pixels["frontal"])
    mirrored = _write(folder / "mirrored.nrrd", pixels["frontal"][:, ::-1])
    wrong = {**DISTANCES, "sid_mm": SID_ERROR * DISTANCES["sid_mm"]}
    rods = rods_cover(truth_hu, grid) * (TITANIUM_MU_PER_MM - hu_to_attenuation(truth_hu))
    shadows = {"metal": _shadows(pixels, rods, grid), "cube": _shadows(None, hu_to_attenuation(truth_hu), grid)}
    made = {
        name: [_given(side, _write(folder / f"{name}-{side}.nrrd", images[side])) for side in FILES]
        for name, images in shadows.items()
    }
    exchanged = [replace(given, path=files[side]) for given, side in ((one, "lateral"), (other, "frontal"))]
    shifted = RadiographInput(displaced_lateral(folder / "shifted.nrrd"), {}, {})
    return [
        right,
        Case("exchanged", "The frontal and the lateral radiograph exchanged", *exchanged,
             (RadiographInput(files["lateral"]), RadiographInput(files["frontal"]))),
        Case("mirrored", "The frontal radiograph mirrored", replace(one, path=mirrored), other,
             (RadiographInput(mirrored), RadiographInput(files["lateral"]))),
        Case("negative", "The frontal radiograph is a negative", replace(one, path=negative), other,
             (replace(one, path=negative, reading={}), other)),
        Case("size", "SID stated 15 % too long in both views", *(_with(given, **wrong) for given in (one, other))),
        Case("spacing", "", *(_with(given, pixel_spacing_mm=SPACING_ERROR * _spacing(one)) for given in (one, other))),
        Case("height", "The lateral radiograph lies 60 mm lower and is 8 % larger", one,
             replace(other, path=shifted.path), (one, shifted)),
        Case("vertebra", "", one, _with(other, centre_px=_moved(OTHER_VERTEBRA_MM))),
        Case("angle", "The lateral view taken for 15\N{DEGREE SIGN} oblique", one,
             _with(other, primary_deg=ANGLE_DEG)),
        Case("metal", "Two titanium rods behind the spine", *made["metal"], metal=True),
        Case("cube", "", *made["cube"]),
    ]  # fmt: skip


def rods_cover(hu: np.ndarray, grid: VolumeGrid) -> np.ndarray:
    """How much of each voxel, 0 to 1, two rods take that follow the spine of a CT (S, P, L)."""
    line = spine_line(hu, grid.spacing_mm)
    superior, posterior, left = np.indices(hu.shape, dtype=np.float32)
    rows, columns = (np.interp(np.arange(hu.shape[0]), line[:, 0], line[:, axis]) for axis in (1, 2))
    behind = (posterior - rows[:, None, None]) * grid.spacing_mm - ROD_BEHIND_MM
    beside = np.abs(left - columns[:, None, None]) * grid.spacing_mm - ROD_APART_MM
    cover = np.clip((ROD_MM - np.hypot(behind, beside)) / grid.spacing_mm + 0.5, 0.0, 1.0)
    cover[np.abs(superior - (hu.shape[0] - 1) / 2) * grid.spacing_mm > ROD_HALF_MM] = 0.0
    return cover


def _shadows(pixels: dict | None, attenuation: np.ndarray, grid: VolumeGrid) -> dict[str, np.ndarray]:
    """Line integrals through an attenuation in 1/mm on the bundled pair's detectors, added to its pixels or alone."""
    import torch

    made = {}
    for side, name in FILES.items():
        view, _ = view_geometry(read_radiograph(sample_file(name)))
        with torch.no_grad():
            image = project(torch.from_numpy(attenuation.astype(np.float32))[None, None], grid, view)[0, 0].numpy()
        made[side] = image if pixels is None else pixels[side] + image
    return made


def _given(side: str, path: Path) -> RadiographInput:
    """A file with everything that a user can say about it, rightly."""
    radiograph = read_radiograph(sample_file(FILES[side]))
    geometry = {"view": VIEWS[side], "pixel_spacing_mm": radiograph.pixel_spacing_mm[0], "centre_px": _moved(0.0)}
    return RadiographInput(path, {"invert": False}, {**geometry, **DISTANCES})


def _with(given: RadiographInput, **geometry) -> RadiographInput:
    return replace(given, geometry={**given.geometry, **geometry})


def _spacing(given: RadiographInput) -> float:
    return given.geometry["pixel_spacing_mm"]


def _moved(up_mm: float) -> tuple[float, float]:
    """The middle of the bundled radiographs, or a pixel that lies higher in the patient."""
    radiograph = read_radiograph(sample_file(FILES["lateral"]))
    pitch = radiograph.pixel_spacing_mm[0] * DISTANCES["sod_mm"] / DISTANCES["sid_mm"]
    return (radiograph.columns - 1) / 2.0, (radiograph.rows - 1) / 2.0 - up_mm / pitch


def _write(path: Path, pixels: np.ndarray) -> Path:
    """A file that tells nothing but its pixels and their pitch, as a viewer exports it."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(pixels.astype(np.float32))
    image.SetSpacing(read_radiograph(sample_file(FILES["frontal"])).pixel_spacing_mm[::-1])
    sitk.WriteImage(image, str(path))
    return path
