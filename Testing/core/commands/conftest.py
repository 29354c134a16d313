"""The command line in this process."""

import pytest
from export_case import write_case

from Diff2CTCore.__main__ import main


@pytest.fixture
def case(tmp_path):
    """A folder with a volume and a report as `reconstruct` writes them."""
    write_case(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Run the command line in this process; gives (exit code, stdout, stderr)."""

    def call(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call
