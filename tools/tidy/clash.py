#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that no two libraries which a program loads define the same strong symbol.

The dynamic linker binds every use of a name to one definition. Where two libraries bring their own
copy of, say, OpenSSL and export it, one of them runs the other's code.
Layout: ELF-64 specification, symbol table.
"""

import collections
import pathlib
import re
import struct
import subprocess

import tree

SYMBOL = struct.Struct("<IBBHQQ")  # name, info, other, section, value, size
SECTION = struct.Struct(
    "<IIQQQQIIQQ"
)  # name, type, flags, address, offset, size, link, info, alignment, entry
DYNAMIC_SYMBOLS = 11
GLOBAL, DEFAULT_VISIBILITY = 1, 0
UNDEFINED, RESERVED = 0, 0xFF00
# The C library's parts and the sanitizers' runtimes interpose on purpose.
PLATFORM = re.compile(r"(ld-linux|lib(c|m|dl|rt|pthread|resolv|asan|ubsan|tsan)\.so)")
# Templates and inline functions of the standard library, which every library may carry.
STANDARD = re.compile(r"_Z(N?K?St|T[ISV]St|GV)")
# Built together from one source tree.
FAMILIES = (re.compile(r"lib(arrow|parquet)"),)


def strong_symbols(library: pathlib.Path) -> set[str]:
    """Returns the names that `library` defines, global and visible, and not weak."""
    image = library.read_bytes()
    if image[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{library} is not a little-endian ELF-64 file")
    (table,) = struct.unpack_from("<Q", image, 0x28)
    entry_size, count = struct.unpack_from("<HH", image, 0x3A)
    sections = [SECTION.unpack_from(image, table + i * entry_size) for i in range(count)]
    names = set()
    for section in (s for s in sections if s[1] == DYNAMIC_SYMBOLS):
        strings = sections[section[6]][4]
        for name, info, other, place, _, _ in SYMBOL.iter_unpack(
            image[section[4] : section[4] + section[5]]
        ):
            strong = info >> 4 == GLOBAL and other & 3 == DEFAULT_VISIBILITY
            if strong and UNDEFINED < place < RESERVED:
                names.add(image[strings + name : image.find(b"\0", strings + name)].decode())
    return names


def loaded_libraries(binary: pathlib.Path) -> list[pathlib.Path]:
    told = subprocess.run(["ldd", binary], check=True, stdout=subprocess.PIPE, text=True).stdout
    if "not found" in told:
        raise FileNotFoundError(f"{binary} does not find all its libraries:\n{told}")
    return sorted({pathlib.Path(path).resolve() for path in re.findall(r"=> (/\S+)", told)})


def one_family(libraries: list[str]) -> bool:
    return any(all(family.match(library) for library in libraries) for family in FAMILIES)


def clashes(libraries: list[pathlib.Path]) -> list[str]:
    owners = collections.defaultdict(list)
    for library in libraries:
        if not PLATFORM.match(library.name):
            for symbol in strong_symbols(library):
                owners[symbol].append(library.name)
    pairs = collections.defaultdict(list)
    for symbol, names in owners.items():
        if len(names) > 1 and not STANDARD.match(symbol) and not one_family(names):
            pairs[" and ".join(names)].append(symbol)
    return [
        f"{pair} both define {len(symbols)} symbols, e.g. {', '.join(sorted(symbols)[:3])}"
        for pair, symbols in sorted(pairs.items())
    ]


def check(_checkout, arguments) -> list[str]:
    libraries = loaded_libraries(arguments.binary)
    print(f"{arguments.binary.name} loads {len(libraries)} libraries")
    return clashes(libraries)


def add_arguments(parser) -> None:
    parser.add_argument("binary", type=pathlib.Path)


if __name__ == "__main__":
    tree.main(check, __doc__, add_arguments)
