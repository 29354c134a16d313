"""Each term has one name in all that users read: the program's texts, the panel, and the pages."""

import ast
import re
from xml.etree import ElementTree

import pytest
from documentation import GAP, PAGES, ROOT

TERMS = {
    r"ground[- ]truth|gold[- ]standard|\btruth\b": "true CT",
    r"\bcentre[- ]marks?\b": "centre point",
    r"\b(?:the|a|its|both|different|proposed|volume's|spine's|other one's) centres?\b(?! points?\b)": "centre point",
    r"\bre ?projections?\b": "re-projection",
    r"re-projection errors?(?: of| is|:)? 0?\.\d": "re-projection error in percent",
    r"\b(?:AP|PA|LL|RL|anteroposterior) (?:radiograph|image|picture|film|x-ray)s?\b": "frontal or lateral radiograph",
    r"\b(?:frontal|lateral) (?:image|picture|film|x-ray)s?\b": "frontal or lateral radiograph",
    r"\bsource[- ]to[- ](?:image|film)\b|\bfocus[- ](?:film|detector)\b": "source-to-detector distance (SID)",
    r"\bsource[- ]to[- ](?:patient|isocent\w+|skin)\b": "source-to-object distance (SOD)",
    r"\bprincipal rays?\b": "central ray",
    r"\bmodel's card\b|\bcard of the model\b": "model card",
    r"\blikeness\b|\bfamiliarity\b|\bstrangeness\b": "unlike what the model was trained on",
}
"""What is not to be read, as a regular expression for any case, and the term in its place; see the glossary."""

NOT_IN_THE_PROGRAM = {
    r"\b(?:bone|spine) dice\b": "bone overlap, spine overlap (Dice)",
    r"\b(?:pixel_spacing|sid|sod)_mm\b|\b\w+_deg\b|\bcentre_px\b": "the quantity in words",
    r"\b(?:ssim|psnr|mae)_\w+": "the label in Diff2CTCore.ct.METRIC_LABELS",
}
"""The same, for what the program itself says."""

ROLES = {"frontal reprojection", "lateral reprojection"}
"""Values of a node's attribute that saved scenes hold."""

PAGES_FOR_USERS = [page for page in PAGES if page == ROOT / "README.md" or page.parent.name == "docs"]
PAGES_FOR_USERS = [page for page in PAGES_FOR_USERS if page.stem not in ("developers", "dependencies", "faults")]


def sentences_of(source):
    """(line, text) of what is translated and of each text of several words, with `GAP` for what is put in.

    Docstrings are none of them.
    """
    tree = ast.parse(source)
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    documented = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    translated = {argument for call in calls if call.func.id == "_" for argument in call.args}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value if isinstance(part, ast.Constant) else GAP for part in node.values]
            found.append((node.lineno, "".join(texts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts | documented:
            found += [(node.lineno, node.value)] if node in translated or re.search(r"\w \S", node.value) else []
    return [(line, text) for line, text in found if text not in ROLES]


def shown_in(panel):
    """Texts of a .ui file that Qt offers for translation."""
    return [item.text or "" for item in ElementTree.parse(panel).iter("string") if item.get("notr") != "true"]


def prose_of(page):
    """A page in one line, without what stands in it as code and without the targets of its links."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    # The messages in the headings of the page on troubleshooting are the program's, which is looked at by itself.
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", GAP, text)
    return re.sub(r"\s+", " ", text)


def wrong_words(text, terms):
    """What is to be said instead, with a few words around it."""
    text = re.sub(r"--[\w-]+|\b[\w-]+\.(?:nrrd|json|dcm|py)\b", GAP, text)
    return [
        f"{term}: {text[max(0, found.start() - 30) : found.end() + 30]}"
        for pattern, term in terms.items()
        for found in re.finditer(pattern, text, re.I)
    ]


@pytest.mark.parametrize("room", ["Diff2CTCore", "Diff2CTReconstruction"])
def test_the_program_calls_each_thing_by_its_one_name(room):
    found = [
        f"{path.name}:{line} {wrong}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in sentences_of(path.read_text(encoding="utf-8"))
        for wrong in wrong_words(text, TERMS | NOT_IN_THE_PROGRAM)
    ]
    assert found == []


def test_the_panel_calls_each_thing_by_its_one_name():
    panels = list((ROOT / "Diff2CTReconstruction").rglob("*.ui"))
    texts = [text for panel in panels for text in shown_in(panel)]
    assert len(texts) > 100
    assert [wrong for text in texts for wrong in wrong_words(text, TERMS | NOT_IN_THE_PROGRAM)] == []


@pytest.mark.parametrize("page", PAGES_FOR_USERS, ids=lambda page: page.name)
def test_the_pages_call_each_thing_by_its_one_name(page):
    assert wrong_words(prose_of(page), TERMS) == []


@pytest.mark.parametrize(
    "source",
    [
        'say(f"The truth covers {part}.")',
        'text = "Press it at the centre of the volume."',
        'label.setText(_("Reprojection"))',
        'help="folder for both reprojections"',
        'raise GeometryError(f"The AP radiograph has {rows} rows.")',
        'note(f"The {side} view has no sid_mm, so one is taken.")',
    ],
)
def test_a_wrong_word_is_found(source):
    assert [wrong for _, text in sentences_of(source) for wrong in wrong_words(text, TERMS | NOT_IN_THE_PROGRAM)]


@pytest.mark.parametrize(
    "source",
    [
        'help="give --reprojections DIR; the centre point lies where --centre-ras says; see truth.nrrd"',
        '"""The truth in a docstring, and its centre."""',
        'ROLE = "frontal reprojection"',
        'names = ("ssim_body", "sid_mm")',
    ],
)
def test_names_of_options_files_and_code_are_no_words(source):
    assert [wrong for _, text in sentences_of(source) for wrong in wrong_words(text, TERMS | NOT_IN_THE_PROGRAM)] == []
