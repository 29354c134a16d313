"""Finds what the documentation shows: its commands, and the messages it explains."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "training" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
GAP = "…"


PROGRAMS = ("diff2ct", "make", "pip", "python", "cmake", "torchrun", "tensorboard", "git")


def commands():
    """Each command as (page, list of words), from the text and from fenced blocks of a shell or without a language."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
            if language in ("", "sh", "bash", "console"):
                lines = block.replace("\\\n", " ").splitlines()
                found += [(page.name, shlex.split(line.removeprefix("$ "), comments=True)) for line in lines]
        without_blocks = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
        for code in re.findall(r"`([^`]+)`", without_blocks):
            if re.match(rf"(?:{'|'.join(PROGRAMS)})\s", code):
                found.append((page.name, shlex.split(code)))
    return [(page, words) for page, words in found if words]


def shown(program):
    """The documentation's commands that begin with a program, each once."""
    return sorted({tuple(words) for _, words in commands() if words[0] == program})


def training_steps():
    """The commands of the training's table, in their order."""
    text = (ROOT / "training" / "README.md").read_text(encoding="utf-8")
    return [shlex.split(code) for code in re.findall(r"^\| \d \| `([^`]+)`", text, re.M)]


def recipe_of(goal):
    """The last command that `make` runs for a goal, with this interpreter."""
    shown = subprocess.run(
        ["make", "-n", "--no-print-directory", goal], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    words = shlex.split(shown.replace("\\\n", " ").splitlines()[-1])
    return [sys.executable if word == ".venv/bin/python" else word for word in words]


def anchors(page):
    """The names that GitHub gives to a page's headings: lower case, spaces as dashes, no punctuation."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in re.findall(r"^#+ (.+)$", text, re.M)]
    return {heading.strip().replace(" ", "-") for heading in headings}


def explained_messages():
    """The messages that the page on troubleshooting explains."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    return re.findall(r"^#### `(.+)`$", text, re.M)


def program_texts():
    """Texts in the source, with `GAP` for each value that is put in."""
    texts = set()
    for room in ("Diff2CTCore", "Diff2CTReconstruction"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else GAP for part in node.values)
                    texts.add("".join(parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    # Translated texts name their values: "{folder}".
                    texts.add(re.sub(r"\{\w+(?::[^}]*)?\}", GAP, node.value))
    return texts
