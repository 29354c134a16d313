"""The panel: hands the user's choices to the logic and shows what comes back. It never waits and never computes."""

from __future__ import annotations

import time

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from . import comparison, dependencies, exporting, layout, models, radiographs, sample_data
from .logic import Diff2CTReconstructionLogic
from .parameters import GEOMETRY_NAMES, QUALITY_STEPS, SIDES
from .radiograph_panel import RadiographPanel
from .worker_process import Outcome

PROGRESS_PARTS = 1000
SECONDS_PER_STEP_KEY = "Diff2CTReconstruction/SecondsPerStep"
NO_MAP, DIFFERENCE_MAP, UNCERTAINTY_MAP = "Nothing", "Difference from truth", "Uncertainty"


class Diff2CTReconstructionWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel."""

    def __init__(self, parent=None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None
        self._layout = None
        self._panels = {}
        self._running = ""
        self._startedAt = 0.0
        self._log = ""
        self._result_seen = None

    # Life of the panel

    def setup(self) -> None:
        """Build the panel when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/Diff2CTReconstruction.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = Diff2CTReconstructionLogic()
        self._layout = layout.ComparisonLayout()
        self._panels = {side: RadiographPanel(side, self.ui, self._say) for side in SIDES}
        self._fill_boxes()
        self._connect()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndImport)
        self._show_running("")
        self._say("")
        self.initializeParameterNode()

    def _fill_boxes(self) -> None:
        for entry in (NO_MAP, DIFFERENCE_MAP, UNCERTAINTY_MAP):
            self.ui.mapComboBox.addItem(entry)
        for entry in exporting.FORMATS:
            self.ui.exportFormatComboBox.addItem(entry.label)
        self._fill_models()
        table = self.ui.metricsTable
        table.setColumnCount(3)
        table.setHorizontalHeaderLabels([_("Metric"), _("Value"), _("Unit")])
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        table.hide()

    def _fill_models(self) -> None:
        box = self.ui.modelComboBox
        box.clear()
        for model in models.installed():
            box.addItem(model.label, model.name)
        if box.count == 0:
            box.addItem(_("No model is installed"), "")

    def _connect(self) -> None:
        ui = self.ui
        ui.loadSampleButton.clicked.connect(self.onLoadSample)
        ui.swapButton.clicked.connect(self.onSwap)
        ui.resetGeometryButton.clicked.connect(self.onResetGeometry)
        ui.simulateButton.clicked.connect(self.onSimulate)
        ui.modelComboBox.currentIndexChanged.connect(self.onModelChosen)
        ui.installModelButton.clicked.connect(self.onAddModel)
        ui.reconstructButton.clicked.connect(self.onReconstructOrCancel)
        ui.useCpuButton.clicked.connect(self.onUseCpu)
        ui.runSmallerButton.clicked.connect(self.onRunSmaller)
        ui.showLogButton.clicked.connect(self.onShowLog)
        ui.compareButton.clicked.connect(self.onCompare)
        ui.mapComboBox.currentIndexChanged.connect(self.onMapChosen)
        ui.boneSurfaceButton.clicked.connect(self.onBoneSurface)
        ui.showViewsButton.clicked.connect(self.onShowViews)
        ui.exportButton.clicked.connect(self.onExport)

    def cleanup(self) -> None:
        """The module is unloaded or Slicer quits: end what runs and let go of the scene."""
        self._abandon()
        if self._layout is not None:
            self._layout.restore()
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self) -> None:
        """The user comes to the module."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """The user leaves the module: give the layout back and free the worker; a running job goes on."""
        if self.logic is not None:
            self.logic.releaseWorker()
        if self._layout is not None:
            self._layout.restore()
        self._disconnect_parameter_node()

    def onReload(self) -> None:
        """Reload the helpers together with the module."""
        import sys

        for name in [name for name in sys.modules if name.split(".")[0] == "Diff2CTReconstructionLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    # Scene and parameter node

    def onSceneStartClose(self, _caller=None, _event=None) -> None:
        """The scene goes away: the job with it."""
        self._abandon()
        self.setParameterNode(None)

    def onSceneEndClose(self, _caller=None, _event=None) -> None:
        """A new scene is there."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, _caller=None, _event=None) -> None:
        """A scene was loaded: take over its parameters and results."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        """Make sure that the parameter node exists and is followed."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode) -> None:
        """Follow another parameter node, or none."""
        self._disconnect_parameter_node()
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self._parameterNodeGuiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode, vtk.vtkCommand.ModifiedEvent, self._parameters_changed)
        for panel in self._panels.values():
            panel.setParameters(parameterNode)
        self._result_seen = None
        if parameterNode is not None:
            self._parameters_changed()

    def _disconnect_parameter_node(self) -> None:
        if self._parameterNode is not None and self._parameterNodeGuiTag is not None:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self._parameterNodeGuiTag = None
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._parameters_changed)

    def _parameters_changed(self, _caller=None, _event=None) -> None:
        if self._parameterNode is None:
            return
        for panel in self._panels.values():
            panel.update()
        self._show_model()
        self._show_quality_time()
        self._show_metrics()
        layout_fade(self._parameterNode)
        self._enable()

    def _enable(self) -> None:
        parameters, ui = self._parameterNode, self.ui
        idle = not self._running
        refusal = radiographs.pair_refusal(parameters.frontalVolume, parameters.lateralVolume)
        ready = idle and not refusal
        ui.reconstructButton.enabled = ready or self._running == "reconstruct"
        ui.reconstructButton.toolTip = refusal or _("Reconstruct the volume from the two radiographs.")
        ui.simulateButton.enabled = (idle and parameters.simulationCt is not None) or self._running == "simulate"
        has_result = parameters.reconstruction is not None
        ui.compareButton.enabled = (
            idle and has_result and parameters.truthCt is not None
        ) or self._running == "compare"
        for widget in (ui.boneSurfaceButton, ui.showViewsButton, ui.fadeSlider, ui.boneThresholdSlider):
            widget.enabled = has_result
        ui.mapComboBox.enabled = parameters.difference is not None or parameters.uncertainty is not None
        ui.exportButton.enabled = has_result and idle
        # The same node twice or a volume is a mistake to be told; an empty selector is not.
        if parameters.frontalVolume is not None and parameters.lateralVolume is not None and idle and refusal:
            self._say(refusal, failed=True)
        elif self._said_refusal and not refusal:
            self._say("")
        self._said_refusal = bool(refusal)

    _said_refusal = False

    # Radiographs

    def onLoadSample(self, *_arguments) -> None:
        """Load the bundled pair and choose it."""
        try:
            nodes = sample_data.load_sample()
        except (ValueError, RuntimeError) as error:
            self._say(str(error), failed=True)
            return
        modifying = self._parameterNode.StartModify()
        self._parameterNode.frontalVolume = nodes["frontal"]
        self._parameterNode.lateralVolume = nodes["lateral"]
        self._parameterNode.truthCt = nodes["truth"]
        self._parameterNode.EndModify(modifying)

    def onSwap(self, *_arguments) -> None:
        """Exchange the two radiographs."""
        frontal, lateral = self._parameterNode.frontalVolume, self._parameterNode.lateralVolume
        modifying = self._parameterNode.StartModify()
        self._parameterNode.frontalVolume = lateral
        self._parameterNode.lateralVolume = frontal
        self._parameterNode.EndModify(modifying)

    def onResetGeometry(self, *_arguments) -> None:
        """Undo every correction of what was read."""
        modifying = self._parameterNode.StartModify()
        for side in SIDES:
            for name in GEOMETRY_NAMES:
                self._parameterNode.setValue(side + name, self._parameterNode.default(side + name).value)
        self._parameterNode.EndModify(modifying)

    # Jobs

    def onSimulate(self, *_arguments) -> None:
        """Simulate a pair from the chosen CT, or cancel doing so."""
        self._start_or_cancel("simulate", self.logic.simulate, _("Radiographs and truth were simulated."))

    def onReconstructOrCancel(self, *_arguments) -> None:
        """The one button: Reconstruct, or Cancel while it runs."""
        self._start_or_cancel("reconstruct", self.logic.reconstruct, "")

    def onCompare(self, *_arguments) -> None:
        """Compare with the chosen CT, or cancel doing so."""
        self._start_or_cancel("compare", self.logic.compare, _("Compared with the true CT."))

    def onUseCpu(self, *_arguments) -> None:
        """Run again on the CPU."""
        self._parameterNode.device = "CPU"
        self.onReconstructOrCancel()

    def onRunSmaller(self, *_arguments) -> None:
        """Run again with what needs the least memory."""
        self._parameterNode.samples = 1
        self._parameterNode.quality = "Fast"
        self.onReconstructOrCancel()

    def _start_or_cancel(self, name: str, start, success: str) -> None:
        if self._running == name:
            self._say(_("Cancelling…"))
            self.logic.cancel()
            return
        if not self._provide_dependencies(comparison=name == "compare"):
            return
        self._show_remedies(Outcome("result"))
        try:
            start(self._parameterNode, self._on_event, lambda outcome: self._on_finished(name, outcome, success))
        except ValueError as error:
            self._say(str(error), failed=True)
            return
        if self.logic.busy:
            self._startedAt = time.monotonic()
            self._notes = []
            self._say(_("Starting…"))
            self._show_running(name)

    def _provide_dependencies(self, comparison: bool) -> bool:
        missing = dependencies.missing_packages(comparison)
        if not missing:
            return True
        choice = self._ask_how_to_install(dependencies.question(missing))
        if choice is None:
            self._say(_("Nothing was installed. Diff2CT needs these packages to reconstruct."), failed=True)
            return False
        try:
            dependencies.install(missing, choice)
        except ValueError as error:
            self._say(str(error), failed=True)
            return False
        return True

    def _ask_how_to_install(self, question: str) -> str | None:
        """ "" for the network, a folder of wheels, or None when the user declines."""
        box = qt.QMessageBox(slicer.util.mainWindow())
        box.setWindowTitle("Diff2CT")
        box.setText(question)
        network = box.addButton(_("Install"), qt.QMessageBox.AcceptRole)
        offline = box.addButton(_("Install from a folder of wheels…"), qt.QMessageBox.ActionRole)
        box.addButton(_("Not now"), qt.QMessageBox.RejectRole)
        getattr(box, "exec_", getattr(box, "exec", None))()
        clicked = box.clickedButton()
        if clicked == network:
            return ""
        if clicked == offline:
            return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder of wheels")) or None
        return None

    _notes = ()

    def _on_event(self, event: dict) -> None:
        if event["event"] == "note":
            message = event.get("message")
            if isinstance(message, str) and len(self._notes) < 50:
                self._notes.append(message)
            return
        step, of = event.get("step"), event.get("of")
        if not isinstance(step, (int, float)) or not isinstance(of, (int, float)) or of <= 0:
            return
        bar = self.ui.progressBar
        bar.setMaximum(PROGRESS_PARTS)
        bar.setValue(int(PROGRESS_PARTS * min(max(step / of, 0.0), 1.0)))
        self._say(progress_text(str(event.get("stage", "")), event.get("seconds_left")))

    def _on_finished(self, name: str, outcome: Outcome, success: str) -> None:
        seconds = time.monotonic() - self._startedAt
        self._log = outcome.log
        self._show_running("")
        if outcome.succeeded and name == "reconstruct":
            self._remember_pace(seconds)
            self._say(self._result_sentence(outcome.result, seconds))
            self._show_views(with_truth=False)
        elif outcome.succeeded:
            self._say(success)
            if name == "compare":
                self._show_views(with_truth=True)
        elif outcome.kind == "cancelled":
            self._say(_("Cancelled; the scene is unchanged."))
        else:
            self._say(outcome.message, failed=True)
        self._show_remedies(outcome)
        self._enable()

    def _result_sentence(self, result: dict, seconds: float) -> str:
        errors = result.get("reprojection_error")
        text = _("Done in {seconds:.0f} s.").format(seconds=seconds)
        numbers = (
            [value for value in errors.values() if isinstance(value, (int, float))] if isinstance(errors, dict) else []
        )
        if numbers:
            text += " " + _("Re-projection error {error:.1%}.").format(error=max(numbers))
        if self._notes:
            text += " " + _("{count} values were assumed.").format(count=len(self._notes))
        self.ui.statusLabel.toolTip = "\n".join(self._notes)
        return text

    def _remember_pace(self, seconds: float) -> None:
        steps = QUALITY_STEPS[self._parameterNode.quality] * self._parameterNode.samples
        qt.QSettings().setValue(SECONDS_PER_STEP_KEY, seconds / steps)
        self._show_quality_time()

    def _show_quality_time(self) -> None:
        steps = QUALITY_STEPS[self._parameterNode.quality] * self._parameterNode.samples
        try:
            pace = float(qt.QSettings().value(SECONDS_PER_STEP_KEY))
            text = _("about {seconds:.0f} s").format(seconds=max(1.0, pace * steps))
        except (TypeError, ValueError):
            text = _("{steps} steps").format(steps=steps)
        self.ui.qualityTimeLabel.text = text

    def _abandon(self) -> None:
        if self.logic is not None:
            self.logic.abandon()
        for panel in self._panels.values():
            panel.stop()
        if self._running:
            self._show_running("")
            self._say("")

    def _show_running(self, name: str) -> None:
        self._running = name
        buttons = {
            "reconstruct": (self.ui.reconstructButton, _("Reconstruct")),
            "simulate": (self.ui.simulateButton, _("Simulate radiographs")),
            "compare": (self.ui.compareButton, _("Compare")),
        }
        for key, (button, text) in buttons.items():
            button.text = _("Cancel") if key == name else text
        self.ui.progressBar.setMaximum(0 if name else PROGRESS_PARTS)
        self.ui.progressBar.setValue(0)
        self.ui.progressBar.setVisible(bool(name))
        if self._parameterNode is not None:
            self._enable()

    def _show_remedies(self, outcome: Outcome) -> None:
        out_of_memory = outcome.kind == "device"
        self.ui.useCpuButton.setVisible(out_of_memory and self._parameterNode.device != "CPU")
        self.ui.runSmallerButton.setVisible(out_of_memory)
        self.ui.showLogButton.setVisible(not outcome.succeeded and bool(outcome.log.strip()))

    def onShowLog(self, *_arguments) -> None:
        """Show the end of what the worker wrote."""
        slicer.util.infoDisplay(_("What the worker wrote last:"), detailedText=self._log)

    def _say(self, sentence: str, failed: bool = False) -> None:
        label = self.ui.statusLabel
        label.setStyleSheet("color: #b02020;" if failed else "")
        label.text = sentence
        label.toolTip = ""

    # Model

    def onModelChosen(self, *_arguments) -> None:
        """Take the chosen model."""
        if self._parameterNode is not None and self.ui.modelComboBox.currentData:
            self._parameterNode.model = self.ui.modelComboBox.currentData

    def onAddModel(self, *_arguments) -> None:
        """Copy a model into the user's folder after its checksum was verified."""
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder of a model"))
        if not folder:
            return
        try:
            name = models.add(folder)
        except ValueError as error:
            self._say(str(error), failed=True)
            return
        self._fill_models()
        self._parameterNode.model = name
        self._say(_("The model {name} was added.").format(name=name))

    def _show_model(self) -> None:
        box = self.ui.modelComboBox
        if not self._parameterNode.model and box.currentData:
            self._parameterNode.model = box.currentData
        index = box.findData(self._parameterNode.model)
        if index >= 0 and index != box.currentIndex:
            box.setCurrentIndex(index)

    # Looking and comparing

    def onShowViews(self, *_arguments) -> None:
        """Show the current result in the comparison layout."""
        self._show_views(with_truth=self._parameterNode.truth is not None)

    def _show_views(self, with_truth: bool) -> None:
        parameters = self._parameterNode
        self._layout.show(with_truth)
        layout.show_volume(layout.RECONSTRUCTION_VIEWS.values(), parameters.reconstruction)
        if with_truth:
            layout.show_volume(layout.TRUTH_VIEWS.values(), parameters.truth)
        for side, view in layout.RADIOGRAPH_VIEWS.items():
            measured, reprojection = (parameters.getValue(side + kind) for kind in ("Measured", "Reprojection"))
            layout.show_volume([view], measured, reprojection, parameters.reprojectionFade / 100.0)
        self.onMapChosen()
        layout.show_in_3d(parameters.reconstruction)

    def onMapChosen(self, *_arguments) -> None:
        """Lay the chosen map over the reconstruction."""
        if self._parameterNode is None:
            return
        chosen = {DIFFERENCE_MAP: self._parameterNode.difference, UNCERTAINTY_MAP: self._parameterNode.uncertainty}
        layout.show_map(chosen.get(self.ui.mapComboBox.currentText))

    def onBoneSurface(self, *_arguments) -> None:
        """Make or update the bone surface at the threshold."""
        parameters = self._parameterNode
        if parameters.reconstruction is None:
            return
        parameters.boneSurface = comparison.bone_surface(
            parameters.reconstruction, parameters.boneThreshold, parameters.boneSurface
        )

    def _show_metrics(self) -> None:
        table = self._parameterNode.metrics
        seen = table.GetID() if table else None
        if seen == self._result_seen:
            return
        self._result_seen = seen
        shown = self.ui.metricsTable
        rows = comparison.table_rows(table) if table else []
        shown.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                shown.setItem(row, column, qt.QTableWidgetItem(text))
        shown.setVisible(bool(rows))

    # Export

    def onExport(self, *_arguments) -> None:
        """Write the result where the user wants it."""
        chosen = exporting.FORMATS[self.ui.exportFormatComboBox.currentIndex]
        pattern = f"{chosen.label} (*{chosen.extension})"
        path = qt.QFileDialog.getSaveFileName(
            slicer.util.mainWindow(), _("Export"), "diff2ct" + chosen.extension, pattern
        )
        path = path[0] if isinstance(path, tuple) else path
        if not path:
            return
        try:
            exporting.export(self._parameterNode, chosen, path)
            self.ui.exportStatusLabel.text = _("Written: {path}").format(path=path)
        except ValueError as error:
            self.ui.exportStatusLabel.text = str(error)


def progress_text(stage: str, seconds_left) -> str:
    """Stage and time left as one line."""
    stage = stage[:1].upper() + stage[1:]
    if not isinstance(seconds_left, (int, float)) or seconds_left <= 0:
        return f"{stage}…"
    if seconds_left < 90:
        return _("{stage}: about {seconds:.0f} s left").format(stage=stage, seconds=max(1.0, seconds_left))
    return _("{stage}: about {minutes:.0f} min left").format(stage=stage, minutes=seconds_left / 60.0)


def layout_fade(parameters) -> None:
    """Fade the re-projections over the radiographs as the slider says."""
    for view in layout.RADIOGRAPH_VIEWS.values():
        layout.fade(view, parameters.reprojectionFade / 100.0)
