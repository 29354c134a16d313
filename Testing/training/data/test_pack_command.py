"""`python -m training.pack` on prepared scans."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from prepare_ct import ct_image, write
from scipy import ndimage

from training.data import RealScan
from training.data.pack import read_pack
from training.pack import main
from training.prepare.__main__ import main as prepare


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Four prepared scans at 3 mm: two of one patient for training, one for validation and one for the test."""
    folder = tmp_path_factory.mktemp("scans")
    splits = {"a1": "train", "a2": "train", "b": "validation", "c": "test"}
    for number, name in enumerate(splits):
        write(ct_image(bend_mm=3.0 * number), folder / f"{name}.nii.gz")
    notes = {"source": "Collection", "licence": "CC BY 4.0"}
    listed = [{"image": f"{n}.nii.gz", "patient": n[0], "split": split, **notes} for n, split in splits.items()]
    (folder / "list.json").write_text(json.dumps(listed))
    arguments = ["--datalist", folder / "list.json", "-o", folder / "cache", "--spacing", "3", "--workers", "1"]
    assert prepare([str(item) for item in arguments]) == 0
    return folder / "cache"


@pytest.fixture
def cards(prepared, tmp_path):
    """A copy of the prepared scans, and a function that changes a card in it."""
    folder = tmp_path / "copy"
    shutil.copytree(prepared, folder)

    def change(scan: str, **values) -> None:
        path = folder / f"{scan}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return folder, change


def pack(*arguments, capsys) -> tuple[int, list[str], str]:
    code = main([str(item) for item in arguments])
    printed = capsys.readouterr()
    return code, printed.out.splitlines(), printed.err


def test_the_command_packs_training_and_validation_scans_and_tells_each(prepared, tmp_path, capsys):
    code, lines, _ = pack(prepared, "-o", tmp_path / "scans.pack", capsys=capsys)
    assert code == 0
    bodies = read_pack([tmp_path / "scans.pack"])
    assert [(body.name, body.patient, body.split) for body in bodies] == [
        ("a1", "a", "train"),
        ("a2", "a", "train"),
        ("b", "b", "validation"),
    ]
    assert {(body.source, body.licence) for body in bodies} == {("Collection", "CC BY 4.0")}
    assert [line.split(",")[0] for line in lines[:-1]] == ["a1: train", "a2: train", "b: validation"]
    assert lines[-1].startswith("3 bodies (2 train, 1 validation) of 2 patients")
    size = " x ".join(f"{2 * count}" for count in bodies[0].hu.shape)
    assert f"{size} mm" in lines[0]


def test_a_packed_body_lies_where_the_scan_lay_and_is_cropped_to_the_patient(prepared, tmp_path, capsys):
    pack(prepared, "-o", tmp_path / "scans.pack", capsys=capsys)
    body = read_pack([tmp_path / "scans.pack"])[0]
    scan = RealScan.read(prepared / "a1.nii.gz")
    assert np.allclose(body.centreline_mm, scan.centreline_mm)
    assert (np.diff(body.centreline_mm[:, 0]) > 0).all()
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        inside = (body.hu > -1000).any(axis=others)
        assert inside[0]
        assert inside[-1]
    packed, given = (
        (volume > 155, (volume > 155).sum() * spacing**3, origin, spacing)
        for volume, spacing, origin in ((body.hu, 2.0, body.origin_mm), (scan.hu, 3.0, scan.origin_mm))
    )
    # Volume and centre of the bone do not depend on the voxels.
    assert packed[1] == pytest.approx(given[1], rel=0.1)
    centres = [
        origin + spacing * np.array(ndimage.center_of_mass(mask)) for mask, _, origin, spacing in (packed, given)
    ]
    assert np.abs(centres[0] - centres[1]).max() < 0.5


def test_splits_and_parts_are_chosen_by_options(prepared, tmp_path, capsys):
    code, lines, _ = pack(
        prepared, "-o", tmp_path / "scans.pack", "--splits", "test", "train", "--part-mb", "0.014", capsys=capsys
    )
    assert code == 0
    paths = sorted(tmp_path.glob("*.pack"))
    assert len(paths) > 1
    assert all(path.stat().st_size <= 14_000 for path in paths)
    assert lines[-1].startswith("3 bodies (2 train, 1 test)")
    assert [body.name for body in read_pack(paths)] == ["a1", "a2", "c"]


def test_scans_without_a_spine_or_a_split_are_left_out_with_a_line(cards, tmp_path, capsys):
    folder, change = cards
    change("a1", centreline_ras_mm=None)
    change("b", split=None)
    code, lines, _ = pack(folder, "-o", tmp_path / "scans.pack", capsys=capsys)
    assert code == 0
    assert lines[:2] == ["a1: left out, because no spine was found in it", "b: left out, because it is in no split"]
    assert [body.name for body in read_pack([tmp_path / "scans.pack"])] == ["a2"]


def test_what_cannot_be_packed_is_one_sentence_and_no_file(cards, tmp_path, capsys):
    folder, change = cards
    (tmp_path / "empty").mkdir()
    out = tmp_path / "scans.pack"
    change("c", patient="a")
    cases = [((folder, "-o", out), "The patient a is in the train and the test split")]
    cases.append(((tmp_path / "empty", "-o", out), "holds no prepared scans"))
    for size in ("0", "nan", "inf"):
        cases.append(((folder, "-o", out, "--part-mb", size), "--part-mb must be a number above 0"))
    cases.append(((folder, "-o", tmp_path / "gone" / "scans.pack"), "create it first"))
    cases.append(((folder, "-o", tmp_path / "scans.zip"), "use .pack"))
    for arguments, message in cases:
        code, _, error = pack(*arguments, capsys=capsys)
        assert code == 2
        assert message in error
        assert error.count("\n") == 1
    change("c", patient="c")
    (folder / "b.json").write_text("{}")
    assert "is not the card of a prepared scan" in pack(folder, "-o", out, capsys=capsys)[2]
    change("b", fingerprint="", name="b", patient="b", split="test", image="", centreline_ras_mm=None, notes={})
    assert "no scan with a spine in validation" in pack(folder, "-o", out, "--splits", "validation", capsys=capsys)[2]
    line = json.loads((folder / "a1.json").read_text())["centreline_ras_mm"]
    change("a1", centreline_ras_mm=[[right, anterior, superior + 2000.0] for right, anterior, superior in line])
    assert "The spine's line of a1 lies outside its body" in pack(folder, "-o", out, capsys=capsys)[2]
    change("a1", centreline_ras_mm=line)
    scan = folder / "a1.nii.gz"
    scan.write_bytes(scan.read_bytes()[:-500])
    assert "a1.nii.gz cannot be read" in pack(folder, "-o", out, capsys=capsys)[2]
    scan.unlink()
    assert "a1.nii.gz" in pack(folder, "-o", out, capsys=capsys)[2]
    assert not out.exists()
