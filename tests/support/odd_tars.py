"""Tar archives of a few odd entries, made by a random number generator."""

from __future__ import annotations

import random
import tarfile

from pyggcr.differential.generate.archives import member
from pyggcr.differential.generate.tar_bytes import BLOCK
from pyggcr.differential.generate.tar_damage import meta_entry


def make_up(rng: random.Random) -> bytes:
    """An archive of a few entries, any of whose names may be there twice."""
    parts = []
    for _ in range(rng.randrange(1, 6)):
        while rng.random() < 0.4:
            parts.append(meta_entry(rng))
        name = rng.choice(("a", "same", "folder/same", "n" * 97, "p" * 120 + "/n", "dir/", "\xe9"))
        kind = rng.choice((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE))
        if rng.random() < 0.7:
            name = f"{rng.randrange(1000)}{name}"
        size = rng.choice((0, 0, 1, 511, 512, 513, 2000))
        form = rng.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
        info, content = member(name, b"x" * size, kind, rng.choice(("", "target", "l" * 130)))
        info.linkname = info.linkname[:100] if form == tarfile.USTAR_FORMAT else info.linkname
        parts.append(info.tobuf(form, errors="surrogateescape"))
        parts.append(content + bytes(-size % BLOCK))
    parts.append(bytes(rng.choice((0, BLOCK, 2 * BLOCK, 20 * BLOCK))))
    return b"".join(parts)
