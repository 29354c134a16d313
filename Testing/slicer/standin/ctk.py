"""Stand-ins for the CTK widgets that the module uses, on PySide6. Their names are checked against CTK's."""

import api
from dicom_database import ctkDICOMIndexer  # noqa: F401
from PySide6 import QtCore, QtWidgets


@api.checked
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A titled section whose contents fold away."""

    contentsCollapsed = QtCore.Signal(bool)
    _HEADER = 26
    _GAP_WHEN_COLLAPSED = 14

    def __init__(self, parent=None):
        super().__init__(parent)
        self._collapsed = False
        self.setCheckable(True)
        self.setChecked(True)
        self._own_hidden = []
        self.setContentsMargins(0, self._HEADER, 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Minimum, QtWidgets.QSizePolicy.Preferred)
        self.toggled.connect(lambda opened: self._fold(not opened))

    def _get_collapsed(self):
        return self._collapsed

    def _set_collapsed(self, collapsed):
        self.setChecked(not collapsed)

    collapsed = QtCore.Property(bool, _get_collapsed, _set_collapsed)

    def _fold(self, collapsed):
        children = [child for child in self.children() if isinstance(child, QtWidgets.QWidget)]
        if collapsed and not self._collapsed:
            # What was hidden on purpose stays so when the section is opened again.
            on_purpose = QtCore.Qt.WA_WState_ExplicitShowHide
            self._own_hidden = [child for child in children if child.isHidden() and child.testAttribute(on_purpose)]
        self._collapsed = collapsed
        for child in children:
            child.setVisible(not collapsed and child not in self._own_hidden)
        self.setMaximumHeight(self.sizeHint().height() if collapsed else 16777215)
        self.updateGeometry()
        self.contentsCollapsed.emit(collapsed)

    def setLayout(self, layout):
        super().setLayout(layout)

    def childEvent(self, event):
        super().childEvent(event)
        child = event.child()
        if event.added() and self._collapsed and isinstance(child, QtWidgets.QWidget):
            child.setVisible(False)

    def showEvent(self, event):
        super().showEvent(event)
        if self._collapsed:
            self._fold(True)

    def sizeHint(self):
        if self._collapsed or self.layout() is None:
            return QtCore.QSize(200, self._HEADER + self._GAP_WHEN_COLLAPSED)
        return self.layout().totalSizeHint()

    def minimumSizeHint(self):
        if self._collapsed or self.layout() is None:
            return QtCore.QSize(100, self._HEADER + self._GAP_WHEN_COLLAPSED)
        return self.layout().totalMinimumSize()

    def hitButton(self, position):
        return position.y() <= self._HEADER

    def paintEvent(self, event):
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, self._HEADER)
        painter.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, 7, 12, 12)
        primitive = (
            QtWidgets.QStyle.PE_IndicatorArrowRight if self._collapsed else QtWidgets.QStyle.PE_IndicatorArrowDown
        )
        painter.drawPrimitive(primitive, arrow)
        painter.drawText(QtCore.QRect(24, 0, self.width - 24, self._HEADER), QtCore.Qt.AlignVCenter, self.text)


@api.checked
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider and a spin box that show one number."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    _TICKS = 1000

    def __init__(self, parent=None):
        super().__init__(parent)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self._slider.setRange(0, self._TICKS)
        self._spin_box = QtWidgets.QDoubleSpinBox()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider, 1)
        row.addWidget(self._spin_box)
        self._slider.sliderMoved.connect(self._from_slider)
        self._spin_box.valueChanged.connect(self._from_spin_box)

    def _from_slider(self, tick):
        low, high = self.minimum, self.maximum
        self._spin_box.setValue(low + (high - low) * tick / self._TICKS)

    def _from_spin_box(self, value):
        span = self.maximum - self.minimum
        self._slider.setValue(round((value - self.minimum) / span * self._TICKS) if span else 0)
        self.valueChanged.emit(value)

    def setValue(self, value):
        self._spin_box.setValue(value)

    value = QtCore.Property(float, lambda self: self._spin_box.value, setValue)
    minimum = QtCore.Property(
        float, lambda self: self._spin_box.minimum, lambda self, value: self._spin_box.setMinimum(value)
    )
    maximum = QtCore.Property(
        float, lambda self: self._spin_box.maximum, lambda self, value: self._spin_box.setMaximum(value)
    )
    decimals = QtCore.Property(
        int, lambda self: self._spin_box.decimals, lambda self, value: self._spin_box.setDecimals(value)
    )
    singleStep = QtCore.Property(
        float, lambda self: self._spin_box.singleStep, lambda self, value: self._spin_box.setSingleStep(value)
    )
    suffix = QtCore.Property(
        str, lambda self: self._spin_box.suffix, lambda self, value: self._spin_box.setSuffix(value)
    )


# Classes that Slicer's GUI connectors compare with; the module uses none of them.
class ctkDoubleSlider: ...


class ctkComboBox: ...
