"""Hearing of changes to the volumes that are chosen now, and to no others."""

from __future__ import annotations

from collections.abc import Callable

import vtk


class NodeFollower:
    """Observes volume nodes.

    Args:
        on_change: called when one of them is edited, moved, put under a transform, or shows another frame.
    """

    def __init__(self, on_change: Callable[[], None]):
        self._on_change = on_change
        self._nodes: list = []
        self._observers: list[tuple] = []

    def follow(self, nodes: list) -> None:
        """Follow these nodes, None left out, in the place of the ones before."""
        wanted = list(dict.fromkeys(node for node in nodes if node is not None))
        if wanted == self._nodes:
            return
        for node, tag in self._observers:
            node.RemoveObserver(tag)
        self._nodes = wanted
        self._observers = [
            (node, node.AddObserver(event, lambda *_arguments: self._on_change()))
            for node in wanted
            for event in (vtk.vtkCommand.ModifiedEvent, node.ImageDataModifiedEvent, node.TransformModifiedEvent)
        ]
