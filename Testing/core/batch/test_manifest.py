"""The manifest of a batch is checked before any work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sample_pair import AP, LATERAL

from Diff2CTCore.batch import read_manifest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no case"),
        ("frontal,lateral\n", "has no case"),
        ("frontal\nAP\n", "no column 'lateral'"),
        ("frontal,lateral,colour\nAP,LATERAL,blue\n", "unknown column 'colour'"),
        ("frontal,lateral,output\nAP,LATERAL,x.nrrd\n", "unknown column 'output'"),
        ("frontal,lateral,sid,sid\nAP,LATERAL,1,1\n", "'sid' twice"),
        ("frontal,lateral\nAP,LATERAL\nnowhere.dcm,LATERAL\nAP,\n", "Line 3"),
        ("frontal,lateral\nAP,LATERAL\nnowhere.dcm,LATERAL\nAP,nothing.dcm\n", "1 more lines"),
        ("frontal,lateral\nAP,LATERAL\n,LATERAL\n", "no frontal radiograph"),
        ("frontal,lateral\nAP,LATERAL\nAP,LATERAL,5\n", "3 cells for 2 columns"),
        ("frontal,lateral,sid\nAP,LATERAL,wide\n", "--sid: 'wide' is not a number"),
        ("frontal,lateral,steps\nAP,LATERAL,0\n", "whole number"),
        ("frontal,lateral,ap-centre\nAP,LATERAL,5\n", "--ap-centre: expected 2 arguments"),
        ("frontal,lateral,ap-known-length\nAP,LATERAL,1 2 3 4\n", "--ap-known-length: expected 5 arguments"),
        ("frontal,lateral,ap-invert\nAP,LATERAL,maybe\n", "yes or no"),
        ("frontal,lateral,lateral-view\nAP,LATERAL,AP\n", "invalid choice"),
        ("frontal,lateral,model\nAP,LATERAL,nowhere\n", "no model 'nowhere'"),
        ("case,frontal,lateral\na,AP,LATERAL\nA,AP,LATERAL\n", "Lines 2 and 3"),
        ("case,frontal,lateral\n../a,AP,LATERAL\n", "cannot name a file"),
        ('frontal,lateral\n"AP,LATERAL\n', "cells for 2 columns"),
        ("case,frontal,lateral\nNul.x,AP,LATERAL\n", "cannot name a file"),
        ("frontal,lateral\nAP,LATERAL\na\0b,LATERAL\n", "no name that a file of this system can have"),
        ("frontal,lateral\nAP,LATERAL\n" + "n" * 300 + ",LATERAL\n", "too long"),
        ('frontal,lateral,spacing\nAP,LATERAL,"1,25"\n', "write 1.25 if one is meant"),
        ("frontal;lateral;spacing\nAP;LATERAL;0,143\n", "write 0.143 if one is meant"),
        ('frontal,lateral,sid\nAP,LATERAL,"1150,5"\n', "decimal point instead of the comma"),
        ("frontal;lateral;sid\nAP;LATERAL;1.150,5\n", "is not a number"),
        ("frontal;lateral;ap-centre\nAP;LATERAL;430,445\n", "expected 2 arguments"),
        ("frontal;lateral;seed\nAP;LATERAL;1,0\n", "whole number"),
        ("frontal,lateral,sid\nAP,LATERAL,nan\n", "is not a number"),
        ("frontal,lateral,ap-centre\nAP,LATERAL,512 640 --seed 5\n", "give 2 numbers"),
        ("frontal,lateral,\nAP,LATERAL,\nAP,LATERAL,3\n", "unknown column ''"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_sentence_before_any_work(batch, reconstructed, text, words):
    text = text.replace("AP,", f"{AP},").replace("AP;", f"{AP};").replace("LATERAL", LATERAL)
    code, events = batch(text.replace(f",{AP},\n", ",AP,\n"))
    assert code == 2
    assert words in events[-1]["message"]
    assert len(events[-1]["message"].splitlines()) == 1
    assert reconstructed == []
    assert not batch.out.exists()


def test_a_manifest_that_is_no_text_or_not_there_is_told(batch, model, tmp_path):
    (tmp_path / "picture.csv").write_bytes(b"\xff\xfe\x00")
    for name, words in (("picture.csv", "UTF-8"), ("nowhere.csv", "cannot be read")):
        done = subprocess.run(
            [sys.executable, "-m", "Diff2CTCore", "batch", name, "-o", "out"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_output_must_not_replace_a_radiograph_of_any_case(batch, reconstructed):
    batch.out.mkdir()
    shutil.copy(AP, batch.out / "b.nrrd")
    code, events = batch(f"case,frontal,lateral\na,out/b.nrrd,{LATERAL}\nb,{AP},{LATERAL}\n")
    assert code == 2
    assert "one of the radiographs" in events[-1]["message"]
    assert reconstructed == []


def test_a_table_with_semicolons_may_have_decimal_commas(batch):
    text = f"case;frontal;lateral;sid;ap-centre;lateral-primary\na;{AP};{LATERAL};1150,5;430,5 445.25;-1,5\n"
    assert batch(text)[0] == 0
    geometry = json.loads((batch.out / "a.json").read_text())["geometry"]
    assert (geometry["AP"]["sid_mm"], geometry["LL"]["sid_mm"]) == (1150.5, 1150.5)
    assert geometry["AP"]["centre_px"] == [430.5, 445.25]
    assert geometry["LL"]["primary_deg"] == -1.5


def test_a_known_length_is_a_column_of_five_numbers(batch):
    text = f"case;frontal;lateral;ap-known-length\na;{AP};{LATERAL};100,5 200 300,5 200 61,5\n"
    assert batch(text)[0] == 0
    report = json.loads((batch.out / "a.json").read_text())
    geometry = report["geometry"]["AP"]
    in_patient_mm = geometry["pixel_spacing_mm"][1] * geometry["sod_mm"] / geometry["sid_mm"]
    assert in_patient_mm == pytest.approx(61.5 / 200.0)
    assert report["radiographs"]["AP"]["spacing_source"] == "a known length of 61.5 mm"


def test_two_cases_that_would_write_one_file_are_refused(batch, reconstructed):
    text = f"case,frontal,lateral\na,{AP},{LATERAL}\nA_std,{AP},{LATERAL}\n"
    code, events = batch(text, "--std", "--samples", "2")
    assert code == 2
    assert "a and A_std would both write" in events[-1]["message"]
    assert reconstructed == []


def lines(folder, text):
    (folder / "cases.csv").write_text(text, encoding="utf-8")
    return [line for line, _ in read_manifest(folder / "cases.csv", {"sid"}, lambda line: None)]


@pytest.mark.parametrize(("there", "read"), [(["a.png ", "a.png"], "a.png "), (["a.png"], "a.png")])
def test_a_file_whose_name_has_a_blank_at_its_end_is_the_one_that_is_read(tmp_path, there, read):
    for name in there:
        (tmp_path / name).write_bytes(b"x")
    (line,) = lines(tmp_path, 'frontal,lateral,sid\n"a.png ",b.png , 1150 \n')
    assert (line.frontal.name, line.lateral.name) == (read, "b.png")
    assert line.options == {"sid": "1150"}


@pytest.mark.parametrize("separator", [";", ","])
def test_separators_at_the_end_of_every_line_are_no_columns(tmp_path, separator):
    text = "frontal,lateral,,\na.png,b.png,,\n,,,\nc.png,d.png, ,\n".replace(",", separator)
    assert [line.lateral.name for line in lines(tmp_path, text)] == ["b.png", "d.png"]


def test_an_output_must_not_lie_in_the_folder_of_a_model(batch, reconstructed, model):
    code, events = batch(f"case,frontal,lateral\ncard,{AP},{LATERAL}\n", "-o", model)
    assert code == 2
    assert "would lie in the folder of a model" in events[-1]["message"]
    assert reconstructed == []
