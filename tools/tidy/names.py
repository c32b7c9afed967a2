#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuses names that say nothing, and sources without their licence line."""

import re

import tree

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "impl"}
TYPE = re.compile(
    r"\b(?:class|struct|enum\s+class|enum|union|concept|using)\s+(?:\[\[\w+\]\]\s*)?"
    r"([A-Z]\w*)\s*(?:final\b\s*)?(?=[:{=;])"
)
PREFIX = re.compile(r"^(?:Base|I)[A-Z][a-z]")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
SOURCES = (".cc", ".h", ".py", ".sh", ".cmake", ".ts", ".tsx", ".js", ".mjs")


def words_of_type(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def file_findings(path: str):
    for part in path.split("/"):
        words = set(part.lstrip(".").split(".")[0].lower().replace("-", "_").split("_"))
        for word in sorted(words & EMPTY_WORDS):
            yield f"{path}: '{word}' says nothing: what do its parts share? That is the name"


def type_findings(path: str, text: str):
    for name in sorted(set(TYPE.findall(tree.blank_literals(text)))):
        empty = sorted(EMPTY_WORDS & set(words_of_type(name)))
        if empty:
            yield f"{path}: {name}: '{empty[0]}' says nothing"
        elif PREFIX.match(name):
            yield f"{path}: {name}: an interface is a plain noun"


def licence_findings(path: str, text: str):
    lines = text.splitlines()[:2]
    at = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= at or LICENCE not in lines[at]:
        yield f"{path}: the first line is not '{LICENCE}'"


def check(checkout: tree.Tree, _arguments=None) -> list[str]:
    found = []
    for path in checkout.files():
        if path.startswith(("src/", "tests/", "tools/", "bench/", "portal/", "cmake/")):
            found += file_findings(path)
        if path.endswith(tree.CPP):
            found += type_findings(path, checkout.text(path))
        if path.endswith(SOURCES):
            found += licence_findings(path, checkout.text(path))
    return found


if __name__ == "__main__":
    tree.main(check, __doc__)
