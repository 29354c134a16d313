"""Signals and their connections, as objects of Slicer's own Qt classes have them."""


class Signal:
    """A signal of a Python class; real ones crash PythonQt in subclassed widgets."""

    def __init__(self):
        self._slots = []

    def connect(self, slot):
        self._slots.append(slot)

    def disconnect(self, slot):
        # Qt answers False for a connection that is not there.
        if slot in self._slots:
            self._slots.remove(slot)

    def emit(self, *arguments):
        for slot in list(self._slots):
            try:
                slot(*arguments)
            except TypeError:
                # PythonQt hands a slot as many arguments as it takes.
                slot()


class Connectable:
    """`object.connect("signal(type)", slot)` as PythonQt offers it."""

    def _signal(self, signature):
        return getattr(self, signature.split("(")[0])

    def connect(self, signature, slot):
        self._signal(signature).connect(slot)

    def disconnect(self, signature, slot):
        self._signal(signature).disconnect(slot)
