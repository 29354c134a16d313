"""Starts the stand-in application, loads the module into it as Slicer does, and gives tests a hand on it."""

import contextlib
import importlib
import sys
import time
import types
from pathlib import Path

import qt
import slicer

ROOT = Path(__file__).resolve().parents[2]
MODULE_FOLDER = ROOT / "Diff2CTReconstruction"
NAME = "Diff2CTReconstruction"

# Real packages of Slicer that lie on the path come first.
slicer.__path__.append(str(Path(__file__).parent / "standin" / "slicer_modules"))

_application = None


def lib(name):
    """A helper of the module as it is now: a reload makes new ones."""
    return importlib.import_module("Diff2CTReconstructionLib." + name)


def process_events():
    """Handle what the event loop has."""
    qt.QApplication.processEvents()


def start(module_folder=MODULE_FOLDER):
    """The application; started once in a process."""
    global _application  # noqa: PLW0603
    if _application is None:
        _application = Host(Path(module_folder))
    return _application


def start_application():
    """The stand-in application alone, without the module."""
    import application

    qt_application = qt.QApplication.instance() or qt.QApplication([])
    return application.start(), qt_application


class ModuleParent:
    """What a module gets as its parent: PythonQt gives each list of texts back as a tuple."""

    def __init__(self, path):
        self.path = path
        self._lists = {}

    def _list(name):
        return property(
            lambda self: tuple(self._lists.get(name, ())), lambda self, texts: self._lists.update({name: texts})
        )

    categories, contributors, dependencies = map(_list, ("categories", "contributors", "dependencies"))


class Host:
    """The application and the module's panel in it."""

    def __init__(self, module_folder):
        self.module_folder = module_folder
        self.app, self._qt = start_application()
        slicer.util.mainWindow = lambda verbose=True: None
        self._default_temporary_folder = self.app.temporaryPath
        if str(module_folder) not in sys.path:
            sys.path.insert(0, str(module_folder))
        self._load()

    @property
    def widget(self):
        """The module's widget object."""
        return self.representation.self()

    @property
    def ui(self):
        """The panel's widgets by name."""
        return self.widget.ui

    @property
    def parameters(self):
        """The module's parameter node."""
        return self.widget._parameterNode

    @property
    def temporary_folder(self):
        """Where the panel makes its jobs' folders."""
        return Path(self.app.temporaryPath)

    @property
    def status(self):
        """What the panel says below the Reconstruct button."""
        return self.ui.statusLabel.text

    def _load(self):
        module = importlib.import_module(NAME)
        parent = ModuleParent(str(self.module_folder / f"{NAME}.py"))
        self.instance = module.Diff2CTReconstruction(parent)
        entry = types.SimpleNamespace(path=parent.path, widgetRepresentation=lambda: self.representation)
        setattr(slicer.modules, NAME.lower(), entry)
        self.app.moduleManager()._modules[NAME] = entry
        self.representation = slicer.qSlicerScriptedLoadableModuleWidget()
        self.representation._reload = self._instantiate
        self._instantiate()
        self.app.startupCompleted.emit()

    def _instantiate(self):
        module = sys.modules[NAME]
        # Nobody goes on typing here.
        lib("panels.radiograph_panel").DELAY_MS = 10
        widget = module.Diff2CTReconstructionWidget(self.representation)
        self.representation._python_self = widget
        setattr(slicer.modules, NAME + "Widget", widget)
        widget.setup()

    def use_temporary_folder(self, folder):
        """Where jobs make their folders from now on."""
        self.app._temporary_folder = str(folder)

    def enter(self):
        """Open the module in an empty scene."""
        with self._worker_kept():
            slicer.mrmlScene.Clear(0)
            self.representation.enter()

    def reconstruct(self):
        """Reconstruct in the fewest steps, and wait for the result."""
        self.ui.qualityComboBox.setCurrentIndex(0)
        self.ui.reconstructButton.click()
        wait_for(lambda: not self.widget.logic.busy)
        assert self.status.startswith("Done in"), self.status

    def leave(self):
        """Close the scene and leave the module; a worker that waits may serve the next test, which saves its start."""
        with self._worker_kept():
            self.widget.logic.abandon()
            slicer.mrmlScene.Clear(0)
            self.representation.exit()
        self.use_temporary_folder(self._default_temporary_folder)

    @contextlib.contextmanager
    def _worker_kept(self):
        logic = self.widget.logic
        logic.releaseWorker = lambda: None
        yield
        del logic.releaseWorker


def wait_for(condition, seconds=120.0):
    """Let the event loop run until the condition holds, and one turn more, in which views are filled."""
    deadline = time.monotonic() + seconds
    # The loop sleeps until there is something to do, and no longer than this.
    alarm = qt.QTimer()
    alarm.start(5)
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        qt.QApplication.processEvents(qt.QEventLoop.WaitForMoreEvents)
    process_events()


def alive(pid):
    """Whether a process runs; a dead child that nobody has waited for does not count."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def answer_dialog(act):
    """Let `act(dialog)` answer the next modal dialog; one that it cannot answer is closed."""

    def answer():
        dialog = qt.QApplication.activeModalWidget()
        try:
            act(dialog)
        finally:
            dialog.close()

    timer = qt.QTimer(qt.QApplication.instance())
    timer.setSingleShot(True)
    timer.timeout.connect(answer)
    timer.start(50)
