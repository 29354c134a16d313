"""One radiograph's part of the panel: selector, file and DICOM buttons, picture, what was read, centre point."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..parameters import ANGLE_NAMES, CENTRE_NAMES, GEOMETRY_NAMES, set_together
from ..scene import Source, frames, numbers_with_a_point, put_under_patient, radiographs, source_of, thumbnails
from ..timer import Timer
from ..worker import Job, Outcome, commands
from .facts_text import facts_text
from .frame_choice import FrameChoice
from .radiograph_picture import RadiographPicture
from .upright_view import UprightView
from .wrapped_label import WrappedLabel

DELAY_MS = 250
ENDINGS = "*.dcm *.png *.tif *.tiff *.nrrd *.nhdr *.mha *.nii *.nii.gz"


class RadiographPanel:
    """Keeps the picture, the view and the facts of one side in step with the parameter node.

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
        self._upright = UprightView(side, self._set_centre)
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
        return self._upright

    def setParameters(self, parameters) -> None:
        """Follow another parameter node, or none."""
        self.stop()
        self._parameters = parameters
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
        names = [name for name in ("Frame", *GEOMETRY_NAMES) if name not in CENTRE_NAMES]
        choices = tuple(self._parameters.getValue(self._side + name) for name in names)
        state = (radiographs.state(node), choices)
        if state != self._shown:
            self._shown = state
            self._facts = None
            refusal = "" if node is None else radiographs.refusal(node, self._frame)
            self._show_node(node, refusal)
            self.stop()
            if node is not None and not refusal:
                self._timer.start(self._inspect)
        else:
            self._show_centre()

    @property
    def _frame(self) -> int:
        return self._parameters.getValue(self._side + "Frame")

    def showInView(self) -> None:
        """Show the radiograph and its centre point in the slice view."""
        self._upright.show()
        self._show_centre()

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

    def _title(self) -> str:
        return _("Choose the frontal radiograph") if self._side == "frontal" else _("Choose the lateral radiograph")

    def _ask_for_file(self, *_arguments) -> None:
        kinds = f"{_('Radiographs')} ({ENDINGS});;{_('All files')} (*)"
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), self._title(), "", kinds)
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
            self._upright.remove()
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
        self._upright.setRadiograph(folder / commands.UPRIGHT_FILE, result)
        self._facts = result
        source = self._source
        if frames.is_dicom(source.path):
            radiographs.remember_geometry(node, result, self._chosen, source)
        self._picture.setPicture(pixmap, None)
        self._show_centre()
        self._facts_text.show(facts_text(result, source.frame, source.frames, source.remark))
        self._facts_label.setToolTip("\n".join(f"{item['name']}: {item['why']}" for item in result["assumptions"]))
        self._looked()

    def _picture_clicked(self, x: float, y: float) -> None:
        if self._facts is not None:
            self._set_centre(x * (self._facts["columns"] - 1), y * (self._facts["rows"] - 1))

    def _set_centre(self, column: float, row: float) -> None:
        """Take a centre in pixels of the upright radiograph; outside of it, the nearest pixel."""
        if self._facts is None:
            return
        counts = (self._facts["columns"], self._facts["rows"])
        values = {
            self._side + name: round(min(max(value, 0.0), count - 1.0), 1)
            for name, value, count in zip(CENTRE_NAMES, (column, row), counts, strict=True)
        }
        set_together(self._parameters, values)

    def _show_centre(self) -> None:
        if self._facts is None:
            return
        column, row = (self._parameters.getValue(self._side + name) for name in CENTRE_NAMES)
        middle = self._facts["centre_px"]
        if min(column, row) < 0.0 <= max(column, row):
            # A number for one of the two alone: the other one is where the point is seen.
            self._set_centre(*(own if own >= 0.0 else value for own, value in zip((column, row), middle, strict=True)))
            return
        if max(column, row) < 0.0:
            column, row = middle
        self._picture.setPoint(
            (column / max(self._facts["columns"] - 1, 1), row / max(self._facts["rows"] - 1, 1)),
        )
        self._upright.showCentre(column, row)
