"""One height of the body is a line in both radiographs, so that a wrong alignment is seen."""

import aligned_pair
import numpy as np
import pytest
import qt
import slicer
from aligned_pair import align
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import process_events, wait_for

BLUE = (64, 204, 255)


@pytest.fixture
def views(proposed):
    """A proposal that waits, with both radiographs in their views."""
    proposed.window.ui.showRadiographsButton.click()
    process_events()
    yield proposed.window
    # The crosshair outlives the scene: in the next test the pointer would still be over a view.
    slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode").SetCursorPositionInvalid()


def line(window, side):
    """Both ends of the line in a side's view, (row, column) in pixels of the picture that is shown; None for none."""
    node = window.widget.alignment.heights.line(side).node
    if node is None or not node.GetDisplayNode().GetVisibility():
        return None
    assert list(node.GetDisplayNode().GetViewNodeIDs()) == [layout.slice_node(layouts.RADIOGRAPH_VIEWS[side]).GetID()]
    assert node.GetLocked()
    row_mm, column_mm = window.widget.panels[side].facts["pixel_spacing_mm"]
    ends = [node.GetNthControlPointPosition(index) for index in range(2)]
    return [(-anterior / row_mm, -right / column_mm) for right, anterior, _superior in ends]


def point_at(window, side, row, column):
    """Move the pointer in a side's view over a pixel of its radiograph."""
    row_mm, column_mm = window.widget.panels[side].facts["pixel_spacing_mm"]
    node = layout.slice_node(layouts.RADIOGRAPH_VIEWS[side])
    to_view = np.linalg.inv(slicer.util.arrayFromVTKMatrix(node.GetXYToRAS()))
    x, y, z, _one = to_view @ (-column * column_mm, -row * row_mm, 0.0, 1.0)
    crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
    crosshair.SetCursorPositionXYZ([x, y, z], node)


def test_line_shows_the_height_of_the_other_centre(views):
    # Row 220 of the frontal picture is half way from 180 to 260, and so row 185 of the lateral one.
    assert line(views, "lateral") == [pytest.approx((185.0, 0.0)), pytest.approx((185.0, 179.0))]
    # Row 140 of the lateral one is 6 / 7 of the way from 80 to 150: row 168.57, which lies in a column of the picture
    # that is to be turned.
    lying = [(199.0, 168.5714), (0.0, 168.5714)]
    assert line(views, "frontal") == [pytest.approx(end, abs=0.01) for end in lying]


def test_line_follows_the_pointer_and_goes_back_to_the_centre(views):
    point_at(views, "lateral", 45.0, 10.0)
    # Row 45 is half way from 10 to 80, in the frontal picture from 20 to 100.
    assert line(views, "frontal")[0] == pytest.approx((199.0, 60.0), abs=0.01)
    point_at(views, "frontal", 10.0, 140.0)
    assert line(views, "lateral")[0] == pytest.approx((115.0, 0.0), abs=0.01)
    point_at(views, "frontal", 10.0, 290.0)
    assert line(views, "lateral") is None
    crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
    crosshair.SetCursorPositionInvalid()
    assert line(views, "lateral")[0] == pytest.approx((185.0, 0.0))


def test_pointer_in_a_view_that_shows_something_else_moves_no_line(views):
    before = line(views, "frontal")
    composite = layout.composite_node(layouts.RADIOGRAPH_VIEWS["lateral"])
    composite.SetBackgroundVolumeID(views.parameters.frontalVolume.GetID())
    point_at(views, "lateral", 45.0, 10.0)
    assert line(views, "frontal") == before


def pixels(picture):
    """RGB of a picture as it is drawn in the panel."""
    image = picture.pixmap.toImage().convertToFormat(qt.QImage.Format_RGB32)
    values = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return values[:, : image.width(), 2::-1]


def blue_rows(picture):
    """Rows in 0..1 of the picture in which most is drawn in the colour of what is proposed."""
    drawn = (pixels(picture) == BLUE).all(axis=-1)
    return np.nonzero(drawn.mean(axis=1) > 0.3)[0] / drawn.shape[0]


def blue_columns(picture):
    """Columns in which a part is."""
    drawn = (pixels(picture) == BLUE).all(axis=-1)
    return np.nonzero(drawn.mean(axis=0) > 0.15)[0] / drawn.shape[1]


def hover(picture, x, y):
    """Move the pointer over the picture, x and y in 0..1 of it."""
    shown = picture.pixmap.size()
    where = qt.QPointF(
        (picture.width - shown.width()) / 2 + x * shown.width(),
        (picture.height - shown.height()) / 2 + y * shown.height(),
    )
    event = qt.QMouseEvent(qt.QEvent.MouseMove, where, where, qt.Qt.NoButton, qt.Qt.NoButton, qt.Qt.NoModifier)
    qt.QApplication.sendEvent(picture, event)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pictures_in_the_panel_show_proposed_centre_and_height_and_follow_the_pointer(views):
    picture = views.widget.panels["lateral"].picture
    frontal = views.widget.panels["frontal"].picture
    before = aligned_pair.parameters(views)
    assert blue_rows(picture) == pytest.approx([140.0 / 279.0, 185.0 / 279.0], abs=0.01)
    # The pointer in the frontal picture, which lies: its column 140 is row 140 of the upright one.
    hover(frontal, 140.0 / 299.0, 0.5)
    assert blue_rows(picture) == pytest.approx([115.0 / 279.0, 140.0 / 279.0], abs=0.01)
    qt.QApplication.sendEvent(frontal, qt.QEvent(qt.QEvent.Leave))
    assert blue_rows(picture) == pytest.approx([140.0 / 279.0, 185.0 / 279.0], abs=0.01)
    # A pointer alone places nothing.
    assert aligned_pair.parameters(views) == before
    # The user's own centre is drawn otherwise; the middle of the spine still runs down column 90.
    views.ui.lateralCentreRowSpinBox.setValue(100.0)
    assert blue_rows(picture) == pytest.approx([185.0 / 279.0], abs=0.01)
    assert blue_columns(picture) == pytest.approx([90.0 / 179.0], abs=0.01)


def test_lines_stay_after_accept_and_go_when_a_centre_is_moved(views):
    views.ui.acceptAlignmentButton.click()
    wait_for(lambda: all(panel.facts for panel in views.widget.panels.values()))
    assert line(views, "lateral")[0] == pytest.approx((185.0, 0.0), abs=0.01)
    assert line(views, "frontal") == [
        pytest.approx((168.5714, 0.0), abs=0.01),
        pytest.approx((168.5714, 199.0), abs=0.01),
    ]
    views.ui.lateralCentreRowSpinBox.setValue(100.0)
    assert line(views, "lateral") is None
    assert line(views, "frontal") is None


def test_height_beyond_what_both_show_has_no_line(pair):
    pair.answer("align", aligned_pair.result(same_height={"frontal": [20.0, 100.0], "lateral": [10.0, 80.0]}))
    align(pair.window)
    pair.window.ui.showRadiographsButton.click()
    process_events()
    assert line(pair.window, "lateral") is None
    assert line(pair.window, "frontal") is None
