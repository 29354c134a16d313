"""The panel as a whole: what stays in sight, what is read in each theme, and what the keyboard reaches."""

import module_panel
import pytest
import qt
import slicer
from host import process_events, wait_for

WIDTH, HEIGHT = 470, 640
"""What Slicer's window leaves for a module on a screen of 1366 x 768."""

SECTIONS = ("radiographs", "geometry", "simulate", "reconstruct", "advanced", "comparison", "export")


def settle():
    for _round in range(6):
        process_events()


@pytest.fixture
def panel(slicer_window):
    """The module in Slicer's module panel on a small screen."""
    shown = module_panel.ModulePanel(slicer_window.representation, WIDTH, HEIGHT)
    settle()
    yield slicer_window, shown
    shown.give_back()


def fold(window, *opened):
    for name in SECTIONS:
        getattr(window.ui, name + "CollapsibleButton").collapsed = name not in opened
    settle()


def in_sight(widget, area):
    corner = widget.mapTo(area.viewport(), qt.QPoint(0, 0))
    return area.viewport().rect.contains(qt.QRect(corner, widget.size))


@pytest.mark.parametrize("opened", [(), SECTIONS, ("radiographs", "geometry"), ("comparison", "export")])
def test_reconstruct_progress_and_state_stay_in_sight(panel, opened):
    window, area = panel
    fold(window, *opened)
    window.ui.progressBar.setVisible(True)
    window.widget.status.fail(
        "A sentence that says what is wrong and what to do, in some more words than one line has. " * 2
    )
    settle()
    long = window.ui.statusLabel.height
    assert area.verticalScrollBar().maximum == 0
    for widget in (window.ui.reconstructButton, window.ui.progressBar, window.ui.statusLabel):
        assert in_sight(widget, area), widget.name
    assert window.ui.sectionsArea.horizontalScrollBar().maximum == 0
    window.ui.progressBar.setVisible(False)
    # The room that a long sentence took is given back.
    window.widget.status.say("Short.")
    settle()
    assert window.ui.statusLabel.height < long


def test_facts_never_lie_under_the_picture_and_have_room_for_all_their_lines(panel):
    window, _area = panel
    window.ui.loadSampleButton.click()
    wait_for(lambda: all(one.facts for one in window.widget.panels.values()))
    label, node = window.ui.frontalFactsLabel, window.parameters.frontalVolume
    node.SetName("A radiograph with a name of many words that no column of the panel holds in one line")
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode")
    for parent in (None, transform):
        node.SetAndObserveTransformNodeID(parent and parent.GetID())
        window.widget.panels["frontal"].update()
        for opened in (("radiographs",), (), SECTIONS):
            fold(window, *opened)
        assert label.minimumHeight >= label.heightForWidth(label.width)
        picture = window.widget.panels["frontal"].picture
        below = picture.mapToGlobal(qt.QPoint(0, picture.height)).y()
        assert label.mapToGlobal(qt.QPoint(0, 0)).y() >= below
    assert "under a transform" in label.text


def contrast(one, other):
    """Contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""

    def luminance(colour):
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_word_can_be_read_in_a_light_and_in_a_dark_theme(panel):
    window, _area = panel
    application = qt.QApplication.instance()
    before = application.palette()
    try:
        for dark in (False, True):
            application.setPalette(dark_palette() if dark else qt.QPalette(qt.QColor("#efefef")))
            window.widget.status.fail("Something is wrong.")
            settle()
            for name in ("intendedUseLabel", "statusLabel", "frontalFactsLabel"):
                label = getattr(window.ui, name)
                ink, paper = (label.palette.color(role) for role in (label.foregroundRole(), qt.QPalette.Window))
                assert label.styleSheet == ""
                assert contrast(ink, paper) > 4.5, (name, dark)
            picture = window.widget.panels["frontal"].picture
            assert picture.styleSheet == ""
            colours = [picture.palette.color(role) for role in (picture.foregroundRole(), picture.backgroundRole())]
            assert contrast(*colours) > 4.5
    finally:
        application.setPalette(before)
    assert window.ui.statusLabel.font.bold()
    window.widget.status.say("Done.")
    assert not window.ui.statusLabel.font.bold()


def dark_palette():
    palette = qt.QPalette(qt.QColor("#2d2d2d"))
    for role, colour in (
        (qt.QPalette.Base, "#1e1e1e"),
        (qt.QPalette.Text, "#f0f0f0"),
        (qt.QPalette.WindowText, "#f0f0f0"),
    ):
        palette.setColor(role, qt.QColor(colour))
    return palette


def press(key):
    """Press a key where the focus is."""
    for kind in (qt.QEvent.KeyPress, qt.QEvent.KeyRelease):
        target = qt.QApplication.focusWidget()
        text = " " if key == qt.Qt.Key_Space else ""
        qt.QApplication.sendEvent(target, qt.QKeyEvent(kind, key, qt.Qt.NoModifier, text))
    process_events()


def named(widget, ui):
    """The panel's widget that has the focus, or that holds the one that has it."""
    while widget is not None:
        for name, value in vars(ui).items():
            if value is widget:
                return name
        widget = widget.parentWidget()
    return ""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tab_goes_through_the_four_sections_in_their_order_and_space_presses(panel):
    window, _area = panel
    ui = window.ui
    window.ui.loadSampleButton.click()
    # What is read switches the buttons.
    wait_for(lambda: all(side.facts for side in window.widget.panels.values()))
    fold(window, *SECTIONS)
    # What comes after a result, for the buttons that only then can be pressed.
    for name in (
        "compareButton",
        "boneButton",
        "showViewsButton",
        "exportButton",
        "placeCentreButton",
        "mapComboBox",
    ):
        getattr(ui, name).enabled = True
    ui.metricsTable.setRowCount(3)
    ui.metricsTable.show()
    qt.QApplication.setActiveWindow(_area)
    ui.loadSampleButton.setFocus()
    met = []
    while len(met) < 200 and (not met or met[0] != named(qt.QApplication.focusWidget(), ui)):
        met.append(named(qt.QApplication.focusWidget(), ui))
        press(qt.Qt.Key_Tab)
    wanted = [
        *("loadSampleButton", "showRadiographsButton", "swapButton"),
        *("frontalVolumeSelector", "frontalLoadButton", "frontalDicomButton"),
        *("lateralVolumeSelector", "lateralLoadButton", "lateralDicomButton"),
        *("frontalViewComboBox", "resetGeometryButton", "simulationCtSelector", "placeCentreButton"),
        *("modelComboBox", "installModelButton", "qualityComboBox", "deviceComboBox", "samplesSpinBox"),
        *("truthSelector", "compareButton", "metricsTable", "mapComboBox", "boneButton", "showViewsButton"),
        *("exportFormatComboBox", "exportButton", "reconstructButton"),
    ]
    assert [name for name in met if name in wanted] == wanted, met
    buttons = [
        name for name, one in vars(ui).items() if isinstance(one, qt.QPushButton) and one.visible and one.enabled
    ]
    assert set(buttons) <= set(met)
    before = window.parameters.frontalVolume
    ui.swapButton.setFocus()
    press(qt.Qt.Key_Space)
    assert window.parameters.lateralVolume is before
    ui.exportCollapsibleButton.setFocus()
    press(qt.Qt.Key_Space)
    assert ui.exportCollapsibleButton.collapsed


def test_what_the_worker_wrote_is_folded_out_without_a_dialog(worker):
    worker("print('went wrong here', file=sys.stderr)\nsys.exit(1)")
    ui = worker.window.ui
    worker.run()
    assert ui.logTextEdit.isHidden()
    ui.showLogButton.click()
    assert qt.QApplication.activeModalWidget() is None
    assert not ui.logTextEdit.isHidden()
    assert "went wrong here" in ui.logTextEdit.toPlainText()
    ui.showLogButton.click()
    assert ui.logTextEdit.isHidden()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_escape_cancels_nothing(worker):
    worker("time.sleep(600)")
    window = worker.window
    window.representation.show()
    qt.QApplication.setActiveWindow(window.representation)
    window.ui.reconstructButton.click()
    wait_for(lambda: window.widget.logic.workerPid is not None)
    for widget in (window.ui.reconstructButton, window.ui.samplesSpinBox, window.ui.qualityComboBox):
        widget.setFocus()
        press(qt.Qt.Key_Escape)
    assert window.widget.logic.busy
    assert window.ui.reconstructButton.text == "Cancel"
    assert not window.representation.isHidden()
    window.representation.hide()
