"""The same inputs give the same bytes, altered ones are refused, and many runs take no more memory than one."""

import hashlib
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from campaign import MEMORY_LIMIT_BYTES
from whole_files import ROOT

from Diff2CTCore.__main__ import main
from Diff2CTCore.storage import resource_path, sample_data

OF_THE_MOMENT = ("created", "timings_s", "peak_memory_bytes")


def test_the_same_inputs_seed_and_device_give_the_same_bytes(reconstruct, out, report_of):
    contents, reports = [], []
    for number in range(3):
        assert reconstruct(out / "ct.nrrd", "--seed", "11", "--samples", "2").returncode == 0
        contents.append((out / "ct.nrrd").read_bytes())
        report = report_of(out / "ct.nrrd")
        reports.append({key: value for key, value in report.items() if key not in OF_THE_MOMENT})
        (out / "ct.nrrd").rename(out / f"{number}.nrrd")
    assert contents[0] == contents[1] == contents[2]
    assert reports[0] == reports[1] == reports[2]
    assert reconstruct(out / "ct.nrrd", "--seed", "12", "--samples", "2").returncode == 0
    assert (out / "ct.nrrd").read_bytes() != contents[0]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory is read from Linux's /proc")
def test_100_reconstructions_in_one_worker_take_no_more_memory_than_five(whole_files, out):
    command = ["reconstruct", str(whole_files / "ap.dcm"), str(whole_files / "lateral.dcm"), "-o", str(out / "ct.nrrd")]
    command += ["--model", str(whole_files / "model"), "--steps", "1", "--device", "cpu"]
    sizes = []
    with subprocess.Popen(
        [sys.executable, "-m", "Diff2CTCore", "worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as worker:
        for _ in range(100):
            print(json.dumps({"arguments": command}), file=worker.stdin, flush=True)
            last = next(event for event in map(json.loads, worker.stdout) if event["event"] in ("result", "error"))
            assert last["event"] == "result"
            pages = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1])
            sizes.append(pages * resource.getpagesize())
    assert worker.returncode == 0
    # What the first runs load and cache stays.
    assert sizes[-1] < 1.05 * sizes[4], sizes


@pytest.mark.parametrize("name", ["ap.dcm", "lateral.dcm", "truth.nrrd", "geometry.json"])
def test_the_bundled_samples_have_their_checksums_and_an_altered_one_is_refused(tmp_path, monkeypatch, name):
    assert sample_data.sample_file(name).is_file()
    copied = tmp_path / "SampleData"
    copied.mkdir()
    for path in resource_path("SampleData").iterdir():
        if path.is_file():
            (copied / path.name).write_bytes(path.read_bytes())
    content = bytearray((copied / name).read_bytes())
    content[-1] ^= 1
    (copied / name).write_bytes(content)
    monkeypatch.setattr(sample_data, "resource_path", lambda _: copied)
    with pytest.raises(sample_data.SampleError, match="does not have its checksum"):
        sample_data.sample_file(name)
    (copied / name).unlink()
    with pytest.raises(sample_data.SampleError, match="missing"):
        sample_data.sample_file(name)


def test_the_demo_refuses_an_altered_radiograph(whole_files, tmp_path, monkeypatch, capsys):
    copied = tmp_path / "SampleData"
    copied.mkdir()
    for path in resource_path("SampleData").glob("*[!y]"):
        if path.is_file():
            (copied / path.name).write_bytes(path.read_bytes())
    (copied / "ap.dcm").write_bytes((copied / "lateral.dcm").read_bytes())
    monkeypatch.setattr(sample_data, "resource_path", lambda _: copied)
    command = ["demo", "-o", str(tmp_path / "out"), "--model", str(whole_files / "model"), "--progress", "none"]
    assert main(command) == 2
    assert "ap.dcm does not have its checksum" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_model_whose_weights_are_no_numbers_is_refused(reconstruct, whole_files, tmp_path, out, assert_refused):
    from safetensors.torch import load_file, save_file

    model = tmp_path / "model"
    model.mkdir()
    weights = load_file(whole_files / "model" / "model.safetensors")
    save_file({name: value * float("nan") for name, value in weights.items()}, model / "model.safetensors")
    card = json.loads((whole_files / "model" / "card.json").read_text())
    card["sha256"] = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
    (model / "card.json").write_text(json.dumps(card))
    assert_refused(reconstruct(out / "ct.nrrd", "--model", str(model)), out, "values that are not finite numbers")


def test_a_card_that_asks_for_a_gigantic_network_is_refused_without_taking_memory(
    reconstruct, whole_files, tmp_path, out, assert_refused
):
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes((whole_files / "model" / "model.safetensors").read_bytes())
    card = json.loads((whole_files / "model" / "card.json").read_text())
    card["architecture"]["configuration"]["widths"] = [200_000, 200_000]
    (model / "card.json").write_text(json.dumps(card))

    limit = f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY_LIMIT_BYTES},) * 2)"
    done = reconstruct(out / "ct.nrrd", "--model", str(model), before=limit)
    assert_refused(done, out, "do not fit its card")


@pytest.mark.parametrize("name", ["model.safetensors", "card.json"])
def test_an_altered_weight_or_card_is_refused(reconstruct, whole_files, tmp_path, out, assert_refused, name):
    model = tmp_path / "model"
    model.mkdir()
    for path in (whole_files / "model").iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    if name == "card.json":
        card = json.loads((model / name).read_text())
        card["sha256"] = card["sha256"][::-1]
        (model / name).write_text(json.dumps(card))
    else:
        content = bytearray((model / name).read_bytes())
        content[len(content) // 2] ^= 1
        (model / name).write_bytes(content)
    assert_refused(reconstruct(out / "ct.nrrd", "--model", str(model)), out, "it was altered")
