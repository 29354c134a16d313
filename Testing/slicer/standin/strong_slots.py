"""Connections as PythonQt makes them: the sender holds what is connected to its signals.

PySide6 holds the object of a bound method weakly. PythonQt holds the method itself until it is disconnected or the
sender is gone, out of sight of Python's garbage collector, and `QTimer.singleShot` never lets go of it.
"""

import inspect
import types
import weakref

from PySide6 import QtCore

_connect = QtCore.SignalInstance.connect
_disconnect = QtCore.SignalInstance.disconnect
_single_shot = QtCore.QTimer.singleShot
_held = weakref.WeakSet()
_held_for_ever = []


def hold():
    """Let all signals of PySide6 hold their slots."""
    QtCore.SignalInstance.connect = _connect_and_hold
    QtCore.SignalInstance.disconnect = _disconnect_held


def single_shot(msec, slot):
    """`QTimer.singleShot`."""
    _held_for_ever.append(slot)
    _single_shot(msec, slot)


def _connect_and_hold(signal, slot, *options):
    if not isinstance(slot, types.MethodType):
        return _connect(signal, slot, *options)
    held = _function(slot)
    held.signal, held.slot = id(signal), slot
    _held.add(held)
    return _connect(signal, held, *options)


def _disconnect_held(signal, *slots):
    if not slots:
        return _disconnect(signal)
    found = next((held for held in _held if held.signal == id(signal) and held.slot == slots[0]), None)
    if found is None and isinstance(slots[0], types.MethodType):
        return False
    return _disconnect(signal, found or slots[0])


def _function(method):
    """A function that takes what a method takes: PySide6 chooses the signal's form by the number of arguments."""

    def any_number(*arguments):
        method(*arguments)

    def none():
        method()

    def one(first):
        method(first)

    def two(first, second):
        method(first, second)

    code = method.__func__.__code__
    if code.co_flags & inspect.CO_VARARGS:
        return any_number
    return (none, one, two)[code.co_argcount - 1 - len(method.__func__.__defaults__ or ())]
