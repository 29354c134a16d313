"""The bundled radiographs and their truth, as Slicer's Sample Data module lists them; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

CATEGORY = "Diff2CT"
SAMPLE_NAME = "Diff2CT thoracic pair"
NODE_NAMES = {
    "frontal": "Diff2CT sample frontal",
    "lateral": "Diff2CT sample lateral",
    "truth": "Diff2CT sample true CT",
}
FILES = {"frontal": "ap.dcm", "lateral": "lateral.dcm", "truth": "truth.nrrd"}
GEOMETRY_FILE = "geometry.json"


def sample_folder() -> Path:
    """The folder of the bundled pair."""
    from Diff2CTCore.bundled import resource_path

    return resource_path("SampleData")


def register_sample_data(load: Callable[[], dict], thumbnail: str | None = None) -> None:
    """Register the pair and its truth; called when Slicer has started up.

    Args:
        load: brings them into the scene; nodes by role.
    """
    import SampleData

    files = [sample_folder() / name for name in FILES.values()]
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        thumbnailFileName=thumbnail,
        # Slicer wants one entry for each file, though the files are installed already and taken from there.
        uris=[path.as_uri() for path in files],
        fileNames=list(FILES.values()),
        nodeNames=list(NODE_NAMES.values()),
        customDownloader=lambda _source: list(load().values()),
    )
