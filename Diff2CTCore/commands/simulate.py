"""`diff2ct simulate`: a pair of radiographs from a CT."""

from __future__ import annotations

from pathlib import Path

from ..reconstruction import SETTING_RANGES
from .arguments import whole_number
from .result import Result
from .view_options import add_geometry_options, geometry_overrides


def add_parser(commands):
    """Add `simulate` to the command line and return its parser."""
    parser = commands.add_parser(
        "simulate",
        help="make a pair of radiographs from a CT",
        description="Make a frontal and a lateral DICOM radiograph from a CT of any orientation and spacing, with the "
        "CT around the same centre point as truth.nrrd and the geometry as geometry.json.",
    )
    parser.add_argument("ct", metavar="CT", type=Path, help="NRRD, NIfTI, MHA or a folder of DICOM slices")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the four files")
    parser.add_argument(
        "--centre", type=float, nargs=3, metavar=("R", "A", "S"), help="point in the spine, RAS mm (default: found)"
    )
    parser.add_argument("--series", help="SeriesInstanceUID or SeriesNumber, where a folder holds several")
    parser.add_argument("--acquisition", type=int, help="AcquisitionNumber, where a series holds several")
    parser.add_argument(
        "--photons", type=float, metavar="N", help="quanta per detector pixel in air (default: no noise)"
    )
    parser.add_argument("--blur", type=float, default=0.0, metavar="MM", help="standard deviation of detector blur")
    parser.add_argument(
        "--seed", type=whole_number(*SETTING_RANGES["seed"]), default=0, help="of the noise (default: %(default)s)"
    )
    parser.add_argument("--keep-table", action="store_true", help="keep table, clothes and arms apart from the body")
    add_geometry_options(parser)
    return parser


def run(arguments, progress) -> Result:
    """Simulate both views."""
    from ..ct import default_geometry, simulate
    from ..geometry import BiplanarGeometry

    base = default_geometry()
    views = []
    for side, view in zip(("ap", "lateral"), base.views, strict=True):
        changes = geometry_overrides(arguments, side)
        views.append(view.with_values(**changes, **_unset(changes)))
    values = simulate(
        arguments.ct,
        arguments.output,
        centre=arguments.centre,
        series=arguments.series,
        acquisition=arguments.acquisition,
        geometry=BiplanarGeometry(*views),
        photons=arguments.photons,
        blur_mm=arguments.blur,
        seed=arguments.seed,
        keep_table=arguments.keep_table,
        progress=progress,
    )
    for note in values["ct"].get("notes", ()):
        progress.note(note)
    centre = " ".join(f"{value:.1f}" for value in values["centre_ras_mm"])
    text = f"Wrote ap.dcm, lateral.dcm, truth.nrrd and geometry.json to {arguments.output} "
    text += f"(centre point R A S: {centre} mm)."
    return Result(text, {"output": str(arguments.output), **values})


def _unset(changes: dict) -> dict:
    """A moved principal point takes the centre along, as in a new `ViewGeometry`, unless the centre was given too."""
    return {"centre_px": None} if "principal_point_px" in changes and "centre_px" not in changes else {}
