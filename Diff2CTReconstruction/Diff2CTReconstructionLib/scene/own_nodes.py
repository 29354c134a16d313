"""Nodes that the panel keeps for itself: no selector offers them, and no scene file holds them."""

from __future__ import annotations

import slicer


def make_own_node(class_name: str, name: str):
    """A displayable node of a class, with its display node, in the scene."""
    scene = slicer.mrmlScene
    node = scene.CreateNodeByClass(class_name)
    node.UnRegister(None)
    node.SetName(name)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node = scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetSaveWithScene(False)
    return node


def remove_own_node(node) -> None:
    """Take a node and its display node out of the scene; nothing where it is None."""
    if node is not None:
        slicer.mrmlScene.RemoveNode(node.GetDisplayNode())
        slicer.mrmlScene.RemoveNode(node)
