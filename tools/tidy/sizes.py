#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds files, functions, lines and folders to STYLE's sizes.

tools/tidy/excuses.txt names what may be larger: kind, place and the size that it has now. An excuse
that is larger than needed fails too, so the list can only shrink.
"""

import ast
import re

import tree

LIMITS = {"source": 500, "header": 250, "function": 70, "line": 100, "folder": 20}
EXCUSES = "tools/tidy/excuses.txt"
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
BOUNDARY = re.compile(r"[{};]")
# Data and documents are as long as they are.
MEASURED = (".cc", ".h", ".py")


def kind_of_scope(head: str) -> str:
    if re.search(r"\bnamespace\b", head) or re.search(r"\bextern\s*$", head):
        return "scope"
    if "(" in head:
        return "function"
    return "scope" if re.search(r"\b(class|struct|union)\b", head) else "other"


def cpp_functions(text: str):
    """Yields (first line, line count, head) of the functions in C++ text, found by its braces."""
    text = tree.blank_literals(DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text))
    scopes, after, begun = [], 0, None
    for mark in BOUNDARY.finditer(text):
        head = text[after : mark.start()]
        outside = all(kind == "scope" for kind, _, _ in scopes)
        if mark.group() == "{":
            # A member initialiser's braces come before the body's: the function began there.
            continues = outside and begun and (not head.strip() or head.lstrip().startswith(","))
            kind = "function" if continues else kind_of_scope(head) if outside else "other"
            start = begun if continues else (after + len(head) - len(head.lstrip()), head)
            scopes.append((kind, *start))
        elif mark.group() == "}" and scopes:
            kind, start, named = scopes.pop()
            begun = (start, named) if kind == "function" else None
            if kind == "function":
                first = text.count("\n", 0, start) + 1
                yield first, text.count("\n", 0, mark.start()) + 2 - first, " ".join(named.split())
        elif outside:
            begun = None
        after = mark.end()


def python_functions(text: str):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def measures_of_file(path: str, text: str):
    """Yields (kind, place, size, what to say) for what one file holds."""
    lines = text.splitlines()
    yield "header" if path.endswith(".h") else "source", path, len(lines), f"{len(lines)} lines"
    longest = max(range(len(lines)), key=lambda i: len(lines[i]), default=None)
    if longest is not None:
        columns = len(lines[longest])
        yield "line", path, columns, f"line {longest + 1} has {columns} columns"
    functions = python_functions(text) if path.endswith(".py") else cpp_functions(text)
    worst = max(functions, key=lambda function: function[1], default=None)
    if worst:
        yield "function", path, worst[1], f"the function at line {worst[0]} has {worst[1]} lines"


def measures(checkout: tree.Tree):
    folders = {}
    for path in checkout.files():
        if path.startswith("src/") and "/" in path:
            folder = path.rsplit("/", 1)[0]
            folders[folder] = folders.get(folder, 0) + 1
        if path.endswith(MEASURED):
            yield from measures_of_file(path, checkout.text(path))
    for folder, count in folders.items():
        yield "folder", folder, count, f"{count} files"


def check(checkout: tree.Tree, _arguments=None) -> list[str]:
    excuses = {}
    if checkout.exists(EXCUSES):
        excuses = {(kind, place): int(size) for kind, place, size in checkout.rows(EXCUSES)}
    found = []
    for kind, place, size, said in measures(checkout):
        excused = excuses.pop((kind, place), None)
        allowed = LIMITS[kind]
        if excused is not None and size <= allowed:
            found.append(f"{EXCUSES}: {kind} {place} needs no excuse any more; strike the line")
        elif excused is not None and size < excused:
            found.append(f"{EXCUSES}: {kind} {place} shrank to {size}; write that")
        elif size > (excused or allowed):
            found.append(f"{place}: {said}; a {kind} has at most {excused or allowed}")
    return found + [f"{EXCUSES}: {kind} {place} is not there" for kind, place in excuses]


if __name__ == "__main__":
    tree.main(check, __doc__)
