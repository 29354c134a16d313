"""The entry for Slicer's Extensions Index follows the schema and the rules by which the Index accepts entries."""

import ast
import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from extension_build import ROOT
from jsonschema import Draft7Validator

ENTRY = ROOT / "Resources" / "ExtensionsIndex" / "Diff2CTReconstruction.json"
NAME = ENTRY.stem
CMAKE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

# What slicer-extension-catalog-entry-schema-v1.0.1 requires.
SCHEMA = {
    "type": "object",
    "required": ["$schema", "category", "scm_url"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "category": {"type": "string"},
        "scm_url": {"type": "string"},
        "scm_revision": {"type": "string"},
        "scm_type": {"enum": ["git", "local"]},
        "build_dependencies": {"type": "array", "items": {"type": "string"}},
        "build_subdirectory": {"type": "string"},
        "enabled": {"type": "boolean"},
        "tier": {"type": "integer", "enum": [1, 3, 5]},
    },
}
SCHEMA_URL = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json"
)
# Categories of the Index that could fit; it refuses new ones.
CATEGORIES = {"Image Synthesis", "Tomographic Reconstruction", "Registration", "Simulation"}
SLICER_PROVIDES = {"slicer", "vtk", "qt", "ctk", "numpy", "scipy", "SimpleITK"}
# What may stand under an `if` at file scope: the module's own source tree on the path, imports for type checkers, and
# the start of a file that is run as a program.
CONDITIONS = ("sys.path.append(str(_SOURCE_TREE))", "TYPE_CHECKING", "__name__ == '__main__'")
BRANCH = "main"
SIZE_LIMIT_BYTES = 95 * 10**6


@pytest.fixture(scope="module")
def entry():
    return json.loads(ENTRY.read_text(encoding="utf-8"))


def meta(name):
    """A piece of the extension's metadata, as the Index's own checker finds it: on one line."""
    found = re.findall(rf'set\s*\(EXTENSION_{name}\s*"([^"\n]+)"\)', CMAKE)
    assert len(found) == 1, name
    return found[0]


def test_the_entry_follows_the_schema(entry):
    Draft7Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(entry)] == []
    assert entry["$schema"].split("#")[0] == SCHEMA_URL
    assert list(entry) == sorted(entry)
    assert b"\r" not in ENTRY.read_bytes()


def test_the_names_are_those_the_index_asks_for(entry):
    assert re.findall(r"project\s*\(\s*([^\s)]+)", CMAKE) == [NAME]
    assert not NAME.lower().startswith("slicer")
    address = urlsplit(entry["scm_url"])
    assert address.scheme == "https"
    assert Path(address.path).stem.startswith("Slicer")


def test_the_category_exists_and_is_the_modules_own(entry):
    assert entry["category"] in CATEGORIES
    module = (ROOT / NAME / f"{NAME}.py").read_text(encoding="utf-8")
    assert f'"{entry["category"]}")]' in module


def test_the_dependencies_are_the_same_in_the_build_file(entry):
    assert meta("DEPENDS").split() == entry["build_dependencies"]


def test_addresses_point_to_files_of_this_repository(entry):
    home = entry["scm_url"].removesuffix(".git")
    assert meta("HOMEPAGE") == home
    raw = home.replace("github.com", "raw.githubusercontent.com") + f"/{BRANCH}/"
    urls = [meta("ICONURL"), *meta("SCREENSHOTURLS").split()]
    assert len(urls) >= 2
    for url in urls:
        assert url.startswith(raw)
        assert (ROOT / url.removeprefix(raw)).is_file(), url


def test_the_description_is_one_or_two_sentences():
    description = meta("DESCRIPTION")
    assert 1 <= len(re.findall(r"\.(?:\s|$)", description)) <= 2
    assert "research use only" in description


@pytest.mark.parametrize("icon", [f"Resources/Icons/{NAME}.png", f"{NAME}/Resources/Icons/{NAME}.png"])
def test_the_icons_are_png_of_128_pixels(icon):
    content = (ROOT / icon).read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (128, 128)


def test_the_licence_is_there_and_named_in_the_readme():
    text = (ROOT / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Apache License 2.0" in README


def test_the_readme_has_what_the_index_asks_for(entry):
    assert README.startswith("# Diff2CT")
    assert re.search(r"!\[[^\]]+\]\(Resources/Screenshots/\w+\.png\)", README)
    assert "Diff2CT Reconstruction" in README
    assert re.search(r"arxiv|doi\.org", README, re.IGNORECASE)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_a_clone_stays_below_the_indexs_limit(entry, tmp_path):
    """Where the entry names no revision the Index clones the last commit alone, and weighs it with its `.git`."""
    assert "scm_revision" not in entry
    clone = tmp_path / "clone"
    command = ["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("the history comes from git")
    assert sum(path.stat().st_size for path in clone.rglob("*") if path.is_file()) < SIZE_LIMIT_BYTES


def module_files():
    return sorted((ROOT / NAME).rglob("*.py"))


@pytest.mark.parametrize("path", module_files(), ids=lambda path: path.name)
def test_a_module_file_imports_at_file_scope_only_what_slicer_provides(path):
    own = {"Diff2CTReconstructionLib"}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        for name in names:
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names | SLICER_PROVIDES | own, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", module_files(), ids=lambda path: path.name)
def test_a_module_file_does_nothing_at_file_scope(path):
    harmless = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.If):
            assert any(text in ast.unparse(node) for text in CONDITIONS), f"{path.name}:{node.lineno}"
            continue
        assert isinstance(node, harmless), f"{path.name}:{node.lineno}"
        calls = [item for item in ast.walk(node) if isinstance(item, ast.Call)] if isinstance(node, ast.Assign) else []
        for call in calls:
            assert "install" not in ast.unparse(call), f"{path.name}:{node.lineno}"


def test_torch_is_never_installed_directly():
    """PyTorch comes through its own extension; pip only gets it as a pin of what is there already."""
    found = 0
    for path in module_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and "pip_install(" in ast.unparse(node):
                found += 1
                text = ast.unparse(node)
                assert "if package is not TORCH" in text
                assert "'torch" not in text
    assert found == 1


def test_nothing_is_downloaded_but_python_packages():
    """So there is nothing to take off again but those; `docs/uninstall.md` says how."""
    forbidden = {"urllib", "http", "requests", "socket", "ftplib", "smtplib"}
    for room in ("Diff2CTCore", NAME):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
                assert not {name.split(".")[0] for name in names} & forbidden, path
