"""The command line in this process."""

import pytest

from Diff2CTCore.__main__ import main


@pytest.fixture
def run(capsys):
    """Run the command line in this process; gives (exit code, stdout, stderr)."""

    def call(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call
