"""What people are used to in Slicer: help that leads on, views that take what is dragged in, no dialog in the way."""

import re

from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from Diff2CTReconstructionLib.worker import dependencies
from host import MODULE_FOLDER, process_events


def test_help_links_to_the_documentation_and_names_project_and_paper(application):
    about = application.instance.parent
    homepage = re.search(r'EXTENSION_HOMEPAGE "([^"]+)"', (MODULE_FOLDER.parent / "CMakeLists.txt").read_text())[1]
    assert f'<a href="{homepage}#readme">' in about.helpText
    assert "Research use only" in about.helpText
    assert any("Diff2CT for 3D Slicer" in name for name in about.contributors)
    assert "Qiao" in about.acknowledgementText
    assert '<a href="https://arxiv.org/abs/2408.09731">' in about.acknowledgementText


def test_volume_dragged_into_a_view_stays_there_and_the_sample_assumes_nothing(reconstructed):
    assert "Assumed" not in reconstructed.status
    # What a drag out of Data does: the view's own node gets another background.
    dragged = reconstructed.parameters.truthCt
    composite = layout.composite_node(layouts.RECONSTRUCTION_VIEWS["Axial"])
    composite.SetBackgroundVolumeID(dragged.GetID())
    reconstructed.ui.seedSpinBox.setValue(3)
    reconstructed.ui.fadeSlider.setValue(10.0)
    for _round in range(5):
        process_events()
    assert composite.GetBackgroundVolumeID() == dragged.GetID()


def test_one_missing_package_is_one():
    one = dependencies.question([dependencies.TORCH])
    assert "needs a Python package that is not" in one
    assert "1 Python" not in one
    assert "needs 3 Python packages that are not" in dependencies.question([dependencies.TORCH, *dependencies.OTHERS])


def test_only_consent_and_choosing_from_the_database_stop_the_window():
    modal = re.compile(r"\bexec_?\b|infoDisplay|warningDisplay|errorDisplay|messageBox|confirm\w+Display")
    found = {path.stem for path in MODULE_FOLDER.rglob("*.py") if modal.search(path.read_text(encoding="utf-8"))}
    assert found <= {"installation_dialog", "dicom_choice"}
