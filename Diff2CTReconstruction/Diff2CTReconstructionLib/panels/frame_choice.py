"""The frame of a run: a box beside the radiograph, which is there only where there are several."""

from __future__ import annotations

from slicer.i18n import tr as _

from ..scene import frames


class FrameChoice:
    """Keeps one side's frame box in step with its radiograph.

    Args:
        side: "frontal" or "lateral".
        box: the QSpinBox, which is bound to the parameter node.
    """

    def __init__(self, side: str, box):
        self._name = side + "Frame"
        self._box = box
        self._node_id: str | None = None
        self._seen = 0

    def forget(self) -> None:
        """Another parameter node comes, with frames of its own."""
        self._node_id = None

    def update(self, parameters, node) -> None:
        """Offer the frames of a node; a number that was chosen for another node counts no more."""
        identifier = node.GetID() if node is not None else self._node_id
        chosen = parameters.getValue(self._name)
        if self._node_id not in (None, identifier) and chosen == self._seen > 0:
            chosen = 0
        self._node_id, self._seen = identifier, chosen
        if chosen != parameters.getValue(self._name):
            parameters.setValue(self._name, chosen)
        run = frames.run_of(node) if node is not None and node.GetImageData() is not None else None
        several = run is not None and run.count > 1
        self._box.setVisible(several)
        if several:
            shown = _("As shown: frame {frame} of {count}").format(frame=run.shown, count=run.count)
            self._box.setSuffix(_(" of {count}").format(count=run.count))
            self._box.setSpecialValueText(shown if run.shown else _("Choose a frame"))
