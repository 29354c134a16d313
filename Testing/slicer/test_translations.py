"""Every text that a user sees goes through Slicer's translation: literals that reach a widget or a message do not."""

import ast
import re
from xml.etree import ElementTree

import pytest
from host import MODULE_FOLDER

SHOWN_BY = {
    *("setText", "setToolTip", "setWindowTitle", "addItem", "addButton", "setItemText", "setSuffix", "setPrefix"),
    *("setSpecialValueText", "setHorizontalHeaderLabels", "setPlaceholderText", "setPlainText", "addRow", "setTitle"),
    *("say", "fail", "_report", "infoDisplay", "warningDisplay", "errorDisplay", "showStatusMessage", "drawText"),
    *("getOpenFileName", "getSaveFileName", "getExistingDirectory", "ValueError", "ChangedMeanwhileError", "Format"),
    *("QLabel", "QPushButton", "QListWidgetItem", "QTableWidgetItem", "QAction", "QCheckBox", "Outcome"),
}
SHOWN_AS = {"text", "toolTip", "title", "windowTitle", "helpText", "acknowledgementText", "suffix", "prefix"}
TRANSLATED_BY = {"_", "translate"}
# Endings, keys, kinds of outcomes, marks of HTML, and the name of the program are no words of a language.
NO_WORDS = re.compile(r"Diff2CT|\.?[a-z._]+|\W*|[(*. a-z0-9;){}]*|<[^<>]*|[^<>]*>|(?:</?\w+>\W*)+")


def literals(node):
    """Texts in an expression that no translation has seen."""
    if isinstance(node, ast.Call) and name_of(node.func) in TRANSLATED_BY:
        return []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Compare | ast.Subscript):
        return []
    return [text for child in ast.iter_child_nodes(node) for text in literals(child)]


def name_of(function):
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def untranslated(source):
    """(line, text) of each literal that is shown, or that looks like a sentence, and is not translated."""
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        shown = []
        if isinstance(node, ast.Call) and name_of(node.func) in SHOWN_BY:
            shown = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Assign):
            targets = {target.attr if isinstance(target, ast.Attribute) else "" for target in node.targets}
            is_local = any(isinstance(target, ast.Name) and target.id in ("text", "message") for target in node.targets)
            shown = [node.value] if targets & SHOWN_AS or is_local else []
        for expression in shown:
            found += [(node.lineno, text) for text in literals(expression) if not NO_WORDS.fullmatch(text)]
    return found


PATHS = sorted(path for path in MODULE_FOLDER.rglob("*.py") if path.name != "selftest.py")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_shown_text_is_translated(path):
    assert untranslated(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        'label.setText("Choose a file.")',
        'label.text = f"Frame {number}"',
        'raise ValueError("Choose a file.")',
        'text = "Choose {name}."',
        'FORMATS = (Format("NRRD volume", ".nrrd"),)',
        'button.setToolTip(_("Good.") + " Bad one.")',
    ],
)
def test_text_that_is_not_translated_is_found(line):
    assert len(untranslated(line)) == 1


def test_texts_of_the_panel_are_offered_for_translation_and_names_are_not():
    """In a .ui file Qt translates each string that is not marked otherwise."""
    (path,) = (MODULE_FOLDER / "Resources" / "UI").glob("*.ui")
    for item in ElementTree.parse(path).iter("property"):
        translatable = [text for text in item.iter("string") if text.get("notr") != "true"]
        within_list = item.find("stringlist")
        if item.get("name") in ("text", "toolTip", "specialValueText", "prefix"):
            assert translatable, item.get("name")
        elif item.get("name") == "SlicerParameterName" or within_list is not None:
            assert not translatable or within_list.get("notr") == "true", item.get("name")
