"""The bundled files are found wherever the package lies."""

from Diff2CTCore import bundled


def test_resources_are_found_beside_the_package_and_inside_a_wheel(tmp_path, monkeypatch):
    assert bundled.resource_path("SampleData").is_dir()
    package = tmp_path / "Diff2CTCore"
    (package / "Resources" / "Models").mkdir(parents=True)
    monkeypatch.setattr(bundled, "_PACKAGE", package)
    assert bundled.resource_path("Models") == package / "Resources" / "Models"
