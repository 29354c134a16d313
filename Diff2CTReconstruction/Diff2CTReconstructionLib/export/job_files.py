"""What an export in a process of its own reads: the current result as files in the job's private folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..parameters import SIDES
from ..scene import comparison, results, write_volume
from ..worker import commands

KINDS = ("Measured", "Reprojection")


def series_job(reconstruction, target: Path, folder: Path) -> Iterator[None]:
    """Write volume and report; returns the arguments that make a DICOM series in `target`."""
    volume, report = yield from _result_files(reconstruction, folder)
    files = yield from results.source_files(reconstruction)
    return commands.export_series(volume, report, files, target)


def page_job(parameters, target: Path, folder: Path) -> Iterator[None]:
    """Write all that the page shows; returns the arguments that make it.

    Raises ValueError with a sentence for the user for a result or a truth that was changed in the scene.
    """
    # Others may be chosen while this goes on.
    reconstruction, truth, metrics = parameters.reconstruction, _shown(parameters.truth), parameters.metrics
    overlays = {(side, kind): _shown(parameters.getValue(side + kind)) for side in SIDES for kind in KINDS}
    if reconstruction is None:
        raise ValueError(_("There is no reconstruction to export yet; press Reconstruct first."))
    results.refuse_changed(reconstruction)
    if metrics is not None and truth is not None and not comparison.is_about(metrics, truth):
        raise ValueError(_("The true CT was changed in the scene since it was compared; compare again."))
    volume, report = yield from _result_files(reconstruction, folder)
    options: dict[str, Path] = {}
    if truth is not None:
        options["truth"] = folder / "truth.mha"
        yield from write_volume(truth, options["truth"])
        if metrics is not None and comparison.stored_metrics(metrics):
            options["metrics"] = folder / "metrics.json"
            content = f'{{"metrics": {comparison.stored_metrics(metrics)}}}'
            options["metrics"].write_text(content, encoding="utf-8")
    if None not in overlays.values():
        options["reprojections"] = folder / commands.OVERLAY_FOLDER
        options["reprojections"].mkdir()
        for (side, kind), node in overlays.items():
            _write_image(node, options["reprojections"] / f"{side}_{kind.lower()}.nrrd")
            yield
    return commands.view(volume, report, target, options)


def _shown(node):
    """A volume of the scene, None where there is none or it holds no image, as after its file was lost."""
    return node if node is not None and node.GetImageData() is not None else None


def _result_files(reconstruction, folder: Path) -> Iterator[None]:
    volume, report = folder / "reconstruction.mha", folder / "report.json"
    yield from write_volume(reconstruction, volume)
    report.write_text(json.dumps(results.provenance_of(reconstruction)), encoding="utf-8")
    return volume, report


def _write_image(node, path: Path) -> None:
    """A radiograph or a re-projection as `reconstruct --reprojections` writes it."""
    from Diff2CTCore.storage import volume_parts

    pixels = np.ascontiguousarray(slicer.util.arrayFromVolume(node), dtype=np.float32)
    path.write_bytes(b"".join(volume_parts(path.name, pixels, node.GetSpacing(), (0.0, 0.0, 0.0), {})))
