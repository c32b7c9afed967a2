#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the documents to the tree: READMEs of rooms, ARCHITECTURE's map, step pages, links.

With --binary instead: every page of tools/tidy/generated_pages.txt equals what its command prints.
"""

import difflib
import pathlib
import re
import subprocess

import tree

README_ANSWERS = {
    "which step it serves": r"\bsteps?\b",
    "what it reads": r"\breads?\b",
    "what it writes": r"\bwrites?\b",
    "its invariants": r"\binvariants?\b",
    "which file to open first": r"\b(first file|open first|start with|read first|file to open)",
}
MAP_ROW = re.compile(
    r"^\| (ground|place|stage|roof) \| `(\w+)/`( \*\(planned\)\*)? \| (.+?) \|", re.MULTILINE
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
STEPS = range(1, 12)
PAGES = "tools/tidy/generated_pages.txt"


def rooms_findings(checkout: tree.Tree):
    filled = {
        path.split("/")[1]
        for path in checkout.files()
        if path.startswith("src/") and path.count("/") > 1
    }
    for room in checkout.rooms().values():
        if room.planned == (room.name in filled):
            fault = "planned, yet has files" if room.planned else "not there: mark it planned"
            yield f"src/ROOMS: {room.name} is {fault}"
        if room.name not in filled:
            continue
        readme = f"src/{room.name}/README.md"
        if not checkout.exists(readme):
            yield f"{readme}: is missing"
            continue
        text = checkout.text(readme)
        for answer, pattern in README_ANSWERS.items():
            if not re.search(pattern, text, re.IGNORECASE):
                yield f"{readme}: does not say {answer}"


def map_findings(checkout: tree.Tree):
    page = "ARCHITECTURE.md"
    rows = MAP_ROW.findall(checkout.text(page) if checkout.exists(page) else "")
    drawn = [(floor, name, sentence, bool(planned)) for floor, name, planned, sentence in rows]
    rooms = [(r.floor, r.name, r.sentence, r.planned) for r in checkout.rooms().values()]
    for row in rooms:
        if row not in drawn:
            yield f"ARCHITECTURE.md: the map has no such row as src/ROOMS: {row}"
    for row in drawn:
        if row not in rooms:
            yield f"ARCHITECTURE.md: src/ROOMS has no such row as the map: {row}"
    if sorted(rooms) == sorted(drawn) and rooms != drawn:
        yield "ARCHITECTURE.md: the map's order is not that of src/ROOMS"


def step_findings(checkout: tree.Tree):
    names = [p.removeprefix("docs/steps/") for p in checkout.files() if p.startswith("docs/steps/")]
    for step in STEPS:
        if not any(re.fullmatch(rf"{step:02}-[a-z-]+\.md", name) for name in names):
            yield f"docs/steps/: step {step} has no page"


def link_findings(checkout: tree.Tree):
    for path in checkout.files():
        if not path.endswith(".md"):
            continue
        for target in LINK.findall(CODE.sub("", checkout.text(path))):
            place = target.split("#")[0]
            if not place or re.match(r"[a-z]+:", place):
                continue
            if not (checkout.root / path).parent.joinpath(place).exists():
                yield f"{path}: the link to {target} leads nowhere"


def page_findings(checkout: tree.Tree, binary: pathlib.Path):
    for page, *words in checkout.rows(PAGES):
        told = subprocess.run([binary, *words], stdout=subprocess.PIPE, text=True)
        if told.returncode != 0:
            yield f"{page}: mobilake {' '.join(words)} ends with {told.returncode}"
            continue
        stands = checkout.text(page) if checkout.exists(page) else ""
        difference = difflib.unified_diff(
            stands.splitlines(), told.stdout.splitlines(), page, "generated", n=0, lineterm=""
        )
        if stands != told.stdout:
            yield f"{page}: differs from mobilake {' '.join(words)}:\n" + "\n".join(
                list(difference)[:12]
            )


def check(checkout: tree.Tree, arguments=None) -> list[str]:
    binary = getattr(arguments, "binary", None)
    if binary:
        return list(page_findings(checkout, binary))
    findings = (rooms_findings, map_findings, step_findings, link_findings)
    return [line for finding in findings for line in finding(checkout)]


def add_arguments(parser) -> None:
    parser.add_argument(
        "--binary", type=pathlib.Path, help="compare the generated pages with this program"
    )


if __name__ == "__main__":
    tree.main(check, __doc__, add_arguments)
