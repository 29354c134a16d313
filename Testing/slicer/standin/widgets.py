"""Stand-ins for Slicer's MRML widgets."""

import api
import qt
import slicer
from signals import Signal


@api.checked
class qMRMLWidget(qt.QWidget):
    """Hands the scene to the widgets that the .ui file connects to it."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None
        self._receivers = []

    def setMRMLScene(self, scene):
        self._scene = scene
        for receiver in self._receivers:
            receiver.setMRMLScene(scene)

    def mrmlScene(self):
        return self._scene


@api.checked
class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """What a module's widget class gets as its parent."""

    def __init__(self, parent=None):
        super().__init__(parent)
        qt.QVBoxLayout(self)
        self._python_self = None
        self._entered = False
        self._reload = None

    isEntered = property(lambda self: self._entered)

    def enter(self):
        self._entered = True
        self._python_self.enter()

    def exit(self):
        self._entered = False
        self._python_self.exit()

    def self(self):
        return self._python_self

    def reload(self):
        self._reload()


def _observe_no_more(observed):
    """End a selector's observations, as its end in C++ does."""
    while observed:
        scene, tag = observed.pop()
        scene.RemoveObserver(tag)


@api.checked
class qMRMLNodeComboBox(qt.QWidget):
    """Lists the scene's nodes of some classes."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.currentNodeChanged = Signal()
        self._scene = None
        self._observed = []
        self._node_types = []
        self._none_enabled = False
        self._show_child_types = True
        self._hidden_types = []
        self._items = []
        self._updating = False
        self._box = qt.QComboBox()
        # As in Slicer, where the Tab key passes the selectors by: the parent takes no focus.
        self._box.setFocusProxy(self)
        row = qt.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._box)
        self._box.setSizeAdjustPolicy(qt.QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self._box.currentIndexChanged.connect(self._user_chose)
        observed = self._observed
        self.destroyed.connect(lambda *_: _observe_no_more(observed))

    def _set_node_types(self, types):
        self._node_types = list(types)
        self._refresh()

    def _set_none_enabled(self, enabled):
        self._none_enabled = enabled
        self._refresh()

    def _set_show_child_types(self, show):
        self._show_child_types = show
        self._refresh()

    def _set_hidden_types(self, types):
        self._hidden_types = list(types)
        self._refresh()

    nodeTypes = property(lambda self: list(self._node_types), _set_node_types)
    noneEnabled = property(lambda self: self._none_enabled, _set_none_enabled)
    showChildNodeTypes = property(lambda self: self._show_child_types, _set_show_child_types)
    hideChildNodeTypes = property(lambda self: list(self._hidden_types), _set_hidden_types)
    addEnabled = removeEnabled = renameEnabled = editEnabled = selectNodeUponCreation = property(
        lambda self: False, lambda self, value: None
    )
    noneDisplay = property(lambda self: self._box.itemText(0), lambda self, text: None)
    currentNodeID = property(lambda self: self._current_id())

    def setMRMLScene(self, scene):
        _observe_no_more(self._observed)
        self._scene = scene
        if scene is not None:
            for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndBatchProcessEvent):
                self._observed.append((scene, scene.AddObserver(event, lambda *_: self._refresh())))
        self._refresh()

    def mrmlScene(self):
        return self._scene

    _ids = property(lambda self: [identifier for identifier, _text in self._items])

    def nodeCount(self):
        return len([identifier for identifier in self._ids if identifier])

    def currentNode(self):
        identifier = self._current_id()
        return self._scene.GetNodeByID(identifier) if identifier and self._scene else None

    def setCurrentNode(self, node):
        identifier = node if isinstance(node, str) else (node.GetID() if node else None)
        if identifier not in self._ids:
            identifier = None
        if identifier == self._current_id():
            return
        self._updating = True
        self._box.currentIndex = self._ids.index(identifier) if identifier in self._ids else -1
        self._updating = False
        self._emit()

    setCurrentNodeID = setCurrentNode

    def _current_id(self):
        index = self._box.currentIndex
        return self._ids[index] if 0 <= index < len(self._ids) else None

    def _user_chose(self, *_):
        if not self._updating:
            self._emit()

    def _emit(self):
        self.currentNodeChanged.emit(self.currentNode())

    def _shown(self, node):
        if node.GetHideFromEditors() or any(node.IsA(kind) for kind in self._hidden_types):
            return False
        if self._show_child_types:
            return any(node.IsA(kind) for kind in self._node_types)
        return node.GetClassName() in self._node_types

    def _refresh(self):
        items = [(None, "None")] if self._none_enabled else []
        for kind in self._node_types if self._scene is not None else ():
            nodes = slicer.util.getNodesByClass(kind, self._scene)
            items += [(node.GetID(), node.GetName() or node.GetID()) for node in nodes if self._shown(node)]
        if items == self._items:
            return
        before = self._current_id()
        self._updating = True
        self._box.clear()
        self._items = items
        for _identifier, text in items:
            self._box.addItem(text)
        self._box.currentIndex = self._ids.index(before) if before in self._ids else (0 if self._none_enabled else -1)
        self._updating = False
        if before != self._current_id():
            self._emit()
