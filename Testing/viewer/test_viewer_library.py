"""The library that is shipped is the one that is named, under the licences that are named."""

import hashlib
import re
from pathlib import Path

from Diff2CTCore.storage import resource_path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "niivue-0.69.0.umd.js"
SHA256 = "47b896b77ec4a5be3ef1949c33ad393b6f45629921f326c279000bcf51bdb4af"


def test_the_viewer_is_the_published_file_and_documented():
    content = resource_path("Viewer", LIBRARY).read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256
    # Else it could not stand in a page as it is.
    assert b"</script" not in content.lower()
    assert b"<!--" not in content
    note = resource_path("Viewer", "README.md").read_text(encoding="utf-8")
    assert SHA256 in note
    assert LIBRARY in note
    assert LIBRARY in (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def test_the_licences_of_the_viewer_and_of_what_is_inside_it_are_there():
    text = resource_path("Viewer", "niivue-LICENCES.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2021, Niivue" in text
    for name in (
        "fflate",
        "gl-matrix",
        "nifti-reader-js",
        "numcodecs",
        "zarrita",
        "structured-clone",
        "uuid",
        "Roboto",
    ):
        assert re.search(name, text), name


def test_the_pages_own_script_stays_small():
    assert resource_path("Viewer", "page.js").read_text(encoding="utf-8").count("\n") <= 250
