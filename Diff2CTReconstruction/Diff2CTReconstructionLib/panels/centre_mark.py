"""The centre of one radiograph: where it is seen, in the picture and in the view, and what moves it."""

from __future__ import annotations

from ..parameters import CENTRE_NAMES, set_together
from ..worker import found_values
from .radiograph_picture import RadiographPicture
from .upright_view import UprightView


class CentreMark:
    """Keeps the centre point of one side in step with the parameter node.

    Args:
        side: "frontal" or "lateral".
        picture: the radiograph in the panel.
    """

    def __init__(self, side: str, picture: RadiographPicture):
        self._side = side
        self._picture = picture
        self._parameters = None
        self._facts: dict | None = None
        self._offer: tuple | None = None
        self._centre: tuple[float, float] | None = None
        self.upright = UprightView(side, self.place)

    @property
    def centre(self) -> tuple[float, float] | None:
        """(column, row) in the upright radiograph where the point is seen; None as long as none is."""
        return self._centre if self._facts is not None else None

    @property
    def offered(self) -> tuple[float, float] | None:
        """The centre that is offered, until the user has placed one himself."""
        return self._offer[0] if self._offer is not None and self._offer[1] == self._own() else None

    def setParameters(self, parameters) -> None:
        """Follow another parameter node, or none."""
        self._parameters = parameters

    def setFacts(self, facts: dict | None) -> None:
        """What was read from the radiograph that is shown now; None as long as it is not known."""
        self._facts = facts

    def offer(self, centre: tuple[float, float] | None) -> None:
        """Show a centre that counts only when the user moves it; None shows the one that counts."""
        self._offer = None if centre is None or self._parameters is None else (centre, self._own())
        self.show()

    def place(self, column: float, row: float) -> None:
        """Take a centre in pixels of the upright radiograph; outside of it, the nearest pixel."""
        if self._facts is None:
            return
        counts = (self._facts["columns"], self._facts["rows"])
        values = {
            self._side + name: round(min(max(value, 0.0), count - 1.0), 1)
            for name, value, count in zip(CENTRE_NAMES, (column, row), counts, strict=True)
        }
        self._offer = None
        set_together(self._parameters, values | found_values.confirmed(self._parameters, self._side, "centre"))
        # A point that was offered where it already counted changes no number.
        self.show()

    def placeInPicture(self, x: float, y: float) -> None:
        """Take a centre in 0..1 of the picture."""
        if self._facts is not None:
            self.place(x * (self._facts["columns"] - 1), y * (self._facts["rows"] - 1))

    def show(self) -> None:
        """Show the point where it is now."""
        if self._facts is None or self._parameters is None:
            return
        column, row = self._own()
        middle = self._facts["centre_px"]
        if min(column, row) < 0.0 <= max(column, row):
            # A number for one of the two alone: the other one is where the point is seen.
            self.place(*(own if own >= 0.0 else value for own, value in zip((column, row), middle, strict=True)))
            return
        if max(column, row) < 0.0:
            column, row = middle
        offered = self.offered
        self._centre = column, row = offered or (column, row)
        self._picture.setPoint(self.inPicture(column, row), proposed=offered is not None)
        self.upright.showCentre(column, row, proposed=offered is not None)

    def inPicture(self, column: float, row: float) -> tuple[float, float]:
        """(x, y) in 0..1 of the picture, of a pixel of the upright radiograph."""
        return column / max(self._facts["columns"] - 1, 1), row / max(self._facts["rows"] - 1, 1)

    def _own(self) -> tuple[float, float]:
        """What the parameter node holds; -1 for none."""
        return tuple(self._parameters.getValue(self._side + name) for name in CENTRE_NAMES)
