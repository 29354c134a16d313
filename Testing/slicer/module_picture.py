"""One picture of the module at work: its panel at the left, the views of its layout at the right."""

import module_panel
import qt
import rendering
import vtk
from vtk.util.numpy_support import vtk_to_numpy

PANEL_SIZE = (470, 1100)
CELL_SIZE = (400, 365)
GREY = "#8CA0B3"
SYNTHETIC = "SYNTHETIC, research use only"


def draw(window, path):
    """Save panel and views of a result that was compared with the true CT.

    Args:
        window: of `host.start()`.
        path: PNG file.
    """
    from Diff2CTReconstructionLib import layouts

    from Diff2CTCore.reconstruction import LETTERS

    parameters = window.parameters
    views = [layouts.RECONSTRUCTION_VIEWS[plane] for plane in layouts.PLANES]
    views += [layouts.TRUTH_VIEWS[plane] for plane in layouts.PLANES] + list(layouts.RADIOGRAPH_VIEWS.values())
    labels = [f"{plane}, reconstruction: {SYNTHETIC}" for plane in layouts.PLANES]
    labels += [f"{plane}, true CT" for plane in layouts.PLANES]
    labels += [f"{side}, half re-projection: {SYNTHETIC}" for side in ("Frontal", "Lateral")]
    colours = [layouts.COLOURS[plane] for plane in layouts.PLANES] * 2 + [GREY] * 2
    letters = [LETTERS[plane] for plane in ("axial", "sagittal", "coronal")] * 2
    letters += [LETTERS["coronal"], LETTERS["sagittal"]]
    pictures = rendering.layout_picture(views, labels, colours, letters, CELL_SIZE)
    surface = _bone(parameters.reconstruction, window.ui.boneThresholdSlider.value, CELL_SIZE)
    pictures.append(rendering.labelled(surface, f"Bone: {SYNTHETIC}", GREY))
    grid = rendering.grid(pictures, 3)
    panel = module_panel.ModulePanel(window.representation, *PANEL_SIZE)
    side = panel.grab().toImage()
    panel.give_back()
    page = qt.QImage(side.width() + grid.width(), max(side.height(), grid.height()), qt.QImage.Format_RGB32)
    page.fill(qt.QColor("#404448"))
    painter = qt.QPainter(page)
    painter.drawImage(0, 0, side)
    painter.drawImage(side.width(), 0, grid)
    painter.end()
    # Its thin coloured lines need more than the other pictures.
    rendering.save_small(page, path, colours=256)


def _bone(volume, threshold_hu, size):
    """RGB (rows, columns, 3) of the surface at a threshold in HU, seen from the front, as Slicer's 3D view shows it."""
    contour = vtk.vtkFlyingEdges3D()
    contour.SetInputData(volume.GetImageData())
    contour.SetValue(0, threshold_hu)
    to_ras = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(to_ras)
    transform = vtk.vtkTransform()
    transform.SetMatrix(to_ras)
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(transform)
    moved.SetInputConnection(contour.GetOutputPort())
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(moved.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(0.93, 0.87, 0.74)
    renderer = vtk.vtkRenderer()
    renderer.SetBackground(0.45, 0.46, 0.62)
    renderer.AddActor(actor)
    camera = renderer.GetActiveCamera()
    # From the front: the patient's left is on the right.
    camera.SetFocalPoint(0.0, 0.0, 0.0)
    camera.SetPosition(0.3, 1.0, 0.1)
    camera.SetViewUp(0.0, 0.0, 1.0)
    renderer.ResetCamera()
    camera.Zoom(1.4)
    shown = vtk.vtkRenderWindow()
    shown.SetOffScreenRendering(1)
    shown.SetSize(*size)
    shown.AddRenderer(renderer)
    shown.Render()
    picture = vtk.vtkWindowToImageFilter()
    picture.SetInput(shown)
    picture.Update()
    values = vtk_to_numpy(picture.GetOutput().GetPointData().GetScalars()).reshape(size[1], size[0], 3)
    # VTK counts rows from below.
    return values[::-1].copy()
