"""What the documentation says holds: messages exist, links lead somewhere, versions and names agree."""

import re
import subprocess
from pathlib import Path

import pytest
import SimpleITK as sitk
from documentation import PAGES, ROOT, anchors, explained_messages, program_texts, recipe_of

import Diff2CTCore


def test_commands_in_the_text_exist():
    """Commands in single backticks: the goals of make and the subcommands of diff2ct."""
    goals = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    modules = {path.stem for path in (ROOT / "Diff2CTCore" / "commands").glob("*.py")}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"`make ([a-z]+)", text)) <= goals, page
        assert set(re.findall(r"`diff2ct ([a-z]+)", text)) <= modules, page


def test_the_parts_of_the_panel_have_the_names_that_they_show():
    folder = ROOT / "Diff2CTReconstruction"
    shown = {
        text.rstrip(":")
        for path in folder.rglob("*.ui")
        for text in re.findall(r"<string>([^<]+)</string>", path.read_text())
    }
    shown |= {re.sub(r"^\d\. ", "", text) for text in shown}
    shown |= {text for path in folder.rglob("*.py") for text in re.findall(r'"([^"\n]+)"', path.read_text())}
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("clinician.md", "radiographs.md")]
    named = {name for page in pages for name in re.findall(r"(?<!\*)\*([A-Z1-9][^*\n]+)\*(?!\*)", page)}
    assert len(named) > 15
    assert {name for name in named if name not in shown and " > " not in name} == set()


TEXTS = program_texts()


@pytest.mark.parametrize("message", explained_messages())
def test_an_explained_message_is_one_that_the_program_prints(message):
    assert message in TEXTS


def test_many_messages_are_explained():
    assert len(explained_messages()) > 35
    assert len(set(explained_messages())) == len(explained_messages())


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text(encoding="utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"


def test_the_readme_is_short_and_no_wider_than_a_page():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    # Four columns of short words are what fits without scrolling on GitHub.
    rows = [line for line in lines if line.startswith("|")]
    assert max(row.count("|") - 1 for row in rows) <= 4


def test_every_page_can_be_reached_from_the_readme():
    def linked(page):
        found = re.findall(r"\]\((?!https?:)([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        return {(page.parent / target).resolve() for target in found}

    reached, waiting = set(), {ROOT / "README.md"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        waiting |= linked(page) - reached
    assert set(PAGES) - reached == set()


def test_every_page_that_shows_results_says_what_they_are_for():
    for name in ("README.md", "docs/clinician.md", "docs/command-line.md", "docs/results.md", "docs/model.md"):
        text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
        assert "esearch use only, not for clinical decisions" in text, name


def test_the_version_is_the_same_wherever_it_stands():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    # What is not yet released has no version.
    assert re.findall(r"^## (\d\S*)", changes, re.M)[0] == Diff2CTCore.__version__
    assert re.findall(r"^version: (\S+)", citation, re.M) == [Diff2CTCore.__version__]
    literal = re.compile(rf"__version__ = .{re.escape(Diff2CTCore.__version__)}.")
    holders = [path for path in ROOT.glob("Diff2CT*/**/*.py") if literal.search(path.read_text(encoding="utf-8"))]
    assert holders == [ROOT / "Diff2CTCore" / "__init__.py"]


def test_the_citation_names_the_paper_and_the_licence():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert "2408.09731" in citation
    assert "license: Apache-2.0" in citation
    for entry in ("cff-version", "message", "title", "authors"):
        assert re.search(rf"^{entry}:", citation, re.M), entry


def test_every_dependency_is_named_with_its_licence():
    project = pytest.importorskip("tomllib", reason="in the standard library since Python 3.11").loads(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    names = {re.match(r"[\w.-]+", item).group() for item in wanted} - {"diff2ct"}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([\w-]+) \| [^|]+ \| [^|]+ \| [\d.]+ \|$", page, re.M))
    others = set(re.findall(r"([\w-]+)\s\(([A-Z][^)]+)\)", page))
    assert names - rows - {name for name, _licence in others} == set()


def test_the_api_is_documented_from_its_docstrings(tmp_path):
    # As `make docs` does it, but to a folder of the test's own.
    recipe = recipe_of("docs")
    recipe[recipe.index("--output-directory") + 1] = str(tmp_path)
    done = subprocess.run(recipe, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warn" not in done.stderr, done.stderr
    page = (tmp_path / "Diff2CTCore" / "geometry.html").read_text(encoding="utf-8")
    assert "Source, detector and volume centre of one radiograph" in page
    modules = {path.relative_to(ROOT) for room in ("Diff2CTCore", "training") for path in (ROOT / room).rglob("*.py")}
    pages = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.html")}
    # A package that lists its names, as the reader does, is documented by those.
    listed = {path.parent for path in modules if "__all__" in (ROOT / path).read_text(encoding="utf-8")}
    modules = {path for path in modules if path.parent not in listed and not path.stem.startswith("__")}
    assert modules - {path.with_suffix(".py") for path in pages} == set()


def test_the_figure_of_the_geometry_is_drawn_from_the_geometry(tmp_path):
    pytest.importorskip("matplotlib")
    figure = tmp_path / "geometry.png"
    subprocess.run([*recipe_of("figures"), str(figure)], check=True, cwd=ROOT)
    assert min(sitk.ReadImage(str(figure)).GetSize()) > 500
    assert (ROOT / "Resources" / "Figures" / "geometry.png").is_file()
    assert Path("Resources/Figures/geometry.png").name in (ROOT / "docs" / "radiographs.md").read_text(encoding="utf-8")
