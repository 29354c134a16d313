"""A volume with its report as `reconstruct` writes them, and its export."""

import hashlib
import json

import numpy as np
import pydicom
import SimpleITK as sitk

from Diff2CTCore.__main__ import main
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import resource_path, write_volume

AP, LATERAL = (resource_path("SampleData", name) for name in ("ap.dcm", "lateral.dcm"))
GRID = VolumeGrid((16, 20, 18), 2.5)
CENTRE = (-3.0, 40.0, -120.0)
VALUES = np.full(GRID.shape, -1000, np.int16)
VALUES[:, 3:-3, 2:-2] = np.random.default_rng(0).integers(-20, 90, (16, 14, 14))
VALUES[4:9, 8:12, 5:7] = 700


def write_case(folder):
    """`ct.nrrd` and `ct.json`."""
    write_volume(folder / "ct.nrrd", VALUES, GRID, CENTRE)
    report = {
        "version": "0.2.0",
        "created": "2026-03-04T05:06:07+00:00",
        "model": {"name": "tiny", "version": "2.5", "sha256": "ab" * 32},
        "radiographs": {view: {"sha256": sha256(path)} for view, path in (("AP", AP), ("LL", LATERAL))},
        "grid": {"shape": list(GRID.shape), "spacing_mm": GRID.spacing_mm},
        "outputs": {
            "sha256_of_voxels": hashlib.sha256(VALUES.astype("<i2").tobytes()).hexdigest(),
            "centre_ras_mm": list(CENTRE),
        },
    }
    (folder / "ct.json").write_text(json.dumps(report))


def export(case, *options, volume="ct.nrrd", folder="series"):
    return main(["export", str(case / volume), "-o", str(case / folder), *map(str, options)])


def change_report(case, change):
    report = json.loads((case / "ct.json").read_text())
    change(report)
    (case / "ct.json").write_text(json.dumps(report))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def by_gdcm(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetImageIO("GDCMImageIO")
    (series,) = reader.GetGDCMSeriesIDs(str(folder))
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series))
    return reader.Execute()


def headers(folder):
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]
