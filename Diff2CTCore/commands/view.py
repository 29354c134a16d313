"""`diff2ct view`: a reconstruction as one page for a browser."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

from ..errors import VolumeError
from ..geometry import VolumeGrid
from ..models import INTENDED_USE_SENTENCE
from ..progress import plain
from ..storage import check_output_path, same_file
from .evaluate import MissingLibraryError, evaluation_libraries, grid_of, on_one_grid
from .reconstruct import report_beside
from .result import Result, UsageError

MOST_VOXELS = 192**3
"""A finer volume is shown on coarser voxels: each voxel makes the page larger."""

OF_PAIR = ("truth_coverage", "body_overlap")
"""What `evaluate --json` says of two volumes beside their metrics."""

LIKE_STORED = 1e-3
"""It rounds these to four digits."""


def add_parser(commands):
    """Add `view` to the command line and return its parser."""
    parser = commands.add_parser(
        "view",
        help="make a page for a browser that shows a reconstruction",
        description="Make one HTML page that needs no network: the planes of a reconstruction, those of the true CT "
        "and both radiographs where these are given, one cursor and one window in all of them, and what the report "
        f"says. {INTENDED_USE_SENTENCE}",
    )
    parser.add_argument("volume", metavar="VOLUME", type=Path, help="volume in HU, such as `reconstruct` wrote")
    parser.add_argument("--truth", metavar="CT", type=Path, help="the true CT: a file, or a folder of DICOM slices")
    parser.add_argument(
        "--metrics",
        metavar="FILE",
        type=Path,
        help="what `evaluate --json` printed about the volume and --truth, instead of measuring again",
    )
    parser.add_argument(
        "--radiographs",
        metavar=("AP", "LATERAL"),
        type=Path,
        nargs=2,
        help="the two radiographs that it was made from",
    )
    parser.add_argument(
        "--reprojections",
        metavar="DIR",
        type=Path,
        help="the folder that `reconstruct --reprojections` wrote, in place of the radiographs",
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="its JSON report (default: beside the volume)")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="page (default: the volume's name with .html, beside it)"
    )
    return parser


def run(arguments, progress) -> Result:
    """Check the output, read what is to be shown, write the page."""
    output = check_output_path(arguments.output or page_beside(arguments.volume), (".html",))
    inputs = [arguments.volume, arguments.truth, arguments.metrics, arguments.report, *(arguments.radiographs or ())]
    if any(item is not None and same_file(output, item) for item in inputs):
        raise UsageError(f"The output {output} is one of the inputs; choose another name.")
    if arguments.radiographs and arguments.reprojections:
        raise UsageError("--radiographs and --reprojections show the same; give one of them.")
    if arguments.metrics and not arguments.truth:
        raise UsageError("--metrics are about a true CT; give it with --truth.")
    progress("reading", 0, 1)
    from ..ct import read_ct
    from ..reconstruction import check_volume

    report = _report(arguments, progress)
    volume = read_ct(arguments.volume, generated=True)
    if report is not None:
        check_volume(report, volume.image)
    truth = read_ct(arguments.truth) if arguments.truth else None
    progress("reading", 1, 1)
    for note in (*volume.notes, *(truth.notes if truth else ())):
        progress.note(note)
    notes: list[str] = []
    metrics = _metrics(arguments.metrics, volume, truth, progress, notes) if truth else {}

    from ..viewing import PageContent, write_page

    progress("writing", 0, 1)
    grid, centre, hu, truth_hu = _on_shown_grid(volume, truth, notes)
    for note in notes:
        progress.note(note)
    radiographs = _radiographs(arguments, report, hu, grid)
    content = PageContent(hu, grid, tuple(map(float, centre)), truth_hu, radiographs, report, metrics, tuple(notes))
    write_page(output, content)
    progress("writing", 1, 1)
    text = f"Wrote {output}; open it in a browser. {INTENDED_USE_SENTENCE}"
    return Result(text, {"page": str(output), "metrics": plain(metrics)})


def page_beside(volume: Path) -> Path:
    """The page's default place: the volume's name with .html for its extension."""
    return report_beside(_named(volume)).with_suffix(".html")


def _named(volume: Path) -> Path:
    """A volume by a path with a name, which "." and ".." have not."""
    named = volume.resolve() if volume.name in ("", "..") else volume
    if not named.name:
        raise VolumeError(f"{volume} is no volume; name a file, or the folder of one DICOM series.")
    return named


def _report(arguments, progress) -> dict | None:
    """The report of the volume; None where there is none."""
    from ..reconstruction import read_report

    path = arguments.report or report_beside(_named(arguments.volume))
    if arguments.report is None and (not path.is_file() or _is_of_another_program(path)):
        if arguments.radiographs or arguments.reprojections:
            raise VolumeError(
                f"There is no report beside {arguments.volume.name}, and it alone says how the radiographs see the "
                "volume; name it with --report, or leave the radiographs out."
            )
        progress.note(f"There is no report beside {arguments.volume.name}; the page does not tell how it was made.")
        return None
    return read_report(path)


def _is_of_another_program(path: Path) -> bool:
    """Whether a JSON file beside the volume is sound and none of ours, such as what a DICOM converter leaves."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return not isinstance(found, dict) or found.get("program") != "Diff2CT"


def _metrics(stored: Path | None, volume, truth, progress, notes: list[str]) -> dict[str, float]:
    """The metrics against the truth: those of a file, or measured; where they cannot be taken, none and a note.

    What does not fit between the two is noted, too, for the page shows them side by side.
    """
    found, of_pair = _stored_metrics(stored) if stored else ({}, {})
    if stored and not of_pair:
        # Slicer's module gives metrics alone, about a truth whose uncovered part was filled with air.
        return _known(found, notes)
    progress("measuring", 0, 1)
    pair, grid, covered, overlap = on_one_grid(volume, truth, SimpleNamespace(note=notes.append))
    if stored:
        for name, value in zip(OF_PAIR, (covered, overlap), strict=True):
            if abs(of_pair.get(name, value) - value) > LIKE_STORED:
                raise VolumeError(f"{stored} is not about this volume and this true CT; leave --metrics out.")
        return _known(found, notes)
    from ..ct import evaluate

    try:
        with evaluation_libraries():
            found = evaluate(*pair, grid.spacing_mm)
    except MissingLibraryError as error:
        notes.append(f"The page is without metrics against the true CT. {error}")
        return {}
    progress("measuring", 1, 1)
    return found


def _stored_metrics(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Metrics by name from a file, NaN where the truth did not allow one; and what else it says of the two volumes."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = {name: math.nan if value is None else float(value) for name, value in content.pop("metrics").items()}
        return found, {name: float(content[name]) for name in OF_PAIR if name in content}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise VolumeError(f"{path} does not hold metrics; give what `diff2ct evaluate --json` printed.") from None


def _known(found: dict[str, float], notes: list[str]) -> dict[str, float]:
    """The metrics that can be shown; a note names the others."""
    from ..ct import METRIC_LABELS

    if unknown := sorted(set(found) - set(METRIC_LABELS)):
        notes.append(f"Metrics that this version does not know are left out: {', '.join(unknown)}.")
    return {name: value for name, value in found.items() if name in METRIC_LABELS}


def _on_shown_grid(volume, truth, notes: list[str]):
    """Grid, its centre, and both volumes on it, (S, P, L) in HU."""
    from ..ct import resample_ct

    grid, centre = grid_of(volume)
    voxels = grid.shape[0] * grid.shape[1] * grid.shape[2]
    if voxels > MOST_VOXELS:
        factor = (voxels / MOST_VOXELS) ** (1.0 / 3.0)
        finer = f"the volume has {grid.spacing_mm:g} mm"
        notes.append(f"The page shows voxels of {grid.spacing_mm * factor:.2f} mm; {finer}.")
        shape = tuple(max(1, int(count / factor)) for count in grid.shape)
        grid = VolumeGrid(shape, grid.spacing_mm * factor)
    hu, truth_hu = (None if ct is None else resample_ct(ct, grid, centre) for ct in (volume, truth))
    return grid, centre, hu, truth_hu


def _radiographs(arguments, report: dict | None, hu, grid: VolumeGrid) -> tuple:
    from ..reconstruction import reported_geometry
    from ..viewing import radiographs_from_files, radiographs_from_folder

    if arguments.radiographs:
        return radiographs_from_files(report, arguments.radiographs, hu, grid)
    if arguments.reprojections:
        return radiographs_from_folder(reported_geometry(report), arguments.reprojections, hu, grid)
    return ()
