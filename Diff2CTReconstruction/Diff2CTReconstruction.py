"""Diff2CT Reconstruction: a spine CT volume from two radiographs, in 3D Slicer."""

import sys
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule

# In a source tree only this folder is on the path; the core package lies beside it.
_SOURCE_TREE = Path(__file__).resolve().parent.parent
if (_SOURCE_TREE / "Diff2CTCore").is_dir() and str(_SOURCE_TREE) not in sys.path:
    sys.path.append(str(_SOURCE_TREE))

from Diff2CTReconstructionLib.selftest import Diff2CTReconstructionTest  # noqa: E402

__all__ = [
    "Diff2CTReconstruction",
    "Diff2CTReconstructionLogic",
    "Diff2CTReconstructionTest",
    "Diff2CTReconstructionWidget",
]


class Diff2CTReconstruction(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Diff2CT Reconstruction")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Tomographic Reconstruction")]
        # Not DICOM: Slicer may be built without it, and a dependency that is missing keeps a module from loading.
        parent.dependencies = ["Colors", "Markups", "SampleData", "Segmentations", "SubjectHierarchy"]
        parent.dependencies += ["VolumeRendering", "Volumes"]
        parent.contributors = ["Diff2CT contributors"]
        parent.helpText = _(
            "Reconstructs a CT volume of the spine from a frontal and a lateral radiograph with a conditional "
            "diffusion model. Load two radiographs, or the sample pair, and press Reconstruct. "
            "Research use only, not for clinical decisions."
        )
        parent.acknowledgementText = _(
            "After Qiao et al., “Reconstruct Spine CT from Biplanar X-Rays via Diffusion Learning” (arXiv 2408.09731)."
        )
        slicer.app.connect("startupCompleted()", register_with_slicer)


def Diff2CTReconstructionWidget(parent=None):
    """The module's panel. Slicer looks for this name when it starts, and calls it when the module is opened.

    What the panel needs is imported then: most starts of Slicer are for something else.
    """
    from Diff2CTReconstructionLib.widget import Diff2CTReconstructionWidget as Widget

    return Widget(parent)


def Diff2CTReconstructionLogic():
    """The module's logic, for scripts; see `Diff2CTReconstructionLib.logic`."""
    from Diff2CTReconstructionLib.logic import Diff2CTReconstructionLogic as Logic

    return Logic()


def register_with_slicer() -> None:
    """Offer the bundled radiographs in Sample Data, and the layouts to scenes that were saved in one of them."""
    from Diff2CTReconstructionLib.layouts import register_layouts
    from Diff2CTReconstructionLib.sample_pair import register_sample_data

    icon = Path(__file__).resolve().parent / "Resources" / "Icons" / "Diff2CTReconstruction.png"
    register_sample_data(load_sample, str(icon))
    register_layouts()


def load_sample() -> dict:
    """Load the bundled radiographs and their truth as nodes, by role."""
    from Diff2CTReconstructionLib.scene import sample_data

    return sample_data.load_sample()
