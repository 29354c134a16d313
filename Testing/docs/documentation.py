"""Finds what the documentation shows: its commands, and the messages it explains."""

import ast
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "training" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
GAP = "…"


def commands():
    """Each command in a fenced block without a language or of a shell: (page, list of words)."""
    found = []
    for page in PAGES:
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            if language not in ("", "sh", "bash", "console"):
                continue
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words:
                    found.append((page.name, words))
    return found


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
