#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every face header alone; what did not change since it last did is left alone."""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
COMPILE = [
    "g++",
    "-std=c++23",
    "-msse4.2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fsyntax-only",
    "-x",
    "c++",
    "-",
]


def faces(checkout: tree.Tree) -> list[str]:
    headers = (f for f in checkout.cpp_files() if f.endswith(".h"))
    return [f for f in headers if not tree.private_folder(f)]


def closure(checkout: tree.Tree, header: str) -> list[str]:
    """Returns the project's files that compiling `header` reads, sorted."""
    seen, todo = {header}, [header]
    while todo:
        for name in INCLUDE.findall(checkout.text(todo.pop())):
            path = f"src/{name}"
            if path not in seen and checkout.exists(path):
                seen.add(path)
                todo.append(path)
    return sorted(seen)


def key(checkout: tree.Tree, header: str, compiler: str) -> str:
    digest = hashlib.sha256(f"{compiler} {COMPILE} {header}".encode())
    for path in closure(checkout, header):
        digest.update(checkout.text(path).encode())
    return digest.hexdigest()


def compile_alone(checkout: tree.Tree, header: str, compiler: str, cache: pathlib.Path) -> str:
    """Returns the compiler's complaint, or nothing."""
    proof = cache / key(checkout, header, compiler)
    if proof.exists():
        return ""
    told = subprocess.run(
        [*COMPILE, f"-I{checkout.root / 'src'}"],
        stderr=subprocess.PIPE,
        text=True,
        input=f'#include "{header.removeprefix("src/")}"\n',
    )
    if told.returncode == 0:
        proof.touch()
        return ""
    lines = [
        line for line in told.stderr.splitlines() if "error" in line
    ] or told.stderr.splitlines()
    return f"{header}: does not compile alone: {lines[0]}"


def check(checkout: tree.Tree, arguments) -> list[str]:
    cache = arguments.cache
    cache.mkdir(parents=True, exist_ok=True)
    compiler = subprocess.run(
        ["g++", "--version"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        told = pool.map(
            lambda header: compile_alone(checkout, header, compiler, cache), faces(checkout)
        )
        return [line for line in told if line]


def add_arguments(parser) -> None:
    parser.add_argument("--cache", type=pathlib.Path, default=tree.ROOT / "build" / "headers")


if __name__ == "__main__":
    tree.main(check, __doc__, add_arguments)
