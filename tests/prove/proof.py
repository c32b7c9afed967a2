# SPDX-License-Identifier: Apache-2.0
"""What every bar uses: programs, goals, medians, and the line that tools/prove.py collects."""

import contextlib
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
# The core that a measured server has to itself.
MEASURED_CORE = 0
# The figures that wait for the second look at the machine; None where no bar asked for one.
waiting: list[dict] | None = None
COMPARE = {">=": operator.ge, "<=": operator.le, "=": operator.eq}


def built(target: str) -> pathlib.Path:
    """Builds a program of the release preset, which `./dev prove` has configured."""
    subprocess.run(["ninja", "-C", RELEASE, target], stdout=subprocess.DEVNULL, check=True)
    return RELEASE / "bin" / target


def look_at_machine() -> dict:
    """Returns what the measured core gives just now; takes two seconds of it."""
    words = [built("machine_probe"), str(MEASURED_CORE)]
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def machine_words(looks: list[dict]) -> str:
    """Returns the medians of the looks in the words for the note."""
    middle = {name: statistics.median(look[name] for look in looks) for name in looks[0]}
    return (
        f"machine: {middle['read_ns']:.0f} ns/read, {middle['copy_gb_per_s']:.1f} GB/s copy, "
        f"{middle['message_ns'] / 1e3:.2f} us/message, {middle['step_ns']:.2f} ns/step"
    )


@contextlib.contextmanager
def machine_noted():
    """Looks at the machine before and after what is inside; the figures' notes tell it."""
    global waiting
    before, waiting = look_at_machine(), []
    try:
        yield
    finally:
        rows, waiting = waiting, None
        words = machine_words([before, look_at_machine()])
        for row in rows:
            note = "; ".join(filter(None, (row["note"], words)))
            print(json.dumps(row | {"note": note}), flush=True)


def say(line: str) -> None:
    """Prints what one round came to, for people."""
    print(f"  {line}", flush=True)


def commit() -> str:
    """Returns the short commit, with + where the sources differ from it."""

    def git(*words: str) -> str:
        told = subprocess.run(
            ["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        return told.stdout.strip()

    # The page of proofs itself changes with every bar.
    changed = git("status", "--porcelain", "--", ".", ":!docs/reference")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


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
    if waiting is None:
        print(json.dumps(row), flush=True)
    else:
        waiting.append(row)
    return passed


def median_and_spread(values: list[float]) -> tuple[float, str]:
    """Returns the median of the rounds and the words for the note: how many, smallest, largest."""
    ordered = sorted(values)
    return (
        statistics.median(ordered),
        f"median of {len(ordered)} rounds, {ordered[0]:.3g} to {ordered[-1]:.3g}",
    )
