"""A batch on the small model, in this process."""

import json

import pytest
from sample_pair import QUICK

from Diff2CTCore import reconstruction
from Diff2CTCore.__main__ import main
from Diff2CTCore.reconstruction import run_job


@pytest.fixture
def batch(model, tmp_path, capsys):
    """Write a manifest and run it: `batch(text, option, ...)` gives exit code and events."""

    def run(text, *options):
        (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
        capsys.readouterr()
        command = ["batch", tmp_path / "cases.csv", "-o", tmp_path / "out", "--model", model, *QUICK, *options]
        code = main([*map(str, command), "--progress", "json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    run.folder = tmp_path
    run.out = tmp_path / "out"
    return run


@pytest.fixture
def reconstructed(monkeypatch):
    """Counts the reconstructions; gives the list of their settings."""
    settings = []
    monkeypatch.setattr(reconstruction, "run_job", lambda *given: settings.append(given[2]) or run_job(*given))
    return settings
