"""The bundled radiographs, and options with which the small model takes them in a blink."""

from Diff2CTCore.storage import resource_path

AP, LATERAL = (str(resource_path("SampleData", name)) for name in ("ap.dcm", "lateral.dcm"))
QUICK = ("--steps", "1", "--no-consistency", "--device", "cpu")
