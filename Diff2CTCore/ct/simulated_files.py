"""A simulated pair as files."""

from __future__ import annotations

import os
from pathlib import Path

from ..dicom_files import quiet_pydicom, read_header
from ..errors import ImageFileError, OutputError
from ..geometry import BiplanarGeometry
from ..storage import check_output_folder, folder_when_complete, hu_to_int16, same_file, write_json, write_volume
from .dicom_dx import DXStudy, write_dx
from .reading import read_ct
from .simulation import SimulatedPair, simulate_pair

FILES = ("ap.dcm", "lateral.dcm", "truth.nrrd", "geometry.json")


def simulate(
    ct_path,
    output_dir,
    centre=None,
    series: str | None = None,
    acquisition: int | None = None,
    geometry: BiplanarGeometry | None = None,
    photons: float | None = None,
    blur_mm: float = 0.0,
    seed: int = 0,
    keep_table: bool = False,
    progress=None,
) -> dict:
    """Make a frontal and a lateral DICOM radiograph from a CT, all files or none.

    Writes `ap.dcm` and `lateral.dcm` (DX), `truth.nrrd` (the CT on the model's grid, int16 HU, origin at
    its place in the CT's frame) and `geometry.json` (both views, centre, settings) into `output_dir`.

    Args:
        ct_path: a folder of DICOM slices, NRRD, NIfTI or MetaImage.
        output_dir: made if missing.
        centre: RAS mm in the CT's frame; found automatically if None.
        series, acquisition: see `Diff2CTCore.ct.read_ct`.
        geometry, photons, blur_mm, seed, keep_table, progress: see `simulate_pair`.

    Returns:
        What geometry.json holds.

    Raises:
        VolumeError, GeometryError, OutputError.
    """
    output_dir = check_output_folder(output_dir)
    _check_inputs_stay(Path(ct_path), output_dir)
    ct = read_ct(ct_path, series, acquisition)
    pair = simulate_pair(
        ct,
        centre,
        geometry,
        photons=photons,
        blur_mm=blur_mm,
        seed=seed,
        keep_table=keep_table,
        progress=progress,
    )
    settings = {"photons": photons, "blur_mm": blur_mm, "seed": seed, "keep_table": keep_table}
    record = _record(pair, settings, ct.provenance)
    study = DXStudy(ct.provenance["sha256_of_voxels"], pair.centre_ras_mm, record)
    with folder_when_complete(output_dir) as folder:
        frontal, lateral, truth, geometry_json = (folder / name for name in FILES)
        write_dx(frontal, pair.frontal, pair.geometry.frontal, study, 1)
        write_dx(lateral, pair.lateral, pair.geometry.lateral, study, 2)
        write_volume(truth, hu_to_int16(pair.truth_hu), pair.grid, pair.centre_ras_mm)
        write_json(geometry_json, record)
    return record


def _check_inputs_stay(ct_path: Path, output_dir: Path):
    """OutputError where a file to be written has the place of the CT, or of a slice in its folder."""
    targets = [output_dir / name for name in FILES if (output_dir / name).exists()]
    if ct_path.is_dir() and targets:
        inputs = [Path(folder, name) for folder, _, names in os.walk(ct_path) for name in names]
        taken = {(found.st_dev, found.st_ino) for found in map(os.stat, filter(os.path.exists, inputs))}
        targets = [path for path in targets if (path.stat().st_dev, path.stat().st_ino) in taken and _is_slice(path)]
    else:
        targets = [path for path in targets if same_file(path, ct_path)]
    for path in targets:
        raise OutputError(f"The output {path} would replace the CT or a slice of it; choose another folder.")


def _is_slice(path: Path) -> bool:
    """Whether a file is a DICOM object other than the radiographs that an earlier simulation wrote there."""
    if path.suffix != ".dcm":
        return False
    try:
        with quiet_pydicom(), path.open("rb") as stream:
            return read_header(path.name, stream).get("Modality") != "DX"
    except (ImageFileError, OSError):
        return False


def _record(pair: SimulatedPair, settings: dict, ct: dict) -> dict:
    return {
        "centre_ras_mm": [round(value, 3) for value in pair.centre_ras_mm],
        "frontal": pair.geometry.frontal.to_dict(),
        "lateral": pair.geometry.lateral.to_dict(),
        "grid": {"shape": list(pair.grid.shape), "spacing_mm": pair.grid.spacing_mm},
        "settings": settings,
        "ct": ct,
    }
