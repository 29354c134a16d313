"""`diff2ct reconstruct`: two radiographs in, a CT volume out."""

from __future__ import annotations

from pathlib import Path

from ..models import INTENDED_USE_SENTENCE
from ..storage import VOLUME_EXTENSIONS, check_output_path
from .result import Result, UsageError
from .run_options import add_align_option, add_place_option, add_run_options, run_settings
from .view_options import add_geometry_options, add_reading_options, radiograph_inputs


def add_parser(commands):
    """Add `reconstruct` to the command line and return its parser."""
    parser = commands.add_parser(
        "reconstruct",
        help="make a CT volume from two radiographs",
        description="Make a CT volume from a frontal and a lateral radiograph: DICOM, NRRD, NIfTI, MHA, PNG or TIFF. "
        f"What a file does not say is assumed, and shown. {INTENDED_USE_SENTENCE}",
    )
    parser.add_argument("frontal", metavar="AP", type=Path, help="frontal radiograph (AP or PA)")
    parser.add_argument("lateral", metavar="LATERAL", type=Path, help="lateral radiograph (LL or RL)")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help="volume in HU (.nrrd, .nii.gz, .nii or .mha)"
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="JSON report (default: beside the volume)")
    parser.add_argument(
        "--std-output", metavar="FILE", type=Path, help="voxel-wise standard deviation over the samples in HU"
    )
    parser.add_argument(
        "--reprojections", metavar="DIR", type=Path, help="folder for both radiographs and their re-projections"
    )
    add_align_option(parser)
    add_place_option(parser)
    add_run_options(parser)
    add_geometry_options(parser)
    add_reading_options(parser)
    return parser


def run(arguments, progress) -> Result:
    """Check the outputs, reconstruct, write."""
    from ..reconstruction import agreement_text, check_outputs, run_job, write_outputs

    volume, std = check_output_path(arguments.output), arguments.std_output
    report = arguments.report or report_beside(volume)
    check_outputs(volume, report, std, arguments.reprojections, (arguments.frontal, arguments.lateral))
    if std and arguments.samples < 2:
        raise UsageError("--std-output needs --samples of at least 2; one sample has no deviation.")
    inputs = radiograph_inputs(arguments, arguments.frontal, arguments.lateral)
    settings = run_settings(arguments)
    # The first sign of life must not wait for PyTorch.
    progress("starting", 0, 1)
    from ..reconstruction import choose_device

    choose_device(settings.device)
    progress("starting", 1, 1)
    result = run_job(*inputs, settings, arguments.model, progress, arguments.centre_ras, arguments.align)
    write_outputs(result, volume, report, std, arguments.reprojections)
    errors = result.report["reprojection_error"]
    shown = agreement_text(*errors.values())
    uncertainty = result.report["uncertainty"]
    if uncertainty:
        shown += (
            f". {uncertainty['interval']:.0%} interval: +-{uncertainty['half_width_hu']:.0f} HU on average in the body"
        )
        if uncertainty["samples"] != uncertainty["calibrated_samples"]:
            shown += (
                f" (of {uncertainty['samples']} samples; it was calibrated with {uncertainty['calibrated_samples']})"
            )
    told = "".join(f"Warning: {warning} " for warning in result.report["warnings"])
    text = f"Wrote {volume} and {report}. Re-projection error: {shown}. "
    text += told + INTENDED_USE_SENTENCE
    values = {"volume": str(volume), "report": str(report), "std": str(std) if std else None}
    return Result(text, {**values, "reprojection_error": errors})


def output_files(arguments) -> list[Path]:
    """Every file that a reconstruction with these arguments writes, the report first, then in the order of the report's
    `outputs.files`."""
    from ..reconstruction import reprojection_files

    files = [arguments.report or report_beside(arguments.output), arguments.output]
    files += [arguments.std_output] if arguments.std_output else []
    return files + (reprojection_files(arguments.reprojections) if arguments.reprojections else [])


def report_beside(volume: Path) -> Path:
    """The report's default place: the volume's name with .json for its extension."""
    name = volume.name
    # The longest ending first, so that .nii.gz goes as a whole.
    for extension in sorted(VOLUME_EXTENSIONS, key=len, reverse=True):
        if name.lower().endswith(extension):
            name = name[: -len(extension)]
            break
    return volume.with_name(f"{name}.json")
