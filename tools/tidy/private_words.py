#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps what belongs to one machine or one developer's desk out of the repository."""

import re

import tree

LIST = "tools/tidy/private_words.txt"
TEXT_BYTES_MAX = 2_000_000


def patterns(checkout: tree.Tree) -> list[re.Pattern]:
    lines = (line.strip() for line in checkout.text(LIST).splitlines())
    return [re.compile(line, re.IGNORECASE) for line in lines if line and not line.startswith("#")]


def check(checkout: tree.Tree, _arguments=None) -> list[str]:
    found, refused = [], patterns(checkout)
    for path in checkout.files():
        if path == LIST or (checkout.root / path).stat().st_size > TEXT_BYTES_MAX:
            continue
        text = checkout.text(path)
        if "\0" in text:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for pattern in refused:
                match = pattern.search(line)
                if match:
                    found.append(f"{path}:{number}: '{match.group()}' is no word of the project")
    return found


if __name__ == "__main__":
    tree.main(check, __doc__)
