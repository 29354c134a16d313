"""Asking before anything is installed."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from ..worker import dependencies


def provide_packages(comparison: bool = False) -> bool:
    """Make sure that the worker finds its packages; False when the user declines.

    Args:
        comparison: also what the comparison with a CT needs.

    Raises ValueError with a sentence for the user when the installation does not succeed.
    """
    missing = dependencies.missing_packages(comparison)
    if not missing:
        return True
    source = ask_for_source(dependencies.question(missing))
    if source is None:
        return False
    dependencies.install(missing, source)
    return True


def ask_for_source(question: str) -> str | None:
    """ "" for the network, a folder of wheels, or None when the user declines."""
    box = qt.QMessageBox(slicer.util.mainWindow())
    box.setWindowTitle("Diff2CT")
    box.setText(question)
    network = box.addButton(_("Install"), qt.QMessageBox.AcceptRole)
    offline = box.addButton(_("Install from a folder of wheels…"), qt.QMessageBox.ActionRole)
    box.addButton(_("Not now"), qt.QMessageBox.RejectRole)
    box.exec_()
    clicked = box.clickedButton()
    # Its parent would keep it.
    box.deleteLater()
    if clicked == network:
        return ""
    if clicked == offline:
        return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder of wheels")) or None
    return None
