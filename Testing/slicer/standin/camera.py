"""The camera of a 3D view, moved as qMRMLThreeDView and vtkMRMLCameraNode move it."""

import slicer
import vtk


class Camera:
    """A camera node that looks at what is rendered in one 3D view."""

    def __init__(self, view):
        self._view = view
        self._renderer = vtk.vtkRenderer()
        self._box = vtk.vtkActor()
        self._node = None

    @property
    def node(self):
        """The camera node of the view in the scene; made when it is asked for the first time, also after a closing."""
        if self._node is None or not slicer.mrmlScene.IsNodePresent(self._node):
            self._node = slicer.vtkMRMLCameraNode()
            self._node.SetLayoutName(self._view.GetLayoutName())
            slicer.mrmlScene.AddNode(self._node)
        return self._node

    def look_from(self, axis):
        """0 to 5: from the left, right, posterior, anterior, inferior, superior."""
        kind = slicer.vtkMRMLCameraNode
        self.node.RotateTo((kind.Left, kind.Right, kind.Posterior, kind.Anterior, kind.Inferior, kind.Superior)[axis])

    def aim(self):
        """Look at the middle of what is rendered; box and labels do not count."""
        bounds = self._rendered(box=False)
        self.node.SetFocalPoint(*((bounds[i] + bounds[i + 1]) / 2.0 for i in (0, 2, 4)))

    def reset(self, rotation, translation, distance):
        """Back to where all that is seen fills the view; box and labels count."""
        self._renderer.RemoveAllViewProps()
        bounds = self._rendered(box=bool(self._view.GetBoxVisible()))
        cube = vtk.vtkCubeSource()
        cube.SetBounds(bounds)
        mapper = vtk.vtkPolyDataMapper()
        mapper.SetInputConnection(cube.GetOutputPort())
        mapper.Update()
        self._box.SetMapper(mapper)
        self._renderer.AddActor(self._box)
        self._renderer.SetActiveCamera(self.node.GetCamera())
        self.node.Reset(rotation, translation, distance, self._renderer)

    def _rendered(self, box):
        """Bounds in RAS of the volumes rendered in the view.

        The box goes around every displayable node of the scene that is not kept to other views, seen or not
        (vtkMRMLViewDisplayableManager).
        """
        found = vtk.vtkBoundingBox()
        for display in slicer.util.getNodesByClass("vtkMRMLVolumeRenderingDisplayNode"):
            if display.GetVisibility() and display.IsDisplayableInView(self._view.GetID()):
                self._add(found, display.GetVolumeNode())
        if box:
            for node in slicer.util.getNodesByClass("vtkMRMLDisplayableNode"):
                displays = [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())]
                if slicer.vtkMRMLSliceLogic.IsSliceModelNode(node):
                    continue
                if any(display and display.IsDisplayableInView(self._view.GetID()) for display in displays):
                    self._add(found, node)
        bounds = [-5.0, 5.0, -5.0, 5.0, -5.0, 5.0]
        if found.IsValid():
            found.GetBounds(bounds)
        return bounds

    @staticmethod
    def _add(found, node):
        bounds = [0.0] * 6
        node.GetRASBounds(bounds)
        if vtk.vtkMath.AreBoundsInitialized(bounds):
            found.AddBounds(bounds)
