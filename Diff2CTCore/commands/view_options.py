"""Options about the two radiographs: how each is read, and where its source and detector were."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..reconstruction import RadiographInput
from .arguments import spacing
from .result import UsageError

SIDES = {"ap": "frontal", "lateral": "lateral"}
_VIEWS = {"ap": ("AP", "PA"), "lateral": ("LL", "RL")}

# Option name, attribute of ViewGeometry, number of values, metavar, help.
_GEOMETRY = (
    ("spacing", "pixel_spacing_mm", None, "MM[,MM]", "pixel pitch on the detector; row,column where the two differ"),
    ("sid", "sid_mm", None, "MM", "source-to-detector distance"),
    ("sod", "sod_mm", None, "MM", "source-to-object distance: source to centre point"),
    ("primary", "primary_deg", None, "DEG", "turn of the detector towards the patient's left, off the nominal view"),
    ("secondary", "secondary_deg", None, "DEG", "tilt of the detector towards the head"),
    ("rotation", "rotation_deg", None, "DEG", "turn of the detector in its plane, clockwise in the upright image"),
    ("principal-point", "principal_point_px", 2, ("COL", "ROW"), "principal point: pixel that the central ray hits"),
    ("centre", "centre_px", 2, ("COL", "ROW"), "centre point: pixel on a vertebra, the same one in both"),
)
_SHARED = ("spacing", "sid", "sod")

FOUND = ("spacing", "sid", "sod", "rotation", "centre")
"""What an alignment finds of a view's geometry."""


def add_geometry_options(parser: argparse.ArgumentParser):
    """Add --sid, --sod and --spacing for both views, and --ap-... and --lateral-... for each."""
    group = parser.add_argument_group(
        "geometry of both radiographs (what the files say is used unless given here)",
        "Options that begin with --ap- are about the frontal radiograph, AP or PA, those with --lateral- about the "
        "lateral one, LL or RL.",
    )
    for option, _, count, metavar, help_text in _GEOMETRY:
        if option in _SHARED:
            _add(group, f"--{option}", count, metavar, help_text)
    for side, name in SIDES.items():
        group = parser.add_argument_group(f"geometry of the {name} radiograph")
        for option, _, count, metavar, help_text in _GEOMETRY:
            _add(group, f"--{side}-{option}", count, metavar, help_text)
        group.add_argument(f"--{side}-view", choices=_VIEWS[side], help="direction of the beam")
        group.add_argument(
            f"--{side}-slot-scan",
            action=argparse.BooleanOptionalAction,
            help="source and detector moved along the patient, as in EOS: no magnification along the scan",
        )


def _add(group, option: str, count: int | None, metavar, help_text: str):
    kind = spacing if option.endswith("spacing") else float
    group.add_argument(option, type=kind, nargs=count, metavar=metavar, help=help_text)


def add_reading_options(parser: argparse.ArgumentParser):
    """Add what the reader of each radiograph can be told."""
    for side, name in SIDES.items():
        group = parser.add_argument_group(f"reading of the {name} radiograph")
        group.add_argument(
            f"--{side}-invert",
            action=argparse.BooleanOptionalAction,
            help="turn the polarity round that was found or assumed (bone must become bright), or confirm it",
        )
        group.add_argument(
            f"--{side}-rotate", type=int, choices=(0, 90, 180, 270), help="turn clockwise until the head is up"
        )
        group.add_argument(f"--{side}-flip", choices=("horizontal", "vertical"), help="mirror, after the rotation")
        group.add_argument(f"--{side}-frame", type=int, metavar="N", help="frame of a multi-frame file, from 1")
        group.add_argument(
            f"--{side}-intensity",
            choices=("linear", "log"),
            help="values are proportional to intensity or its logarithm",
        )
        group.add_argument(
            f"--{side}-known-length",
            type=float,
            nargs=5,
            metavar=("COL", "ROW", "COL", "ROW", "MM"),
            help="both ends of a length in the upright image, and its true length in the patient (a marker ball, a "
            "ruler at the depth of the spine); in place of a spacing",
        )
        group.add_argument(
            f"--{side}-found",
            nargs="+",
            choices=FOUND,
            help="which of the values given here `diff2ct align` found; they stay assumptions in the report",
        )
        group.add_argument(
            f"--{side}-collimator",
            choices=("auto", "off"),
            help="leave out a collimator's shadow that the picture shows and the file does not state (auto, the "
            "default), or look for none",
        )


def radiograph_inputs(arguments: argparse.Namespace, frontal: Path, lateral: Path) -> list[RadiographInput]:
    """Both files with what the user said about them."""
    return [
        RadiographInput(path, reading_choices(arguments, side), geometry_overrides(arguments, side))
        for path, side in ((frontal, "ap"), (lateral, "lateral"))
    ]


def geometry_overrides(arguments: argparse.Namespace, side: str) -> dict:
    """What the user gave for "ap" or "lateral" as overrides of `view_geometry`; shared options where it has none."""
    overrides = {}
    for option, attribute, count, _, _ in _GEOMETRY:
        value = getattr(arguments, f"{side}_{option}".replace("-", "_"))
        if value is None and option in _SHARED:
            value = getattr(arguments, option)
        if value is None:
            continue
        overrides[attribute] = tuple(value) if count else value
    found = getattr(arguments, f"{side}_found", None)
    if found:
        attributes = {option: attribute for option, attribute, *_ in _GEOMETRY}
        overrides["found"] = tuple(attributes[option] for option in dict.fromkeys(found))
        missing = [option for option in found if attributes[option] not in overrides]
        if missing:
            raise UsageError(f"--{side}-found names {missing[0]}, but --{side}-{missing[0]} is not given; give both.")
    for attribute in ("view", "slot_scan"):
        value = getattr(arguments, f"{side}_{attribute}")
        if value is not None:
            overrides[attribute] = value
    # A command that reads no radiograph has no such option.
    known_length = getattr(arguments, f"{side}_known_length", None)
    if known_length is not None:
        overrides["known_length"] = tuple(known_length)
    return overrides


def reading_choices(arguments: argparse.Namespace, side: str) -> dict:
    """What the user told the reader about "ap" or "lateral"."""
    names = ("invert", "rotate", "flip", "frame", "intensity", "collimator")
    given = {name: getattr(arguments, f"{side}_{name}") for name in names}
    return {name: value for name, value in given.items() if value is not None}
