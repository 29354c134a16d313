"""Asking for the file of a radiograph."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

ENDINGS = "*.dcm *.png *.tif *.tiff *.nrrd *.nhdr *.mha *.nii *.nii.gz"


def ask_for_radiograph(side: str) -> str:
    """The path that the user chooses for a side; empty when he chooses none."""
    title = _("Choose the frontal radiograph") if side == "frontal" else _("Choose the lateral radiograph")
    kinds = f"{_('Radiographs')} ({ENDINGS});;{_('All files')} (*)"
    return qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title, "", kinds)
