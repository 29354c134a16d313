"""Stand-in for what the views have of VTK: a window with a renderer, and an interactor; they draw when a test asks."""

import api
import vtk
from signals import Connectable


@api.checked
class ctkVTKAbstractView(Connectable):
    def __init__(self):
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.AddRenderer(vtk.vtkRenderer())
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        # Without a style of its own it is observed by nobody but those that a test is about.
        self._interactor.SetInteractorStyle(None)
        self._interactor.SetRenderWindow(self._window)

    def renderWindow(self):
        return self._window

    def interactor(self):
        return self._interactor

    def scheduleRender(self):
        pass
