"""The command: datalist, report, exit codes, resuming, and a bad scan among good ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import SimpleITK as sitk
from prepare_ct import ct_image, vertebra_label, write

from training.prepare.__main__ import main
from training.prepare.case import settings_of
from training.prepare.run import prepare_all
from training.prepare.scan import Scan


def run(*arguments, capsys):
    code = main([str(argument) for argument in arguments] + ["--spacing", "3", "--workers", "2"])
    printed = capsys.readouterr()
    return code, printed.out, [line for line in printed.err.splitlines() if line.startswith("error:")]


def patients_of(cache: Path) -> dict[str, set]:
    datalist = json.loads((cache / "datalist.json").read_text())
    return {section: {entry["patient"] for entry in entries} for section, entries in datalist.items()}


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """Six scans of five patients, one of them labelled, a copy of one scan, and two files that are no CT."""
    folder = tmp_path_factory.mktemp("collection")
    for number, patient in enumerate(["a", "b", "c", "d", "e", "e"]):
        image = ct_image(spacing=(3.0, 3.0, 5.0), bend_mm=2.0 * number)
        write(image, folder / f"sub-{patient}_split-{number}_ct.nii.gz")
    write(vertebra_label(ct_image(spacing=(3.0, 3.0, 5.0))), folder / "sub-a_split-0_seg-vert_msk.nii.gz")
    write(ct_image(spacing=(3.0, 3.0, 5.0)), folder / "sub-z_ct.nii.gz")
    (folder / "broken.nii.gz").write_bytes(b"no volume")
    write(sitk.Clamp(ct_image(), lowerBound=0.0), folder / "picture.nrrd")
    return folder


@pytest.fixture(scope="module")
def prepared(collection, tmp_path_factory):
    """The collection, prepared by the command from a shell: (cache, finished process)."""
    cache = tmp_path_factory.mktemp("prepared") / "cache"
    command = [sys.executable, "-m", "training.prepare", collection, "-o", cache, "--spacing", "3", "--workers", "2"]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3]
    )
    return cache, done


def test_bad_scans_are_reported_and_the_others_prepared(prepared):
    cache, done = prepared
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("6 of 9 scans prepared")
    sections = patients_of(cache)
    assert set.union(*sections.values()) == {"sub-a", "sub-b", "sub-c", "sub-d", "sub-e"}
    assert sum(len(patients) for patients in sections.values()) == 5
    report = (cache / "report.html").read_text()
    assert "broken.nii.gz" in report
    assert "picture.nrrd" in report
    assert "same voxels as sub-a_split-0_ct" in report
    for card in cache.glob("sub-*.json"):
        assert f"src='{card.stem}.png'" in report or card.stem == "sub-z_ct"
        assert card.with_suffix(".png").is_file()


def test_monai_reads_the_datalist(prepared):
    data = pytest.importorskip("monai.data")
    cache, _ = prepared
    entries = [
        entry
        for section in ("training", "validation", "test")
        for entry in data.load_decathlon_datalist(str(cache / "datalist.json"), True, section)
    ]
    assert len(entries) == 6
    assert all(Path(entry["image"]).is_file() for entry in entries)
    assert [Path(entry["label"]).name for entry in entries if "label" in entry] == ["sub-a_split-0_ct-labels.nii.gz"]


def test_a_second_run_reuses_every_case_and_says_so(collection, prepared, capsys):
    cache, _ = prepared
    first = {path.name: path.stat().st_mtime_ns for path in cache.glob("*.nii.gz")}
    datalist = (cache / "datalist.json").read_bytes()
    code, printed, _ = run(collection, "-o", cache, capsys=capsys)
    assert code == 0
    assert "6 were there already" in printed
    assert first == {path.name: path.stat().st_mtime_ns for path in cache.glob("*.nii.gz")}
    assert datalist == (cache / "datalist.json").read_bytes()


def test_cases_of_other_sources_lose_their_split(collection, tmp_path, capsys):
    write(ct_image(bend_mm=9.0), tmp_path / "other" / "x.nii.gz")
    run(tmp_path / "other", "-o", tmp_path / "cache", capsys=capsys)
    assert json.loads((tmp_path / "cache" / "x.json").read_text())["split"] == "train"
    run(collection / "sub-z_ct.nii.gz", "-o", tmp_path / "cache", capsys=capsys)
    assert patients_of(tmp_path / "cache")["training"] == {"sub-z"}
    assert json.loads((tmp_path / "cache" / "x.json").read_text())["split"] is None


def test_nothing_but_bad_scans_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "a.nii.gz").write_bytes(b"no volume")
    code, printed, errors = run(tmp_path, "-o", tmp_path / "cache", capsys=capsys)
    assert (code, printed) == (2, "")
    assert len(errors) == 1
    assert "None of the 1 scans can be used" in errors[0]
    assert "a.nii.gz" in (tmp_path / "cache" / "report.html").read_text()


def test_a_datalist_that_shares_a_patient_is_refused_before_any_work(collection, tmp_path, capsys):
    one, two = sorted(collection.glob("sub-e*"))
    listed = [
        {"image": os.path.relpath(one, tmp_path), "patient": "e", "split": "train"},
        {"image": os.path.relpath(two, tmp_path), "patient": "e", "split": "validation"},
    ]
    (tmp_path / "list.json").write_text(json.dumps(listed))
    code, _, errors = run("--datalist", tmp_path / "list.json", "-o", tmp_path / "cache", capsys=capsys)
    assert code == 2
    assert errors[0].startswith("error: Patient e is in train and validation")
    assert not (tmp_path / "cache").exists()
    code, _, _ = run("--datalist", tmp_path / "list.json", "-o", tmp_path / "cache", "--resplit", capsys=capsys)
    assert code == 0
    assert patients_of(tmp_path / "cache") == {"training": {"e"}, "validation": set(), "test": set()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Nothing to prepare"),
        (["gone"], "does not exist"),
        (["--patient-pattern", "(", "."], "no regular expression"),
        (["--fractions", "0.5", "0.1", "0.1", "{collection}"], "sum to 1"),
    ],
)
def test_wrong_arguments_get_one_sentence(collection, tmp_path, capsys, arguments, message):
    arguments = [argument.format(collection=collection) for argument in arguments]
    # The source must not be swallowed by an option of several values.
    code, _, errors = run(*arguments, "-o", tmp_path / "cache", capsys=capsys)
    assert code == 2
    assert len(errors) == 1
    assert message in errors[0]


def test_an_output_that_is_a_file_is_refused(collection, tmp_path, capsys):
    (tmp_path / "cache").write_text("")
    code, _, errors = run(collection, "-o", tmp_path / "cache", capsys=capsys)
    assert code == 2
    assert "Cannot write" in errors[0]


class _Fatal:
    """Ends the process that unpickles it, as the kernel does when memory runs out."""

    def __reduce__(self):
        return os._exit, (9,)


def test_a_process_that_dies_costs_only_its_own_scan(collection, tmp_path):
    paths = sorted(collection.glob("sub-[ab]_split*_ct.nii.gz"))
    jobs = [(Scan(path, path.stem, path.name, files=(path,)), f"case-{n}") for n, path in enumerate(paths)]
    jobs.insert(1, (Scan(paths[0], "fatal", "fatal", notes={"bomb": _Fatal()}), "fatal"))
    outcomes = prepare_all(jobs, tmp_path, settings_of(3.0), workers=2)
    assert [outcome.card is not None for outcome in outcomes] == [True, False, True]
    assert "died" in outcomes[1].message


def test_a_folder_whose_own_list_of_splits_was_not_named_is_refused(tmp_path, capsys):
    write(ct_image(spacing=(3.0, 3.0, 5.0)), tmp_path / "ct" / "a.nii.gz")
    (tmp_path / "datalist.json").write_text('[{"image": "ct/a.nii.gz", "patient": "a", "split": "test"}]')
    code, _, error = run(tmp_path, "-o", tmp_path / "out", capsys=capsys)
    assert code == 2
    assert "give it with --datalist" in error[0]
    assert not (tmp_path / "out").exists()
