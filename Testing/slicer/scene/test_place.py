"""One place in volume and radiographs, held against a pinhole computed here."""

import json

import numpy as np
import pytest
import slicer
import vtk
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import process_events

TILTED = {
    "frontalSid": 1300.0,
    "frontalSod": 1050.0,
    "frontalAngles": True,
    "frontalPrimary": 6.0,
    "frontalSecondary": -5.0,
    "frontalRotation": 3.0,
    "lateralSid": 1500.0,
    "lateralSod": 1200.0,
}
NAMED = {"AP": (180.0, (-1.0, 0.0, 0.0)), "LL": (90.0, (0.0, -1.0, 0.0))}
"""Azimuth of the detector, counted from the patient's front to the left, and where the columns run."""
POINTS = ((18.0, -22.0, 31.0), (-25.0, 14.0, -40.0))


def pinhole(view, point):
    """(column, row) of a point about the centre: the line from the source cut with the detector's plane."""
    azimuth, columns = NAMED[view["view"]]
    turn, tilt = np.deg2rad(azimuth + view["primary_deg"]), np.deg2rad(view["secondary_deg"])
    towards = np.array([-np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)])
    across = np.cross(towards, [0.0, 0.0, 1.0])
    across *= np.sign(across @ columns) / np.linalg.norm(across)
    down = np.cross(towards, across)
    down *= -np.sign(down[2])
    angle = np.deg2rad(view["rotation_deg"])
    axes = np.cos(angle) * across + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * across
    source = -view["sod_mm"] * towards
    line = np.asarray(point) - source
    hit = source + line * view["sid_mm"] / (line @ towards) - (source + view["sid_mm"] * towards)
    pitches = view["pixel_spacing_mm"][::-1]
    middle = ((view["columns"] - 1) / 2.0, (view["rows"] - 1) / 2.0)
    return [hit @ axis / pitch + start for axis, pitch, start in zip(axes, pitches, middle, strict=True)]


@pytest.fixture(params=[{}, TILTED], ids=["as in the file", "angles and other distances"])
def shown(request, window):
    """A result in its layout, and its views as the report says them, by side."""
    window.ui.loadSampleButton.click()
    for name, value in request.param.items():
        window.parameters.setValue(name, value)
    window.reconstruct()
    process_events()
    report = json.loads(window.parameters.reconstruction.GetAttribute("Diff2CT.provenance"))
    views = {"frontal": report["geometry"]["AP"], "lateral": report["geometry"]["LL"]}
    if request.param:
        assert views["frontal"]["sid_mm"] == 1300.0
        assert views["frontal"]["primary_deg"] == 6.0
    return window, views, np.array(report["outputs"]["centre_ras_mm"])


def click(window, side, pixel, spacing, keys=False):
    """Press and release the left button over a pixel of a radiograph, in a view with fine pixels."""
    widget = window.app.layoutManager().sliceWidget(layouts.RADIOGRAPH_VIEWS[side])
    node = widget.mrmlSliceNode()
    node.SetDimensions(3000, 3000, 1)
    widget.sliceLogic().FitSliceToBackground()
    to_view = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(node.GetXYToRAS(), to_view)
    x, y = to_view.MultiplyPoint((-pixel[0] * spacing[1], -pixel[1] * spacing[0], 0.0, 1.0))[:2]
    interactor = widget.sliceView().interactor()
    interactor.SetEventInformation(round(x), round(y), 0, int(keys), chr(0), 0, None)
    for event in (vtk.vtkCommand.LeftButtonPressEvent, vtk.vtkCommand.LeftButtonReleaseEvent):
        interactor.InvokeEvent(event)


def offsets():
    """Right, anterior, superior mm at which the three views of the reconstruction stand."""
    nodes = [layout.slice_node(layouts.RECONSTRUCTION_VIEWS[plane]) for plane in ("Sagittal", "Coronal", "Axial")]
    return np.array([node.GetSliceToRAS().GetElement(axis, 3) for axis, node in enumerate(nodes)])


def marks():
    """The crosses in the scene by the views that they are seen in: {view names: RAS}."""
    found = {}
    for node in slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode"):
        display = node.GetDisplayNode()
        if node.GetName().endswith("place") and display.GetVisibility():
            names = [slicer.mrmlScene.GetNodeByID(view).GetLayoutName() for view in display.GetViewNodeIDs()]
            found[tuple(names)] = node.GetNthControlPointPosition(0)
            assert not node.GetSaveWithScene()
            assert node.GetHideFromEditors()
    return found


def test_place_goes_from_the_crosshair_to_both_radiographs_and_from_a_click_in_each_to_the_slices(shown):
    window, views, centre = shown
    crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
    assert crosshair.GetCrosshairMode() == crosshair.NoCrosshair
    for point in POINTS:
        crosshair.SetCrosshairRAS(*(centre + point))
        found = marks()
        for side, view in views.items():
            mark = found[(layouts.RADIOGRAPH_VIEWS[side],)]
            row_mm, column_mm = view["pixel_spacing_mm"]
            pixel = pinhole(view, point)
            assert (-mark[0] / column_mm, -mark[1] / row_mm) == pytest.approx(pixel, abs=0.5)
        (volume_mark,) = [value for names, value in found.items() if layouts.RECONSTRUCTION_VIEWS["Axial"] in names]
        assert volume_mark == pytest.approx(centre + point)
    crosshair.SetCrosshairRAS(*centre)
    for point in POINTS:
        click(window, "frontal", pinhole(views["frontal"], point), views["frontal"]["pixel_spacing_mm"])
        # One radiograph alone tells the ray, and the point seen stays on it.
        assert pinhole(views["frontal"], offsets() - centre) == pytest.approx(pinhole(views["frontal"], point), abs=1.0)
        click(window, "lateral", pinhole(views["lateral"], point), views["lateral"]["pixel_spacing_mm"])
        assert offsets() == pytest.approx(centre + point, abs=0.5)
        assert crosshair.GetCrosshairRAS() == pytest.approx(centre + point, abs=0.5)


def test_one_click_goes_to_the_nearest_point_of_the_ray_and_a_drag_nowhere(reconstructed):
    process_events()
    manager = reconstructed.app.layoutManager()
    before = offsets()
    view = manager.sliceWidget(layouts.RADIOGRAPH_VIEWS["lateral"]).sliceView()
    interactor = view.interactor()
    interactor.SetEventInformation(100, 100)
    interactor.InvokeEvent(vtk.vtkCommand.LeftButtonPressEvent)
    interactor.SetEventInformation(140, 100)
    interactor.InvokeEvent(vtk.vtkCommand.LeftButtonReleaseEvent)
    assert (offsets() == before).all()
    click(reconstructed, "lateral", (300.0, 300.0), (0.4, 0.4))
    # The lateral beam goes along the patient's right and left, where the place was in the middle.
    moved = offsets() - before
    assert abs(moved[0]) < 15.0
    assert moved[1] > 30.0
    assert moved[2] > 30.0


@pytest.mark.parametrize("way", ["another layout", "leave the module", "close the scene", "unload the module"])
def test_nothing_of_the_place_stays(reconstructed, way):
    process_events()
    manager = reconstructed.app.layoutManager()
    views = [manager.sliceWidget(name).sliceView() for name in layouts.RADIOGRAPH_VIEWS.values()]
    event = vtk.vtkCommand.LeftButtonPressEvent
    assert all(view.interactor().HasObserver(event) for view in views)
    assert len(marks()) == 3
    if way == "another layout":
        manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    elif way == "leave the module":
        reconstructed.representation.exit()
    elif way == "close the scene":
        slicer.mrmlScene.Clear(0)
    else:
        reconstructed.widget.comparison.overlays.remove()
    assert not any(view.interactor().HasObserver(event) for view in views)
    assert marks() == {}
    if way == "unload the module":
        # The panel of the tests that follow goes on.
        reconstructed.widget.comparison.overlays = type(reconstructed.widget.comparison.overlays)(
            reconstructed.widget._parameters
        )
