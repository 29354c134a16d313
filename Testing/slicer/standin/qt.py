"""Qt as PythonQt shows it to Slicer's modules: one flat namespace, and properties as attributes.

PySide6 has a method where PythonQt has an attribute (`button.text`). Here each property of a class's
meta-object becomes an attribute, so `button.text()` fails as it does in Slicer. Virtual functions stay
as they are; setters (`setText`) work in both worlds.
"""

import strong_slots
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

strong_slots.hold()

# Virtual functions, and the one property that PythonQt leaves out for the sake of a static function.
_NO_ATTRIBUTES = {"sizeHint", "minimumSizeHint", "singleShot"}
# PythonQt cannot see QThread, and signals of Python classes are known to crash it.
_HIDDEN = {"QThread", "Signal", "Slot", "Property"}


def _attribute(getter, setter):
    def read(self):
        return getter(self)

    def write(self, value):
        setter(self, value)

    return property(read, write if setter else None)


def _attributes_from_properties(cls):
    meta = cls.__dict__.get("staticMetaObject")
    if meta is None:
        return
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        name = meta.property(index).name()
        getter = next((getattr(cls, n) for n in (name, "is" + name[:1].upper() + name[1:]) if hasattr(cls, n)), None)
        if name in _NO_ATTRIBUTES or not callable(getter):
            continue
        setattr(cls, name, _attribute(getter, getattr(cls, "set" + name[:1].upper() + name[1:], None)))


def _path_alone(ask):
    """A static function of QFileDialog that answers with the path and not with the chosen filter, too."""
    return lambda *arguments: ask(*arguments)[0]


for _module in (QtCore, QtGui, QtWidgets, QtUiTools):
    for _name in dir(_module):
        if not _name.startswith("Q") or _name in _HIDDEN:
            continue
        _object = getattr(_module, _name)
        globals()[_name] = _object
        if isinstance(_object, type) and issubclass(_object, QtCore.QObject):
            _attributes_from_properties(_object)

QtCore.QTimer.singleShot = staticmethod(strong_slots.single_shot)
for _name in ("getOpenFileName", "getSaveFileName"):
    setattr(QtWidgets.QFileDialog, _name, staticmethod(_path_alone(getattr(QtWidgets.QFileDialog, _name))))

# Both names are there.
QtWidgets.QDialog.exec_ = QtWidgets.QDialog.exec
# PythonQt calls QObject's name "name" as well, and a running timer "active".
QtCore.QObject.name = property(lambda self: self.objectName, lambda self, name: self.setObjectName(name))


class QDialogButtonBox(QtWidgets.QDialogButtonBox):
    """PythonQt has plain numbers for flags; a number alone is an orientation to it, and the box has no buttons."""

    def __init__(self, *arguments):
        number = arguments and isinstance(arguments[0], QtWidgets.QDialogButtonBox.StandardButton)
        if number and (len(arguments) == 1 or isinstance(arguments[1], QtWidgets.QWidget)):
            arguments = (QtCore.Qt.Vertical, *arguments[1:])
        super().__init__(*arguments)
