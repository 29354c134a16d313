"""Stand-in for slicer.parameterNodeWrapper: typed attributes of a parameter node, bound to widgets both ways.

Covers bool, int, float, str and MRML nodes; a widget is bound by its dynamic property
SlicerParameterName, and its type is compared exactly, as Slicer does.
"""

import typing
import weakref

import ctk
import qt
import slicer
import vtk


class WithinRange:
    def __init__(self, minimum, maximum):
        self.minimum = minimum
        self.maximum = maximum

    def validate(self, value):
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within {self.minimum} and {self.maximum}")


class Choice:
    def __init__(self, choices):
        self.choices = choices

    def validate(self, value):
        if value not in self.choices:
            raise ValueError(f"{value} is none of {self.choices}")


class _Parameter:
    def __init__(self, name, annotation, default):
        self.name = name
        self.type = (typing.get_origin(annotation) and typing.get_args(annotation)[0]) or annotation
        self.validators = list(getattr(annotation, "__metadata__", ()))
        self.is_node = issubclass(self.type, slicer.vtkMRMLNode)
        self.default = default

    def validator(self, kind):
        return next((item for item in self.validators if isinstance(item, kind)), None)

    def read(self, node):
        if not node.HasParameter(self.name):
            self.write(node, self.default)
        if self.is_node:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        return text == "True" if self.type is bool else self.type(text)

    def write(self, node, value):
        if self.is_node:
            if value is not None and not isinstance(value, self.type):
                raise TypeError(f"{self.name} takes a {self.type.__name__}, not a {type(value).__name__}")
            node.SetParameter(self.name, "")
            node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)
            return
        if not isinstance(value, self.type) and not (self.type is float and isinstance(value, int)):
            raise TypeError(f"{self.name} takes a {self.type.__name__}, not a {type(value).__name__}")
        for validator in self.validators:
            validator.validate(value)
        node.SetParameter(self.name, str(value))


class _Cached:
    """A parameter's value, read anew each time the node changes, as long as the wrapper lives; it holds a node, too."""

    def __init__(self, parameter, node):
        self.parameter = parameter
        self._node = node
        self._value = parameter.read(node)
        self._writing = False
        own = weakref.ref(self)
        self._observer = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: own()._read())

    def __del__(self):
        self._node.RemoveObserver(self._observer)

    def _read(self):
        if not self._writing:
            self._value = self.parameter.read(self._node)

    def read(self, node):
        return self._value

    def write(self, node, value):
        self._writing = True
        modifying = node.StartModify()
        try:
            self.parameter.write(node, value)
            self._value = self.parameter.read(node)
        finally:
            node.EndModify(modifying)
            self._writing = False


class _Binding:
    """One widget and its parameter."""

    def __init__(self, widget, parameter, stored, changed):
        self.widget = widget
        self._stored = stored
        self.parameter = parameter
        self._changed = changed
        kind = type(widget)
        choice = parameter.validator(Choice)
        bounds = parameter.validator(WithinRange)
        if parameter.is_node and kind is slicer.qMRMLNodeComboBox:
            widget.nodeTypes = [parameter.type.__name__]
            self._signal, self._get, self._set = "currentNodeChanged", widget.currentNode, widget.setCurrentNode
        elif parameter.type is bool and kind in (qt.QCheckBox, qt.QRadioButton):
            self._signal = "toggled"
            self._get, self._set = (lambda: widget.checked), widget.setChecked
        elif parameter.type in (int, float) and kind in (qt.QSpinBox, qt.QDoubleSpinBox, ctk.ctkSliderWidget):
            if kind is ctk.ctkSliderWidget and bounds is None:
                raise RuntimeError("a slider needs bounds")
            if kind is qt.QSpinBox and parameter.type is float:
                raise RuntimeError("a QSpinBox shows whole numbers only")
            if bounds is not None:
                widget.minimum, widget.maximum = bounds.minimum, bounds.maximum
            self._signal = "valueChanged"
            self._get, self._set = (lambda: parameter.type(widget.value)), widget.setValue
        elif kind is qt.QComboBox and choice is not None:
            widget.clear()
            for item in choice.choices:
                widget.addItem(str(item))
            self._signal = "currentIndexChanged"
            self._get = lambda: choice.choices[widget.currentIndex]
            self._set = lambda value: widget.setCurrentIndex(choice.choices.index(value))
        elif parameter.type is str and kind is qt.QLineEdit:
            self._signal = "textChanged"
            self._get, self._set = (lambda: widget.text), widget.setText
        else:
            raise RuntimeError(f"no connector from {parameter.type} to {kind}")

    def connect(self):
        getattr(self.widget, self._signal).connect(self._widget_changed)

    def disconnect(self):
        getattr(self.widget, self._signal).disconnect(self._widget_changed)

    def show(self, node):
        self._set(self._stored.read(node))

    def _widget_changed(self, *_):
        self._changed(self.parameter.name, self._get())


def parameterNodeWrapper(cls):
    parameters = {}
    for name, annotation in typing.get_type_hints(cls, include_extras=True).items():
        kind = typing.get_args(annotation)[0] if typing.get_origin(annotation) else annotation
        kind = kind if isinstance(kind, type) else annotation
        default = getattr(cls, name, None if issubclass(kind, slicer.vtkMRMLNode) else kind())
        parameters[name] = _Parameter(name, annotation, default)
        setattr(cls, name, _property(name))
    for name, function in vars(_Wrapper).items():
        if not name.startswith("__") or name == "__init__":
            setattr(cls, name, function)
    cls.allParameters = parameters
    return cls


def _property(name):
    return property(
        lambda self: self._stored[name].read(self.parameterNode),
        lambda self, value: self._stored[name].write(self.parameterNode, value),
    )


class _Wrapper:
    def __init__(self, parameterNode, prefix=None):
        self.parameterNode = parameterNode
        self._bindings = {}
        self._showing = False
        self._stored = {}
        for name, parameter in self.allParameters.items():
            if not parameterNode.HasParameter(name):
                parameter.write(parameterNode, parameter.default)
            self._stored[name] = _Cached(parameter, parameterNode)

    def getValue(self, name):
        return getattr(self, name)

    def setValue(self, name, value):
        setattr(self, name, value)

    def default(self, name):
        return type("Default", (), {"value": self.allParameters[name].default})()

    def connectGui(self, gui):
        bindings = []
        for widget in list(vars(gui).values()):
            name = widget.property("SlicerParameterName")
            if name:
                if name not in self.allParameters:
                    raise ValueError(f"{name} is no parameter")
                bindings.append(_Binding(widget, self.allParameters[name], self._stored[name], self._take))
        for binding in bindings:
            binding.show(self.parameterNode)
            binding.connect()
        observer = self.parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._show())
        tag = len(self._bindings)
        self._bindings[tag] = (bindings, observer)
        return tag

    def disconnectGui(self, tag):
        if tag in self._bindings:
            bindings, observer = self._bindings.pop(tag)
            for binding in bindings:
                binding.disconnect()
            self.parameterNode.RemoveObserver(observer)

    def _take(self, name, value):
        if not self._showing:
            setattr(self, name, value)

    def _show(self):
        if self._showing:
            return
        self._showing = True
        try:
            for bindings, _ in self._bindings.values():
                for binding in bindings:
                    binding.show(self.parameterNode)
        finally:
            self._showing = False

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, state):
        self.parameterNode.EndModify(state)

    def AddObserver(self, event, callback, priority=0.0):
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag):
        self.parameterNode.RemoveObserver(tag)
