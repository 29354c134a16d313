"""One radiograph's part of the panel: selector, file and DICOM buttons, picture, what was read, centre point."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..parameters import ANGLE_NAMES, CENTRE_NAMES, GEOMETRY_NAMES, LENGTH_NAMES, set_together
from ..scene import Source, frames, numbers_with_a_point, put_under_patient, radiographs, source_of, thumbnails
from ..timer import Timer
from ..worker import Job, Outcome, commands
from .centre_mark import CentreMark
from .facts_text import facts_text
from .file_question import ask_for_radiograph
from .frame_choice import FrameChoice
from .radiograph_picture import RadiographPicture
from .upright_view import UprightView
from .wrapped_label import WrappedLabel

DELAY_MS = 250
"""Until a radiograph is looked at anew whose choices or pixels change, for there is often more to come."""


class RadiographPanel:
    """Keeps the picture, the view and the facts of one side in step with the parameter node; `mark` is its centre.

    Args:
        side: "frontal" or "lateral".
        ui: the panel's widgets by name.
        report: called with a sentence for the user when something goes wrong, or "" when it is well again.
        looked: called when the radiograph was read.
    """

    def __init__(self, side: str, ui, report: Callable[[str], None], looked: Callable[[], None]):
        self._side = side
        self._ui = ui
        self._facts_label = getattr(ui, side + "FactsLabel")
        self._facts_text = WrappedLabel(self._facts_label)
        self._report = report
        self._looked = looked
        self._parameters = None
        self._job: Job | None = None
        self._shown: tuple | None = None
        self._facts: dict | None = None
        self._source: Source | None = None
        self._frames = FrameChoice(side, getattr(ui, side + "FrameSpinBox"))
        self._chosen: set[str] = set()
        self._picture = RadiographPicture(self.loadFile, self._picture_clicked)
        getattr(ui, side + "ThumbnailFrame").layout().addWidget(self._picture)
        self.mark = CentreMark(side, self._picture)
        getattr(ui, side + "LoadButton").clicked.connect(self._ask_for_file)
        getattr(ui, side + "AnglesCheckBox").clicked.connect(self._start_from_angles_of_file)
        self._timer = Timer(DELAY_MS)

    @property
    def facts(self) -> dict | None:
        """What was read from the current radiograph; None as long as it is not known."""
        return self._facts

    @property
    def source(self) -> Source | None:
        """What the facts were read from."""
        return self._source

    @property
    def picture(self) -> RadiographPicture:
        """The widget that shows the radiograph, takes dropped files and clicks."""
        return self._picture

    @property
    def upright(self) -> UprightView:
        """The radiograph and its centre point in the slice view."""
        return self.mark.upright

    def setParameters(self, parameters) -> None:
        """Follow another parameter node, or none."""
        self.stop()
        self._parameters = parameters
        self.mark.setParameters(parameters)
        self._shown = None
        self._frames.forget()
        self.update()

    def stop(self) -> None:
        """End a running look at the file."""
        self._timer.stop()
        if self._job is not None:
            job, self._job = self._job, None
            job.abandon()

    def update(self) -> None:
        """Look again when the radiograph or what was chosen about it changed."""
        if self._parameters is None:
            return
        node = self._parameters.getValue(self._side + "Volume")
        by_hand = self._parameters.getValue(self._side + "Angles")
        for name in ANGLE_NAMES:
            getattr(self._ui, self._side + name + "SpinBox").enabled = by_hand
        self._frames.update(self._parameters, node)
        names = [name for name in ("Frame", *GEOMETRY_NAMES) if name not in (*CENTRE_NAMES, *LENGTH_NAMES)]
        choices = tuple(self._parameters.getValue(self._side + name) for name in names)
        state = (radiographs.state(node), choices)
        if state != self._shown:
            another = self._shown is None or state[0][:1] != self._shown[0][:1]
            self._shown = state
            self._set_facts(None)
            refusal = "" if node is None else radiographs.refusal(node, self._frame)
            self._show_node(node, refusal)
            self.stop()
            if node is not None and not refusal:
                self._timer.start(self._inspect, at_once=another)
        else:
            self.mark.show()

    @property
    def _frame(self) -> int:
        return self._parameters.getValue(self._side + "Frame")

    def showInView(self) -> None:
        """Show the radiograph and its centre point in the slice view."""
        self.upright.show()
        self.mark.show()

    def loadFile(self, path: str, image=None, frame: int = 0) -> bool:
        """Load a file as this side's radiograph, and tell whether it could be loaded.

        Args:
            image: its `DicomImage`, where it was chosen in Slicer's DICOM database.
            frame: of a run, from 1; 0 for none chosen.
        """
        properties = {"singleFile": True, "show": False} | ({"name": image.title} if image is not None else {})
        try:
            with numbers_with_a_point():
                node = slicer.util.loadVolume(path, properties)
        except RuntimeError:
            text = _("{name} cannot be loaded as a radiograph; choose a DICOM, PNG, TIFF, NRRD or NIfTI file.")
            self._report(text.format(name=Path(path).name if image is None else image.title))
            return False
        if image is not None:
            node.SetAttribute("DICOM.instanceUIDs", image.instance)
            put_under_patient(node, path)
        self._report("")
        self._frames.forget()
        set_together(self._parameters, {self._side + "Volume": node, self._side + "Frame": frame})
        return True

    def _ask_for_file(self, *_arguments) -> None:
        path = ask_for_radiograph(self._side)
        if path:
            self.loadFile(path)

    def _start_from_angles_of_file(self, *_arguments) -> None:
        if not self._parameters.getValue(self._side + "Angles") or self._facts is None:
            return
        found = {self._side + name: float(self._facts[name.lower() + "_deg"]) for name in ANGLE_NAMES}
        set_together(self._parameters, found)

    def _show_node(self, node, refusal: str) -> None:
        if node is None or refusal:
            self._facts_text.show(refusal)
            self._picture.clearPicture()
            self.upright.remove()
            return
        self._facts_text.show(_("Reading…"))
        number = frames.frame_number(frames.run_of(node), self._frame)
        self._picture.setPicture(thumbnails.pixmap(thumbnails.thumbnail_pixels(node, frame=number)), None)

    def _inspect(self) -> None:
        node = self._parameters.getValue(self._side + "Volume")
        if node is None:
            return

        def prepare(folder: Path) -> Iterator[None]:
            self._source = yield from source_of(node, self._frame, folder, self._side)
            request = commands.inspection(self._parameters, self._side, self._source.path, self._source.given, folder)
            self._chosen = {*request["choices"], *request["geometry"]}
            (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
            return [str(commands.INSPECTION_SCRIPT), str(folder / "request.json")]

        def finished(outcome: Outcome) -> None:
            self._job = None
            if not outcome.succeeded:
                self._facts_text.show(f"<b>{html.escape(outcome.message)}</b>")

        self._job = Job(
            slicer.app.temporaryPath,
            prepare,
            lambda result, folder: self._take_over(node, result, folder),
            lambda event: None,
            finished,
        )
        self._job.start()

    def _take_over(self, node, result: dict, folder: Path) -> None:
        pixmap = qt.QPixmap()
        if not pixmap.loadFromData((folder / commands.PICTURE_FILE).read_bytes()):
            raise ValueError("no picture")
        self.upright.setRadiograph(folder / commands.UPRIGHT_FILE, result)
        self._set_facts(result)
        source = self._source
        if frames.is_dicom(source.path):
            radiographs.remember_geometry(node, result, self._chosen, source)
        self._picture.setPicture(pixmap, None)
        self.mark.show()
        self._facts_text.show(facts_text(result, source.frame, source.frames, source.remark))
        self._facts_label.setToolTip("\n".join(f"{item['name']}: {item['why']}" for item in result["assumptions"]))
        self._looked()

    def _picture_clicked(self, x: float, y: float) -> None:
        self.mark.placeInPicture(x, y)

    def _set_facts(self, facts: dict | None) -> None:
        self._facts = facts
        self.mark.setFacts(facts)
