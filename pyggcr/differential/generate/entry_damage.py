"""Damage to the entries of an archive: names, sizes, order, links, odd forms of header.

Unlike ``tar_damage``, which hits bytes, these know what an entry is, so that the archive stays a
readable one, mostly. Operators change the archive in place.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from pyggcr._dataclasses import replace
from pyggcr.differential.generate.tar_bytes import (
    BLOCK,
    CHECKSUM,
    KIND,
    LINK,
    NAME,
    SIZE,
    Entry,
    base256,
    join,
    meta,
    new_entry,
    padded,
    record,
    split,
)

__all__ = ["ENTRY_DAMAGE"]

# The magic and the version, as GNU tar writes them.
_MAGIC_AND_VERSION = slice(257, 265)
_GNU_MAGIC = b"ustar  \0"
# The first region of a sparse file of old GNU tar, and the size of the whole.
_SPARSE_OFFSET = slice(386, 398)
_SPARSE_LENGTH = slice(398, 410)
_SPARSE_SIZE = slice(483, 495)

_Change = Callable[[list[Entry], int], None]


def resize_entry(rng: random.Random, data: bytearray) -> None:
    """Make an entry's content longer or shorter, or only say so in its header."""

    def change(entries: list[Entry], at: int) -> None:
        entry = entries[at]
        size = len(entry.content)
        new = max(0, rng.choice((0, 1, size - 1, size + 1, size + BLOCK, size // 2, size - BLOCK)))
        if rng.random() < 0.5:
            entries[at] = entry.with_content(entry.content[:new].ljust(new, b"\0"))
        else:
            entries[at] = entry.with_field(SIZE, b"%011o" % new)

    _change_one(rng, data, change)


def rename_entry(rng: random.Random, data: bytearray) -> None:
    """Spell the name in another way, give it the name of another entry, or none."""

    def change(entries: list[Entry], at: int) -> None:
        name = entries[at].name
        forms = (b"./%s", b"/%s", b"x/../%s", b"%s/", b"%sx", b"../%s", b".//%s", b"\xff%s")
        other = rng.choice(entries).name
        new = rng.choice((*(form % name for form in forms), b"", name.upper(), other))
        entries[at] = entries[at].with_field(NAME, new)

    _change_one(rng, data, change)


def swap_entries(rng: random.Random, data: bytearray) -> None:
    """Put two entries in each other's place."""

    def change(entries: list[Entry], at: int) -> None:
        other = rng.randrange(len(entries))
        entries[at], entries[other] = entries[other], entries[at]

    _change_one(rng, data, change)


def swap_contents(rng: random.Random, data: bytearray) -> None:
    """Give two entries each other's content."""

    def change(entries: list[Entry], at: int) -> None:
        other = rng.randrange(len(entries))
        one, two = entries[at], entries[other]
        entries[at], entries[other] = one.with_content(two.content), two.with_content(one.content)

    _change_one(rng, data, change)


def drop_entry(rng: random.Random, data: bytearray) -> None:
    """Take an entry out."""

    def change(entries: list[Entry], at: int) -> None:
        del entries[at]

    _change_one(rng, data, change)


def repeat_entry(rng: random.Random, data: bytearray) -> None:
    """Put an entry in twice; one of the two may have other content."""

    def change(entries: list[Entry], at: int) -> None:
        entry = entries[at]
        other = rng.choice((entry, entry.with_content(entry.content[:-1]), new_entry(entry.name)))
        entries.insert(rng.randrange(len(entries) + 1), other)

    _change_one(rng, data, change)


def retype_entry(rng: random.Random, data: bytearray) -> None:
    """Give an entry another type flag."""

    def change(entries: list[Entry], at: int) -> None:
        kind = bytes([rng.choice(b"0123456756\0SDMNVXAIg\xff")])
        entries[at] = entries[at].with_field(KIND, kind)

    _change_one(rng, data, change)


def link_entry(rng: random.Random, data: bytearray) -> None:
    """Put the content elsewhere and one to four links in its stead, in front of it or behind."""

    def change(entries: list[Entry], at: int) -> None:
        original = entries.pop(at)
        depth = b"../" * original.name.count(b"/")
        chain = [b"moved/%d" % step for step in range(rng.choice((1, 1, 1, 2, 4)))]
        links = [_link(rng, original.name, depth + chain[0])]
        links += [_link(rng, step, b"../" + target) for step, target in itertools.pairwise(chain)]
        group = [*links, original.with_field(NAME, chain[-1])]
        if rng.random() < 0.5:
            rng.shuffle(group)
        for entry in group:
            entries.insert(rng.randrange(len(entries) + 1), entry)

    _change_one(rng, data, change)


def bend_link(rng: random.Random, data: bytearray) -> None:
    """Make an entry a link that leads in a circle, nowhere, out of the archive or to a folder."""

    def change(entries: list[Entry], at: int) -> None:
        name = entries[at].name
        base = name.rpartition(b"/")[2]
        targets = (base, name, b"/" + name, b"nowhere", b"", b".", b"..", b"../" * 9 + name)
        other = rng.choice(entries).name
        target = rng.choice((*targets, other, b"../" * name.count(b"/") + other, base + b"/"))
        kind = rng.choice(b"12")
        entries[at] = entries[at].with_field(LINK, target).with_field(KIND, bytes([kind]))
        if rng.random() < 0.4:
            # Two links that lead to each other.
            back = b"../" * target.count(b"/") + base
            there = name.rpartition(b"/")[0] + b"/" + target
            entries.insert(at, new_entry(there, kind=b"2", link=back))

    _change_one(rng, data, change)


def base256_size(rng: random.Random, data: bytearray) -> None:
    """Write the size as GNU tar writes large ones; mostly the right size, or a negative one."""

    def change(entries: list[Entry], at: int) -> None:
        size = len(entries[at].content)
        number = rng.choice((size, size, size, -1, -size, size + 1, 2**62, 2**63 - 1, 2**63))
        entries[at] = entries[at].with_field(SIZE, base256(number, 12))

    _change_one(rng, data, change)


def bad_checksum(rng: random.Random, data: bytearray) -> None:
    """Write a header's checksum wrong, in another way, or not at all."""

    def change(entries: list[Entry], at: int) -> None:
        header = bytearray(entries[at].header)
        text = rng.choice((b"", b"0000000\0", b"777777\0 ", b"        ", b"\x80" * 8, b"+1", b"9"))
        header[CHECKSUM] = rng.choice((text.ljust(8, b"\0"), header[CHECKSUM].replace(b"0", b" ")))
        entries[at] = replace(entries[at], header=bytes(header))

    _change_one(rng, data, change)


def pax_header(rng: random.Random, data: bytearray) -> None:
    """Give an entry PAX records: its name or size again, rightly or not, or a malformed record."""

    def change(entries: list[Entry], at: int) -> None:
        entry = entries[at]
        size = len(entry.content)
        sizes = (size, size, size + 1, size - 1, -1, 2**63, 0)
        records = [
            record(b"path", rng.choice((entry.name, entry.name, b"./" + entry.name, b"", b"a\0"))),
            record(b"size", b"%d" % rng.choice(sizes)),
            record(b"mtime", rng.choice((b"1.5", b"-1.5", b"", b"1e3", b"9" * 30))),
            record(b"comment", b"\xff"),
            rng.choice((b"5 a=\n", b"4 a\n", b"99 a=b\n", b"x", b"0 a=b\n", b" 6 a=b\n", b"7 a=b")),
        ]
        chosen = rng.sample(records, rng.choice((1, 1, 2)))
        before = meta(rng.choice((b"x", b"x", b"x", b"g")), b"".join(chosen))
        entries[at] = replace(entry, before=entry.before + before)

    _change_one(rng, data, change)


def gnu_long_name(rng: random.Random, data: bytearray) -> None:
    """Give an entry its name, or its link's target, as GNU tar writes long ones."""

    def change(entries: list[Entry], at: int) -> None:
        entry = entries[at]
        long = rng.choice((entry.name, entry.name, b"n" * 300, b"", b"./" + entry.name))
        before = meta(
            rng.choice(b"LLK").to_bytes(1, "big"), long + rng.choice((b"\0", b"", b"\0x"))
        )
        other = entry.with_field(NAME, rng.choice((b"short", entry.name)))
        entries[at] = replace(other, before=entry.before + before)

    _change_one(rng, data, change)


def sparse_entry(rng: random.Random, data: bytearray) -> None:
    """Store an entry as a sparse file, as GNU tar did and does; its map may be a little wrong."""

    def change(entries: list[Entry], at: int) -> None:
        entry = entries[at]
        size = len(entry.content)
        whole = max(0, size + rng.choice((0, 0, 0, 1, -1, 5000)))
        length = max(0, size + rng.choice((0, 0, 0, 0, 1, -1)))
        if rng.random() < 0.4:
            old = entry.with_field(_MAGIC_AND_VERSION, _GNU_MAGIC).with_field(KIND, b"S")
            old = old.with_field(_SPARSE_OFFSET, b"%011o" % 0)
            old = old.with_field(_SPARSE_LENGTH, b"%011o" % length)
            entries[at] = old.with_field(_SPARSE_SIZE, b"%011o" % whole)
            return
        facts = {b"GNU.sparse.name": entry.name, b"GNU.sparse.realsize": b"%d" % whole}
        if rng.random() < 0.5:
            facts |= {b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0"}
            entry = entry.with_content(padded(b"1\n0\n%d\n" % length) + entry.content)
        else:
            facts |= {
                b"GNU.sparse.major": b"0",
                b"GNU.sparse.minor": b"1",
                b"GNU.sparse.numblocks": b"1",
                b"GNU.sparse.map": b"0,%d" % length,
                b"GNU.sparse.size": b"%d" % whole,
            }
        before = meta(b"x", b"".join(record(key, value) for key, value in facts.items()))
        entries[at] = replace(entry, before=entry.before + before)

    _change_one(rng, data, change)


def old_header(rng: random.Random, data: bytearray) -> None:
    """Take the magic of a header away, or write GNU tar's."""

    def change(entries: list[Entry], at: int) -> None:
        magic = rng.choice((b"", _GNU_MAGIC, b"ustar\0xx", b"USTAR"))
        entries[at] = entries[at].with_field(_MAGIC_AND_VERSION, magic)

    _change_one(rng, data, change)


ENTRY_DAMAGE = (
    resize_entry,
    rename_entry,
    swap_entries,
    swap_contents,
    drop_entry,
    repeat_entry,
    retype_entry,
    link_entry,
    bend_link,
    base256_size,
    bad_checksum,
    pax_header,
    gnu_long_name,
    sparse_entry,
    old_header,
)


def _link(rng: random.Random, name: bytes, target: bytes) -> Entry:
    return new_entry(name, kind=bytes([rng.choice(b"1222")]), link=target)


def _change_one(rng: random.Random, data: bytearray, change: _Change) -> None:
    entries, rest = split(bytes(data))
    if entries:
        change(entries, rng.randrange(len(entries)))
        data[:] = join(entries, rest)
