"""`diff2ct export`: a reconstruction as a DICOM series."""

from __future__ import annotations

from pathlib import Path

from .reconstruct import report_beside
from .result import Result


def add_parser(commands):
    """Add `export` to the command line and return its parser."""
    parser = commands.add_parser(
        "export",
        help="write a reconstruction as a DICOM CT series",
        description="Write a reconstructed volume as a derived DICOM CT series that names the model, refers to the "
        "radiographs, and says in its tags that it is synthetic and for research only. Volume, report and radiographs "
        "are told by their content: those of another reconstruction are refused.",
    )
    parser.add_argument("volume", metavar="VOLUME", type=Path, help="volume that `reconstruct` wrote")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="new or empty folder")
    parser.add_argument("--report", metavar="FILE", type=Path, help="its JSON report (default: beside the volume)")
    parser.add_argument(
        "--radiographs",
        metavar="FILE",
        type=Path,
        nargs="+",
        default=[],
        help="the radiographs that it was made from; DICOM files lend the series their patient and study",
    )
    return parser


def run(arguments, progress) -> Result:
    """Read volume, report and radiographs, and write the series."""
    progress("exporting", 0, 1)
    from ..ct import read_ct
    from ..reconstruction import read_report, read_sources, write_ct_series

    report = read_report(arguments.report or report_beside(arguments.volume))
    sources = read_sources(arguments.radiographs)
    image = read_ct(arguments.volume, generated=True).image
    names = write_ct_series(arguments.output, image, report, sources)
    progress("exporting", 1, 1)
    for source in sources:
        if source.header is None:
            progress.note(f"{source.name} is no DICOM file, so the series cannot refer to it.")
    count = len({source.sha256 for source in sources if source.header is not None})
    text = f"Wrote {len(names)} slices to {arguments.output}; they refer to {count} DICOM radiographs."
    return Result(text, {"folder": str(arguments.output), "slices": len(names), "references": count})
