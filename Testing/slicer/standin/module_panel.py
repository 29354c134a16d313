"""Slicer's module panel: the module's help, below it the open module's widget, around both a scroll area."""

import qt


class ModulePanel(qt.QScrollArea):
    """As qSlicerModulePanel lays it out: the help folded in, no bar below, the module as high as there is room."""

    def __init__(self, module, width, height):
        super().__init__()
        self._module = module
        contents = qt.QWidget()
        column = qt.QVBoxLayout(contents)
        column.setSizeConstraint(qt.QLayout.SetMinAndMaxSize)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(qt.QPushButton("Help && Acknowledgement"))
        module.layout().setContentsMargins(0, 0, 0, 0)
        self._policy = module.sizePolicy
        module.setSizePolicy(qt.QSizePolicy.Minimum, self._policy.verticalPolicy())
        column.addWidget(module, 1)
        column.addSpacerItem(qt.QSpacerItem(0, 0, qt.QSizePolicy.Minimum, qt.QSizePolicy.MinimumExpanding))
        self.setFrameShape(qt.QFrame.NoFrame)
        self.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(contents)
        self.resize(max(width, contents.minimumSizeHint().width()), height)
        self.show()

    def give_back(self):
        """Take the module out again."""
        self._module.setParent(None)
        self._module.setSizePolicy(self._policy)
        self.hide()
        self.deleteLater()
