"""One radiograph's part of the panel: selector, file button, picture, what was read, centre point."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from . import commands, radiographs, thumbnails
from .job import Job
from .parameters import GEOMETRY_NAMES
from .radiograph_picture import RadiographPicture
from .worker_process import Outcome

DELAY_MS = 250
FILE_FILTER = "Radiographs (*.dcm *.png *.tif *.tiff *.nrrd *.nhdr *.mha *.nii *.nii.gz);;All files (*)"
SCRIPT = Path(__file__).with_name("inspect_radiograph.py")

_CENTRE = ("CentreColumn", "CentreRow")


class RadiographPanel:
    """Keeps the picture and the facts of one side in step with the parameter node.

    Args:
        side: "frontal" or "lateral".
        ui: the panel's widgets by name.
        report: called with a sentence for the user when something goes wrong, or "" when it is well again.
    """

    def __init__(self, side: str, ui, report: Callable[[str], None]):
        self._side = side
        self._selector = getattr(ui, side + "VolumeSelector")
        self._facts_label = getattr(ui, side + "FactsLabel")
        self._report = report
        self._parameters = None
        self._job: Job | None = None
        self._shown: tuple | None = None
        self._facts: dict | None = None
        self._size: tuple[int, int] | None = None
        self._file_speaks = False
        self._chosen: set[str] = set()
        self._picture = RadiographPicture(self.loadFile, self._place_centre)
        getattr(ui, side + "ThumbnailFrame").layout().addWidget(self._picture)
        getattr(ui, side + "LoadButton").clicked.connect(self._ask_for_file)
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._inspect)

    @property
    def facts(self) -> dict | None:
        """What was read from the current radiograph; None as long as it is not known."""
        return self._facts

    def setParameters(self, parameters) -> None:
        """Follow another parameter node, or none."""
        self.stop()
        self._parameters = parameters
        self._shown = None
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
        choices = tuple(self._parameters.getValue(self._side + name) for name in GEOMETRY_NAMES if name not in _CENTRE)
        state = (node.GetID() if node else None, choices)
        if state != self._shown:
            self._shown = state
            self._facts = None
            self._show_node(node)
            self.stop()
            if node is not None and not radiographs.refusal(node):
                self._timer.start()
        else:
            self._picture.setPoint(self._point())

    def loadFile(self, path: str) -> None:
        """Load a file as this side's radiograph."""
        try:
            node = slicer.util.loadVolume(path, {"singleFile": True, "show": False})
        except RuntimeError:
            text = _("{name} cannot be loaded as a radiograph; choose a DICOM, PNG, TIFF, NRRD or NIfTI file.")
            self._report(text.format(name=Path(path).name))
            return
        self._report("")
        self._parameters.setValue(self._side + "Volume", node)

    def _ask_for_file(self, *_arguments) -> None:
        title = _("Choose the frontal radiograph") if self._side == "frontal" else _("Choose the lateral radiograph")
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title, "", FILE_FILTER)
        # PySide returns the chosen filter as well.
        path = path[0] if isinstance(path, tuple) else path
        if path:
            self.loadFile(path)

    def _show_node(self, node) -> None:
        self._size = None
        if node is None:
            self._picture.clearPicture()
            self._facts_label.setText("")
            return
        refusal = radiographs.refusal(node)
        self._facts_label.setText(refusal or _("Reading…"))
        if refusal:
            self._picture.clearPicture()
        else:
            self._picture.setPicture(thumbnails.pixmap(thumbnails.thumbnail_pixels(node)), None)

    def _inspect(self) -> None:
        node = self._parameters.getValue(self._side + "Volume")
        if node is None:
            return

        def prepare(folder: Path) -> Iterator[None]:
            path, remembered = yield from radiographs.file_or_pixels(node, folder, self._side)
            request = commands.inspection(self._parameters, self._side, path, remembered, folder / "picture.png")
            self._file_speaks = radiographs.is_dicom(path)
            self._chosen = {*request["choices"], *request["geometry"]}
            (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
            return [str(SCRIPT), str(folder / "request.json")]

        def take_over(result: dict, folder: Path) -> None:
            pixmap = qt.QPixmap()
            if not pixmap.loadFromData((folder / "picture.png").read_bytes()):
                raise ValueError("no picture")
            self._facts = result
            self._size = (int(result["columns"]), int(result["rows"]))
            if self._file_speaks:
                radiographs.remember_geometry(node, result, self._chosen)
            self._picture.setPicture(pixmap, self._point())
            self._facts_label.setText(facts_text(result))
            self._facts_label.setToolTip("\n".join(f"{item['name']}: {item['why']}" for item in result["assumptions"]))

        def finished(outcome: Outcome) -> None:
            self._job = None
            if not outcome.succeeded:
                self._facts_label.setText(f"<span style='color:#b02020'>{outcome.message}</span>")

        self._job = Job(slicer.app.temporaryPath, prepare, take_over, lambda event: None, finished)
        self._job.start()

    def _place_centre(self, x: float, y: float) -> None:
        if self._size is None:
            return
        columns, rows = self._size
        modifying = self._parameters.StartModify()
        self._parameters.setValue(self._side + "CentreColumn", round(x * (columns - 1), 1))
        self._parameters.setValue(self._side + "CentreRow", round(y * (rows - 1), 1))
        self._parameters.EndModify(modifying)

    def _point(self) -> tuple[float, float] | None:
        if self._size is None:
            return None
        column, row = (self._parameters.getValue(self._side + name) for name in _CENTRE)
        if min(column, row) < 0.0:
            return (0.5, 0.5)
        return (column / max(self._size[0] - 1, 1), row / max(self._size[1] - 1, 1))


def facts_text(facts: dict) -> str:
    """What was read, in a few short lines; what had to be assumed is in italics."""
    assumed = {item["name"] for item in facts["assumptions"]}
    row_mm, column_mm = facts["pixel_spacing_mm"]
    spacing = f"{row_mm:.3f} mm" if abs(row_mm - column_mm) < 1e-6 else f"{row_mm:.3f} × {column_mm:.3f} mm"
    lines = [
        _line(_("View"), facts["view"], facts["view_assumed"]),
        _line(_("Size"), f"{facts['columns']} × {facts['rows']} px", False),
        _line(_("Spacing"), spacing, "pixel_spacing_mm" in assumed),
        _line(
            _("SID / SOD"), f"{facts['sid_mm']:.0f} / {facts['sod_mm']:.0f} mm", bool({"sid_mm", "sod_mm"} & assumed)
        ),
        _line(_("Polarity"), _polarity(facts), "invert" in assumed),
    ]
    if facts.get("burned_in_annotation"):
        lines.append(_("Text is burned into the picture."))
    return "<br>".join(lines)


def _polarity(facts: dict) -> str:
    if facts["polarity"] == "inverted by the user":
        return _("inverted by the user")
    return _("dense is bright") if "invert" in {item["name"] for item in facts["assumptions"]} else _("from the file")


def _line(name: str, value: str, assumed: bool) -> str:
    return f"{name}: <i>{value} ({_('assumed')})</i>" if assumed else f"{name}: {value}"
