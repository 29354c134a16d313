"""What a campaign found, as a page of the documentation."""

import datetime
import platform
from pathlib import Path

TEXT = """# Fault campaign

`make faults` spoils {inputs} inputs in {kinds} ways, gives each to the program through its command line, and writes
this page. An input may be accepted or be refused with one sentence. It must not end in an unexpected failure, a
traceback, a crash, a hang of more than 60 s, more than 4 GB of memory, or a partial file, and no library may speak on
the user's error stream. **An input that is accepted must give the right values**: what became of it is compared with an
independent reading of the spoilt file, or with the content that its maker knew.

- *unchanged*: the damage changed no byte; such an input must be accepted.
- *refused*: one sentence, exit code 2, nothing written.
- *right*: accepted, and every value that was compared is right. What nobody could notice is fair: another value of a
  pixel or voxel where no checksum protects it, and another number that is as good as the one before; the independent
  reading finds the same there. Of compressed pixels that were hit only the other elements are compared.
- *accepted*: accepted, and there was nothing to compare with.

The inputs are made from fixed numbers: `python Testing/faults/campaign.py --kind NAME --first N --cases 1` repeats
number N. `make test` runs {few} of them each time.

| spoiled | inputs | unchanged | refused | right | accepted | findings | slowest in s |
|---|---|---|---|---|---|---|---|
{rows}
| **together** | **{inputs}** | **{unchanged}** | **{refused}** | **{right}** | **{accepted}** | **{findings}** | \
**{slowest:.1f}** |

Peak memory of the process, with the small model of the tests: {memory:.2f} GB. Time: {minutes:.0f} minutes.
Run on {date} with Python {python} on {system}.
{list}
Why spoilt inputs are accepted whose outcome is compared with nothing:
{why}

## What it has found so far
- Wrong values without a word, from DICOM: values above Bits Stored that wrap round; a decimal comma read as absent; the
  first frame's angle for each frame of a rotational run; a falling lookup table taken for a rising one; padding of the
  other VR taken for air; a damaged first or last CT slice dropped, so that the scan is a slice shorter.
- From other files: TIFF orientations, signed and planar samples, and rows that the file does not hold; numbers in NRRD
  headers cut off at the first odd letter; NIfTI files read from the twin beside them; units other than millimetres
  taken for millimetres; spacings of 1 mm where none is stated.
- From what surrounds them: spacings read and written without their fraction in a locale with decimal commas; a report
  of another volume, or of the volume before it was changed, taken for the exported one's; an abort after the whole work
  for names that the C locale cannot write; capital endings of outputs refused after the whole work.
- A MetaImage header with a wrong `NDims` crashed the process inside ITK. The header is now checked first.
- libpng, libjpeg, MetaIO, VNL and ITK wrote messages of their own, some with the file's path. They are now discarded
  while a file is read.
- A CT with a damaged spacing took more than 60 s and 2 GB in `simulate`. Scans beyond the size of a person are refused.
- A model's card with numbers of the wrong kind, and a pixel spacing of 1e-300 mm, ended in an unexpected failure; a
  card could ask for any amount of memory. Cards are now compared with the weights before a network is built.
- A full temporary folder was told as damaged pixel data. PyTorch's compiler, imported without need, left a folder named
  after the user in the temporary folder, and without a temporary folder ended the run.
- A model's archive called `...zip` was unpacked into the folder above that of the models.
- A radiograph whose DICOM file was gone when a saved scene was opened lost its polarity and turn.
- A NIfTI file with a voxel size of 6e-39 mm ended in an unexpected failure of `simulate`. Voxels finer than 0.01 mm are
  refused.
- Killed runs left their temporary folders for good. The next run in the same place now removes them.

## What else is tested
The tests in `Testing/faults` kill a run in each of its stages, while it decodes and while it writes; cancel it there;
let it write to a disk that is full or read-only, mounted for the test, and to files of limited size; take permissions
away; let two runs write one output; use names with spaces, quotes, other scripts and 200 characters; set a locale with
decimal commas, where one can be made; turn the clock back; forbid network, other programs and pickle; watch each file
that is opened for writing; search everything written for a phantom patient's name, ID, birth date and address; alter
weights, card and samples; compare the bytes of three runs; and compare the memory of the ready worker after 100
reconstructions with that after five (less than 5 % more).

Not tested: a GPU's memory, Windows and macOS.
"""
OUTCOMES = ("unchanged", "refused", "right", "accepted")


def write_report(path: Path, tallies, seconds: float, memory: int, few: int, why: dict[str, str]) -> None:
    """Write the page; `few` inputs are run with the tests, and `why` says of kinds why their inputs are accepted."""
    rows = [
        f"| {tally.kind} | {sum(tally.outcomes.values())} | "
        + " | ".join(str(tally.outcomes[name]) for name in OUTCOMES)
        + f" | {len(tally.findings)} | {tally.slowest[0]:.1f} |"
        for tally in tallies
    ]
    findings = [finding for tally in tallies for finding in tally.findings]
    text = TEXT.format(
        inputs=sum(sum(tally.outcomes.values()) for tally in tallies),
        kinds=len(tallies),
        rows="\n".join(rows),
        **{name: sum(tally.outcomes[name] for tally in tallies) for name in OUTCOMES},
        findings=len(findings),
        slowest=max(tally.slowest[0] for tally in tallies),
        memory=memory / 1e9,
        minutes=seconds / 60,
        date=datetime.date.today().isoformat(),
        python=platform.python_version(),
        system=platform.system(),
        few=few,
        list="".join(f"\n- {finding}" for finding in findings) + "\n" * bool(findings),
        why="\n".join(f"- {kind}: {words}." for kind, words in why.items()),
    )
    path.write_text(text, encoding="utf-8")
