"""The panel: hands the user's choices to the logic and shows what comes back. It never waits and never computes."""

from __future__ import annotations

import sys

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from . import layouts
from .logic import Diff2CTReconstructionLogic
from .panels import (
    AlignmentPanel,
    ComparisonPanel,
    ExportPanel,
    JobPanel,
    KnownLengths,
    ModelPanel,
    PairCheck,
    ParameterLink,
    SimulationPanel,
    StatusLine,
    prepare_panel,
    radiograph_panels,
    show_choices,
)
from .parameters import GEOMETRY_NAMES, SIDES, set_together, swap_sides
from .scene import LayoutSwitch, NodeFollower, result_sentence, results, sample_data


class Diff2CTReconstructionWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel: its life, its scene, and what its parts have in common.

    The parts are `panels` (one for each radiograph), `models`, `jobs`, `comparison` and `exports`.
    """

    def __init__(self, parent=None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panels: dict = {}
        self._parameterNode = None
        self._radiographs = NodeFollower(self._look_again)

    def setup(self) -> None:
        """Build the panel when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        self._panel = slicer.util.loadUI(self.resourcePath("UI/Diff2CTReconstruction.ui"))
        self.layout.addWidget(self._panel)
        self.ui = slicer.util.childWidgetVariables(self._panel)
        self._panel.setMRMLScene(slicer.mrmlScene)
        self.logic = Diff2CTReconstructionLogic()
        self._link = ParameterLink(self.ui, self._parameters_changed)
        self._sections_width = prepare_panel(self.ui)
        self.status = StatusLine(self.ui.statusLabel, self.ui.statusIconLabel)
        self.switch = LayoutSwitch()
        self.panels = radiograph_panels(self.ui, self.status.fail, self._look_again)
        self.pair = PairCheck(self.ui, self.status, self.panels)
        self.models = ModelPanel(self.ui, self.status, self._parameters)
        self.jobs = JobPanel(self.ui, self.logic, self.status, self._parameters, self._look_again)
        self.alignment = AlignmentPanel(self.ui, self.logic, self.jobs, self.status, self.pair, self.panels)
        self.lengths = KnownLengths(self.ui, self.panels, self.onShowRadiographs)
        self.simulation = SimulationPanel(self.ui, self.logic, self.jobs, self.switch, self.status, self._parameters)
        self.comparison = ComparisonPanel(self.ui, self.switch, self.status, self._parameters)
        self.exports = ExportPanel(self.ui, self.logic, self.jobs, self._parameters)
        self._connect()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneChanged)
        self.initializeParameterNode()

    def _connect(self) -> None:
        ui = self.ui
        ui.loadSampleButton.clicked.connect(self.onLoadSample)
        ui.showRadiographsButton.clicked.connect(self.onShowRadiographs)
        for button in (ui.swapButton, ui.swapViewsButton):
            button.clicked.connect(self.onSwap)
        ui.resetGeometryButton.clicked.connect(self.onResetGeometry)
        ui.reconstructButton.clicked.connect(self.onReconstruct)
        ui.useCpuButton.clicked.connect(self.onUseCpu)
        ui.runSmallerButton.clicked.connect(self.onRunSmaller)
        ui.compareButton.clicked.connect(self.onCompare)

    # Life of the panel

    def cleanup(self) -> None:
        """The module is unloaded or Slicer quits: end what runs and let go of the scene."""
        if self.logic is not None:
            self._leave_scene()
            self.switch.restore()
            self.comparison.close()
            self.logic = None
            self._panel.deleteLater()  # A reload only hides it, and its signals hold what is connected to them.
        self.removeObservers()

    def enter(self) -> None:
        """The user comes to the module: what it showed before, it shows again, unless it is gone."""
        self.initializeParameterNode()
        wanted = self.switch.take_return()
        if wanted == layouts.RADIOGRAPH_LAYOUT:
            self.onShowRadiographs()
        elif wanted is not None:
            self.comparison.come_back(wanted)

    def exit(self) -> None:
        """The user leaves the module: give the layout back, free the worker; a running job goes on."""
        if self.logic is not None:
            self.logic.releaseWorker()
            self.alignment.heights.stop()
            self.switch.leave()
        self._disconnect_parameter_node()

    def onReload(self) -> None:
        """Reload the helpers together with the module."""
        for name in [name for name in sys.modules if name.split(".")[0] == "Diff2CTReconstructionLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    # Scene and parameter node

    def onSceneStartClose(self, _caller=None, _event=None) -> None:
        """The scene goes away: the job with it, and the layout, which would have nothing to show."""
        self._leave_scene()
        self.switch.restore()

    def onSceneChanged(self, _caller=None, _event=None) -> None:
        """A new scene is there, or one was loaded: take over its parameters."""
        self.logic.forgetParameterNode()
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
            self._link.tie(parameterNode)
            show_choices(self.ui)
        for panel in self.panels.values():
            panel.setParameters(parameterNode)
        self.lengths.follow(parameterNode)
        self._parameters_changed()

    def _parameters(self):
        return self._parameterNode

    def _disconnect_parameter_node(self) -> None:
        self._link.untie()
        self._radiographs.follow([])

    def _leave_scene(self) -> None:
        self.jobs.abandon()
        for part in (self.alignment, self.exports, self.comparison, self.lengths):
            part.stop()
        for panel in self.panels.values():
            panel.stop()
            panel.upright.remove()
        self.setParameterNode(None)

    def _parameters_changed(self, _caller=None, _event=None) -> None:
        if self._parameterNode is None:
            return
        self._radiographs.follow([self._parameterNode.getValue(side + "Volume") for side in SIDES])
        self.models.update()
        self.comparison.update()
        self._look_again()

    def _look_again(self) -> None:
        if self._parameterNode is not None:
            for panel in self.panels.values():
                panel.update()
            self.pair.update(self._parameterNode, self.jobs.running)
            self.alignment.update(self._parameterNode, self.parent.isEntered)
            self.lengths.update()

    # What the buttons do

    def onLoadSample(self, *_arguments) -> None:
        """Load the bundled pair and choose it."""
        try:
            nodes = sample_data.load_sample()
        except (ValueError, RuntimeError) as error:
            self.status.fail(str(error))
            return
        sample_data.choose(self._parameterNode, nodes, instead=True)

    def onShowRadiographs(self, *_arguments) -> None:
        """Show both radiographs, each with its centre point, in views of their own."""
        self.switch.show(layouts.RADIOGRAPH_LAYOUT, self._fill_radiographs)

    def _fill_radiographs(self) -> None:
        for panel in self.panels.values():
            panel.showInView()
        self._look_again()

    def onSwap(self, *_arguments) -> None:
        """Exchange the two radiographs."""
        swap_sides(self._parameterNode)

    def onResetGeometry(self, *_arguments) -> None:
        """Undo every correction of what was read."""
        names = [side + name for side in SIDES for name in GEOMETRY_NAMES]
        set_together(self._parameterNode, {name: self._parameterNode.default(name).value for name in names})

    def onReconstruct(self, *_arguments) -> None:
        """The one button: Reconstruct, or Cancel while it runs."""
        reminder = self.alignment.reminder()
        self.jobs.start_or_cancel("reconstruct", self.logic.reconstruct, self._reconstructed, reminder=reminder)

    def onUseCpu(self, *_arguments) -> None:
        """Run again on the CPU."""
        self._parameterNode.device = "CPU"
        self.onReconstruct()

    def onRunSmaller(self, *_arguments) -> None:
        """Run again with what needs the least memory."""
        set_together(self._parameterNode, {"samples": 1, "quality": "Fast"})
        self.onReconstruct()

    def onCompare(self, *_arguments) -> None:
        """Compare with the chosen CT, or cancel doing so."""
        self.jobs.start_or_cancel("compare", self.logic.compare, self._compared)

    def _tell(self, said: str) -> None:
        self.status.say(" ".join([said, *self.jobs.notes]))

    def _reconstructed(self, _outcome, seconds: float) -> None:
        report = results.provenance_of(self._parameterNode.reconstruction)
        self.models.remember_pace(seconds, (report.get("timings_s") or {}).get("sample") or 0.0)
        self.status.say(result_sentence(report, seconds, self.jobs.reminder), "\n".join(self.jobs.notes))
        self._show_views(with_truth=False)

    def _compared(self, _outcome, _seconds: float) -> None:
        self._tell(_("Compared with the true CT."))
        self._show_views(with_truth=True)

    def _show_views(self, with_truth: bool) -> None:
        """Show what has just been made, when the user comes back if he has gone to another module meanwhile."""
        if self.parent.isEntered:
            self.comparison.show_result(with_truth)
        else:
            self.switch.show_at_return(layouts.COMPARISON_LAYOUT if with_truth else layouts.RESULT_LAYOUT)
