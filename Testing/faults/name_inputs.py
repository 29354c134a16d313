"""Inputs under odd names: twins, capital endings, endings of other formats, links, paths that are none."""

import gzip
from pathlib import Path

from ct_inputs import compared_with_the_sound_one
from radiograph_truth import expected_of_picture
from reconstruction_inputs import read_as, reconstructed
from spoilt import ACCEPTED, EITHER, REFUSED
from whole_files import whole

ENDINGS = (".nrrd", ".mha", ".nii", ".nii.gz")
ODD_PATHS = ("a\0b.dcm", "\udcff.dcm", "\ud800.nrrd", "", ".", "..", "/dev/null", "/dev/zero", "x" * 300, "a/b" * 2000)
ODD_PATHS += ("~", "\n")


def odd_ct_name(folder, random):
    """A CT under an odd name."""
    path, told, kind, about = _odd_name(folder, "ct", random)
    return compared_with_the_sound_one(path, told, about=about, must=EITHER if kind == "ending" else ACCEPTED)


def odd_radiograph_name(folder, random):
    """A radiograph under an odd name; its format is told from the content."""
    path, told, kind, about = _odd_name(folder, "ap", random)
    must = EITHER if kind == "ending" else ACCEPTED
    return read_as(folder, path, lambda: expected_of_picture(told), must=must, about=about)


def _odd_name(folder: Path, stem: str, random) -> tuple[Path, Path, str, str]:
    """The file, one of the same content under a plain name, and what is odd."""
    kind = ("twin", "capitals", "ending", "letters", "link")[random.integers(5)]
    ending = ENDINGS[random.integers(2, 4) if kind == "twin" else random.integers(4)]
    content = _content(stem, ending)
    told = folder / f"told{ending}"
    told.write_bytes(content)
    path = folder / f"{stem}{ending}"
    if kind == "twin":
        # What a reader would take who searches by the name without its ending.
        other = (whole() / f"{stem}-twin.nii").read_bytes()
        twin = folder / f"{stem}{'.nii' if ending == '.nii.gz' else '.nii.gz'}"
        twin.write_bytes(other if twin.suffix == ".nii" else gzip.compress(other, mtime=0))
        for end, part in ((".hdr", other[:348]), (".img", other[352:])):
            if random.random() < 0.5:
                (folder / f"{stem}{end}").write_bytes(part)
    elif kind == "capitals":
        path = folder / (path.name.upper() if random.random() < 0.5 else path.name.title())
    elif kind == "ending":
        path = folder / f"{stem}{(*ENDINGS, '.txt')[random.integers(5)]}"
    elif kind == "letters":
        path = folder / f"Wirbelsäule 脊柱 'x\" %s.1.0{ending}"
    if kind == "link":
        path = folder / f"link{ending}"
        path.symlink_to(told)
    else:
        path.write_bytes(content)
    return path, told, kind, f"{kind}: {path.name}, which is {ending}"


def _content(stem: str, ending: str) -> bytes:
    if ending == ".nii.gz":
        return gzip.compress((whole() / f"{stem}.nii").read_bytes(), mtime=0)
    return (whole() / f"{stem}{ending}").read_bytes()


def odd_path(folder, random):
    """A path that names no radiograph, as an input or as the output."""
    path = ODD_PATHS[random.integers(len(ODD_PATHS))]
    run = reconstructed(folder, whole() / "ap.dcm", must=REFUSED, about=repr(path[:40]))
    place = run.command.index("-o") + 1 if random.random() < 0.4 else int(random.integers(1, 3))
    run.command[place] = path
    return run
