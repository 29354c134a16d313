"""The cases of a batch: the options of `diff2ct reconstruct` for each line of a manifest."""

from __future__ import annotations

import argparse
import hashlib
import json
import re

from .. import __version__
from ..batch import Line, ManifestError, read_manifest
from .arguments import Parser, check_path, with_point
from .reconstruct import output_files
from .result import UsageError
from .run_options import add_align_option, add_place_option, add_run_options
from .view_options import add_geometry_options, add_reading_options

_CASE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices; a file of such a name cannot be copied there."""
_OPTION = re.compile(r"-[^0-9.]")
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_RESULT_DOES_NOT_DEPEND_ON = {"command", "run", "manifest", "progress", "debug", "device"}
_RESULT_DOES_NOT_DEPEND_ON |= {"frontal", "lateral", "model", "output", "report", "std_output", "reprojections"}
"""Options that change nothing, and those of which the content counts and not the path."""


def add_case_options(parser: argparse.ArgumentParser) -> None:
    """Options that the command line has, and a manifest as columns."""
    add_align_option(parser)
    add_place_option(parser)
    add_run_options(parser)
    add_geometry_options(parser)
    add_reading_options(parser)


class _CaseParser(Parser):
    def error(self, message: str):
        raise UsageError(f"{message}.")


def cases_of(arguments) -> dict[str, argparse.Namespace]:
    """Arguments of `diff2ct reconstruct` for each case of the manifest, by name."""
    parser = _CaseParser(add_help=False)
    add_case_options(parser)
    actions = {option[2:]: action for action in parser._actions for option in action.option_strings}
    columns = {name for name in actions if not name.startswith("no-")}
    found = read_manifest(arguments.manifest, columns, lambda line: _case(line, arguments, parser, actions))
    seen: dict[str, Line] = {}
    for line, _ in found:
        other = seen.setdefault(line.case.lower(), line)
        if other is not line:
            raise ManifestError(
                f"Lines {other.number} and {line.number} of {arguments.manifest} have the same case {line.case!r}; "
                "give each its own."
            )
    cases = {line.case: options for line, options in found}
    _check_places(cases)
    return cases


def _check_places(cases: dict[str, argparse.Namespace]) -> None:
    """ManifestError where an output would take the place of a radiograph, of a part of a model or of another output."""
    from ..reconstruction import in_model_folder

    radiographs = {path.resolve() for options in cases.values() for path in (options.frontal, options.lateral)}
    taken: dict[str, str] = {}
    for case, options in cases.items():
        for path in output_files(options):
            if path.resolve() in radiographs:
                raise ManifestError(
                    f"The output {path} of {case} is one of the radiographs; choose another folder or name."
                )
            if in_model_folder(path):
                raise ManifestError(
                    f"The output {path} of {case} would lie in the folder of a model; choose another folder."
                )
            # Some disks do not tell small letters from capital ones.
            other = taken.setdefault(str(path).lower(), case)
            if other != case:
                raise ManifestError(f"The cases {other} and {case} would both write {path}; rename one of them.")


def _case(line: Line, arguments, parser: argparse.ArgumentParser, actions: dict) -> argparse.Namespace:
    if not _CASE_NAME.fullmatch(line.case) or _DEVICE_NAME.fullmatch(line.case):
        raise UsageError(f"the case {line.case!r} cannot name a file; use letters, digits, dots and dashes.")
    for path in (line.frontal, line.lateral):
        check_path(path)
        if not path.is_file():
            raise UsageError(f"the radiograph {path} does not exist.")
    command = []
    for name, written in line.options.items():
        is_number = line.decimal_comma and actions[name].type is float
        cell = " ".join(map(with_point, written.split())) if is_number else written
        if isinstance(actions[name], argparse.BooleanOptionalAction):
            if cell.lower() not in _YES_NO:
                raise UsageError(f"{name} is {cell!r}; give yes or no.")
            command.append(f"--{name}" if _YES_NO[cell.lower()] else f"--no-{name}")
        elif actions[name].nargs is None:
            command.append(f"--{name}={cell}")
        else:
            values = cell.split()
            if any(map(_OPTION.match, values)):
                raise UsageError(f"{name} is {cell!r}; give {actions[name].nargs} numbers.")
            command += [f"--{name}", *values]
    options = parser.parse_args(command, argparse.Namespace(**vars(arguments)))
    if arguments.std and options.samples < 2:
        raise UsageError("--std needs samples of at least 2; one sample has no deviation.")
    options.frontal, options.lateral = line.frontal, line.lateral
    options.output = arguments.output / f"{line.case}{arguments.format}"
    options.report = None
    options.std_output = arguments.output / f"{line.case}_std{arguments.format}" if arguments.std else None
    options.reprojections = arguments.output / f"{line.case}_views" if arguments.reprojections else None
    return options


def model_checksums(cases: dict[str, argparse.Namespace]) -> dict[str | None, str]:
    """What each model of the cases is, card and weights, as a short text; one that is missing is refused here."""
    from ..models import find_model, load_card

    return {
        name: hashlib.sha256(load_card(find_model(name)).to_json().encode()).hexdigest()
        for name in {options.model for options in cases.values()}
    }


def fingerprint(options: argparse.Namespace, model_checksum: str) -> str:
    """What the result of a case depends on, as a short text: the content of its radiographs, its options, the model
    and this version. OSError when a radiograph cannot be read."""
    depends = {name: value for name, value in vars(options).items() if name not in _RESULT_DOES_NOT_DEPEND_ON}
    outputs = [path.name for path in output_files(options)]
    contents = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (options.frontal, options.lateral)]
    text = json.dumps([depends, outputs, contents, model_checksum, __version__], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
