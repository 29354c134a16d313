"""What the documentation shows works: commands run, messages exist, links lead somewhere, versions agree."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from documentation import PAGES, ROOT, commands, explained_messages, program_texts

import Diff2CTCore
from Diff2CTCore.__main__ import main
from Diff2CTCore.resources import resource_path

sys.path.insert(0, str(ROOT / "Testing" / "core"))

from small_model import save_small_model

COMMANDS = commands()
QUICK = ["--steps", "1", "--device", "cpu", "--no-consistency", "--progress", "none"]


def shown(program):
    """The documentation's commands that begin with a program, each once."""
    return sorted({tuple(words) for _, words in COMMANDS if words[0] == program})


def test_every_command_is_of_a_kind_that_is_tested_here():
    known = {"diff2ct", "make", "pip", "python", "cmake"}
    assert [(page, words) for page, words in COMMANDS if words[0] not in known] == []
    assert len(COMMANDS) >= 7


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_small_model(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture
def users_folder(tmp_path, monkeypatch):
    """A folder with the files that the documentation's commands name."""
    for name in ("ap", "lateral"):
        source = resource_path("SampleData", f"{name}.dcm")
        (tmp_path / f"{name}.dcm").write_bytes(source.read_bytes())
        picture = sitk.GetArrayFromImage(sitk.ReadImage(str(source)))[0].astype(float)
        picture = (255 * (picture - picture.min()) / np.ptp(picture)).astype(np.uint8)
        sitk.WriteImage(sitk.GetImageFromArray(picture), str(tmp_path / f"{name}.png"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", [words for words in shown("diff2ct") if words[1] == "reconstruct"], ids=" ".join)
def test_reconstructions_of_the_documentation_run(users_folder, model, words):
    before = {path.name for path in users_folder.iterdir()}
    assert main([*words[1:], "--model", model, *QUICK]) == 0
    made = {path.name for path in users_folder.iterdir()} - before
    assert words[words.index("-o") + 1] in made
    assert any(name.endswith(".json") for name in made)


@pytest.mark.parametrize("words", [words for words in shown("diff2ct") if words[1] != "reconstruct"], ids=" ".join)
def test_other_commands_of_the_documentation_are_understood(words):
    from Diff2CTCore.__main__ import build_parser

    assert build_parser().parse_args(list(words[1:])).command == words[1]


@pytest.mark.parametrize("words", shown("make"), ids=" ".join)
def test_the_makefile_has_the_goals_of_the_documentation(words):
    done = subprocess.run(["make", "-n", *words[1:]], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", shown("pip"), ids=" ".join)
def test_pip_installs_only_what_the_project_defines(words):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for extra in re.findall(r"\[(\w+)\]", " ".join(words)):
        assert re.search(rf"^{extra} = \[", text, re.M), extra


@pytest.mark.parametrize("words", shown("python"), ids=" ".join)
def test_python_commands_of_the_documentation_know_their_options(words):
    module = words[2] if words[1] == "-m" else words[1]
    if words[1] == "-m":
        path = ROOT.joinpath(*module.split("."))
        path = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    else:
        path = ROOT / module
    source = path.read_text(encoding="utf-8")
    for option in (word.split("=")[0] for word in words if word.startswith("--")):
        assert f'"{option}"' in source, option


@pytest.mark.parametrize("words", shown("cmake"), ids=" ".join)
def test_the_build_of_the_documentation_is_the_one_that_is_tested(words):
    steps = [("-S", ".", "-B"), ("--build",), ("--install",)]
    assert any(words[1 : 1 + len(step)] == step for step in steps)
    tested = (ROOT / "Testing" / "package" / "extension_build.py").read_text(encoding="utf-8")
    assert f'"{words[1]}"' in tested


def test_commands_in_the_text_exist():
    """Commands in single backticks: the goals of make and the subcommands of diff2ct."""
    goals = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    modules = {path.stem for path in (ROOT / "Diff2CTCore" / "commands").glob("*.py")}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"`make ([a-z]+)", text)) <= goals, page
        assert set(re.findall(r"`diff2ct ([a-z]+)", text)) <= modules, page


TEXTS = program_texts()


@pytest.mark.parametrize("message", explained_messages())
def test_an_explained_message_is_one_that_the_program_prints(message):
    assert message in TEXTS


def test_many_messages_are_explained():
    assert len(explained_messages()) > 35
    assert len(set(explained_messages())) == len(explained_messages())


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_version_is_the_same_wherever_it_stands():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changes, re.M)[0] == Diff2CTCore.__version__
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


def test_the_api_is_documented_from_its_docstrings(tmp_path):
    command = [sys.executable, "-m", "pdoc", "--docformat", "google", "--no-show-source", "--output-directory"]
    done = subprocess.run(
        [*command, str(tmp_path), "Diff2CTCore", "!Diff2CTCore.Resources"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warn" not in done.stderr, done.stderr
    page = (tmp_path / "Diff2CTCore" / "geometry.html").read_text(encoding="utf-8")
    assert "Source, detector and volume centre of one radiograph" in page
    modules = {path.relative_to(ROOT) for path in (ROOT / "Diff2CTCore").rglob("*.py")}
    pages = {path.relative_to(tmp_path) for path in (tmp_path / "Diff2CTCore").rglob("*.html")}
    # A package that lists its names, as the reader does, is documented by those.
    listed = {path.parent for path in modules if "__all__" in (ROOT / path).read_text(encoding="utf-8")}
    modules = {path for path in modules if path.parent not in listed and not path.stem.startswith("__")}
    assert modules - {path.with_suffix(".py") for path in pages} == set()


def test_the_figure_of_the_geometry_is_drawn_from_the_geometry(tmp_path):
    pytest.importorskip("matplotlib")
    figure = tmp_path / "geometry.png"
    subprocess.run([sys.executable, str(ROOT / "Resources" / "Figures" / "draw_geometry.py"), str(figure)], check=True)
    assert min(sitk.ReadImage(str(figure)).GetSize()) > 500
    assert (ROOT / "Resources" / "Figures" / "geometry.png").is_file()
    assert Path("Resources/Figures/geometry.png").name in (ROOT / "docs" / "radiographs.md").read_text(encoding="utf-8")
