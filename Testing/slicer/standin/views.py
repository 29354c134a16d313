"""Stand-ins for the views and for the layout manager, which makes them."""

import api
import qt
import rendered_view
import slicer
import vtk
from signals import Connectable, Signal

_FIRST_SIZE = (100, 30)
_SIZE = (300, 300)


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
        self._resets = []

    def mrmlViewNode(self):
        return self._node

    def resetFocalPoint(self):
        self._resets.append("focal point")

    def resetCamera(self, resetRotation=True, resetTranslation=True, resetDistance=True):
        self._resets.append("camera")


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
        self._first_turn = qt.QTimer()
        self._first_turn.setSingleShot(True)
        self._first_turn.setInterval(0)
        self._first_turn.timeout.connect(self._show_new_views)
        slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._select_another)
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def layoutLogic(self):
        return self._logic

    def setLayout(self, layout):
        self._logic.GetLayoutNode().SetViewArrangement(layout)
        self._make_widgets()
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
        """By its number, or by the *name* of its node, unlike a slice widget."""
        widgets = list(self._threed_widgets.values())
        if isinstance(name, int):
            return widgets[name]
        return next((widget for widget in widgets if widget.mrmlViewNode().GetName() == name), None)

    def viewWidget(self, node):
        widgets = self._slice_widgets if node.IsA("vtkMRMLSliceNode") else self._threed_widgets
        return widgets.get(node.GetLayoutName())

    def _make_widgets(self):
        nodes = [
            self._logic.GetViewNodes().GetItemAsObject(i) for i in range(self._logic.GetViewNodes().GetNumberOfItems())
        ]
        for node in nodes:
            name = node.GetLayoutName()
            if node.IsA("vtkMRMLSliceNode") and name not in self._slice_widgets:
                logic = slicer.vtkMRMLSliceLogic()
                logic.SetMRMLApplicationLogic(self._application_logic)
                logic.SetMRMLScene(slicer.mrmlScene)
                logic.SetSliceNode(node)
                node.SetDimensions(*_FIRST_SIZE, 1)
                self._new.append(logic)
                self._first_turn.start()
                self._application_logic.GetSliceLogics().AddItem(logic)
                self._slice_widgets[name] = qMRMLSliceWidget(logic)
            elif node.IsA("vtkMRMLViewNode") and name not in self._threed_widgets:
                self._threed_widgets[name] = qMRMLThreeDWidget(node)

    def _show_new_views(self):
        """A view gets its size when it is shown, and its controller moves the slice, one turn later."""
        new, self._new = self._new, []
        for logic in new:
            logic.ResizeSliceNode(*_SIZE)
            logic.SetSliceOffset(0.0)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _select_another(self, scene, event, removed):
        """The selector of a view whose volume goes takes another one that is not hidden."""
        for widget in self._slice_widgets.values():
            composite = widget.mrmlSliceCompositeNode()
            if composite is None or scene.IsClosing() or composite.GetBackgroundVolumeID() != removed.GetID():
                continue
            volumes = slicer.util.getNodesByClass("vtkMRMLVolumeNode")
            other = next((node for node in volumes if node is not removed and not node.GetHideFromEditors()), None)
            composite.SetBackgroundVolumeID(other.GetID() if other else None)
