"""A full disk, a folder without permission, odd paths, a locale, a clock that jumps, and no network."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import SimpleITK as sitk

NO_NETWORK = """
def refuse(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise AssertionError(event)
sys.addaudithook(refuse)
"""
# As on a machine that has no other program: libraries that ask one for more, as Python's platform and a PyTorch with
# CUDA do, have to manage without.
NO_OTHER_PROGRAM = """
def refuse(event, arguments):
    if event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn"):
        raise FileNotFoundError(event)
    if event == "pickle.find_class":
        raise AssertionError(event)
sys.addaudithook(refuse)
"""
JUMPING_CLOCK = """
import time
now = time.time
def earlier(): earlier.by += 3600.0; return now() - earlier.by
earlier.by = 0.0
time.time = earlier
"""
WRITES = """
import os
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        print("WROTE", os.path.abspath(arguments[0]))
sys.addaudithook(watch)
"""


# A disk of the test's own, seen by this process alone; what is on it in the end goes to standard output.
DISK = """
import atexit, ctypes, os
place, read_only, size = {place!r}, {read_only}, {size}
if ctypes.CDLL(None).mount(b"tmpfs", place.encode(), b"tmpfs", int(read_only), b"size=%d" % size):
    sys.exit("no disk")
atexit.register(lambda: print("LEFT", os.listdir(place)))
"""
OWN_MOUNTS = ("unshare", "--map-root-user", "--mount")


@pytest.fixture
def own_mounts():
    """The program that gives a process mounts of its own, where that is allowed."""
    if (
        not shutil.which("unshare")
        or subprocess.run([*OWN_MOUNTS, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("needs Linux with user namespaces")
    return OWN_MOUNTS


@pytest.mark.parametrize(
    ("read_only", "size", "words"), [(False, 16_384, "no space left"), (True, 1_000_000, "Cannot write")]
)
def test_a_disk_that_is_full_or_read_only_is_told(reconstruct, own_mounts, out, read_only, size, words):
    disk = DISK.format(place=str(out), read_only=read_only, size=size)
    done = reconstruct(out / "ct.nrrd", before=disk, launcher=own_mounts)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert words in done.stderr
    assert done.stdout.splitlines()[-1] == "LEFT []"


def test_a_full_temporary_folder_is_told(reconstruct, own_mounts, whole_files, out, names):
    disk = DISK.format(place=str(reconstruct.temporary), read_only=False, size=4096)
    pair = whole_files / "lossless.dcm", whole_files / "lateral.dcm"
    done = reconstruct(out / "ct.nrrd", before=disk, launcher=own_mounts, pair=pair)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "no space left" in done.stderr
    assert names(out) == []
    assert done.stdout.splitlines()[-1] == "LEFT []"


@pytest.mark.parametrize("limit", [0, 1000, 20_000])
def test_a_full_disk_is_told_and_leaves_nothing(reconstruct, out, assert_refused, limit):
    fill = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    assert_refused(reconstruct(out / "ct.nrrd", before=fill), out, "Cannot write")


def test_a_folder_without_permission_is_told(reconstruct, out, assert_refused):
    def obey_permissions():
        # The superuser may write everywhere, by a capability that a program started from here no longer gets.
        if os.getuid() == 0:
            drop_from_bounding_set, override_permissions = 24, 1
            assert ctypes.CDLL(None).prctl(drop_from_bounding_set, override_permissions, 0, 0, 0) == 0

    out.chmod(0o555)
    done = reconstruct(out / "ct.nrrd", fresh=True, preexec_fn=obey_permissions)
    out.chmod(0o755)
    assert_refused(done, out, "you have no permission")


@pytest.mark.parametrize(
    "name", ["Wirbelsäule 脊柱 – ä’ñ", "v" * 200, "with 'quotes\" and $(signs); &", "-dash", "percent%20s"]
)
def test_odd_and_long_names_work(reconstruct, whole_files, tmp_path, names, name):
    folder = tmp_path / name
    folder.mkdir()
    pair = []
    for file in ("ap.dcm", "lateral.dcm"):
        pair.append(folder / f"{name[:190]}-{file}")
        pair[-1].write_bytes((whole_files / file).read_bytes())
    done = reconstruct(folder / f"{name}.nrrd", pair=pair)
    assert done.returncode == 0, done.stderr
    assert names(folder) == sorted([f"{name}.json", f"{name}.nrrd", *(path.name for path in pair)])
    assert sitk.ReadImage(str(folder / f"{name}.nrrd")).GetSize() == (32, 32, 32)


def test_a_locale_with_decimal_commas_changes_nothing(reconstruct, out, tmp_path):
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], check=False)
    if made.returncode != 0:
        pytest.skip("no sources of locales (Debian's package locales)")
    use = "import locale; locale.setlocale(locale.LC_ALL, ''); assert locale.localeconv()['decimal_point'] == ','"
    german = {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8"}
    options = ("--ap-centre", "40.5", "48.25", "--sid", "1150.5")
    assert reconstruct(out / "plain.nrrd", *options).returncode == 0
    done = reconstruct(out / "comma.nrrd", *options, before=use, environment=german, fresh=True)
    assert done.returncode == 0, done.stderr
    assert (out / "comma.nrrd").read_bytes() == (out / "plain.nrrd").read_bytes()


@pytest.mark.parametrize("before", [NO_NETWORK, NO_OTHER_PROGRAM], ids=["no network", "no other program, no pickle"])
def test_a_reconstruction_needs_neither_network_nor_other_programs(reconstruct, out, names, before):
    done = reconstruct(out / "ct.nrrd", before=before, fresh=True)
    assert done.returncode == 0, done.stderr
    assert names(out) == ["ct.json", "ct.nrrd"]


def test_the_guards_of_the_test_above_see_what_they_forbid():
    for guard, code, seen in (
        (NO_NETWORK, "import socket; socket.getaddrinfo('localhost', 80)", b"AssertionError"),
        (NO_OTHER_PROGRAM, "import os; os.system('')", b"FileNotFoundError: os.system"),
        (NO_OTHER_PROGRAM, "import subprocess; subprocess.run(['true'])", b"FileNotFoundError: subprocess.Popen"),
        (NO_OTHER_PROGRAM, "import pickle; pickle.loads(pickle.dumps(sys.exit))", b"AssertionError"),
    ):
        done = subprocess.run([sys.executable, "-c", f"import sys\n{guard}\n{code}"], capture_output=True, check=False)
        assert seen in done.stderr


def test_a_clock_that_jumps_back_changes_nothing(reconstruct, out, report_of):
    done = reconstruct(out / "ct.nrrd", before=JUMPING_CLOCK, fresh=True)
    assert done.returncode == 0, done.stderr
    assert all(seconds >= 0.0 for seconds in report_of(out / "ct.nrrd")["timings_s"].values())


def test_nothing_is_written_outside_the_output_and_the_temporary_folder(reconstruct, whole_files, out):
    pair = whole_files / "jpeg.dcm", whole_files / "lateral.dcm"
    done = reconstruct(out / "ct.nrrd", before=WRITES, pair=pair, fresh=True)
    assert done.returncode == 0, done.stderr
    written = [Path(line.removeprefix("WROTE ")) for line in done.stdout.splitlines() if line.startswith("WROTE")]
    assert any(path.is_relative_to(out) for path in written)
    allowed = (out, reconstruct.temporary, Path(os.devnull))
    assert [path for path in written if not any(path.is_relative_to(place) for place in allowed)] == []
