"""When the views are aligned without being asked for: a pair of which neither the user nor a file says enough."""

from __future__ import annotations

from ..parameters import CENTRE_NAMES, SIDES
from ..scene import radiographs
from ..worker import dependencies
from .radiograph_panel import RadiographPanel


def pair_key(parameters) -> tuple:
    """Which two radiographs are chosen: an alignment that was tried once is not begun again by itself."""
    chosen = radiographs.chosen_pair(parameters)
    return tuple((radiographs.state(node), frame) for node, frame in chosen.values())


def has_centre(parameters) -> bool:
    """Whether a centre point was placed in one of them."""
    return any(parameters.getValue(side + name) >= 0.0 for side in SIDES for name in CENTRE_NAMES)


def belongs_to_simulation(panels: dict[str, RadiographPanel]) -> bool:
    """Whether one of them knows from its simulation where the volume's centre lies."""
    return any(
        panel.facts["centre_ras_mm"] is not None or panel.source.centre_ras_mm is not None for panel in panels.values()
    )


def packages_are_there() -> bool:
    """Whether the worker can run without a question about what to install."""
    return not dependencies.missing_packages()
