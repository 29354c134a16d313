# make demo   reconstruct the bundled pair of radiographs; results in demo/
# make test   style check and tests
# make test-cuda   the tests that compare a GPU with the CPU; on a machine with one
# make docs   the Python API from the docstrings, in build/api
# make notebook   docs/reconstruct.ipynb run anew, with the outputs stored in it
# make faults   the fault campaign; report in docs/faults.md
# make benchmark   speed beside that of other programs, in Testing/benchmark/results.md; half an hour at most
# make audit   the installed packages against the known vulnerabilities; needs the Internet
# make pictures   every picture of the documentation, and the numbers in docs/failures.md; a few minutes. Those of the
#                 benchmark are made by training.benchmark, those of held-out cases by training.evaluate
# make figures   of these, the figure of the geometry
# make screenshots   of these, the Slicer module's panel and views, made in the stand-in application
# make clean   removes .venv, demo and build
#
# All make their own environment in .venv and reuse it. `make demo PYTHON=python3.12` takes another interpreter,
# TORCH_INDEX=ADDRESS the CPU build of PyTorch from the index that pytorch.org names for CPU builds, and
# TORCH=torch==2.12.0 (any requirement of pip) another PyTorch.

PYTHON = python3
TORCH_VERSION = 2.13.0
TORCH =
TORCH_INDEX =
VENV = .venv
# As one word of the shell, whatever signs are in it.
quoted = '$(subst ','\'',$(1))'
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install

.PHONY: demo test test-cuda docs notebook faults benchmark audit pictures figures screenshots clean

demo: $(VENV)/demo.installed
	$(VENV)/bin/python -m Diff2CTCore demo -o demo

test: $(VENV)/test.installed
	$(VENV)/bin/ruff check .
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest --numprocesses 2 --dist loadfile

test-cuda: $(VENV)/test.installed
	$(VENV)/bin/python -m pytest -m cuda -rs Testing/cuda

screenshots: $(VENV)/test.installed
	$(VENV)/bin/python Testing/slicer/screenshots.py Resources/Screenshots

docs: $(VENV)/test.installed
	$(VENV)/bin/python -m pdoc --docformat google --no-show-source --output-directory build/api \
		Diff2CTCore '!Diff2CTCore.Resources' training

notebook: $(VENV)/test.installed
	$(VENV)/bin/python Testing/docs/notebook.py docs/reconstruct.ipynb

faults: $(VENV)/test.installed
	$(VENV)/bin/python Testing/faults/campaign.py --cases 30 --report docs/faults.md

benchmark: $(VENV)/benchmark.installed
	PYTHONPATH=build/benchmark $(VENV)/bin/python Testing/benchmark/run.py

audit: $(VENV)/test.installed
	$(PIP) --quiet pip-audit
	$(VENV)/bin/python -m pip_audit --skip-editable

pictures: figures screenshots
	$(VENV)/bin/python -m training.randomisation_pictures Resources/Training/randomisation.png
	$(VENV)/bin/python Resources/Figures/draw_sample.py Resources/Screenshots
	$(VENV)/bin/python Testing/viewer/page_picture.py Resources/Screenshots/view.png
	$(VENV)/bin/python Resources/Figures/draw_failures.py Resources/Figures/Failures docs/failures.md

figures: $(VENV)/test.installed
	$(VENV)/bin/python Resources/Figures/draw_geometry.py

$(VENV)/created:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10))" || \
		{ echo "Diff2CT needs Python 3.10 or newer; name one with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || \
		{ echo "Python cannot make environments here; on Debian and Ubuntu install the package python3-venv."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

# PyTorch by itself and first, so that nothing else chooses its version. It may be gigabytes, so its download is shown.
$(VENV)/torch.installed: $(VENV)/created
	@$(VENV)/bin/python Resources/Setup/choose_pytorch.py $(VENV)/torch.txt --version "$(TORCH_VERSION)" \
		--given=$(call quoted,$(TORCH)) --index=$(call quoted,$(TORCH_INDEX))
	$(PIP) --requirement $(VENV)/torch.txt
	touch $@

$(VENV)/demo.installed: $(VENV)/torch.installed pyproject.toml
	$(PIP) --quiet --editable ".[demo]"
	touch $@

$(VENV)/test.installed: $(VENV)/torch.installed pyproject.toml
	$(PIP) --quiet --editable ".[test]"
	touch $@ $(VENV)/demo.installed

# Beside the environment and without what they depend on: these libraries must not choose PyTorch.
$(VENV)/benchmark.installed: $(VENV)/test.installed Testing/benchmark/peers.txt
	$(PIP) --quiet --no-deps --upgrade --target build/benchmark --requirement Testing/benchmark/peers.txt
	touch $@

clean:
	rm -rf $(VENV) demo build
