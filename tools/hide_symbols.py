#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hides dynamic symbols that a shared library leaks from static libraries linked into it.

usage: hide_symbols.py LIBRARY REGEX [REGEX ...]

Every symbol that LIBRARY defines and whose mangled name begins with a match of one REGEX gets the
visibility STV_HIDDEN in .dynsym. The dynamic linker then neither offers it to other libraries nor lets
another library's definition take its place. One byte a symbol changes and nothing moves.
Layout: ELF-64 specification, section header table and symbol table entries.
"""
import mmap
import re
import struct
import sys

SHT_DYNSYM = 11
STV_HIDDEN = 2
SYMBOL = struct.Struct("<IBBHQQ")  # name, info, other, section, value, size
OTHER_OFFSET = 5


def section_headers(image):
    (table,) = struct.unpack_from("<Q", image, 0x28)
    entry_size, count = struct.unpack_from("<HH", image, 0x3A)
    for i in range(count):
        # name, type, flags, address, offset, size, link, info, alignment, entry size
        yield struct.unpack_from("<IIQQQQIIQQ", image, table + i * entry_size)


def hide(path: str, patterns: list[str]) -> int:
    wanted = re.compile("|".join(f"(?:{p})" for p in patterns))
    hidden = 0
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as image:
        if image[:6] != b"\x7fELF\x02\x01":
            sys.exit(f"hide_symbols: {path} is not a little-endian ELF-64 file")
        sections = list(section_headers(image))
        for section in (s for s in sections if s[1] == SHT_DYNSYM):
            offset, size, link = section[4], section[5], section[6]
            names = sections[link][4]
            for at in range(offset, offset + size, SYMBOL.size):
                name, info, other, defined_in, _, _ = SYMBOL.unpack_from(image, at)
                if defined_in == 0 or info >> 4 == 0:  # undefined, or local
                    continue
                start = names + name
                if wanted.match(image[start:image.find(b"\0", start)].decode()) and other & 3 != STV_HIDDEN:
                    image[at + OTHER_OFFSET] = (other & ~3) | STV_HIDDEN
                    hidden += 1
    return hidden


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    print(f"{sys.argv[1]}: hid {hide(sys.argv[1], sys.argv[2:])} symbols", file=sys.stderr)
