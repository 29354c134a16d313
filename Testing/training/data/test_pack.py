"""Packs: what comes back, how small it is, and which files are refused."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from Diff2CTCore.errors import OutputError
from training.data import PackedBody, PackError, write_pack
from training.data.pack import read_pack


def elliptic_body(seed=0, shape=(41, 50, 64), name="a", patient="p", split="train") -> PackedBody:
    """A noisy cylinder in air with bone, a rod of 3000 HU and a hole of -1000 HU."""
    rng = np.random.default_rng(seed)
    s, p, left = np.ogrid[: shape[0], : shape[1], : shape[2]]
    p, left = (p - shape[1] / 2 + 0.5) / (shape[1] / 2), (left - shape[2] / 2 + 0.5) / (shape[2] / 2)
    hu = 40.0 + ndimage.gaussian_filter(rng.normal(0.0, 60.0, shape), 0.8)
    hu += np.where(p**2 + left**2 < 0.09, 500.0 + 300.0 * np.sin(s / 3.0), 0.0)
    hu[np.broadcast_to((np.abs(p) < 0.05) & (left > 0.5) & (s > 12), shape)] = 3000.0
    hu[np.broadcast_to((p + 0.5) ** 2 + left**2 < 0.03, shape)] = -1000.0
    hu[np.broadcast_to(p**2 + left**2 > 1.0, shape)] = -1000.0
    line = np.array([[-30.25, 4.0, 1.5], [0.5, 5.1, 1.0], [31.0, 3.3, 0.1]])
    return PackedBody(
        name=name,
        patient=patient,
        split=split,
        source="Somewhere",
        licence="CC BY 4.0",
        hu=np.rint(np.clip(hu, -1000, 3000)).astype(np.int16),
        spacing_mm=2.0,
        origin_mm=np.array([-60.5, 12.25, 1.0 / 3.0]),
        centreline_mm=line,
    )


def small(name: str, patient: str | None = None, split: str = "train") -> PackedBody:
    return elliptic_body(seed=len(name), shape=(12, 14, 16), name=name, patient=patient or name, split=split)


@pytest.fixture
def three_parts(tmp_path):
    """Three bodies in as many parts."""
    bodies = [elliptic_body(n, (20, 30, 40), f"n{n}", f"p{n}") for n in range(3)]
    size = write_pack(tmp_path / "whole.pack", bodies)[0].stat().st_size
    return bodies, write_pack(tmp_path / "scans.pack", bodies, part_bytes=size // 3 + 1500)


def test_hu_come_back_within_4_below_300_and_8_above(tmp_path):
    body = elliptic_body()
    back = read_pack(write_pack(tmp_path / "scans.pack", [body]))[0]
    assert back.hu.dtype == np.int16
    assert back.hu.shape == body.hu.shape
    error = np.abs(back.hu.astype(int) - body.hu)
    assert error[body.hu < 300].max() <= 4
    assert error[body.hu >= 300].max() <= 8
    assert (back.hu[body.hu == -1000] == -1000).all()
    assert (back.hu[body.hu == 3000] == 3000).all()


def test_every_hu_is_within_its_bound(tmp_path):
    hu = np.arange(-1000, 3001, dtype=np.int16).reshape(1, -1, 1)
    back = read_pack(write_pack(tmp_path / "scans.pack", [replace(elliptic_body(), hu=hu)]))[0].hu
    error = np.abs(back.astype(int) - hu)
    assert error[hu < 300].max() == 4
    assert error[hu >= 300].max() == 8


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 6, 9), (2, 2, 2), (3, 2, 17), (33, 32, 31), (5, 64, 2)])
def test_levels_of_any_shape_come_back_exactly_even_where_nothing_can_be_predicted(tmp_path, shape):
    hu = np.random.default_rng(1).choice(np.array([-1000, -200, 40, 296, 1000, 3000], np.int16), shape)
    hu[hu == 1000] = 1000 - (1000 - 296) % 16  # a level
    body = replace(elliptic_body(), hu=hu)
    assert np.array_equal(read_pack(write_pack(tmp_path / "scans.pack", [body]))[0].hu, hu)


def test_all_else_comes_back_exactly(tmp_path):
    body = elliptic_body(split="validation")
    back = read_pack(write_pack(tmp_path / "scans.pack", [body]))[0]
    for key in ("name", "patient", "split", "source", "licence", "spacing_mm"):
        assert getattr(back, key) == getattr(body, key)
    assert np.array_equal(back.origin_mm, body.origin_mm)
    assert np.array_equal(back.centreline_mm, body.centreline_mm)


def test_noise_costs_what_it_must_and_air_next_to_nothing(tmp_path):
    body = elliptic_body()
    size = write_pack(tmp_path / "tight.pack", [body])[0].stat().st_size
    wide = replace(body, hu=np.pad(body.hu, ((0, 0), (80, 80), (80, 80)), constant_values=-1000))
    in_air = write_pack(tmp_path / "wide.pack", [wide])[0].stat().st_size
    # White noise of 60 HU, smoothed to a deviation of about 12, in steps of 8 HU: about 2.6 bits in each voxel.
    assert size < 0.4 * (body.hu > -1000).sum()
    assert in_air < size + 0.002 * wide.hu.size


def test_the_same_bodies_give_the_same_bytes(tmp_path):
    bodies = [elliptic_body(n, name=f"n{n}", patient=f"p{n}") for n in range(2)]
    one, two = (write_pack(tmp_path / f"{name}.pack", bodies)[0].read_bytes() for name in "xy")
    assert one == two


def test_parts_are_no_larger_than_asked_and_hold_the_bodies_in_order(three_parts):
    bodies, paths = three_parts
    assert [path.name for path in paths] == ["scans.pack", "scans-2.pack", "scans-3.pack"]
    whole = paths[0].with_name("whole.pack").stat().st_size
    assert all(path.stat().st_size <= whole // 3 + 1500 for path in paths)
    for given in (paths, paths[::-1], paths[:1], [paths[2], paths[0]]):
        assert [body.name for body in read_pack(given)] == [body.name for body in bodies]


def test_a_shorter_pack_of_the_same_name_leaves_no_older_parts_but_other_files(three_parts):
    bodies, paths = three_parts
    other = paths[0].with_name("scans-4.pack")
    other.write_text("notes")
    write_pack(paths[0], bodies[:1])
    assert [path.exists() for path in paths] == [True, False, False]
    assert other.exists()


def test_a_body_larger_than_a_part_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(PackError, match=r"The body a takes .* make the parts larger"):
        write_pack(tmp_path / "scans.pack", [elliptic_body()], part_bytes=20_000)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_and_leaves_the_older_pack(three_parts, monkeypatch):
    bodies, paths = three_parts
    before = [path.read_bytes() for path in paths]
    write_bytes = Path.write_bytes

    written = []

    def full(path, data):
        written.append(path)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="no space left"):
        write_pack(paths[0], bodies[::-1], part_bytes=max(map(len, before)) + 1500)
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ([small("a", "p"), small("b", "p", "validation")], "patient p is in the train and the validation split"),
        ([small("a"), small("a", "q")], "body a occurs twice"),
        ([small("a", split="holdout")], "'holdout'; use train"),
        ([], "no body"),
    ],
)
def test_bodies_that_do_not_go_together_are_not_written(tmp_path, bodies, message):
    with pytest.raises(PackError, match=message):
        write_pack(tmp_path / "scans.pack", bodies)


def test_a_patient_in_two_splits_and_a_body_given_twice_are_found_across_packs(tmp_path):
    (train,) = write_pack(tmp_path / "x.pack", [small("a", "p")])
    (held,) = write_pack(tmp_path / "y.pack", [small("b", "p", "test")])
    (again,) = write_pack(tmp_path / "z.pack", [small("a", "p"), small("c")])
    with pytest.raises(PackError, match="patient p is in the train and the test split"):
        read_pack([train, held])
    with pytest.raises(PackError, match="body a occurs twice"):
        read_pack([train, again])
    with pytest.raises(PackError, match="give each part of a pack once"):
        read_pack([train, train])


def _flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data[:-1], "cut short"),
        (lambda data: data[:20], "cut short"),
        (lambda data: data + b"x", "altered"),
        (lambda data: _flipped(data, 100), "altered"),
        (lambda data: _flipped(data, len(data) - 9), "altered"),
        (lambda data: data[:8] + (2).to_bytes(4, "little") + data[12:], "format 2, but .* reads format 1"),
        (lambda data: b"PK" + data[2:], "is no pack"),
        (lambda data: b"", "is no pack"),
    ],
)
def test_a_spoilt_file_is_refused(tmp_path, spoil, message):
    (path,) = write_pack(tmp_path / "scans.pack", [small("a")])
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(PackError, match=message):
        read_pack([path])


def test_a_body_whose_bytes_do_not_fit_its_shape_is_refused_though_the_checksum_is_right(tmp_path):
    (path,) = write_pack(tmp_path / "scans.pack", [small("a")])
    data = path.read_bytes()
    content = data[48:].replace(b"[12,14,16]", b"[92,14,16]")
    path.write_bytes(data[:16] + hashlib.sha256(content).digest() + content)
    with pytest.raises(PackError, match=r"body a of the pack .* is damaged"):
        read_pack([path])


def test_a_pack_or_part_that_is_not_there_is_named(three_parts):
    bodies, paths = three_parts
    with pytest.raises(PackError, match=r"no pack .*gone\.pack"):
        read_pack([paths[0].with_name("gone.pack")])
    with pytest.raises(PackError, match="part 2 of a pack; give its first part"):
        read_pack(paths[1:])
    third = paths[2].read_bytes()
    paths[2].unlink()
    with pytest.raises(PackError, match=r"has 3 parts, but scans-3\.pack is missing"):
        read_pack(paths[:1])
    paths[2].write_bytes(third)
    write_pack(paths[1], bodies[:1])
    with pytest.raises(PackError, match=r"scans-2\.pack is not part 2 of .*scans\.pack"):
        read_pack(paths[:1])


def test_reading_takes_numpy_and_the_standard_library_alone(tmp_path):
    (path,) = write_pack(tmp_path / "scans.pack", [elliptic_body()])
    code = (
        "import sys; from pathlib import Path\n"
        "sys.modules.update({name: None for name in ('torch', 'SimpleITK', 'scipy', 'pydicom', 'tqdm')})\n"
        "from training.data.pack import read_pack\n"
        "print(read_pack([Path(sys.argv[1])])[0].hu.astype('<i2').tobytes().hex())"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    assert done.stderr == ""
    assert bytes.fromhex(done.stdout) == read_pack([path])[0].hu.tobytes()
