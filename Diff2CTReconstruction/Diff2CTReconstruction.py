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


HOMEPAGE = "https://github.com/Diff2CT/SlicerDiff2CT"
PAPER = "https://arxiv.org/abs/2408.09731"


class Diff2CTReconstruction(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Diff2CT Reconstruction")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Tomographic Reconstruction")]
        # Not DICOM: Slicer may be built without it, and a dependency that is missing keeps a module from loading.
        parent.dependencies = [
            "Colors",
            "Markups",
            "SampleData",
            "Segmentations",
            "SubjectHierarchy",
            "VolumeRendering",
            "Volumes",
        ]
        parent.contributors = [_("Diff2CT contributors (Diff2CT for 3D Slicer)")]
        parent.helpText = _(
            "Reconstructs a CT volume of the spine from a frontal and a lateral radiograph with a conditional "
            "diffusion model. Load two radiographs, or the sample pair, and press Reconstruct. "
            "Research use only, not for clinical decisions."
        ) + "<p>{}</p>".format(
            _("{link_start}Documentation and tutorial{link_end}").format(
                link_start=f'<a href="{HOMEPAGE}#readme">', link_end="</a>"
            )
        )
        parent.acknowledgementText = _(
            "The method is that of Qiao, Liu, Wang, Liu, Zhen, Dong and Qian, “Reconstruct Spine CT from Biplanar "
            "X-Rays via Diffusion Learning”, {link_start}arXiv 2408.09731{link_end}."
        ).format(link_start=f'<a href="{PAPER}">', link_end="</a>")
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
    """What a click in Sample Data does: load radiographs and truth, and show them; nodes by role.

    Where the panel is open, it chooses the pair. Elsewhere the truth comes into the slice views, as Slicer's own
    samples do, and the panel has the pair chosen when it is opened, unless radiographs are chosen there already.
    """
    from Diff2CTReconstructionLib.scene import sample_data

    nodes = sample_data.load_sample()
    widget = getattr(slicer.modules, "Diff2CTReconstructionWidget", None)
    if widget is not None and widget.parent.isEntered:
        sample_data.choose(widget.logic.getParameterNode(), nodes, instead=True)
    else:
        sample_data.show(nodes)
        sample_data.choose(Diff2CTReconstructionLogic().getParameterNode(), nodes)
    return nodes
