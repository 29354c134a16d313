"""What surrounds an input: the locale of the process, and the names of outputs; for `inputs.Kind.prepare`."""

import contextlib
import locale
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from ct_truth import wrong_voxels
from dicom_truth import expected_of_dicom
from radiograph_truth import wrong_radiograph
from reconstruction_inputs import reconstructed
from spoilt import ACCEPTED, REFUSED, Spoilt
from whole_files import QUICK, ROOT, run_whole, whole


@cache
def german() -> str | None:
    """A folder with a locale that has decimal commas; None where it cannot be made."""
    folder = whole() / "locales"
    folder.mkdir(exist_ok=True)
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], check=False, capture_output=True
    )
    return str(folder) if made and made.returncode == 0 else None


def in_german(folder, random):
    """Files with fractions of millimetres, read and written in a process whose numbers have a decimal comma."""
    name = ("ct.nrrd", "ct.nii", "ct.mha", "ap.nrrd", "ap.mha", "ap.nii", "ap.dcm", "ap.tif")[random.integers(8)]
    ending = (".nrrd", ".nii.gz", ".mha")[random.integers(3)]
    path = whole() / name
    if name.startswith("ct"):
        command = ["evaluate", str(path), str(whole() / "sound.nrrd"), "--progress", "none"]
        return Spoilt("diff2ct in German", command, must=ACCEPTED, about=name, wrong=in_locale(wrong_voxels(path)))
    options = ["--centre-ras", "1.5", "-2.25", "3.125"]
    run = reconstructed(folder, path, options=options)
    output = folder / "out" / f"ct{ending}"
    run.command[run.command.index("-o") + 1] = str(output)

    def wrong():
        origin = np.array(image_of_file(output).GetOrigin())
        middle = origin + (32 - 1) / 2 * 8.0
        if np.abs(middle - (-1.5, 2.25, 3.125)).max() > 0.01:
            return f"the middle of the volume lies at {middle.tolist()} in LPS mm"
        if name != "ap.dcm":
            return None
        return in_locale(lambda: wrong_radiograph(path, folder / "out" / "ct.json", expected_of_dicom(path, path)))()

    return Spoilt("diff2ct in German", run.command, must=ACCEPTED, about=f"{name} to {ending}", wrong=wrong)


def image_of_file(path: Path):
    """As any other program reads it."""
    return sitk.ReadImage(str(path))


def in_locale(question):
    """The same question, asked with decimal commas."""

    def asked():
        with decimal_commas():
            return question()

    return asked


@contextlib.contextmanager
def decimal_commas():
    """LC_NUMERIC as a Qt program in Germany has it; nothing where that cannot be had."""
    if german() is None:
        yield
        return
    before = locale.setlocale(locale.LC_NUMERIC)
    os.environ["LOCPATH"] = german()
    try:
        locale.setlocale(locale.LC_NUMERIC, "de_DE.UTF-8")
        yield
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)
        del os.environ["LOCPATH"]


def in_the_c_locale(folder, random):
    """Names in other scripts where the system says that it knows only ASCII."""
    name = ("Wirbelsäule", "脊柱", "plain")[random.integers(3)]
    place = folder / name
    place.mkdir(exist_ok=True)
    frontal = place / f"{name}.dcm"
    frontal.write_bytes((whole() / "ap.dcm").read_bytes())
    run = reconstructed(folder, frontal)
    output = folder / "out" / f"{name}.nrrd"
    run.command[run.command.index("-o") + 1] = str(output)
    wrong = lambda: None if output.is_file() else f"{output.name} is not there"  # noqa: E731
    return Spoilt("diff2ct in the C locale", run.command, about=name, wrong=wrong)


def run_in_the_c_locale(command: list[str]) -> int:
    """The program as a process of its own, since a locale of the whole system cannot be taken back."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "Diff2CTCore", *command], check=False, capture_output=True, env=environment, timeout=50
    )
    sys.stderr.write(done.stderr.decode("utf-8", "replace"))
    return done.returncode


def output_name(folder, random):
    """Outputs with capital endings or names in other scripts, and such that cannot be written."""
    names = ("CT.NRRD", "CT.NII.GZ", "ct.Nii", "ct.Mha", "脊柱.nrrd", "a'b\" %s.nii.gz", "ct.nrrd.gz", "ct", "ct.txt")
    name = names[random.integers(len(names))]
    run = reconstructed(folder, whole() / "ap.dcm")
    output = folder / "out" / name
    run.command[run.command.index("-o") + 1] = str(output)

    def wrong():
        copy = (
            folder
            / f"copy{''.join(output.suffixes[-2:] if output.suffix.lower() == '.gz' else [output.suffix]).lower()}"
        )
        copy.write_bytes(output.read_bytes())
        found, made = sitk.GetArrayFromImage(sitk.ReadImage(str(copy))), _made()
        return None if (found == made).all() else "the volume is another than that of a plain name"

    must = REFUSED if names.index(name) > 5 else ACCEPTED
    return Spoilt("diff2ct", run.command, must=must, about=name, wrong=wrong)


@cache
def _made() -> np.ndarray:
    path = whole() / "plain.nrrd"
    command = ["reconstruct", str(whole() / "ap.dcm"), str(whole() / "lateral.dcm"), "-o", str(path)]
    run_whole([*command, "--model", str(whole() / "model"), *QUICK])
    return sitk.GetArrayFromImage(image_of_file(path))


def volume_and_report(files: list[str]) -> bool:
    """One volume and its report."""
    return len(files) == 2 and sum(name.endswith(".json") for name in files) == 1
