"""From two files to two radiographs that belong together: as they were given, or as the pictures themselves tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import GeometryError, RadiographError

DEFAULT_VIEWS = {"frontal": "AP", "lateral": "LL"}
"""Views of files that do not say which one they show; the user is told."""

ALIGN = ("auto", "off")

FOUND = "Found by aligning the two views; nobody states it."
"""Why a value that came with the options is an assumption all the same."""
_SIDES = ("frontal", "lateral")


@dataclass(frozen=True)
class RadiographInput:
    """One radiograph file and what the user says about it.

    Attributes:
        path: the file.
        reading: choices of `Diff2CTCore.radiograph.read_radiograph`.
        geometry: overrides of `Diff2CTCore.radiograph.view_geometry`.
    """

    path: Path
    reading: dict = field(default_factory=dict)
    geometry: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ReadPair:
    """Attributes:
    radiographs: frontal and lateral.
    geometry: the `BiplanarGeometry` in use.
    assumptions: {"frontal": [...], "lateral": [...]} of `Assumption`.
    scale: a `Diff2CTCore.radiograph.Scale`.
    proposal: a `Diff2CTCore.alignment.Proposal`, where the pair was looked at; None else.
    """

    radiographs: tuple
    geometry: object
    assumptions: dict
    scale: object
    proposal: object = None


def open_pair(frontal: RadiographInput, lateral: RadiographInput, progress) -> tuple:
    """Both files, opened, as `Diff2CTCore.alignment.Side`s hold them: (opened, reading, geometry) each."""
    from ..radiograph import open_radiograph

    progress("reading", 0, 2)
    sides = []
    for step, given in enumerate((frontal, lateral), start=1):
        reading, geometry = dict(given.reading), dict(given.geometry)
        # The reader wants the spacing as the file stores its pixels, before it turns the image upright.
        first = {key: reading.pop(key) for key in ("frame", "intensity") if key in reading}
        opened = open_radiograph(given.path, pixel_spacing_mm=geometry.pop("pixel_spacing_mm", None), **first)
        sides.append((opened, reading, geometry))
        progress("reading", step, 2)
    return tuple(sides)


def has_to_be_found(sides: tuple) -> bool:
    """Whether anything about the pair is open: simulated radiographs carry all of it."""
    return any(opened.source.carried is None or reading for opened, reading, _ in sides)


def as_given(sides: tuple, inputs: tuple[RadiographInput, RadiographInput]) -> ReadPair:
    """The pair as files and user say, with defaults for what neither says."""
    from ..geometry import BiplanarGeometry
    from ..radiograph import Assumption, check_pair, scale_of, view_geometry, view_scale, with_known_length

    radiographs, views, assumptions, scales = [], [], {}, []
    for name, (opened, reading, overrides), given in zip(_SIDES, sides, inputs, strict=True):
        found = overrides.pop("found", ())
        radiograph = opened.settled(view=overrides.pop("view", None), **reading)
        assumed = []
        if radiograph.view is None:
            overrides["view"] = DEFAULT_VIEWS[name]
            why = f"The file does not say which view it is; the {name} one is taken as {DEFAULT_VIEWS[name]}."
            assumed.append(Assumption("view", overrides["view"], why))
        geometry, items = view_geometry(radiograph, **overrides)
        items += [Assumption(option, getattr(geometry, option), FOUND) for option in found]
        stated = {option: value for option, value in given.geometry.items() if option not in (*found, "found")}
        # A spacing that was found is none that the file or the user states.
        known = replace(radiograph, pixel_spacing_mm=None) if "pixel_spacing_mm" in found else radiograph
        scales.append(view_scale(known, geometry, items, stated))
        if overrides.get("known_length") is not None:
            radiograph = with_known_length(radiograph, overrides["known_length"])
        radiographs.append(radiograph)
        views.append(geometry)
        assumptions[name] = assumed + items
    check_pair(*radiographs)
    return ReadPair(tuple(radiographs), BiplanarGeometry(*views), assumptions, scale_of(*scales))


def proposal_of(sides: tuple, inputs: Sequence[RadiographInput], networks):
    """What the pair is taken for; see `Diff2CTCore.alignment.propose`."""
    from ..alignment import Side, propose

    given = []
    for (opened, reading, geometry), said in zip(sides, inputs, strict=True):
        overrides = {name: value for name, value in geometry.items() if name != "found"}
        given.append(Side(opened, reading, overrides, said.geometry))
    return propose(networks, *given)


def as_found(sides: tuple, inputs: tuple[RadiographInput, RadiographInput], networks) -> ReadPair:
    """The pair as its own pictures tell, where files and user leave it open.

    Args:
        networks: a `Diff2CTCore.alignment.AlignmentModel`.

    Raises:
        RadiographError: it stays doubtful what a file shows.
        GeometryError: the views could not be aligned with certainty.
    """
    proposal = proposal_of(sides, inputs, networks)
    if proposal.doubts:
        raise RadiographError(" ".join(proposal.doubts))
    if proposal.alignment and not proposal.alignment.sure:
        raise GeometryError(
            f"The two views could not be aligned with certainty (chance {proposal.alignment.probability:.0%}); mark "
            "the same vertebra in both with --ap-centre and --lateral-centre, or use --align off, which takes "
            "where the central ray hits."
        )
    assumptions = dict(zip(_SIDES, proposal.assumptions, strict=True))
    return ReadPair(proposal.radiographs, proposal.geometry, assumptions, proposal.scale, proposal)
