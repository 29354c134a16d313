"""Pictures of panel and views after a real reconstruction: python Testing/slicer/screenshots.py FOLDER [MODEL]"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "standin"), str(HERE.parents[1] / "Diff2CTReconstruction")]

import host  # noqa: E402
import module_panel  # noqa: E402
import module_picture  # noqa: E402
import qt  # noqa: E402
import rendering  # noqa: E402

PANEL_WIDTH = 470
SMALL_SCREEN = (PANEL_WIDTH, 640)
"""What Slicer's window leaves for a module on a screen of 1366 x 768."""


def main(folder, model=None):
    """Drive the panel as in the tutorial and save a picture at each stage."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    window = host.start()
    _use_a_readable_font()
    window.enter()
    window.representation.resize(PANEL_WIDTH, 1000)
    window.representation.show()
    _panel(window, folder / "panel-empty.png")
    window.ui.loadSampleButton.click()
    host.wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    window.ui.samplesSpinBox.setValue(8)
    _radiographs(window, folder)
    if model:
        window.parameters.model = model
    window.ui.reconstructButton.click()
    host.wait_for(lambda: window.ui.progressBar.value >= 400 or not window.widget.logic.busy, 600)
    _panel(window, folder / "panel-running.png")
    host.wait_for(lambda: not window.widget.logic.busy, 600)
    window.ui.compareButton.click()
    host.wait_for(lambda: not window.widget.logic.busy, 600)
    window.ui.exportCollapsibleButton.collapsed = False
    _panel(window, folder / "panel.png")
    window.ui.exportCollapsibleButton.collapsed = True
    module_picture.draw(window, folder / "module.png")
    window.representation.show()
    _views(window, folder)
    for button in (window.ui.reconstructCollapsibleButton, window.ui.comparisonCollapsibleButton):
        button.collapsed = True
    window.ui.geometryCollapsibleButton.collapsed = False
    _panel(window, folder / "panel-geometry.png")
    window.ui.geometryCollapsibleButton.collapsed = True
    for button in (window.ui.reconstructCollapsibleButton, window.ui.comparisonCollapsibleButton):
        button.collapsed = False
    _small_and_dark(window, folder)
    _proposal(window, folder)


def _small_and_dark(window, folder):
    """On a small screen, with all that a result brings; and with a wrong pair in a dark theme."""
    panel = module_panel.ModulePanel(window.representation, *SMALL_SCREEN)
    _grab(panel, folder / "panel-1366x768.png")
    bright = qt.QApplication.palette()
    qt.QApplication.setPalette(_dark_palette())
    window.ui.swapButton.click()
    host.wait_for(lambda: all(side.facts for side in window.widget.panels.values()))
    _grab(panel, folder / "panel-dark.png")
    qt.QApplication.setPalette(bright)
    panel.give_back()


def _proposal(window, folder):
    """An alignment that waits, of the demonstration's second case: no header tells how the two belong together."""
    with tempfile.TemporaryDirectory() as own:
        for side, path in _misaligned(Path(own)).items():
            window.widget.panels[side].loadFile(str(path))
        # It begins by itself.
        host.wait_for(lambda: not window.ui.alignmentFrame.isHidden())
        if window.widget.alignment.proposal is None:
            sys.exit(f"No picture of a proposal: {window.ui.alignmentLabel.text}")
        window.representation.show()
        window.ui.reconstructCollapsibleButton.collapsed = window.ui.comparisonCollapsibleButton.collapsed = True
        _panel(window, folder / "proposal.png")


def _misaligned(folder):
    """The bundled pair as files by side, the lateral one displaced, with a pixel spacing and no other geometry."""
    import SimpleITK as sitk

    from Diff2CTCore.commands.misaligned import displaced_lateral
    from Diff2CTCore.radiograph import read_radiograph
    from Diff2CTCore.storage import sample_file

    radiograph = read_radiograph(sample_file("ap.dcm"))
    image = sitk.GetImageFromArray(radiograph.pixels)
    image.SetSpacing(radiograph.pixel_spacing_mm[::-1])
    sitk.WriteImage(image, str(folder / "frontal.nrrd"))
    return {"frontal": folder / "frontal.nrrd", "lateral": displaced_lateral(folder / "lateral.nrrd")}


def _dark_palette():
    palette = qt.QPalette(qt.QColor("#353535"))
    for role in (qt.QPalette.WindowText, qt.QPalette.Text, qt.QPalette.ButtonText, qt.QPalette.ToolTipText):
        palette.setColor(role, qt.QColor("#f0f0f0"))
        palette.setColor(qt.QPalette.Disabled, role, qt.QColor("#808080"))
    palette.setColor(qt.QPalette.Base, qt.QColor("#232323"))
    palette.setColor(qt.QPalette.AlternateBase, qt.QColor("#2d2d2d"))
    return palette


def _grab(panel, path):
    for _round in range(8):
        host.process_events()
    rendering.save_small(panel.grab(), path)


def _radiographs(window, folder):
    from Diff2CTReconstructionLib import layouts
    from Diff2CTReconstructionLib.scene import layout

    from Diff2CTCore.reconstruction import LETTERS

    window.ui.showRadiographsButton.click()
    host.process_events()
    pictures = []
    for side, label in (("frontal", "FRONT"), ("lateral", "LAT")):
        logic = layout.slice_logic(layouts.RADIOGRAPH_VIEWS[side])
        picture = rendering.slice_picture(logic, (620, 620))
        letters = LETTERS["coronal" if side == "frontal" else "sagittal"]
        image = rendering.labelled(picture, label, "#8CA0B3", letters)
        rendering.draw_point(image, logic.GetSliceNode(), window.widget.panels[side].upright.point.node)
        pictures.append(image)
    rendering.save_grey(rendering.grid(pictures, 2), folder / "radiographs.png")


def _use_a_readable_font():
    for name in ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",):
        if Path(name).is_file():
            qt.QFontDatabase.addApplicationFont(name)
    qt.QApplication.setFont(qt.QFont("DejaVu Sans", 9))
    qt.QApplication.setStyle("Fusion")


def _panel(window, path):
    for _round in range(5):
        host.process_events()
    panel, area = window.representation, window.ui.sectionsArea
    # So high that nothing has to be scrolled.
    hidden = area.widget().layout().totalHeightForWidth(area.viewport().width) - area.viewport().height
    panel.resize(PANEL_WIDTH, panel.height + hidden)
    _grab(panel, path)


def _views(window, folder):
    from Diff2CTReconstructionLib import layouts

    from Diff2CTCore.reconstruction import LETTERS

    colours = [layouts.COLOURS[plane] for plane in layouts.PLANES]
    views = list(layouts.RADIOGRAPH_VIEWS.values())
    of_radiographs = [LETTERS["coronal"], LETTERS["sagittal"]]
    of_planes = [LETTERS[plane.lower()] for plane in layouts.PLANES]
    overlays = []
    for fade in (0.0, 50.0, 100.0):
        window.ui.fadeSlider.setValue(fade)
        overlays += rendering.layout_picture(
            views, [f"Frontal, {fade:.0f} %", f"Lateral, {fade:.0f} %"], ["#8CA0B3"] * 2, of_radiographs
        )
    rendering.save_grey(rendering.grid(overlays, 2), folder / "overlay.png")
    window.ui.mapComboBox.setCurrentIndex(1)
    names = [layouts.RECONSTRUCTION_VIEWS[plane] for plane in layouts.PLANES]
    labels = [f"Difference, {plane.lower()}" for plane in layouts.PLANES]
    maps = rendering.layout_picture(names, labels, colours, of_planes)
    window.ui.mapComboBox.setCurrentIndex(2)
    labels = [f"Uncertainty, {plane.lower()}" for plane in layouts.PLANES]
    maps += rendering.layout_picture(names, labels, colours, of_planes)
    # Colours tell values here: fewer would show steps that are none.
    rendering.save_small(rendering.grid(maps, 3), folder / "maps.png", colours=256)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:3])
