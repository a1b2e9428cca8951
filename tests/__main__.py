"""The one word that checks everything: `python -m tests` (format, lint, types, import contracts, tests)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STEPS = (
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("lint", ["-m", "ruff", "check", "."]),
    ("types", ["-m", "mypy"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    ("tests", ["-m", "pytest", "-n", "auto"]),
)


def main() -> int:
    """Run every step, the tests last so that their closing line ends the output; 0 when all pass."""
    failed = []
    for name, arguments in STEPS:
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, *arguments], check=False, cwd=Path(__file__).parent.parent)
        if done.returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
