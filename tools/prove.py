#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the long measurements of tests/prove/ and collects them in docs/reference/proofs.md.

usage: prove.py [BAR ...] | --list | --write

A bar is an executable tests/prove/<name>_bar.py that prints one JSON object a line for each figure,
made by tests/prove/proof.py: bar, figure, goal, unit, passed, commit, command, note. All else that
it prints is for people. Without names every bar runs; --write only writes the page again.
"""

import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BARS = ROOT / "tests" / "prove"
RESULTS = ROOT / "docs" / "reference" / "proofs.json"
PAGE = ROOT / "docs" / "reference" / "proofs.md"
FIELDS = {"bar", "figure", "goal", "unit", "passed", "commit", "command", "note"}
HEAD = """# Proofs

What was measured last, by which command, at which commit. Written by `./dev prove`; do not edit.
Two cores; where a figure depends on the machine, the note names what ran beside it.

| bar | figure | goal | met | commit | command | note |
|---|---|---|---|---|---|---|
"""


def bars() -> dict[str, pathlib.Path]:
    return {path.stem.removesuffix("_bar"): path for path in sorted(BARS.glob("*_bar.py"))}


def figures_of(output: str) -> list[dict]:
    lines = (line for line in output.splitlines() if line.startswith('{"bar"'))
    return [json.loads(line) for line in lines]


def run_bar(name: str, script: pathlib.Path) -> tuple[list[dict], bool]:
    """Returns the figures of one bar, and whether it ran whole and met its goals."""
    print(f"== {name}", flush=True)
    begun = time.monotonic()
    lines = []
    with subprocess.Popen([sys.executable, "-B", script], stdout=subprocess.PIPE, text=True) as bar:
        for line in bar.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    figures = figures_of("".join(lines))
    missing = [figure for figure in figures if set(figure) != FIELDS]
    if missing:
        sys.exit(f"prove: {name} printed a figure without the right fields: {missing[0]}")
    good = bar.returncode == 0 and bool(figures) and all(figure["passed"] for figure in figures)
    print(f"{name}: {'met' if good else 'NOT MET'}, {time.monotonic() - begun:.0f} s", flush=True)
    return figures, good


def page(results: dict[str, dict]) -> str:
    rows = []
    for name in sorted(results):
        r = results[name]
        met = "yes" if r["passed"] else "**no**"
        rows.append(
            f"| {name} | {r['figure']:,} {r['unit']} | {r['goal']} | {met} | {r['commit']} "
            f"| `{r['command']}` | {r['note']} |\n"
        )
    return HEAD + "".join(rows)


def write(results: dict[str, dict]) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page(results))


def main() -> None:
    known, asked = bars(), sys.argv[1:]
    if asked == ["--list"]:
        print("\n".join(known))
        return
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if asked == ["--write"]:
        write(results)
        return
    unknown = [name for name in asked if name not in known]
    if unknown:
        sys.exit(f"prove: no bar '{unknown[0]}' among: {' '.join(known)}")
    unmet = []
    for name in asked or known:
        figures, good = run_bar(name, known[name])
        results |= {figure["bar"]: figure for figure in figures}
        write(results)
        if not good:
            unmet.append(name)
    print(f"prove: {len(asked or known) - len(unmet)} met, {len(unmet)} not met", *unmet)
    sys.exit(1 if unmet else 0)


if __name__ == "__main__":
    main()
