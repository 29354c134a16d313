"""Values that an alignment found and that are handed to a reconstruction: used, and still assumptions."""

import json

import pytest
from clinic_pair import pictures, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    (frontal, lateral), pitch = pictures()
    folder = tmp_path_factory.mktemp("pair")
    written(folder, frontal, lateral, pitch)
    return folder


def reconstruct(run, model, folder, *options):
    files = folder / "one.nrrd", folder / "two.nrrd"
    quick = "--steps", "1", "--no-consistency", "--device", "cpu", "--align", "off"
    code, out, err = run("reconstruct", *files, "-o", folder / "ct.nrrd", "--model", model, *quick, *options)
    report = json.loads((folder / "ct.json").read_text()) if code == 0 else None
    return code, out + err, report


def test_what_was_found_is_used_and_stays_an_assumption(run, model, folder):
    given = "--lateral-sod", 900, "--lateral-sid", 1150, "--lateral-spacing", 0.7, "--lateral-centre", 200, 210
    _, _, stated = reconstruct(run, model, folder, *given)
    code, told, found = reconstruct(run, model, folder, *given, "--lateral-found", "sod", "centre")
    assert code == 0, told
    assert found["geometry"] == stated["geometry"]
    why = {item["name"]: item["why"] for item in found["assumptions"]["lateral"]}
    assert why["sod_mm"] == why["centre_px"] == "Found by aligning the two views; nobody states it."
    assert "sod_mm" not in {item["name"] for item in stated["assumptions"]["lateral"]}
    # An estimate states no length.
    assert found["scale"]["uncertainty"] > 0.05
    assert stated["scale"]["known"] is True


def test_found_needs_the_value(run, model, folder):
    code, told, _ = reconstruct(run, model, folder, "--ap-found", "sod")
    assert code == 2
    assert "--ap-found names sod, but --ap-sod is not given; give both." in told
