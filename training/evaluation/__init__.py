"""How near methods come to the truth on held-out cases, and how far each number can be trusted."""

from .benchmark import BENCHMARK_NAME, FIGURES_FOLDER, RESULTS_FOLDER, benchmark_parser, prepare_benchmark
from .card_entries import write_card
from .earlier import earlier_set, with_earlier_set
from .evaluation import Evaluation, evaluate_sets, write_evaluation
from .goals import comparison_goals, goals_markdown, own_goals
from .held_out import find_cases
from .options import add_case_arguments, add_own_arguments, add_run_arguments, check_own_arguments, run_settings
from .reconstructors import MethodSpec
from .statistics import difference_interval
from .tables import COLUMNS

__all__ = [
    "BENCHMARK_NAME",
    "COLUMNS",
    "FIGURES_FOLDER",
    "RESULTS_FOLDER",
    "Evaluation",
    "MethodSpec",
    "add_case_arguments",
    "add_own_arguments",
    "add_run_arguments",
    "benchmark_parser",
    "check_own_arguments",
    "comparison_goals",
    "difference_interval",
    "earlier_set",
    "evaluate_sets",
    "find_cases",
    "goals_markdown",
    "own_goals",
    "prepare_benchmark",
    "run_settings",
    "with_earlier_set",
    "write_card",
    "write_evaluation",
]
