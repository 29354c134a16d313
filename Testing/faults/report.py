"""What a campaign found, as a page of the documentation."""

import datetime
import platform
from pathlib import Path

TEXT = """# Fault campaign

`make faults` spoils {inputs} inputs in {kinds} ways, gives each to the program through its command line, and writes
this page. An input may succeed (the damage did no harm) or be refused with one sentence. It must not end in an
unexpected failure, a traceback, a crash, a hang of more than 60 s, more than 4 GB of memory, or a partial file. The
inputs are made from fixed seeds; `make test` runs {few} of them each time.

| spoiled | inputs | succeeded | refused | findings | slowest in s |
|---|---|---|---|---|---|
{rows}
| **together** | **{inputs}** | **{succeeded}** | **{refused}** | **{findings}** | **{slowest:.1f}** |

Peak memory of the process, with the small model of the tests: {memory:.2f} GB. Time: {minutes:.0f} minutes.
Run on {date} with Python {python} on {system}.
{list}"""


def write_report(path: Path, tallies, seconds: float, memory: int, few: int = 576) -> None:
    """Write the page."""
    rows = [
        f"| {tally.kind} | {sum(tally.outcomes.values())} | {tally.outcomes['succeeded']} "
        f"| {tally.outcomes['refused']} | {len(tally.findings)} | {tally.slowest[0]:.1f} |"
        for tally in tallies
    ]
    findings = [finding for tally in tallies for finding in tally.findings]
    text = TEXT.format(
        inputs=sum(sum(tally.outcomes.values()) for tally in tallies),
        kinds=len(tallies),
        rows="\n".join(rows),
        succeeded=sum(tally.outcomes["succeeded"] for tally in tallies),
        refused=sum(tally.outcomes["refused"] for tally in tallies),
        findings=len(findings),
        slowest=max(tally.slowest[0] for tally in tallies),
        memory=memory / 1e9,
        minutes=seconds / 60,
        date=datetime.date.today().isoformat(),
        python=platform.python_version(),
        system=platform.system(),
        few=few,
        list="".join(f"\n- {finding}" for finding in findings),
    )
    path.write_text(text, encoding="utf-8")
