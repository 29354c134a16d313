"""Adding a model from a file, and what each quality takes."""

import re
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import qt
from host import wait_for

sys.path.append(str(Path(__file__).resolve().parents[2] / "faults"))
from mutations import spoiled_bytes


@pytest.fixture
def add(window, monkeypatch, tmp_path):
    """Press Add and choose a file; the user's model folder is the test's own."""
    monkeypatch.setenv("DIFF2CT_MODELS", str(tmp_path / "mine"))

    def press(path):
        monkeypatch.setattr(qt.QFileDialog, "getOpenFileName", lambda *_: str(path))
        window.ui.installModelButton.click()
        return window.status

    press.installed = tmp_path / "mine"
    return press


def archive(path, folder, **replaced):
    """A zip of a model, with the content of some files replaced."""
    with zipfile.ZipFile(path, "w") as file:
        file.compression = zipfile.ZIP_DEFLATED
        for name in ("card.json", "model.safetensors"):
            content = replaced.get(name.split(".", maxsplit=1)[0], (folder / name).read_bytes())
            if content is not None:
                file.writestr(f"anything/{name}", content)
    return path


def test_model_is_added_from_an_archive_and_chosen(window, add, models_folder, tmp_path):
    said = add(archive(tmp_path / "better.zip", models_folder / "small"))
    assert said == "The model better was added."
    assert window.parameters.model == "better"
    assert window.ui.modelComboBox.currentText == "better (1.0)"
    assert sorted(path.name for path in (add.installed / "better").iterdir()) == ["card.json", "model.safetensors"]


def test_model_is_added_from_its_folder(window, add, models_folder, tmp_path):
    shutil.copytree(models_folder / "small", tmp_path / "copied")
    assert add(tmp_path / "copied" / "card.json") == "The model copied was added."
    assert window.parameters.model == "copied"


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        ({"model": b"altered"}, "was altered or damaged: its checksum differs from its card"),
        ({"model": None}, "is not the archive of a model; it must hold card.json and model.safetensors"),
        ({"card": b"{}"}, "card"),
    ],
)
def test_archive_that_is_not_whole_adds_nothing(window, add, models_folder, tmp_path, replaced, sentence):
    assert sentence in add(archive(tmp_path / "bad.zip", models_folder / "small", **replaced))
    assert not (add.installed / "bad").exists()
    assert window.parameters.model == "small"


def test_archive_with_paths_out_of_its_folder_writes_nowhere_else(add, models_folder, tmp_path):
    path = tmp_path / "inside" / "bad.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as file:
        for name in ("card.json", "model.safetensors"):
            file.writestr(f"../../outside/{name}", (models_folder / "small" / name).read_bytes())
        file.writestr("../../outside/more.txt", "more")
        file.writestr(f"{tmp_path}/more.txt", "more")
    before = {item for item in tmp_path.rglob("*") if item.is_file()}
    assert add(path) == "The model bad was added."
    made = {item for item in tmp_path.rglob("*") if item.is_file()} - before
    assert made == {add.installed / "bad" / name for name in ("card.json", "model.safetensors")}


def test_archive_of_two_models_is_refused(add, models_folder, tmp_path):
    path = archive(tmp_path / "two.zip", models_folder / "small")
    with zipfile.ZipFile(path, "a") as file:
        file.write(models_folder / "small" / "card.json", "other/card.json")
    assert "holds more than one model" in add(path)


@pytest.mark.parametrize("name", ["..zip", "...zip"])
def test_archive_with_a_name_that_is_no_folder_adds_nothing(add, models_folder, tmp_path, name):
    said = add(archive(tmp_path / name, models_folder / "small"))
    assert "cannot be the name of a model" in said
    assert not add.installed.exists()


@pytest.mark.parametrize("seed", range(30))
def test_spoiled_archive_adds_the_whole_model_or_nothing(window, add, models_folder, tmp_path, seed):
    whole = archive(tmp_path / "spoiled.zip", models_folder / "small").read_bytes()
    (tmp_path / "spoiled.zip").write_bytes(spoiled_bytes(whole, np.random.default_rng(seed)))
    window.widget.status.say("")
    said = add(tmp_path / "spoiled.zip")
    assert said
    assert len(said.splitlines()) == 1
    assert (said == "The model spoiled was added.") == (add.installed / "spoiled").exists()
    assert not [path for path in tmp_path.rglob(".diff2ct-*")]


def test_file_that_is_no_archive_adds_nothing(add, tmp_path):
    (tmp_path / "text.zip").write_text("no archive")
    assert "is not the archive of a model" in add(tmp_path / "text.zip")


def test_qualities_show_their_time_after_the_first_run(window):
    box = window.ui.qualityComboBox
    window.parameters.model = "small"
    qt.QSettings().remove("Diff2CTReconstruction/Pace")
    window.widget.models.update()
    assert [box.itemText(row) for row in range(3)] == [
        "Fast (1 step)",
        "Balanced (2 steps)",
        "Best (6 steps)",
    ]
    window.ui.loadSampleButton.click()
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert all(re.search(r" steps?, about \d", box.itemText(row)) for row in range(3)), box.itemText(0)
    window.ui.qualityComboBox.setCurrentIndex(2)
    assert window.parameters.quality == "Best"
    # Another device has times of its own.
    window.parameters.device = "GPU"
    assert box.itemText(0) == "Fast (1 step)"


def test_altered_model_is_refused(window, tmp_path, models_folder, monkeypatch):
    mine = tmp_path / "altered"
    shutil.copytree(models_folder / "small", mine / "small")
    weights = bytearray((mine / "small" / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (mine / "small" / "model.safetensors").write_bytes(bytes(weights))
    window.ui.loadSampleButton.click()
    monkeypatch.setenv("DIFF2CT_MODELS", str(mine))
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "checksum" in window.status.lower() or "altered" in window.status.lower(), window.status
    monkeypatch.setattr(qt.QFileDialog, "getOpenFileName", lambda *_: str(mine / "small" / "card.json"))
    window.ui.installModelButton.click()
    assert "was altered or damaged" in window.status
