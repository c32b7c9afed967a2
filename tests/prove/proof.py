# SPDX-License-Identifier: Apache-2.0
"""What every bar uses: programs, goals, medians, and the line that tools/prove.py collects."""

import json
import operator
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the measured build lies, a relative path from the root; harness/ is told from here.
RELEASE = ROOT / os.environ.get("MOBILAKE_RELEASE", "build/release")
os.environ["MOBILAKE_BIN"] = str(RELEASE / "bin" / "mobilake")
COMPARE = {">=": operator.ge, "<=": operator.le, "=": operator.eq}


def built(target: str) -> pathlib.Path:
    """Builds a program of the release preset, which `./dev prove` has configured."""
    subprocess.run(["ninja", "-C", RELEASE, target], stdout=subprocess.DEVNULL, check=True)
    return RELEASE / "bin" / target


def say(line: str) -> None:
    """Prints what one round came to, for people."""
    print(f"  {line}", flush=True)


def commit() -> str:
    """Returns the short commit, with + where the work tree differs from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def report(bar: str, figure: float, goal: str, unit: str, note: str = "") -> bool:
    """Prints one figure and returns whether it meets `goal`, e.g. "<= 12" or "= 0"."""
    sign, bound = goal.split()
    passed = bool(COMPARE[sign](figure, float(bound)))
    script = pathlib.Path(sys.argv[0]).stem.removesuffix("_bar")
    row = {
        "bar": bar,
        "figure": round(figure, 3),
        "goal": goal,
        "unit": unit,
        "passed": passed,
        "commit": commit(),
        "command": f"./dev prove {script}",
        "note": note,
    }
    print(json.dumps(row), flush=True)
    return passed


def median_and_spread(values: list[float]) -> tuple[float, str]:
    """Returns the median of the rounds and the words for the note: how many, smallest, largest."""
    ordered = sorted(values)
    return (
        statistics.median(ordered),
        f"median of {len(ordered)} rounds, {ordered[0]:.3g} to {ordered[-1]:.3g}",
    )
