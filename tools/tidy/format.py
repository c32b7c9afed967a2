#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks clang-format 19 whether every C++ file stands as .clang-format wants it."""

import re
import subprocess

import tree

FORMATTER = "clang-format-19"


def check(checkout: tree.Tree, _arguments=None) -> list[str]:
    files = [
        f for f in checkout.files() if f.endswith(tree.CPP) and f.startswith(("src/", "tests/"))
    ]
    if not files:
        return ["no C++ file found"]
    try:
        told = subprocess.run(
            [FORMATTER, "--dry-run", "-Werror", *files],
            cwd=checkout.root,
            stderr=subprocess.PIPE,
            text=True,
        )
    except FileNotFoundError:
        return [f"{FORMATTER} is missing: run ./dev setup"]
    places = re.findall(r"^(\S+?:\d+):\d+: error", told.stderr, re.MULTILINE)
    firsts = {place.split(":")[0]: place for place in reversed(places)}
    found = [f"{place}: run {FORMATTER} -i" for _, place in sorted(firsts.items())]
    return found if told.returncode == 0 or found else [told.stderr.strip()]


if __name__ == "__main__":
    tree.main(check, __doc__)
