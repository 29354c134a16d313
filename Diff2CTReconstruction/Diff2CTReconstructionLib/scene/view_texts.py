"""Texts in the views: SYNTHETIC wherever a result is seen, and the patient's sides on radiographs."""

from __future__ import annotations

import slicer
import vtk
from slicer.i18n import tr as _

from ..timer import Timer
from . import shown_volumes
from .view_labels import ViewLabels

SYNTHETIC = "synthetic"


class ViewTexts:
    """Keeps the texts of all views, of any layout, in step with what they show."""

    def __init__(self):
        self._labels: dict[str, ViewLabels] = {}
        self._observers: dict = {}
        self._connected = None
        self._timer = Timer(0)

    def start(self) -> None:
        """Follow the scene and the layouts; nothing without a main window."""
        manager = slicer.app.layoutManager()
        if manager is None or self._connected is not None:
            return
        self._connected = manager
        manager.layoutChanged.connect(self._soon)
        scene = slicer.mrmlScene
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent):
            self._observers.setdefault(scene, []).append(scene.AddObserver(event, self._soon))
        self._soon()

    def stop(self) -> None:
        """Take all texts away and follow nothing."""
        self._timer.stop()
        if self._connected is not None:
            self._connected.layoutChanged.disconnect(self._soon)
            self._connected = None
        for node in list(self._observers):
            self._unfollow(node)
        for labels in self._labels.values():
            labels.show({})
        self._labels = {}

    def update(self) -> None:
        """Write what each view has to say now."""
        manager = self._connected
        if manager is None:
            return
        self._follow(shown_volumes.nodes_that_decide(manager))
        for name in manager.sliceViewNames():
            widget = manager.sliceWidget(name)
            texts = {}
            if shown_volumes.is_synthetic_in_slice(widget.sliceLogic()):
                texts[SYNTHETIC] = self._sentence()
            texts.update(shown_volumes.sides(widget.sliceLogic()))
            self._write(name, widget.sliceView(), texts)
        for index in range(manager.threeDViewCount):
            view = manager.threeDWidget(index).threeDView()
            node = view.mrmlViewNode()
            if node is not None:
                synthetic = shown_volumes.is_synthetic_in_3d(node, manager)
                self._write(node.GetLayoutName(), view, {SYNTHETIC: self._sentence()} if synthetic else {})

    def _sentence(self) -> str:
        return _("SYNTHETIC, research use only")

    def _write(self, name: str, view, texts: dict[str, str]) -> None:
        if texts or name in self._labels:
            labels = self._labels.setdefault(name, ViewLabels())
            labels.place(view)
            labels.show(texts)

    def _soon(self, *_arguments) -> None:
        # What was just added gets its attributes in the same turn of the event loop.
        self._timer.start(self.update)

    def _follow(self, nodes: list) -> None:
        kept = {slicer.mrmlScene, *nodes}
        for node in [node for node in self._observers if node not in kept]:
            self._unfollow(node)
        for node in nodes:
            if node not in self._observers:
                self._observers[node] = [node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._soon)]

    def _unfollow(self, node) -> None:
        for tag in self._observers.pop(node):
            node.RemoveObserver(tag)
