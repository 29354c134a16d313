"""A .ui loader which puts the stand-ins of widgets where the file names them."""

from xml.etree import ElementTree

import qt
import slicer
from widgets import qMRMLNodeComboBox, qMRMLWidget

_PYTHON_WIDGETS = {"qMRMLNodeComboBox": qMRMLNodeComboBox}
_QtUiLoader = qt.QUiLoader


class UiLoader:
    """Loads a .ui file; classes that exist in Python alone replace placeholders of the same name."""

    def load(self, file):
        root = ElementTree.fromstring(bytes(file.readAll().data()))
        file.close()
        replaced = {}
        for element in root.iter("widget"):
            if element.get("class") in _PYTHON_WIDGETS:
                replaced[element.get("name")] = (element.get("class"), element)
                element.set("class", "QWidget")
        top = root.find("widget")
        top.set("class", "QWidget")
        receivers = [connection.findtext("receiver") for connection in root.iter("connection")]
        root.remove(root.find("connections"))
        contents = self._load(ElementTree.tostring(root))
        for name, (class_name, element) in replaced.items():
            self._replace(contents, name, _PYTHON_WIDGETS[class_name](), element)
        widget = qMRMLWidget()
        widget.setObjectName(top.get("name"))
        widget.setLayout(contents.layout())
        widget._receivers = [slicer.util.findChildren(widget, name=name)[0] for name in receivers]
        return widget

    @staticmethod
    def _load(text):
        loader = _QtUiLoader()
        if hasattr(loader, "registerCustomWidget"):
            import ctk

            loader.registerCustomWidget(ctk.ctkCollapsibleButton)
            loader.registerCustomWidget(ctk.ctkSliderWidget)
        buffer = qt.QBuffer()
        buffer.setData(qt.QByteArray(text))
        buffer.open(qt.QIODevice.ReadOnly)
        return loader.load(buffer)

    @staticmethod
    def _replace(contents, name, widget, element):
        placeholder = slicer.util.findChildren(contents, name=name)[0]
        widget.setObjectName(name)
        for item in element.findall("property"):
            value = _value(item[0])
            key = item.get("name")
            if item.get("stdset") == "0":
                widget.setProperty(key, value)
            else:
                setattr(widget, key, value)
        placeholder.parentWidget().layout().replaceWidget(placeholder, widget)
        _take_place_in_tab_order(placeholder, widget)
        placeholder.setParent(None)


def _take_place_in_tab_order(placeholder, selector):
    """Slicer makes a selector where the file names it, and so it comes into the order of the Tab key."""
    box = selector._box
    box.setFocusProxy(None)
    # What takes no focus is given no place.
    for widget in (placeholder, selector):
        widget.setFocusPolicy(qt.Qt.StrongFocus)
    qt.QWidget.setTabOrder(placeholder, selector)
    qt.QWidget.setTabOrder(selector, box)
    selector.setFocusPolicy(qt.Qt.NoFocus)
    box.setFocusProxy(selector)


def _value(element):
    if element.tag == "bool":
        return element.text == "true"
    if element.tag == "stringlist":
        return [item.text for item in element.findall("string")]
    if element.tag == "number":
        return int(element.text)
    return element.text or ""
