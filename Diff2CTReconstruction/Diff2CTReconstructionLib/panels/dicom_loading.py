"""Both radiographs' panels, and what fills them from Slicer's DICOM database."""

from __future__ import annotations

from collections.abc import Callable

from slicer.i18n import tr as _

from ..parameters import SIDES
from ..scene import dicom_images
from . import dicom_choice
from .radiograph_panel import RadiographPanel


def radiograph_panels(ui, report: Callable[[str], None], looked: Callable[[], None]) -> dict[str, RadiographPanel]:
    """The panel of each side; *DICOM…* fills one of them, or both at once.

    Args:
        ui: the panel's widgets by name.
        report: called with a sentence for the user when something goes wrong, or "" when it is well again.
        looked: called when a radiograph was read.
    """
    panels = {side: RadiographPanel(side, ui, report, looked) for side in SIDES}
    loading = DicomLoading(panels, report)
    for side in SIDES:
        button = getattr(ui, side + "DicomButton")
        button.clicked.connect(lambda *_arguments, side=side: loading.ask(side))
    return panels


class DicomLoading:
    """Lets the user choose in the DICOM database, one dialog at a time, and loads what is taken.

    Args:
        panels: `RadiographPanel` by side.
        report: called with a sentence for the user.
    """

    def __init__(self, panels: dict[str, RadiographPanel], report: Callable[[str], None]):
        self._panels = panels
        self._report = report
        self._chooser: dicom_choice.DicomChooser | None = None

    def ask(self, side: str) -> None:
        """Open the chooser for a side; what is taken there is loaded later."""
        if self._chooser is not None:
            return
        images = dicom_images.radiographs_in_database(dicom_choice.MOST_SHOWN)
        if not images:
            self._report(_("The DICOM database holds no radiograph; import one in the DICOM module, or choose a file."))
            return
        self._chooser = dicom_choice.DicomChooser(side, images, self._load, self._closed)
        self._chooser.open()

    def _closed(self) -> None:
        self._chooser = None

    def _load(self, choices: dict[str, dicom_choice.Choice]) -> None:
        for side, choice in choices.items():
            path = choice.image.path
            if not path:
                text = _("The DICOM database has no file of {name} any more; import it again.")
                self._report(text.format(name=choice.image.title))
                return
            if not self._panels[side].loadFile(path, choice.image, choice.frame):
                return
