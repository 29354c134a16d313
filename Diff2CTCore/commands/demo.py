"""`diff2ct demo`: reconstruct the bundled pair of radiographs."""

from __future__ import annotations

from pathlib import Path

from ..models import INTENDED_USE_SENTENCE
from ..progress import plain
from .evaluate import evaluation_libraries
from .result import Result
from .run_options import add_run_options, run_settings


def add_parser(commands):
    """Add `demo` to the command line and return its parser."""
    parser = commands.add_parser(
        "demo",
        help="reconstruct the bundled radiographs and compare with the true CT",
        description="Reconstruct the bundled pair of radiographs; write the volume, its report and one picture beside "
        "the true CT, and print the metrics.",
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path("demo"), help="folder (default: %(default)s)"
    )
    add_run_options(parser)
    return parser


def run(arguments, progress) -> Result:
    """Run it."""
    progress("starting", 0, 1)
    with evaluation_libraries():
        from ..ct import NO_SPINE, lacks_spine
        from .demonstration import MISALIGNED_PICTURE, PICTURE, REPORT, VOLUME, run_demo, summary

        settings = run_settings(arguments)
        progress("starting", 1, 1)
        result, metrics, second = run_demo(arguments.output, settings, arguments.model, progress)
    if lacks_spine(metrics):
        progress.note(NO_SPINE)
    written = [str(arguments.output / name) for name in (VOLUME, REPORT, PICTURE)]
    if second:
        written.append(str(arguments.output / MISALIGNED_PICTURE))
    seconds = result.report["timings_s"]["total"]
    text = (
        f"{summary(result, metrics)}\n{_in_words(second)}\nReconstructed in {seconds:.1f} s. "
        f"Wrote {', '.join(written)}.\n{INTENDED_USE_SENTENCE}"
    )
    values = {
        "written": written,
        "metrics": plain(metrics),
        "misaligned": plain(second),
        "reprojection_error": result.report["reprojection_error"],
    }
    return Result(text, values)


def _in_words(second: dict[str, dict[str, float]]) -> str:
    """The second case in a sentence: a lateral radiograph neither level nor of one size with the frontal one."""
    if not second:
        return ""
    from ..ct import METRIC_LABELS

    ssim = METRIC_LABELS["ssim_body"]
    values = ", ".join(f"{ssim.number(values['ssim_body'])} {name}" for name, values in second.items())
    return f"{ssim.text} with a displaced lateral radiograph: {values}.\n"
