"""Options of a reconstruction that several commands share."""

from __future__ import annotations

import argparse

from ..reconstruction import ALIGN, SETTING_RANGES, Settings
from .arguments import whole_number


def add_place_option(parser: argparse.ArgumentParser):
    """The option that says where the volume lies."""
    parser.add_argument(
        "--centre-ras",
        type=float,
        nargs=3,
        metavar=("R", "A", "S"),
        help="where the centre point is put in the file, RAS mm (default: where a simulated pair says, else 0 0 0)",
    )


def add_align_option(parser: argparse.ArgumentParser):
    """The option that says whether a pair is looked at before it is reconstructed."""
    parser.add_argument(
        "--align",
        choices=ALIGN,
        default="auto",
        help="auto: find out from the pictures what neither the files nor you say: which view is which, how each lies, "
        "and where both show the same; off: take the usual, and the centre point where the central ray hits "
        "(%(default)s)",
    )


def add_run_options(parser: argparse.ArgumentParser):
    """Options of the reconstruction itself."""
    group = parser.add_argument_group("reconstruction")
    group.add_argument("--model", metavar="NAME", help="name or folder of a model (default: the bundled one)")
    helps = {
        "steps": "diffusion steps (%(default)s)",
        "samples": "volumes drawn from noise for the standard deviation, 1 for none (%(default)s)",
        "seed": "same seed, same volume (%(default)s)",
    }
    for name, text in helps.items():
        kind = whole_number(*SETTING_RANGES[name])
        group.add_argument(f"--{name}", type=kind, default=getattr(Settings, name), help=text)
    group.add_argument("--device", default=Settings.device, help="auto, cpu, cuda or cuda:N (%(default)s)")
    group.add_argument(
        "--consistency",
        action=argparse.BooleanOptionalAction,
        default=Settings.consistency,
        help="pull the volume to agree with the measured radiographs (on unless --no-consistency)",
    )


def run_settings(arguments) -> Settings:
    """The settings in those options."""
    names = ("steps", "samples", "seed", "consistency", "device")
    return Settings(**{name: getattr(arguments, name) for name in names})
