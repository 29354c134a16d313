"""The extension, built against a stand-in for Slicer's CMake package and installed to an empty prefix."""

import pytest
from extension_build import Build


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The extension, installed."""
    build = Build(tmp_path_factory.mktemp("extension"))
    for step in (build.configure, build.build, build.install):
        done = step()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning" not in done.stderr, done.stderr
    return build
