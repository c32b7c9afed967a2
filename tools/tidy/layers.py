#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include to the order of src/ROOMS and to ARCHITECTURE's invariants of absence."""

import collections
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)

# What a part must not know. (who, what, why); `who` and `what` begin a path within src/.
ABSENCES = (
    ("model/", "net/", "model does no I/O"),
    ("model/", "base/disk.h", "model does no I/O"),
    ("model/", "base/doors.h", "model does no I/O"),
    ("log/", "formats/", "the log does not know what a payload means"),
    ("ingest/", "query/", "ingest never decides who may read"),
    ("serve/", "store/objects/", "doors read data through query/"),
    ("serve/", "catalog/tables/", "doors read data through query/"),
    ("ingest/", "engine/", "only query/ and prepare/ hand files to engine/"),
    ("serve/", "engine/", "only query/ and prepare/ hand files to engine/"),
    ("product/", "engine/", "only query/ and prepare/ hand files to engine/"),
)
# The named exceptions of the absences: doors that pass Permits themselves.
EXCEPTIONS = ("serve/iceberg_rest/", "serve/s3/")
# The command line speaks only the public API; it starts the server, and shows a log's files.
CLI_MAY_USE = {"base", "net", "model", "formats", "log", "server", "cli"}


def folder_of(path: str) -> str:
    """Returns the folder that a file belongs to; private folders belong to the one above."""
    parts = path.split("/")[:-1]
    kept = next((i for i, part in enumerate(parts) if part in tree.PRIVATE_FOLDERS), len(parts))
    return "/".join(parts[:kept])


def room_finding(includer: str, included: str, rooms) -> str:
    ours, theirs = includer.split("/")[0], included.split("/")[0]
    if ours == theirs:
        return ""
    if rooms[theirs].rank > rooms[ours].rank:
        return f"{ours} stands above {theirs} in src/ROOMS"
    if rooms[ours].floor == rooms[theirs].floor == "stage":
        return "a stage never includes a stage"
    kind = tree.private_folder(included)
    if kind in ("inside", "test", "bench", "fuzz"):
        return f"{kind}/ belongs to {theirs} alone"
    if ours == "cli" and theirs not in CLI_MAY_USE:
        return "cli speaks only the public API"
    return ""


def absence_finding(includer: str, included: str) -> str:
    if includer.startswith(EXCEPTIONS) or tree.private_folder(includer) in (
        "test",
        "testkit",
        "bench",
    ):
        return ""
    for who, what, why in ABSENCES:
        if includer.startswith(who) and included.startswith(what):
            return why
    return ""


def include_finding(sources, rooms, includer: str, included: str) -> str:
    if included.split("/")[0] not in rooms or f"src/{included}" not in sources:
        return "no such file; a quoted include is a full path from src/"
    kind = tree.private_folder(includer)
    if tree.private_folder(included) == "testkit" and kind not in (
        "test",
        "testkit",
        "bench",
        "fuzz",
    ):
        return "only tests, benches and fuzzers use a testkit"
    return room_finding(includer, included, rooms) or absence_finding(includer, included)


def adds_edge(includer: str, included: str) -> bool:
    """A .cc may name the folders below its own: there a room lists and makes its parts."""
    ours, theirs = folder_of(includer), folder_of(included)
    composes = includer.endswith(".cc") and theirs.startswith(ours + "/")
    in_tests = tree.private_folder(includer) not in ("", "inside")
    return ours != theirs and not composes and not in_tests


def cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Returns the sets of folders that reach each other, each sorted."""

    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for after in edges.get(todo.pop(), ()):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return seen

    reached = {folder: reach(folder) for folder in edges}
    knots = {
        frozenset(b for b in reached[a] if a in reached.get(b, ()))
        for a in edges
        if a in reached[a]
    }
    return sorted(sorted(knot) for knot in knots)


def check(checkout: tree.Tree, _arguments=None) -> list[str]:
    rooms = checkout.rooms()
    sources = set(checkout.cpp_files())
    found, edges = [], collections.defaultdict(set)
    for path in sorted(sources):
        includer = path.removeprefix("src/")
        if includer.split("/")[0] not in rooms:
            found.append(f"{path}: its folder is no room of src/ROOMS")
            continue
        for match in INCLUDE.finditer(checkout.text(path)):
            finding = include_finding(sources, rooms, includer, match[1])
            if finding:
                found.append(f'{path}: includes "{match[1]}": {finding}')
            elif adds_edge(includer, match[1]):
                edges[folder_of(includer)].add(folder_of(match[1]))
    found += [
        f"src: folders include each other in a circle: {', '.join(knot)}" for knot in cycles(edges)
    ]
    return found


if __name__ == "__main__":
    tree.main(check, __doc__)
