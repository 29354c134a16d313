"""`diff2ct align`: what two radiographs are taken for, and where both show the same; nothing is written."""

from __future__ import annotations

from pathlib import Path

from ..models import INTENDED_USE_SENTENCE
from .result import Result
from .view_options import add_geometry_options, add_reading_options, radiograph_inputs


def add_parser(commands):
    """Add `align` to the command line and return its parser."""
    parser = commands.add_parser(
        "align",
        help="find out which view two radiographs show and how they belong together",
        description="Find out, from tags and pictures, which of two radiographs is the frontal and which the lateral "
        "one, how each lies, and where both show the same height of the spine. Nothing is written; `reconstruct` does "
        f"the same before it starts. {INTENDED_USE_SENTENCE}",
    )
    parser.add_argument("first", metavar="AP", type=Path, help="one radiograph, usually the frontal one")
    parser.add_argument("second", metavar="LATERAL", type=Path, help="the other one")
    parser.add_argument("--model", metavar="NAME", help="name or folder of a model (default: the bundled one)")
    add_geometry_options(parser)
    add_reading_options(parser)
    return parser


def run(arguments, progress) -> Result:
    """Look at the pair."""
    progress("starting", 0, 1)
    from ..reconstruction import look_at_pair

    progress("starting", 1, 1)
    proposal = look_at_pair(radiograph_inputs(arguments, arguments.first, arguments.second), arguments.model, progress)
    values = proposal.to_dict()
    lines = [*proposal.found, *proposal.doubts, proposal.scale.sentence]
    return Result("\n".join([*lines, INTENDED_USE_SENTENCE]), values)
