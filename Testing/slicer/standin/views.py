"""Stand-ins for the views and for the layout manager, which makes them."""

import api
import rendered_view
import slicer
import vtk
from signals import Connectable, Signal


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

    def mrmlViewNode(self):
        return self._node

    def resetFocalPoint(self):
        pass

    def resetCamera(self, resetRotation=True, resetTranslation=True, resetDistance=True):
        pass


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
        return list(self._threed_widgets.values())[name] if isinstance(name, int) else self._threed_widgets.get(name)

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
                node.SetDimensions(300, 300, 1)
                self._application_logic.GetSliceLogics().AddItem(logic)
                self._slice_widgets[name] = qMRMLSliceWidget(logic)
            elif node.IsA("vtkMRMLViewNode") and name not in self._threed_widgets:
                self._threed_widgets[name] = qMRMLThreeDWidget(node)
