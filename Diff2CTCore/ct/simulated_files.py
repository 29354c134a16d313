"""A simulated pair as files."""

from __future__ import annotations

from pathlib import Path

from ..geometry import BiplanarGeometry
from ..storage import check_output_folder, folder_when_complete, hu_to_int16, write_json, write_volume
from .dicom_dx import DXStudy, write_dx
from .reading import read_ct
from .simulation import SimulatedPair, simulate_pair


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
        write_dx(Path(folder) / "ap.dcm", pair.frontal, pair.geometry.frontal, study, 1)
        write_dx(Path(folder) / "lateral.dcm", pair.lateral, pair.geometry.lateral, study, 2)
        write_volume(folder / "truth.nrrd", hu_to_int16(pair.truth_hu), pair.grid, pair.centre_ras_mm)
        write_json(folder / "geometry.json", record)
    return record


def _record(pair: SimulatedPair, settings: dict, ct: dict) -> dict:
    return {
        "centre_ras_mm": [round(value, 3) for value in pair.centre_ras_mm],
        "frontal": pair.geometry.frontal.to_dict(),
        "lateral": pair.geometry.lateral.to_dict(),
        "grid": {"shape": list(pair.grid.shape), "spacing_mm": pair.grid.spacing_mm},
        "settings": settings,
        "ct": ct,
    }
