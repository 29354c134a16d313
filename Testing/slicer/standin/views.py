"""Stand-ins for the views and for the layout manager, which makes them."""

import api
import qt
import rendered_view
import slicer
import vtk
from camera import Camera
from layer_selectors import LayerSelectors
from signals import Connectable, Signal

LAYOUT_SIZE = (900, 800)
NEW_SIZE = (100, 30)
"""Columns and rows, in pixels, of all views together, and of a widget that no layout has placed yet."""


@api.checked
class qMRMLSliceView(rendered_view.ctkVTKAbstractView):
    def __init__(self, node):
        super().__init__()
        self._node = node

    def convertDeviceToXYZ(self, xy):
        return [float(xy[0]), float(xy[1]), 0.0]

    def mrmlSliceNode(self):
        return self._node


@api.checked
class qMRMLSliceWidget(Connectable):
    def __init__(self, logic):
        self._logic = logic
        self._view = qMRMLSliceView(logic.GetSliceNode())
        self._selectors = LayerSelectors(logic)

    def sliceLogic(self):
        return self._logic

    def sliceView(self):
        return self._view

    def mrmlSliceNode(self):
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self):
        return self._logic.GetSliceCompositeNode()


@api.checked
class qMRMLThreeDView(rendered_view.ctkVTKAbstractView):
    def __init__(self, node):
        super().__init__()
        self._node = node
        self._camera = Camera(node)

    def mrmlViewNode(self):
        return self._node

    def cameraNode(self):
        return self._camera.node

    def rotateToViewAxis(self, axis):
        self._camera.look_from(axis)

    def resetFocalPoint(self):
        self._camera.aim()

    def resetCamera(self, resetRotation=True, resetTranslation=True, resetDistance=True):
        self._camera.reset(resetRotation, resetTranslation, resetDistance)


@api.checked
class qMRMLThreeDWidget(Connectable):
    def __init__(self, node):
        self._view = qMRMLThreeDView(node)

    def threeDView(self):
        return self._view

    def mrmlViewNode(self):
        return self._view.mrmlViewNode()


@api.checked
class qSlicerLayoutManager(Connectable):
    """View widgets of the current layout; the layout itself is the real vtkMRMLLayoutLogic."""

    def __init__(self, application_logic):
        self.layoutChanged = Signal()
        self._application_logic = application_logic
        self._application_logic.SetSliceLogics(vtk.vtkCollection())
        self._application_logic.SetViewLogics(vtk.vtkCollection())
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._slice_widgets = {}
        self._threed_widgets = {}
        self._new = []
        # What Qt does after the event that changed the layout: sizes, and queued connections.
        self._later = qt.QTimer()
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._settle)
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def layoutLogic(self):
        return self._logic

    def setLayout(self, layout):
        self._logic.GetLayoutNode().SetViewArrangement(layout)
        self._make_widgets()
        self._later.start()
        self.layoutChanged.emit(layout)

    layout = property(lambda self: self._logic.GetLayoutNode().GetViewArrangement(), setLayout)
    threeDViewCount = property(lambda self: len(self._threed_widgets))

    def sliceViewNames(self):
        return list(self._slice_widgets)

    def sliceWidget(self, name):
        return self._slice_widgets.get(name)

    def mrmlSliceLogics(self):
        return self._application_logic.GetSliceLogics()

    def threeDWidget(self, name):
        """By its number, or by its view node's name, which is not the name in the layout."""
        if isinstance(name, int):
            return list(self._threed_widgets.values())[name]
        return next((w for w in self._threed_widgets.values() if w.mrmlViewNode().GetName() == name), None)

    def viewWidget(self, node):
        widgets = self._slice_widgets if node.IsA("vtkMRMLSliceNode") else self._threed_widgets
        return widgets.get(node.GetLayoutName())

    def _nodes(self):
        nodes = self._logic.GetViewNodes()
        return [nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems())]

    def _make_widgets(self):
        for node in self._nodes():
            name = node.GetLayoutName()
            if node.IsA("vtkMRMLSliceNode") and name not in self._slice_widgets:
                logic = slicer.vtkMRMLSliceLogic()
                logic.SetMRMLApplicationLogic(self._application_logic)
                logic.SetMRMLScene(slicer.mrmlScene)
                logic.SetSliceNode(node)
                logic.ResizeSliceNode(*NEW_SIZE)
                self._application_logic.GetSliceLogics().AddItem(logic)
                self._slice_widgets[name] = qMRMLSliceWidget(logic)
                self._new.append(logic)
            elif node.IsA("vtkMRMLViewNode") and name not in self._threed_widgets:
                self._threed_widgets[name] = qMRMLThreeDWidget(node)

    def _settle(self):
        """One turn of the event loop later: new views are moved to 0, and all get their size in the layout.

        The slider of qMRMLSliceControllerWidget hands its first value on by a queued connection; the views hear of
        their sizes when Qt lays their widgets out.
        """
        for logic in self._new:
            logic.StartSliceOffsetInteraction()
            logic.SetSliceOffset(0.0)
            logic.EndSliceOffsetInteraction()
        self._new = []
        nodes = self._nodes()
        columns = min(len(nodes), 3)
        rows = -(-len(nodes) // columns)
        for node in nodes:
            if node.IsA("vtkMRMLSliceNode"):
                logic = self._slice_widgets[node.GetLayoutName()].sliceLogic()
                logic.ResizeSliceNode(LAYOUT_SIZE[0] // columns, LAYOUT_SIZE[1] // rows)
