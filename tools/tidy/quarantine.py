#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps heavy third-party headers in .cc files and inside/ of the rooms that the list names."""

import re

import tree

LIST = "tools/tidy/quarantine.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def check(checkout: tree.Tree, _arguments=None) -> list[str]:
    rows = [(prefix, set(rooms)) for prefix, *rooms in checkout.rows(LIST)]
    found = []
    for path in checkout.cpp_files():
        room = path.split("/")[1]
        exposed = path.endswith(".h") and not tree.private_folder(path)
        for name in INCLUDE.findall(checkout.text(path)):
            rooms = next((rooms for prefix, rooms in rows if name.startswith(prefix)), None)
            if rooms is None:
                continue
            if exposed:
                found.append(
                    f"{path}: <{name}> is heavy: include it in a .cc file or an inside/ header"
                )
            elif room not in rooms and "*" not in rooms:
                found.append(f"{path}: <{name}> belongs to {', '.join(sorted(rooms))}; see {LIST}")
    return found


if __name__ == "__main__":
    tree.main(check, __doc__)
