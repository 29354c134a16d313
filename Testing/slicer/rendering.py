"""Pictures of the panel and of the views, as Slicer would show them."""

import numpy as np
import qt
import slicer
import vtk
from PIL import Image
from vtk.util.numpy_support import vtk_to_numpy

VIEW_SIZE = (420, 320)
_BACKGROUND = (0, 0, 0)


def slice_picture(logic, size=VIEW_SIZE):
    """RGB (rows, columns, 3) of a slice view with its layers blended and its crosshair."""
    node = logic.GetSliceNode()
    node.SetDimensions(size[0], size[1], 1)
    logic.FitSliceToBackground()
    logic.GetBlend().Update() if logic.GetBlend() else None
    connection = logic.GetImageDataConnection()
    if connection is None:
        return np.zeros((size[1], size[0], 3), np.uint8)
    connection.GetProducer().Update()
    image = connection.GetProducer().GetOutputDataObject(connection.GetIndex())
    columns, rows, _slices = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)
    # VTK counts rows from below.
    return np.ascontiguousarray(values[::-1, :, :3].astype(np.uint8))


def to_image(rgb):
    """A QImage of RGB values (rows, columns, 3)."""
    rows, columns, _channels = rgb.shape
    header = f"P6 {columns} {rows} 255\n".encode("ascii")
    image = qt.QImage()
    image.loadFromData(header + rgb.tobytes())
    return image


def labelled(rgb, label, colour, letters=""):
    """The picture with a coloured bar and its view's name, as a slice view has them.

    Args:
        letters: what lies at the left, right, top and bottom, as `Diff2CTCore.reconstruction.LETTERS` has them.
    """
    image = to_image(rgb)
    painter = qt.QPainter(image)
    painter.fillRect(0, 0, image.width(), 3, qt.QColor(colour))
    # Readable on what is bright, too.
    painter.fillRect(0, 3, painter.fontMetrics().horizontalAdvance(label) + 16, 24, qt.QColor(0, 0, 0, 170))
    painter.setPen(qt.QColor(colour))
    painter.drawText(8, 20, label)
    painter.setPen(qt.QColor("#ffd24d"))
    width, height = image.width(), image.height()
    places = ((8, height // 2), (width - 18, height // 2), (width // 2 - 4, 44), (width // 2 - 4, height - 8))
    for letter, (column, row) in zip(letters, places, strict=False):
        painter.drawText(column, row, letter)
    painter.end()
    return image


def draw_point(image, slice_node, markups):
    """Draw a markups point and its label where the slice view has it; Slicer's own glyphs need its Qt views."""
    from_view = slice_node.GetXYToRAS()
    to_view = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(from_view, to_view)
    position = [0.0, 0.0, 0.0]
    markups.GetNthControlPointPosition(0, position)
    column, row = to_view.MultiplyPoint((*position, 1.0))[:2]
    column, row = round(column), image.height() - 1 - round(row)
    painter = qt.QPainter(image)
    painter.setPen(qt.QPen(qt.QColor("#ffb000"), 2))
    painter.drawLine(column - 12, row, column + 12, row)
    painter.drawLine(column, row - 12, column, row + 12)
    painter.drawText(column + 14, row - 6, markups.GetNthControlPointLabel(0))
    painter.end()


def grid(images, columns):
    """Several pictures in rows, as one."""
    width, height = images[0].width(), images[0].height()
    rows = -(-len(images) // columns)
    page = qt.QImage(columns * (width + 2), rows * (height + 2), qt.QImage.Format_RGB32)
    page.fill(qt.QColor("#404448"))
    painter = qt.QPainter(page)
    for index, image in enumerate(images):
        painter.drawImage((index % columns) * (width + 2), (index // columns) * (height + 2), image)
    painter.end()
    return page


def save_small(image, path, colours=128):
    """Save a picture or pixmap as a PNG of so many colours, in half of the bytes; every clone holds them."""
    image.save(str(path))
    with Image.open(path) as saved:
        small = saved.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def save_grey(image, path):
    """Save a picture of radiographs as a PNG in the greys and colours that all pictures of the project have."""
    from Diff2CTCore.reconstruction import in_palette

    image.save(str(path))
    with Image.open(path) as saved:
        small = in_palette(saved.convert("RGB"), 112)
    small.save(path, optimize=True)


def layout_picture(view_names, labels, colours, letters, size=VIEW_SIZE):
    """Pictures of the named slice views of the current layout."""
    manager = slicer.app.layoutManager()
    return [
        labelled(slice_picture(manager.sliceWidget(name).sliceLogic(), size), label, colour, sides)
        for name, label, colour, sides in zip(view_names, labels, colours, letters, strict=True)
    ]
