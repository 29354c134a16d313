"""`python -m training.benchmark`: all methods whose weights are in the repository, on held-out cases.

Phantoms are drawn by seed, so that anyone can repeat their part; real scans need `--real`, a folder that
`training.prepare` wrote. Without it their part is kept from the last run with the same weights.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import time
from pathlib import Path

from .command import command
from .evaluation import (
    BENCHMARK_NAME,
    FIGURES_FOLDER,
    benchmark_parser,
    evaluate_sets,
    prepare_benchmark,
    run_settings,
    with_earlier_set,
    write_evaluation,
)


@command
def main(argv: list[str] | None = None) -> None:
    """Run the benchmark."""
    parser = benchmark_parser("benchmark", __doc__.splitlines()[0])
    parser.add_argument("--figures", type=Path, default=FIGURES_FOLDER, help="folder for figures")
    arguments = parser.parse_args(argv)
    start = time.perf_counter()
    benchmark = prepare_benchmark(arguments)
    evaluation = evaluate_sets(benchmark.specs, benchmark.cases, run_settings(arguments), arguments.candidate)
    evaluation, note = with_earlier_set(evaluation, arguments.output, BENCHMARK_NAME, "real", benchmark.specs)
    if "real" not in evaluation.summaries:
        # What other weights reached must not stay beside these tables.
        pictures = [arguments.figures / f"{BENCHMARK_NAME}-{what}-real.png" for what in ("planes", "worst")]
        for stale in (arguments.output / f"{BENCHMARK_NAME}-real.csv", *pictures):
            stale.unlink(missing_ok=True)
    write_evaluation(evaluation, arguments.output, BENCHMARK_NAME, arguments.figures)
    print((arguments.output / f"{BENCHMARK_NAME}.md").read_text(encoding="utf-8"))
    print(f"{note} {(time.perf_counter() - start) / 60.0:.1f} minutes.")


if __name__ == "__main__":
    raise SystemExit(main())
