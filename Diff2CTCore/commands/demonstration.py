"""The demonstration: reconstruct the bundled pair of radiographs and compare with the patient's CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..ct import evaluate, metrics_table, read_ct, resample_ct
from ..errors import VolumeError
from ..models import find_model, load_card
from ..reconstruction import (
    JobResult,
    RadiographInput,
    RadiographPair,
    agreement_text,
    draw_comparison,
    read_report,
    run_job,
    write_outputs,
)
from ..storage import check_output_folder, folder_when_complete, sample_file
from ..viewing import PageContent, radiographs_of_job, write_page
from .misaligned import PICTURE as MISALIGNED_PICTURE
from .misaligned import draw_misaligned, run_misaligned

RADIOGRAPHS = ("ap.dcm", "lateral.dcm")
TRUTH = "truth.nrrd"
VOLUME, REPORT, PICTURE, PAGE = "ct.nrrd", "ct.json", "demo.png", "view.html"


def run_demo(
    folder: Path, settings, model=None, progress=None
) -> tuple[JobResult, dict[str, float], dict[str, dict[str, float]]]:
    """Write ct.nrrd, ct.json, demo.png, view.html and, where the model can align a pair, alignment.png to a folder,
    which is made when missing.

    Args:
        folder: where to.
        settings: `Diff2CTCore.reconstruction.Settings`.
        model: a model's folder or name; the default one if None.
        progress: see `Diff2CTCore.reconstruction.run_job`.

    Returns:
        What the job made, the metrics against the true CT, and those of the second case by name (see `misaligned`).
    """
    folder = check_output_folder(folder)
    frontal, lateral = (RadiographInput(sample_file(name)) for name in RADIOGRAPHS)
    centre = tuple(float(value) for value in read_ct(sample_file(TRUTH)).middle_ras_mm())
    # The bundled pair lies about the centre already.
    result = run_job(frontal, lateral, settings, model, progress, centre, align="off")
    truth = true_hu(result)
    metrics = evaluate(result.reconstruction.hu, truth, result.reconstruction.grid.spacing_mm)
    result.report["metrics"] = {"data": f"Resources/SampleData/{TRUTH}", "values": metrics}
    found = run_misaligned(truth, settings, model, progress) if load_card(find_model(model)).alignment else {}
    with folder_when_complete(folder) as staged:
        write_outputs(result, staged / VOLUME, staged / REPORT)
        draw_result(staged / PICTURE, result, truth, metrics)
        write_page(staged / PAGE, _page_content(result, read_report(staged / REPORT), truth, metrics))
        if found:
            draw_misaligned(staged / MISALIGNED_PICTURE, found, truth)
    return result, metrics, {name: values for name, (_, values) in found.items()}


def draw_result(path: Path, result: JobResult, truth_hu: np.ndarray | None, metrics: dict[str, float]):
    """One picture of a job: planes beside the true CT, radiographs beside their re-projections, metrics."""
    reconstruction = result.reconstruction
    pairs = tuple(
        RadiographPair(view, radiograph.pixels, reconstruction.reprojections[view.view])
        for view, radiograph in zip(result.geometry.views, (result.frontal, result.lateral), strict=True)
    )
    draw_comparison(path, reconstruction.hu, truth_hu, reconstruction.grid.spacing_mm, pairs, summary(result, metrics))


def _page_content(result: JobResult, report: dict, truth_hu: np.ndarray, metrics: dict[str, float]) -> PageContent:
    made = result.reconstruction
    radiographs = radiographs_of_job(result)
    return PageContent(made.hu, made.grid, result.centre_ras_mm, truth_hu, radiographs, report, metrics)


def summary(result: JobResult, metrics: dict[str, float]) -> str:
    """The metrics against the true CT, how well the measured radiographs are explained, and what made the volume."""
    errors = result.reconstruction.reprojection_error.values()
    model, settings = result.report["model"], result.report["settings"]
    return (
        f"{metrics_table(metrics)}\n\n"
        f"Re-projection error, radiographs: {agreement_text(*errors)}\n"
        f"Model {model['name']} {model['version']}, {settings['steps']} step(s), {settings['samples']} sample(s)"
    )


def true_hu(result: JobResult) -> np.ndarray:
    """The bundled patient's CT on the grid of a reconstruction about its middle: float32 (S, P, L), HU."""
    ct, grid = read_ct(sample_file(TRUTH)), result.reconstruction.grid
    extent = np.array(ct.image.GetSize()[::-1]) * ct.image.GetSpacing()[0]
    if not np.allclose(extent, np.array(grid.shape) * grid.spacing_mm):
        raise VolumeError("The model's volume has another size than the demonstration's CT; use another model.")
    return resample_ct(ct, grid, result.centre_ras_mm)
